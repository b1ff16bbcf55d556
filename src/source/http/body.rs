//! Passes a body, while it arrives, to what decodes it.
//!
//! The connection is read where the runtime is; the bytes go through a small channel to a thread that decodes them, so
//! that an item may be stored (in SQLite, for example) while everything else goes on. When the reading side is dropped, the
//! channel closes and the thread ends. A body that fits into the channel, and of which nothing is stored, is decoded where
//! the runtime is: a thread would take longer to wake up.

use std::error::Error;
use std::io::{self, Read};

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::error::{BodyError, HttpError, Requested};
use crate::model::SinkError;

/// Pieces of a body on their way to the decoder; each is at most as large as the connection's buffer.
const PIECES: usize = 2;

/// A body that arrives piece by piece.
pub trait ResponseBody: Body<Data = Bytes, Error: Error + Send + Sync + 'static> + Unpin {}

impl<B: Body<Data = Bytes, Error: Error + Send + Sync + 'static> + Unpin> ResponseBody for B {}

/// Why decoding stops before the end.
#[derive(Debug)]
pub enum Stop {
    /// The body cannot be used.
    Body(BodyError),
    /// An item could not be stored.
    Sink(SinkError),
}

impl From<BodyError> for Stop {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Self {
        Self::Sink(error)
    }
}

impl Stop {
    fn into_error(self, requested: Requested) -> HttpError {
        match self {
            Self::Body(error) => HttpError::Body { requested, error },
            Self::Sink(error) => HttpError::Sink(error),
        }
    }
}

/// Passes a body, while it arrives, to a function that runs on a thread of its own.
///
/// # Errors
/// If the body cannot be read, or the function stops.
pub async fn read_bytes<T: Send + 'static>(
    requested: Requested,
    body: impl ResponseBody,
    limit: u64,
    decode: impl FnOnce(Pieces) -> Result<T, Stop> + Send + 'static,
) -> Result<T, HttpError> {
    decode_at(Place::Thread, requested, body, limit, decode).await
}

/// Where a body that fits into the channel is decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the runtime's thread.
    Runtime,
    /// On a thread of its own.
    Thread,
}

/// Passes a body to a function at this place, or on a thread of its own if the body is longer.
pub(super) async fn decode_at<T: Send + 'static>(
    place: Place,
    requested: Requested,
    body: impl ResponseBody,
    limit: u64,
    decode: impl FnOnce(Pieces) -> Result<T, Stop> + Send + 'static,
) -> Result<T, HttpError> {
    let (sender, pieces) = mpsc::channel(PIECES);
    let pieces = Pieces { pieces, current: Bytes::new() };
    let mut body = Limited { requested, body, limit, read: 0 };
    let begun = fill(&mut body, &sender).await;
    let (pumped, decoded) = if place == Place::Runtime && !matches!(begun, Ok(Some(_))) {
        drop(sender);
        (begun.map(drop), Ok(decode(pieces)))
    } else {
        let decoder = tokio::task::spawn_blocking(move || decode(pieces));
        (pump(&mut body, begun, sender).await, decoder.await)
    };
    let decoded = decoded.map_err(|error| HttpError::Decoder(error.into()))?;
    // A connection that failed explains a text that ends too early; a text that is wrong explains why reading stopped.
    match (pumped, decoded) {
        (Err(error), Ok(_) | Err(Stop::Body(BodyError::Truncated))) => Err(error),
        (_, Err(stop)) => Err(stop.into_error(requested)),
        (Ok(()), Ok(value)) => {
            // What is left is read and dropped: the service would log an error about a connection that was closed early.
            while let Ok(Some(_)) = body.next().await {}
            Ok(value)
        }
    }
}

/// Puts the start of a body into the channel. Returns the piece that did not fit any more; none if the body has ended.
async fn fill(body: &mut Limited<impl ResponseBody>, pieces: &mpsc::Sender<Bytes>) -> Result<Option<Bytes>, HttpError> {
    while let Some(piece) = body.next().await? {
        if let Err(error) = pieces.try_send(piece) {
            return Ok(Some(error.into_inner()));
        }
    }
    Ok(None)
}

/// Passes on what follows the start of a body, piece by piece, until it ends or the decoder stops.
async fn pump(
    body: &mut Limited<impl ResponseBody>,
    begun: Result<Option<Bytes>, HttpError>,
    pieces: mpsc::Sender<Bytes>,
) -> Result<(), HttpError> {
    let mut next = begun?;
    while let Some(piece) = next {
        if pieces.send(piece).await.is_err() {
            break;
        }
        next = body.next().await?;
    }
    Ok(())
}

/// A response's body, up to a number of bytes.
struct Limited<B> {
    requested: Requested,
    body: B,
    limit: u64,
    read: u64,
}

impl<B: ResponseBody> Limited<B> {
    /// The next piece; none after the last one.
    async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        let requested = self.requested;
        let too_large = HttpError::Body { requested, error: BodyError::TooLarge(self.limit) };
        if self.read.saturating_add(self.body.size_hint().lower()) > self.limit {
            return Err(too_large);
        }
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|source| HttpError::CutOff { requested, source: source.into() })?;
            let Ok(piece) = frame.into_data() else { continue };
            self.read += piece.len() as u64;
            return if self.read > self.limit { Err(too_large) } else { Ok(Some(piece)) };
        }
        Ok(None)
    }
}

/// The decoder's end of the channel.
#[derive(Debug)]
pub struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            // Waiting is for a thread of its own: elsewhere, the whole body is in the channel.
            let piece = match self.pieces.try_recv() {
                Err(TryRecvError::Empty) => self.pieces.blocking_recv(),
                received => received.ok(),
            };
            match piece {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        let length = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
