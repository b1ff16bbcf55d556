//! The store: one SQLite file with everything that outlives the process, changed only in whole transactions.
//!
//! Must not know HTTP or OTLP: a report is bytes here. Order is by sequence number, never by time, since clocks step.

mod audit;
mod connection;
mod copies;
mod disk_space;
mod error;
mod expiry;
mod installation;
mod ledger;
mod location;
mod outbox;
mod purge;
mod receipts;
mod schema;
mod sql_types;
mod staging;
mod state_dir;

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use audit::{AuditEntry, AuditLine, AuditOutcome, Reason};
pub use copies::FileCreated;
pub use error::StoreError;
pub use expiry::Expiry;
pub use installation::{Absence, Installation, LastFailure, LatestReport};
pub use ledger::{Committed, Counting};
pub use location::StoreLocation;
pub use outbox::{NewReport, OutboxSummary, PendingReport, Queue};
pub use purge::{Purge, Purged, Residue};
pub use receipts::Receipt;
pub use staging::Staging;

use connection::Access;
use location::Mount;
use schema::Content;
use state_dir::{FileId, StateDir};

/// A random value that changes when the store is erased, so that processes that have it open notice.
type Epoch = [u8; 16];

/// An open store. One connection: for one thread at a time.
pub struct Store {
    connection: Connection,
    state_dir: StateDir,
    file: FileId,
    mount: Mount,
    below: Option<Mount>,
    epoch: Cell<Epoch>,
    access: Access,
    /// Last, so that it is released after the connection is closed. None without the lock.
    _lock: Option<File>,
}

impl Store {
    /// Whether the directory holds a store, usable or not.
    #[must_use]
    pub fn exists(directory: &Path) -> bool {
        !matches!(StateDir::new(directory).database_id(), Ok(None))
    }

    /// Fails with what would prevent the store from being written now. Nothing is made or changed.
    pub fn check_writable(directory: &Path) -> Result<(), StoreError> {
        disk_space::check_writable(&StateDir::new(directory))
    }

