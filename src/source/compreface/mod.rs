//! CompreFace 1.1 and 1.2, as their admin and core APIs were recorded and read.
//!
//! Must not know what the numbers are for. It makes the requests of its [`CONTRACT`] and no others.

mod api;
mod batch;
mod catalog;
mod check;
mod client;
mod decode;
mod elements;
mod front;
#[cfg(test)]
mod recorded;
mod refusal;
mod requests;
mod scrape;
mod secrets;
mod session;
mod settings;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use catalog::{CONTRACT, FACES, kinds};
pub use settings::{PasswordSource, SETTINGS, ServiceSettings, configure};

use super::{Checked, Meaning, Reading, Service, SourceError};
use crate::consent::ReadPermit;
use crate::model::ScrapeSink;
use crate::net::Dialer;
use api::Api;
use session::Session;

/// A scrape that takes longer has met a service in trouble. 200 applications take 3 s, a database that is down 60 s for
/// each answer.
const SCRAPE: Duration = Duration::from_secs(15 * 60);

/// A CompreFace installation, and the session there.
#[derive(Debug)]
pub struct CompreFace {
    settings: Arc<ServiceSettings>,
    dialer: Dialer,
    session: Session,
}

impl CompreFace {
    /// An installation that is reached through the dialer. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: ServiceSettings, dialer: Dialer) -> Self {
        Self { settings: Arc::new(settings), dialer, session: Session::default() }
    }

    /// Reads while the permit and the time limit last.
    async fn read<T>(
        &self,
        permit: ReadPermit,
        reading: impl AsyncFnOnce(&Api<'_>) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let limited = tokio::time::timeout(SCRAPE, async {
            let api = Api::new(&self.settings, &self.session, self.dialer.clone())?;
            let outcome = reading(&api).await;
            // Refreshing would keep the session of a deleted account alive for ever, even if it is made again; and a
            // session that the service does not accept is of no use.
            let meaning = outcome.as_ref().err().and_then(SourceError::meaning);
            if matches!(meaning, Some(Meaning::AccountDeleted | Meaning::SessionEnded)) {
                self.session.sign_out(&self.settings, self.dialer.clone()).await;
            }
            outcome
        });
        tokio::select! {
            biased;
            () = permit.revoked() => Err(SourceError::Revoked),
            outcome = limited => {
                outcome.unwrap_or(Err(SourceError::TimeLimit { what: "reading the service", seconds: SCRAPE.as_secs() }))
            }
        }
    }
}

impl Service for CompreFace {
    fn scrape(&mut self, permit: &ReadPermit, observer: Arc<dyn ScrapeSink>) -> Reading<'_, (), SourceError> {
        let permit = permit.clone();
        Box::pin(async move { self.read(permit, async |api| scrape::scrape(api, observer).await).await })
    }

    fn check(&mut self, permit: &ReadPermit) -> Reading<'_, Checked, SourceError> {
        let permit = permit.clone();
        Box::pin(async move { self.read(permit, async |api| check::check(api).await).await })
    }

    fn sign_out(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async move {
            if self.session.is_open() {
                self.session.sign_out(&self.settings, self.dialer.clone()).await;
            }
        })
    }

    fn has_session(&self) -> bool {
        self.session.is_open()
    }
}

#[cfg(test)]
mod tests;
