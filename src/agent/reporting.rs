//! Making a report: draft, bytes, gate, and one transaction that writes the outbox, the audit and the identity together.
//!
//! Must not know how reports travel.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::schedule;
use crate::clock::{Hour, Timestamp};
use crate::config::ScheduleSettings;
use crate::context::Context;
use crate::contract::{ApprovedReport, Contract, GateError};
use crate::error_chain::{Describe, Description, sentence};
use crate::model::{InstallGuid, Totals};
use crate::random::{self, RandomError};
use crate::report;
use crate::report::draft::{Basis, Draft, NoDraft, draft};
use crate::store::{AuditOutcome, Installation, NewReport, Reason, Store, StoreError, Writer};

/// The result of a report that was due.
#[derive(Debug)]
pub enum Made {
    /// It is in the outbox.
    Report {
        /// Its sequence number.
        number: i64,
        /// Its hour.
        hour: Hour,
        /// Whose it is.
        install_guid: InstallGuid,
    },
    /// There was none to make, and the audit log says why.
    Skipped(NoDraft),
    /// The contract check blocked it, and the audit log says so.
    Refused(GateError),
}

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No install_guid could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Describe for ReportError {
    fn describe(&self) -> Description {
        match self {
            Self::Store(error) => error.describe(),
            Self::Random(error) => error.describe(),
        }
    }
}

/// Makes the report that is due, from the latest complete scrape. The next one is planned in the same transaction, made or
/// not, so that no crash comes between a report and the slot after it.
///
/// # Errors
/// If the store cannot be used; nothing has changed then.
pub fn make_report(
    contract: &'static Contract,
    store: &Store,
    wanted: Option<InstallGuid>,
    context: &Context,
    schedule: &ScheduleSettings,
) -> Result<Made, ReportError> {
    let fresh = InstallGuid::from_random_bytes(random::sixteen_bytes(context.random.as_ref())?);
    let now = context.clock.now();
    store.write(|writer| {
        let installation = writer.installation()?;
        let random = || random::number(context.random.as_ref());
        let is_first = installation.last_report.is_none();
        let next = schedule::slot_after_report(installation.next_report_at, now, schedule, is_first, random)?;
        writer.set_next_report(Some(next))?;
        let basis = basis(&installation, wanted, writer.totals()?);
        match draft(&basis) {
            Ok(draft) => Ok(write_report(contract, writer, &draft, fresh, now)?),
            Err(reason) => {
                let text = sentence(&reason);
                let why = Reason::failure(reason.describe().code, &text);
                writer.record(now, AuditOutcome::Skipped, why, None)?;
                Ok(Made::Skipped(reason))
            }
        }
    })
}

/// What the next report rests on, as the store has it.
#[must_use]
pub fn basis(installation: &Installation, wanted: Option<InstallGuid>, totals: Totals) -> Basis {
    Basis {
        identity: installation.install_guid,
        wanted,
        start: installation.start,
        scraped_at: installation.last_scrape_at,
        last_report: installation.last_report.as_ref().map(|last| last.hour),
        totals,
    }
}

/// A draft's bytes, if the gate lets them pass. `fresh` is the identity to use where the draft has none.
///
/// # Errors
/// If the gate refuses.
pub fn approved(contract: &'static Contract, draft: &Draft, fresh: InstallGuid) -> Result<ApprovedReport, GateError> {
    contract.approve(encoded(contract, draft, fresh))
}

fn encoded(contract: &Contract, draft: &Draft, fresh: InstallGuid) -> Bytes {
    let identity = draft.identity.unwrap_or(fresh);
    report::encode(&report::build(contract, &identity, draft.start, draft.at, &draft.totals))
}

fn write_report(
    contract: &'static Contract,
    writer: &Writer<'_>,
    draft: &Draft,
    fresh: InstallGuid,
    now: Timestamp,
) -> Result<Made, StoreError> {
    let bytes = encoded(contract, draft, fresh);
    let sha256 = Sha256::digest(&bytes).into();
    let approved = match contract.approve(bytes) {
        Ok(approved) => approved,
        Err(refusal) => {
            let text = sentence(&refusal);
            writer.record_refused_bytes(now, Reason::failure(refusal.describe().code, &text), sha256)?;
            return Ok(Made::Refused(refusal));
        }
    };
    let install_guid = draft.identity.unwrap_or(fresh);
    if draft.begins_series {
        writer.begin_series(install_guid, draft.start)?;
    } else {
        writer.set_identity(install_guid)?;
    }
    let body = approved.bytes();
    let number = writer.enqueue(NewReport { hour: draft.at, made_at: now, body, sha256 })?;
    Ok(Made::Report { number, hour: draft.at, install_guid })
}
