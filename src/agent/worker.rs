//! The worker: does the one step that is due, with a permit in its hand.
//!
//! Knows what the steps are and in which order; when consent comes and goes is the agent's concern.

use std::path::PathBuf;
use std::time::Duration;

use super::explain::explain;
use super::pace::{DeliveryPace, ScrapePace};
use super::reporting::{self, Made};
use super::rounds::{self, Round, RoundEnd};
use super::schedule;
use super::scrape::{self, ScrapeError};
use super::surroundings::Surroundings;
use crate::clock::Timestamp;
use crate::config::{Destination, ScheduleSettings};
use crate::consent::{Decision, ReadPermit, SendPermit};
use crate::inventory::InstallGuid;
use crate::ops::changes::Changes;
use crate::ops::words::with_causes;
use crate::randomness;
use crate::source::Service;
use crate::store::{AuditOutcome, Expiry, Forget, Installation, Store, StoreError, Trace};

/// The wall clock is looked at this often, since timers stand still while a machine sleeps.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// What expires is looked for this often.
const HOUSEKEEPING: Duration = Duration::from_secs(3600);

/// A no waits this long for those who read the store, such as `status`, so that its log can be emptied.
const READERS_GRACE: Duration = Duration::from_secs(1);

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Scrape; and make the report that was planned for this moment, if one was.
    Scrape {
        /// When the report that is due was planned for.
        report: Option<Timestamp>,
    },
    /// Deliver what waits.
    Deliver,
    /// Nothing, for so long.
    Wait(Duration),
}

/// What the worker works with.
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
    /// The service that is read.
    pub service: Option<Box<dyn Service>>,
}

/// Does one step at a time.
#[derive(Debug)]
pub struct Worker {
    tools: Tools,
    store: Option<Store>,
    scrapes: ScrapePace,
    deliveries: DeliveryPace,
    changes: Changes,
    /// The slot whose missing report the audit already mentions.
    missed: Option<Timestamp>,
    cleaned_at: Option<Timestamp>,
    /// Somebody was reading when everything was deleted, so that deleted bytes are still in the store's log.
    unwiped: bool,
}

