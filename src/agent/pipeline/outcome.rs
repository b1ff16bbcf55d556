//! What the steps return: what came of each, in words where it needs attention.

use crate::agent::draft::NoDraft;
use crate::agent::rounds::{Round, RoundEnd};
use crate::clock::Hour;
use crate::source::Retry;

pub(super) const REJECTED_POINTS: &str = "the endpoint rejected data points of a report, which is not sent again; `headcount audit` \
    shows how many, and the receiver's log says why";
const LEFT_BEHIND: &str = "the endpoint does not accept some reports and accepts later ones; the former are never sent again; \
    `headcount audit` shows which, and the receiver's log may say why";
const ENDPOINT_WARNS: &str = "the endpoint accepted a report with a warning; the receiver's log may explain it";

/// The topic of each kind of failure: in the log, and for telling which failure is over.
pub mod topic {
    /// The service cannot be read.
    pub const SCRAPE: &str = "scrape";
    /// A report cannot be made.
    pub const REPORT: &str = "report";
    /// The contract gate refused a report.
    pub const GATE: &str = "gate";
    /// The endpoint refused a report for good.
    pub const REFUSAL: &str = "refusal";
    /// The endpoint rejected data points of a report that it accepted.
    pub const REJECTION: &str = "rejected points";
    /// The endpoint accepted a report with a warning.
    pub const WARNING: &str = "warning";
    /// Reports cannot be delivered.
    pub const DELIVERY: &str = "delivery";
    /// The data of an operator who opted out cannot be deleted.
    pub const DELETION: &str = "forget";
}

/// What opening the store did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Opened {
    /// It was open, or could not be opened.
    #[default]
    Before,
    /// It is open since this call.
    Now,
    /// The same, and it is another installation than the one that was open before.
    Other,
}

/// What came of a scrape.
#[derive(Debug)]
pub struct Scraped {
    /// How it ended.
    pub end: ScrapeEnd,
    /// Whether the audit says since this scrape that the report which is due could not be made.
    pub is_report_missed: bool,
}

/// How a scrape ended.
#[derive(Debug)]
pub enum ScrapeEnd {
    /// The ledger has its numbers.
    Complete {
        /// Whether it was the first one.
        is_baseline: bool,
    },
    /// The permit was revoked, or there is nothing to read.
    Stopped,
    /// The service is still starting.
    NotReady {
        /// What it said, in words.
        text: String,
        /// Whether it has been starting for so long that this counts as a failure.
        is_failure: bool,
    },
    /// The service could not be read.
    Failed {
        /// Why, in words.
        text: String,
        /// How soon it may be read again.
        retry: Retry,
    },
    /// The store failed: see [`Pipeline::take_store_error`](super::Pipeline::take_store_error).
    NotStored,
}

/// What came of a report that was due.
#[derive(Debug)]
pub enum Reported {
    /// It is in the outbox.
    Made {
        /// Its sequence number.
        number: i64,
        /// Its hour.
        hour: Hour,
    },
    /// There was none to make.
    Skipped(NoDraft),
    /// The contract gate refused it, in words.
    Refused(String),
    /// It could not be made, in words.
    Failed(String),
    /// The store failed: see [`Pipeline::take_store_error`](super::Pipeline::take_store_error).
    NotStored,
}

/// A failure of a round of deliveries that `status` and the log show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What fails.
    pub topic: &'static str,
    /// Why, and what to do.
    pub text: String,
}

/// What the endpoint said of reports that it accepted and that are not sent again.
#[must_use]
pub fn warnings(round: &Round) -> Vec<Problem> {
    let warning = |is_so: bool, topic, text: &str| is_so.then(|| Problem { topic, text: text.to_owned() });
    let rejected = warning(round.partially_accepted > 0, topic::REJECTION, REJECTED_POINTS);
    let warned = warning(round.warned > 0, topic::WARNING, ENDPOINT_WARNS);
    rejected.into_iter().chain(warned).collect()
}

/// What a round of deliveries shows that needs attention.
#[must_use]
pub fn problems(round: &Round) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |topic, text: &str| problems.push(Problem { topic, text: text.to_owned() });
    if round.refused > 0 {
        add(topic::REFUSAL, "the endpoint refused a report for good; `headcount audit` says why");
    }
    if round.left_behind > 0 {
        add(topic::REFUSAL, LEFT_BEHIND);
    }
    if round.gate_refused > 0 {
        add(topic::GATE, "a report in the outbox was changed by somebody else and was not sent");
    }
    match &round.end {
        RoundEnd::Retry { reason, .. } | RoundEnd::Held { reason } => add(topic::DELIVERY, reason),
        RoundEnd::Empty | RoundEnd::Paused | RoundEnd::Revoked => {}
    }
    problems
}
