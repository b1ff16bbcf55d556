//! How an operator uses the program: when reports may be sent, which commands are run, and under which install_guid.

use std::time::Duration;

use headcount::clock::Timestamp;
use headcount::model::InstallGuid;

use crate::endpoint_faults::EndpointFault;
use crate::recipe::{DAY, HOUR};
use crate::support::world::Seeded;

/// Which commands the operator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// `run` alone.
    Run,
    /// `run`, and `once` by hand while it does not run.
    RunAndOnce,
    /// `once` alone, as a CronJob runs it.
    Once {
        /// The time between two calls.
        every: Duration,
    },
}

/// A part of the day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// As the setting is written.
    pub(crate) text: &'static str,
    /// Seconds after midnight.
    opens: u64,
    /// In seconds.
    lasts: u64,
}

/// An hour, one that passes midnight, and a longer one.
pub(crate) const WINDOWS: [Window; 3] = [
    Window { text: "01:00-02:00", opens: 3600, lasts: 3600 },
    Window { text: "23:30-00:30", opens: 84_600, lasts: 3600 },
    Window { text: "12:00-15:00", opens: 43_200, lasts: 10_800 },
];

/// The install_guids that an operator sets.
const INSTALL_GUIDS: [&str; 2] = ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30"];

/// Ways in which nothing is delivered and nothing is refused.
const OUTAGES: [EndpointFault; 7] = [
    EndpointFault::Refused,
    EndpointFault::Unreachable,
    EndpointFault::NeverConnects,
    EndpointFault::Hangs,
    EndpointFault::Unauthorized,
    EndpointFault::MayPass,
    EndpointFault::LaterPlain,
];

impl Window {
    /// For how long it is still open; none if it is closed.
    pub(crate) fn open_for(self, at: Timestamp) -> Option<Duration> {
        let left = self.lasts.checked_sub(self.since_opening(at)).filter(|left| *left > 0);
        left.map(Duration::from_secs)
    }

    /// The time until it opens.
    pub(crate) fn opens_in(self, at: Timestamp) -> Duration {
        DAY - Duration::from_secs(self.since_opening(at))
    }

    fn since_opening(self, at: Timestamp) -> u64 {
        let opens = i64::try_from(self.opens).unwrap();
        u64::try_from((at.unix_seconds() - opens).rem_euclid(86_400)).unwrap()
    }
}

/// A report window, or none.
pub(crate) fn draw_window(random: &Seeded) -> Option<Window> {
    random.percent(25).then(|| random.pick(&WINDOWS))
}

/// Which commands are run: ten runs over the same protocol have them all.
pub(crate) fn draw_usage(number: u64, random: &Seeded) -> Usage {
    match number % 10 {
        0..=5 => Usage::Run,
        6..=7 => Usage::RunAndOnce,
        _ => Usage::Once { every: random.pick(&[6 * HOUR, 12 * HOUR, DAY]) },
    }
}

/// An install_guid that an operator sets.
pub(crate) fn draw_install_guid(random: &Seeded) -> InstallGuid {
    InstallGuid::parse(random.pick(&INSTALL_GUIDS)).unwrap()
}

/// An outage that lasts longer than a month.
pub(crate) fn draw_outage(random: &Seeded) -> (EndpointFault, Duration) {
    (random.pick(&OUTAGES), random.between(31 * DAY, 40 * DAY))
}
