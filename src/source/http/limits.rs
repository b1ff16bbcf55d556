//! Bounds what a decoder may have to hold: the length of a string and the depth of nesting.
//!
//! serde_json skips unused values without limits of its own, and keeps a byte for each open bracket meanwhile; a string that is
//! compared is held whole. So each byte is checked before serde_json gets it, as many at a time as were read: those before one
//! that passes a limit are passed on first. Where serde_json takes them one at a time it reads one ahead at most, so that what it
//! decodes now and what was checked last are the same; only then is the current value known.

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
    /// What is known of the current value, where bytes are read one at a time.
    value: Option<Rc<CurrentValue>>,
    position: Position,
    state: State,
    depth: usize,
    /// Bytes of the string that is being read.
    length: usize,
    /// The limit that was passed after the bytes that were passed on.
    passed: Option<BodyError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    Escaped,
}

impl<R> JsonLimits<R> {
    pub(super) const fn new(reader: R, value: Option<Rc<CurrentValue>>) -> Self {
        Self { reader, value, position: Position::START, state: State::Outside, depth: 0, length: 0, passed: None }
    }

    /// Returns how many bytes go on with a string, up to a limit: most bytes do, and need no other check.
    fn plain(&mut self, bytes: &[u8]) -> usize {
        if self.state != State::Inside {
            return 0;
        }
        let bytes = &bytes[..bytes.len().min(STRING_BYTES.saturating_sub(self.length))];
        let plain = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n')).unwrap_or(bytes.len());
        self.length += plain;
        self.position.column += plain;
        plain
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
        let is_skipped = || self.value.as_ref().is_some_and(|value| value.is_skipped.get());
        if self.length > STRING_BYTES && self.state == State::Inside && !is_skipped() {
            Err(BodyError::StringTooLong { bytes: STRING_BYTES, position: self.position })
        } else {
            Ok(())
        }
    }

    fn outside(&mut self, byte: u8) -> Result<(), BodyError> {
        if let Some(value) = &self.value {
            value.take(byte);
        }
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
        if let Some(error) = self.passed {
            return Err(io::Error::other(error));
        }
        let read = self.reader.read(buffer)?;
        let mut checked = 0;
        loop {
            checked += self.plain(&buffer[checked..read]);
            let Some(byte) = buffer[checked..read].first() else { return Ok(read) };
            if let Err(error) = self.check(*byte) {
                self.passed = Some(error);
                return if checked == 0 { Err(io::Error::other(error)) } else { Ok(checked) };
            }
            checked += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What gets through, read so many bytes at a time, and the limit that is passed then.
    fn read(text: &[u8], at_once: usize) -> (Vec<u8>, Option<BodyError>) {
        let mut limits = JsonLimits::new(text, None);
        let (mut passed, mut buffer) = (Vec::new(), vec![0; at_once]);
        loop {
            match limits.read(&mut buffer) {
                Ok(0) => return (passed, None),
                Ok(read) => passed.extend(&buffer[..read]),
                Err(error) => return (passed, error.get_ref().and_then(|error| error.downcast_ref()).copied()),
            }
        }
    }

    proptest! {
        #[test]
        fn limits_hold_however_many_bytes_are_read_at_once(
            parts in proptest::collection::vec(prop_oneof![r#"["\\\[{}\]a1, \n]{0,9}"#, Just("x".repeat(STRING_BYTES - 2))], 0..9),
            at_once in 2..9000usize,
        ) {
            let text = parts.concat();
            prop_assert_eq!(read(text.as_bytes(), at_once), read(text.as_bytes(), 1));
        }
    }

    #[test]
    fn bytes_before_a_limit_get_through() {
        let (deep, long) = ("[".repeat(DEPTH + 1), format!("\n\"{}\"", "x".repeat(STRING_BYTES + 1)));
        let too_deep = BodyError::TooDeep(Position { line: 1, column: DEPTH + 1 });
        assert_eq!(read(deep.as_bytes(), 64), (vec![b'['; DEPTH], Some(too_deep)));
        let (passed, error) = read(long.as_bytes(), 64);
        let position = Position { line: 2, column: STRING_BYTES + 2 };
        assert_eq!(error, Some(BodyError::StringTooLong { bytes: STRING_BYTES, position }));
        assert_eq!(passed.len(), 2 + STRING_BYTES);
    }
}
