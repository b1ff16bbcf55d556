//! `headcount status`: the decision and its sources, the identity, the schedule, the outbox, the last failure, the receipts.
//!
//! Reads the store while a sidecar is running, and changes nothing.

mod place;

use std::fmt::{Display, Write};

use serde::Serialize;

use place::{Copied, StoreLine};

use super::app::App;
use super::exit::Exit;
use super::output::{data, fail};
use crate::agent::RecordedDecision;
use crate::cli::Format;
use crate::clock::Timestamp;
use crate::consent::{Approval, ConsentFile, Decision, SourceState, file};
use crate::contract::diff::{self, ContractDiff};
use crate::store::{
    AuditLine, FileCreated, Installation, LastFailure, OutboxSummary, Receipt, Snapshot, Store, StoreError,
};

/// All that `status` prints.
#[derive(Debug, Serialize)]
struct StatusReport {
    /// As the last `run` or `once` recorded it.
    decided_by_run: Option<RecordedDecision>,
    /// As the settings of this process decide.
    decided_here: Decision,
    /// Whether the two differ.
    differs: bool,
    store: StoreLine,
    /// What to do about a store that is a copy, for as long as the audit log says that it is one.
    copied: Option<Copied>,
    #[serde(flatten)]
    stored: StoredStatus,
    /// How this program's contract differs from the one that the consent file approves.
    contract: Option<ChangedContract>,
}

/// How the approved contract and this program's differ.
#[derive(Debug, Serialize)]
struct ChangedContract {
    approved: String,
    current: String,
    /// Absent if the approved contract was never in force here.
    diff: Option<ContractDiff>,
}

/// What the store holds, read in one transaction.
#[derive(Debug, Default, Serialize)]
struct StoredStatus {
    #[serde(flatten)]
    installation: Installation,
    outbox: OutboxSummary,
    last_delivery: Option<AuditLine>,
    last_failure: Option<LastFailure>,
    receipts: Vec<Receipt>,
    #[serde(skip)]
    decision: Option<String>,
    #[serde(skip)]
    contract: Option<String>,
    #[serde(skip)]
    is_copy: bool,
    #[serde(skip)]
    copied_at: Option<Timestamp>,
}

/// Prints the status.
pub fn status(app: &App, format: Format) -> Exit {
    let directory = &app.configuration.state_dir;
    let stored = match app.open_store(Store::open_to_read) {
        Ok(Some(store)) => store.read(|snapshot| read(snapshot, store.file_created())),
        Ok(None) => Ok(StoredStatus::default()),
        Err(error) => Err(error),
    };
    let stored = match stored {
        Ok(stored) => stored,
        Err(error) => return fail(Exit::Store, &error),
    };
    let decided_here = app.monitor().decision().clone();
    let recorded: Option<RecordedDecision> =
        stored.decision.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let report = StatusReport {
        differs: recorded.as_ref().is_some_and(|recorded| recorded.decision.state != decided_here.state),
        decided_by_run: recorded,
        decided_here,
        store: place::store_line(directory),
        copied: place::copied(stored.is_copy, stored.copied_at),
        contract: changed_contract(app, stored.contract.as_deref()),
        stored,
    };
    match format {
        Format::Text => data(text(&report).as_bytes()),
        Format::Json => match serde_json::to_string_pretty(&report) {
            Ok(json) => data(format!("{json}\n").as_bytes()),
            Err(error) => fail(Exit::Unexpected, &error),
        },
    }
}

fn read(snapshot: &Snapshot<'_>, born: Option<FileCreated>) -> Result<StoredStatus, StoreError> {
    Ok(StoredStatus {
        installation: snapshot.installation()?,
        outbox: snapshot.outbox_summary()?,
        last_delivery: snapshot.last_delivery()?,
        last_failure: snapshot.last_failure()?,
        receipts: snapshot.receipts()?,
        decision: snapshot.decision()?,
        contract: snapshot.contract()?,
        is_copy: snapshot.is_copy(born)?,
        copied_at: snapshot.copied_at()?,
    })
}

