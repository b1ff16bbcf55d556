//! What a decision about consent does: go on, fall silent, or forget.
//!
//! What is decided is also written into the store, whenever it can be: what is created during a silence is told by that.

use std::time::Duration;

use super::{READERS_GRACE, Worker};
use crate::agent::explain::{Recorded, explain};
use crate::agent::silence;
use crate::clock::Timestamp;
use crate::consent::{Decision, Outcome};
use crate::ops::words::with_causes;
use crate::store::{Forget, Forgotten, Store, StoreError, Trace, Writer};

/// The decision that holds.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) decision: Decision,
    /// When it was made.
    at: Timestamp,
    /// For how long there had been no yes, until it is written down.
    silent_for: Option<Duration>,
    /// Whether the open store has it.
    pub(super) is_written: bool,
    /// Whether a no has deleted everything.
    is_forgotten: bool,
}

impl Worker {
    /// Acts on a decision: at the start, and at each change. `silent_for` says for how long there was no yes, if there is
    /// one again.
    pub async fn turn(&mut self, now: Timestamp, decision: &Decision, silent_for: Option<Duration>) {
        let meaning = explain(decision, self.tools.destination.as_ref(), &self.tools.schedule);
        self.meter.consent(decision.outcome);
        tracing::info!(telemetry = if decision.is_on() { "on" } else { "off" }, "{meaning}");
        let decision = decision.clone();
        let is_on = decision.is_on();
        self.standing = Some(Standing { decision, at: now, silent_for, is_written: false, is_forgotten: false });
        if is_on && silent_for.is_some() {
            self.scrapes.hurry();
            self.deliveries.hurry();
        }
        self.tend(now);
        if !is_on {
            self.sign_out().await;
        }
    }

    /// Writes the decision into the store, for `status`, and where a silence begins and ends.
    pub(super) fn write_decision(&mut self, now: Timestamp) {
        let (Some(store), Some(standing)) = (&self.store, &mut self.standing) else { return };
        if standing.is_written {
            return;
        }
        match store.write(|writer| standing.write(writer, now, &self.tools.contract)) {
            Ok(was_long_silence) => {
                standing.is_written = true;
                standing.silent_for = None;
                if was_long_silence {
                    // The sooner what is there is known, the less is taken for older than it is.
                    self.scrapes.hurry();
                }
                self.store_recovered();
            }
            Err(error) => self.store_failed(&error),
        }
    }

    /// Deletes everything but the receipts, if a no holds and has not done so yet. Says whether nothing is left to delete.
    pub(super) fn forget_what_is_left(&mut self, now: Timestamp) -> bool {
        let is_left = |standing: &Standing| standing.decision.outcome == Outcome::No && !standing.is_forgotten;
        if !self.standing.as_ref().is_some_and(is_left) {
            return true;
        }
        match self.forget(now) {
            Ok(forgotten) => {
                if forgotten.trace != Trace::NothingThere {
                    let reports = forgotten.waiting;
                    tracing::info!(reports, "a no: everything that was kept is deleted, but for the receipts");
                }
                self.unwiped = forgotten.trace == Trace::StillInTheLog;
                let store = self.store.take();
                self.begin_anew();
                self.store = store;
                if let Some(standing) = &mut self.standing {
                    standing.is_forgotten = true;
                }
                true
            }
            Err(error) => {
                let words = with_causes(&error);
                self.changes
                    .error("forget", &format!("not everything could be deleted, which is tried again: {words}"));
                false
            }
        }
    }

    /// Also where the store is not open, cannot be used, or is not the one that was opened.
    fn forget(&mut self, now: Timestamp) -> Result<Forgotten, StoreError> {
        if let Some(store) = &self.store {
            match store.forget(Forget::KeepReceipts, now, READERS_GRACE) {
                Err(error) if matches!(error, StoreError::Erased) || error.is_beyond_repair() => self.close_store(),
                forgotten => return forgotten,
            }
        }
        Store::forget_in(&self.tools.state_dir, Forget::KeepReceipts, now, READERS_GRACE)
    }

    /// Ends the session at the service, if one is open.
    pub async fn sign_out(&mut self) {
        if let Some(service) = &mut self.tools.service {
            service.sign_out().await;
        }
    }
}

impl Standing {
    /// Says whether a silence ended that was long enough for what is new to be taken as known.
    fn write(&self, writer: &Writer<'_>, now: Timestamp, contract: &str) -> Result<bool, StoreError> {
        let recorded = Recorded { at: self.at.to_string(), decision: self.decision.clone() };
        match serde_json::to_string(&recorded) {
            Ok(text) => writer.record_decision(&text)?,
            Err(error) => tracing::warn!(%error, "the decision could not be written down for `headcount status`"),
        }
        match self.decision.outcome {
            Outcome::No => Ok(false),
            Outcome::MissingYes => silence::begin(writer, self.at).map(|()| false),
            Outcome::On => {
                writer.record_contract(contract)?;
                silence::end(writer, now, self.silent_for)
            }
        }
    }
}
