//! The worker: repeats the pipeline's steps for `run`, and logs what came of them.
//!
//! It holds when each step is due and how soon it is tried again. Must not know where decisions come from.

use std::time::Duration;

use tokio::time::Instant;

use super::backoff::{DeliveryBackoff, ScrapeSchedule};
use super::metrics;
use super::pipeline::{
    COPIED, Deleted, Event, Manner, Opened, Pipeline, Reported, STORE_REPLACED, ScrapeEnd, Scraped, WorkerConfig,
};
use super::plan::{self, MINUTE, Step};
use super::rounds::{DeliveryRound, Limits, RoundEnd};
use super::summary::summary;
use crate::clock::Timestamp;
use crate::consent::{Decision, DecisionChange, ReadPermit, SendPermit};
use crate::ops::self_metrics::Meter;
use crate::random::{self, RandomError};
use crate::source::Retry;
use crate::store::{Store, StoreError};

/// A deletion is tried again each minute, so that each attempt may be short.
const MANNER: Manner = Manner { readers_grace: Duration::from_secs(1), makes_store_while_off: true };

/// Does one step at a time.
#[derive(Debug)]
pub struct Worker {
    pipeline: Pipeline,
    scrapes: ScrapeSchedule,
    deliveries: DeliveryBackoff,
    meter: Meter,
}

