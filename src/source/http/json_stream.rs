//! Decodes JSON while it arrives: item by item, within the limits of strings and nesting.

use std::fmt;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::{self, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::de::IoRead;
use serde_json::error::Category;

use super::body::{Pieces, Place, ResponseBody, decode_at, read_bytes};
use super::error::{BodyError, HttpError, Position, Requested};
use super::limits::{CurrentValue, JsonLimits};
use crate::error_chain::find;

pub use super::body::Stop;

/// One response with 1,000,000 users has 146 MB; a response past this limit is no list of objects.
pub const RESPONSE_BYTES: u64 = 512 * 1024 * 1024;
/// serde_json takes one byte at a time; a thread's buffer makes that cheap.
const DECODER_BUFFER_BYTES: usize = 8 * 1024;

/// JSON that is read from a body, within the limits of strings and nesting.
pub type JsonReader<R> = serde_json::Deserializer<IoRead<BufReader<JsonLimits<R>>>>;

/// The same, of which each byte is checked just before it is decoded.
pub type WatchedReader<R> = serde_json::Deserializer<IoRead<JsonLimits<BufReader<R>>>>;

/// Takes the items of one array.
pub trait ItemSink: Send + 'static {
    /// What an item is decoded to: small, and without names.
    type Item: DeserializeOwned;

    /// Takes an item.
    ///
    /// # Errors
    /// If the item cannot be used or stored.
    fn take(&mut self, item: Self::Item) -> Result<(), Stop>;

    /// Whether items are stored, or collected to be stored: the thread that takes them may then have to wait for the disk.
    fn is_stored(&self) -> bool {
        true
    }

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
    let place = if sink.is_stored() { Place::Thread } else { Place::Runtime };
    decode_at(place, requested, body, limit, |pieces| decode_array(&mut reader(pieces), sink)).await
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

/// A reader of JSON that is within the limits.
pub(crate) fn reader<R: Read>(reader: R) -> JsonReader<R> {
    let reader = JsonLimits::new(reader, None);
    serde_json::Deserializer::from_reader(BufReader::with_capacity(DECODER_BUFFER_BYTES, reader))
}

/// The same, with what is known of the value that is decoded.
pub(crate) fn watched<R: Read>(reader: R, value: Rc<CurrentValue>) -> WatchedReader<R> {
    let reader = BufReader::with_capacity(DECODER_BUFFER_BYTES, reader);
    serde_json::Deserializer::from_reader(JsonLimits::new(reader, Some(value)))
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