/// What is new, where the consent file approves another contract. `known` is the one that was last in force here.
fn changed_contract(app: &App, known: Option<&str>) -> Option<ChangedContract> {
    let consent_file = app.configuration.consent.consent_file.as_deref()?;
    let ConsentFile::Granted(Approval { contract: Some(approved), .. }) = file::read(consent_file) else { return None };
    let text = app.contract().terms().canonical_text();
    let current = diff::hash(&text);
    if approved == current {
        return None;
    }
    let diff = known.filter(|known| diff::hash(known) == approved).map(|known| diff::compare(known, &text));
    Some(ChangedContract { approved, current, diff })
}

const fn state(state: SourceState) -> &'static str {
    match state {
        SourceState::Enabled => "enabled",
        SourceState::Neutral => "-",
        SourceState::NotEnabled => "not enabled",
        SourceState::OptedOut => "opted out",
    }
}

fn text(report: &StatusReport) -> String {
    let StatusReport { decided_by_run, decided_here, differs, store, copied, stored, contract } = report;
    let decision = decided_by_run.as_ref().map_or(decided_here, |recorded| &recorded.decision);
    let decided = match decided_by_run {
        Some(recorded) => format!("at {} by the last `headcount run` or `headcount once`", recorded.at),
        None => "now (no decision recorded by `headcount run` or `headcount once`)".to_owned(),
    };
    let mut out = line("telemetry", decision.headline()) + &line("decided", decided) + &sources(decision);
    if *differs {
        out.push_str(&line("note", format!("this shell's settings would give: {}", decided_here.headline())));
    }
    out.push_str(&contract.as_ref().map(contract_text).unwrap_or_default());
    out.push_str(&place::text(store, copied.as_ref()));
    out + &stored_text(stored)
}

fn line(label: &str, value: impl Display) -> String {
    format!("{label:<14} {value}\n")
}

fn sources(decision: &Decision) -> String {
    let mut out = String::new();
    for source in &decision.sources {
        let detail = source.detail.strip_prefix("is ").unwrap_or(&source.detail);
        let _ = writeln!(out, "  {:<24} {:<12} {detail}", source.name, state(source.state));
        if !source.remedy.is_empty() {
            let _ = writeln!(out, "  {:<24} {:<12} hint: {}", "", "", source.remedy);
        }
    }
    out
}

fn contract_text(contract: &ChangedContract) -> String {
    let ChangedContract { approved, current, diff } = contract;
    let mut out = line("contract", format!("the consent file approves {approved}; this version uses {current}"));
    let Some(ContractDiff { added, removed }) = diff else {
        return out + "  the approved contract was never in force here; compare it with `headcount disclose`\n";
    };
    let lines = added.iter().map(|line| ("new ", line)).chain(removed.iter().map(|line| ("gone", line)));
    for (what, line) in lines {
        let _ = writeln!(out, "  {what}  {line}");
    }
    out
}

fn stored_text(stored: &StoredStatus) -> String {
    let StoredStatus { installation, outbox, last_delivery, last_failure, receipts, .. } = stored;
    let last_report = installation
        .last_report
        .map(|last| format!("number {} for the hour {}, created {}", last.report, last.hour, last.made_at));
    let last_delivery = last_delivery.as_ref().map(|line| {
        let what = if line.reason.is_empty() { line.outcome.name() } else { &line.reason };
        format!("{}: {what}", line.at)
    });
    let oldest = outbox.oldest_made_at.map(|at| format!("{} pending, oldest {at}", outbox.depth));
    let failure = last_failure.as_ref().map(|failure| format!("{}: {}", failure.at, failure.text));
    let mut out = [
        line("install_guid", or(installation.install_guid, "none")),
        line("baseline", or(installation.baseline_at, "never")),
        line("last scrape", or(installation.last_scrape_at, "never")),
        line("last report", or(last_report, "never")),
        line("last delivery", or(last_delivery, "never")),
        line("next report", or(installation.next_report_at, "not scheduled")),
        line("outbox", or(oldest, "empty")),
        line("last failure", or(failure, "none")),
    ]
    .concat();
    for receipt in receipts {
        out.push_str(&line("receipt", receipt));
    }
    out
}

fn or(value: Option<impl Display>, absent: &str) -> String {
    value.map_or_else(|| absent.to_owned(), |value| value.to_string())
}
