//! `headcount status`: consent and its reasons, the identity, the schedule, the outbox, the last failure, the receipts.
//!
//! Reads the store beside a running sidecar and changes nothing. What `run` decided is shown as `run` decided it.

mod place;

use std::fmt::Write;

use serde::Serialize;

use place::{Copied, StoreLine};

use super::app::{App, contract};
use super::exit::Exit;
use super::output::{data, fail};
use crate::agent::RecordedDecision;
use crate::clock::Timestamp;
use crate::config::Format;
use crate::consent::{Approval, ConsentFile, Decision, SourceState, file};
use crate::contract::news::{self, News};
use crate::store::{AuditLine, Born, Installation, OutboxSummary, Receipt, Snapshot, Store, StoreError};

/// Everything that `status` says.
#[derive(Debug, Serialize)]
struct Status {
    /// As the last `run` or `once` decided, if there was one.
    decided_by_run: Option<RecordedDecision>,
    /// As this command's own environment would decide.
    decided_here: Decision,
    /// Whether the two differ.
    differs: bool,
    store: StoreLine,
    /// What to do about a store that is a copy, for as long as the audit says that it is one.
    copied: Option<Copied>,
    install_guid: Option<String>,
    baseline: Option<String>,
    series_start: Option<String>,
    last_scrape: Option<String>,
    last_report: Option<LastReport>,
    last_delivery: Option<LastDelivery>,
    next_report: Option<String>,
    outbox: Outbox,
    last_failure: Option<Failure>,
    receipts: Vec<ReceiptLine>,
    /// What this program's contract says that the one in the consent file does not, if they differ.
    contract: Option<ContractNews>,
}

/// How the approved contract and this program's differ.
#[derive(Debug, Serialize)]
struct ContractNews {
    approved: String,
    current: String,
    /// Absent if the approved contract was never in force here.
    news: Option<News>,
}

#[derive(Debug, Serialize)]
struct LastReport {
    report: i64,
    hour: String,
    made: String,
}

/// The last report that reached a recipient.
#[derive(Debug, Serialize)]
struct LastDelivery {
    report: Option<i64>,
    at: String,
    /// As in the audit.
    outcome: &'static str,
    what: String,
}

#[derive(Debug, Serialize, Default)]
struct Outbox {
    depth: u64,
    oldest: Option<String>,
}

#[derive(Debug, Serialize)]
struct Failure {
    at: String,
    what: String,
}

#[derive(Debug, Serialize)]
struct ReceiptLine {
    install_guid: String,
    recipient: String,
    first_delivery: String,
    last_delivery: String,
    reports: u64,
}

/// What the store says, read in one transaction.
#[derive(Debug, Default)]
struct Kept {
    installation: Installation,
    outbox: OutboxSummary,
    delivery: Option<AuditLine>,
    recorded: Option<String>,
    contract: Option<String>,
    failure: Option<crate::store::Failure>,
    receipts: Vec<Receipt>,
    is_copy: bool,
    copied_at: Option<Timestamp>,
}

/// Prints the status.
pub fn status(app: &App, format: Format) -> Exit {
    let kept = match Store::open_beside(&app.configuration.state_dir) {
        Ok(Some(store)) => store.read(|snapshot| read(snapshot, store.born())),
        Ok(None) => Ok(Kept::default()),
        Err(error) => Err(error),
    };
    let kept = match kept {
        Ok(kept) => kept,
        Err(error) => return fail(Exit::Store, &error),
    };
    let contract = contract_news(app, kept.contract.as_deref());
    let store = place::store_line(&app.configuration.state_dir);
    let status = Status { contract, store, ..describe(kept, app.monitor().decision()) };
    match format {
        Format::Text => data(text(&status).as_bytes()),
        Format::Json => match serde_json::to_string_pretty(&status) {
            Ok(json) => data(format!("{json}\n").as_bytes()),
            Err(error) => fail(Exit::Unexpected, &error),
        },
    }
}

fn read(snapshot: &Snapshot<'_>, born: Option<Born>) -> Result<Kept, StoreError> {
    Ok(Kept {
        installation: snapshot.installation()?,
        outbox: snapshot.outbox_summary()?,
        delivery: snapshot.last_delivery()?,
        recorded: snapshot.decision()?,
        contract: snapshot.contract()?,
        failure: snapshot.last_failure()?,
        receipts: snapshot.receipts()?,
        is_copy: snapshot.is_copy(born)?,
        copied_at: snapshot.copied_at()?,
    })
}

fn describe(kept: Kept, here: &Decision) -> Status {
    let recorded: Option<RecordedDecision> = kept.recorded.and_then(|text| serde_json::from_str(&text).ok());
    let installation = kept.installation;
    let shown = |at: Option<Timestamp>| at.map(|at| at.to_string());
    Status {
        differs: recorded.as_ref().is_some_and(|recorded| recorded.decision.state != here.state),
        decided_by_run: recorded,
        decided_here: here.clone(),
        store: StoreLine::default(),
        copied: place::copied(kept.is_copy, kept.copied_at),
        install_guid: installation.install_guid.map(|guid| guid.to_string()),
        baseline: shown(installation.baseline_at),
        series_start: installation.start.map(|hour| hour.to_string()),
        last_scrape: shown(installation.last_scrape_at),
        last_report: installation.last_report.map(|last| LastReport {
            report: last.report,
            hour: last.hour.to_string(),
            made: last.made_at.to_string(),
        }),
        last_delivery: kept.delivery.map(last_delivery),
        next_report: shown(installation.next_report_at),
        outbox: Outbox { depth: kept.outbox.depth, oldest: shown(kept.outbox.oldest_made_at) },
        last_failure: kept.failure.map(|failure| Failure { at: failure.at.to_string(), what: failure.text }),
        receipts: kept.receipts.iter().map(receipt_line).collect(),
        contract: None,
    }
}

