//! The consent monitor: reads the consent file whenever it changes, decides, and keeps the changes of the decision in order.
//!
//! Must not know what is read or sent; what a decision means for them is the agent's concern.

use std::time::Duration;

use tokio::time::Instant;

use super::{Change, Consent, ConsentState, Decision, Inputs, ReadPermit, SendPermit, decide, file};
use crate::config::{ConsentSettings, SettingError};
use crate::file_watcher::{FileChanges, FileWatcher};

/// Decides, and keeps the changes of the decision that no caller has taken yet.
#[derive(Debug)]
pub struct ConsentMonitor {
    settings: ConsentSettings,
    faults: Vec<SettingError>,
    contract: String,
    file_changes: Option<FileChanges>,
    consent: Consent,
    pending: Vec<DecisionChange>,
    off_since: Option<Instant>,
}

/// A decision that the agent has to act on.
#[derive(Debug, Clone)]
pub struct DecisionChange {
    /// The decision.
    pub decision: Decision,
    /// How long telemetry was off, if this decision enables it again.
    pub off_for: Option<Duration>,
}

impl ConsentMonitor {
    /// Decides for the first time. `contract` is the hash of the contract of this program.
    #[must_use]
    pub fn open(settings: ConsentSettings, faults: Vec<SettingError>, contract: String) -> Self {
        let decision = decide_from(&settings, &faults, &contract);
        let off_since = (!decision.is_enabled()).then(Instant::now);
        let pending = vec![DecisionChange { decision: decision.clone(), off_for: None }];
        let consent = Consent::new(decision);
        Self { settings, faults, contract, file_changes: None, consent, pending, off_since }
    }

    /// Watches the consent file from now on, if there is one. Needs the runtime.
    pub fn watch(&mut self, watcher: &dyn FileWatcher) {
        self.file_changes = self.settings.consent_file.as_deref().map(|path| watcher.watch(path));
    }

    /// Resolves when the consent file may have changed; never, if there is none.
    pub async fn changed(&mut self) {
        match &mut self.file_changes {
            Some(changes) => changes.next().await,
            None => std::future::pending().await,
        }
    }

    /// Reads the file and decides again. Where the decision no longer enables, permits end before this returns.
    pub fn reconsider(&mut self) {
        if self.settings.consent_file.is_none() {
            return;
        }
        let decision = decide_from(&self.settings, &self.faults, &self.contract);
        let off_for = match self.consent.update(decision.clone()) {
            Change::Unchanged => return,
            Change::Reasons => None,
            Change::TurnedOff => {
                // One kind of off may become the other.
                self.off_since.get_or_insert_with(Instant::now);
                None
            }
            Change::TurnedOn => self.off_since.take().map(|since| since.elapsed()),
        };
        self.pending.push(DecisionChange { decision, off_for });
    }

    /// The changes since the last call, oldest first. The first decision is the first of them.
    pub fn take_changes(&mut self) -> Vec<DecisionChange> {
        std::mem::take(&mut self.pending)
    }

    /// The permits, if the decision enables telemetry.
    #[must_use]
    pub fn permits(&self) -> Option<(ReadPermit, SendPermit)> {
        self.consent.permits()
    }

    /// The current decision.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        self.consent.decision()
    }

    /// Whether the operator opted out.
    #[must_use]
    pub fn is_opted_out(&self) -> bool {
        self.decision().state == ConsentState::OptedOut
    }
}

fn decide_from(settings: &ConsentSettings, faults: &[SettingError], contract: &str) -> Decision {
    let file = settings.consent_file.as_deref().map(file::read);
    decide(&Inputs { settings, faults, file: file.as_ref(), contract })
}
