//! Bounds what a decoder may have to hold: the length of a string and the depth of nesting.
//!
//! serde_json skips unused values without limits of its own, and keeps a byte for each open bracket meanwhile;
//! a string that is compared is held whole. So the bytes are checked before serde_json gets them.

use std::io::{self, Read};

use super::error::BodyError;

/// Names and ids in a database have a few hundred characters, six bytes each when escaped.
pub const STRING_BYTES: usize = 4 * 1024;
/// Services nest a few levels deep.
const DEPTH: usize = 16;

/// A limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Exceeded {
    #[error("a string is too long")]
    String,
    #[error("nested too deeply")]
    Depth,
}

impl Exceeded {
    /// The limit whose passing made a decoder fail, if that was the reason.
    pub(super) fn behind(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }

    pub(super) const fn error(self) -> BodyError {
        match self {
            Self::String => BodyError::StringTooLong(STRING_BYTES),
            Self::Depth => BodyError::TooDeep,
        }
    }
}

/// Passes bytes on until a limit is passed.
#[derive(Debug)]
pub struct JsonLimits<R> {
    reader: R,
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
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, state: State::Outside, depth: 0, length: 0 }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Exceeded> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            rest = match self.state {
                State::Outside => {
                    self.outside(byte)?;
                    after
                }
                State::Inside => self.inside(rest)?,
                State::Escaped => {
                    (self.state, self.length) = (State::Inside, self.length + 1);
                    after
                }
            };
        }
        Ok(())
    }

    fn outside(&mut self, byte: u8) -> Result<(), Exceeded> {
        match byte {
            b'"' => (self.state, self.length) = (State::Inside, 0),
            b'[' | b'{' => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(Exceeded::Depth);
                }
            }
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// Takes what is left of a string in one go, since that is most of a response; returns what follows.
    fn inside<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Exceeded> {
        let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        self.length += end.unwrap_or(bytes.len());
        if self.length > STRING_BYTES {
            return Err(Exceeded::String);
        }
        let Some(end) = end else { return Ok(&[]) };
        self.state = if bytes[end] == b'"' { State::Outside } else { State::Escaped };
        Ok(&bytes[end + 1..])
    }
}

impl<R: Read> Read for JsonLimits<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.check(&buffer[..read]).map_err(io::Error::other)?;
        Ok(read)
    }
}
