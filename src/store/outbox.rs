//! The outbox: pending reports, oldest first, as the bytes that will be sent.

use std::fmt;

use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;

use crate::clock::{Hour, Timestamp};
use crate::model::InstallGuid;

use super::sql_types::read_amount;
use super::{AuditOutcome, Reason, Snapshot, StoreError, Writer};

/// A report to be stored.
#[derive(Clone, Copy)]
pub struct NewReport<'a> {
    /// The hour it stands for.
    pub hour: Hour,
    /// When it was made.
    pub made_at: Timestamp,
    /// The bytes that will be sent.
    pub body: &'a [u8],
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl fmt::Debug for NewReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewReport").field("hour", &self.hour).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// A pending report.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingReport {
    /// Its sequence number.
    pub report: i64,
    /// The hour it stands for.
    pub hour: Hour,
    /// When it was made.
    pub made_at: Timestamp,
    /// The bytes to send.
    pub body: Vec<u8>,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// How often it was tried.
    pub attempts: u32,
}

impl fmt::Debug for PendingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("PendingReport");
        debug.field("report", &self.report).field("hour", &self.hour).field("bytes", &self.body.len());
        debug.field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// How the next round of deliveries begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// Whether the newest pending report was never held: it was not sent, or every attempt can be made again at once.
    pub has_new: bool,
    /// The report that was sent past earlier ones to this recipient and may have arrived, if there is one.
    pub sent_past: Option<i64>,
    /// The earlier ones.
    pub before: Vec<i64>,
}

/// How many reports are pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct OutboxSummary {
    /// How many reports.
    pub depth: u64,
    /// When the oldest of them was made.
    pub oldest_made_at: Option<Timestamp>,
}

/// The columns that [`read_pending`] takes.
const PENDING: &str =
    "SELECT report, hour, made_at, body, sha256, attempts FROM report WHERE pending AND report > ?1 ORDER BY report";

fn read_pending(row: &Row<'_>) -> rusqlite::Result<PendingReport> {
    Ok(PendingReport {
        report: row.get(0)?,
        hour: row.get(1)?,
        made_at: row.get(2)?,
        body: row.get(3)?,
        sha256: row.get(4)?,
        attempts: row.get(5)?,
    })
}

impl Snapshot<'_> {
    /// The oldest pending report after this one; 0 comes before all.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn next_pending(&self, after: i64) -> Result<Option<PendingReport>, StoreError> {
        Ok(self.connection.query_row(&format!("{PENDING} LIMIT 1"), [after], read_pending).optional()?)
    }

    /// How the next round of deliveries to this recipient begins.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn queue(&self, recipient: &str) -> Result<Queue, StoreError> {
        let newest = "SELECT NOT EXISTS (SELECT 1 FROM audit WHERE audit.report = report.report AND outcome = ?1)
            FROM report WHERE pending ORDER BY report DESC LIMIT 1";
        let held = [AuditOutcome::Held];
        let has_new = self.connection.query_row(newest, held, |row| row.get(0)).optional()?.unwrap_or_default();
        let marked = "SELECT max(report) FROM report WHERE pending AND sent_past_to = ?1";
        let sent_past: Option<i64> = self.connection.query_row(marked, [recipient], |row| row.get(0))?;
        let mut earlier =
            self.connection.prepare("SELECT report FROM report WHERE pending AND report < ?1 ORDER BY report")?;
        let before = earlier.query_map([sent_past], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Queue { has_new, sent_past, before })
    }

    /// Every pending report, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn pending(&self) -> Result<Vec<PendingReport>, StoreError> {
        let mut statement = self.connection.prepare(PENDING)?;
        let reports = statement.query_map([0], read_pending)?.collect::<Result<_, _>>()?;
        Ok(reports)
    }

    /// How many reports are pending.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn outbox_summary(&self) -> Result<OutboxSummary, StoreError> {
        let sql = "SELECT count(*), (SELECT made_at FROM report WHERE pending ORDER BY report LIMIT 1)
            FROM report WHERE pending";
        let read = |row: &Row<'_>| Ok(OutboxSummary { depth: read_amount(row, 0)?, oldest_made_at: row.get(1)? });
        Ok(self.connection.query_row(sql, [], read)?)
    }
}

