//! Decodes a response while it arrives.
//!
//! The connection is read where the runtime is; the bytes go through a small channel to a thread that decodes them, so
//! that an item may be stored (in SQLite, for example) while everything else goes on. When the reading side is dropped, the
//! channel closes and the thread ends.

use std::error::Error;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;
use std::rc::Rc;

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use serde::de::{self, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::de::IoRead;
use serde_json::error::Category;
use tokio::sync::mpsc;

use super::error::{BodyError, HttpError, Position, Requested};
use super::limits::{CurrentValue, JsonLimits};
use crate::error_chain::find;
use crate::model::SinkError;

/// One response with 1,000,000 users has 146 MB; a response past this limit is no list of objects.
pub const RESPONSE_BYTES: u64 = 512 * 1024 * 1024;
/// Pieces of a body on their way to the decoder; each is at most as large as the connection's buffer.
const PIECES: usize = 2;
/// serde_json takes one byte at a time; a thread's buffer makes that cheap.
const DECODER_BUFFER_BYTES: usize = 8 * 1024;

/// JSON that is read from a body, within the limits of strings and nesting.
pub type JsonReader<R> = serde_json::Deserializer<IoRead<JsonLimits<BufReader<R>>>>;

/// A body that arrives piece by piece.
pub trait ResponseBody: Body<Data = Bytes, Error: Error + Send + Sync + 'static> + Unpin {}

impl<B: Body<Data = Bytes, Error: Error + Send + Sync + 'static> + Unpin> ResponseBody for B {}

/// Takes the items of one array.
pub trait ItemSink: Send + 'static {
    /// What an item is decoded to: small, and without names.
    type Item: DeserializeOwned;

    /// Takes an item.
    ///
    /// # Errors
    /// If the item cannot be used or stored.
    fn take(&mut self, item: Self::Item) -> Result<(), Stop>;

    /// Whether the items that follow are not needed, so that they are not decoded.
    fn is_done(&self) -> bool {
        false
    }

    /// Called when the array is complete.
    ///
    /// # Errors
    /// If what is left cannot be stored.
    fn finish(&mut self) -> Result<(), Stop> {
        Ok(())
    }
}

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

/// Decodes a body that is one array, and returns the sink that took its items.
///
/// # Errors
/// If the body cannot be read, used or stored.
pub async fn array<S: ItemSink>(
    requested: Requested,
    body: impl ResponseBody,
    limit: u64,
    sink: S,
) -> Result<S, HttpError> {
    read(requested, body, limit, |json| decode_array(json, sink)).await
}

/// Decodes a body with a function that runs on a thread of its own.
///
/// # Errors
/// If the body cannot be read, or the function stops.
pub async fn read<T: Send + 'static>(
    requested: Requested,
    body: impl ResponseBody,
    limit: u64,
    decode: impl FnOnce(&mut JsonReader<Pieces>) -> Result<T, Stop> + Send + 'static,
) -> Result<T, HttpError> {
    read_bytes(requested, body, limit, |pieces| decode(&mut reader(pieces))).await
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
    let (sender, pieces) = mpsc::channel(PIECES);
    let pieces = Pieces { pieces, current: Bytes::new() };
    let decoder = tokio::task::spawn_blocking(move || decode(pieces));
    let mut body = Limited { requested, body, limit, read: 0 };
    let pumped = pump(&mut body, sender).await;
    let decoded = decoder.await.map_err(|error| HttpError::Decoder(error.into()))?;
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

/// A reader of JSON that is within the limits.
pub(crate) fn reader<R: Read>(reader: R) -> JsonReader<R> {
    watched(reader, Rc::default())
}

/// The same, with what is known of the value that is decoded.
pub(crate) fn watched<R: Read>(reader: R, value: Rc<CurrentValue>) -> JsonReader<R> {
    let reader = BufReader::with_capacity(DECODER_BUFFER_BYTES, reader);
    serde_json::Deserializer::from_reader(JsonLimits::new(reader, value))
}

/// Passes a body on, piece by piece, until it ends or the decoder stops.
async fn pump(body: &mut Limited<impl ResponseBody>, pieces: mpsc::Sender<Bytes>) -> Result<(), HttpError> {
    while let Some(piece) = body.next().await? {
        if pieces.send(piece).await.is_err() {
            break;
        }
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

/// The decoding thread's end of the channel.
#[derive(Debug)]
pub struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        let length = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// Decodes one array and nothing after it.
pub(crate) fn decode_array<R: Read, S: ItemSink>(json: &mut JsonReader<R>, mut sink: S) -> Result<S, Stop> {
    let mut stop = None;
    let outcome =
        json.deserialize_seq(Items { sink: &mut sink, stop: &mut stop, item: PhantomData }).and_then(|()| json.end());
    match (stop, outcome) {
        (Some(stop), _) => Err(stop),
        (None, Err(error)) if !sink.is_done() => Err(Stop::Body(body_error(error))),
        (None, _) => sink.finish().map(|()| sink),
    }
}

/// Visits the array; a sink's own reason to stop is put aside, since serde's errors carry text alone.
struct Items<'a, S> {
    sink: &'a mut S,
    stop: &'a mut Option<Stop>,
    item: PhantomData<S>,
}

impl<'de, S: ItemSink> Visitor<'de> for Items<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            if let Err(stop) = self.sink.take(item) {
                *self.stop = Some(stop);
                return Err(de::Error::custom("stopped"));
            }
            if self.sink.is_done() {
                return Err(de::Error::custom("done"));
            }
        }
        Ok(())
    }
}

/// What a decoder's error says about the body. Its words are dropped: they may quote what was found.
#[must_use]
pub fn body_error(error: serde_json::Error) -> BodyError {
    let position = Position { line: error.line(), column: error.column() };
    match error.classify() {
        Category::Eof => BodyError::Truncated,
        Category::Data => BodyError::Shape(position),
        Category::Syntax => BodyError::Malformed(position),
        Category::Io => find(&io::Error::from(error)).copied().unwrap_or(BodyError::Malformed(position)),
    }
}

/// Decodes a string by comparing it, without keeping it.
///
/// # Errors
/// If it is no string.
pub fn match_str<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    compare: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Compare(compare))
}

/// Compares a string that is decoded, without keeping it.
#[derive(Debug)]
pub struct Compare<F>(pub F);

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Compare<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}
