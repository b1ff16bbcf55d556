//! What a decision does in the store: it is recorded, an off period begins or ends, and an opt-out deletes.
//!
//! Must not know where the decision comes from, or what is read and sent after it.

use std::time::Duration;

use super::off_period;
use super::pipeline::{Opened, Pipeline, topic};
use super::summary::RecordedDecision;
use crate::clock::Timestamp;
use crate::consent::{ConsentState, Decision};
use crate::ops::words::with_causes;
use crate::store::{Forget, Forgotten, Store, StoreError, Trace, Writer};

/// What `status` shows while deleted data may still be found on the disk.
pub const RESIDUE: &str = "deletion incomplete: another process reads the store, so deleted data may remain in its \
    write-ahead log; stop that process, then run `headcount once` or `headcount erase`";

/// What an operator has to know of a store that is a copy. A program cannot tell whether the original is still in use.
pub const COPIED: &str = "the store is a copy or was restored from a backup; if its original is still in use, or reported after \
    the backup was made, two installations share one install_guid, and their numbers are wrong: run `headcount erase` on this \
    one, and it starts a new installation; if the store was only moved, there is nothing to do";

/// The decision that holds.
#[derive(Debug)]
pub struct CurrentDecision {
    decision: Decision,
    /// When it was made.
    at: Timestamp,
    /// How long telemetry was off before, until that is recorded.
    off_for: Option<Duration>,
    /// Whether the open store has it.
    pub(super) is_recorded: bool,
    deletion: Deletion,
}

/// How far the deletion is that an opt-out demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deletion {
    /// None is demanded.
    None,
    /// The data is still there.
    Pending,
    /// The data is deleted, but its bytes may still be in the write-ahead log.
    Residue,
    /// Nothing is left.
    Done,
}

/// What maintaining the store did.
#[derive(Debug, Default)]
pub struct Maintained {
    /// Whether the store was opened.
    pub opened: Opened,
    /// Whether the decision was recorded.
    pub is_recorded: bool,
    /// Whether it was noticed that the store is a copy.
    pub is_copy: bool,
    /// Whether an off period ended that was so long that what was created in it is not counted.
    pub is_long_off_over: bool,
    /// What came of the deletion that an opt-out demands.
    pub deleted: Option<Deleted>,
}

/// What came of a deletion.
#[derive(Debug, PartialEq, Eq)]
pub enum Deleted {
    /// There was no store.
    Nothing,
    /// Everything but the receipts and the audit's lines.
    All {
        /// Pending reports that were deleted.
        reports: u64,
    },
    /// The same, but the write-ahead log could not be emptied.
    ButResidue {
        /// Pending reports that were deleted.
        reports: u64,
    },
    /// The write-ahead log could be emptied since.
    Residue,
    /// Nothing could be deleted, in words.
    Failed(String),
}

impl CurrentDecision {
    fn new(decision: Decision, at: Timestamp, off_for: Option<Duration>) -> Self {
        let deletion = if decision.state == ConsentState::OptedOut { Deletion::Pending } else { Deletion::None };
        Self { decision, at, off_for, is_recorded: false, deletion }
    }

    pub(super) fn is_off(&self) -> bool {
        !self.decision.is_enabled()
    }

    /// Says whether an off period ended that was long enough for what is new to be taken as known.
    fn record(&self, writer: &Writer<'_>, now: Timestamp, contract: &str) -> Result<bool, StoreError> {
        let recorded = RecordedDecision { at: self.at.to_string(), decision: self.decision.clone() };
        match serde_json::to_string(&recorded) {
            Ok(text) => writer.record_decision(&text)?,
            Err(error) => tracing::warn!(%error, "the decision could not be recorded for `headcount status`"),
        }
        match self.decision.state {
            ConsentState::OptedOut => Ok(false),
            ConsentState::NotEnabled => off_period::begin(writer, self.at).map(|()| false),
            ConsentState::Enabled => {
                writer.record_contract(contract)?;
                off_period::end(writer, now, self.off_for)
            }
        }
    }
}

impl Pipeline {
    /// Takes over a decision. `off_for` says for how long telemetry was off, if it is on again. [`Self::maintain`] does the
    /// rest, as often as it takes.
    pub fn apply(&mut self, decision: &Decision, now: Timestamp, off_for: Option<Duration>) {
        self.current = Some(CurrentDecision::new(decision.clone(), now, off_for));
    }

