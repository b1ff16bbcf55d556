//! Deletes what is older than HEADCOUNT_KEEP.

use std::time::Duration;

use rusqlite::params;

use crate::clock::Timestamp;

use super::{AuditOutcome, StoreError, Writer};

/// How long an overdue report is kept where no delivery is attempted: the clock may have stepped forward by mistake, and a day
/// is enough to notice.
const GRACE: Duration = Duration::from_secs(24 * 3600);

/// When a report that is older than `--keep` is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Once it has been tried after it was seen to be overdue: where there is an endpoint. After a step of the clock, or a
    /// long sleep, nothing is lost before it has been tried.
    OnceTried,
    /// Also a day after it was seen to be overdue: where no delivery is attempted, since reports are exported.
    AfterGrace,
}

impl Writer<'_> {
    /// Deletes what is older than `keep`: pending reports, by the rule of `expiry`, with an audit line for each; the bytes of
    /// other reports; and audit lines. Call it before each round of deliveries: the first call
    /// that finds a report overdue only marks it.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn expire(&self, now: Timestamp, keep: Duration, expiry: Expiry) -> Result<(), StoreError> {
        let limit = now.minus(keep);
        for report in self.overdue(now, limit, expiry)? {
            self.record(now, AuditOutcome::Expired, "older than --keep, and never delivered", Some(report))?;
            self.connection.execute("DELETE FROM report WHERE report = ?1", [report])?;
        }
        self.connection.execute("DELETE FROM report WHERE NOT pending AND made_at < ?1", [limit])?;
        // The lines of a pending report stay.
        let sql = "DELETE FROM audit WHERE at < ?1
            AND (report IS NULL OR report NOT IN (SELECT report FROM report WHERE pending))";
        self.connection.execute(sql, [limit])?;
        Ok(())
    }

    fn overdue(&self, now: Timestamp, limit: Timestamp, expiry: Expiry) -> Result<Vec<i64>, StoreError> {
        // A clock that stepped forward and back again leaves no mark behind.
        let unmark = "UPDATE report SET overdue_since = NULL, tried_overdue = 0
            WHERE overdue_since IS NOT NULL AND (made_at >= ?1 OR overdue_since > ?2)";
        self.connection.execute(unmark, params![limit, now])?;
        let sql = "SELECT report FROM report WHERE pending AND overdue_since IS NOT NULL
            AND (tried_overdue OR (?1 AND overdue_since <= ?2)) ORDER BY report";
        let mut statement = self.connection.prepare(sql)?;
        let by_age = expiry == Expiry::AfterGrace;
        let reports = statement.query_map(params![by_age, now.minus(GRACE)], |row| row.get(0))?;
        let reports = reports.collect::<Result<_, _>>()?;
        let mark = "UPDATE report SET overdue_since = ?2 WHERE pending AND made_at < ?1 AND overdue_since IS NULL";
        self.connection.execute(mark, params![limit, now])?;
        Ok(reports)
    }
}
