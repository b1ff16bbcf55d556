//! Wall-clock time as a value, and the clock as something passed in.
//!
//! Tests step the time of day and pause the waiting. Short waits, such as the limits of a request, are tokio's own.

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use serde::{Serialize, Serializer};
use tokio::io::unix::AsyncFd;

/// Seconds in an hour.
pub const HOUR_SECONDS: i64 = 3600;
/// Seconds in a day.
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z. Shown as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment so many seconds after the Unix epoch.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The hour this moment lies in; a moment before 1970 lies in hour zero.
    #[must_use]
    pub fn hour(self) -> Hour {
        Hour(u32::try_from(self.0.div_euclid(HOUR_SECONDS)).unwrap_or(if self.0 < 0 { 0 } else { u32::MAX }))
    }

    /// The UTC day this moment lies in.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY_SECONDS))
    }

    /// This moment moved forward.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_secs()).unwrap_or(i64::MAX)))
    }

    /// This moment moved back.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_secs()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this moment is; zero if it is not after it (clocks step back).
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = u64::try_from(self.0).unwrap_or(0);
        // The year 9999 is the last that RFC 3339 can write.
        let moment = UNIX_EPOCH + Duration::from_secs(seconds.min(253_402_300_799));
        write!(f, "{}", humantime::format_rfc3339_seconds(moment))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

/// A whole hour, counted since 1970-01-01T00:00Z: the only times that ever leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u32);

impl Hour {
    /// The hour so many hours after the Unix epoch.
    #[must_use]
    pub const fn from_unix_hours(hours: u32) -> Self {
        Self(hours)
    }

    /// Hours since the Unix epoch.
    #[must_use]
    pub const fn unix_hours(self) -> u32 {
        self.0
    }

    /// Nanoseconds since the Unix epoch, as OTLP writes times. An hour after the year 2554 does not fit: it becomes the
    /// greatest number, which is no whole hour, so that the contract's gate refuses it.
    #[must_use]
    pub fn unix_nanos(self) -> u64 {
        u64::from(self.0).saturating_mul(3_600_000_000_000)
    }

    /// The hour that begins exactly at these nanoseconds, if one does.
    #[must_use]
    pub fn from_unix_nanos(nanos: u64) -> Option<Self> {
        if !nanos.is_multiple_of(3_600_000_000_000) {
            return None;
        }
        u32::try_from(nanos / 3_600_000_000_000).ok().map(Self)
    }

    /// The moment the hour begins.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * HOUR_SECONDS)
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.start().to_string();
        write!(f, "{}Z", whole.strip_suffix(":00Z").unwrap_or(&whole))
    }
}

impl Serialize for Hour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Timestamp {
    type Err = humantime::TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        humantime::parse_rfc3339(text).map(Self::from)
    }
}

/// A UTC day, counted since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// How many days this one is after `earlier`; negative if it is before it.
    #[must_use]
    pub const fn days_after(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment the day begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY_SECONDS))
    }
}

impl FromStr for Day {
    type Err = humantime::TimestampError;

    /// Reads a date as RFC 3339 has it: `2026-11-29`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let midnight: Timestamp = format!("{text}T00:00:00Z").parse()?;
        Ok(midnight.day())
    }
}

/// Where the time of day comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock's time now. It may step in either direction between two calls.
    fn now(&self) -> Timestamp;

    /// Resolves when so much time has passed. Needs the runtime.
    fn sleep(&self, time: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Resolves when its time has come.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The system's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now())
    }

    /// Wakes the process up once, where tokio's timers do it three times in a minute, on the way from their coarser wheels
    /// to the finer ones. The time during which the machine is suspended counts.
    fn sleep(&self, time: Duration) -> Sleep {
        match alarm(time) {
            Ok(alarm) => Box::pin(async move { drop(alarm.readable().await) }),
            // No file descriptor is left, say.
            Err(_) => Box::pin(tokio::time::sleep(time)),
        }
    }
}

/// A file that can be read when so much time has passed.
#[expect(
    deprecated,
    reason = "an `OwnedFd` keeps what the unsafe replacement asks for, and there is no unsafe code here"
)]
fn alarm(time: Duration) -> io::Result<AsyncFd<OwnedFd>> {
    let timer = TimerFd::new(ClockId::CLOCK_BOOTTIME, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
    // Nothing at all would turn the timer off.
    let time = time.max(Duration::from_nanos(1));
    timer.set(Expiration::OneShot(time.into()), TimerSetTimeFlags::empty())?;
    AsyncFd::new(OwnedFd::from(timer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_the_floor_of_its_moments() {
        let moment: Timestamp = "2026-01-02T02:59:59Z".parse().unwrap();
        assert_eq!(moment.hour().to_string(), "2026-01-02T02:00Z");
        assert_eq!(moment.hour().unix_nanos(), 1_767_319_200_000_000_000);
        assert_eq!(Hour::from_unix_nanos(1_767_319_200_000_000_000), Some(moment.hour()));
        assert_eq!(Hour::from_unix_nanos(1_767_319_200_000_000_001), None);
        assert_eq!(Hour::from_unix_nanos(Hour::from_unix_hours(u32::MAX).unix_nanos()), None);
    }

    #[test]
    fn time_before_1970_and_after_9999_is_shown_without_a_panic() {
        assert_eq!(Timestamp::from_unix_seconds(-5).hour(), Hour::from_unix_hours(0));
        assert_eq!(Timestamp::from_unix_seconds(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn day_is_the_utc_day_of_its_moments() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(moment("2026-11-29T23:59:59Z").day(), day("2026-11-29"));
        assert_eq!(moment("2026-11-30T00:00:00Z").day(), day("2026-11-30"));
        assert_eq!(day("2028-03-01").days_after(day("2028-02-28")), 2);
        assert_eq!(day("2026-11-29").days_after(day("2026-12-29")), -30);
        assert_eq!(day("2026-11-29").start(), moment("2026-11-29T00:00:00Z"));
        assert_eq!(Timestamp::from_unix_seconds(-1).day().days_after(day("1970-01-01")), -1);
    }

    #[test]
    fn only_a_date_is_a_day() {
        let bad = [
            "",
            "2026-11-29T00:00:00Z",
            "2026-11-29Z",
            "2026-02-30",
            "2026-13-01",
            "26-11-29",
            "2026/11/29",
            "2026-11-29 ",
        ];
        for text in bad {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn the_systems_clock_sleeps_until_the_time_has_passed() {
        for time in [Duration::ZERO, Duration::from_millis(30)] {
            let begun = tokio::time::Instant::now();
            SystemClock.sleep(time).await;
            assert!(begun.elapsed() >= time);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_systems_clock_does_not_wait_for_tokios_timers() {
        // Paused time would jump to the timer at once, if there was one.
        let begun = tokio::time::Instant::now();
        SystemClock.sleep(Duration::from_millis(30)).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[test]
    fn clock_step_back_gives_no_negative_duration() {
        let earlier = Timestamp::from_unix_seconds(100);
        assert_eq!(earlier.since(Timestamp::from_unix_seconds(200)), Duration::ZERO);
    }
}
