//! Why the store cannot be used: what happened, its code, and what fixes it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::error_chain::{Describe, Description};

/// What went wrong with the store. No message repeats anything that was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another `run` or `once` holds the lock.
    #[error("state directory {} is locked by another headcount process", .directory.display())]
    Locked {
        /// The state directory.
        directory: PathBuf,
    },
    /// A newer version of headcount made the store.
    #[error("store has schema version {found}, newer than supported version {known}")]
    Newer {
        /// The store's schema.
        found: i64,
        /// The last schema that this version knows.
        known: i64,
    },
    /// An older version of headcount made the store, and this command does not migrate it.
    #[error("store has schema version {found}, which is older than this program's")]
    Older {
        /// The store's schema.
        found: i64,
    },
    /// The file is damaged. It is never replaced without being asked.
    #[error("store is corrupt")]
    Corrupt(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file is another program's, or no file.
    #[error("{} is not a headcount database", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The system denies access.
    #[error("store cannot be read or written by this user")]
    Permission(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The directory or its file system cannot be written.
    #[error("cannot write the store: state directory is read-only")]
    ReadOnly(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no free space.
    #[error("cannot write the store: disk full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another process kept the store locked for too long.
    #[error("another process locked the store for too long")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file system has no shared memory or no locks, as some network file systems.
    #[error("file system does not support the locks and shared memory of SQLite's write-ahead log")]
    FileSystem(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The volume of the store was unmounted, or another one was mounted over it.
    #[error("volume of the store is no longer mounted at {}", .directory.display())]
    Unmounted {
        /// The state directory.
        directory: PathBuf,
    },
    /// The store was erased after it was opened here.
    #[error("store was erased by another process")]
    Erased,
    /// The store holds the numbers of another service.
    #[error("store has the numbers of {found}, and this program reads {expected}")]
    OtherService {
        /// The service whose numbers are stored.
        found: String,
        /// The service that this process reads.
        expected: &'static str,
    },
    /// A scrape is not complete; nothing was changed.
    #[error("scrape found {objects} of kind {noun} and measured {measured}")]
    Inconsistent {
        /// The kind.
        noun: &'static str,
        /// Objects with distinct ids.
        objects: u64,
        /// Objects that were measured.
        measured: u64,
    },
    /// This installation has a report for that hour: a second one would be a conflicting sample.
    #[error("report for this hour already exists")]
    HourReported,
    /// A report was to be stored before there was an install_guid.
    #[error("report was made without an install_guid")]
    NoIdentity,
    /// A preview was to be committed.
    #[error("preview cannot be committed")]
    PreviewOnly,
    /// A file or directory could not be used.
    #[error("{} cannot be used", .path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Any other error of SQLite.
    #[error("store cannot be used")]
    Database(#[source] rusqlite::Error),
}

impl Describe for StoreError {
    fn describe(&self) -> Description {
        let (code, remedy) = match self {
            Self::Locked { .. } => ("locked", "stop it, or set HEADCOUNT_STATE_DIR to another directory"),
            Self::Newer { .. } => (
                "newer_schema",
                "start the newer headcount again; `headcount erase` would delete all counts and receipts",
            ),
            Self::Older { .. } => ("older_schema", "start `headcount run` or `headcount once` to migrate it"),
            Self::Corrupt(_) => ("corrupt", "check the disk, then run `headcount erase` (pending reports are lost)"),
            Self::Foreign { .. } => ("foreign_file", "move it away, or set HEADCOUNT_STATE_DIR to another directory"),
            Self::Permission(_) => (
                "permission_denied",
                "give the state directory and its files to headcount's user or group (on Kubernetes, set fsGroup)",
            ),
            Self::ReadOnly(_) => ("read_only", "mount it writable, or set HEADCOUNT_STATE_DIR to another directory"),
            Self::Full(_) => ("disk_full", "free space in the state directory"),
            Self::Busy(_) => (
                "busy",
                "end the program that has headcount.db open; if there is none, the file system may be a network share: set \
                 HEADCOUNT_STATE_DIR to a local disk",
            ),
            Self::FileSystem(_) => {
                ("unsupported_file_system", "set HEADCOUNT_STATE_DIR to a local disk, not a network share")
            }
            Self::Unmounted { .. } => {
                ("unmounted", "mount it again; a restart without the mount starts a new installation")
            }
            Self::OtherService { .. } => (
                "other_service",
                "set HEADCOUNT_SERVICE to the service of the store, or HEADCOUNT_STATE_DIR to another directory",
            ),
            Self::Erased => ("erased", "run the command again"),
            Self::Inconsistent { .. } => {
                ("inconsistent_scrape", "nothing was counted; the next scrape may be complete")
            }
            Self::HourReported => ("hour_reported", "the next report can be made in the next hour"),
            Self::NoIdentity => return Description::bug("no_install_guid"),
            Self::PreviewOnly => return Description::bug("preview_committed"),
            Self::File { .. } => ("unusable_file", "check the disk and the permissions of the state directory"),
            Self::Database(_) => ("unusable_store", "check the disk and the state directory"),
        };
        Description::new(code).remedy(remedy)
    }
}

impl StoreError {
    /// Whether only deleting the file helps. Opting out deletes such a store too.
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

    /// What is stored is invalid.
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
            _ if is_of_tables(&error) => Self::Corrupt(Box::new(error)),
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

/// Statements are constant: one that SQLite refuses meets tables that are not those of the file's version.
fn is_of_tables(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqlInputError { .. })
        || error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_ERROR)
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
    fn io_error_maps_to_store_error() {
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
    fn sqlite_error_maps_to_store_error() {
        use rusqlite::ffi;
        let told = |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(told(ffi::SQLITE_CORRUPT), StoreError::Corrupt(_)));
        assert!(matches!(told(ffi::SQLITE_NOTADB), StoreError::Corrupt(_)));
        assert!(matches!(told(ffi::SQLITE_ERROR), StoreError::Corrupt(_)));
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