    /// Does what comes before every other step: what an opt-out deletes is deleted, the store is open, the decision is
    /// recorded in it, and what is too old is deleted. What failed is tried again by the next call.
    pub fn maintain(&mut self, now: Timestamp) -> Maintained {
        let mut maintained = Maintained::default();
        // What must be deleted first is neither read nor written.
        if self.deletion() == Deletion::Pending {
            let deleted = self.delete(now);
            let is_failed = matches!(deleted, Deleted::Failed(_));
            maintained.deleted = Some(deleted);
            if is_failed {
                return maintained;
            }
        }
        if let Some(Err(error)) = self.store.as_ref().map(Store::check_place) {
            self.store_failed(error);
        }
        if self.may_open() {
            match self.open() {
                Ok(opened) => {
                    maintained.opened = opened;
                    // What kept the store from being used before is over.
                    self.take_store_error();
                }
                Err(error) => self.store_failed(error),
            }
        }
        if maintained.opened == Opened::Other && self.deletion() != Deletion::None {
            // What is in another store was not deleted yet.
            self.set_deletion(Deletion::Pending);
            return maintained;
        }
        self.record_decision(now, &mut maintained);
        if self.deletion() == Deletion::Residue {
            self.delete_residue(now, &mut maintained);
        }
        self.expire(now);
        maintained
    }

    fn deletion(&self) -> Deletion {
        self.current.as_ref().map_or(Deletion::None, |current| current.deletion)
    }

    fn set_deletion(&mut self, deletion: Deletion) {
        if let Some(current) = &mut self.current {
            current.deletion = deletion;
        }
    }

    /// While telemetry is off, there may be no store to record the decision in.
    fn may_open(&self) -> bool {
        let is_off = self.current.as_ref().is_some_and(CurrentDecision::is_off);
        !is_off || self.manner.makes_store_while_off || Store::exists(&self.config.state_dir)
    }

    /// Records the decision, for `status`, and where an off period begins and ends; and first, whether the store is a copy.
    fn record_decision(&mut self, now: Timestamp, maintained: &mut Maintained) {
        let (Some(store), Some(current)) = (&self.store, &mut self.current) else { return };
        if current.is_recorded {
            return;
        }
        let recorded = store.write(|writer| {
            let is_copy = writer.note_copy(now, store.born())?;
            Ok((is_copy, current.record(writer, now, &self.config.contract)?))
        });
        match recorded {
            Ok((is_copy, is_long_off_over)) => {
                current.is_recorded = true;
                current.off_for = None;
                (maintained.is_recorded, maintained.is_copy) = (true, is_copy);
                maintained.is_long_off_over = is_long_off_over;
            }
            Err(error) => self.store_failed(error),
        }
    }

    /// Deletes everything but the receipts.
    fn delete(&mut self, now: Timestamp) -> Deleted {
        match self.forget(now) {
            Ok(Forgotten { waiting: reports, trace, .. }) => {
                let store = self.store.take();
                self.start_over();
                self.home = store.as_ref().map(Store::home).or(self.home);
                self.store = store;
                let is_residue = trace == Trace::StillInTheLog;
                self.set_deletion(if is_residue { Deletion::Residue } else { Deletion::Done });
                match trace {
                    Trace::NothingThere => Deleted::Nothing,
                    Trace::StillInTheLog => Deleted::ButResidue { reports },
                    Trace::FilesRemoved | Trace::Overwritten => Deleted::All { reports },
                }
            }
            Err(error) => Deleted::Failed(with_causes(&error)),
        }
    }

    /// Also where the store is not open, cannot be used, or is not the one that was opened.
    fn forget(&mut self, now: Timestamp) -> Result<Forgotten, StoreError> {
        let grace = self.manner.readers_grace;
        if let Some(store) = &self.store {
            match store.forget(Forget::KeepReceipts, now, grace) {
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
        Store::forget_in(&self.config.state_dir, Forget::KeepReceipts, now, grace)
    }

    /// Empties the write-ahead log of what was deleted, as soon as no other process reads it; until then `status` says so.
    fn delete_residue(&mut self, now: Timestamp, maintained: &mut Maintained) {
        let Some(store) = &self.store else { return };
        let is_waited_for = matches!(maintained.deleted, Some(Deleted::ButResidue { .. }));
        let grace = if is_waited_for { Duration::ZERO } else { self.manner.readers_grace };
        if !matches!(store.truncate_log(grace), Ok(true)) {
            return self.failed(topic::DELETION, RESIDUE, now);
        }
        self.set_deletion(Deletion::Done);
        self.recovered(topic::DELETION);
        self.clear_failure();
        maintained.deleted = match maintained.deleted.take() {
            Some(Deleted::ButResidue { reports }) => Some(Deleted::All { reports }),
            _ => Some(Deleted::Residue),
        };
    }
}
