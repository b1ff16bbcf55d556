//! Deletes stored data, after opting out or by `erase`: deleted bytes are overwritten, and the write-ahead log is truncated.

use std::path::Path;
use std::time::Duration;

use crate::clock::Timestamp;

use super::connection::{self, Access};
use super::schema::{self, Content};
use super::state_dir::StateDir;
use super::{AuditOutcome, Store, StoreError, Writer};

/// What is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// After opting out: the outbox, the ledger, the key, the bytes of reports and the install_guid. Receipts and the lines of
    /// the audit log stay.
    KeepReceipts,
    /// By `erase`: everything.
    Everything,
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Pending reports.
    pub pending: u64,
    /// What may remain on the disk.
    pub residue: Residue,
}

/// What remains on the disk after a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Residue {
    /// There was no store.
    #[default]
    NoStore,
    /// The files are gone.
    FilesRemoved,
    /// The files remain, without the deleted bytes.
    Overwritten,
    /// Another process kept reading: deleted bytes remain in the write-ahead log until [`Store::truncate_log`] succeeds or
    /// the store is opened again.
    InWriteAheadLog,
}

impl Store {
    /// Deletes stored data; the same `Store` then holds a new installation. Other processes that have it open notice before
    /// their next write. Waits at most `wait` for readers.
    ///
    /// # Errors
    /// If the store cannot be written. Nothing was deleted then, unless only the overwriting failed; it can be tried again.
    pub fn purge(&self, purge: Purge, at: Timestamp, wait: Duration) -> Result<Purged, StoreError> {
        let mut purged = self.write(|writer| writer.purge(purge, at))?;
        self.epoch.set(super::epoch(&self.connection)?);
        purged.residue = self.overwrite(wait)?;
        Ok(purged)
    }

    /// Deletes the stored data of a directory, whether a sidecar runs or not. A store that cannot be opened, since it is
    /// corrupt or of a newer version, is removed as a whole. With [`Purge::Everything`] and no sidecar running, the files go too.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] if the file is not ours, or if it cannot be deleted.
    pub fn purge_in(directory: &Path, purge: Purge, at: Timestamp, wait: Duration) -> Result<Purged, StoreError> {
        let state_dir = StateDir::new(directory);
        if state_dir.database_id()?.is_none() {
            return Ok(Purged::default());
        }
        let lock = match state_dir.lock() {
            Ok(lock) => Some(lock),
            Err(StoreError::Locked { .. }) => None,
            Err(error) => return Err(error),
        };
        let purged = purge_rows(&state_dir, purge, at, wait);
        let remove = match &purged {
            Ok(purged) => lock.is_some() && (purge == Purge::Everything || purged.is_none()),
            // A process that has such a file open notices that it was replaced.
            Err(error) => error.is_beyond_repair(),
        };
        if !remove {
            return purged.map(Option::unwrap_or_default);
        }
        state_dir.remove_staging()?;
        state_dir.remove_database()?;
        if lock.is_some() {
            state_dir.remove_lock()?;
        }
        let purged = purged.ok().flatten().unwrap_or_default();
        Ok(Purged { residue: Residue::FilesRemoved, ..purged })
    }

    /// Rebuilds the file, since a b-tree may keep copies in unused parts of its pages, and truncates the write-ahead log.
    fn overwrite(&self, wait: Duration) -> Result<Residue, StoreError> {
        self.connection.execute_batch("VACUUM")?;
        Ok(if self.truncate_log(wait)? { Residue::Overwritten } else { Residue::InWriteAheadLog })
    }
}

/// None if the file holds nothing yet.
fn purge_rows(state_dir: &StateDir, purge: Purge, at: Timestamp, wait: Duration) -> Result<Option<Purged>, StoreError> {
    let connection = connection::open(state_dir, Access::Write)?;
    if schema::inspect(&connection, state_dir)? == Content::Empty {
        return Ok(None);
    }
    schema::migrate(&connection, state_dir)?;
    Store::opened(connection, state_dir.clone(), Access::Write, None)?.purge(purge, at, wait).map(Some)
}

