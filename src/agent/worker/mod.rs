//! The worker: does the one step that is due, with a permit in its hand.
//!
//! Knows what the steps are and in which order; when consent comes and goes is the agent's concern.

mod plan;
mod silence;
mod steps;

use std::path::PathBuf;
use std::time::Duration;

use self::silence::Standing;
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
use crate::store::{Expiry, Store, StoreError};

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
    /// The decision that holds; none for those who drive the steps themselves.
    standing: Option<Standing>,
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
            standing: None,
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
        // Failures keep their own pace: a store that can be opened but not written must not make the service pay.
        if !self.scrapes.is_failing() {
            let installation = store.read(|snapshot| snapshot.installation())?;
            self.scrapes.resume(installation.last_scrape_at);
        }
        self.store = Some(store);
        Ok(())
    }

    /// Does what every turn of the loop begins with: the store is open, or it is said once why it cannot be; what was
    /// decided is written in it; and what is too old is deleted, also while off.
    pub fn tend(&mut self, now: Timestamp) {
        // What must be deleted first is neither read nor written.
        if !self.forget_what_is_left(now) {
            return;
        }
        if let Err(error) = self.open_store() {
            self.store_failed(&error);
        }
        self.write_decision(now);
        self.clean(now);
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

    /// Says once that the store cannot be used, and lets go of one that opening it anew may mend: its disk came back, or
    /// another one was mounted.
    fn store_failed(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Erased) {
            tracing::info!("the store was erased or replaced by somebody else; this is a new installation from now on");
            return self.begin_anew();
        }
        self.changes.error("store", &with_causes(error));
        if !matches!(error, StoreError::Full(_) | StoreError::Busy(_)) {
            self.close_store();
        }
    }

    fn close_store(&mut self) {
        self.store = None;
        if let Some(standing) = &mut self.standing {
            standing.is_written = false;
        }
    }

    /// Nothing that is remembered beside the store holds any more.
    fn begin_anew(&mut self) {
        self.close_store();
        self.scrapes.hurry();
        self.deliveries.hurry();
        self.changes = Changes::default();
        (self.missed, self.cleaned_at) = (None, None);
    }

    /// The store could be written.
    fn store_recovered(&mut self) {
        self.changes.recovered("store", "the store can be used again");
    }

    /// What `status` shows as the last failure is over when nothing fails and nothing waits.
    fn clear_failure(&mut self) {
        let Some(store) = self.store.as_ref().filter(|_| self.changes.is_well()) else { return };
        let is_over =
            store.read(|snapshot| Ok(snapshot.last_failure()?.is_some() && snapshot.outbox_summary()?.depth == 0));
        let cleared = match is_over {
            Ok(true) => store.write(|writer| writer.clear_failure()),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = cleared {
            self.store_failed(&error);
        }
    }

    /// Deletes what is too old, at most once an hour; and wipes what a no could not wipe at once.
    fn clean(&mut self, now: Timestamp) {
        if let (true, Some(store)) = (self.unwiped, &self.store) {
            self.unwiped = !matches!(store.truncate_log(READERS_GRACE), Ok(true));
        }
        let is_clean = self.cleaned_at.is_some_and(|at| at <= now && now.since(at) < HOUSEKEEPING);
        let Some(store) = self.store.as_ref().filter(|_| !is_clean) else { return };
        self.cleaned_at = Some(now);
        // Where nobody tries to deliver, nothing would ever have been tried.
        let is_off = self.standing.as_ref().is_some_and(|standing| !standing.decision.is_on());
        let expiry = match self.tools.destination {
            Some(Destination::Endpoint(_)) if !is_off => Expiry::OnceTried,
            _ => Expiry::AfterGrace,
        };
        if let Err(error) = store.write(|writer| writer.expire(now, self.tools.schedule.keep, expiry)) {
            self.store_failed(&error);
        }
    }
}
