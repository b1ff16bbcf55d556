//! What can be asked of the service during one scrape, with the session kept up and the number of requests bounded.

use std::cell::OnceCell;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::check::FirstRecognition;
use super::client::{CONCURRENCY, Client};
use super::decode::{self, ANSWER_BYTES, Sink};
use super::elements::{Account, Applications, FaceCount, Recognition, Services, Users};
use super::requests::{Request, asked_of_admin};
use super::secrets::ApiKey;
use super::session::{Session, Tokens};
use super::settings::ServiceSettings;
use crate::model::ScrapeSink;
use crate::net::Dialer;
use crate::source::{ContentFault, Meaning, Role, SourceError};

/// The service, for as long as one scrape lasts.
#[derive(Debug)]
pub(super) struct Api<'a> {
    client: Client,
    settings: &'a Arc<ServiceSettings>,
    session: &'a Session,
    turns: Semaphore,
    /// The session in which the account was read.
    begun: OnceCell<Arc<Tokens>>,
}

impl<'a> Api<'a> {
    pub(super) fn new(
        settings: &'a Arc<ServiceSettings>,
        session: &'a Session,
        dialer: Dialer,
    ) -> Result<Self, SourceError> {
        let client = Client::new(settings, dialer)?;
        Ok(Self { client, settings, session, turns: Semaphore::new(CONCURRENCY), begun: OnceCell::new() })
    }

    /// The account's own id. All that is read later is read in the same session, refreshed or not.
    pub(super) async fn account(&self) -> Result<Uuid, SourceError> {
        let own = self
            .in_session(async |session| {
                let request = Request::Me { session };
                let account: Account = self.client.object(&request, self.settings).await?;
                account
                    .id()
                    .ok_or(SourceError::Content { asked: request.asked(self.settings), fault: ContentFault::NotUuid })
            })
            .await?;
        if let Some(tokens) = self.session.current() {
            self.begun.get_or_init(|| tokens);
        }
        Ok(own)
    }

    /// Returns the account's own role, if it is one that sees everything. With an observer, counts all users; without,
    /// decodes the list up to the account.
    pub(super) async fn users(&self, own: Uuid, observer: Option<&Arc<dyn ScrapeSink>>) -> Result<Role, SourceError> {
        let users = self
            .in_session(async |session| {
                self.array(&Request::Roles { session }, Users::new(own, observer.map(Arc::clone))).await
            })
            .await?;
        match users.role() {
            Some(Some(role)) => Ok(role),
            Some(None) => Err(SourceError::Role),
            // Sessions outlive their accounts, and the list is still given to them.
            None => Err(SourceError::Answered {
                asked: asked_of_admin(3),
                status: 200,
                code: None,
                meaning: Meaning::AccountDeleted,
            }),
        }
    }

    /// All applications.
    pub(super) async fn applications(&self) -> Result<Applications, SourceError> {
        self.in_session(async |session| self.array(&Request::Applications { session }, Applications::default()).await)
            .await
    }

    /// The services of an application; none if it was deleted meanwhile.
    pub(super) async fn services(
        &self,
        application: Uuid,
        observer: Option<&Arc<dyn ScrapeSink>>,
    ) -> Result<Option<Services>, SourceError> {
        self.services_into(application, || Services::new(observer)).await
    }

    /// The first recognition service of an application, the demo's included; none if there is none.
    pub(super) async fn recognition(&self, application: Uuid) -> Result<Option<Recognition>, SourceError> {
        let first = self.services_into(application, FirstRecognition::default).await?;
        Ok(first.and_then(FirstRecognition::into_service))
    }

    /// The services of an application, in a sink; none if it was deleted meanwhile.
    async fn services_into<S: Sink>(&self, application: Uuid, sink: impl Fn() -> S) -> Result<Option<S>, SourceError> {
        let services = self
            .in_session(async |session| self.array(&Request::Services { session, application }, sink()).await)
            .await;
        match services {
            Err(error) if error.meaning() == Some(Meaning::Gone) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The number of faces in the collection that this key opens.
    pub(super) async fn faces(&self, key: &ApiKey) -> Result<u64, SourceError> {
        let _turn = self.turns.acquire().await;
        let count: FaceCount = self.client.object(&Request::Faces { key }, self.settings).await?;
        Ok(count.total)
    }

    async fn array<S: Sink>(&self, request: &Request<'_>, sink: S) -> Result<S, SourceError> {
        let body = self.client.json(request, self.settings).await?.into_body();
        decode::array(request.asked(self.settings), body, ANSWER_BYTES, sink).await
    }

    /// Asks something that needs a session; if the service does not accept the session, asks once more with another.
    async fn in_session<T>(
        &self,
        ask: impl AsyncFn(&SecretString) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let _turn = self.turns.acquire().await;
        let tokens = self.session.open(&self.client, self.settings).await?;
        self.belongs(&tokens)?;
        match Self::ask_once(&tokens, &ask).await {
            Err(error) if error.meaning() == Some(Meaning::SessionEnded) => {
                let tokens = self.session.renew(&self.client, self.settings, &tokens).await?;
                self.belongs(&tokens)?;
                Self::ask_once(&tokens, &ask).await
            }
            outcome => outcome,
        }
    }

    async fn ask_once<T>(
        tokens: &Tokens,
        ask: &impl AsyncFn(&SecretString) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let outcome = ask(&tokens.session).await;
        if outcome.is_ok() {
            tokens.accepted();
        }
        outcome
    }

    /// A session that cannot even be refreshed is not known to the database that answers now: answers from before and
    /// after that may be of two installations, or of two states of one.
    fn belongs(&self, tokens: &Tokens) -> Result<(), SourceError> {
        match self.begun.get() {
            Some(begun) if !begun.is_of_the_same_sign_in(tokens) => Err(SourceError::SessionReplaced),
            _ => Ok(()),
        }
    }
}
