//! Why the store cannot be used, each in one sentence with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// What went wrong with the store. None of the messages holds anything that was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another `run` or `once` holds the lock.
    #[error(
        "another headcount is using the state directory {}; stop it, or give this one a directory of its own with --state-dir",
        .directory.display()
    )]
    Locked {
        /// The state directory.
        directory: PathBuf,
    },
    /// A newer version of headcount made the store.
    #[error(
        "the store was made by a newer headcount (schema {found}; this version knows {known}); use the newer version again, or start anew with `headcount erase`"
    )]
    Newer {
        /// The store's schema.
        found: i64,
        /// The last schema that this version knows.
        known: i64,
    },
    /// An older version of headcount made the store, and this command may not migrate it.
    #[error(
        "the store is still of an older headcount (schema {found}); start `headcount run` or `headcount once`, which bring it up to date"
    )]
    Older {
        /// The store's schema.
        found: i64,
    },
    /// The file is damaged. It is never replaced without being asked.
    #[error(
        "the store is damaged; check the disk, then start anew with `headcount erase` (what was not yet delivered is lost)"
    )]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What has the file's name is another program's, or no file.
    #[error("{} is not a database of headcount; move it away, or choose another --state-dir", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let this user in.
    #[error(
        "the store may not be read or written by this user; give the state directory and the files in it to the user that headcount runs as, or to its group (on Kubernetes, set the pod's fsGroup)"
    )]
    Permission(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The directory or its file system cannot be written.
    #[error(
        "the store cannot be written, since the state directory is read-only; mount it writable, or choose another --state-dir"
    )]
    ReadOnly(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no room left.
    #[error("the store cannot be written, since the disk is full; make room where the state directory is")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another process kept the store locked for too long.
    #[error(
        "another process kept the store busy for too long; end the program that has headcount.db open, then try again; if there is none, the file system does not support locks, as some network file systems: put --state-dir on a local disk"
    )]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file system has no shared memory or no locks, as some network file systems.
    #[error(
        "the state directory's file system does not support the locks and shared memory of SQLite's write-ahead log, as some network file systems; put --state-dir on a local disk"
    )]
    FileSystem(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The volume that the store is on was unmounted, or another one was mounted over it.
    #[error(
        "the volume with the store is not mounted at {} any more; mount it again, or restart headcount to start a new installation",
        .directory.display()
    )]
    Unmounted {
        /// The state directory.
        directory: PathBuf,
    },
    /// The store was erased after it was opened here.
    #[error("the store was erased by another process; open it again")]
    Erased,
    /// The store holds the numbers of another service.
    #[error(
        "the store holds the numbers of {found}, and this headcount reads {expected}; set HEADCOUNT_STATE_DIR to a directory of its own"
    )]
    OtherService {
        /// The service whose numbers are stored.
        found: String,
        /// The service that this process reads.
        expected: &'static str,
    },
    /// A scrape is not complete; nothing was changed.
    #[error(
        "the scrape found {objects} of kind {noun} and measured {measured}; nothing was counted, the next scrape tries again"
    )]
    Inconsistent {
        /// The kind.
        noun: &'static str,
        /// Objects with distinct ids.
        objects: u64,
        /// Objects that were measured.
        measured: u64,
    },
    /// This identity has a report for that hour: a second one would be a conflicting sample.
    #[error("there is a report for this hour already; the next one can be made in the next hour")]
    HourReported,
    /// A report was to be kept before there was an install_guid.
    #[error("a report was made before there was an install_guid; this is a fault in headcount, please report it")]
    NoIdentity,
    /// A preview was to be committed.
    #[error("a preview cannot be committed; this is a fault in headcount, please report it")]
    PreviewOnly,
    /// A file or directory could not be used.
    #[error("{} cannot be used; check the disk and the rights of the state directory", .path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Anything else that SQLite says.
    #[error("the store cannot be used; check the disk and the state directory")]
    Database(#[source] rusqlite::Error),
}