impl Writer<'_> {
    fn purge(&self, purge: Purge, at: Timestamp) -> Result<Purged, StoreError> {
        let (bodies, pending) = self.count_reports()?;
        let known: bool = self.connection.query_row("SELECT EXISTS (SELECT 1 FROM known)", [], |row| row.get(0))?;
        self.connection.execute_batch(
            "DELETE FROM known; DELETE FROM object; DELETE FROM bucket; DELETE FROM report;
            UPDATE installation SET epoch = randomblob(16), id_key = NULL, service = NULL, install_guid = NULL, start_hour = NULL,
                baseline_at = NULL, last_scrape_at = NULL, next_report_at = NULL,
                last_report = NULL, last_report_hour = NULL, last_report_made_at = NULL,
                off_since = NULL, take_as_known = 0, absent_for = NULL, absent_at = NULL, absent_kind = NULL, failure_at = NULL, failure_code = NULL, failure = NULL;",
        )?;
        match purge {
            Purge::KeepReceipts if bodies > 0 || known => {
                let reason = format!("opted out: {pending} pending reports and all known ids deleted");
                self.record(at, AuditOutcome::Deleted, reason.as_str(), None)?;
            }
            Purge::KeepReceipts => {}
            Purge::Everything => self.connection.execute_batch(
                "DELETE FROM audit; DELETE FROM receipt; DELETE FROM sqlite_sequence;
                UPDATE installation SET decision = NULL, contract = NULL, file_created = NULL;",
            )?,
        }
        Ok(Purged { pending, residue: Residue::NoStore })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc;

    use super::*;
    use crate::model::{IdKey, InstallGuid, ScrapeSink};
    use crate::source::compreface::{CONTRACT, kinds};
    use crate::store::{Counting, NewReport, Snapshot};

    const BODY: &[u8] = b"a report's bytes, which no file has after opting out";
    const KEY: [u8; 16] = *b"a key like none!";
    const PATIENCE: Duration = Duration::from_secs(20);

    fn moment(hour: i64) -> Timestamp {
        Timestamp::from_unix_seconds(hour * 3600)
    }

    fn delivered() -> InstallGuid {
        InstallGuid::from_random_bytes([1; 16])
    }

    fn undelivered() -> InstallGuid {
        InstallGuid::from_random_bytes([2; 16])
    }

    fn hashes() -> Vec<crate::model::IdHash> {
        let key = IdKey::from_bytes(KEY);
        (0..5000u32).map(|id| key.hash(kinds::USER, &id.to_le_bytes())).collect()
    }

    /// A store with everything in it that there can be: an identity that was delivered, and one in use.
    fn full(directory: &Path) -> Store {
        let store = Store::open(directory).unwrap();
        let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes(KEY)).unwrap();
        staging.objects(kinds::USER, &mut hashes()).unwrap();
        staging.commit(moment(1), Counting::Count).unwrap();
        for (guid, hour) in [(delivered(), 2), (undelivered(), 3)] {
            let fill = |writer: &Writer<'_>| {
                writer.begin_series(guid, moment(1).hour())?;
                let made_at = moment(hour);
                // More bytes than a page holds, and some that fit into one.
                for (body, later) in [(BODY.repeat(500), 0), (BODY.to_vec(), 10)] {
                    let hour = moment(hour + later).hour();
                    let report = writer.enqueue(NewReport { hour, made_at, body: &body, sha256: [9; 32] })?;
                    if guid == delivered() {
                        writer.finish(report, made_at, AuditOutcome::Delivered, "", Some("example.org"))?;
                    }
                }
                Ok::<_, StoreError>(())
            };
            store.write(fill).unwrap();
        }
        store
    }

    /// Whether the bytes are in any file of the directory.
    fn is_found(directory: &Path, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let holds = |path: PathBuf| std::fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes);
        files.filter(|path| path.is_file()).any(holds)
    }

    /// What no file has after opting out; SQLite writes numbers with the greatest byte first.
    fn secrets() -> Vec<Vec<u8>> {
        let mut secrets = vec![BODY[..20].to_vec(), KEY.to_vec(), undelivered().to_string().into_bytes()];
        secrets.extend(hashes().iter().step_by(500).map(|hash| hash.0.to_be_bytes().to_vec()));
        secrets
    }

    fn assert_forgotten(directory: &Path) {
        for secret in secrets() {
            assert!(!is_found(directory, &secret), "found {secret:?}");
        }
    }

    #[test]
    fn opt_out_keeps_only_receipts_and_audit_lines() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        for secret in secrets() {
            assert!(is_found(directory.path(), &secret), "the search does not find {secret:?}");
        }
        let before = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        let purged = store.purge(Purge::KeepReceipts, moment(4), PATIENCE).unwrap();
        assert_eq!(purged, Purged { pending: 2, residue: Residue::Overwritten });
        assert_forgotten(directory.path());
        let size = std::fs::metadata(store.state_dir.database()).unwrap().len();
        assert!(size < 100_000, "{size} bytes are left of what was deleted");
        drop(store);
        assert_forgotten(directory.path());

        let store = Store::open(directory.path()).unwrap();
        let after = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        assert_eq!(after[..before.len()], before);
        assert_eq!(after.last().unwrap().outcome, AuditOutcome::Deleted);
        assert!(store.read(|snapshot| snapshot.audit_entry(1)).unwrap().unwrap().body.is_none());
        let receipts = store.read(|snapshot| snapshot.receipts()).unwrap();
        assert_eq!((receipts.len(), receipts[0].install_guid, receipts[0].reports), (1, delivered(), 2));
        assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap(), crate::store::Installation::default());
        assert_eq!(store.read(|snapshot| snapshot.totals()).unwrap(), crate::model::Totals::default());
        // Coming back is a new installation: a baseline, under another key.
        let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes([8; 16])).unwrap();
        assert_eq!(staging.key().bytes(), &[8; 16]);
        assert!(staging.commit(moment(5), Counting::Count).unwrap().is_baseline);
    }

    #[test]
    fn a_no_where_nothing_was_kept_writes_no_line() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let purged = store.purge(Purge::KeepReceipts, moment(4), PATIENCE).unwrap();
        assert_eq!(purged.pending, 0);
        assert!(store.read(|snapshot| snapshot.audit(0, None)).unwrap().is_empty());
    }

    #[test]
    fn a_no_before_the_first_report_writes_a_line() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes(KEY)).unwrap();
        staging.objects(kinds::USER, &mut hashes()).unwrap();
        staging.commit(moment(1), Counting::Count).unwrap();
        store.purge(Purge::KeepReceipts, moment(4), PATIENCE).unwrap();
        let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        assert!(lines.iter().map(|line| line.outcome).eq([AuditOutcome::Deleted]));
    }

    #[test]
    fn purge_waits_for_readers() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        let (started, read) = mpsc::channel();
        let path = directory.path().to_owned();
        let reader = std::thread::spawn(move || {
            let reading = Store::open_to_read(&path).unwrap().unwrap();
            reading.read(|snapshot| {
                let pending = snapshot.next_pending(0)?;
                started.send(()).unwrap();
                std::thread::park_timeout(Duration::from_millis(300));
                assert_eq!(snapshot.next_pending(0)?, pending);
                Ok(())
            })
        });
        read.recv().unwrap();
        assert_eq!(store.purge(Purge::KeepReceipts, moment(4), PATIENCE).unwrap().residue, Residue::Overwritten);
        assert_forgotten(directory.path());
        reader.join().unwrap().unwrap();
    }

    #[test]
    fn residue_that_a_reader_keeps_is_removed_later() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        let reading = Store::open_to_read(directory.path()).unwrap().unwrap();
        let keep_reading = |snapshot: &Snapshot<'_>| {
            snapshot.totals()?;
            let purged = store.purge(Purge::KeepReceipts, moment(4), Duration::from_millis(50))?;
            assert_eq!(purged.residue, Residue::InWriteAheadLog);
            assert!(is_found(directory.path(), &BODY[..20]), "then it could have been said to be gone");
            Ok(())
        };
        reading.read(keep_reading).unwrap();
        assert!(store.truncate_log(PATIENCE).unwrap());
        assert_forgotten(directory.path());
    }

    #[test]
    fn opening_truncates_log_left_by_a_crash() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        // It keeps the log from being removed with the last connection.
        let reading = Store::open_to_read(directory.path()).unwrap().unwrap();
        store.write(|writer| writer.purge(Purge::KeepReceipts, moment(4))).unwrap();
        drop(store);
        assert!(is_found(directory.path(), &BODY[..20]));
        let store = Store::open(directory.path()).unwrap();
        assert_forgotten(directory.path());
        drop((reading, store));
    }

    #[test]
    fn what_expired_is_overwritten_too() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        let (keep, late) = (Duration::from_secs(3600), moment(100));
        for now in [late, late.plus(Duration::from_secs(48 * 3600))] {
            store.write(|writer| writer.expire(now, keep, crate::store::Expiry::AfterGrace)).unwrap();
        }
        assert!(store.truncate_log(PATIENCE).unwrap());
        assert!(!is_found(directory.path(), &BODY[..20]));
    }

    #[test]
    fn erase_is_noticed_before_the_next_write() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes(KEY)).unwrap();
        staging.objects(kinds::USER, &mut hashes()).unwrap();
        let purged = Store::purge_in(directory.path(), Purge::Everything, moment(4), PATIENCE).unwrap();
        assert_eq!(purged.residue, Residue::Overwritten);
        assert!(matches!(staging.commit(moment(5), Counting::Count), Err(StoreError::Erased)));
        let written = store.write(|writer| writer.record_decision("as if nothing had happened"));
        assert!(matches!(written, Err(StoreError::Erased)), "{written:?}");
        assert_forgotten(directory.path());
        assert!(!is_found(directory.path(), delivered().to_string().as_bytes()), "a receipt stayed");
        drop((store, staging));
        let store = Store::open(directory.path()).unwrap();
        assert_eq!(store.read(|snapshot| snapshot.audit(0, None)).unwrap(), []);
        assert_eq!(store.read(|snapshot| snapshot.receipts()).unwrap(), []);
        store.write(|writer| writer.record_decision("a new one")).unwrap();
    }

    #[test]
    fn erasing_where_nothing_runs_leaves_no_file() {
        let directory = tempfile::tempdir().unwrap();
        drop(full(directory.path()));
        let purged = Store::purge_in(directory.path(), Purge::Everything, moment(4), PATIENCE).unwrap();
        assert_eq!(purged.residue, Residue::FilesRemoved);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        let again = Store::purge_in(directory.path(), Purge::Everything, moment(4), PATIENCE).unwrap();
        assert_eq!(again, Purged::default());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn replaced_file_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        // As `erase` does with a store that is damaged.
        store.state_dir.remove_database().unwrap();
        let written = store.write(|writer| writer.record_decision("lost"));
        assert!(matches!(written, Err(StoreError::Erased)), "{written:?}");
        store.state_dir.make_database().unwrap();
        let written = store.write(|writer| writer.record_decision("lost"));
        assert!(matches!(written, Err(StoreError::Erased)), "{written:?}");
    }

    #[test]
    fn a_newer_store_goes_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let store = full(directory.path());
        store.connection.pragma_update(None, "user_version", 77).unwrap();
        drop(store);
        let purged = Store::purge_in(directory.path(), Purge::KeepReceipts, moment(4), PATIENCE).unwrap();
        assert_eq!(purged.residue, Residue::FilesRemoved);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
