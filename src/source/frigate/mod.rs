//! Frigate 0.16 to 0.18, as its API was recorded.
//!
//! Must not know what the numbers are for. It makes the requests of its [`CONTRACT`] and no others.

mod api;
mod api_error;
mod catalog;
mod error;
#[cfg(test)]
mod recorded;
mod requests;
mod responses;
mod scrape;
mod secrets;
mod settings;

use std::sync::Arc;
use std::time::Duration;

pub use super::face_recognition::FACES;
pub use api_error::Meaning;
pub use catalog::{CONTRACT, kinds};
pub use error::{FrigateError, LibraryGone};
pub use responses::Version;
pub use settings::{FrigateAccount, FrigateSettings, SETTINGS};

use super::http::while_permitted;
use super::{CheckedPart, Definition, Emptied, OpenService, Service, ServiceCall, SourceError};
use crate::clock::Day;
use crate::config::SettingsReader;
use crate::consent::ReadPermit;
use crate::model::ScrapeSink;
use crate::net::Dialer;
use api::FrigateApi;

/// Frigate, for the registry.
pub static DEFINITION: Definition =
    Definition { title: "Frigate", contract: &CONTRACT, settings: settings::SETTINGS, configure: open };

fn open(reader: &mut SettingsReader<'_>) -> Option<OpenService> {
    let settings = settings::configure(reader)?;
    Some(OpenService::new(move |dialer, _| Box::new(Frigate::new(settings.clone(), dialer))))
}

/// A scrape that takes longer means that the service is overloaded. A sign-in takes 1 s, and 50,000 faces as long.
const SCRAPE: Duration = Duration::from_secs(5 * 60);

/// A Frigate installation.
#[derive(Debug)]
pub struct Frigate {
    settings: FrigateSettings,
    dialer: Dialer,
}

impl Frigate {
    /// An installation that is reached through the dialer. Nothing is sent yet.
    #[must_use]
    pub const fn new(settings: FrigateSettings, dialer: Dialer) -> Self {
        Self { settings, dialer }
    }

    /// Reads while the permit and the time limit last. The session ends with the call.
    async fn read<T>(
        &self,
        permit: ReadPermit,
        reading: impl AsyncFnOnce(&FrigateApi<'_>) -> Result<T, FrigateError>,
    ) -> Result<T, SourceError> {
        let limited = async {
            let api = FrigateApi::open(&self.settings, self.dialer.clone()).await?;
            reading(&api).await
        };
        while_permitted(&permit, (SCRAPE, "reading the service"), limited).await
    }
}

impl Service for Frigate {
    fn scrape(
        &mut self,
        permit: &ReadPermit,
        _: Option<Day>,
        sink: Arc<dyn ScrapeSink>,
    ) -> ServiceCall<'_, Option<Emptied>> {
        let permit = permit.clone();
        Box::pin(async move { self.read(permit, async |api| scrape::scrape(api, sink).await).await })
    }

    fn check(&mut self, permit: &ReadPermit) -> ServiceCall<'_, Vec<CheckedPart>> {
        let (permit, is_signed_in) = (permit.clone(), self.settings.account.is_some());
        Box::pin(async move { self.read(permit, async |api| scrape::check(api, is_signed_in).await).await })
    }
}

#[cfg(test)]
mod tests;
