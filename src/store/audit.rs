//! The audit log: one line for each attempt to make or send a report, and for each deletion.

use std::fmt;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::named::named;

use super::sql_types::amount;
use super::{Snapshot, StoreError, Writer};

named! {
    /// What happened.
    #[derive(Hash, Serialize)]
    #[serde(rename_all = "snake_case")]
    pub enum AuditOutcome {
        /// A report was made and stored.
        Made = "made",
        /// A report was due in an hour that had one.
        Skipped = "skipped",
        /// A report was due and could not be made, since the scrape failed.
        NotMade = "not_made",
        /// The contract gate refused the bytes.
        GateRefused = "gate_refused",
        /// The endpoint accepted it.
        Delivered = "delivered",
        /// The endpoint accepted it and rejected some data points; it is not sent again.
        PartiallyAccepted = "partially_accepted",
        /// It was exported to a file and counted as delivered.
        Exported = "exported",
        /// The attempt failed and is repeated.
        WillRetry = "will_retry",
        /// The attempt failed, and something has to be fixed; the report stays pending.
        Held = "held",
        /// The endpoint rejected this report; it is not sent again.
        Refused = "refused",
        /// It became too old and was deleted undelivered.
        Expired = "expired",
        /// Stored data was deleted, since the operator opted out.
        Deleted = "deleted",
        /// The store is a copy, or was restored.
        Copied = "copied",
    }
}

impl AuditOutcome {
    /// Whether a recipient has the report now.
    #[must_use]
    pub const fn reached_recipient(self) -> bool {
        matches!(self, Self::Delivered | Self::PartiallyAccepted | Self::Exported)
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl ToSql for AuditOutcome {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for AuditOutcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::ALL.into_iter().find(|outcome| outcome.name() == name).ok_or(FromSqlError::InvalidType)
    }
}

/// Why something happened, free of anything personal or secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Names a failure; stable.
    pub code: Option<&'a str>,
    /// In words; may be empty.
    pub text: &'a str,
}

impl<'a> Reason<'a> {
    /// Why something failed.
    #[must_use]
    pub const fn failure(code: &'a str, text: &'a str) -> Self {
        Self { code: Some(code), text }
    }
}

/// Where nothing failed.
impl<'a> From<&'a str> for Reason<'a> {
    fn from(text: &'a str) -> Self {
        Self { code: None, text }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditLine {
    /// Its sequence number, in the order of what happened.
    pub seq: i64,
    /// When, by the clock of that moment.
    pub at: Timestamp,
    /// What happened.
    pub outcome: AuditOutcome,
    /// Names what failed, if something did; stable.
    pub code: Option<String>,
    /// Why, in words; may be empty.
    pub reason: String,
    /// The report's sequence number, if it is about one.
    pub report: Option<i64>,
    /// The SHA-256 of the bytes, if it is about bytes.
    #[serde(serialize_with = "hexadecimal")]
    pub sha256: Option<[u8; 32]>,
}

fn hexadecimal<S: Serializer>(hash: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
    hash.map(|hash| hex(&hash)).serialize(serializer)
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl AuditLine {
    /// The hash in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256_hex(&self) -> Option<String> {
        self.sha256.map(|hash| hex(&hash))
    }
}

/// One line with what is still kept of the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The line.
    pub line: AuditLine,
    /// The report's bytes, unless they were deleted.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for AuditEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.as_ref().map(Vec::len);
        f.debug_struct("AuditEntry").field("line", &self.line).field("bytes", &bytes).finish()
    }
}

fn read_line(row: &Row<'_>) -> rusqlite::Result<AuditLine> {
    Ok(AuditLine {
        seq: row.get(0)?,
        at: row.get(1)?,
        outcome: row.get(2)?,
        code: row.get(3)?,
        reason: row.get(4)?,
        report: row.get(5)?,
        sha256: row.get(6)?,
    })
}

impl Snapshot<'_> {
    /// The lines after number `after` (0 for all), in order; with a limit, the last so many of them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn audit(&self, after: i64, limit: Option<u64>) -> Result<Vec<AuditLine>, StoreError> {
        let sql = "SELECT * FROM (SELECT seq, at, outcome, code, reason, report, sha256 FROM audit WHERE seq > ?1
            ORDER BY seq DESC LIMIT ?2) ORDER BY seq";
        // SQLite reads a negative limit as none.
        let limit = limit.map_or(-1, amount);
        let mut statement = self.connection.prepare(sql)?;
        let lines = statement.query_map([after, limit], read_line)?.collect::<Result<_, _>>()?;
        Ok(lines)
    }

    /// The line of the last report that reached a recipient.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn last_delivery(&self) -> Result<Option<AuditLine>, StoreError> {
        let sql = "SELECT seq, at, outcome, code, reason, report, sha256 FROM audit
            WHERE outcome IN ('delivered', 'partially_accepted', 'exported') ORDER BY seq DESC LIMIT 1";
        Ok(self.connection.query_row(sql, [], read_line).optional()?)
    }

    /// One line and what was in it. None if there is no such line.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn audit_entry(&self, seq: i64) -> Result<Option<AuditEntry>, StoreError> {
        let sql = "SELECT seq, at, outcome, code, reason, audit.report, audit.sha256, body
            FROM audit LEFT JOIN report ON report.report = audit.report WHERE seq = ?1";
        let read = |row: &Row<'_>| Ok(AuditEntry { line: read_line(row)?, body: row.get(7)? });
        Ok(self.connection.query_row(sql, [seq], read).optional()?)
    }
}

