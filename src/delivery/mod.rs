//! Delivery: sends the bytes of one approved report to the endpoint, and returns the outcome.
//!
//! Must not know what the bytes mean, nor which report they are. [`Sender`] makes one attempt, and [`RetryBackoff`] returns the
//! wait before the next one; the caller decides about the order of reports and about each [`SendOutcome`].

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
pub use error::DeliveryError;
pub use outcome::{Remark, SendOutcome};
pub use prepare::PrepareError;
pub use sender::Sender;

/// A response is read to this length at most. An OTLP response has a few bytes; a longer one is not OTLP.
const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;
