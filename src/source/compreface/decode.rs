//! Decodes an answer that is a long array, element by element, while it arrives.
//!
//! The connection is read where the runtime is; the bytes go through a small channel to a thread that decodes them, so
//! that an element may be kept (in SQLite, say) without anything else waiting. When the reading side is dropped, the
//! channel closes and the thread ends.

mod guard;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use serde::de::{DeserializeOwned, Deserializer as _, Error as _, SeqAccess, Visitor};
use serde_json::error::Category;
use tokio::sync::mpsc;

use guard::{Exceeded, Guard};

use crate::model::SinkError;
use crate::source::{Asked, ContentFault, SourceError};

/// One answer of 1,000,000 users is 146 MB; an answer past this limit is no list of users.
pub(super) const ANSWER_BYTES: u64 = 512 * 1024 * 1024;
/// Pieces of a body on their way to the decoder; each is at most as large as the connection's buffer.
const PIECES: usize = 2;
/// serde_json takes one byte at a time; a thread's buffer makes that cheap.
const DECODER_BUFFER_BYTES: usize = 8 * 1024;

/// Takes the elements of one array.
pub(super) trait Sink: Send + 'static {
    /// What an element is decoded to: small, and without names.
    type Element: DeserializeOwned;

    /// Takes an element.
    fn take(&mut self, element: Self::Element) -> Result<(), Stop>;

    /// Whether the elements that follow are not needed, so that they are not decoded.
    fn is_done(&self) -> bool {
        false
    }

    /// Takes note that the array is complete.
    fn finish(&mut self) -> Result<(), Stop> {
        Ok(())
    }
}

/// Why a sink takes no more.
#[derive(Debug)]
pub(super) enum Stop {
    /// An element cannot be used.
    Fault(ContentFault),
    /// An element could not be kept.
    Sink(SinkError),
}

impl Stop {
    fn into_error(self, asked: Asked) -> SourceError {
        match self {
            Self::Fault(fault) => SourceError::Content { asked, fault },
            Self::Sink(error) => SourceError::Keep(error),
        }
    }
}

/// Decodes an answer's body, which is one array, and gives back the sink that took its elements.
pub(super) async fn array<B, S>(asked: Asked, body: B, limit: u64, sink: S) -> Result<S, SourceError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
    S: Sink,
{
    let (sender, pieces) = mpsc::channel(PIECES);
    let decoder = tokio::task::spawn_blocking(move || decode(Pieces { pieces, current: Bytes::new() }, sink));
    let mut body = Limited { asked, body, limit, read: 0 };
    let pumped = pump(&mut body, sender).await;
    let decoded = decoder.await.map_err(|error| SourceError::Decoder(error.into()))?;
    // A connection that failed explains a text that ends too early; a text that is wrong explains why reading stopped.
    match (pumped, decoded) {
        (Err(error), Ok(_) | Err(Stop::Fault(ContentFault::Truncated))) => Err(error),
        (_, Err(stop)) => Err(stop.into_error(asked)),
        (Ok(()), Ok(sink)) => {
            // What is left is read and dropped: the service would log an error about a connection that was closed early.
            while let Ok(Some(_)) = body.next().await {}
            Ok(sink)
        }
    }
}

/// Passes a body on, piece by piece, until it ends or the decoder stops.
async fn pump<B>(body: &mut Limited<B>, pieces: mpsc::Sender<Bytes>) -> Result<(), SourceError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    while let Some(piece) = body.next().await? {
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// An answer's body, up to a number of bytes.
struct Limited<B> {
    asked: Asked,
    body: B,
    limit: u64,
    read: u64,
}

impl<B> Limited<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    /// The next piece; none after the last one.
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let asked = self.asked;
        let too_large = SourceError::Content { asked, fault: ContentFault::TooLarge(self.limit) };
        if self.read.saturating_add(self.body.size_hint().lower()) > self.limit {
            return Err(too_large);
        }
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|source| SourceError::CutOff { asked, source: source.into() })?;
            let Ok(piece) = frame.into_data() else { continue };
            self.read += piece.len() as u64;
            return if self.read > self.limit { Err(too_large) } else { Ok(Some(piece)) };
        }
        Ok(None)
    }
}

/// The decoding thread's end of the channel.
struct Pieces {
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
fn decode<R: Read, S: Sink>(reader: R, mut sink: S) -> Result<S, Stop> {
    let reader = BufReader::with_capacity(DECODER_BUFFER_BYTES, Guard::new(reader));
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let mut stop = None;
    let outcome = deserializer
        .deserialize_seq(Elements { sink: &mut sink, stop: &mut stop, element: PhantomData })
        .and_then(|()| deserializer.end());
    match (stop, outcome) {
        (Some(stop), _) => Err(stop),
        (None, Err(error)) if !sink.is_done() => Err(Stop::Fault(fault(error))),
        (None, _) => sink.finish().map(|()| sink),
    }
}

/// Visits the array; a sink's own reason to stop is put aside, since serde's errors carry text alone.
struct Elements<'a, S> {
    sink: &'a mut S,
    stop: &'a mut Option<Stop>,
    element: PhantomData<S>,
}

impl<'de, S: Sink> Visitor<'de> for Elements<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            if let Err(stop) = self.sink.take(element) {
                *self.stop = Some(stop);
                return Err(A::Error::custom("stopped"));
            }
            if self.sink.is_done() {
                return Err(A::Error::custom("done"));
            }
        }
        Ok(())
    }
}

/// What a decoder's error says about the body. Its words are dropped: they may quote what was found.
pub(super) fn fault(error: serde_json::Error) -> ContentFault {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => ContentFault::Truncated,
        Category::Data => ContentFault::Shape { line, column },
        Category::Syntax => ContentFault::Malformed { line, column },
        Category::Io => {
            Exceeded::behind(&error.into()).map_or(ContentFault::Malformed { line, column }, Exceeded::fault)
        }
    }
}
