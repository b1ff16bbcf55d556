//! The decision that holds, what it asks for, and how it is recorded in the store.
//!
//! Must not know where the decision comes from, or what is read and sent after it.

use std::time::Duration;

use super::off_period;
use super::summary::RecordedDecision;
use crate::clock::Timestamp;
use crate::consent::{ConsentState, Decision};
use crate::store::{StoreError, Writer};

/// What the decision asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Scrape, report and deliver.
    On,
    /// Do nothing, and keep stored data. `since` is when the decision was made.
    Paused { since: Timestamp },
    /// Delete stored data. With `residue` it is deleted, but its bytes may still be in the write-ahead log.
    Forgetting { residue: bool },
    /// Do nothing: no stored data is left.
    Purged,
}

/// The decision that holds.
#[derive(Debug)]
pub(super) struct CurrentDecision {
    decision: Decision,
    /// When it was made.
    at: Timestamp,
    /// How long telemetry was off before, until that is recorded.
    pub(super) off_for: Option<Duration>,
    /// Whether the open store has it.
    pub(super) is_recorded: bool,
    pub(super) state: State,
}

impl CurrentDecision {
    pub(super) fn new(decision: Decision, at: Timestamp, off_for: Option<Duration>) -> Self {
        let state = match decision.state {
            ConsentState::Enabled => State::On,
            ConsentState::NotEnabled => State::Paused { since: at },
            ConsentState::OptedOut => State::Forgetting { residue: false },
        };
        Self { decision, at, off_for, is_recorded: false, state }
    }

    pub(super) fn is_off(&self) -> bool {
        self.state != State::On
    }

    /// Returns whether an off period ended that was so long that what is new is taken as known.
    pub(super) fn record(&self, writer: &Writer<'_>, now: Timestamp, contract: &str) -> Result<bool, StoreError> {
        let recorded = RecordedDecision { at: self.at.to_string(), decision: self.decision.clone() };
        match serde_json::to_string(&recorded) {
            Ok(text) => writer.record_decision(&text)?,
            Err(error) => tracing::warn!(%error, "the decision could not be recorded for `headcount status`"),
        }
        match self.state {
            State::Forgetting { .. } | State::Purged => Ok(false),
            State::Paused { since } => off_period::begin(writer, since).map(|()| false),
            State::On => {
                writer.record_contract(contract)?;
                off_period::end(writer, now, self.off_for)
            }
        }
    }
}