impl Worker {
    /// A worker that has not opened its store yet.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn new(tools: Tools) -> Result<Self, randomness::RandomnessError> {
        let seed = randomness::number(tools.surroundings.randomness.as_ref())?;
        Ok(Self {
            scrapes: ScrapePace::new(tools.schedule.scrape_interval),
            deliveries: DeliveryPace::new(seed),
            tools,
            store: None,
            changes: Changes::default(),
            missed: None,
            cleaned_at: None,
            unwiped: false,
        })
    }

    /// The store, if it could be opened.
    #[must_use]
    pub const fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Opens the store, if it is not open.
    ///
    /// # Errors
    /// If it cannot be used; it can be tried again.
    pub fn open_store(&mut self) -> Result<(), StoreError> {
        if self.store.is_some() {
            return Ok(());
        }
        let store = Store::open(&self.tools.state_dir)?;
        let installation = store.read(|snapshot| snapshot.installation())?;
        self.scrapes.resume(installation.last_scrape_at);
        self.store = Some(store);
        self.changes.recovered("store", "the store can be used again");
        Ok(())
    }

    /// Opens the store or says, once, why it cannot be.
    pub fn keep_store_open(&mut self) {
        if let Err(error) = self.open_store() {
            self.changes.error("store", &with_causes(&error));
        }
    }

    /// What is to be done at this moment.
    pub fn next_step(&mut self, now: Timestamp) -> Step {
        match self.plan(now) {
            Ok(step) => step,
            Err(error) => {
                self.store_failed(&error);
                Step::Wait(MINUTE)
            }
        }
    }

    fn plan(&mut self, now: Timestamp) -> Result<Step, StoreError> {
        let Some(store) = &self.store else { return Ok(Step::Wait(MINUTE)) };
        let installation = store.read(|snapshot| snapshot.installation())?;
        let planned = plan_report(store, &self.tools, &installation, now)?;
        let due = planned.filter(|planned| *planned <= now);
        if self.scrapes.is_due(now) || (due.is_some() && !self.scrapes.is_failing()) {
            return Ok(Step::Scrape { report: due });
        }
        let mut wait = self.scrapes.wait(now);
        if let Some(planned) = planned.filter(|planned| *planned > now) {
            wait = wait.min(planned.since(now));
        }
        let waits = store.read(|snapshot| snapshot.outbox_summary())?.depth > 0;
        let delivers = matches!(self.tools.destination, Some(Destination::Endpoint(_)));
        if waits && delivers && schedule::may_send(now, &self.tools.schedule) {
            if self.deliveries.is_due(now) {
                return Ok(Step::Deliver);
            }
            wait = self.deliveries.wait(now).map_or(wait, |delivery| wait.min(delivery));
        }
        Ok(Step::Wait(wait.clamp(Duration::from_secs(1), MINUTE)))
    }

    /// Does a step. Ends early if a permit is revoked.
    pub async fn perform(&mut self, step: Step, read: &ReadPermit, send: &SendPermit) {
        match step {
            Step::Scrape { report } => self.scrape(report, read).await,
            Step::Deliver => self.deliver(send).await,
            Step::Wait(_) => {}
        }
    }

    async fn scrape(&mut self, due: Option<Timestamp>, permit: &ReadPermit) {
        let (Some(store), Some(service)) = (&self.store, &mut self.tools.service) else { return };
        let scraped = scrape::scrape(service.as_mut(), permit, store, &self.tools.surroundings).await;
        let now = self.tools.surroundings.clock.now();
        match scraped {
            Ok((committed, _)) => {
                self.scrapes.succeeded(now);
                self.changes.recovered("scrape", "the service can be read");
                tracing::debug!(baseline = committed.is_baseline, "a scrape was complete");
                if committed.is_baseline {
                    tracing::info!(
                        "the first complete scrape is the baseline; only what is created from now on is counted"
                    );
                }
                if due.is_some() {
                    self.report(now);
                }
            }
            Err(ScrapeError::Source(error)) if error.is_revoked() => {}
            Err(ScrapeError::Source(error)) if error.is_starting() => {
                self.scrapes.not_ready(now);
                tracing::debug!(%error, "the service is not ready yet");
                self.miss_report(due, now, &error.to_string());
            }
            Err(ScrapeError::Store(error)) => {
                self.scrapes.failed(now);
                self.miss_report(due, now, &with_causes(&error));
                self.store_failed(&error);
            }
            Err(error) => {
                self.scrapes.failed(now);
                let words = with_causes(&error);
                self.failed("scrape", &words, now);
                self.miss_report(due, now, &words);
            }
        }
    }

    /// Makes the report that is due. The next one is planned whether there was one to make or not.
    fn report(&mut self, now: Timestamp) {
        let Some(store) = &self.store else { return };
        let made = reporting::make_report(store, self.tools.wanted, &self.tools.surroundings);
        let planned = made.and_then(|made| {
            let schedule = self.tools.schedule;
            store.write(|writer| {
                let planned = writer.installation()?.next_report_at.unwrap_or(now);
                writer.set_next_report(Some(schedule::following_slot(planned, now, &schedule)))
            })?;
            Ok(made)
        });
        match planned {
            Ok(Made::Report { number, hour, .. }) => {
                tracing::info!(report = number, %hour, "a report was made and waits in the outbox");
                self.deliveries.hurry();
            }
            Ok(Made::Skipped(reason)) => tracing::info!(%reason, "no report was made"),
            Ok(Made::Refused(refusal)) => {
                self.failed("gate", &format!("{refusal}; nothing was sent, please report this as a defect"), now);
            }
            Err(reporting::ReportError::Store(error)) => self.store_failed(&error),
            Err(error) => self.failed("report", &with_causes(&error), now),
        }
    }

    /// A report was due and could not rest on a scrape: the audit says so, once for each slot.
    fn miss_report(&mut self, due: Option<Timestamp>, now: Timestamp, reason: &str) {
        if due.is_none() || self.missed == due {
            return;
        }
        self.missed = due;
        let Some(store) = &self.store else { return };
        let noted = store.write(|writer| writer.note(now, AuditOutcome::NotMade, reason, None));
        if let Err(error) = noted {
            self.store_failed(&error);
        }
    }

    async fn deliver(&mut self, permit: &SendPermit) {
        let (Some(store), Some(Destination::Endpoint(endpoint))) = (&self.store, &self.tools.destination) else {
            return;
        };
        let round = rounds::deliver_waiting(store, endpoint, permit, &self.tools.surroundings).await;
        let now = self.tools.surroundings.clock.now();
        match round {
            Ok(round) => self.round_ended(&round, now),
            Err(error) => {
                self.deliveries.failed(now, None);
                self.store_failed(&error);
            }
        }
    }

    fn round_ended(&mut self, round: &Round, now: Timestamp) {
        if round.delivered > 0 {
            tracing::info!(reports = round.delivered, "delivered");
        }
        if round.refused > 0 {
            self.failed("refusal", "the endpoint refused a report for good; `headcount audit` says why", now);
        }
        if round.gate_refused > 0 {
            self.failed("gate", "a report in the outbox was changed by somebody else and was not sent", now);
        }
        match &round.end {
            RoundEnd::Empty => drop(self.changes.recovered("delivery", "the endpoint accepts reports")),
            RoundEnd::Retry { after, reason } => {
                self.deliveries.failed(now, *after);
                self.failed("delivery", reason, now);
            }
            RoundEnd::Held { reason } => {
                self.deliveries.hold();
                self.failed("delivery", reason, now);
            }
            RoundEnd::Revoked => {}
        }
    }

    /// Says once, in the log and in the store, what went wrong.
    fn failed(&mut self, topic: &'static str, text: &str, now: Timestamp) {
        if !self.changes.warn(topic, text) {
            return;
        }
        let Some(store) = &self.store else { return };
        if let Err(error) = store.write(|writer| writer.record_failure(now, text)) {
            self.store_failed(&error);
        }
    }

    fn store_failed(&mut self, error: &StoreError) {
        self.changes.error("store", &with_causes(error));
        // Opening it anew is what mends most: it was erased, or replaced, or its disk came back.
        self.store = None;
    }

    /// Deletes what is too old; at most once an hour, also while off. And wipes what a no could not wipe at once.
    pub fn clean(&mut self, now: Timestamp) {
        if let (true, Some(store)) = (self.unwiped, &self.store) {
            self.unwiped = !matches!(store.truncate_log(READERS_GRACE), Ok(true));
        }
        let is_clean = self.cleaned_at.is_some_and(|at| at <= now && now.since(at) < HOUSEKEEPING);
        let Some(store) = self.store.as_ref().filter(|_| !is_clean) else { return };
        self.cleaned_at = Some(now);
        let expiry = match self.tools.destination {
            Some(Destination::Export) => Expiry::AfterGrace,
            _ => Expiry::OnceTried,
        };
        if let Err(error) = store.write(|writer| writer.expire(now, self.tools.schedule.keep, expiry)) {
            self.store_failed(&error);
        }
    }

    /// Runs a write on the store, if it is open.
    pub fn record(&mut self, write: impl FnOnce(&crate::store::Writer<'_>) -> Result<(), StoreError>) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.write(write) {
            self.store_failed(&error);
        }
    }

    /// Says what a decision means: at the start, and at each change.
    pub fn announce(&self, decision: &Decision) {
        let meaning = explain(decision, self.tools.destination.as_ref(), &self.tools.schedule);
        tracing::info!(telemetry = if decision.is_on() { "on" } else { "off" }, "{meaning}");
    }

    /// Consent came back, or was there from the start.
    pub fn resume(&mut self, now: Timestamp, silent_for: Option<Duration>) {
        self.record(|writer| {
            let Some(since) = writer.installation()?.off_since else { return Ok(()) };
            let was_long = scrape::silence_was_long(since, now)
                || silent_for.is_some_and(|silence| silence >= scrape::SHORT_SILENCE);
            if was_long {
                writer.set_take_as_known(true)?;
            }
            writer.set_off_since(None)
        });
        if silent_for.is_some() {
            self.scrapes.hurry();
        }
        self.deliveries.hurry();
    }

    /// A yes is missing: everything is kept, and what comes into being from now on will not be counted.
    pub async fn fall_silent(&mut self, now: Timestamp) {
        self.record(|writer| match writer.installation()?.off_since {
            Some(_) => Ok(()),
            None => writer.set_off_since(Some(now)),
        });
        self.sign_out().await;
    }

    /// A no: everything but the receipts is deleted at once.
    pub async fn forget(&mut self, now: Timestamp) {
        let forgotten = match &self.store {
            Some(store) => store.forget(Forget::KeepReceipts, now, READERS_GRACE),
            None => Store::forget_in(&self.tools.state_dir, Forget::KeepReceipts, now, READERS_GRACE),
        };
        match forgotten {
            Ok(forgotten) if forgotten.trace == Trace::NothingThere => {}
            Ok(forgotten) => {
                let reports = forgotten.waiting;
                tracing::info!(reports, "a no: everything that was kept is deleted, but for the receipts");
                self.unwiped = forgotten.trace == Trace::StillInTheLog;
            }
            Err(error) => {
                self.changes.error("forget", &format!("not everything could be deleted: {}", with_causes(&error)));
                self.store = None;
            }
        }
        (self.missed, self.cleaned_at) = (None, None);
        self.scrapes.hurry();
        self.sign_out().await;
    }

    /// Ends the session at the service, if one is open.
    pub async fn sign_out(&mut self) {
        if let Some(service) = &mut self.tools.service {
            service.sign_out().await;
        }
    }
}

/// The moment of the next report: as kept, or drawn anew where there is none or it makes no sense any more.
fn plan_report(
    store: &Store,
    tools: &Tools,
    installation: &Installation,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(baseline) = installation.baseline_at else { return Ok(None) };
    let is_first = installation.last_report.is_none();
    let schedule = &tools.schedule;
    let kept = installation.next_report_at.filter(|kept| !schedule::is_implausible(*kept, now, schedule, is_first));
    let planned = match kept {
        // The window closed while the machine slept or the service was down.
        Some(kept) if kept <= now && !schedule::may_send(now, schedule) => {
            schedule::following_slot(kept, now, schedule)
        }
        Some(kept) => return Ok(Some(kept)),
        None => {
            let Ok(random) = randomness::number(tools.surroundings.randomness.as_ref()) else { return Ok(None) };
            let earliest = baseline.plus(schedule.first_report_after);
            schedule::first_slot(if is_first { earliest.max(now) } else { now }, schedule, random)
        }
    };
    store.write(|writer| writer.set_next_report(Some(planned)))?;
    Ok(Some(planned))
}
