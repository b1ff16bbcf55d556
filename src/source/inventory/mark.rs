//! Drops a byte order mark, which some editors and servers write before JSON.

use std::io::{self, Cursor, Read};

const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Passes bytes on, without the mark at their start.
#[derive(Debug)]
pub(super) struct WithoutMark<R> {
    reader: R,
    /// The first bytes, once they were read; none if they are the mark.
    start: Option<Cursor<Vec<u8>>>,
}

impl<R: Read> WithoutMark<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, start: None }
    }

    fn first_bytes(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(MARK.len());
        self.reader.by_ref().take(MARK.len() as u64).read_to_end(&mut bytes)?;
        Ok(if bytes == MARK { Vec::new() } else { bytes })
    }
}

impl<R: Read> Read for WithoutMark<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = match &mut self.start {
            Some(start) => start,
            None => {
                let bytes = self.first_bytes()?;
                self.start.insert(Cursor::new(bytes))
            }
        };
        match start.read(buffer)? {
            0 => self.reader.read(buffer),
            read => Ok(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_is_dropped_at_the_start_alone() {
        for (bytes, expected) in [
            (&b"\xef\xbb\xbf{}"[..], &b"{}"[..]),
            (b"{}\xef\xbb\xbf", b"{}\xef\xbb\xbf"),
            (b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb\xbf"),
            (b"\xef\xbb", b"\xef\xbb"),
            (b"\xef\xbb\xbf", b""),
            (b"{}", b"{}"),
            (b"", b""),
        ] {
            for size in [1, 2, 64] {
                let mut reader = WithoutMark::new(bytes);
                let (mut read, mut buffer) = (Vec::new(), vec![0; size]);
                loop {
                    match reader.read(&mut buffer).unwrap() {
                        0 => break,
                        length => read.extend_from_slice(&buffer[..length]),
                    }
                }
                assert_eq!(read, expected, "{bytes:?} by {size}");
            }
        }
    }
}
