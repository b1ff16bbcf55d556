//! The inventory document: what the maintainers of any service can offer at one address, or in one file, so that their
//! installations can be counted.
//!
//! Must not know what the numbers are for. It makes the one request of its [`CONTRACT`], or reads the file instead.

mod catalog;
mod document;
mod error;
mod fetch;
mod file;
mod ids;
mod lenient;
mod problem;
mod reading;
mod settings;

use std::sync::Arc;
use std::time::Duration;

pub use super::face_recognition::{FACES, kinds};
pub use catalog::CONTRACT;
pub use error::{InventoryError, StatusProblem};
pub use problem::Problems;
pub use settings::{DocumentLocation, InventorySettings, SETTINGS, configure};

use super::http::read_bytes;
use super::http::{HttpError, while_permitted};
use super::{CheckedPart, Definition, Emptied, OpenService, Service, ServiceCall, SourceError};
use crate::clock::{Clock, Day};
use crate::config::SettingsReader;
use crate::consent::ReadPermit;
use crate::model::{PerKind, ScrapeSink};
use crate::net::Dialer;
use document::{DOCUMENT_BYTES, decode};
use file::FileReader;
use ids::Ids;
use problem::Listing;

/// The inventory document, for the registry.
pub static DEFINITION: Definition =
    Definition { title: "Inventory document", contract: &CONTRACT, settings: settings::SETTINGS, configure: open };

fn open(reader: &mut SettingsReader<'_>) -> Option<OpenService> {
    let settings = configure(reader)?;
    Some(OpenService::new(move |dialer, clock| Box::new(Inventory::new(settings.clone(), dialer, clock))))
}

/// A document that takes longer is one that its server cannot make. 1,000,000 users take a few seconds.
const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);

/// An inventory document. There is no session: each reading is one request.
#[derive(Debug)]
pub struct Inventory {
    settings: InventorySettings,
    dialer: Dialer,
    files: FileReader,
}

impl Inventory {
    /// A document that is reached through the dialer. Nothing is sent yet. The clock tells how old a file is.
    #[must_use]
    pub fn new(settings: InventorySettings, dialer: Dialer, clock: Arc<dyn Clock>) -> Self {
        Self { settings, dialer, files: FileReader::new(clock) }
    }

    /// Reads the document while the permit and the time limit last. Returns the numbers of objects.
    async fn read(&self, permit: &ReadPermit, ids: Ids, listing: Listing) -> Result<PerKind<u64>, SourceError> {
        let reading = async {
            let found = match &self.settings.location {
                DocumentLocation::Url(url) => {
                    let body = fetch::body(&self.settings, url, self.dialer.clone()).await?;
                    let decode = move |bytes| decode(bytes, ids, listing);
                    read_bytes(catalog::requested(), body, DOCUMENT_BYTES, decode).await?
                }
                DocumentLocation::File(path) => {
                    self.files.read(path.clone(), move |bytes| decode(bytes, ids, listing)).await?
                }
            };
            found.map_err(InventoryError::Document)
        };
        while_permitted(permit, (TIME_LIMIT, "reading the inventory document"), reading).await
    }
}

impl Service for Inventory {
    fn scrape(
        &mut self,
        permit: &ReadPermit,
        _: Option<Day>,
        sink: Arc<dyn ScrapeSink>,
    ) -> ServiceCall<'_, Option<Emptied>> {
        let permit = permit.clone();
        Box::pin(async move { self.read(&permit, Ids::scraped(sink), Listing::OneLine).await.map(|_| None) })
    }

    fn check(&mut self, permit: &ReadPermit) -> ServiceCall<'_, Vec<CheckedPart>> {
        let permit = permit.clone();
        Box::pin(async move {
            let ids = Ids::checked().map_err(|error| InventoryError::Http(HttpError::Sink(error)))?;
            let counts = self.read(&permit, ids, Listing::Lines).await?;
            let [users, applications, detection, verification, recognition] = kinds::ALL.map(|kind| counts[kind]);
            let found = format!(
                "users {users}, applications {applications}, services: recognition {recognition}, \
                 verification {verification}, detection {detection}"
            );
            Ok(vec![CheckedPart { name: "inventory", found }])
        })
    }
}
