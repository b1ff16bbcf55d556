//! The session at the service: signed in once, refreshed when it has run out, and signed in again only when the refresh
//! is refused, since every sign-in leaves a row in the service's database.
//!
//! Outlives a scrape. A sign-in that is cut short is finished before anything else is requested, or when signing out: a
//! session that the service has opened must not be forgotten.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use cookie::Cookie;
use http::HeaderMap;
use http::header::SET_COOKIE;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::api_error::ApiError;
use super::catalog::{SIGN_IN, SIGN_OUT};
use super::client::CompreFaceClient;
use super::error::CompreFaceError;
use super::requests::{REFRESH_COOKIE, Request, SESSION_COOKIE, admin_request};
use super::secrets::Credentials;
use super::settings::ServiceSettings;
use crate::net::Dialer;
use crate::source::Retry;
use crate::source::http::{BodyError, HttpError, is_html};

/// Signing out must not hold up an operator who said no, or a pod that ends.
const SIGN_OUT_LIMIT: Duration = Duration::from_secs(2);
/// One attempt to sign out may take this long, so that there is time for another one.
const SIGN_OUT_ATTEMPT: Duration = Duration::from_millis(900);
/// The first pause between two attempts to sign out; each one that follows is twice as long.
const SIGN_OUT_PAUSE: Duration = Duration::from_millis(100);
/// A service whose database is down responds to a sign-in after 30 s, and to a read after 60 s.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(90);
/// A session that ends so soon might end on the way.
const MARGIN: Duration = Duration::from_secs(10);

type Exchange = AbortOnDropHandle<Result<Arc<Tokens>, CompreFaceError>>;

/// The session, if there is one.
#[derive(Debug, Default)]
pub(super) struct Session {
    tokens: RefCell<Option<Arc<Tokens>>>,
    /// A sign-in or refresh that is under way.
    exchange: RefCell<Option<Exchange>>,
    /// One at a time: a refresh ends the session that another request may be about to refresh.
    renewing: Mutex<()>,
}

/// The two cookies.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) session: SecretString,
    refresh: SecretString,
    /// When the session runs out; not known if the cookie does not say.
    ends: Option<Instant>,
    /// The sign-in that this session began with, before any refresh.
    sign_in: Arc<SignIn>,
    /// Whether the service accepted the session at least once.
    is_accepted: AtomicBool,
}

/// A sign-in that succeeded: its identity alone matters.
#[derive(Debug)]
struct SignIn;

impl Tokens {
    /// The service accepted the session.
    pub(super) fn accepted(&self) {
        self.is_accepted.store(true, Ordering::Relaxed);
    }

    /// Whether both are of one sign-in.
    pub(super) fn is_of_the_same_sign_in(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.sign_in, &other.sign_in)
    }
}

impl Session {
    /// Whether the service holds a session for us, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        self.tokens.borrow().is_some() || self.exchange.borrow().is_some()
    }

    /// The session, opened or refreshed if need be.
    pub(super) async fn open(&self, client: &CompreFaceClient) -> Result<Arc<Tokens>, CompreFaceError> {
        let _alone = self.renewing.lock().await;
        match self.current() {
            Some(tokens) if tokens.ends.is_none_or(|end| Instant::now() < end) => Ok(tokens),
            _ => self.exchange(client).await,
        }
    }

    /// Another session than this one, which the service did not accept.
    pub(super) async fn renew(
        &self,
        client: &CompreFaceClient,
        refused: &Arc<Tokens>,
    ) -> Result<Arc<Tokens>, CompreFaceError> {
        let _alone = self.renewing.lock().await;
        match self.current() {
            Some(tokens) if !Arc::ptr_eq(&tokens, refused) => Ok(tokens),
            _ => self.exchange(client).await,
        }
    }

    /// Ends the session, if there is one, and drops it in any case.
    pub(super) async fn sign_out(&self, settings: &Arc<ServiceSettings>, dialer: Dialer) {
        let ended = tokio::time::timeout(SIGN_OUT_LIMIT, async {
            // What failed has opened nothing.
            let _ = self.finish().await;
            let Some(tokens) = self.current() else { return Ok(()) };
            let client = CompreFaceClient::new(settings, dialer)?;
            end(&client, &tokens.session).await
        });
        match ended.await {
            Ok(Ok(())) => tracing::debug!("signed out of the service"),
            Ok(Err(error)) => tracing::debug!(%error, "sign-out failed; the session expires by itself"),
            Err(_) => tracing::debug!("sign-out timed out; the session expires by itself"),
        }
        *self.tokens.borrow_mut() = None;
        *self.exchange.borrow_mut() = None;
    }

    /// The session, without any request.
    pub(super) fn current(&self) -> Option<Arc<Tokens>> {
        self.tokens.borrow().clone()
    }

    async fn exchange(&self, client: &CompreFaceClient) -> Result<Arc<Tokens>, CompreFaceError> {
        if let Some(Ok(tokens)) = self.finish().await {
            return Ok(tokens);
        }
        let exchange = exchange(client.clone(), self.current());
        *self.exchange.borrow_mut() = Some(AbortOnDropHandle::new(tokio::spawn(exchange)));
        self.finish().await.unwrap_or(Err(CompreFaceError::Revoked))
    }

    /// Waits for the sign-in or refresh that is under way, and keeps its session.
    async fn finish(&self) -> Option<Result<Arc<Tokens>, CompreFaceError>> {
        poll_fn(|context| {
            let mut exchange = self.exchange.borrow_mut();
            let Some(task) = exchange.as_mut() else { return Poll::Ready(None) };
            let outcome = ready!(Pin::new(task).poll(context));
            *exchange = None;
            let outcome = outcome.unwrap_or_else(|error| Err(HttpError::Decoder(error.into()).into()));
            match &outcome {
                Ok(tokens) => *self.tokens.borrow_mut() = Some(Arc::clone(tokens)),
                // The service has replaced the old session, or never accepted it.
                Err(error) if error.retry() == Retry::Rare => *self.tokens.borrow_mut() = None,
                Err(_) => {}
            }
            Poll::Ready(Some(outcome))
        })
        .await
    }
}

