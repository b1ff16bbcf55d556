//! The pipeline: each step between a decision and a delivered report. `run` repeats the steps, `once` does each of them once,
//! and nothing else does any of them, so that the two cannot differ.
//!
//! A step records what came of it (audit, decision, last failure, next report) and returns it. Must not know when a step is
//! due, or how its result is printed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::decision::CurrentDecision;
use super::draft::NoDraft;
use super::reporting::{self, Made, ReportError};
use super::rounds::{self, Limits, Round, RoundEnd};
use super::scrape::{self, ScrapeError};
use super::surroundings::Surroundings;
use crate::clock::{Hour, Timestamp};
use crate::config::{Destination, ScheduleSettings};
use crate::consent::{ReadPermit, SendPermit};
use crate::inventory::InstallGuid;
use crate::ops::words::with_causes;
use crate::source::Service;
use crate::store::{AuditLine, AuditOutcome, Expiry, Store, StoreError};

/// What is older than `--keep` is looked for this often.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(3600);

const REJECTED_POINTS: &str = "the endpoint rejected data points of a report, which is not sent again; `headcount audit` \
    shows how many, and the receiver's log says why";
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

/// What the steps work with.
#[derive(Debug)]
pub struct Tools {
    /// Clock, connections, randomness.
    pub surroundings: Surroundings,
    /// Where the store is.
    pub state_dir: PathBuf,
    /// Where reports go.
    pub destination: Option<Destination>,
    /// When.
    pub schedule: ScheduleSettings,
    /// The identity that the operator set, if any.
    pub wanted: Option<InstallGuid>,
    /// The canonical text of the contract that this program keeps to.
    pub contract: String,
    /// The service that is read.
    pub service: Option<Box<dyn Service>>,
}

/// How `run` and `once` differ.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How long a deletion waits for other processes that read the store, so that its write-ahead log can be emptied.
    pub readers_grace: Duration,
    /// Whether a store is made while telemetry is off, to record the decision in it.
    pub makes_store_while_off: bool,
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
    /// The service could not be read, in words.
    Failed(String),
    /// The store failed: see [`Pipeline::take_store_error`].
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
    /// The store failed: see [`Pipeline::take_store_error`].
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

/// The steps, and what they remember between two calls.
#[derive(Debug)]
pub struct Pipeline {
    pub(super) tools: Tools,
    pub(super) manner: Manner,
    pub(super) store: Option<Store>,
    pub(super) current: Option<CurrentDecision>,
    failing: BTreeMap<&'static str, String>,
    /// The slot whose missing report the audit already mentions.
    missed: Option<Timestamp>,
    expired_at: Option<Timestamp>,
    store_error: Option<StoreError>,
}

impl Pipeline {
    /// A pipeline that has not opened its store yet.
    #[must_use]
    pub const fn new(tools: Tools, manner: Manner) -> Self {
        Self {
            tools,
            manner,
            store: None,
            current: None,
            failing: BTreeMap::new(),
            missed: None,
            expired_at: None,
            store_error: None,
        }
    }

    /// The store, if it is open.
    #[must_use]
    pub const fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// What the steps work with.
    #[must_use]
    pub const fn tools(&self) -> &Tools {
        &self.tools
    }

    /// What kept the store from being used since the last call, if anything did. The last such error is the one that counts:
    /// the store is closed where opening it again may help.
    pub const fn take_store_error(&mut self) -> Option<StoreError> {
        self.store_error.take()
    }

    /// Opens the store, if it is not open. Says whether this call opened it.
    ///
    /// # Errors
    /// If it cannot be used; it can be tried again.
    pub fn open(&mut self) -> Result<bool, StoreError> {
        if self.store.is_some() {
            return Ok(false);
        }
        self.store = Some(Store::open(&self.tools.state_dir)?);
        Ok(true)
    }