impl Writer<'_> {
    /// Stores a report under the current install_guid, with its line in the audit log. Returns its sequence number.
    ///
    /// # Errors
    /// [`StoreError::HourReported`] if this install_guid has a report for the hour, [`StoreError::NoIdentity`] if there is no
    /// install_guid, or if the store cannot be written.
    pub fn enqueue(&self, new: NewReport<'_>) -> Result<i64, StoreError> {
        let install_guid = self.installation()?.install_guid.ok_or(StoreError::NoIdentity)?;
        let sql = "INSERT INTO report (install_guid, hour, made_at, body, sha256) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (install_guid, hour) DO NOTHING";
        let values = params![install_guid, new.hour, new.made_at, new.body, new.sha256];
        if self.connection.execute(sql, values)? == 0 {
            return Err(StoreError::HourReported);
        }
        let report = self.connection.last_insert_rowid();
        let sql = "UPDATE installation SET last_report = ?1, last_report_hour = ?2, last_report_made_at = ?3";
        self.connection.execute(sql, params![report, new.hour, new.made_at])?;
        self.record(new.made_at, AuditOutcome::Made, "", Some(report))?;
        Ok(report)
    }

    /// Records an attempt after which the report stays in the outbox.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn record_attempt<'a>(
        &self,
        report: i64,
        at: Timestamp,
        outcome: AuditOutcome,
        reason: impl Into<Reason<'a>>,
    ) -> Result<(), StoreError> {
        self.count_attempt(report)?;
        self.record(at, outcome, reason, Some(report))
    }

    /// Marks a report that is about to be sent past earlier ones to this recipient, until [`Self::unmark_sent_past`] or
    /// [`Self::finish`]: it may arrive although no response says so. False if it was marked already.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn mark_sent_past(&self, report: i64, recipient: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE report SET sent_past_to = ?2 WHERE report = ?1 AND pending AND sent_past_to IS NOT ?2";
        Ok(self.connection.execute(sql, params![report, recipient])? > 0)
    }

    /// Removes the mark of a report of which no attempt can have arrived. A response that decides about the last attempt
    /// says nothing of those before it: a mark that [`Self::mark_sent_past`] found must stay.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn unmark_sent_past(&self, report: i64) -> Result<(), StoreError> {
        self.connection.execute("UPDATE report SET sent_past_to = NULL WHERE report = ?1 AND pending", [report])?;
        Ok(())
    }

    /// Has these reports leave the outbox without another attempt, as refused. Returns how many were still pending.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn finish_left_behind(&self, reports: &[i64], at: Timestamp, reason: Reason<'_>) -> Result<u32, StoreError> {
        let mut left = 0;
        for report in reports {
            let sql = "UPDATE report SET pending = 0 WHERE report = ?1 AND pending";
            if self.connection.execute(sql, [report])? > 0 {
                self.record(at, AuditOutcome::Refused, reason, Some(*report))?;
                left += 1;
            }
        }
        Ok(left)
    }

    /// Records the attempt with which the report leaves the outbox. If it reached a recipient, a receipt is
    /// stored for the install_guid in the report. False if it was not pending any more; the attempt is recorded all the same.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn finish<'a>(
        &self,
        report: i64,
        at: Timestamp,
        outcome: AuditOutcome,
        reason: impl Into<Reason<'a>>,
        recipient: Option<&str>,
    ) -> Result<bool, StoreError> {
        self.count_attempt(report)?;
        let settled =
            self.connection.execute("UPDATE report SET pending = 0 WHERE report = ?1 AND pending", [report])?;
        match outcome {
            AuditOutcome::GateRefused => self.record_refused_report(at, reason.into(), report)?,
            _ => self.record(at, outcome, reason, Some(report))?,
        }
        let sql = "SELECT install_guid FROM report WHERE report = ?1";
        let carried: Option<InstallGuid> = self.connection.query_row(sql, [report], |row| row.get(0)).optional()?;
        if let (true, Some(recipient), Some(install_guid)) = (outcome.reached_recipient(), recipient, carried) {
            self.add_to_receipt(install_guid, recipient, at)?;
        }
        Ok(settled > 0)
    }

    fn count_attempt(&self, report: i64) -> Result<(), StoreError> {
        let sql =
            "UPDATE report SET attempts = attempts + 1, tried_overdue = overdue_since IS NOT NULL WHERE report = ?1";
        self.connection.execute(sql, [report])?;
        Ok(())
    }

    /// How many reports have their bytes in the store, and how many of them are pending.
    pub(super) fn count_reports(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE pending) FROM report";
        Ok(self.connection.query_row(sql, [], |row| Ok((read_amount(row, 0)?, read_amount(row, 1)?)))?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{Expiry, Store};

    const DAY: Duration = Duration::from_secs(24 * 3600);
    const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);

    fn day(day: u32) -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000).plus(DAY * day)
    }

    fn guid(byte: u8) -> InstallGuid {
        InstallGuid::from_random_bytes([byte; 16])
    }

    fn store(directory: &tempfile::TempDir) -> Store {
        let store = Store::open(directory.path()).unwrap();
        store.write(|writer| writer.set_identity(guid(1))).unwrap();
        store
    }

    fn report(made_at: Timestamp) -> NewReport<'static> {
        NewReport { hour: made_at.hour(), made_at, body: b"bytes", sha256: [9; 32] }
    }

    fn enqueue(store: &Store, made_at: Timestamp) -> i64 {
        store.write(|writer| writer.enqueue(report(made_at))).unwrap()
    }

    fn attempt(store: &Store, report: i64, at: Timestamp) {
        store.write(|writer| writer.record_attempt(report, at, AuditOutcome::WillRetry, "503")).unwrap();
    }

    /// How many pending reports expire.
    fn expire(store: &Store, now: Timestamp, expiry: Expiry) -> u64 {
        let pending = || store.read(|snapshot| snapshot.outbox_summary()).unwrap().depth;
        let before = pending();
        store.write(|writer| writer.expire(now, KEEP, expiry)).unwrap();
        before - pending()
    }

    fn outcomes(store: &Store) -> Vec<AuditOutcome> {
        store.read(|snapshot| Ok(snapshot.audit(0, None)?.iter().map(|line| line.outcome).collect())).unwrap()
    }

    #[test]
    fn pending_reports_keep_order_despite_clock_steps() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let first = enqueue(&store, day(5));
        let second = enqueue(&store, day(2));
        let pending: Vec<_> = store.read(|snapshot| snapshot.pending()).unwrap();
        assert_eq!(pending.iter().map(|pending| pending.report).collect::<Vec<_>>(), [first, second]);
        let summary = store.read(|snapshot| snapshot.outbox_summary()).unwrap();
        assert_eq!(summary, OutboxSummary { depth: 2, oldest_made_at: Some(day(5)) });
        attempt(&store, first, day(6));
        let oldest = store.read(|snapshot| snapshot.next_pending(0)).unwrap().unwrap();
        assert_eq!((oldest.report, oldest.attempts, oldest.body.as_slice()), (first, 1, b"bytes".as_slice()));
        let latest = store.read(|snapshot| snapshot.installation()).unwrap().last_report.unwrap();
        assert_eq!((latest.report, latest.hour, latest.made_at), (second, day(2).hour(), day(2)));
    }

    #[test]
    fn one_report_per_hour_and_install_guid() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        enqueue(&store, day(1));
        let second = store.write(|writer| writer.enqueue(report(day(1))));
        assert!(matches!(second, Err(StoreError::HourReported)), "{second:?}");
        assert_eq!(outcomes(&store), [AuditOutcome::Made]);
        store.write(|writer| writer.begin_series(guid(2), day(1).hour())).unwrap();
        enqueue(&store, day(1));
    }

    #[test]
    fn without_an_identity_there_is_no_report() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let refused = store.write(|writer| writer.enqueue(report(day(1))));
        assert!(matches!(refused, Err(StoreError::NoIdentity)), "{refused:?}");
    }

    #[test]
    fn receipt_needs_arrival_and_has_the_reports_guid() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let reports: Vec<_> = (1..=4).map(|made| enqueue(&store, day(made))).collect();
        store.write(|writer| writer.begin_series(guid(2), day(4).hour())).unwrap();
        let settle = |report: usize, at, outcome| {
            let settled =
                store.write(|w| w.finish(reports[report], day(at), outcome, "", Some("telemetry.example.org")));
            assert!(settled.unwrap());
        };
        settle(0, 5, AuditOutcome::Delivered);
        settle(1, 6, AuditOutcome::Refused);
        settle(2, 7, AuditOutcome::PartiallyAccepted);
        attempt(&store, reports[3], day(8));
        let receipts = store.read(|snapshot| snapshot.receipts()).unwrap();
        assert_eq!(receipts.len(), 1);
        assert_eq!((receipts[0].install_guid, receipts[0].reports), (guid(1), 2));
        assert_eq!((receipts[0].first_delivery, receipts[0].last_delivery), (day(5), day(7)));
        assert_eq!(store.read(|snapshot| snapshot.outbox_summary()).unwrap().depth, 1);
    }

    #[test]
    fn report_finished_elsewhere_is_only_recorded() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let report = enqueue(&store, day(1));
        let settle = |outcome| store.write(|w| w.finish(report, day(2), outcome, "", Some("example.org"))).unwrap();
        assert!(settle(AuditOutcome::Exported));
        assert!(!settle(AuditOutcome::Delivered));
        assert_eq!(outcomes(&store), [AuditOutcome::Made, AuditOutcome::Exported, AuditOutcome::Delivered]);
    }

    #[test]
    fn clock_step_expires_no_untried_report() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let report = enqueue(&store, day(0));
        attempt(&store, report, day(1));
        assert_eq!(expire(&store, day(29), Expiry::OnceTried), 0);
        assert_eq!(expire(&store, day(31), Expiry::OnceTried), 0, "the attempt was before the step");
        assert_eq!(expire(&store, day(99), Expiry::OnceTried), 0);
        attempt(&store, report, day(99));
        // The step is undone: it is not overdue, and when it is again, it is tried again first.
        assert_eq!(expire(&store, day(2), Expiry::OnceTried), 0);
        assert_eq!(expire(&store, day(40), Expiry::OnceTried), 0);
        attempt(&store, report, day(40));
        assert_eq!(expire(&store, day(40), Expiry::OnceTried), 1);
        let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        let last = lines.last().unwrap();
        assert_eq!((last.outcome, last.report, last.sha256), (AuditOutcome::Expired, Some(report), Some([9; 32])));
        assert_eq!(store.read(|snapshot| snapshot.audit_entry(last.seq)).unwrap().unwrap().body, None);
        assert_eq!(store.read(|snapshot| snapshot.outbox_summary()).unwrap().depth, 0);
    }

    #[test]
    fn a_report_shows_its_size_and_none_of_its_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        enqueue(&store, day(0));
        let pending = store.read(|snapshot| snapshot.next_pending(0)).unwrap().unwrap();
        for shown in [format!("{pending:?}"), format!("{:?}", report(day(0)))] {
            assert!(shown.contains("bytes: 5") && !shown.contains("98"), "{shown}");
        }
    }

    #[test]
    fn untried_report_expires_a_day_after_overdue() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        enqueue(&store, day(0));
        enqueue(&store, day(20));
        assert_eq!(expire(&store, day(40), Expiry::AfterGrace), 0);
        assert_eq!(expire(&store, day(40), Expiry::AfterGrace), 0);
        assert_eq!(expire(&store, day(41).minus(Duration::from_secs(1)), Expiry::AfterGrace), 0);
        assert_eq!(expire(&store, day(41), Expiry::OnceTried), 0);
        assert_eq!(expire(&store, day(41), Expiry::AfterGrace), 1);
        assert_eq!(store.read(|snapshot| snapshot.outbox_summary()).unwrap().oldest_made_at, Some(day(20)));
    }

    #[test]
    fn audit_and_delivered_bytes_expire_with_reports() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let delivered = enqueue(&store, day(0));
        let settled = |w: &Writer<'_>| w.finish(delivered, day(1), AuditOutcome::Delivered, "", Some("example.org"));
        store.write(settled).unwrap();
        enqueue(&store, day(3));
        expire(&store, day(29), Expiry::OnceTried);
        let body = |seq| store.read(|snapshot| snapshot.audit_entry(seq)).unwrap().map(|entry| entry.body);
        assert_eq!(body(2), Some(Some(b"bytes".to_vec())));
        expire(&store, day(30).plus(Duration::from_secs(1)), Expiry::OnceTried);
        assert_eq!((body(1), body(2)), (None, Some(None)), "the line of day 1 is younger than its report");
        expire(&store, day(90), Expiry::OnceTried);
        assert_eq!(outcomes(&store), [AuditOutcome::Made], "the line of a pending report stays");
        assert_eq!(store.read(|snapshot| snapshot.receipts()).unwrap().len(), 1);
    }

    #[test]
    fn round_begins_with_report_sent_past_others() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let queue_to = |recipient| store.read(|snapshot| snapshot.queue(recipient)).unwrap();
        let queue = || queue_to("example.org");
        assert_eq!(queue(), Queue::default());
        let [first, second, third] = [1, 2, 3].map(|made| enqueue(&store, day(made)));
        attempt(&store, first, day(3));
        assert_eq!(queue(), Queue { has_new: true, ..Queue::default() });
        attempt(&store, third, day(3));
        let mark = || store.write(|writer| writer.mark_sent_past(third, "example.org")).unwrap();
        assert!(mark() && !mark());
        let marked = Queue { has_new: true, sent_past: Some(third), before: vec![first, second] };
        assert_eq!(queue(), marked);
        assert_eq!(queue_to("example.com"), Queue { has_new: true, ..Queue::default() }, "another never saw it");
        let count = store.write(|writer| writer.count_reports()).unwrap();
        assert_eq!((count, store.read(|snapshot| snapshot.outbox_summary()).unwrap().depth), ((3, 3), 3));
        let next = |after| store.read(|snapshot| snapshot.next_pending(after)).unwrap().map(|pending| pending.report);
        assert_eq!([next(0), next(first), next(third)], [Some(first), Some(second), None]);
        attempt(&store, third, day(4));
        assert_eq!(queue(), marked, "an attempt without a response changes nothing");
        store.write(|writer| writer.record_attempt(third, day(5), AuditOutcome::Held, "500")).unwrap();
        assert_eq!(queue(), Queue { has_new: false, ..marked });
        store.write(|writer| writer.unmark_sent_past(third)).unwrap();
        assert_eq!(queue(), Queue::default());
    }

    #[test]
    fn left_behind_report_is_refused_while_pending() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let [first, second] = [1, 2].map(|made| enqueue(&store, day(made)));
        store.write(|w| w.finish(first, day(2), AuditOutcome::Exported, "", Some("a file"))).unwrap();
        let left =
            store.write(|writer| writer.finish_left_behind(&[first, second], day(3), "at fault".into())).unwrap();
        assert_eq!(left, 1);
        let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        let last = lines.last().unwrap();
        assert_eq!((last.outcome, last.report, last.sha256), (AuditOutcome::Refused, Some(second), Some([9; 32])));
        assert_eq!(store.read(|snapshot| snapshot.outbox_summary()).unwrap().depth, 0);
        assert_eq!(store.read(|snapshot| snapshot.receipts()).unwrap()[0].reports, 1, "it has no receipt");
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let directory = tempfile::tempdir().unwrap();
        let store = store(&directory);
        let first = enqueue(&store, day(0));
        store.purge(crate::store::Purge::KeepReceipts, day(1), DAY).unwrap();
        store.write(|writer| writer.set_identity(guid(2))).unwrap();
        assert_eq!(enqueue(&store, day(2)), first + 1);
    }
}
