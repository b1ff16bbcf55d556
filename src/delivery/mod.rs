//! Delivery: one approved report's bytes to the operator's endpoint, and what became of it.
//!
//! Must not know what the bytes mean, nor which report they are. [`Sender`] makes one attempt, [`RetryBackoff`]
//! says how long to wait for the next; the order of reports, and what is done with an [`SendOutcome`], is the caller's.

mod backoff;
mod body;
mod classify;
mod connection;
mod error;
mod grpc;
mod http;
mod no_proxy;
mod outcome;
mod prepare;
mod proxy;
mod response;
mod sender;
mod stream_error;

pub use backoff::{MAX_DELAY, MIN_DELAY, RetryBackoff};
pub use classify::MAX_RETRY_AFTER;
pub use outcome::{Remark, SendOutcome};
pub use prepare::PrepareError;
pub use sender::Sender;

/// An answer is read to this length at most. An OTLP answer has a few bytes; what is longer comes from something else.
const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;
