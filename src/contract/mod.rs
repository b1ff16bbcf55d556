//! The contract: the one table of all that may ever leave, and the gate that lets nothing else pass.
//!
//! Pure: no I/O, no clock, no settings, no service of its own. Each service has one [`Contract`], a value that the report, the
//! gate, `disclose`, the documents and the tests read; none of them has a copy.

mod contents;
pub mod diff;
mod gate;
mod instrument;
mod rebuild;
mod request;
mod terms;

use opentelemetry::Key;

use crate::model::Catalog;

pub use contents::Contents;
pub use gate::{ApprovedReport, GateError};
pub use instrument::{Instrument, InstrumentKind, Number};
pub use request::RequestTemplate;
pub use terms::{AttributeTerm, Carrier, HeaderTerm, StoredItem, Terms};

/// All that may leave an installation of one service, and all requests that may be made to the service.
#[derive(Debug, PartialEq, Eq)]
pub struct Contract {
    /// The name of the instrumentation scope.
    pub scope: &'static str,
    /// The version of the contract, and of the scope on the wire; never the program's.
    pub version: &'static str,
    /// What the sidecar calls itself on the wire: scope and version. The program's version would be one more thing known about
    /// the installation.
    pub user_agent: &'static str,
    /// What the service has that is counted.
    pub catalog: Catalog,
    /// The metrics of a report, in the order of the wire.
    pub instruments: &'static [Instrument],
    /// The requests that can be made to the service.
    pub requests: &'static [RequestTemplate],
    /// The greatest size of a report, in bytes.
    pub max_bytes: usize,
    /// The contracts of the same scope before this one. Reports that were made under them may still be stored.
    pub earlier: &'static [&'static Contract],
}

/// The name of the one attribute that every data point has.
pub const ATTRIBUTE_NAME: &str = "install_guid";

/// The key of the one attribute that every data point has.
pub const ATTRIBUTE_KEY: Key = Key::from_static_str(ATTRIBUTE_NAME);

/// The greatest value that a data point may have: far above any installation, and far below where a back end that keeps
/// numbers as floating point loses units.
pub const MAX_VALUE: u64 = 1_000_000_000;
