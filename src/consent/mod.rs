//! Consent: whether anything may be read or sent, and the permits that say so.
//!
//! Must not know what is being sent. [`ReadPermit`] and [`SendPermit`] can be made here alone, and `source` and `delivery`
//! do nothing without them.

mod decision;
pub mod file;
mod permit;
mod resolve;
mod votes;
mod watch;

pub use decision::{Decision, Outcome, decide};
pub use file::{Approval, ConsentFile};
pub use permit::{Change, Consent, ExplicitCommand, Off, ReadPermit, SendPermit};
pub use votes::{Inputs, SourceVote, Vote};
pub use watch::Watch;
