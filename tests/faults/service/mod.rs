//! The service of a run: which one it is, what people do there, and its faults.
//!
//! Everything else of a run is the same for all services: what is drawn, what is played, and what must hold.

mod compreface;
mod frigate;
mod front;
mod inventory;
mod peer;
mod web_faults;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use headcount::clock::Timestamp;
use headcount::contract::Contract;
use headcount::net::Dialer;
use headcount::source;

use crate::journal::What;
use crate::recipe::Recipe;
use crate::support::world::{Moments, Seeded};

pub(crate) use front::{HOST, with_tls};

/// Which service is read, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceKind {
    CompreFace,
    Frigate,
    /// An inventory document from a server.
    DocumentServer,
    /// An inventory document in a file.
    DocumentFile,
}

impl ServiceKind {
    pub(crate) const ALL: [Self; 4] = [Self::CompreFace, Self::Frigate, Self::DocumentServer, Self::DocumentFile];

    /// The contract that its reports keep to.
    pub(crate) fn contract(self) -> &'static Contract {
        match self {
            Self::CompreFace => &source::compreface::CONTRACT,
            Self::Frigate => &source::frigate::CONTRACT,
            Self::DocumentServer | Self::DocumentFile => &source::inventory::CONTRACT,
        }
    }

    /// Every fault that it can have.
    pub(crate) fn faults(self) -> Vec<Fault> {
        match self {
            Self::CompreFace => compreface::faults(),
            Self::Frigate => frigate::faults(),
            Self::DocumentServer => inventory::server::faults(),
            Self::DocumentFile => inventory::file::faults(),
        }
    }

    /// The service itself.
    pub(crate) fn open(self, surroundings: &Surroundings<'_>) -> Box<dyn Counted> {
        match self {
            Self::CompreFace => Box::new(compreface::CompreFace::new(surroundings)),
            Self::Frigate => Box::new(frigate::Frigate::new(surroundings)),
            Self::DocumentServer => Box::new(inventory::server::DocumentServer::new(surroundings)),
            Self::DocumentFile => Box::new(inventory::file::DocumentFile::new(surroundings)),
        }
    }
}

/// A fault of a service, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fault(pub(crate) &'static str);

impl Fault {
    /// Whether the service comes up and goes down meanwhile.
    pub(crate) fn restarts(self) -> bool {
        [web_faults::RESTARTS, inventory::file::WRITTEN_AGAIN].contains(&self.0)
    }
}

/// Takes what happens at the service, at once.
pub(crate) type Observer = Arc<dyn Fn(What) + Send + Sync>;

/// What a service is made in.
pub(crate) struct Surroundings<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) moments: Moments,
    pub(crate) observer: Observer,
    /// What people draw from.
    pub(crate) random: Arc<Seeded>,
    /// Where files may be.
    pub(crate) directory: &'a Path,
}

/// A call that may end connections.
pub(crate) type Change<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A service that is counted.
pub(crate) trait Counted {
    /// The way to it.
    fn dialer(&self) -> Dialer;

    /// The settings with which an operator has it read, over this scheme and with these certificates trusted.
    fn variables(&self, scheme: &str, authority: Option<String>) -> Vec<(&'static str, String)>;

    /// Has something in it before all begins.
    fn populate(&mut self);

    /// People create, delete and bring back.
    fn live(&mut self, now: Timestamp);

    /// A fault begins.
    fn begin<'a>(&'a mut self, fault: Fault, random: &'a Seeded) -> Change<'a>;

    /// Every fault is over.
    fn end(&mut self) -> Change<'_>;

    /// It comes up or goes down within a fault.
    fn set_up(&mut self, is_up: bool) -> Change<'_>;

    /// Sessions that it holds.
    fn open_sessions(&self) -> usize {
        0
    }

    /// The most requests that it answered at a time.
    fn most_at_once(&self) -> usize {
        0
    }
}
