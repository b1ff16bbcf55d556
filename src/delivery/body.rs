//! An answer's body, read into one piece of memory and no further than an OTLP answer goes.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::failure::Failure;

/// Reads a body of at most so many bytes to its end, and its trailers.
pub(super) async fn read(mut incoming: Incoming, limit: usize) -> Result<(Bytes, Option<HeaderMap>), Failure> {
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        match frame.map_err(|error| Failure::exchange(&error))?.into_data() {
            Ok(data) if data.len() > limit - body.len() => return Err(Failure::TooLarge),
            Ok(data) => body.extend_from_slice(&data),
            Err(frame) => return Ok((body.freeze(), frame.into_trailers().ok())),
        }
    }
    Ok((body.freeze(), None))
}