impl Writer<'_> {
    /// Writes a line, about a report of the store or about none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record<'a>(
        &self,
        at: Timestamp,
        outcome: AuditOutcome,
        reason: impl Into<Reason<'a>>,
        report: Option<i64>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT sha256 FROM report WHERE report = ?1";
        let sha256 = self.connection.query_row(sql, [report], |row| row.get(0)).optional()?;
        self.write_line(at, outcome, reason.into(), report, sha256)
    }

    /// Writes a line about bytes that the contract gate refused, which are not kept.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record_refused_bytes(&self, at: Timestamp, reason: Reason<'_>, sha256: [u8; 32]) -> Result<(), StoreError> {
        self.write_line(at, AuditOutcome::GateRefused, reason, None, Some(sha256))
    }

    /// Writes a line about a report that the contract gate refused: with the hash of the bytes that it refused, which are
    /// not those that were made.
    pub(super) fn record_refused_report(
        &self,
        at: Timestamp,
        reason: Reason<'_>,
        report: i64,
    ) -> Result<(), StoreError> {
        let sql = "SELECT body FROM report WHERE report = ?1";
        let body: Option<Vec<u8>> = self.connection.query_row(sql, [report], |row| row.get(0)).optional()?;
        let sha256 = body.map(|body| Sha256::digest(body).into());
        self.write_line(at, AuditOutcome::GateRefused, reason, Some(report), sha256)
    }

    fn write_line(
        &self,
        at: Timestamp,
        outcome: AuditOutcome,
        Reason { code, text }: Reason<'_>,
        report: Option<i64>,
        sha256: Option<[u8; 32]>,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO audit (at, outcome, code, reason, report, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.execute(sql, params![at, outcome, code, text, report, sha256])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn outcome_displays_its_stored_name() {
        for outcome in AuditOutcome::ALL {
            assert_eq!(format!("{outcome:<20}|"), format!("{:<20}|", outcome.name()));
        }
    }

    #[test]
    fn names_are_stable() {
        let names = AuditOutcome::ALL.map(AuditOutcome::name).join(" ");
        let stable = "made skipped not_made gate_refused delivered partially_accepted exported will_retry held refused \
            expired deleted copied";
        assert_eq!(names, stable);
    }

    #[test]
    fn lines_come_back_in_order_whatever_the_clock_said() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        for (outcome, second) in AuditOutcome::ALL.into_iter().zip((0..13).rev()) {
            let at = Timestamp::from_unix_seconds(second);
            store.write(|writer| writer.record(at, outcome, "since", None)).unwrap();
        }
        let at = Timestamp::from_unix_seconds(3);
        store
            .write(|writer| writer.record_refused_bytes(at, Reason::failure("too_many", "a metric too many"), [3; 32]))
            .unwrap();
        let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        assert!(lines.iter().map(|line| line.outcome).take(13).eq(AuditOutcome::ALL));
        let refused = AuditLine {
            seq: 14,
            at,
            outcome: AuditOutcome::GateRefused,
            code: Some("too_many".to_owned()),
            reason: "a metric too many".to_owned(),
            report: None,
            sha256: Some([3; 32]),
        };
        assert_eq!(lines.last(), Some(&refused));
        let numbers = |after, limit| -> Vec<_> {
            let lines = store.read(|snapshot| snapshot.audit(after, limit)).unwrap();
            lines.iter().map(|line| line.seq).collect()
        };
        assert_eq!(numbers(0, Some(2)), [13, 14]);
        assert_eq!(numbers(12, None), [13, 14]);
        assert!(numbers(14, None).is_empty());
        assert_eq!(store.read(|snapshot| snapshot.audit_entry(15)).unwrap(), None);
    }

    #[test]
    fn last_delivery_is_last_line_with_a_recipient() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let last = || store.read(|snapshot| snapshot.last_delivery()).unwrap().map(|line| line.outcome);
        assert_eq!(last(), None);
        let mut expected = None;
        for outcome in AuditOutcome::ALL {
            store.write(|writer| writer.record(Timestamp::from_unix_seconds(9), outcome, "", None)).unwrap();
            expected = if outcome.reached_recipient() { Some(outcome) } else { expected };
            assert_eq!(last(), expected);
        }
    }

    #[test]
    fn an_entry_shows_its_line_and_how_many_bytes_there_are() {
        let at = Timestamp::from_unix_seconds(3);
        let (outcome, reason) = (AuditOutcome::Made, String::new());
        let line = AuditLine { seq: 7, at, outcome, code: None, reason, report: None, sha256: None };
        let shown = format!("{:?}", AuditEntry { line, body: Some(vec![201; 9]) });
        assert!(shown.contains("seq: 7") && shown.contains("bytes: Some(9)") && !shown.contains("201"), "{shown}");
    }
}
