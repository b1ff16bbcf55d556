//! The row of this installation: install_guid, start time, schedule, decision and last failure.

use std::time::Duration;

use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::Serialize;

use crate::clock::{Hour, Timestamp};
use crate::model::{InstallGuid, Kind};

use super::sql_types::{amount, read_amount};
use super::{Snapshot, StoreError, Writer};

/// What is known of this installation. Everything is missing in a new store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Installation {
    /// The identity in use; made at the first report.
    pub install_guid: Option<InstallGuid>,
    /// The start of all five sums.
    pub start: Option<Hour>,
    /// When the first complete scrape was.
    pub baseline_at: Option<Timestamp>,
    /// When the latest complete scrape was.
    pub last_scrape_at: Option<Timestamp>,
    /// When the next report is due.
    pub next_report_at: Option<Timestamp>,
    /// The latest report that was made, of whichever identity.
    pub last_report: Option<LatestReport>,
    /// Since when telemetry is off, while it is.
    pub off_since: Option<Timestamp>,
    /// Whether the next complete scrape takes what is new as known. A committed scrape that did so clears it.
    pub take_as_known: bool,
    /// The absence of every object of a kind, while that is in doubt.
    pub absence: Option<Absence>,
}

/// How long scrapes have found no object of a kind of which there had been some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Absence {
    /// The kind.
    pub kind: Kind,
    /// From the first of these scrapes to the latest.
    pub lasted: Duration,
    /// When the latest was.
    pub seen_at: Timestamp,
}

/// The latest report that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LatestReport {
    /// The hour it stands for.
    pub hour: Hour,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its sequence number.
    pub report: i64,
}

/// What went wrong last and has not gone right since, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastFailure {
    /// When.
    pub at: Timestamp,
    /// Names the failure; stable.
    pub code: String,
    /// What, and what to do.
    pub text: String,
}

impl Snapshot<'_> {
    /// What is known of this installation.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn installation(&self) -> Result<Installation, StoreError> {
        let columns = "install_guid, start_hour, baseline_at, last_scrape_at, next_report_at,
            last_report_hour, last_report_made_at, last_report, off_since, take_as_known, absent_for, absent_at, absent_kind";
        let sql = format!("SELECT {columns} FROM installation");
        Ok(self.connection.query_row(&sql, [], read_installation)?)
    }

    /// Whether the stored numbers are those of this service, or there are none yet.
    ///
    /// # Errors
    /// [`StoreError::OtherService`] if they are not, or if the store cannot be read.
    pub fn require_service(&self, expected: &'static str) -> Result<(), StoreError> {
        let found: Option<String> =
            self.connection.query_row("SELECT service FROM installation", [], |row| row.get(0))?;
        match found {
            Some(found) if found != expected => Err(StoreError::OtherService { found, expected }),
            _ => Ok(()),
        }
    }

    /// The decision that `run` recorded, as its text.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn decision(&self) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT decision FROM installation", [], |row| row.get(0))?)
    }

    /// The canonical text of the contract that was last in force here.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn contract(&self) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT contract FROM installation", [], |row| row.get(0))?)
    }

    /// What went wrong last, unless it has been cleared.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn last_failure(&self) -> Result<Option<LastFailure>, StoreError> {
        let sql = "SELECT failure_at, failure_code, failure FROM installation WHERE failure_at IS NOT NULL";
        let read = |row: &Row<'_>| Ok(LastFailure { at: row.get(0)?, code: row.get(1)?, text: row.get(2)? });
        Ok(self.connection.query_row(sql, [], read).optional()?)
    }
}

fn read_installation(row: &Row<'_>) -> rusqlite::Result<Installation> {
    let last_report = match (row.get(5)?, row.get(6)?, row.get(7)?) {
        (Some(hour), Some(made_at), Some(report)) => Some(LatestReport { hour, made_at, report }),
        _ => None,
    };
    let absence = match (row.get::<_, Option<i64>>(10)?, row.get(11)?, row.get(12)?) {
        (Some(_), Some(seen_at), Some(kind)) => {
            Some(Absence { kind, lasted: Duration::from_secs(read_amount(row, 10)?), seen_at })
        }
        _ => None,
    };
    Ok(Installation {
        install_guid: row.get(0)?,
        start: row.get(1)?,
        baseline_at: row.get(2)?,
        last_scrape_at: row.get(3)?,
        next_report_at: row.get(4)?,
        last_report,
        off_since: row.get(8)?,
        take_as_known: row.get(9)?,
        absence,
    })
}

