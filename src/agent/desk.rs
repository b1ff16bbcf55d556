//! The consent desk: looks at the consent file whenever it changes, decides, and keeps what was decided in order.
//!
//! Must not know what is being scraped or sent; what a decision means for them is the agent's concern.

use tokio::time::Instant;

use crate::config::{ConsentSettings, Fault};
use crate::consent::{Change, Consent, ConsentState, Decision, Inputs, ReadPermit, SendPermit, Watch, decide, file};

/// Decides, and remembers the decisions that nobody has acted on yet.
#[derive(Debug)]
pub struct Desk {
    settings: ConsentSettings,
    faults: Vec<Fault>,
    contract: String,
    watch: Option<Watch>,
    consent: Consent,
    pending: Vec<Turn>,
    off_since: Option<Instant>,
}

/// A decision that the agent has to act on.
#[derive(Debug, Clone)]
pub struct Turn {
    /// What was decided.
    pub decision: Decision,
    /// For how long there was no yes, if there is one again.
    pub silent_for: Option<std::time::Duration>,
}

impl Desk {
    /// Decides for the first time. `contract` is the hash of the contract of this program.
    #[must_use]
    pub fn open(settings: ConsentSettings, faults: Vec<Fault>, contract: String) -> Self {
        let decision = decide_from(&settings, &faults, &contract);
        let off_since = (!decision.is_on()).then(Instant::now);
        let pending = vec![Turn { decision: decision.clone(), silent_for: None }];
        let consent = Consent::new(decision);
        Self { settings, faults, contract, watch: None, consent, pending, off_since }
    }

    /// The same desk, which is told of changes by this watch instead of one of its own.
    #[must_use]
    pub fn watching_by(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Begins to watch the consent file, if there is one and nobody does yet. Needs the runtime.
    pub fn watch(&mut self) {
        if self.watch.is_none() {
            self.watch = self.settings.consent_file.as_deref().map(Watch::start);
        }
    }

    /// Resolves when the consent file may have changed; never, if there is none.
    pub async fn changed(&mut self) {
        match &mut self.watch {
            Some(watch) => watch.changed().await,
            None => std::future::pending().await,
        }
    }

    /// Reads the file again and decides again. Permits end here and now if there is no yes any more.
    pub fn reconsider(&mut self) {
        if self.settings.consent_file.is_none() {
            return;
        }
        let decision = decide_from(&self.settings, &self.faults, &self.contract);
        let silent_for = match self.consent.update(decision.clone()) {
            Change::Unchanged => return,
            Change::Reasons => None,
            Change::TurnedOff => {
                // One kind of off may become the other.
                self.off_since.get_or_insert_with(Instant::now);
                None
            }
            Change::TurnedOn => self.off_since.take().map(|since| since.elapsed()),
        };
        self.pending.push(Turn { decision, silent_for });
    }

    /// The decisions since the last call, oldest first.
    pub fn take_turns(&mut self) -> Vec<Turn> {
        std::mem::take(&mut self.pending)
    }

    /// The permits, if there is a yes.
    #[must_use]
    pub fn permits(&self) -> Option<(ReadPermit, SendPermit)> {
        self.consent.permits()
    }

    /// What holds now.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        self.consent.decision()
    }

    /// Whether an explicit no holds now.
    #[must_use]
    pub fn is_no(&self) -> bool {
        self.decision().state == ConsentState::OptedOut
    }
}

fn decide_from(settings: &ConsentSettings, faults: &[Fault], contract: &str) -> Decision {
    let file = settings.consent_file.as_deref().map(file::read);
    decide(&Inputs { settings, faults, file: file.as_ref(), contract })
}
