//! CompreFace 1.1 and 1.2, as their admin and core APIs were recorded and read.
//!
//! Must not know what the numbers are for. It makes the requests of its [`CONTRACT`] and no others.

mod api;
mod api_error;
mod catalog;
mod check;
mod client;
mod error;
#[cfg(test)]
mod recorded;
mod requests;
mod responses;
mod scrape;
mod secrets;
mod services;
mod session;
mod settings;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use super::face_recognition::{FACES, kinds};
pub use api_error::ApiError;
pub use catalog::CONTRACT;
pub use check::{Checked, CheckedFaces, CheckedStatistics};
pub use error::CompreFaceError;
pub use responses::Role;
pub use settings::{SETTINGS, ServiceSettings, configure};

use super::http::while_permitted;
use super::{CheckedPart, Definition, Emptied, OpenService, Service, ServiceCall, SourceError};
use crate::clock::Day;
use crate::config::SettingsReader;
use crate::consent::ReadPermit;
use crate::model::ScrapeSink;
use crate::net::Dialer;
use api::Api;
use session::Session;

/// CompreFace, for the registry.
pub static DEFINITION: Definition =
    Definition { title: "CompreFace", contract: &CONTRACT, settings: settings::SETTINGS, configure: open };

fn open(reader: &mut SettingsReader<'_>) -> Option<OpenService> {
    let settings = configure(reader)?;
    Some(OpenService::new(move |dialer, _| Box::new(CompreFace::new(settings.clone(), dialer))))
}

/// A scrape that takes longer means that the service is overloaded. 200 applications take 3 s, a database that is down 60 s
/// for each response.
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

    /// Makes one request of each kind that scrapes make, as far as there are objects for it.
    ///
    /// # Errors
    /// As [`Service::check`].
    pub async fn check_access(&mut self, permit: &ReadPermit) -> Result<Checked, SourceError> {
        self.read(permit.clone(), async |api| check::check(api).await).await
    }

    /// Reads while the permit and the time limit last.
    async fn read<T>(
        &self,
        permit: ReadPermit,
        reading: impl AsyncFnOnce(&Api<'_>) -> Result<T, CompreFaceError>,
    ) -> Result<T, SourceError> {
        let limited = async {
            let api = Api::new(&self.settings, &self.session, self.dialer.clone())?;
            let outcome = reading(&api).await;
            // Refreshing would keep the session of a deleted account alive for ever, even if it is made again; and a
            // session that the service does not accept is of no use.
            let error = outcome.as_ref().err().and_then(CompreFaceError::api_error);
            if matches!(error, Some(ApiError::AccountDeleted | ApiError::SessionEnded)) {
                self.session.sign_out(&self.settings, self.dialer.clone()).await;
            }
            outcome
        };
        while_permitted(&permit, (SCRAPE, "reading the service"), limited).await
    }
}

impl Service for CompreFace {
    fn scrape(
        &mut self,
        permit: &ReadPermit,
        report: Option<Day>,
        sink: Arc<dyn ScrapeSink>,
    ) -> ServiceCall<'_, Option<Emptied>> {
        let permit = permit.clone();
        Box::pin(
            async move { self.read(permit, async |api| scrape::scrape(api, report, sink).await.map(|()| None)).await },
        )
    }

    fn check(&mut self, permit: &ReadPermit) -> ServiceCall<'_, Vec<CheckedPart>> {
        let permit = permit.clone();
        Box::pin(async move { self.check_access(&permit).await.map(Checked::parts) })
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