impl Writer<'_> {
    /// Gives the running series its identity: at the first report, which stands on the stored start.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn set_identity(&self, install_guid: InstallGuid) -> Result<(), StoreError> {
        self.set("install_guid", &install_guid)
    }

    /// Begins a new series under another identity: creations are zero again, from a new start. What is known stays known,
    /// so nothing is counted twice. Reports that wait keep the identity they were made with.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn begin_series(&self, install_guid: InstallGuid, start: Hour) -> Result<(), StoreError> {
        self.set("install_guid", &install_guid)?;
        self.set("start_hour", &start)?;
        self.snapshot.connection.execute("UPDATE object SET creations = 0", [])?;
        Ok(())
    }

    /// Stores when the next report is due.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn set_next_report(&self, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.set("next_report_at", &at)
    }

    /// Stores since when telemetry is off, or that it is on.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn set_off_since(&self, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.set("off_since", &at)
    }

    /// Stores whether the next complete scrape takes what is new as known.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn set_take_as_known(&self, take_as_known: bool) -> Result<(), StoreError> {
        self.set("take_as_known", &take_as_known)
    }

    /// Stores how long every object of a kind is missing, or that none is missing.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn set_absence(&self, absence: Option<Absence>) -> Result<(), StoreError> {
        self.set("absent_kind", &absence.map(|absence| absence.kind))?;
        self.set("absent_for", &absence.map(|absence| amount(absence.lasted.as_secs())))?;
        self.set("absent_at", &absence.map(|absence| absence.seen_at))
    }

    /// Records the canonical text of the contract that is in force, so that `status` can say what another one changes.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record_contract(&self, canonical_text: &str) -> Result<(), StoreError> {
        if self.contract()?.as_deref() == Some(canonical_text) {
            return Ok(());
        }
        self.set("contract", &canonical_text)
    }

    /// Records the decision, for `status`.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record_decision(&self, text: &str) -> Result<(), StoreError> {
        self.set("decision", &text)
    }

    /// Records what went wrong, for `status` to show. The text must be free of anything personal or secret.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record_failure(&self, at: Timestamp, code: &str, text: &str) -> Result<(), StoreError> {
        let sql = "UPDATE installation SET failure_at = ?1, failure_code = ?2, failure = ?3";
        self.snapshot.connection.execute(sql, params![at, code, text])?;
        Ok(())
    }

    /// Records that what went wrong goes right again.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn clear_failure(&self) -> Result<(), StoreError> {
        self.snapshot
            .connection
            .execute("UPDATE installation SET failure_at = NULL, failure_code = NULL, failure = NULL", [])?;
        Ok(())
    }

    fn set(&self, column: &'static str, value: &dyn ToSql) -> Result<(), StoreError> {
        self.snapshot.connection.execute(&format!("UPDATE installation SET {column} = ?1"), [value])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn what_is_set_outlives_the_process() {
        let directory = tempfile::tempdir().unwrap();
        let moment = Timestamp::from_unix_seconds;
        let install_guid = InstallGuid::from_random_bytes([5; 16]);
        let absence = Absence { kind: Kind::ALL[2], lasted: Duration::from_secs(6), seen_at: moment(5) };
        let store = Store::open(directory.path()).unwrap();
        assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap(), Installation::default());
        let set = |writer: &Writer<'_>| {
            writer.set_identity(install_guid)?;
            writer.set_next_report(Some(moment(2)))?;
            writer.set_off_since(Some(moment(3)))?;
            writer.set_take_as_known(true)?;
            writer.set_absence(Some(absence))?;
            writer.record_decision("{}")?;
            writer.record_contract("a metric")?;
            writer.record_failure(moment(4), "connect", "the service did not answer")
        };
        store.write(set).unwrap();
        drop(store);
        let store = Store::open(directory.path()).unwrap();
        let expected = Installation {
            install_guid: Some(install_guid),
            next_report_at: Some(moment(2)),
            off_since: Some(moment(3)),
            take_as_known: true,
            absence: Some(absence),
            ..Installation::default()
        };
        assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap(), expected);
        assert_eq!(store.read(|snapshot| snapshot.decision()).unwrap().as_deref(), Some("{}"));
        assert_eq!(store.read(|snapshot| snapshot.contract()).unwrap().as_deref(), Some("a metric"));
        let failure =
            LastFailure { at: moment(4), code: "connect".to_owned(), text: "the service did not answer".to_owned() };
        assert_eq!(store.read(|snapshot| snapshot.last_failure()).unwrap(), Some(failure));
        store.write(|writer| writer.clear_failure().and_then(|()| writer.set_next_report(None))).unwrap();
        assert_eq!(store.read(|snapshot| snapshot.last_failure()).unwrap(), None);
        assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap().next_report_at, None);
    }
}
