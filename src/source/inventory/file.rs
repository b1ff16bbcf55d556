//! A document in a file: read on a thread of its own, piece by piece, until the end or until the reader is dropped.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::error::InventoryError;
use super::settings::INVENTORY_URL;
use crate::net::secret_file::{self, ReadProblem, SecretFileError};
use crate::source::http::HttpError;
use crate::source::http::json_stream::Stop;

/// Passes the bytes of a regular file to a function that decodes them on another thread. When the future is dropped, the next
/// read fails, so that the thread ends.
pub(super) async fn read<T: Send + 'static>(
    path: PathBuf,
    decode: impl FnOnce(&mut FileBytes) -> Result<T, Stop> + Send + 'static,
) -> Result<T, InventoryError> {
    let dropped = CancellationToken::new();
    let _dropped_with_this = dropped.clone().drop_guard();
    let decoded = tokio::task::spawn_blocking(move || {
        let (file, _) = secret_file::open(&path).map_err(unreadable)?;
        let mut bytes = FileBytes { file, dropped, failure: None };
        let decoded = decode(&mut bytes);
        match bytes.failure {
            // The decoder has seen its effect alone.
            Some(error) => Err(unreadable(ReadProblem::Unreadable(error))),
            None => decoded.map_err(InventoryError::from),
        }
    });
    decoded.await.map_err(|error| HttpError::Decoder(error.into()))?
}

fn unreadable(problem: ReadProblem) -> InventoryError {
    SecretFileError { setting: INVENTORY_URL.variable, problem }.into()
}

/// The bytes of a file, until its reader is dropped.
#[derive(Debug)]
pub(super) struct FileBytes {
    file: File,
    dropped: CancellationToken,
    /// Why reading failed.
    failure: Option<io::Error>,
}

impl Read for FileBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.dropped.is_cancelled() {
            return Err(io::Error::other("no longer needed"));
        }
        self.file.read(buffer).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            kind.into()
        })
    }
}
