//! The worker: repeats the pipeline's steps for `run`, and says what came of them.
//!
//! Knows when each step is due and how soon it is tried again; when consent comes and goes is the agent's concern.

mod plan;
mod react;
mod steps;

use std::time::Duration;

use super::backoff::{DeliveryBackoff, ScrapeSchedule};
use super::metrics;
use super::pipeline::{Manner, Opened, Pipeline, WorkerConfig};
use crate::clock::Timestamp;
use crate::consent::{ReadPermit, SendPermit};
use crate::ops::self_metrics::Meter;
use crate::random;
use crate::state_log::StateLog;
use crate::store::{Store, StoreError};

/// The wall clock is looked at this often, since timers stand still while a machine sleeps.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// The loop goes round while it waits for those who read, so that each of its waits is short.
const MANNER: Manner = Manner { readers_grace: Duration::from_secs(1), makes_store_while_off: true };

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

/// Does one step at a time.
#[derive(Debug)]
pub struct Worker {
    pipeline: Pipeline,
    scrapes: ScrapeSchedule,
    deliveries: DeliveryBackoff,
    states: StateLog,
    meter: Meter,
}

impl Worker {
    /// A worker that has not opened its store yet.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn new(config: WorkerConfig) -> Result<Self, random::RandomError> {
        let seed = random::number(config.context.random.as_ref())?;
        Ok(Self {
            scrapes: ScrapeSchedule::new(config.schedule.scrape_interval),
            deliveries: DeliveryBackoff::new(seed),
            pipeline: Pipeline::new(config, MANNER),
            states: StateLog::default(),
            meter: Meter::off(),
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
}
