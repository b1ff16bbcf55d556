//! What is recorded of an attempt to deliver a report, in one transaction with what follows from it.
//!
//! Must not know how a round goes on.

use super::offering::Ruling;
use super::stored::Blocked;
use crate::clock::Timestamp;
use crate::delivery::{PrepareError, SendOutcome};
use crate::error_chain::{Describe as _, Explanation};
use crate::store::{AuditOutcome, PendingReport, Reason, Store, StoreError, Writer};

/// The code of a delivery of which the endpoint rejected data points.
pub(super) const POINTS_REJECTED: &str = "points_rejected";
/// The code of a report that was not accepted, although a later one was.
pub(super) const REPORT_LEFT_BEHIND: &str = "report_left_behind";

/// What is recorded with an attempt.
#[derive(Clone, Copy)]
pub(super) struct AttemptRecord<'a> {
    pub(super) recipient: &'a str,
    pub(super) now: Timestamp,
    /// The report was sent past others for the first time, and cannot have arrived.
    pub(super) did_not_arrive: bool,
}

/// Records an attempt and what it decides, in one transaction. Returns how many reports are left behind.
pub(super) fn record(
    store: &Store,
    pending: &PendingReport,
    outcome: &SendOutcome,
    ruling: &Ruling,
    AttemptRecord { recipient, now, did_not_arrive }: AttemptRecord<'_>,
) -> Result<u32, StoreError> {
    let number = pending.report;
    let (audited, text) = (audited(outcome), outcome.to_string());
    let reason = Reason { code: failure(outcome), text: &text };
    store.write(|writer| match ruling {
        Ruling::Delivered { at_fault } => {
            writer.finish(number, now, audited, reason, Some(recipient))?;
            let text = format!("endpoint accepted the later report {number}; not sent again");
            writer.finish_left_behind(at_fault, now, Reason::failure(REPORT_LEFT_BEHIND, &text))
        }
        Ruling::Refused => writer.finish(number, now, audited, reason, Some(recipient)).map(|_| 0),
        Ruling::Held | Ruling::End => {
            if did_not_arrive {
                writer.unmark_sent_past(number)?;
            }
            writer.record_attempt(number, now, audited, reason).map(|()| 0)
        }
    })
}

/// The code of an attempt that failed.
fn failure(outcome: &SendOutcome) -> Option<&'static str> {
    match outcome {
        SendOutcome::Delivered | SendOutcome::DeliveredWith(_) => None,
        SendOutcome::PartiallyAccepted { .. } => Some(POINTS_REJECTED),
        other => Some(other.code()),
    }
}

const fn audited(outcome: &SendOutcome) -> AuditOutcome {
    match outcome {
        SendOutcome::Delivered | SendOutcome::DeliveredWith(_) => AuditOutcome::Delivered,
        SendOutcome::PartiallyAccepted { .. } => AuditOutcome::PartiallyAccepted,
        SendOutcome::Refused { .. } => AuditOutcome::Refused,
        SendOutcome::Retry { .. } | SendOutcome::Revoked => AuditOutcome::WillRetry,
        SendOutcome::Held { .. } | SendOutcome::Ambiguous { .. } => AuditOutcome::Held,
    }
}

/// Records that the contract check blocked a stored report, which leaves the outbox.
pub(super) fn block(store: &Store, report: i64, now: Timestamp, blocked: &Blocked) -> Result<(), StoreError> {
    let text = blocked.to_string();
    let reason = Reason::failure(blocked.code(), &text);
    store.write(|writer: &Writer<'_>| writer.finish(report, now, AuditOutcome::GateRefused, reason, None)).map(drop)
}

/// Records that no attempt can be made before the operator fixes something.
pub(super) fn hold(
    store: &Store,
    report: i64,
    now: Timestamp,
    error: &PrepareError,
) -> Result<Explanation, StoreError> {
    let reason = Explanation::of(error);
    let text = reason.to_string();
    let why = Reason::failure(error.describe().code, &text);
    store.write(|writer| writer.record_attempt(report, now, AuditOutcome::Held, why))?;
    Ok(reason)
}
