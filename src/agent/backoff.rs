//! How soon again: the backoff of scrapes and of deliveries, after success and after failure.
//!
//! Pure: the time is passed in. Must not know what is scraped or delivered.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::clock::Timestamp;
use crate::delivery::{MAX_DELAY, RetryBackoff};
use crate::source::Retry;

/// A service that is still starting is read again after this, then less and less often.
const STARTING_MIN: Duration = Duration::from_secs(5);
/// A service that takes longer than a minute or two to start is read once a minute.
const STARTING_MAX: Duration = Duration::from_secs(60);
/// Until then a service that is starting is no failure: it takes 30 to 90 s, and longer on slow hosts.
const STARTING_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Any other failure may be short, so that the first retry comes soon.
const FAILING_MIN: Duration = Duration::from_secs(10);
/// An operator should not have to wait long to see that a new password works, and a failing service should not get many
/// requests.
const FAILING_MAX: Duration = Duration::from_secs(10 * 60);

/// A failure that may leave a session behind at the service is retried after this at first.
const SPARING_MIN: Duration = Duration::from_secs(60);
/// A failure that leaves a session behind each time is retried after this at first.
const RARE_MIN: Duration = Duration::from_secs(3600);
/// Both are retried once a day in the end: a restart, or a change of the settings, retries at once.
const RARE_MAX: Duration = Duration::from_secs(24 * 3600);

/// When the next scrape is due.
#[derive(Debug)]
pub(super) struct ScrapeSchedule {
    interval: Duration,
    next: Option<Timestamp>,
    /// The wait that was planned last.
    planned: Duration,
    failing: Option<ExponentialBackoff>,
    /// The wait after the last failure that may have left a session behind. Other failures do not make it shorter.
    sparing: Option<Duration>,
    starting: Option<ExponentialBackoff>,
    starting_since: Option<Timestamp>,
}

impl ScrapeSchedule {
    /// Scrapes every `interval`, the first time at once.
    #[must_use]
    pub(super) const fn new(interval: Duration) -> Self {
        Self {
            interval,
            next: None,
            planned: interval,
            failing: None,
            sparing: None,
            starting: None,
            starting_since: None,
        }
    }

    /// Continues where an earlier process stopped.
    pub(super) fn resume(&mut self, last_scrape: Option<Timestamp>) {
        self.planned = self.interval;
        self.next = last_scrape.map(|last| last.plus(self.interval));
    }

    /// The next scrape is due at once.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.interval);
    }

    /// Whether a scrape is due. A moment further away than was planned was planned before the clock stepped back.
    #[must_use]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| next <= now || next.since(now) > self.planned)
    }

    /// Whether the last scrape failed.
    #[must_use]
    pub(super) const fn is_failing(&self) -> bool {
        self.failing.is_some() || self.sparing.is_some() || self.starting.is_some()
    }

    /// How long until the next scrape.
    #[must_use]
    pub(super) fn wait(&self, now: Timestamp) -> Duration {
        self.next.map_or(Duration::ZERO, |next| next.since(now))
    }

    /// A scrape was complete.
    pub(super) fn succeeded(&mut self, now: Timestamp) {
        *self = Self::new(self.interval);
        self.plan(now, self.interval);
    }

    /// The service is still starting. Returns whether it has been for so long that this is a failure.
    pub(super) fn not_ready(&mut self, now: Timestamp) -> bool {
        let since = *self.starting_since.get_or_insert(now);
        let delays = self.starting.get_or_insert_with(|| delays(STARTING_MIN, STARTING_MAX.min(self.interval)));
        let wait = delays.next().unwrap_or(STARTING_MAX);
        self.plan(now, wait);
        now.since(since) >= STARTING_PATIENCE
    }

    /// A scrape failed.
    pub(super) fn failed(&mut self, now: Timestamp, retry: Retry) {
        let wait = match retry {
            Retry::Usual => {
                let max = FAILING_MAX.min(self.interval);
                self.failing.get_or_insert_with(|| delays(FAILING_MIN, max)).next().unwrap_or(max)
            }
            Retry::Regular => {
                self.failing.get_or_insert_with(|| delays(FAILING_MIN, FAILING_MAX));
                self.interval
            }
            Retry::Sparing => self.spare(SPARING_MIN),
            Retry::Rare => self.spare(RARE_MIN),
        };
        self.plan(now, wait);
    }

    /// Twice the last wait of this kind, and no less than `min`.
    fn spare(&mut self, min: Duration) -> Duration {
        let wait = self.sparing.map_or(min, |last| min.max(last * 2)).min(RARE_MAX);
        *self.sparing.insert(wait)
    }

    fn plan(&mut self, now: Timestamp, wait: Duration) {
        (self.next, self.planned) = (Some(now.plus(wait)), wait);
    }
}

