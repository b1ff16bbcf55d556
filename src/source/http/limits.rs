//! Bounds what a decoder may have to hold: the length of a string and the depth of nesting.
//!
//! serde_json skips unused values without limits of its own, and keeps a byte for each open bracket meanwhile; a string that is
//! compared is held whole. So each byte is checked before serde_json gets it. serde_json takes one byte at a time and reads one
//! ahead at most, so that what it decodes now and what was checked last are the same.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::rc::Rc;

use serde::de::{Deserialize as _, Deserializer, IgnoredAny};

use super::error::{BodyError, Position};

/// Names and ids in a database have a few hundred characters, six bytes each when escaped.
pub const STRING_BYTES: usize = 4 * 1024;
/// Services nest a few levels deep.
const DEPTH: usize = 16;
/// The longest text of a number: the greatest integer of JSON has 16 digits, and a number that is written by a program has at
/// most twenty more.
pub const NUMBER_BYTES: usize = 64;

/// What is known of the value that is decoded now.
#[derive(Debug, Default)]
pub struct CurrentValue {
    /// The latest byte outside of strings that is no white space.
    latest: Cell<u8>,
    /// The latest number, up to one byte more than a number may have.
    number: RefCell<Vec<u8>>,
    is_skipped: Cell<bool>,
}

impl CurrentValue {
    /// The first byte of a value, once a decoder has looked at it.
    #[must_use]
    pub const fn first_byte(&self) -> u8 {
        self.latest.get()
    }

    /// Skips a value, with strings of any length.
    ///
    /// # Errors
    /// If it is no JSON, or is nested too deeply.
    pub fn skip<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<(), D::Error> {
        let was_skipped = self.is_skipped.replace(true);
        let skipped = IgnoredAny::deserialize(deserializer);
        self.is_skipped.set(was_skipped);
        skipped.map(|_| ())
    }

    /// Skips a number, and passes its text to a function; none if it is too long.
    ///
    /// # Errors
    /// If it is no JSON.
    pub fn skip_number<'de, D: Deserializer<'de>, T>(
        &self,
        deserializer: D,
        judge: impl FnOnce(Option<&str>) -> T,
    ) -> Result<T, D::Error> {
        self.skip(deserializer)?;
        let number = self.number.borrow();
        let text = str::from_utf8(&number).ok();
        Ok(judge(text.filter(|text| text.len() <= NUMBER_BYTES)))
    }

    fn take(&self, byte: u8) {
        if byte.is_ascii_whitespace() {
            return;
        }
        let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let before = self.latest.replace(byte);
        if is_number(byte) {
            let number = &mut *self.number.borrow_mut();
            if !is_number(before) {
                number.clear();
            }
            if number.len() <= NUMBER_BYTES {
                number.push(byte);
            }
        }
    }
}

/// Passes bytes on until a limit is passed.
#[derive(Debug)]
pub struct JsonLimits<R> {
    reader: R,
    value: Rc<CurrentValue>,
    position: Position,
    state: State,
    depth: usize,
    /// Bytes of the string that is being read.
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    Escaped,
}

impl<R> JsonLimits<R> {
    pub(super) const fn new(reader: R, value: Rc<CurrentValue>) -> Self {
        Self { reader, value, position: Position::START, state: State::Outside, depth: 0, length: 0 }
    }

    fn check(&mut self, byte: u8) -> Result<(), BodyError> {
        self.position.advance(byte);
        match (self.state, byte) {
            (State::Outside, _) => return self.outside(byte),
            (State::Inside, b'"') => self.state = State::Outside,
            (State::Inside, b'\\') => self.state = State::Escaped,
            (State::Inside | State::Escaped, _) => self.state = State::Inside,
        }
        self.length += 1;
        let is_too_long = self.length > STRING_BYTES && self.state == State::Inside && !self.value.is_skipped.get();
        if is_too_long {
            Err(BodyError::StringTooLong { bytes: STRING_BYTES, position: self.position })
        } else {
            Ok(())
        }
    }

    fn outside(&mut self, byte: u8) -> Result<(), BodyError> {
        self.value.take(byte);
        match byte {
            b'"' => (self.state, self.length) = (State::Inside, 0),
            b'[' | b'{' if self.depth == DEPTH => return Err(BodyError::TooDeep(self.position)),
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for JsonLimits<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        buffer[..read].iter().try_for_each(|byte| self.check(*byte)).map_err(io::Error::other)?;
        Ok(read)
    }
}