/// Refreshes a session, or signs in where there is none or the refresh is refused.
async fn exchange(client: CompreFaceClient, old: Option<Arc<Tokens>>) -> Result<Arc<Tokens>, CompreFaceError> {
    let both = async {
        if let Some(old) = old {
            let sign_in = Arc::clone(&old.sign_in);
            match client.sign_in(&Request::Refresh { refresh: &old.refresh }).await {
                Err(error) if error.api_error() == Some(ApiError::RefreshRefused) => {
                    // It is forgotten now, and may still be open.
                    let _ = tokio::time::timeout(SIGN_OUT_LIMIT, end(&client, &old.session)).await;
                    // Another sign-in would give another session that is not accepted.
                    if !old.is_accepted.load(Ordering::Relaxed) {
                        return Err(never_accepted(error));
                    }
                }
                Err(error) => return Err(error),
                Ok(headers) => {
                    let tokens = tokens(&client, &headers, sign_in).await;
                    return tokens.inspect(|_| tracing::debug!("refreshed the session at the service"));
                }
            }
        }
        let credentials = Credentials::read(&client.settings)?;
        let headers = client.sign_in(&Request::SignIn(&credentials)).await?;
        let tokens = tokens(&client, &headers, Arc::new(SignIn)).await;
        tokens.inspect(|_| tracing::debug!("signed in to the service"))
    };
    let limit = CompreFaceError::SignInTimeLimit { seconds: SIGN_IN_LIMIT.as_secs() };
    tokio::time::timeout(SIGN_IN_LIMIT, both).await.unwrap_or(Err(limit))
}

fn never_accepted(error: CompreFaceError) -> CompreFaceError {
    match error {
        CompreFaceError::Answered { requested, status, code, .. } => {
            CompreFaceError::Answered { requested, status, code, error: ApiError::SessionEnded }
        }
        other => other,
    }
}

/// Ends a session, with more attempts where the service may only be busy: a session that stays behind is an
/// administrator's.
async fn end(client: &CompreFaceClient, session: &SecretString) -> Result<(), CompreFaceError> {
    let deadline = Instant::now() + SIGN_OUT_LIMIT;
    let mut pause = SIGN_OUT_PAUSE;
    loop {
        let attempt = tokio::time::timeout(SIGN_OUT_ATTEMPT, client.send(&Request::SignOut { session })).await;
        let error = match attempt {
            // A page instead of a response: nothing reached the service.
            Ok(Ok(answer)) if is_html(answer.headers()) => {
                HttpError::Body { requested: admin_request(SIGN_OUT), error: BodyError::WebPage }.into()
            }
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => HttpError::TimeLimit { what: "signing out", seconds: SIGN_OUT_LIMIT.as_secs() }.into(),
        };
        if !error.is_transient() || Instant::now() + pause >= deadline {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// The session that a sign-in or a refresh gives. A session that cannot be kept is ended at once.
async fn tokens(
    client: &CompreFaceClient,
    headers: &HeaderMap,
    sign_in: Arc<SignIn>,
) -> Result<Arc<Tokens>, CompreFaceError> {
    let mut session = None;
    let mut refresh = None;
    for header in headers.get_all(SET_COOKIE) {
        let Some(cookie) = header.to_str().ok().and_then(|text| Cookie::parse(text).ok()) else { continue };
        match cookie.name() {
            _ if cookie.value().is_empty() => {}
            SESSION_COOKIE => session = Some((SecretString::from(cookie.value()), ends(&cookie))),
            REFRESH_COOKIE => refresh = Some(SecretString::from(cookie.value())),
            _ => {}
        }
    }
    let requested = admin_request(SIGN_IN);
    match (session, refresh) {
        (Some((session, ends)), Some(refresh)) => {
            Ok(Arc::new(Tokens { session, refresh, ends, sign_in, is_accepted: AtomicBool::new(false) }))
        }
        (Some((session, _)), None) => {
            let _ = tokio::time::timeout(SIGN_OUT_LIMIT, end(client, &session)).await;
            Err(CompreFaceError::NoRefreshCookie { requested })
        }
        _ if is_html(headers) => Err(HttpError::Body { requested, error: BodyError::WebPage }.into()),
        _ => Err(CompreFaceError::NoCookies { requested }),
    }
}

fn ends(cookie: &Cookie<'_>) -> Option<Instant> {
    let age = Duration::try_from(cookie.max_age()?).ok()?;
    Instant::now().checked_add(age.saturating_sub(MARGIN))
}
