//! Consent: whether anything may be read or sent, and the permits that say so.
//!
//! Must not know what is being sent. [`ReadPermit`] and [`SendPermit`] can only be made here, and `source` and `delivery`
//! do nothing without them.

mod decision;
pub mod file;
mod monitor;
mod permit;
mod sources;

pub use decision::{ConsentState, Decision, decide};
pub use file::{Approval, ConsentFile};
pub use monitor::{ConsentMonitor, DecisionChange};
pub use permit::{Change, Consent, ExplicitCommand, ReadPermit, SendPermit};
pub use sources::{ConsentSource, Inputs, SourceState};
