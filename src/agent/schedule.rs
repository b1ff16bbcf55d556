//! When the next report is due: pure arithmetic on the wall clock's time, with randomness passed in.
//!
//! Only the planned moment of the next report is kept between runs. Everything else follows from it: the installation's own
//! minute, its own hour, and its place in the window are those of the planned moment, carried from slot to slot. Must not
//! know what a report is.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::{ReportWindow, ScheduleSettings};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 3600;

/// The first slot that is not before `earliest`, drawn at random: anywhere in the interval, or inside the window.
#[must_use]
pub fn first_slot(earliest: Timestamp, schedule: &ScheduleSettings, random: u64) -> Timestamp {
    let Some(window) = schedule.report_window else {
        let minutes = (schedule.report_interval.as_secs() / MINUTE).max(1);
        return earliest.plus(Duration::from_secs((random % minutes) * MINUTE));
    };
    let minute = (u64::from(window.opens) + random % u64::from(window.minutes.max(1))) * MINUTE % DAY;
    let since_midnight = seconds_of_day(earliest);
    let wait = (minute + DAY - since_midnight) % DAY;
    earliest.plus(Duration::from_secs(wait))
}

/// The slot after `planned` that is still to come at `now`: slots that went by unseen (the machine slept, the service was
/// down) are not made up for.
#[must_use]
pub fn following_slot(planned: Timestamp, now: Timestamp, schedule: &ScheduleSettings) -> Timestamp {
    let interval = interval_seconds(schedule);
    let Some(window) = schedule.report_window else {
        return advance(planned, now, interval);
    };
    if interval >= DAY {
        // The same minute of the day, on the first day that is an interval or more later.
        return advance(planned, now, interval.div_ceil(DAY) * DAY);
    }
    let mut slot = advance(planned, now, interval);
    // A window of one minute is met once a day at the latest if the interval divides the day; else the day's own slot is.
    for _ in 0..=DAY / interval {
        if is_open(window, slot) {
            return slot;
        }
        slot = slot.plus(Duration::from_secs(interval));
    }
    advance(planned, now, DAY)
}

/// The next slot, once a report was due at `now`, made or not. A slot that is still to come stays: `once` may report before it.
/// Where none is planned, the slots begin at `now`, or at a minute drawn from the window if that is closed.
///
/// # Errors
/// As `random` gives.
pub fn slot_after_report<E>(
    planned: Option<Timestamp>,
    now: Timestamp,
    schedule: &ScheduleSettings,
    is_first: bool,
    random: impl FnOnce() -> Result<u64, E>,
) -> Result<Timestamp, E> {
    match planned.filter(|planned| !is_implausible(*planned, now, schedule, is_first)) {
        Some(coming) if coming > now => Ok(coming),
        Some(passed) => Ok(following_slot(passed, now, schedule)),
        None if is_window_open(now, schedule) => Ok(following_slot(now, now, schedule)),
        None => Ok(first_slot(now, schedule, random()?)),
    }
}

/// Whether a planned moment cannot be right any more: the clock stepped back, or the interval or the window was changed.
/// It is then drawn again.
#[must_use]
pub fn is_implausible(planned: Timestamp, now: Timestamp, schedule: &ScheduleSettings, is_first: bool) -> bool {
    let mut horizon = schedule.report_interval;
    if is_first {
        horizon += schedule.first_report_after;
    }
    let Some(window) = schedule.report_window else {
        return planned.since(now) > horizon;
    };
    // The window may be up to a day away when the interval is over.
    planned.since(now) > horizon + Duration::from_secs(DAY) || !is_open(window, planned)
}

/// The slot that the next report is for, when `planned` was written down: the same, as long as it is to come. Of slots that
/// went by, only the last one is still open, so that a machine that slept reports once; and where there is a window that is
/// closed by now, or not yet come to this installation's own minute, the report is put off until that minute.
#[must_use]
pub fn current_slot(planned: Timestamp, now: Timestamp, schedule: &ScheduleSettings) -> Timestamp {
    if planned > now {
        return planned;
    }
    let passed = now.since(planned).as_secs() / interval_seconds(schedule) * interval_seconds(schedule);
    let latest = planned.plus(Duration::from_secs(passed));
    let latest = if is_window_open(latest, schedule) { latest } else { planned };
    if may_send_now(now, latest, None, schedule) { latest } else { advance(latest, now, DAY) }
}

