//! What can be requested of the service during one scrape, with the session kept up and the number of requests bounded.

use std::cell::OnceCell;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::api_error::ApiError;
use super::catalog::{ME, ROLES};
use super::client::CompreFaceClient;
use super::error::CompreFaceError;
use super::requests::{Request, admin_request};
use super::responses::{Account, Applications, FaceCount, NOT_A_UUID, Role, Users};
use super::secrets::ApiKey;
use super::services::Statistics;
use super::session::{Session, Tokens};
use super::settings::ServiceSettings;
use crate::model::ScrapeSink;
use crate::net::Dialer;
use crate::source::http::json_stream::ItemSink;
use crate::source::http::{CONCURRENCY, HttpError};

/// The service, for as long as one scrape lasts.
#[derive(Debug)]
pub(super) struct Api<'a> {
    client: CompreFaceClient,
    session: &'a Session,
    in_flight: Semaphore,
    /// The session in which the account was read.
    begun: OnceCell<Arc<Tokens>>,
}

impl<'a> Api<'a> {
    pub(super) fn new(
        settings: &Arc<ServiceSettings>,
        session: &'a Session,
        dialer: Dialer,
    ) -> Result<Self, CompreFaceError> {
        let client = CompreFaceClient::new(settings, dialer)?;
        Ok(Self { client, session, in_flight: Semaphore::new(CONCURRENCY), begun: OnceCell::new() })
    }

    /// The account's own id. All that is read later is read in the same session, refreshed or not.
    pub(super) async fn account(&self) -> Result<Uuid, CompreFaceError> {
        let account: Account =
            self.in_session(async |session| self.client.object(&Request::Me { session }).await).await?;
        let requested = admin_request(ME);
        let own = account.id.ok_or(HttpError::Body { requested, error: NOT_A_UUID })?;
        if let Some(tokens) = self.session.current() {
            self.begun.get_or_init(|| tokens);
        }
        Ok(own)
    }

    /// Returns the account's own role, if it is one that sees everything. With a sink, counts all users; without,
    /// decodes the list up to the account.
    pub(super) async fn users(&self, own: Uuid, sink: Option<&Arc<dyn ScrapeSink>>) -> Result<Role, CompreFaceError> {
        let users = self
            .in_session(async |session| {
                self.client.array(&Request::Roles { session }, Users::new(own, sink.map(Arc::clone))).await
            })
            .await?;
        match users.role() {
            Some(Some(role)) => Ok(role),
            Some(None) => Err(CompreFaceError::Role),
            // Sessions outlive their accounts, and the list is still given to them.
            None => Err(CompreFaceError::Answered {
                requested: admin_request(ROLES),
                status: 200,
                code: None,
                error: ApiError::AccountDeleted,
            }),
        }
    }

    /// All applications.
    pub(super) async fn applications(&self) -> Result<Applications, CompreFaceError> {
        self.in_session(async |session| {
            self.client.array(&Request::Applications { session }, Applications::default()).await
        })
        .await
    }

    /// The services of an application, in a sink of items; none if it was deleted meanwhile.
    pub(super) async fn services<S: ItemSink>(
        &self,
        application: Uuid,
        items: impl Fn() -> S,
    ) -> Result<Option<S>, CompreFaceError> {
        let services = self
            .in_session(async |session| self.client.array(&Request::Services { session, application }, items()).await)
            .await;
        unless_gone(services)
    }

    /// The days on which a service received requests, in a sink of items; none if it was deleted meanwhile.
    pub(super) async fn statistics(
        &self,
        application: Uuid,
        service: Uuid,
        items: impl Fn() -> Statistics,
    ) -> Result<Option<Statistics>, CompreFaceError> {
        let statistics = self.in_session(async |session| {
            self.client.array(&Request::Statistics { session, application, service }, items()).await
        });
        unless_gone(statistics.await)
    }

    /// The number of faces in the collection that this key opens.
    pub(super) async fn faces(&self, key: &ApiKey) -> Result<u64, CompreFaceError> {
        let _in_flight = self.in_flight.acquire().await;
        let count: FaceCount = self.client.object(&Request::Faces { key }).await?;
        Ok(count.total)
    }

    /// Makes a request that needs a session, and once more with another session if the service does not accept the first.
    async fn in_session<T>(
        &self,
        ask: impl AsyncFn(&SecretString) -> Result<T, CompreFaceError>,
    ) -> Result<T, CompreFaceError> {
        let _in_flight = self.in_flight.acquire().await;
        let tokens = self.session.open(&self.client).await?;
        self.belongs(&tokens)?;
        match Self::ask_once(&tokens, &ask).await {
            Err(error) if error.api_error() == Some(ApiError::SessionEnded) => {
                let tokens = self.session.renew(&self.client, &tokens).await?;
                self.belongs(&tokens)?;
                Self::ask_once(&tokens, &ask).await
            }
            outcome => outcome,
        }
    }

    async fn ask_once<T>(
        tokens: &Tokens,
        ask: &impl AsyncFn(&SecretString) -> Result<T, CompreFaceError>,
    ) -> Result<T, CompreFaceError> {
        let outcome = ask(&tokens.session).await;
        if outcome.is_ok() {
            tokens.accepted();
        }
        outcome
    }

    /// A session that cannot even be refreshed is not known to the database that answers now: answers from before and
    /// after that may be of two installations, or of two states of one.
    fn belongs(&self, tokens: &Tokens) -> Result<(), CompreFaceError> {
        match self.begun.get() {
            Some(begun) if !begun.is_of_the_same_sign_in(tokens) => Err(CompreFaceError::SessionReplaced),
            _ => Ok(()),
        }
    }
}

/// None where the object was deleted between two requests.
fn unless_gone<T>(outcome: Result<T, CompreFaceError>) -> Result<Option<T>, CompreFaceError> {
    match outcome {
        Err(error) if error.api_error() == Some(ApiError::Gone) => Ok(None),
        other => other.map(Some),
    }
}