    /// Opens the store for `run` and `once`: makes it if there is none, brings it up to date, and holds its lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process holds it; otherwise what is wrong with the directory or the file.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_at(directory, None)
    }

    /// As [`Store::open`], by a process that had a store open there before: where its mount is gone, none is made.
    ///
    /// # Errors
    /// [`StoreError::Unmounted`], or as [`Store::open`].
    pub fn open_at(directory: &Path, location: Option<&StoreLocation>) -> Result<Self, StoreError> {
        location.map_or(Ok(()), |location| location.check(directory))?;
        let state_dir = StateDir::new(directory);
        state_dir.make_directory()?;
        let lock = state_dir.lock()?;
        state_dir.make_database()?;
        state_dir.remove_staging()?;
        let connection = connection::open(&state_dir, Access::Write)?;
        schema::inspect(&connection, &state_dir)?;
        schema::migrate(&connection, &state_dir)?;
        let store = Self::opened(connection, state_dir, Access::Write, Some(lock))?;
        // A crash or an interrupted deletion may have left data in the write-ahead log.
        store.truncate_log(Duration::ZERO)?;
        Ok(store)
    }

    /// Opens the store to read it, whether a sidecar runs or not, also on a read-only mount. None if there is no store.
    ///
    /// # Errors
    /// What is wrong with the file. Nothing is made, migrated or changed.
    pub fn open_to_read(directory: &Path) -> Result<Option<Self>, StoreError> {
        Self::open_shared(directory, Access::Read, schema::require_current)
    }

    /// Opens the store for short writes while a sidecar may run, as `export --take` needs. None if there is no store.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn open_to_write(directory: &Path) -> Result<Option<Self>, StoreError> {
        Self::open_shared(directory, Access::Write, schema::require_current)
    }

    fn open_shared(directory: &Path, access: Access, require: schema::Require) -> Result<Option<Self>, StoreError> {
        let state_dir = StateDir::new(directory);
        if state_dir.database_id()?.is_none() {
            return Ok(None);
        }
        match Self::inspected(&state_dir, access, require) {
            // A read-only mount or a full disk without a running sidecar: shared memory does not exist and cannot be made.
            Err(
                StoreError::Database(_) | StoreError::Permission(_) | StoreError::ReadOnly(_) | StoreError::Full(_),
            ) if access == Access::Read && state_dir.has_no_log() => {
                Self::inspected(&state_dir, Access::ReadImmutable, require)
            }
            opened => opened,
        }
    }

    fn inspected(state_dir: &StateDir, access: Access, require: schema::Require) -> Result<Option<Self>, StoreError> {
        let connection = connection::open(state_dir, access)?;
        match schema::inspect(&connection, state_dir)? {
            Content::Empty => Ok(None),
            Content::Version(found) => {
                require(found)?;
                Self::opened(connection, state_dir.clone(), access, None).map(Some)
            }
        }
    }

    fn opened(
        connection: Connection,
        state_dir: StateDir,
        access: Access,
        lock: Option<File>,
    ) -> Result<Self, StoreError> {
        let epoch = Cell::new(epoch(&connection)?);
        let file = state_dir.database_id()?.ok_or(StoreError::Erased)?;
        let mount = location::mount(&state_dir)?;
        let below = location::below(&state_dir, mount)?;
        Ok(Self { connection, state_dir, file, mount, below, epoch, access, _lock: lock })
    }

    /// The state directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.state_dir.directory()
    }

    /// Which store this is, and on which mount.
    #[must_use]
    pub fn location(&self) -> StoreLocation {
        StoreLocation { mount: self.mount, below: self.below, epoch: Some(self.epoch.get()) }
    }

    /// Whether the state directory still leads to this store.
    ///
    /// # Errors
    /// [`StoreError::Erased`] or [`StoreError::Unmounted`] if it does not, or if it cannot be read.
    pub fn check_location(&self) -> Result<(), StoreError> {
        self.write_guard().check_location()
    }

    /// Its size on disk in bytes, with the write-ahead log, if the system returns it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.state_dir.size().ok()
    }

    /// Reads in one transaction: whatever others write meanwhile, all that `f` sees is of one moment.
    ///
    /// # Errors
    /// If the store cannot be read, or what `f` returns.
    pub fn read<T>(&self, f: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
        f(&Snapshot { connection: &transaction })
    }

    /// Writes in one transaction: all of it when `f` returns Ok, on disk before this returns; nothing otherwise.
    ///
    /// # Errors
    /// [`StoreError::Erased`] if the store was erased since it was opened; if it cannot be written; or what `f` returns.
    pub fn write<T, E: From<StoreError>>(&self, f: impl FnOnce(&Writer<'_>) -> Result<T, E>) -> Result<T, E> {
        self.write_guard().write(&self.connection, f)
    }

    /// Writes the write-ahead log into the database and truncates it, so that no deleted byte is left in it. Waits at most
    /// `wait` for readers, in SQLite's own sleep; false if a process still reads.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn truncate_log(&self, wait: Duration) -> Result<bool, StoreError> {
        connection::truncate_log(&self.connection, wait)
    }

    fn write_guard(&self) -> WriteGuard {
        WriteGuard { state_dir: self.state_dir.clone(), file: self.file, location: self.location() }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("directory", &self.state_dir.directory()).finish_non_exhaustive()
    }
}

/// Holds which store was opened, and refuses to write to another.
#[derive(Debug, Clone)]
struct WriteGuard {
    state_dir: StateDir,
    file: FileId,
    location: StoreLocation,
}

impl WriteGuard {
    fn write<T, E: From<StoreError>>(
        &self,
        connection: &Connection,
        f: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(|error| E::from(error.into()))?;
        self.check(&transaction)?;
        let result = f(&Writer { snapshot: Snapshot { connection: &transaction } })?;
        transaction.commit().map_err(|error| E::from(error.into()))?;
        Ok(result)
    }

    /// Inside the transaction, so that nothing can come between.
    fn check(&self, connection: &Connection) -> Result<(), StoreError> {
        self.check_location()?;
        if self.location.epoch == Some(epoch(connection)?) { Ok(()) } else { Err(StoreError::Erased) }
    }

