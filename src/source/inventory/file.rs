//! A document in a file: read on a thread of its own, piece by piece, until the end or until the reader is dropped.
//!
//! A file that is written in place while it is read may be part old and part new, so it is not used. Neither is one that was
//! written long ago: the service that wrote it may be gone.

use std::fs::File;
use std::io::{self, Read, Take};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::document::DOCUMENT_BYTES;
use super::error::InventoryError;
use super::settings::INVENTORY_URL;
use crate::clock::{Clock, Timestamp};
use crate::net::secret_file::{self, ReadProblem, SecretFileError};
use crate::source::http::json_stream::Stop;
use crate::source::http::{BodyError, HttpError};

/// A file that was last written earlier says nothing of its service today. Services write it at least daily.
const AGE_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Reads files, one at a time.
#[derive(Debug)]
pub(super) struct FileReader {
    clock: Arc<dyn Clock>,
    /// Held by the thread that reads. A file system may block it for longer than anyone waits for it.
    turn: Arc<Semaphore>,
}

impl FileReader {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Passes the bytes of a regular file to a function that decodes them on another thread. When the future is dropped, the
    /// next read fails, so that the thread ends. Until it has ended, no other thread is started.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        path: PathBuf,
        decode: impl FnOnce(&mut FileBytes) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, InventoryError> {
        let turn = Arc::clone(&self.turn).try_acquire_owned().map_err(|_| InventoryError::FileBlocked)?;
        let (dropped, now) = (CancellationToken::new(), self.clock.now());
        let _dropped_with_this = dropped.clone().drop_guard();
        let decoded = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            decode_file(&path, now, dropped, decode)
        });
        decoded.await.map_err(|error| HttpError::Decoder(error.into()))?
    }
}

fn decode_file<T>(
    path: &Path,
    now: Timestamp,
    dropped: CancellationToken,
    decode: impl FnOnce(&mut FileBytes) -> Result<T, Stop>,
) -> Result<T, InventoryError> {
    let (file, length) = secret_file::open(path).map_err(unreadable)?;
    if length > DOCUMENT_BYTES {
        return Err(InventoryError::FileContents { error: BodyError::TooLarge(DOCUMENT_BYTES) });
    }
    let version = FileVersion::of(&file)?;
    if now.since(Timestamp::from_unix_seconds(version.seconds)) > AGE_LIMIT {
        return Err(InventoryError::FileStale { age_limit: AGE_LIMIT });
    }
    let mut bytes = FileBytes { file: file.take(DOCUMENT_BYTES), dropped, failure: None };
    let decoded = decode(&mut bytes);
    if let Some(error) = bytes.failure {
        // The decoder has seen its effect alone.
        return Err(unreadable(ReadProblem::Unreadable(error)));
    }
    match decoded {
        Ok(_) | Err(Stop::Body(_)) if FileVersion::of(bytes.file.get_ref())? != version => {
            Err(InventoryError::FileChanged)
        }
        decoded => decoded.map_err(|stop| match stop {
            Stop::Body(error) => InventoryError::FileContents { error },
            Stop::Sink(error) => HttpError::Sink(error).into(),
        }),
    }
}

/// What changes when a file is written. The time of the inode's change is no part of it: a rename over the file changes that,
/// too, and leaves the contents as they are.
#[derive(Debug, PartialEq, Eq)]
struct FileVersion {
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl FileVersion {
    fn of(file: &File) -> Result<Self, InventoryError> {
        let metadata = file.metadata().map_err(|error| unreadable(ReadProblem::Unreadable(error)))?;
        Ok(Self { length: metadata.len(), seconds: metadata.mtime(), nanoseconds: metadata.mtime_nsec() })
    }
}

fn unreadable(problem: ReadProblem) -> InventoryError {
    SecretFileError { setting: INVENTORY_URL.variable, problem }.into()
}

/// The bytes of a file, until its reader is dropped.
#[derive(Debug)]
pub(super) struct FileBytes {
    file: Take<File>,
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::channel;
    use std::time::{Duration, SystemTime};

    use super::*;

    const OLD: &[u8] = b"old old old old";
    const NEW: &[u8] = b"new new new new";

    /// A clock that stands still.
    #[derive(Debug)]
    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_seconds(self.0)
        }
    }

    /// A file that was written in 1970.
    fn old_file(directory: &Path) -> PathBuf {
        let path = directory.join("inventory.json");
        fs::write(&path, OLD).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        path
    }

    /// Reads a file that is changed after its first bytes were read.
    async fn read_while(path: &Path, change: impl FnOnce(&Path) + Send + 'static) -> Result<Vec<u8>, InventoryError> {
        let changed = path.to_owned();
        let decode = move |bytes: &mut FileBytes| {
            let mut read = vec![0; 4];
            bytes.read_exact(&mut read).unwrap();
            change(&changed);
            bytes.read_to_end(&mut read).unwrap();
            Ok(read)
        };
        FileReader::new(Arc::new(At(0))).read(path.to_owned(), decode).await
    }

    #[tokio::test]
    async fn file_written_in_place_while_it_is_read_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = old_file(directory.path());
        let read = read_while(&path, |path| fs::write(path, NEW).unwrap()).await;
        assert!(matches!(read, Err(InventoryError::FileChanged)), "{read:?}");
    }

    #[tokio::test]
    async fn file_replaced_by_rename_while_it_is_read_is_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = old_file(directory.path());
        let read = read_while(&path, |path| {
            let next = path.with_extension("new");
            fs::write(&next, NEW).unwrap();
            fs::rename(next, path).unwrap();
        });
        assert_eq!(read.await.unwrap(), OLD);
    }

    #[tokio::test]
    async fn file_is_read_up_to_a_week_after_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = old_file(directory.path());
        const WEEK: i64 = 7 * 24 * 3600;
        for (now, is_read) in [(0, true), (WEEK, true), (WEEK + 1, false)] {
            let read = FileReader::new(Arc::new(At(now))).read(path.clone(), |_| Ok(())).await;
            assert!(
                matches!((&read, is_read), (Ok(()), true) | (Err(InventoryError::FileStale { .. }), false)),
                "{read:?}"
            );
        }
    }

    #[tokio::test]
    async fn no_second_reading_starts_while_the_first_is_blocked() {
        let directory = tempfile::tempdir().unwrap();
        let path = old_file(directory.path());
        let reader = FileReader::new(Arc::new(At(0)));
        let (unblock, blocked) = channel::<()>();
        let first = reader.read(path.clone(), move |_| {
            let _ = blocked.recv();
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(10), first).await.is_err());
        let second = reader.read(path.clone(), |_| Ok(())).await;
        assert!(matches!(second, Err(InventoryError::FileBlocked)), "{second:?}");
        drop(unblock);
        while let Err(error) = reader.read(path.clone(), |_| Ok(())).await {
            assert!(matches!(error, InventoryError::FileBlocked), "{error}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