impl StoreError {
    /// Whether only deleting the file helps. A "no" deletes such a store too.
    #[must_use]
    pub fn is_beyond_repair(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::Newer { .. })
    }

    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission(Box::new(source)),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(Box::new(source)),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(Box::new(source)),
            _ => Self::File { path: path.to_owned(), source },
        }
    }

    /// What was stored makes no sense.
    pub(super) fn corrupt(what: &'static str) -> Self {
        Self::Corrupt(what.into())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error;
        match (&error, error.sqlite_error_code()) {
            (
                Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..),
                _,
            )
            | (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => Self::Corrupt(Box::new(error)),
            (_, Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen)) => Self::Permission(Box::new(error)),
            (_, Some(ErrorCode::ReadOnly)) => Self::ReadOnly(Box::new(error)),
            (_, Some(ErrorCode::DiskFull)) => Self::Full(Box::new(error)),
            (_, Some(ErrorCode::SystemIoFailure)) if has_no_room_for_shared_memory(&error) => {
                Self::Full(Box::new(error))
            }
            (_, Some(ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed)) if is_of_locks(&error) => {
                Self::FileSystem(Box::new(error))
            }
            (_, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => Self::Busy(Box::new(error)),
            _ => Self::Database(error),
        }
    }
}

/// SQLite reserves the blocks of the -shm file before it maps them, and calls a failure an I/O error: on a full disk, that is
/// the first thing to fail.
fn has_no_room_for_shared_memory(error: &rusqlite::Error) -> bool {
    error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// What SQLite calls an I/O error where the file system has no locks, or maps no memory that processes share.
fn is_of_locks(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    matches!(
        error.sqlite_extended_error_code(),
        Some(
            ffi::SQLITE_IOERR_LOCK
                | ffi::SQLITE_IOERR_RDLOCK
                | ffi::SQLITE_IOERR_UNLOCK
                | ffi::SQLITE_IOERR_CHECKRESERVEDLOCK
                | ffi::SQLITE_IOERR_SHMLOCK
                | ffi::SQLITE_IOERR_SHMMAP
                | ffi::SQLITE_IOERR_SHMOPEN
                | ffi::SQLITE_PROTOCOL
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_a_file_is_told_by_what_to_do() {
        let told = |kind: io::ErrorKind| StoreError::from_io(Path::new("state"), kind.into());
        assert!(matches!(told(io::ErrorKind::PermissionDenied), StoreError::Permission(_)));
        assert!(matches!(told(io::ErrorKind::ReadOnlyFilesystem), StoreError::ReadOnly(_)));
        assert!(matches!(told(io::ErrorKind::StorageFull), StoreError::Full(_)));
        assert!(matches!(told(io::ErrorKind::QuotaExceeded), StoreError::Full(_)));
        assert!(matches!(told(io::ErrorKind::IsADirectory), StoreError::File { .. }));
    }

    #[test]
    fn only_a_damaged_or_a_newer_store_is_beyond_repair() {
        assert!(StoreError::corrupt("a number below zero").is_beyond_repair());
        assert!(!StoreError::Erased.is_beyond_repair());
        assert!(!StoreError::from_io(Path::new("state"), io::ErrorKind::StorageFull.into()).is_beyond_repair());
    }

    #[test]
    fn what_sqlite_says_is_told_by_what_to_do() {
        use rusqlite::ffi;
        let told = |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(told(ffi::SQLITE_CORRUPT), StoreError::Corrupt(_)));
        assert!(matches!(told(ffi::SQLITE_NOTADB), StoreError::Corrupt(_)));
        assert!(matches!(told(ffi::SQLITE_PERM), StoreError::Permission(_)));
        assert!(matches!(told(ffi::SQLITE_CANTOPEN), StoreError::Permission(_)));
        assert!(matches!(told(ffi::SQLITE_READONLY), StoreError::ReadOnly(_)));
        assert!(matches!(told(ffi::SQLITE_FULL), StoreError::Full(_)));
        assert!(matches!(told(ffi::SQLITE_IOERR_SHMSIZE), StoreError::Full(_)));
        assert!(matches!(told(ffi::SQLITE_IOERR_READ), StoreError::Database(_)));
        assert!(matches!(told(ffi::SQLITE_IOERR_SHMMAP), StoreError::FileSystem(_)));
        assert!(matches!(told(ffi::SQLITE_IOERR_LOCK), StoreError::FileSystem(_)));
        assert!(matches!(told(ffi::SQLITE_PROTOCOL), StoreError::FileSystem(_)));
        assert!(matches!(told(ffi::SQLITE_BUSY), StoreError::Busy(_)));
        assert!(matches!(told(ffi::SQLITE_LOCKED), StoreError::Busy(_)));
        assert!(matches!(told(ffi::SQLITE_MISUSE), StoreError::Database(_)));
        assert!(matches!(StoreError::from(rusqlite::Error::QueryReturnedNoRows), StoreError::Database(_)));
        let text = rusqlite::Error::IntegralValueOutOfRange(0, -1);
        assert!(matches!(StoreError::from(text), StoreError::Corrupt(_)));
    }
}
