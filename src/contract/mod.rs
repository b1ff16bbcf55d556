//! The contract: the one table of all that may ever leave, and the gate that lets nothing else pass.
//!
//! Pure: no I/O, no clock, no configuration. The report, the gate, `disclose`, the documents and the tests all read this
//! table; none of them has a copy.

mod contents;
mod gate;
mod instruments;
mod layout;
pub mod news;
mod terms;

use opentelemetry::Key;

pub use contents::Contents;
pub use gate::{Approved, Refusal, approve};
pub use instruments::{INSTRUMENTS, Instrument, InstrumentKind, Number};
pub use terms::{AttributeTerm, CARRIERS, CONNECTION, Carrier, HeaderTerm, KEPT, Kept, SELF_METRICS, Terms};

/// The contract's version: the scope's version on the wire, never the program's. Another one is a decision.
pub const VERSION: &str = "1";

/// The instrumentation scope's name.
pub const SCOPE_NAME: &str = "headcount";

/// The name of the one attribute that every data point has.
pub const ATTRIBUTE_NAME: &str = "install_guid";

/// The key of the one attribute that every data point has.
pub const ATTRIBUTE_KEY: Key = Key::from_static_str(ATTRIBUTE_NAME);

/// The greatest value that a data point may have: far above any installation, and far below where a back end that keeps
/// numbers as floating point loses units.
pub const MAX_VALUE: u64 = 1_000_000_000;

/// The greatest size of a report, in bytes: one of this contract has 2,828, since all that varies in it has a fixed width.
pub const MAX_BYTES: usize = 3 * 1024;

/// What the sidecar calls itself on the wire: the contract's version, since the program's would be one more thing known
/// about the installation.
pub const USER_AGENT: &str = "headcount/1";
