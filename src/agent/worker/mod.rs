//! The worker: does the one step that is due, with a permit in its hand.
//!
//! Knows what the steps are and in which order; when consent comes and goes is the agent's concern.

mod plan;
mod silence;
mod steps;

use std::path::PathBuf;
use std::time::Duration;

use super::measured;
use super::pace::{DeliveryPace, ScrapePace};
use super::surroundings::Surroundings;
use crate::clock::Timestamp;
use crate::config::{Destination, ScheduleSettings};
use crate::consent::{ReadPermit, SendPermit};
use crate::inventory::InstallGuid;
use crate::ops::changes::Changes;
use crate::ops::self_metrics::Meter;
use crate::ops::words::with_causes;
use crate::randomness;
use crate::source::Service;
use crate::store::{Expiry, Store, StoreError, Writer};

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
    /// The canonical text of the contract that this program keeps to.
    pub contract: String,
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
    meter: Meter,
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
            meter: Meter::off(),
            missed: None,
            cleaned_at: None,
            unwiped: false,
        })
    }

    /// The same worker, which tells this meter what it does.
    #[must_use]
    pub fn with_meter(self, meter: Meter) -> Self {
        Self { meter, ..self }
    }

    /// What the self-metrics are told through.
    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Tells the meter how the store is.
    pub fn measure(&self) {
        if self.meter.is_on() {
            self.meter.read(self.store.as_ref().and_then(measured::readings));
        }
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

    /// Does a step. Ends early if a permit is revoked.
    pub async fn perform(&mut self, step: Step, read: &ReadPermit, send: &SendPermit) {
        match step {
            Step::Scrape { report } => self.scrape(report, read).await,
            Step::Deliver => self.deliver(send).await,
            Step::Wait(_) => {}
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

    /// Runs a write on the store, if it is open.
    pub fn record(&mut self, write: impl FnOnce(&Writer<'_>) -> Result<(), StoreError>) {
        let Some(store) = &self.store else { return };
        if let Err(error) = store.write(write) {
            self.store_failed(&error);
        }
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
}
