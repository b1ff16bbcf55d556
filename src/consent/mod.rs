//! Consent: whether anything may be read or sent, and the permits that say so.
//!
//! Must not know what is being sent. [`ReadPermit`] and [`SendPermit`] can be made here alone, and `source` and `delivery`
//! do nothing without them.

mod permit;

pub use permit::{ExplicitCommand, ReadPermit, SendPermit};