/// Whether this installation may send now, when its next report is planned for `planned` and its last one was made at
/// `last_made`: at any time without a window; else while it is open, from this installation's own minute on. All
/// installations have the same window, and what waited overnight must not arrive from all of them as it opens.
#[must_use]
pub fn may_send_now(
    now: Timestamp,
    planned: Timestamp,
    last_made: Option<Timestamp>,
    schedule: &ScheduleSettings,
) -> bool {
    let Some(window) = schedule.report_window else { return true };
    let open_for = since_opening(window, now);
    let is_after_own_minute = open_for >= since_opening(window, planned);
    // With several slots in one window, the planned one may lie behind the one whose report was just made.
    let is_made = last_made.is_some_and(|made| made <= now && now.since(made).as_secs() <= open_for);
    is_open(window, now) && (is_after_own_minute || is_made)
}

/// Whether the window, if there is one, is open at this moment.
#[must_use]
pub fn is_window_open(at: Timestamp, schedule: &ScheduleSettings) -> bool {
    schedule.report_window.is_none_or(|window| is_open(window, at))
}

fn is_open(window: ReportWindow, at: Timestamp) -> bool {
    since_opening(window, at) < u64::from(window.minutes) * MINUTE
}

/// Seconds since the window opened last.
fn since_opening(window: ReportWindow, at: Timestamp) -> u64 {
    (seconds_of_day(at) + DAY - u64::from(window.opens) * MINUTE) % DAY
}

fn interval_seconds(schedule: &ScheduleSettings) -> u64 {
    schedule.report_interval.as_secs().max(3600)
}

fn seconds_of_day(at: Timestamp) -> u64 {
    at.unix_seconds().rem_euclid(86_400).unsigned_abs()
}

