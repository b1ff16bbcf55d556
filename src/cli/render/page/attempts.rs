//! The audit log, pending reports and receipts.

use maud::{Markup, html};

use super::parts::{closed, marked, name, number, table, time};
use super::{Attempt, AttemptBody};
use crate::cli::render::plural;
use crate::cli::status::StatusReport;
use crate::contract::{ATTRIBUTE_NAME, ApprovedReport};
use crate::store::PendingReport;

/// So many attempts are shown at first.
const AT_FIRST: usize = 25;

/// Every attempt, the newest first.
pub(super) fn all(attempts: &[Attempt]) -> Markup {
    let (newest, earlier) = attempts.split_at(attempts.len().min(AT_FIRST));
    html! {
        p {
            "Each attempt to make or send a report, and each deletion, the newest first: the lines of "
            code { "headcount audit" } ". Open one for its hash and its content."
        }
        @if attempts.is_empty() { p class="none" { "None." } }
        (list(newest))
        @if !earlier.is_empty() { (closed(&plural(earlier.len(), "earlier attempt"), &list(earlier))) }
    }
}

fn list(attempts: &[Attempt]) -> Markup {
    html! { @for attempt in attempts { (one(attempt)) } }
}

fn one(Attempt { line, body }: &Attempt) -> Markup {
    let hash = line.sha256_hex();
    html! {
        details class="attempt" id={ "line-" (line.seq) } {
            summary {
                (time(line.at)) " "
                strong class={ "outcome " (line.outcome.name()) } { (line.outcome.name()) } " "
                @if let Some(report) = line.report { span { "report " (report) } " " }
                @if let Some(hash) = &hash { code class="short" { (hash.chars().take(12).collect::<String>()) "…" } }
            }
            @if !line.reason.is_empty() { p class="reason" { (marked(&line.reason)) } }
            dl {
                div { dt { "Line" } dd class="seq" { (line.seq) } }
                @if let Some(code) = &line.code { div { dt { "Code" } dd { code { (code) } } } }
                @if let Some(hash) = &hash { div { dt { "SHA-256" } dd { code class="sha256" { (hash) } } } }
            }
            @match body {
                AttemptBody::Report(report) => (content(line.report, report)),
                AttemptBody::With(later) => p { a href={ "#line-" (later) } { "The content is with line " (later) } "." },
                AttemptBody::Modified => p class="warning" {
                    strong { "Warning: " } "the stored bytes are not those of the report that was made. "
                    "Check who can write to the state directory."
                },
                AttemptBody::Nothing => p class="none" { "No report is stored for this line." },
            }
        }
    }
}

/// What a report says, without what its numbers count.
fn content(report: Option<i64>, approved: &ApprovedReport) -> Markup {
    let rows = approved.contents().numbers().map(|(instrument, value)| [name(instrument.name), number(value)]);
    let caption = report.map_or_else(|| "Numbers".to_owned(), |report| format!("Numbers of report {report}"));
    html! { (facts(approved)) (table(&caption, ["Metric", "Number"], rows)) }
}

/// What a report says apart from its numbers.
pub(super) fn facts(approved: &ApprovedReport) -> Markup {
    let contents = approved.contents();
    html! {
        dl {
            div { dt { (ATTRIBUTE_NAME) } dd { code { (contents.install_guid) } } }
            div { dt { "Start of creations" } dd { (time(contents.start)) } }
            div { dt { "Hour of the scrape" } dd { (time(contents.time)) } }
            div { dt { "Contract" } dd { "version " (contents.contract.version) } }
            div { dt { "Size" } dd { (approved.bytes().len()) " bytes of OTLP protobuf" } }
        }
    }
}

/// Pending reports.
pub(super) fn pending(pending: &[PendingReport]) -> Markup {
    let rows = pending.iter().map(|report| {
        [html! { (report.report) }, time(report.hour), time(report.made_at), html! { (report.attempts) }]
    });
    html! {
        @if pending.is_empty() {
            p class="none" { "None." }
        } @else {
            p { "These reports are stored and were not delivered. The attempts below have their content." }
            (table("All pending reports", ["Report", "Hour", "Created", "Attempts"], rows))
        }
    }
}

/// Receipts, and what they are for.
pub(super) fn receipts(status: &StatusReport) -> Markup {
    let receipts = &status.stored.receipts;
    let rows = receipts.iter().map(|receipt| {
        [
            html! { code { (receipt.install_guid) } },
            html! { (receipt.recipient) },
            number(receipt.reports),
            time(receipt.first_delivery),
            time(receipt.last_delivery),
        ]
    });
    html! {
        @if receipts.is_empty() {
            p class="none" { "No recipient accepted a report." }
        } @else {
            (table("Receipts", [ATTRIBUTE_NAME, "Recipient", "Reports", "First delivery", "Last delivery"], rows))
        }
        p {
            "To have a recipient delete what it received, send it the " code { (ATTRIBUTE_NAME) } " of the receipt, and ask that the "
            "series with this " code { (ATTRIBUTE_NAME) } " be deleted. Receipts stay after you opt out, for this purpose, until "
            code { "headcount erase" } ". A host that rejected a report has received it too: see the attempts."
        }
    }
}
