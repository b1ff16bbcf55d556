//! What any HTTP service needs: a client, JSON that is decoded while it arrives, limits, batches of ids, secret headers.
//!
//! Must not know any one service.

mod batch;
mod body;
mod client;
mod error;
mod front;
pub mod json_stream;
mod limits;
mod secrets;
mod within;

pub use batch::Batch;
pub use body::{Pieces, ResponseBody, read_bytes};
pub use client::{
    CONCURRENCY, Client, TrustedCertificates, any_text, discard, error_body, is_html, json, json_content, object, text,
};
pub use error::{BodyError, HttpError, Position, Requested};
pub(in crate::source) use front::bypass;
pub use front::{FrontError, demands_bearer};
pub use limits::{CurrentValue, NUMBER_BYTES, STRING_BYTES};
pub use secrets::secret_header;
pub use within::while_permitted;
