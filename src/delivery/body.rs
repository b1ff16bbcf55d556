//! A response's body, read into memory within a limit of bytes and of time.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::error::DeliveryError;

/// A body as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// The bytes that were read.
    pub(crate) bytes: Bytes,
    /// Whether these are all.
    pub(crate) is_whole: bool,
}

impl Body {
    /// The body of a response whose status is enough.
    pub(super) const fn unread() -> Self {
        Self { bytes: Bytes::new(), is_whole: false }
    }
}

/// Reads a body of at most this many bytes to its end, and its trailers.
pub(super) async fn read(mut incoming: Incoming, limit: usize) -> Result<(Bytes, Option<HeaderMap>), DeliveryError> {
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        match frame?.into_data() {
            Ok(data) if data.len() > limit - body.len() => return Err(DeliveryError::TooLarge),
            Ok(data) => body.extend_from_slice(&data),
            Err(frame) => return Ok((body.freeze(), frame.into_trailers().ok())),
        }
    }
    Ok((body.freeze(), None))
}

/// Reads as much of a body as arrives within the limits. The status is known by then, so no error of
/// the body is an error of the attempt.
pub(super) async fn read_what_arrives(mut incoming: Incoming, limit: usize, deadline: Instant) -> Body {
    let mut body = BytesMut::new();
    let is_whole = loop {
        let Ok(frame) = timeout_at(deadline, incoming.frame()).await else { break false };
        match frame {
            None => break true,
            Some(Err(_)) => break false,
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                if data.len() > limit - body.len() {
                    break false;
                }
                body.extend_from_slice(&data);
            }
        }
    };
    Body { bytes: body.freeze(), is_whole }
}
