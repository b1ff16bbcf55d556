//! Opens SQLite with limits on memory, on the write-ahead log and on waiting, without a directory for temporary files.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::state_dir::StateDir;

/// How long a statement waits for another process' write. Those are short: the merge of a million new ids is the longest.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of one database file, in KiB: enough for a path through each b-tree and a batch's neighbourhood.
const CACHE_KIB: i64 = 128;

/// The write-ahead log is cut back to this when it starts again, in bytes.
const LOG_LIMIT: i64 = 256 * 1024;

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read and write.
    Write,
    /// Read only, while another process may write.
    Read,
    /// Read only, where SQLite's shared memory cannot be made: correct only while no process writes.
    ReadImmutable,
}

/// What may stand in a URI's path unescaped.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// The database file as an SQLite URI, which can say how it is to be opened.
fn uri(path: &Path, access: Access) -> String {
    let path = percent_encode(path.as_os_str().as_bytes(), PATH);
    match access {
        Access::Write => format!("file:{path}?mode=rw"),
        Access::Read => format!("file:{path}?mode=ro"),
        Access::ReadImmutable => format!("file:{path}?mode=ro&immutable=1"),
    }
}

/// Opens the database, which must exist.
pub(super) fn open(state_dir: &StateDir, access: Access) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read | Access::ReadImmutable => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(&state_dir.database(), access), flags)
        .map_err(|error| refine(error, &state_dir.database()))?;
    configure(&connection)?;
    Ok(connection)
}

/// Bounds the memory, the log and the waiting of a connection, and has what is deleted overwritten.
fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The container has no directory for temporary files; what little is needed stays in memory.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_LIMIT, |_| Ok(()))?;
    Ok(())
}

/// Empties the write-ahead log into the database and cuts it to nothing, waiting at most `wait` for readers.
/// False if a process still reads.
pub(super) fn truncate_log(connection: &Connection, wait: Duration) -> Result<bool, StoreError> {
    connection.busy_timeout(wait)?;
    let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    connection.busy_timeout(BUSY_TIMEOUT)?;
    match done.map_err(StoreError::from) {
        Ok(busy) => Ok(busy == 0),
        Err(StoreError::Busy(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// SQLite returns "cannot open" for a dozen reasons; the system's own error is more exact.
fn refine(error: rusqlite::Error, path: &Path) -> StoreError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return StoreError::Foreign { path: path.to_owned() },
            Err(source) => return StoreError::from_io(path, source),
        }
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    #[test]
    fn connection_is_limited_durable_and_overwrites() {
        let directory = tempfile::tempdir().unwrap();
        drop(Store::open(directory.path()).unwrap());
        let connection = open(&StateDir::new(directory.path()), Access::Write).unwrap();
        let set = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        // A negative number is in KiB, a positive one in pages; synchronous 2 is FULL, and temp_store 2 is memory.
        for (name, value) in [
            ("cache_size", -CACHE_KIB),
            ("synchronous", 2),
            ("secure_delete", 1),
            ("journal_size_limit", 256 * 1024),
            ("temp_store", 2),
            ("trusted_schema", 0),
            ("cell_size_check", 1),
        ] {
            assert_eq!(set(name), value, "{name}");
        }
    }

    #[test]
    fn directory_is_foreign_and_missing_file_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let state_dir = StateDir::new(directory.path());
        let error = open(&state_dir, Access::Write).unwrap_err();
        assert!(matches!(error, StoreError::File { .. }), "{error:?}");
        std::fs::create_dir(state_dir.database()).unwrap();
        let error = open(&state_dir, Access::Write).unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    }

    #[test]
    fn unopenable_file_is_a_permission_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cannot_open = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        let error = refine(rusqlite::Error::SqliteFailure(cannot_open, None), file.path());
        assert!(matches!(error, StoreError::Permission(_)), "{error:?}");
    }
}
