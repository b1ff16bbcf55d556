//! The pipeline: each step between a decision and a delivered report. `run` repeats the steps, `once` does each of them once,
//! and nothing else does any of them, so that the two cannot differ.
//!
//! A step records what came of it (audit log, decision, last failure, next report) and returns it. Must not know when a step is
//! due, or how its result is printed.

mod maintain;
mod outcome;
mod record;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::reporting::{self, Made, ReportError};
use super::rounds::{self, DeliveryRound, Limits, RoundEnd};
use super::scrape::{ScrapeError, Scraper};
use super::state::CurrentDecision;
use crate::clock::Timestamp;
use crate::config::{Destination, ScheduleSettings};
use crate::consent::{Decision, ReadPermit, SendPermit};
use crate::context::Context;
use crate::contract::Contract;
use crate::model::InstallGuid;
use crate::source::{Retry, Service, SourceError};
use crate::store::{Store, StoreError, StoreLocation};

pub use outcome::{
    COPIED, Deleted, Event, Maintained, Opened, Problem, Reported, STORE_REPLACED, ScrapeEnd, Scraped, Topic,
};

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
    /// The contract that reports keep to.
    pub contract: &'static Contract,
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
    config: WorkerConfig,
    manner: Manner,
    store: Option<Store>,
    current: CurrentDecision,
    failing: BTreeMap<Topic, Problem>,
    events: Vec<Event>,
    /// The slot whose missing report the audit log already mentions.
    missed: Option<Timestamp>,
    expired_at: Option<Timestamp>,
    /// When objects were last found missing, by a clock that does not step.
    missing_at: Option<Instant>,
    /// Where the store was opened last.
    home: Option<StoreLocation>,
}

impl Pipeline {
    /// A pipeline that has not opened its store yet.
    #[must_use]
    pub fn new(config: WorkerConfig, manner: Manner, first: &Decision) -> Self {
        Self {
            current: CurrentDecision::new(first.clone(), config.context.clock.now(), None),
            config,
            manner,
            store: None,
            failing: BTreeMap::new(),
            events: Vec::new(),
            missed: None,
            expired_at: None,
            missing_at: None,
            home: None,
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

    /// What failed and what recovered since the last call, oldest first.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
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
        store.read(|snapshot| snapshot.require_service(self.config.contract.catalog.service))?;
        let home = store.location();
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
    /// scrape, if one does. `is_failure` returns whether a service that is still starting has been so for too long.
    pub async fn scrape(
        &mut self,
        permit: &ReadPermit,
        due: Option<Timestamp>,
        is_failure: impl FnOnce(Timestamp) -> bool,
    ) -> Scraped {
        let stopped = Scraped { end: ScrapeEnd::Stopped, is_report_missed: false };
        let WorkerConfig { contract, context, service, .. } = &mut self.config;
        let (Some(store), Some(service)) = (&self.store, service) else { return stopped };
        let mut scraper = Scraper { catalog: &contract.catalog, store, context, missing_at: &mut self.missing_at };
        let scraped = scraper.scrape(service.as_mut(), permit, due.is_some()).await;
        let now = self.config.context.clock.now();
        let error = match scraped {
            Ok(committed) => {
                self.recovered(Topic::Store);
                self.recovered(Topic::Scrape);
                self.clear_failure();
                return Scraped { end: ScrapeEnd::Complete { is_baseline: committed.is_baseline }, ..stopped };
            }
            Err(ScrapeError::Source(SourceError::Revoked)) => return stopped,
            Err(error) => error,
        };
        let problem = Problem::of(Topic::Scrape, &error);
        let is_report_missed = self.miss_report(due, now, &problem);
        let end = self.scrape_failed(&error, problem, now, is_failure);
        Scraped { end, is_report_missed }
    }

    fn scrape_failed(
        &mut self,
        error: &ScrapeError,
        problem: Problem,
        now: Timestamp,
        is_failure: impl FnOnce(Timestamp) -> bool,
    ) -> ScrapeEnd {
        match error {
            ScrapeError::Store(error) if !matches!(error, StoreError::Inconsistent { .. }) => {
                self.store_failed(error);
                return ScrapeEnd::Failed(Retry::Usual);
            }
            ScrapeError::Source(SourceError::NotReady(_)) => {
                if is_failure(now) {
                    self.failed(problem, now);
                } else {
                    tracing::debug!("service not ready: {}", problem.explanation);
                }
                return ScrapeEnd::NotReady;
            }
            _ => self.failed(problem, now),
        }
        ScrapeEnd::Failed(error.retry())
    }

    /// Makes the report that is due, from the latest complete scrape. The next one is planned, whether there was one to make
    /// or not.
    pub fn report(&mut self, now: Timestamp) -> Reported {
        let Some(store) = &self.store else { return Reported::StillDue };
        let WorkerConfig { wanted, context, schedule, contract, .. } = &self.config;
        let problem = match reporting::make_report(contract, store, *wanted, context, schedule) {
            Ok(Made::Report { number, hour, .. }) => {
                self.recovered(Topic::Report);
                return Reported::Made { number, hour };
            }
            Ok(Made::Skipped(reason)) => {
                if reason.is_clock_behind() {
                    self.failed(Problem::of(Topic::Report, &reason), now);
                }
                return Reported::Skipped(reason);
            }
            Ok(Made::Refused(refusal)) => Problem::of(Topic::Gate, &refusal),
            Err(ReportError::Store(error)) => {
                self.store_failed(&error);
                return Reported::StillDue;
            }
            Err(error) => {
                self.failed(Problem::of(Topic::Report, &error), now);
                return Reported::StillDue;
            }
        };
        self.failed(problem, now);
        Reported::Failed
    }

    /// Delivers the pending reports. None if there is nowhere to deliver to, or the store cannot be used.
    pub async fn deliver(&mut self, permit: &SendPermit, limits: &Limits<'_>) -> Option<DeliveryRound> {
        let (Some(store), Some(Destination::Endpoint(endpoint))) = (&self.store, &self.config.destination) else {
            return None;
        };
        let WorkerConfig { contract, context, .. } = &self.config;
        let round = rounds::deliver_pending(contract, store, endpoint, permit, context, limits).await;
        let now = context.clock.now();
        match round {
            Ok(round) => {
                self.round_ended(&round, now);
                Some(round)
            }
            Err(error) => {
                self.store_failed(&error);
                None
            }
        }
    }

    fn round_ended(&mut self, round: &DeliveryRound, now: Timestamp) {
        if round.arrived() > 0 {
            for topic in [Topic::Delivery, Topic::Refusal, Topic::Gate] {
                self.recovered(topic);
            }
        }
        if round.delivered > 0 {
            self.recovered(Topic::EarlierContract);
        }
        if round.delivered > round.warned {
            self.recovered(Topic::Warning);
        }
        if round.delivered > 0 && round.partially_accepted == 0 {
            self.recovered(Topic::Rejection);
        }
        for problem in outcome::problems(round) {
            self.failed(problem, now);
        }
        if round.end == RoundEnd::Empty {
            self.recovered(Topic::Delivery);
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
