//! Detects a store that is a copy: made with `cp` or `tar`, or restored from a backup.
//!
//! The file system says when a file was made. No program sets that time, and it stays when the file is renamed, mounted
//! elsewhere or moved to another node with its volume. The number of the inode is no help: many file systems number their files
//! in another way at each mount, and a copy on a new volume often has the same number. A copy of a whole volume has the
//! same files, so that it is not noticed.

use rusqlite::{OptionalExtension, params};
use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use crate::clock::Timestamp;

use super::state_dir::StateDir;
use super::{AuditOutcome, Snapshot, Store, StoreError, Writer};

/// When a file was made, in milliseconds since 1970. Finer times may be cut by what a file system is reached through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileCreated(i64);

impl Store {
    /// When the store's file was made; none where the file system does not say.
    #[must_use]
    pub fn file_created(&self) -> Option<FileCreated> {
        file_created(&self.state_dir)
    }
}

fn file_created(state_dir: &StateDir) -> Option<FileCreated> {
    let found = statx(CWD, state_dir.database(), AtFlags::empty(), StatxFlags::BTIME).ok()?;
    let is_known = found.stx_mask & StatxFlags::BTIME.bits() != 0 && found.stx_btime.tv_sec > 0;
    let millis =
        found.stx_btime.tv_sec.checked_mul(1000)?.checked_add(i64::from(found.stx_btime.tv_nsec / 1_000_000))?;
    is_known.then_some(FileCreated(millis))
}

impl Snapshot<'_> {
    /// Whether an installation that counts goes on in another file than the one that it was in.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn is_copy(&self, file_created: Option<FileCreated>) -> Result<bool, StoreError> {
        let sql = "SELECT file_created <> ?1 AND baseline_at IS NOT NULL FROM installation";
        let is_copy: Option<bool> =
            self.connection.query_row(sql, [file_created.map(|file_created| file_created.0)], |row| row.get(0))?;
        Ok(is_copy.unwrap_or(false))
    }

    /// When it was noticed last that the installation goes on in a copy, unless an opt-out has ended that installation.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn copied_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT at FROM audit WHERE outcome = ?1
            AND seq > (SELECT coalesce(max(seq), 0) FROM audit WHERE outcome = ?2) ORDER BY seq DESC LIMIT 1";
        let found = self.connection.query_row(sql, [AuditOutcome::Copied, AuditOutcome::Deleted], |row| row.get(0));
        Ok(found.optional()?)
    }
}

impl Writer<'_> {
    /// Stores which file the store is in. If it was another one, adds one audit line and returns true.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record_copy(&self, at: Timestamp, file_created: Option<FileCreated>) -> Result<bool, StoreError> {
        let Some(FileCreated(millis)) = file_created else { return Ok(false) };
        let is_copy = self.is_copy(file_created)?;
        if is_copy {
            self.record(
                at,
                AuditOutcome::Copied,
                "the store's file is another one than before: a copy, or restored",
                None,
            )?;
        }
        let sql = "UPDATE installation SET file_created = ?1 WHERE file_created IS NOT ?1";
        self.snapshot.connection.execute(sql, params![millis])?;
        Ok(is_copy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IdKey;
    use crate::source::compreface::CONTRACT;
    use crate::store::{Counting, Purge};

    const AT: Timestamp = Timestamp::from_unix_seconds(9);

    /// A store with a baseline.
    fn counting(directory: &std::path::Path) -> Store {
        let store = Store::open(directory).unwrap();
        store.staging(&CONTRACT.catalog, IdKey::from_bytes([1; 16])).unwrap().commit(AT, Counting::Count).unwrap();
        store
    }

    fn note(store: &Store, file_created: Option<i64>) -> bool {
        store.write(|writer| writer.record_copy(AT, file_created.map(FileCreated))).unwrap()
    }

    #[test]
    fn copy_is_recorded_once_and_never_without_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let store = counting(directory.path());
        let noted: Vec<_> = [Some(1), Some(1), None, Some(1), Some(2), Some(2), None, Some(1)]
            .into_iter()
            .map(|file_created| note(&store, file_created))
            .collect();
        assert_eq!(noted, [false, false, false, false, true, false, false, true]);
        let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        assert_eq!(lines.iter().filter(|line| line.outcome == AuditOutcome::Copied).count(), 2);
        assert_eq!(store.read(|snapshot| snapshot.copied_at()).unwrap(), Some(AT));
    }

    #[test]
    fn what_counts_nothing_may_be_copied() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        assert!(!note(&store, Some(1)) && !note(&store, Some(2)));
        drop(store);
        let store = counting(directory.path());
        assert!(!note(&store, Some(2)) && note(&store, Some(3)));
        store.purge(Purge::KeepReceipts, AT, std::time::Duration::ZERO).unwrap();
        assert!(!note(&store, Some(4)));
    }

    #[test]
    fn a_directory_that_is_renamed_has_the_same_file() {
        let directory = tempfile::tempdir().unwrap();
        let (here, there) = (directory.path().join("here"), directory.path().join("there"));
        drop(Store::open(&here).unwrap());
        let before =
            file_created(&StateDir::new(&here)).expect("the file system of temporary files keeps no times of creation");
        std::fs::rename(&here, &there).unwrap();
        assert_eq!((file_created(&StateDir::new(&there)), file_created(&StateDir::new(&here))), (Some(before), None));
    }
}