    /// Reads the service; a complete scrape changes the ledger. `due` is when the report was planned that rests on this
    /// scrape, if one does. `is_failure` says whether a service that is still starting has been so for too long.
    pub async fn scrape(
        &mut self,
        permit: &ReadPermit,
        due: Option<Timestamp>,
        is_failure: impl FnOnce(Timestamp) -> bool,
    ) -> Scraped {
        let done = |end| Scraped { end, is_report_missed: false };
        let (Some(store), Some(service)) = (&self.store, &mut self.tools.service) else {
            return done(ScrapeEnd::Stopped);
        };
        let scraped = scrape::scrape(service.as_mut(), permit, store, &self.tools.surroundings).await;
        let now = self.tools.surroundings.clock.now();
        match scraped {
            Ok((committed, _)) => {
                self.recovered(topic::SCRAPE);
                self.clear_failure();
                done(ScrapeEnd::Complete { is_baseline: committed.is_baseline })
            }
            Err(ScrapeError::Source(error)) if error.is_revoked() => done(ScrapeEnd::Stopped),
            Err(ScrapeError::Source(error)) if error.is_starting() => {
                let (text, is_failure) = (with_causes(&error), is_failure(now));
                if is_failure {
                    self.failed(topic::SCRAPE, &text, now);
                }
                let is_report_missed = self.miss_report(due, now, &text);
                Scraped { end: ScrapeEnd::NotReady { text, is_failure }, is_report_missed }
            }
            Err(ScrapeError::Store(error)) if !matches!(error, StoreError::Inconsistent { .. }) => {
                let is_report_missed = self.miss_report(due, now, &with_causes(&error));
                self.store_failed(error);
                Scraped { end: ScrapeEnd::NotStored, is_report_missed }
            }
            Err(error) => {
                let text = with_causes(&error);
                self.failed(topic::SCRAPE, &text, now);
                let is_report_missed = self.miss_report(due, now, &text);
                Scraped { end: ScrapeEnd::Failed(text), is_report_missed }
            }
        }
    }

    /// Makes the report that is due, from the latest complete scrape. The next one is planned, whether there was one to make
    /// or not.
    pub fn report(&mut self, now: Timestamp) -> Reported {
        let Some(store) = &self.store else { return Reported::NotStored };
        let Tools { wanted, surroundings, schedule, .. } = &self.tools;
        match reporting::make_report(store, *wanted, surroundings, schedule) {
            Ok(Made::Report { number, hour, .. }) => {
                self.recovered(topic::REPORT);
                Reported::Made { number, hour }
            }
            Ok(Made::Skipped(reason)) => {
                if reason.is_clock_behind() {
                    self.failed(topic::REPORT, &reason.to_string(), now);
                }
                Reported::Skipped(reason)
            }
            Ok(Made::Refused(refusal)) => {
                let text = with_causes(&refusal);
                self.failed(topic::GATE, &text, now);
                Reported::Refused(text)
            }
            Err(ReportError::Store(error)) => {
                self.store_failed(error);
                Reported::NotStored
            }
            Err(error) => {
                let text = with_causes(&error);
                self.failed(topic::REPORT, &text, now);
                Reported::Failed(text)
            }
        }
    }

    /// Delivers the pending reports. None if there is nowhere to deliver to, or the store failed: see
    /// [`Pipeline::take_store_error`].
    pub async fn deliver(&mut self, permit: &SendPermit, limits: &Limits<'_>) -> Option<Round> {
        let (Some(store), Some(Destination::Endpoint(endpoint))) = (&self.store, &self.tools.destination) else {
            return None;
        };
        let round = rounds::deliver_waiting(store, endpoint, permit, &self.tools.surroundings, limits).await;
        let now = self.tools.surroundings.clock.now();
        match round {
            Ok(round) => {
                self.round_ended(&round, now);
                Some(round)
            }
            Err(error) => {
                self.store_failed(error);
                None
            }
        }
    }

    fn round_ended(&mut self, round: &Round, now: Timestamp) {
        if round.arrived() > 0 {
            self.recovered(topic::DELIVERY);
            self.recovered(topic::REFUSAL);
            self.recovered(topic::GATE);
        }
        if round.partially_accepted > 0 {
            self.failed(topic::REJECTION, REJECTED_POINTS, now);
        } else if round.delivered > 0 {
            self.recovered(topic::REJECTION);
        }
        for Problem { topic, text } in problems(round) {
            self.failed(topic, &text, now);
        }
        if round.end == RoundEnd::Empty {
            self.recovered(topic::DELIVERY);
            self.clear_failure();
        }
    }

    /// Ends the session at the service, if one is open.
    pub async fn sign_out(&mut self) {
        if let Some(service) = &mut self.tools.service {
            service.sign_out().await;
        }
    }

