//! Holds a journal against the design's invariants. Knows nothing of how it came about.

mod absence;
mod counting;
mod deliveries;
mod mount;
mod pace;
mod pauses;
mod served;
mod sessions;
mod sign_outs;
mod silence;
mod window;
mod words;

use std::fmt;
use std::time::Duration;

use crate::journal::{Consent, Entry, Journal, What};

/// What breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The invariant's number in the design.
    pub(crate) invariant: u8,
    /// After so much time, asleep or awake.
    pub(crate) lived: Duration,
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.lived.as_secs() / 86_400, self.lived.as_secs() % 86_400);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "invariant {}, day {days} {hours:02}:{minutes:02}: {}", self.invariant, self.text)
    }
}

/// All violations of one run.
pub(crate) fn check(journal: &Journal) -> Vec<Violation> {
    let (made, mut violations) = counting::check(journal);
    violations.extend(deliveries::check(journal, &made));
    violations.extend(silence::check(journal));
    violations.extend(mount::check(journal));
    violations.extend(pace::check(journal));
    violations.extend(sessions::check(journal));
    violations.extend(sign_outs::check(journal));
    violations.extend(window::check(journal));
    violations.extend(words::check(journal));
    violations.sort_by_key(|violation| violation.lived);
    violations
}

/// Takes violations down.
#[derive(Default)]
struct Verdict(Vec<Violation>);

impl Verdict {
    fn require(&mut self, holds: bool, invariant: u8, entry: &Entry, text: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Violation { invariant, lived: entry.lived, text: text() });
        }
    }
}

/// Whether the agent runs, and what consent it has seen.
#[derive(Debug, Clone, Copy)]
struct Standing {
    runs: bool,
    /// Whether what runs is a call of `once`.
    is_once: bool,
    consent: Consent,
    /// When either changed last, in time that was awake.
    since: Duration,
}

impl Standing {
    const BEGINNING: Self = Self { runs: false, is_once: false, consent: Consent::Yes, since: Duration::ZERO };

    /// Follows what happens. Says whether this changed it.
    fn see(&mut self, entry: &Entry) -> bool {
        match entry.what {
            What::Started { is_once, .. } => (self.runs, self.is_once) = (true, is_once),
            What::Ended { .. } => self.runs = false,
            What::Decided(consent) => self.consent = consent,
            _ => return false,
        }
        self.since = entry.awake;
        true
    }

    fn is_on(&self) -> bool {
        self.runs && self.consent == Consent::Yes
    }
}