/// What is new, where the consent file approves another contract. `known` is the one that was last in force here.
fn contract_news(app: &App, known: Option<&str>) -> Option<ContractNews> {
    let consent_file = app.configuration.consent.consent_file.as_deref()?;
    let ConsentFile::Granted(Approval { contract: Some(approved), .. }) = file::read(consent_file) else { return None };
    let (current, text) = (contract().hash(), contract().canonical_text());
    if approved == current {
        return None;
    }
    let news = known.filter(|known| news::hash(known) == approved).map(|known| news::news(known, &text));
    Some(ContractNews { approved, current, news })
}

fn last_delivery(line: AuditLine) -> LastDelivery {
    let what = if line.reason.is_empty() { line.outcome.name().to_owned() } else { line.reason };
    LastDelivery { report: line.report, at: line.at.to_string(), outcome: line.outcome.name(), what }
}

fn receipt_line(receipt: &Receipt) -> ReceiptLine {
    ReceiptLine {
        install_guid: receipt.install_guid.to_string(),
        recipient: receipt.recipient.clone(),
        first_delivery: receipt.first_delivery.to_string(),
        last_delivery: receipt.last_delivery.to_string(),
        reports: receipt.reports,
    }
}

const fn state(state: SourceState) -> &'static str {
    match state {
        SourceState::Enabled => "enabled",
        SourceState::Neutral => "-",
        SourceState::NotEnabled => "not enabled",
        SourceState::OptedOut => "opted out",
    }
}

fn contract_text(contract: &ContractNews) -> String {
    let ContractNews { approved, current, news } = contract;
    let mut out =
        format!("contract       {approved} is approved in the consent file, and this program's is {current}\n");
    let Some(News { added, removed }) = news else {
        return out + "  the approved one was never in force here; compare its disclosure with `headcount disclose`\n";
    };
    let lines = added.iter().map(|line| ("new ", line)).chain(removed.iter().map(|line| ("gone", line)));
    for (what, line) in lines {
        let _ = writeln!(out, "  {what}  {line}");
    }
    out
}

fn text(status: &Status) -> String {
    let mut out = String::new();
    let decision = status.decided_by_run.as_ref().map_or(&status.decided_here, |recorded| &recorded.decision);
    let _ = writeln!(out, "telemetry      {}", decision.headline());
    match &status.decided_by_run {
        Some(recorded) => writeln!(out, "decided        by the last `headcount run` or `once`, at {}", recorded.at),
        None => writeln!(out, "decided        here; no `headcount run` or `once` has recorded a decision yet"),
    }
    .unwrap_or_default();
    for source in &decision.sources {
        let _ = writeln!(out, "  {:<24} {:<12} {}", source.name, state(source.state), source.detail);
        if !source.remedy.is_empty() {
            let _ = writeln!(out, "  {:<24} {:<12} -> {}", "", "", source.remedy);
        }
    }
    if status.differs {
        let _ = writeln!(
            out,
            "note           this command's own environment would decide otherwise: {}",
            status.decided_here.headline()
        );
    }
    if let Some(contract) = &status.contract {
        out.push_str(&contract_text(contract));
    }
    out.push_str(&place::text(&status.store, status.copied.as_ref()));
    let or = |value: &Option<String>, otherwise: &str| value.clone().unwrap_or_else(|| otherwise.to_owned());
    let _ = writeln!(out, "install_guid   {}", or(&status.install_guid, "not made yet"));
    let _ = writeln!(out, "baseline       {}", or(&status.baseline, "not made yet"));
    let _ = writeln!(out, "last scrape    {}", or(&status.last_scrape, "none was complete yet"));
    let last = status.last_report.as_ref();
    let last = last.map(|last| format!("number {} for the hour {}, made {}", last.report, last.hour, last.made));
    let _ = writeln!(out, "last report    {}", or(&last, "none yet"));
    let last = status.last_delivery.as_ref();
    let last = last.map(|LastDelivery { at, what, .. }| format!("{at}: {what}"));
    let _ = writeln!(out, "last delivery  {}", or(&last, "none yet"));
    let _ = writeln!(out, "next report    {}", or(&status.next_report, "not planned yet"));
    let oldest = status.outbox.oldest.as_ref().map(|at| format!(", the oldest from {at}")).unwrap_or_default();
    let _ = writeln!(out, "outbox         {} waiting{oldest}", status.outbox.depth);
    let failure = status.last_failure.as_ref().map(|failure| format!("{}: {}", failure.at, failure.what));
    let _ = writeln!(out, "last failure   {}", or(&failure, "none"));
    for ReceiptLine { install_guid, recipient, first_delivery, last_delivery, reports } in &status.receipts {
        let _ = writeln!(
            out,
            "receipt        {reports} delivered to {recipient} as {install_guid}, {first_delivery} to {last_delivery}"
        );
    }
    out
}