    fn check_location(&self) -> Result<(), StoreError> {
        if self.state_dir.database_id()? == Some(self.file) {
            return Ok(());
        }
        // A store of another volume is not written to, and not taken for this one after it was erased.
        if location::mount(&self.state_dir)? == self.location.mount {
            return Err(StoreError::Erased);
        }
        Err(StoreError::Unmounted { directory: self.state_dir.directory().to_owned() })
    }
}

/// What the store holds at one moment.
pub struct Snapshot<'a> {
    connection: &'a Connection,
}

/// A write transaction under way. It also reads, and sees what it has written.
pub struct Writer<'a> {
    snapshot: Snapshot<'a>,
}

impl<'a> Deref for Writer<'a> {
    type Target = Snapshot<'a>;

    fn deref(&self) -> &Snapshot<'a> {
        &self.snapshot
    }
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

fn epoch(connection: &Connection) -> Result<Epoch, StoreError> {
    Ok(connection.query_row("SELECT epoch FROM installation", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IdKey;
    use crate::source::compreface::CONTRACT;

    #[test]
    fn store_is_send_and_staging_is_sync() {
        fn is_send<T: Send>() {}
        fn is_shared<T: Send + Sync>() {}
        is_send::<Store>();
        is_shared::<Staging>();
    }

    #[test]
    fn locked_store_is_busy_after_the_timeout() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let other = Store::open_to_write(directory.path()).unwrap().unwrap();
        other.connection.busy_timeout(Duration::from_millis(20)).unwrap();
        let busy = store.write(|_| Ok::<_, StoreError>(other.write(|writer| writer.record_decision("yes")))).unwrap();
        assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
        other.write(|writer| writer.record_decision("yes")).unwrap();
    }

    #[test]
    fn opened_store_exists_and_has_a_size() {
        let directory = tempfile::tempdir().unwrap();
        let state_dir = directory.path().join("state");
        assert!(!Store::exists(&state_dir));
        assert!(Store::check_writable(&state_dir).is_ok());
        let store = Store::open(&state_dir).unwrap();
        assert!(Store::exists(&state_dir));
        assert!(store.state_dir.has_no_log(), "opening puts what is in the log into the database");
        store.write(|writer| writer.record_decision("yes")).unwrap();
        assert!(!store.state_dir.has_no_log());
        let bytes = |file| std::fs::metadata(file).unwrap().len();
        assert_eq!(store.size(), Some(bytes(store.state_dir.database()) + bytes(store.state_dir.log())));
    }

    #[test]
    fn only_readers_open_without_shared_memory() {
        let directory = tempfile::tempdir().unwrap();
        drop(Store::open(directory.path()).unwrap());
        // SQLite follows no link there: as on a read-only mount, there can be no shared memory.
        std::os::unix::fs::symlink("elsewhere", directory.path().join("headcount.db-shm")).unwrap();
        let reading = Store::open_to_read(directory.path()).unwrap().unwrap();
        let preview = reading.staging_for_preview(&CONTRACT.catalog, IdKey::from_bytes([1; 16])).unwrap();
        preview.totals(Counting::Count).unwrap();
        assert!(Store::open_to_write(directory.path()).is_err());
        std::fs::write(directory.path().join("headcount.db-wal"), "another process's work").unwrap();
        assert!(Store::open_to_read(directory.path()).is_err());
    }

    #[test]
    fn a_store_shows_where_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let shown = format!("{:?}", Store::open(directory.path()).unwrap());
        assert!(shown.contains(directory.path().to_str().unwrap()), "{shown}");
    }

    #[test]
    fn unwritable_store_is_known_before_opening() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a-file");
        std::fs::write(&file, "").unwrap();
        assert!(Store::check_writable(&file.join("state")).is_err());
        assert!(Store::open(&file.join("state")).is_err());
    }

    #[test]
    fn transaction_debug_shows_no_data() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let shown = store.write(|writer| Ok::<_, StoreError>(format!("{writer:?} {:?}", **writer))).unwrap();
        assert_eq!(shown, "Writer Snapshot");
        assert_eq!(format!("{:?}", store.staging(&CONTRACT.catalog, IdKey::from_bytes([1; 16])).unwrap()), "Staging");
    }
}
