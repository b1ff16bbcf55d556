//! What the steps return, and what they report about failures.

use crate::agent::rounds::{DeliveryRound, RoundEnd};
use crate::agent::{attempt, stored};
use crate::clock::Hour;
use crate::error_chain::{Describe, Explanation};
use crate::named::named;
use crate::report::draft::NoDraft;
use crate::source::Retry;

const REJECTED_POINTS: [&str; 2] = [
    "endpoint rejected data points of a report, which is not sent again",
    "run `headcount audit`, and check the receiver's log",
];
const LEFT_BEHIND: [&str; 2] = [
    "endpoint accepted a later report but not an earlier one, which is not sent again",
    "run `headcount audit`, and check the receiver's log",
];
const UNCOVERED: [&str; 2] = [
    "pending reports of an earlier contract version were not sent, since the consent file approves another one",
    "`headcount audit` lists them, and the next report continues their sums",
];
const ENDPOINT_WARNS: [&str; 2] = ["report accepted with a warning", "check the receiver's log"];
const REJECTED: [&str; 2] = ["report rejected", "run `headcount audit` for the reason"];
const MODIFIED: [&str; 2] = ["stored report was modified and not sent", "check who can write to the state directory"];

/// A program cannot detect whether the original is still in use.
pub const COPIED: &str = "the store is a copy or was restored from a backup; if the original is still in use, or reported after \
    the backup, two installations share one install_guid and their numbers are wrong: run `headcount erase` on this store to \
    start a new installation; if the store was only moved, ignore this";

/// The files of the store are not those that were opened.
pub const STORE_REPLACED: &str = "the store was erased or replaced by another process";

named! {
    /// What a failure is about: the field `topic` of log lines. The first of several decides the exit status of `once`.
    #[derive(PartialOrd, Ord)]
    pub enum Topic {
        /// The store cannot be used.
        Store = "store",
        /// The data of an operator who opted out cannot be deleted.
        Deletion = "deletion",
        /// The service cannot be read.
        Scrape = "scrape",
        /// A report cannot be made.
        Report = "report",
        /// The contract check blocked a report.
        Gate = "gate",
        /// The endpoint rejected a report.
        Refusal = "refusal",
        /// Reports cannot be delivered.
        Delivery = "delivery",
        /// The endpoint rejected data points of a report that it accepted.
        Rejection = "rejection",
        /// The endpoint accepted a report with a warning.
        Warning = "warning",
        /// Reports of an earlier contract are not sent.
        EarlierContract = "earlier_contract",
    }
}

impl Topic {
    /// The log line when it does not fail any more.
    #[must_use]
    pub const fn recovery(self) -> &'static str {
        match self {
            Self::Store => "store recovered",
            Self::Deletion => "deletion complete",
            Self::Scrape => "scrape recovered",
            Self::Report => "reporting recovered",
            Self::Gate => "contract check recovered",
            Self::Refusal | Self::Delivery => "delivery recovered",
            Self::Rejection => "endpoint accepts all data points",
            Self::Warning => "endpoint accepts reports without a warning",
            Self::EarlierContract => "reports of the current contract are sent",
        }
    }

    /// Whether `status` shows its failures. A store that cannot be used keeps none, and the last two need no action.
    pub(super) const fn is_recorded(self) -> bool {
        !matches!(self, Self::Store | Self::Warning | Self::EarlierContract)
    }
}

/// The rows of deleted data are gone, and the write-ahead log may still hold them.
const RESIDUE_CODE: &str = "residue";

const RESIDUE: [&str; 2] = [
    "deletion incomplete: another process has the store open, so deleted data may remain on disk",
    "stop that process, then run `headcount once` or `headcount erase`",
];

/// A failure that the log and `status` show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What fails.
    pub topic: Topic,
    /// Names the failure; stable.
    pub code: &'static str,
    /// Why, and what to do.
    pub explanation: Explanation,
}

impl Problem {
    pub(super) const fn new(topic: Topic, code: &'static str, explanation: Explanation) -> Self {
        Self { topic, code, explanation }
    }

    /// Deleted data may still be found on the disk.
    pub(super) fn residue() -> Self {
        let [text, remedy] = RESIDUE;
        Self::new(Topic::Deletion, RESIDUE_CODE, Explanation::new(text, remedy))
    }

    /// Whether the store cannot be used, or data that must go is still in it. Other problems are warnings.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.topic, Topic::Store | Topic::Deletion) && self.code != RESIDUE_CODE
    }

    pub(super) fn of(topic: Topic, error: &(dyn Describe + 'static)) -> Self {
        Self::new(topic, error.describe().code, Explanation::of(error))
    }
}

/// A change for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A topic fails, or fails in another way than before.
    Failed(Problem),
    /// A topic does not fail any more.
    Recovered(Topic),
    /// Another process erased or replaced the store.
    StoreReplaced,
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

/// What maintaining the store did.
#[derive(Debug, Default)]
pub struct Maintained {
    /// Whether the store was opened.
    pub opened: Opened,
    /// Whether it was noticed that the store is a copy.
    pub is_copy: bool,
    /// Whether an off period ended that was so long that what was created in it is not counted.
    pub is_long_off_over: bool,
    /// What was deleted because the operator opted out.
    pub deleted: Option<Deleted>,
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// Nothing: there was no store.
    Nothing,
    /// All but the receipts and the lines of the audit log.
    All {
        /// Pending reports that were deleted.
        reports: u64,
    },
}

/// What came of a scrape.
#[derive(Debug)]
pub struct Scraped {
    /// How it ended.
    pub end: ScrapeEnd,
    /// Whether the audit log says since this scrape that the report which is due could not be made.
    pub is_report_missed: bool,
}

/// How a scrape ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScrapeEnd {
    /// The ledger has its numbers.
    Complete {
        /// Whether it was the first one.
        is_baseline: bool,
    },
    /// The permit was revoked, or there is nothing to read.
    Stopped,
    /// The service is still starting.
    NotReady,
    /// Nothing was read, or nothing was stored.
    Failed(Retry),
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
    /// It could not be made; the next one is planned.
    Failed,
    /// It could not be made, and is still due.
    StillDue,
}

/// What a round of deliveries shows that needs attention.
pub(super) fn problems(round: &DeliveryRound) -> Vec<Problem> {
    let problem = |is_so: bool, topic, code, [text, remedy]: [&'static str; 2]| {
        is_so.then(|| Problem::new(topic, code, Explanation::new(text, remedy)))
    };
    let delivery = match &round.end {
        RoundEnd::Retry { reason, .. } => Some(Problem::new(Topic::Delivery, "will_retry", reason.clone())),
        RoundEnd::Held { reason } => Some(Problem::new(Topic::Delivery, "held", reason.clone())),
        RoundEnd::Empty | RoundEnd::Paused | RoundEnd::Revoked => None,
    };
    let found = [
        problem(round.partially_accepted > 0, Topic::Rejection, attempt::POINTS_REJECTED, REJECTED_POINTS),
        problem(round.warned > 0, Topic::Warning, "accepted_with_warning", ENDPOINT_WARNS),
        problem(round.refused > 0, Topic::Refusal, "report_rejected", REJECTED),
        problem(round.left_behind > 0, Topic::Refusal, attempt::REPORT_LEFT_BEHIND, LEFT_BEHIND),
        problem(round.gate_refused > 0, Topic::Gate, stored::MODIFIED, MODIFIED),
        problem(round.uncovered > 0, Topic::EarlierContract, stored::EARLIER, UNCOVERED),
        delivery,
    ];
    found.into_iter().flatten().collect()
}
