//! Delivery: one approved report's bytes to the operator's endpoint, and what became of it.
//!
//! Must not know what the bytes mean, nor which report they are. [`Sender`] makes one attempt, [`RetrySchedule`]
//! says how long to wait for the next; the order of reports, and what is done with an [`Outcome`], is the caller's.

mod backoff;
mod body;
mod classify;
mod connection;
mod failure;
mod grpc;
mod http;
mod no_proxy;
mod noted;
mod outcome;
mod proxy;
mod response;
mod sender;
mod setup;

pub use backoff::{MAX_DELAY, MIN_DELAY, RetrySchedule};
pub use classify::MAX_RETRY_AFTER;
pub use outcome::{Outcome, Remark};
pub use sender::Sender;
pub use setup::SetupError;

/// An answer is read to this length at most. An OTLP answer has a few bytes; what is longer comes from something else.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
