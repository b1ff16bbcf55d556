//! What a decision, a deletion and the state of the store mean for the log and for when the steps are due.

use std::time::Duration;

use super::Worker;
use crate::agent::decision::{COPIED, Deleted, RESIDUE};
use crate::agent::pipeline::{Opened, topic};
use crate::agent::summary::summary;
use crate::clock::Timestamp;
use crate::consent::Decision;
use crate::ops::words::with_causes;
use crate::state_log::StateLog;
use crate::store::StoreError;

impl Worker {
    /// Acts on a decision: at the start, and at each change. `off_for` says for how long there was no yes, if there is
    /// one again.
    pub async fn apply_decision(&mut self, now: Timestamp, decision: &Decision, off_for: Option<Duration>) {
        let config = self.pipeline.config();
        let meaning = summary(decision, config.destination.as_ref(), &config.schedule);
        self.meter.consent(decision.state);
        let is_on = decision.is_enabled();
        tracing::info!(telemetry = if is_on { "on" } else { "off" }, "{meaning}");
        self.pipeline.apply(decision, now, off_for);
        if is_on && off_for.is_some() {
            self.scrapes.reset();
            self.deliveries.reset();
        }
        self.maintain(now);
        if !is_on {
            self.sign_out().await;
        }
    }

    /// Does what every turn of the loop begins with: the store is open, or it is said once why it cannot be; what was
    /// decided is written in it; and what is too old is deleted, also while off.
    pub fn maintain(&mut self, now: Timestamp) {
        let maintained = self.pipeline.maintain(now);
        if let Some(deleted) = &maintained.deleted {
            self.deleted(deleted);
        }
        if maintained.opened == Opened::Other {
            tracing::warn!("another store is in the state directory now; its installation goes on");
            self.start_over();
        }
        if maintained.opened != Opened::Before
            && let Err(error) = self.resume()
        {
            self.pipeline.store_failed(error);
        }
        if maintained.is_copy {
            tracing::warn!("{COPIED}");
        }
        if maintained.is_recorded {
            self.store_recovered();
        }
        if maintained.is_long_off_over {
            // The sooner what is there is known, the less is taken for older than it is.
            self.scrapes.reset();
        }
        self.note_store_error();
    }

    /// Failures keep their own pace: a store that can be opened but not written must not make the service pay.
    pub(super) fn resume(&mut self) -> Result<(), StoreError> {
        let Some(store) = self.pipeline.store().filter(|_| !self.scrapes.is_failing()) else { return Ok(()) };
        let installation = store.read(|snapshot| snapshot.installation())?;
        self.scrapes.resume(installation.last_scrape_at);
        Ok(())
    }

    fn deleted(&mut self, deleted: &Deleted) {
        match deleted {
            Deleted::Failed(text) => {
                let text = format!("not everything could be deleted, which is tried again: {text}");
                self.states.error(topic::DELETION, &text);
            }
            Deleted::Residue => {
                self.states.recovered(topic::DELETION, "the deletion is complete");
            }
            Deleted::Nothing => self.start_over(),
            Deleted::All { reports } => {
                self.start_over();
                tracing::info!(reports, "a no: everything that was kept is deleted, but for the receipts");
            }
            Deleted::ButResidue { .. } => {
                self.start_over();
                self.states.warn(topic::DELETION, RESIDUE);
            }
        }
    }

    /// Says once that the store cannot be used.
    pub(super) fn note_store_error(&mut self) {
        if let Some(error) = self.pipeline.take_store_error() {
            self.store_failed(&error);
        }
    }

    pub(super) fn store_failed(&mut self, error: &StoreError) {
        if matches!(error, StoreError::Erased) {
            tracing::info!("the store was erased or replaced by somebody else; this is a new installation from now on");
            return self.start_over();
        }
        self.states.error("store", &with_causes(error));
    }

    /// The store could be written.
    pub(super) fn store_recovered(&mut self) {
        self.states.recovered("store", "the store can be used again");
    }

    /// Nothing that was remembered of the store before holds any more.
    fn start_over(&mut self) {
        self.scrapes.reset();
        self.deliveries.reset();
        self.states = StateLog::default();
    }
}