impl Worker {
    /// A worker that has not opened its store yet. `first` is the decision at the start.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn new(config: WorkerConfig, first: &Decision) -> Result<Self, RandomError> {
        let seed = random::number(config.context.random.as_ref())?;
        Ok(Self {
            scrapes: ScrapeSchedule::new(config.schedule.scrape_interval),
            deliveries: DeliveryBackoff::new(seed),
            pipeline: Pipeline::new(config, MANNER, first),
            meter: Meter::off(),
        })
    }

    /// The same worker, which records its outcomes with this meter.
    #[must_use]
    pub fn with_meter(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// Records the state of the store with the meter.
    pub fn measure(&self) {
        if self.meter.is_on() {
            self.meter.read(self.store().and_then(metrics::readings));
        }
    }

    /// The store, if it could be opened.
    #[must_use]
    pub const fn store(&self) -> Option<&Store> {
        self.pipeline.store()
    }

    /// Opens the store, if it is not open.
    ///
    /// # Errors
    /// If it cannot be used; it can be tried again.
    pub fn open_store(&mut self) -> Result<(), StoreError> {
        if self.pipeline.open()? == Opened::Before {
            return Ok(());
        }
        let resumed = self.resume();
        if resumed.is_err() {
            self.pipeline.close();
        }
        resumed
    }

    /// Acts on a decision: at the start, and at each change.
    pub async fn apply_decision(&mut self, now: Timestamp, change: &DecisionChange) {
        let DecisionChange { decision, off_for } = change;
        let config = self.pipeline.config();
        let meaning = summary(decision, config.destination.as_ref(), &config.schedule);
        self.meter.consent(decision.state);
        tracing::info!(telemetry = decision.state.name(), "telemetry {meaning}");
        self.pipeline.apply(change, now);
        if off_for.is_some() {
            self.scrapes.reset();
            self.deliveries.reset();
        }
        self.maintain(now);
        if !decision.is_enabled() {
            self.sign_out().await;
        }
    }

    /// Begins each iteration of the loop: the store is open, or a log line says once why it cannot be; the decision is
    /// recorded in it; and what is too old is deleted, also while telemetry is off.
    pub fn maintain(&mut self, now: Timestamp) {
        let maintained = self.pipeline.maintain(now);
        if let Some(deleted) = maintained.deleted {
            self.start_over();
            if let (Deleted::All { reports }, false) = (deleted, self.pipeline.is_deletion_pending()) {
                tracing::info!(reports, "opted out: stored data deleted, receipts kept");
            }
        }
        if maintained.opened == Opened::Other {
            tracing::warn!("another store is in the state directory; its installation continues");
            self.start_over();
        }
        if maintained.opened != Opened::Before
            && let Err(error) = self.resume()
        {
            self.pipeline.store_failed(&error);
        }
        if maintained.is_copy {
            tracing::warn!("{COPIED}");
        }
        if maintained.is_long_off_over {
            // The sooner the service is read, the less is taken for older than it is.
            self.scrapes.reset();
        }
        self.log_events();
    }

    /// The step that is due.
    pub fn next_step(&mut self, now: Timestamp) -> Step {
        let Some(store) = self.pipeline.store() else { return Step::Wait(MINUTE) };
        let planned = plan::next_step(store, self.pipeline.config(), &self.scrapes, &self.deliveries, now);
        planned.unwrap_or_else(|error| {
            self.pipeline.store_failed(&error);
            self.log_events();
            Step::Wait(MINUTE)
        })
    }

    /// Does a step. Ends early if a permit is revoked.
    pub async fn perform(&mut self, step: Step, read: &ReadPermit, send: &SendPermit) {
        match step {
            Step::Scrape { report } => self.scrape(report, read).await,
            Step::Deliver => self.deliver(send).await,
            Step::Wait(_) => {}
        }
    }

    /// Ends the session at the service, if one is open.
    pub async fn sign_out(&mut self) {
        self.pipeline.sign_out().await;
    }

    async fn scrape(&mut self, due: Option<Timestamp>, permit: &ReadPermit) {
        let begun = Instant::now();
        let scrapes = &mut self.scrapes;
        let Scraped { end, is_report_missed } = self.pipeline.scrape(permit, due, |now| scrapes.not_ready(now)).await;
        self.meter.scraped(metrics::outcome_of(end), begun.elapsed());
        let now = self.now();
        match end {
            ScrapeEnd::Complete { is_baseline } => {
                self.log_events();
                if is_baseline {
                    tracing::info!("baseline recorded; objects created from now on are counted");
                }
                // The decision may have changed while the scrape was being stored.
                let is_settled = due.is_none() || permit.is_revoked() || self.report(now);
                if is_settled {
                    self.scrapes.succeeded(now);
                } else {
                    // Each attempt at the report scrapes again.
                    self.scrapes.failed(now, Retry::Usual);
                }
            }
            ScrapeEnd::Stopped | ScrapeEnd::NotReady => {}
            ScrapeEnd::Failed(retry) => self.scrapes.failed(now, retry),
        }
        if is_report_missed {
            // What the operator had to fix may be fixed by the time of a report, made or not.
            self.deliveries.reset();
        }
        self.log_events();
    }

    /// Returns whether the report is no longer due.
    fn report(&mut self, now: Timestamp) -> bool {
        match self.pipeline.report(now) {
            Reported::Made { number, hour } => {
                tracing::info!(report = number, %hour, "report created");
                self.deliveries.reset();
            }
            Reported::Skipped(reason) => {
                tracing::info!(%reason, "no report created");
                self.deliveries.reset();
            }
            Reported::Failed => {}
            Reported::StillDue => return false,
        }
        true
    }

    async fn deliver(&mut self, permit: &SendPermit) {
        let Some(store) = self.pipeline.store() else { return };
        let schedule = self.pipeline.config().schedule;
        let round = match store.read(|snapshot| snapshot.installation()) {
            Ok(installation) => {
                let goes_on = |now| plan::may_send_now(now, &installation, &schedule);
                self.pipeline.deliver(permit, &Limits { goes_on: &goes_on, deadline: None }).await
            }
            Err(error) => {
                self.pipeline.store_failed(&error);
                None
            }
        };
        let now = self.now();
        match round {
            Some(round) => self.round_ended(&round, now),
            None => drop(self.deliveries.failed(now, None)),
        }
        self.log_events();
    }

    fn round_ended(&mut self, round: &DeliveryRound, now: Timestamp) {
        metrics::count(&self.meter, round);
        if round.arrived() > 0 {
            tracing::info!(reports = round.arrived(), "reports delivered");
        }
        match &round.end {
            RoundEnd::Empty => self.deliveries.succeeded(),
            RoundEnd::Retry { after, .. } => drop(self.deliveries.failed(now, *after)),
            RoundEnd::Held { .. } => self.deliveries.hold(),
            RoundEnd::Paused | RoundEnd::Revoked => {}
        }
    }

    /// Failures keep their own waits, so that a store that can be opened but not written does not cause more scrapes.
    fn resume(&mut self) -> Result<(), StoreError> {
        let Some(store) = self.pipeline.store().filter(|_| !self.scrapes.is_failing()) else { return Ok(()) };
        let installation = store.read(|snapshot| snapshot.installation())?;
        self.scrapes.resume(installation.last_scrape_at);
        Ok(())
    }

    /// Logs what failed and what recovered.
    fn log_events(&mut self) {
        for event in self.pipeline.take_events() {
            match event {
                Event::Failed(problem) if problem.is_error() => {
                    tracing::error!(topic = problem.topic.name(), code = problem.code, "{}", problem.explanation);
                }
                Event::Failed(problem) => {
                    tracing::warn!(topic = problem.topic.name(), code = problem.code, "{}", problem.explanation);
                }
                Event::Recovered(topic) => tracing::info!(topic = topic.name(), "{}", topic.recovery()),
                Event::StoreReplaced => {
                    tracing::info!("{STORE_REPLACED}; starting a new installation");
                    self.start_over();
                }
            }
        }
    }

    /// The waits were those of another installation.
    fn start_over(&mut self) {
        self.scrapes.reset();
        self.deliveries.reset();
    }

    fn now(&self) -> Timestamp {
        self.pipeline.config().context.clock.now()
    }
}
