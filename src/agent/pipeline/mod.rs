//! The pipeline: each step between a decision and a delivered report. `run` repeats the steps, `once` does each of them once,
//! and nothing else does any of them, so that the two cannot differ.
//!
//! A step records what came of it (audit, decision, last failure, next report) and returns it. Must not know when a step is
//! due, or how its result is printed.

mod outcome;
mod record;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::decision::CurrentDecision;
use super::reporting::{self, Made, ReportError};
use super::rounds::{self, Limits, Round, RoundEnd};
use super::scrape::{self, ScrapeError};
use crate::clock::Timestamp;
use crate::config::{Destination, ScheduleSettings};
use crate::consent::{ReadPermit, SendPermit};
use crate::context::Context;
use crate::inventory::InstallGuid;
use crate::ops::words::with_causes;
use crate::source::{Retry, Service};
use crate::store::{Home, Store, StoreError};

use outcome::REJECTED_POINTS;
pub use outcome::{Opened, Problem, Reported, ScrapeEnd, Scraped, problems, topic, warnings};

/// What the steps work with.
#[derive(Debug)]
pub struct WorkerConfig {
    /// Clock, connections, random bytes.
    pub context: Context,
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

/// The steps, and what they remember between two calls.
#[derive(Debug)]
pub struct Pipeline {
    pub(super) config: WorkerConfig,
    pub(super) manner: Manner,
    pub(super) store: Option<Store>,
    pub(super) current: Option<CurrentDecision>,
    failing: BTreeMap<&'static str, String>,
    /// The slot whose missing report the audit already mentions.
    missed: Option<Timestamp>,
    expired_at: Option<Timestamp>,
    /// Where the store was opened last.
    pub(super) home: Option<Home>,
    store_error: Option<StoreError>,
}

impl Pipeline {
    /// A pipeline that has not opened its store yet.
    #[must_use]
    pub const fn new(config: WorkerConfig, manner: Manner) -> Self {
        Self {
            config,
            manner,
            store: None,
            current: None,
            failing: BTreeMap::new(),
            missed: None,
            expired_at: None,
            home: None,
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
    pub const fn config(&self) -> &WorkerConfig {
        &self.config
    }

    /// What kept the store from being used since the last call, if anything did. The last such error is the one that counts:
    /// the store is closed where opening it again may help.
    pub const fn take_store_error(&mut self) -> Option<StoreError> {
        self.store_error.take()
    }

    /// Opens the store, if it is not open. Where its mount is gone, none is made.
    ///
    /// # Errors
    /// If it cannot be used; it can be tried again.
    pub fn open(&mut self) -> Result<Opened, StoreError> {
        if self.store.is_some() {
            return Ok(Opened::Before);
        }
        let store = Store::open_at(&self.config.state_dir, self.home.as_ref())?;
        let home = store.home();
        let before = self.home.replace(home);
        if before.is_some_and(|before| home.is_other_than(&before)) {
            self.start_over();
            self.home = Some(home);
            self.store = Some(store);
            return Ok(Opened::Other);
        }
        self.store = Some(store);
        Ok(Opened::Now)
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
        let (Some(store), Some(service)) = (&self.store, &mut self.config.service) else {
            return done(ScrapeEnd::Stopped);
        };
        let scraped = scrape::scrape(service.as_mut(), permit, store, &self.config.context).await;
        let now = self.config.context.clock.now();
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
                let retry = match &error {
                    ScrapeError::Source(error) => error.retry(),
                    _ => Retry::Usual,
                };
                Scraped { end: ScrapeEnd::Failed { text, retry }, is_report_missed }
            }
        }
    }

    /// Makes the report that is due, from the latest complete scrape. The next one is planned, whether there was one to make
    /// or not.
    pub fn report(&mut self, now: Timestamp) -> Reported {
        let Some(store) = &self.store else { return Reported::NotStored };
        let WorkerConfig { wanted, context, schedule, .. } = &self.config;
        match reporting::make_report(store, *wanted, context, schedule) {
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
        let (Some(store), Some(Destination::Endpoint(endpoint))) = (&self.store, &self.config.destination) else {
            return None;
        };
        let round = rounds::deliver_waiting(store, endpoint, permit, &self.config.context, limits).await;
        let now = self.config.context.clock.now();
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
        if let Some(service) = &mut self.config.service {
            service.sign_out().await;
        }
    }
}