fn delays(min: Duration, max: Duration) -> ExponentialBackoff {
    ExponentialBuilder::default().with_min_delay(min).with_max_delay(max).without_max_times().build()
}

/// When the next delivery may be tried.
#[derive(Debug)]
pub(super) struct DeliveryBackoff {
    seed: u64,
    schedule: RetryBackoff,
    next: Option<Timestamp>,
    /// The moment that the endpoint requested. Nothing makes it earlier.
    asked: Option<Timestamp>,
    is_held: bool,
}

impl DeliveryBackoff {
    /// Delivers at once; after failures, less and less often. The seed decides the jitter.
    #[must_use]
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, schedule: RetryBackoff::new(seed), next: None, asked: None, is_held: false }
    }

    /// The time of a report came, or a change may have fixed the cause of the failure.
    pub(super) fn reset(&mut self) {
        *self = Self { asked: self.asked, next: self.asked, ..Self::new(self.seed) };
    }

    /// No report is pending.
    pub(super) fn succeeded(&mut self) {
        *self = Self::new(self.seed);
    }

    /// Whether a delivery may be tried. A moment further away than the longest delay was planned before the clock stepped
    /// back.
    #[must_use]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let is_due = self.next.is_none_or(|next| next <= now || next.since(now) > MAX_DELAY);
        !self.is_held && is_due
    }

    /// How long until a delivery may be tried; `None` if only a new report changes that.
    #[must_use]
    pub(super) fn wait(&self, now: Timestamp) -> Option<Duration> {
        (!self.is_held).then(|| self.next.map_or(Duration::ZERO, |next| next.since(now)))
    }

    /// The endpoint may accept it later. Returns the delay.
    pub(super) fn failed(&mut self, now: Timestamp, asked: Option<Duration>) -> Duration {
        let delay = self.schedule.next(asked);
        self.next = Some(now.plus(delay));
        self.asked = asked.and(self.next);
        delay
    }

    /// Only the operator can fix it.
    pub(super) const fn hold(&mut self) {
        self.is_held = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn scrape_is_due_at_once_then_every_interval() {
        let mut backoff = ScrapeSchedule::new(HOUR);
        assert!(backoff.is_due(at(0)));
        backoff.succeeded(at(0));
        assert!(!backoff.is_due(at(3599)));
        assert!(backoff.is_due(at(3600)));
    }

    #[test]
    fn restart_keeps_the_scrape_interval() {
        let mut backoff = ScrapeSchedule::new(HOUR);
        backoff.resume(Some(at(0)));
        assert!(!backoff.is_due(at(60)));
        assert_eq!(backoff.wait(at(60)), Duration::from_secs(3540));
    }

    #[test]
    fn clock_step_back_does_not_stop_scrapes() {
        let mut backoff = ScrapeSchedule::new(HOUR);
        backoff.succeeded(at(0));
        assert!(backoff.is_due(at(-31_536_000)));
    }

    #[test]
    fn failures_slow_down_to_ten_minutes_until_a_success() {
        let mut backoff = ScrapeSchedule::new(HOUR);
        let mut waits = Vec::new();
        for _ in 0..8 {
            backoff.failed(at(0), Retry::Usual);
            waits.push(backoff.wait(at(0)).as_secs());
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600]);
        assert!(backoff.is_failing());
        backoff.succeeded(at(0));
        assert!(!backoff.is_failing());
        backoff.failed(at(0), Retry::Usual);
        assert_eq!(backoff.wait(at(0)).as_secs(), 10);
    }

    #[test]
    fn scrape_that_would_find_the_same_waits_for_the_interval() {
        let mut backoff = ScrapeSchedule::new(2 * HOUR);
        for _ in 0..3 {
            backoff.failed(at(0), Retry::Regular);
            assert_eq!(backoff.wait(at(0)), 2 * HOUR);
            assert!(backoff.is_failing(), "an open store and a due report do not make it earlier");
        }
        backoff.failed(at(0), Retry::Usual);
        assert_eq!(backoff.wait(at(0)).as_secs(), 10);
    }

    #[test]
    fn lost_sessions_slow_down_to_a_day() {
        for (retry, expected) in [
            (Retry::Rare, [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0].map(|hours| hours * 3600.0)),
            (Retry::Sparing, [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0]),
        ] {
            let mut backoff = ScrapeSchedule::new(HOUR);
            for wait in expected {
                backoff.failed(at(0), retry);
                assert_eq!(backoff.wait(at(0)).as_secs_f64(), wait, "{retry:?}");
                assert!(!backoff.is_due(at(0)), "{retry:?}: a wait that is longer than an interval is kept");
            }
            backoff.failed(at(0), Retry::Usual);
            assert_eq!(backoff.wait(at(0)).as_secs(), 10);
        }
    }

    #[test]
    fn other_failures_do_not_shorten_the_wait_for_a_lost_session() {
        let mut backoff = ScrapeSchedule::new(HOUR);
        let mut waits = Vec::new();
        for retry in
            [Retry::Sparing, Retry::Rare, Retry::Sparing, Retry::Rare, Retry::Sparing, Retry::Rare, Retry::Sparing]
        {
            backoff.failed(at(0), retry);
            waits.push(backoff.wait(at(0)).as_secs());
            backoff.failed(at(0), Retry::Usual);
            assert!(backoff.wait(at(0)) <= FAILING_MAX);
            backoff.not_ready(at(0));
        }
        assert_eq!(waits, [60, 3600, 7200, 14_400, 28_800, 57_600, 86_400]);
        backoff.succeeded(at(0));
        backoff.failed(at(0), Retry::Sparing);
        assert_eq!(backoff.wait(at(0)).as_secs(), 60);
    }

    #[test]
    fn starting_service_is_read_again_soon() {
        let mut backoff = ScrapeSchedule::new(HOUR);
        let mut waits = Vec::new();
        for _ in 0..6 {
            assert!(!backoff.not_ready(at(0)));
            waits.push(backoff.wait(at(0)).as_secs());
        }
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
        assert!(!backoff.not_ready(at(299)));
        assert!(backoff.not_ready(at(300)), "five minutes are long enough");
        backoff.succeeded(at(300));
        assert!(!backoff.not_ready(at(400)));
    }

    #[test]
    fn held_delivery_waits_for_the_next_report() {
        let mut backoff = DeliveryBackoff::new(1);
        assert!(backoff.is_due(at(0)));
        backoff.hold();
        assert!(!backoff.is_due(at(1_000_000)));
        assert_eq!(backoff.wait(at(0)), None);
        backoff.reset();
        assert!(backoff.is_due(at(0)));
    }

    #[test]
    fn failed_delivery_waits_as_requested() {
        let mut backoff = DeliveryBackoff::new(1);
        backoff.failed(at(0), Some(Duration::from_secs(600)));
        assert!(!backoff.is_due(at(599)));
        assert!(backoff.is_due(at(-31_536_000)), "the clock stepped back");
        assert!(backoff.wait(at(0)).is_some_and(|wait| wait >= Duration::from_secs(600)));
        backoff.reset();
        assert!(!backoff.is_due(at(599)), "a new report does not undo what the endpoint asked for");
        assert!(backoff.is_due(at(600)));
        backoff.failed(at(600), None);
        backoff.reset();
        assert!(backoff.is_due(at(600)));
    }
}
