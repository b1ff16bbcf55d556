//! The local page as one HTML document: a pure function of what was read.
//!
//! The document needs nothing else: no script, no image and no request. Must not know where it goes.

mod attempts;
mod charts;
mod parts;
mod reports;
mod terms;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::cli::status::{self, StatusReport};
use crate::clock::Timestamp;
use crate::contract::{ApprovedReport, Contract};
use crate::store::{AuditLine, PendingReport};
use parts::{marked, section, table, time};

const STYLE: &str = include_str!("style.css");

/// All that the page shows.
#[derive(Debug)]
pub(in crate::cli) struct Page {
    /// When it was made.
    pub(in crate::cli) made_at: Timestamp,
    /// The service's name in sentences.
    pub(in crate::cli) service: &'static str,
    /// What may be sent and requested.
    pub(in crate::cli) contract: &'static Contract,
    /// What `status` shows.
    pub(in crate::cli) status: StatusReport,
    /// Pending reports, oldest first.
    pub(in crate::cli) pending: Vec<PendingReport>,
    /// What `audit` shows, newest first.
    pub(in crate::cli) attempts: Vec<Attempt>,
}

/// A line of the audit log.
#[derive(Debug)]
pub(in crate::cli) struct Attempt {
    /// The line.
    pub(in crate::cli) line: AuditLine,
    /// What was in it.
    pub(in crate::cli) body: AttemptBody,
}

/// What is stored of an attempt's bytes.
#[derive(Debug)]
pub(in crate::cli) enum AttemptBody {
    /// Nothing: no report was made, or its bytes were deleted.
    Nothing,
    /// The report.
    Report(Box<ApprovedReport>),
    /// The bytes are with this later line of the same report.
    With(i64),
    /// The stored bytes are not those of the report that was made.
    Modified,
}

impl Page {
    /// The reports that are kept, oldest first, each with its number.
    fn reports(&self) -> Vec<(i64, &ApprovedReport)> {
        let report = |attempt: &'_ Attempt| attempt.line.report;
        let kept = self.attempts.iter().filter_map(|attempt| match &attempt.body {
            AttemptBody::Report(approved) => Some((report(attempt)?, approved.as_ref())),
            AttemptBody::Nothing | AttemptBody::With(_) | AttemptBody::Modified => None,
        });
        let mut kept: Vec<_> = kept.collect();
        kept.sort_by_key(|(number, _)| *number);
        kept
    }
}

/// The Content-Security-Policy of the document: its own style sheet, and nothing else.
fn policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// The policy where the document is served. A document cannot forbid by itself to be shown within another page.
pub(in crate::cli) fn served_policy() -> String {
    policy() + "; frame-ancestors 'none'"
}

/// The sections: the id, the title and the body of each.
type Sections = [(&'static str, &'static str, Markup); 8];

/// The whole document.
pub(in crate::cli) fn document(page: &Page) -> String {
    let reports = page.reports();
    let sections: Sections = [
        ("decision", "Is it on, and why", decision(&page.status)),
        ("last-report", "The last report", reports::last(&reports)),
        ("reports", "All stored reports", reports::all(page.contract, &reports)),
        ("pending", "Pending reports", attempts::pending(&page.pending)),
        ("attempts", "Every attempt", attempts::all(&page.attempts)),
        ("contract", "What may be sent and requested", terms::all(&page.contract.terms())),
        ("receipts", "Receipts and deletion", attempts::receipts(&page.status)),
        ("off", "How to turn it off", terms::ways_off()),
    ];
    let body = html! {
        a class="skip" href="#content" { "Skip to the content" }
        header { (head(page)) }
        nav aria-label="Sections" { ul { @for (id, title, _) in &sections { li { a href={ "#" (id) } { (title) } } } } }
        main id="content" tabindex="-1" {
            @for (id, title, body) in &sections { (section(id, title, body)) }
        }
        footer { p {
            "Made by headcount " (env!("CARGO_PKG_VERSION")) " at " (time(page.made_at)) " from the store alone. "
            "Nothing was sent or requested for this page. All times are in UTC."
        } }
    };
    shell(&body).into_string()
}

fn shell(body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { "headcount: what is reported" }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
}

fn head(page: &Page) -> Markup {
    let headline = page.status.decision().headline();
    let (state, reason) = headline.split_once(": ").unwrap_or((&headline, ""));
    let class = if page.status.decision().is_enabled() { "state on" } else { "state off" };
    html! {
        h1 { "headcount" }
        p class="service" { "Usage counts of " (page.service) }
        p class=(class) { strong { "Telemetry is " (state) } }
        p { (marked(reason)) }
        @if let Some(copied) = &page.status.copied {
            p class="warning" { strong { "Warning: " } (marked(&copied.to_string())) }
        }
    }
}

/// The decision with its sources, and what `status` shows of the store.
fn decision(status: &StatusReport) -> Markup {
    let decision = status.decision();
    let rows = decision.sources.iter().map(|source| {
        let what = html! {
            (marked(status::detail(source)))
            @if !source.remedy.is_empty() { br; span class="hint" { "Hint: " (marked(&source.remedy)) } }
        };
        [html! { code { (source.name) } }, html! { (status::state(source.state)) }, what]
    });
    html! {
        p { "Decided " (marked(&status.decided())) "." }
        @if let Some(note) = status.note() { p class="warning" { strong { "Note: " } (marked(&note)) } }
        (table("Every source of the decision; each of them can turn telemetry off", ["Source", "State", "Why"], rows))
        dl class="facts" {
            @for (label, value) in status.stored.facts() { div { dt { (label) } dd { (marked(&value)) } } }
        }
    }
}
