//! The network as other modules use it: one dialer, one set-up of TLS, one reader of the files that settings name.
//!
//! Must not know who connects, and why.

mod dial;
pub mod secret_file;
pub mod tls;

pub use dial::{ByteStream, Dialer, Dialing, Stream};