/// `from` plus the least positive multiple of `step` that lies after `now`.
fn advance(from: Timestamp, now: Timestamp, step: u64) -> Timestamp {
    let steps = now.since(from).as_secs() / step + 1;
    from.plus(Duration::from_secs(steps.saturating_mul(step)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule(interval_hours: u64, window: Option<(u16, u16)>) -> ScheduleSettings {
        ScheduleSettings {
            scrape_interval: Duration::from_secs(3600),
            report_interval: Duration::from_secs(interval_hours * 3600),
            report_window: window.map(|(opens, minutes)| ReportWindow { opens, minutes }),
            first_report_after: Duration::from_secs(3600),
            keep: Duration::from_secs(30 * DAY),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn without_window_the_minute_is_drawn_once() {
        let daily = schedule(24, None);
        let first = first_slot(at("2026-01-01T10:00:00Z"), &daily, 61);
        assert_eq!(first, at("2026-01-01T11:01:00Z"));
        assert_eq!(following_slot(first, at("2026-01-01T11:03:00Z"), &daily), at("2026-01-02T11:01:00Z"));
    }

    #[test]
    fn sleep_skips_to_the_next_slot() {
        let daily = schedule(24, None);
        let planned = at("2026-01-01T11:01:00Z");
        assert_eq!(following_slot(planned, at("2026-02-10T09:00:00Z"), &daily), at("2026-02-10T11:01:00Z"));
    }

    #[test]
    fn a_window_may_pass_midnight() {
        let daily = schedule(24, Some((23 * 60 + 30, 60)));
        let first = first_slot(at("2026-01-01T10:00:00Z"), &daily, 45);
        assert_eq!(first, at("2026-01-02T00:15:00Z"));
        assert!(is_window_open(first, &daily));
        assert!(!is_window_open(at("2026-01-02T00:30:00Z"), &daily));
        assert!(is_window_open(at("2026-01-02T23:30:00Z"), &daily));
        assert_eq!(following_slot(first, at("2026-01-02T00:16:00Z"), &daily), at("2026-01-03T00:15:00Z"));
    }

    #[test]
    fn clock_step_back_draws_the_slot_again() {
        let daily = schedule(24, None);
        let now = at("2026-01-01T10:00:00Z");
        assert!(!is_implausible(at("2026-01-02T10:00:00Z"), now, &daily, false));
        assert!(is_implausible(at("2026-01-02T10:00:01Z"), now, &daily, false));
        assert!(!is_implausible(at("2026-01-02T10:00:01Z"), now, &daily, true));
    }

    #[test]
    fn moved_window_draws_the_slot_again() {
        let now = at("2026-01-01T10:00:00Z");
        assert!(is_implausible(at("2026-01-02T01:30:00Z"), now, &schedule(24, Some((180, 60))), false));
    }

    #[test]
    fn pending_reports_are_sent_from_their_own_minute() {
        let daily = schedule(24, Some((60, 60)));
        let planned = at("2026-01-02T01:17:00Z");
        let may_send_now = |now: &str, made: Option<&str>| may_send_now(at(now), planned, made.map(at), &daily);
        for (now, expected) in [
            ("2026-01-01T00:59:59Z", false),
            ("2026-01-01T01:00:00Z", false),
            ("2026-01-01T01:16:59Z", false),
            ("2026-01-01T01:17:00Z", true),
            ("2026-01-01T01:59:59Z", true),
            ("2026-01-01T02:00:00Z", false),
        ] {
            assert_eq!(may_send_now(now, None), expected, "{now}");
            assert_eq!(may_send_now(now, Some("2025-12-31T01:17:00Z")), expected, "{now}");
        }
        assert!(super::may_send_now(at("2026-01-01T12:00:00Z"), planned, None, &schedule(24, None)));
    }

    #[test]
    fn several_slots_in_a_window_send_at_once() {
        let often = schedule(6, Some((60, 12 * 60)));
        let (made, planned) = (at("2026-01-01T03:10:00Z"), at("2026-01-01T09:10:00Z"));
        assert!(may_send_now(at("2026-01-01T03:10:30Z"), planned, Some(made), &often));
        assert!(!may_send_now(at("2026-01-02T01:00:00Z"), planned, Some(made), &often), "another day's window");
        assert!(!may_send_now(at("2026-01-01T03:09:00Z"), planned, Some(made), &often), "the clock stepped back");
    }

    #[test]
    fn of_slots_that_went_by_the_last_one_is_open() {
        let daily = schedule(24, None);
        let planned = at("2026-01-01T11:01:00Z");
        assert_eq!(current_slot(planned, at("2026-01-01T10:00:00Z"), &daily), planned);
        assert_eq!(current_slot(planned, at("2026-01-02T11:00:59Z"), &daily), planned);
        assert_eq!(current_slot(planned, at("2026-02-10T12:00:00Z"), &daily), at("2026-02-10T11:01:00Z"));
    }

    #[test]
    fn missed_window_delays_the_report_by_a_day() {
        let weekly = schedule(7 * 24, Some((60, 60)));
        let planned = at("2026-01-01T01:17:00Z");
        assert_eq!(current_slot(planned, at("2026-01-01T01:50:00Z"), &weekly), planned);
        assert_eq!(current_slot(planned, at("2026-01-01T02:00:00Z"), &weekly), at("2026-01-02T01:17:00Z"));
        assert_eq!(current_slot(planned, at("2026-01-03T01:05:00Z"), &weekly), at("2026-01-03T01:17:00Z"));
        assert_eq!(current_slot(planned, at("2026-01-08T01:20:00Z"), &weekly), at("2026-01-08T01:17:00Z"));
    }

    #[test]
    fn slot_after_report_keeps_the_installations_own_minute() {
        let daily = schedule(24, None);
        let now = at("2026-01-02T11:05:00Z");
        let after = |planned: Option<&str>, schedule: &ScheduleSettings| {
            slot_after_report(planned.map(at), now, schedule, false, || Ok::<_, ()>(17)).unwrap()
        };
        assert_eq!(after(Some("2026-01-02T11:01:00Z"), &daily), at("2026-01-03T11:01:00Z"));
        assert_eq!(after(Some("2026-01-02T18:01:00Z"), &daily), at("2026-01-02T18:01:00Z"), "it is still to come");
        assert_eq!(after(Some("2026-01-09T18:01:00Z"), &daily), at("2026-01-03T11:05:00Z"), "the clock stepped back");
        assert_eq!(after(None, &daily), at("2026-01-03T11:05:00Z"));
        assert_eq!(after(None, &schedule(24, Some((60, 60)))), at("2026-01-03T01:17:00Z"), "the window is closed");
    }

    proptest! {
        #[test]
        fn slots_come_later_lie_in_the_window_and_are_an_interval_apart(
            hours in 1_u64..=168,
            window in proptest::option::of((0_u16..1440, 1_u16..=1440)),
            earliest in 0_i64..4_000_000_000,
            random: u64,
            slept in 0_u64..100 * DAY,
        ) {
            let schedule = schedule(hours, window);
            let earliest = Timestamp::from_unix_seconds(earliest);
            let first = first_slot(earliest, &schedule, random);
            prop_assert!(first >= earliest);
            prop_assert!(is_window_open(first, &schedule));
            prop_assert!(!is_implausible(first, earliest, &schedule, true));
            let now = first.plus(Duration::from_secs(slept));
            let next = following_slot(first, now, &schedule);
            prop_assert!(next > now);
            prop_assert!(is_window_open(next, &schedule));
            prop_assert!(!is_implausible(next, now, &schedule, false));
            prop_assert!(next.since(first) >= schedule.report_interval);
            let current = current_slot(first, now, &schedule);
            prop_assert!(is_window_open(current, &schedule) && current >= first);
            let is_near = current.since(now).as_secs() <= DAY;
            let is_open = current > now || may_send_now(now, current, None, &schedule);
            prop_assert!(is_near && is_open);
            prop_assert_eq!(current_slot(current, now, &schedule), current, "it does not move");
        }
    }
}
