//! The inventory document: what the maintainers of any service can offer at one address, or in one file, so that their
//! installations can be counted.
//!
//! Must not know what the numbers are for. It makes the one request of its [`CONTRACT`], or reads the file instead.

mod catalog;
mod check;
mod document;
mod error;
mod fetch;
mod file;
mod ids;
mod lenient;
mod mark;
mod problem;
mod services;
mod settings;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use super::face_recognition::{FACES, kinds};
pub use catalog::CONTRACT;
pub use error::{InventoryError, StatusProblem};
pub use problem::Problems;
pub use settings::{DocumentLocation, InventorySettings, SETTINGS, configure};

use super::http::json_stream::{read_bytes, reader};
use super::http::while_permitted;
use super::{CheckedPart, Definition, Emptied, OpenService, Service, ServiceCall, SourceError};
use crate::clock::Day;
use crate::config::SettingsReader;
use crate::consent::ReadPermit;
use crate::model::{PerKind, ScrapeSink};
use crate::net::Dialer;
use check::ComparedIds;
use document::{DOCUMENT_BYTES, Reading};
use file::{FileBytes, FileReader};
use mark::WithoutMark;
use problem::Listing;

/// The inventory document, for the registry.
pub static DEFINITION: Definition =
    Definition { title: "Inventory document", contract: &CONTRACT, settings: settings::SETTINGS, configure: open };

fn open(reader: &mut SettingsReader<'_>) -> Option<OpenService> {
    let settings = configure(reader)?;
    Some(OpenService::new(move |dialer| Box::new(Inventory::new(settings.clone(), dialer))))
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
    /// A document that is reached through the dialer. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: InventorySettings, dialer: Dialer) -> Self {
        Self { settings, dialer, files: FileReader::new() }
    }

    /// Reads the document while the permit and the time limit last. Returns the numbers of objects.
    async fn read(
        &self,
        permit: ReadPermit,
        sink: Arc<dyn ScrapeSink>,
        listing: Listing,
    ) -> Result<PerKind<u64>, SourceError> {
        let document = self.document(Reading::new(sink, listing));
        while_permitted(&permit, (TIME_LIMIT, "reading the inventory document"), document).await
    }

    async fn document(&self, reading: Reading) -> Result<PerKind<u64>, InventoryError> {
        let read = match &self.settings.location {
            DocumentLocation::Url(url) => {
                let body = fetch::body(&self.settings, url, self.dialer.clone()).await?;
                read_bytes(fetch::requested(), body, DOCUMENT_BYTES, move |bytes| {
                    reading.decode(&mut reader(WithoutMark::new(bytes)))
                })
                .await?
            }
            DocumentLocation::File(path) => {
                let decode = move |bytes: &mut FileBytes| reading.decode(&mut reader(WithoutMark::new(bytes)));
                self.files.read(path.clone(), decode).await?
            }
        };
        read.map_err(InventoryError::Document)
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
        Box::pin(async move { self.read(permit, sink, Listing::OneLine).await.map(|_| None) })
    }

    fn check(&mut self, permit: &ReadPermit) -> ServiceCall<'_, Vec<CheckedPart>> {
        let permit = permit.clone();
        Box::pin(async move {
            let ids = Arc::new(ComparedIds::new());
            let counts = self.read(permit, Arc::clone(&ids) as _, Listing::Lines).await?;
            Ok(ids.parts(&counts))
        })
    }

    fn sign_out(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn has_session(&self) -> bool {
        false
    }
}
