//! Invariant 4: that nothing is left of a kind of which there was something counts only once scrapes have found nothing for a day.

use std::time::Duration;

use headcount::clock::Timestamp;
use headcount::store;

use crate::recipe::{DAY, HOUR};

/// Two scrapes that are further apart say nothing about the time between them.
const GAP: Duration = HOUR.saturating_mul(25);

/// What is known of an absence, if one lasts.
#[derive(Debug, Clone, Default)]
pub(super) struct Absence(Option<Seen>);

#[derive(Debug, Clone)]
struct Seen {
    /// In whole seconds.
    lasted: Duration,
    at: Timestamp,
    /// In time that was awake; none if another process saw it.
    awake: Option<Duration>,
}

impl Absence {
    /// A complete scrape was over at this time, and found nothing where there was something, or found something.
    pub(super) fn see(&mut self, is_missing: bool, at: Timestamp, awake: Duration) {
        let before = self.0.take().filter(|_| is_missing);
        let lasted = before.map_or(Duration::ZERO, |seen| {
            let by_wall_clock = at.since(seen.at);
            if at < seen.at || by_wall_clock > GAP {
                return Duration::ZERO;
            }
            seen.lasted + seen.awake.map_or(by_wall_clock, |before| by_wall_clock.min(awake - before))
        });
        self.0 = is_missing.then(|| Seen { lasted: Duration::from_secs(lasted.as_secs()), at, awake: Some(awake) });
    }

    /// A process began that did not see it.
    pub(super) fn another_process(&mut self) {
        if let Some(seen) = &mut self.0 {
            seen.awake = None;
        }
    }

    /// Whether it has lasted for so long that nothing is what there is.
    pub(super) fn may_count(&self) -> bool {
        self.0.as_ref().is_some_and(|seen| seen.lasted >= DAY)
    }

    /// Whether this is what is stored of it.
    pub(super) fn is(&self, stored: Option<store::Absence>) -> bool {
        self.0.as_ref().map(|seen| (seen.lasted, seen.at)) == stored.map(|absence| (absence.lasted, absence.seen_at))
    }
}
