//! Invariant 11: failures to deliver are followed by longer and longer pauses, and whoever asks for time is given it.

use std::time::Duration;

use headcount::clock::Timestamp;
use headcount::store::AuditOutcome;

use crate::journal::Answered;
use crate::recipe::HOUR;

/// The longest time that an endpoint can ask for.
const LONGEST: Duration = HOUR;
/// The longest of our own pauses, before jitter, in seconds.
const LONGEST_PAUSE: u64 = 1800;

/// When the next attempt may come.
#[derive(Default)]
pub(super) struct Pauses {
    /// Failed attempts in a row.
    failures: u32,
    not_before: Option<Timestamp>,
    /// What the endpoint asked for.
    asked_for: Option<Timestamp>,
    /// Only a person can mend it.
    is_held: bool,
}

impl Pauses {
    /// The time of a report came, or something changed that may have mended what was wrong.
    pub(super) fn hurry(&mut self) {
        *self = Self { asked_for: self.asked_for, ..Self::default() };
    }

    /// What is wrong with an attempt at this time.
    pub(super) fn attempted(&self, at: Timestamp) -> Option<String> {
        let earliest = self.not_before.max(self.asked_for)?;
        (at < earliest).then(|| format!("an attempt before {earliest}"))
    }

    /// What is wrong with any attempt.
    pub(super) fn held(&self) -> Option<String> {
        self.is_held.then(|| "an attempt although only a person can mend what was wrong".to_owned())
    }

    /// What came of an attempt.
    pub(super) fn told(&mut self, outcome: AuditOutcome, answered: Answered, at: Timestamp) {
        match outcome {
            AuditOutcome::WillRetry => {
                let pause = 1_u64.checked_shl(self.failures).unwrap_or(u64::MAX).min(LONGEST_PAUSE);
                self.failures = (self.failures + 1).min(40);
                self.not_before = Some(at.plus(Duration::from_secs(pause)));
                if let Answered::Retry(Some(asked)) = answered {
                    self.asked_for = Some(at.plus(asked.min(LONGEST)));
                }
            }
            AuditOutcome::Held => self.is_held = true,
            _ => *self = Self::default(),
        }
    }
}
