//! `headcount status`: the decision and its sources, the identity, the schedule, the outbox, the last failure, the receipts.
//!
//! Reads the store while a sidecar is running, and changes nothing.

mod place;

use std::fmt::{Display, Write};

use serde::Serialize;

use place::{Copied, StoreLine};

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data};
use crate::agent::RecordedDecision;
use crate::cli::Format;
use crate::clock::Timestamp;
use crate::consent::{Approval, ConsentFile, ConsentSource, Decision, SourceState, file};
use crate::contract::diff::{self, ContractDiff};
use crate::store::{
    AuditLine, FileCreated, Installation, LastFailure, OutboxSummary, Receipt, Snapshot, Store, StoreError,
};

/// All that `status` prints.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct StatusReport {
    /// As the last `run` or `once` recorded it.
    decided_by_run: Option<RecordedDecision>,
    /// As the settings of this process decide.
    decided_here: Decision,
    /// Whether the two differ.
    differs: bool,
    store: StoreLine,
    /// What to do about a store that is a copy, for as long as the audit log says that it is one.
    pub(in crate::cli) copied: Option<Copied>,
    #[serde(flatten)]
    pub(in crate::cli) stored: StoredStatus,
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
pub(in crate::cli) struct StoredStatus {
    #[serde(flatten)]
    pub(in crate::cli) installation: Installation,
    outbox: OutboxSummary,
    last_delivery: Option<AuditLine>,
    last_failure: Option<LastFailure>,
    pub(in crate::cli) receipts: Vec<Receipt>,
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
///
/// # Errors
/// The exit status.
pub fn status(app: &App, format: Format) -> Ended {
    let stored = match app.open_store(Store::open_to_read).or_exit(Exit::Store)? {
        Some(store) => store.read(|snapshot| read(snapshot, store.file_created())).or_exit(Exit::Store)?,
        None => StoredStatus::default(),
    };
    let report = report(app, stored);
    match format {
        Format::Text => data(text(&report).as_bytes()),
        Format::Json => {
            let json = serde_json::to_string_pretty(&report).or_exit(Exit::Unexpected)?;
            data(format!("{json}\n").as_bytes())
        }
    }
}

/// Reads what the store holds.
pub(in crate::cli) fn read(snapshot: &Snapshot<'_>, born: Option<FileCreated>) -> Result<StoredStatus, StoreError> {
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

/// Adds to what is stored what the settings of this process decide, and the state of the directory.
pub(in crate::cli) fn report(app: &App, stored: StoredStatus) -> StatusReport {
    let decided_here = app.monitor().decision().clone();
    let recorded: Option<RecordedDecision> =
        stored.decision.as_deref().and_then(|text| serde_json::from_str(text).ok());
    StatusReport {
        differs: recorded.as_ref().is_some_and(|recorded| recorded.decision.state != decided_here.state),
        decided_by_run: recorded,
        decided_here,
        store: place::store_line(&app.configuration.state_dir),
        copied: place::copied(stored.is_copy, stored.copied_at),
        contract: changed_contract(app, stored.contract.as_deref()),
        stored,
    }
}

impl StatusReport {
    /// The decision that is in force: that of the last `run` or `once`, if there is one.
    pub(in crate::cli) fn decision(&self) -> &Decision {
        self.decided_by_run.as_ref().map_or(&self.decided_here, |recorded| &recorded.decision)
    }

    /// When the decision was made, and by which command.
    pub(in crate::cli) fn decided(&self) -> String {
        match &self.decided_by_run {
            Some(recorded) => format!("at {} by the last `headcount run` or `headcount once`", recorded.at),
            None => "now (no decision recorded by `headcount run` or `headcount once`)".to_owned(),
        }
    }

    /// What the settings of this process would decide, if that differs.
    pub(in crate::cli) fn note(&self) -> Option<String> {
        self.differs.then(|| format!("this shell's settings would give: {}", self.decided_here.headline()))
    }
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

/// What a source holds, after its name.
pub(in crate::cli) fn detail(source: &ConsentSource) -> &str {
    source.detail.strip_prefix("is ").unwrap_or(&source.detail)
}

/// What a source leads to, in one or two words.
pub(in crate::cli) const fn state(state: SourceState) -> &'static str {
    match state {
        SourceState::Enabled => "enabled",
        SourceState::Neutral => "-",
        SourceState::NotEnabled => "not enabled",
        SourceState::OptedOut => "opted out",
    }
}

fn text(report: &StatusReport) -> String {
    let StatusReport { store, copied, stored, contract, .. } = report;
    let decision = report.decision();
    let mut out = line("telemetry", decision.headline()) + &line("decided", report.decided()) + &sources(decision);
    if let Some(note) = report.note() {
        out.push_str(&line("note", note));
    }
    out.push_str(&contract.as_ref().map(contract_text).unwrap_or_default());
    out.push_str(&place::text(store, copied.as_ref()));
    for (label, value) in stored.facts() {
        out.push_str(&line(label, value));
    }
    for receipt in &stored.receipts {
        out.push_str(&line("receipt", receipt));
    }
    out
}

fn line(label: &str, value: impl Display) -> String {
    format!("{label:<14} {value}\n")
}

fn sources(decision: &Decision) -> String {
    let mut out = String::new();
    for source in &decision.sources {
        let _ = writeln!(out, "  {:<24} {:<12} {}", source.name, state(source.state), detail(source));
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

impl StoredStatus {
    /// Each line that is not about the decision, the store's place or a receipt: a label and its value.
    pub(in crate::cli) fn facts(&self) -> [(&'static str, String); 8] {
        let Self { installation, outbox, last_delivery, last_failure, .. } = self;
        let last_report = installation
            .last_report
            .map(|last| format!("number {} for the hour {}, created {}", last.report, last.hour, last.made_at));
        let last_delivery = last_delivery.as_ref().map(|line| {
            let what = if line.reason.is_empty() { line.outcome.name() } else { &line.reason };
            format!("{}: {what}", line.at)
        });
        let oldest = outbox.oldest_made_at.map(|at| format!("{} pending, oldest {at}", outbox.depth));
        let failure = last_failure.as_ref().map(|failure| format!("{}: {}", failure.at, failure.text));
        [
            ("install_guid", or(installation.install_guid, "none")),
            ("baseline", or(installation.baseline_at, "never")),
            ("last scrape", or(installation.last_scrape_at, "never")),
            ("last report", or(last_report, "never")),
            ("last delivery", or(last_delivery, "never")),
            ("next report", or(installation.next_report_at, "not scheduled")),
            ("outbox", or(oldest, "empty")),
            ("last failure", or(failure, "none")),
        ]
    }
}

fn or(value: Option<impl Display>, absent: &str) -> String {
    value.map_or_else(|| absent.to_owned(), |value| value.to_string())
}
