//! The source: what a service must offer to be counted, what HTTP services have in common, one folder for each service,
//! and the registry of them.
//!
//! Must not know OTLP or SQL: what is found goes to a [`ScrapeSink`], as keyed hashes.

pub mod compreface;
mod error;
mod face_recognition;
pub mod frigate;
pub mod http;
pub mod inventory;
mod password;
mod registry;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use error::{Emptied, Retry, ServiceError, SourceError};
pub use password::PasswordSource;
pub use registry::{SERVICES, all_settings, choose};

use crate::clock::{Clock, Day};
use crate::config::{Setting, SettingsReader};
use crate::consent::ReadPermit;
use crate::contract::Contract;
use crate::model::ScrapeSink;
use crate::net::Dialer;

/// A service that can be registered: one value in its folder.
#[derive(Debug)]
pub struct Definition {
    /// Its name in sentences and documents.
    pub title: &'static str,
    /// What is counted and sent, and what is requested. Its catalog has the service's name.
    pub contract: &'static Contract,
    /// Its rows of the settings table.
    pub settings: &'static [&'static Setting],
    /// Reads its settings. What is missing or invalid is recorded by the reader.
    pub configure: fn(&mut SettingsReader<'_>) -> Option<OpenService>,
}

impl Definition {
    /// Its name in settings, the store and file names.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.contract.catalog.service
    }

    /// Returns every setting of a process that reads this service: the choice, those of the service, then headcount's own.
    #[must_use]
    pub fn settings_in_force(&'static self) -> Vec<&'static Setting> {
        all_settings(&[self])
    }
}

/// Makes the service that was configured.
#[derive(Clone)]
pub struct OpenService(Arc<OpenFn>);

type OpenFn = dyn Fn(Dialer, Arc<dyn Clock>) -> Box<dyn Service> + Send + Sync;

impl OpenService {
    /// Makes the service with this function, which keeps the settings.
    #[must_use]
    pub fn new(open: impl Fn(Dialer, Arc<dyn Clock>) -> Box<dyn Service> + Send + Sync + 'static) -> Self {
        Self(Arc::new(open))
    }

    /// The service, reached through the dialer. Nothing is sent yet.
    #[must_use]
    pub fn open(&self, dialer: Dialer, clock: Arc<dyn Clock>) -> Box<dyn Service> {
        (self.0)(dialer, clock)
    }
}

impl fmt::Debug for OpenService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenService")
    }
}

/// A call of a service, as a future that ends with it.
pub type ServiceCall<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + 'a>>;

/// A service that can be counted.
///
/// Without a permit nothing is read:
///
/// ```compile_fail,E0061
/// # use headcount::{model::ScrapeSink, source::Service};
/// fn read(service: &mut dyn Service, sink: std::sync::Arc<dyn ScrapeSink>) {
///     let _ = service.scrape(None, sink);
/// }
/// ```
///
/// ```
/// # use headcount::{consent::ReadPermit, model::ScrapeSink, source::Service};
/// fn read(service: &mut dyn Service, permit: &ReadPermit, sink: std::sync::Arc<dyn ScrapeSink>) {
///     let _ = service.scrape(permit, None, sink);
/// }
/// ```
pub trait Service: fmt::Debug {
    /// Passes everything that the service holds now to the sink. All or nothing: after an error, what the sink took is to be
    /// thrown away. A thread that decodes a response may pass a little more for a moment after the future was dropped.
    ///
    /// `report` is the UTC day of the report that rests on this scrape, if one does. Only such a scrape passes which objects
    /// are active.
    ///
    /// Returns whether what was found is in doubt, since no object of a kind is left.
    ///
    /// # Errors
    /// Anything that leaves the count incomplete, and the permit's end.
    fn scrape(
        &mut self,
        permit: &ReadPermit,
        report: Option<Day>,
        sink: Arc<dyn ScrapeSink>,
    ) -> ServiceCall<'_, Option<Emptied>>;

    /// Makes one request of each kind that scrapes make, as far as the service has objects for it. Counts nothing.
    ///
    /// # Errors
    /// Anything that makes a scrape fail at these requests.
    fn check(&mut self, permit: &ReadPermit) -> ServiceCall<'_, Vec<CheckedPart>>;

    /// Ends the session, in two seconds at most; does nothing if none is open. Needs no permit: it is what follows when
    /// a permit ends, so that no session is left behind. A service without sessions has nothing to do.
    fn sign_out(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(std::future::ready(()))
    }

    /// Whether a session is open, or may have been opened by a request that was cut short.
    fn has_session(&self) -> bool {
        false
    }
}

/// One line of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPart {
    /// The part of the service that was checked.
    pub name: &'static str,
    /// What was found there.
    pub found: String,
}
