//! Forgetting: after a no, or by `erase`. What was deleted is overwritten, and the log cut to nothing.

use std::path::Path;
use std::time::Duration;

use crate::clock::Timestamp;

use super::connection::{self, Access};
use super::place::Place;
use super::schema::{self, Content};
use super::value::read_amount;
use super::{AuditOutcome, Receipt, Store, StoreError, Writer};

/// How much is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// After a no: the outbox, the ledger, the key, the audit's bodies and the identity in use. Receipts and the audit's
    /// lines stay.
    KeepReceipts,
    /// By `erase`: all of it.
    Everything,
}

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Reports that waited.
    pub waiting: u64,
    /// Reports whose bytes were kept, waiting ones included.
    pub bodies: u64,
    /// Ids that were known, as keyed hashes.
    pub known: u64,
    /// The receipts there were: still there, or deleted with everything.
    pub receipts: Vec<Receipt>,
    /// What may still be found on the disk.
    pub trace: Trace,
}

/// What forgetting left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trace {
    /// There was no store.
    #[default]
    NothingThere,
    /// The files are gone.
    FilesRemoved,
    /// The files are there, and what was deleted is no longer in them.
    Overwritten,
    /// The same, but another process kept reading: deleted bytes are still in the log until [`Store::truncate_log`]
    /// succeeds or the store is opened again.
    StillInTheLog,
}

impl Store {
    /// Forgets, by whoever has the store open: it goes on with the same `Store`, now of a new installation. Others that have
    /// it open notice before their next write. Waits at most `wait` for those who read.
    ///
    /// # Errors
    /// If the store cannot be written; then nothing was deleted, unless only the overwriting failed. Try again.
    pub fn forget(&self, forget: Forget, at: Timestamp, wait: Duration) -> Result<Forgotten, StoreError> {
        let mut forgotten = self.write(|writer| writer.forget(forget, at))?;
        self.epoch.set(super::epoch(&self.connection)?);
        forgotten.trace = self.overwrite(wait)?;
        Ok(forgotten)
    }

    /// Forgets by directory, beside a running sidecar or not, and also where the store cannot be opened: one that is
    /// damaged, or of a newer version, goes as a whole. With [`Forget::Everything`] and no sidecar running, the files go too.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] if the file is not ours, or if it cannot be deleted.
    pub fn forget_in(directory: &Path, forget: Forget, at: Timestamp, wait: Duration) -> Result<Forgotten, StoreError> {
        let place = Place::new(directory);
        if place.database_id()?.is_none() {
            return Ok(Forgotten::default());
        }
        let lock = match place.lock() {
            Ok(lock) => Some(lock),
            Err(StoreError::Locked { .. }) => None,
            Err(error) => return Err(error),
        };
        let forgotten = forget_rows(&place, forget, at, wait);
        let remove = match &forgotten {
            Ok(forgotten) => lock.is_some() && (forget == Forget::Everything || forgotten.is_none()),
            // Whoever has such a file open notices that it is another one now.
            Err(error) => error.is_beyond_repair(),
        };
        if !remove {
            return forgotten.map(Option::unwrap_or_default);
        }
        place.remove_staging()?;
        place.remove_database()?;
        if lock.is_some() {
            place.remove_lock()?;
        }
        let forgotten = forgotten.ok().flatten().unwrap_or_default();
        Ok(Forgotten { trace: Trace::FilesRemoved, ..forgotten })
    }

    /// Writes the file anew from what is left, since a b-tree may keep copies in the gaps of its pages, and empties the log.
    fn overwrite(&self, wait: Duration) -> Result<Trace, StoreError> {
        self.connection.execute_batch("VACUUM")?;
        Ok(if self.truncate_log(wait)? { Trace::Overwritten } else { Trace::StillInTheLog })
    }
}

/// None if the file holds nothing yet.
fn forget_rows(place: &Place, forget: Forget, at: Timestamp, wait: Duration) -> Result<Option<Forgotten>, StoreError> {
    let connection = connection::open(place, Access::Write)?;
    if schema::inspect(&connection, place)? == Content::Empty {
        return Ok(None);
    }
    schema::migrate(&connection, place)?;
    Store::opened(connection, place.clone(), Access::Write, None)?.forget(forget, at, wait).map(Some)
}

impl Writer<'_> {
    fn forget(&self, forget: Forget, at: Timestamp) -> Result<Forgotten, StoreError> {
        let (bodies, waiting) = self.count_reports()?;
        let known = self.connection.query_row("SELECT count(*) FROM known", [], |row| read_amount(row, 0))?;
        let receipts = self.receipts()?;
        self.connection.execute_batch(
            "DELETE FROM known; DELETE FROM object; DELETE FROM collection; DELETE FROM report;
            UPDATE installation SET epoch = randomblob(16), id_key = NULL, install_guid = NULL, start_hour = NULL,
                baseline_at = NULL, last_scrape_at = NULL, first_run_at = NULL, next_report_at = NULL,
                last_report = NULL, last_report_hour = NULL, last_report_made_at = NULL,
                off_since = NULL, take_as_known = 0, failure_at = NULL, failure = NULL;",
        )?;
        match forget {
            Forget::KeepReceipts if bodies + known > 0 => {
                let reason = format!("the operator said no: {waiting} waiting reports and all that was known");
                self.note(at, AuditOutcome::Deleted, &reason, None)?;
            }
            Forget::KeepReceipts => {}
            Forget::Everything => self.connection.execute_batch(
                "DELETE FROM audit; DELETE FROM receipt; DELETE FROM sqlite_sequence;
                UPDATE installation SET decision = NULL;",
            )?,
        }
        Ok(Forgotten { waiting, bodies, known, receipts, trace: Trace::NothingThere })
    }
}
