//! What a decision does in the store: it is recorded, an off period begins or ends, and opting out deletes stored data.
//!
//! Must not know where the decision comes from, or what is read and sent after it.

use std::time::Duration;

use super::{Deleted, Maintained, Opened, Pipeline, Problem, Topic};
use crate::agent::state::{CurrentDecision, State};
use crate::clock::Timestamp;
use crate::consent::{ConsentState, DecisionChange};
use crate::error_chain::{Describe as _, Explanation};
use crate::store::{Purge, Purged, Residue, Store, StoreError};

impl Pipeline {
    /// Takes over a decision. [`Self::maintain`] does the rest, as often as it takes.
    pub fn apply(&mut self, change: &DecisionChange, now: Timestamp) {
        self.current = CurrentDecision::new(change.decision.clone(), now, change.off_for);
        if change.decision.state != ConsentState::OptedOut {
            // Nothing is to be deleted any more.
            self.drop_problem(Topic::Deletion);
        }
    }

    /// Whether stored data is to be deleted and may still be found on the disk.
    #[must_use]
    pub const fn is_deletion_pending(&self) -> bool {
        matches!(self.current.state, State::Forgetting { .. })
    }

    /// Does what comes before every other step: what an opt-out deletes is deleted, the store is open, the decision is
    /// recorded in it, and what is too old is deleted. What failed is tried again by the next call.
    pub fn maintain(&mut self, now: Timestamp) -> Maintained {
        let mut maintained = Maintained::default();
        // What must be deleted is neither read nor written before.
        if self.current.state == (State::Forgetting { residue: false }) {
            maintained.deleted = self.delete(now);
            if maintained.deleted.is_none() {
                return maintained;
            }
        }
        maintained.opened = self.keep_open();
        if maintained.opened == Opened::Other && matches!(self.current.state, State::Forgetting { .. } | State::Purged)
        {
            // What is in another store was not deleted yet.
            self.current.state = State::Forgetting { residue: false };
            return maintained;
        }
        self.record_decision(now, &mut maintained);
        if self.current.state == (State::Forgetting { residue: true }) {
            self.delete_residue(now, maintained.deleted.is_some());
        }
        self.expire(now);
        maintained
    }

    /// Closes a store whose directory was emptied or leads elsewhere, and opens the one that is there.
    fn keep_open(&mut self) -> Opened {
        if let Some(error) = self.store.as_ref().and_then(|store| store.check_location().err()) {
            self.let_go(&error);
        }
        let is_left_alone = self.current.is_off() && !self.manner.makes_store_while_off;
        if is_left_alone && !Store::exists(&self.config.state_dir) {
            return Opened::Before;
        }
        match self.open() {
            Ok(opened) => opened,
            // The sidecar that holds it decides for itself.
            Err(StoreError::Locked { .. }) if is_left_alone => Opened::Before,
            Err(error) => {
                self.store_failed(&error);
                Opened::Before
            }
        }
    }

    /// Records the decision, for `status`, and where an off period begins and ends; and first, whether the store is a copy.
    fn record_decision(&mut self, now: Timestamp, maintained: &mut Maintained) {
        let Some(store) = self.store.as_ref().filter(|_| !self.current.is_recorded) else { return };
        let recorded = store.write(|writer| {
            let is_copy = writer.record_copy(now, store.file_created())?;
            Ok((is_copy, self.current.record(writer, now, &self.config.contract.terms().canonical_text())?))
        });
        match recorded {
            Ok((is_copy, is_long_off_over)) => {
                (self.current.is_recorded, self.current.off_for) = (true, None);
                (maintained.is_copy, maintained.is_long_off_over) = (is_copy, is_long_off_over);
                self.recovered(Topic::Store);
            }
            Err(error) => self.store_failed(&error),
        }
    }

    /// Deletes everything but the receipts. None if that failed.
    fn delete(&mut self, now: Timestamp) -> Option<Deleted> {
        let Purged { pending: reports, residue, .. } = match self.forget(now) {
            Ok(forgotten) => forgotten,
            Err(error) => {
                let explanation = Explanation::of(&error).within("cannot delete stored data");
                self.notice(Problem::new(Topic::Deletion, error.describe().code, explanation));
                return None;
            }
        };
        let store = self.store.take();
        self.start_over();
        self.home = store.as_ref().map(Store::location).or(self.home);
        self.store = store;
        let is_residue = residue == Residue::InWriteAheadLog;
        self.current.state = if is_residue { State::Forgetting { residue: true } } else { State::Purged };
        Some(if residue == Residue::NoStore { Deleted::Nothing } else { Deleted::All { reports } })
    }

    /// Also where the store is not open, cannot be used, or is not the one that was opened.
    fn forget(&mut self, now: Timestamp) -> Result<Purged, StoreError> {
        let grace = self.manner.readers_grace;
        if let Some(store) = &self.store {
            match store.purge(Purge::KeepReceipts, now, grace) {
                Err(error)
                    if matches!(error, StoreError::Erased | StoreError::Unmounted { .. })
                        || error.is_beyond_repair() =>
                {
                    self.close();
                }
                forgotten => return forgotten,
            }
        }
        self.home.map_or(Ok(()), |home| home.check(&self.config.state_dir))?;
        Store::purge_in(&self.config.state_dir, Purge::KeepReceipts, now, grace)
    }

    /// Empties the write-ahead log of what was deleted, as soon as no other process reads it; until then `status` says so.
    /// The deletion itself has already waited for readers.
    fn delete_residue(&mut self, now: Timestamp, has_waited: bool) {
        let Some(store) = &self.store else {
            // A sidecar that holds the store keeps it from being opened here.
            if Store::exists(&self.config.state_dir) {
                self.notice(Problem::residue());
            }
            return;
        };
        let grace = if has_waited { Duration::ZERO } else { self.manner.readers_grace };
        if matches!(store.truncate_log(grace), Ok(true)) {
            self.current.state = State::Purged;
            self.recovered(Topic::Deletion);
            self.clear_failure();
        } else {
            self.failed(Problem::residue(), now);
        }
    }
}