    /// A report was due and could not rest on a scrape: the audit says so, once for each slot, also after a restart. Says
    /// whether it says so since this call.
    fn miss_report(&mut self, due: Option<Timestamp>, now: Timestamp, reason: &str) -> bool {
        let (Some(slot), Some(store)) = (due.filter(|_| self.missed != due), &self.store) else { return false };
        let noted = store.write(|writer| {
            // A line from the future was written before the clock was set back, for another slot.
            let is_of_slot =
                |line: &AuditLine| line.outcome == AuditOutcome::NotMade && (slot..=now).contains(&line.at);
            if writer.audit(0, None)?.iter().any(is_of_slot) {
                return Ok(false);
            }
            writer.note(now, AuditOutcome::NotMade, reason, None)?;
            Ok(true)
        });
        match noted {
            Ok(is_new) => {
                self.missed = due;
                is_new
            }
            Err(error) => {
                self.store_failed(error);
                false
            }
        }
    }

    /// Records what went wrong, for `status`, unless this topic fails in the same words already.
    pub(super) fn failed(&mut self, topic: &'static str, text: &str, now: Timestamp) {
        if self.failing.get(topic).is_some_and(|known| known == text) {
            return;
        }
        self.failing.insert(topic, text.to_owned());
        let Some(store) = &self.store else { return };
        if let Err(error) = store.write(|writer| writer.record_failure(now, text)) {
            self.store_failed(error);
        }
    }

    pub(super) fn recovered(&mut self, topic: &'static str) {
        self.failing.remove(topic);
    }

    /// What `status` shows as the last failure is over when nothing fails, no report waits to be delivered, and the endpoint
    /// accepted all of the last one.
    pub(super) fn clear_failure(&mut self) {
        let Some(store) = self.store.as_ref().filter(|_| self.failing.is_empty()) else { return };
        let delivers = matches!(self.tools.destination, Some(Destination::Endpoint(_)));
        let is_whole = |line: AuditLine| line.outcome != AuditOutcome::PartiallyAccepted;
        let is_over = store.read(|snapshot| {
            Ok(snapshot.last_failure()?.is_some()
                && (!delivers || snapshot.outbox_summary()?.depth == 0)
                && snapshot.last_delivery()?.is_none_or(is_whole))
        });
        let cleared = match is_over {
            Ok(true) => store.write(|writer| writer.clear_failure()),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = cleared {
            self.store_failed(error);
        }
    }

    /// Deletes what is older than `--keep`, at most once an hour.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let is_done = self.expired_at.is_some_and(|at| at <= now && now.since(at) < EXPIRY_INTERVAL);
        let Some(store) = self.store.as_ref().filter(|_| !is_done) else { return };
        self.expired_at = Some(now);
        // Where nothing is delivered, no report would ever have been tried.
        let is_off = self.current.as_ref().is_some_and(CurrentDecision::is_off);
        let expiry = match self.tools.destination {
            Some(Destination::Endpoint(_)) if !is_off => Expiry::OnceTried,
            _ => Expiry::AfterGrace,
        };
        if let Err(error) = store.write(|writer| writer.expire(now, self.tools.schedule.keep, expiry)) {
            self.store_failed(error);
        }
    }

    /// Keeps the error for the caller, and lets go of a store that opening it again may help.
    pub(super) fn store_failed(&mut self, error: StoreError) {
        match error {
            StoreError::Erased => self.start_over(),
            StoreError::Full(_) | StoreError::Busy(_) => {}
            _ => self.close(),
        }
        self.store_error = Some(error);
    }

    pub(super) fn close(&mut self) {
        self.store = None;
        if let Some(current) = &mut self.current {
            current.is_recorded = false;
        }
    }

    /// Nothing that is remembered beside the store holds any more.
    pub(super) fn start_over(&mut self) {
        self.close();
        self.failing.clear();
        (self.missed, self.expired_at) = (None, None);
    }
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
    if round.gate_refused > 0 {
        add(topic::GATE, "a report in the outbox was changed by somebody else and was not sent");
    }
    match &round.end {
        RoundEnd::Retry { reason, .. } | RoundEnd::Held { reason } => add(topic::DELIVERY, reason),
        RoundEnd::Empty | RoundEnd::Paused | RoundEnd::Revoked => {}
    }
    problems
}
