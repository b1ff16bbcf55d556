//! Durations as settings write them: one number and one unit.

use std::ops::RangeInclusive;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Whole minutes, for ranges and defaults.
pub(super) const fn minutes(number: u64) -> Duration {
    Duration::from_secs(number * MINUTE)
}

/// Whole hours.
pub(super) const fn hours(number: u64) -> Duration {
    Duration::from_secs(number * HOUR)
}

/// Whole days.
pub(super) const fn days(number: u64) -> Duration {
    Duration::from_secs(number * DAY)
}

/// Reads `90s`, `15m`, `6h` or `30d`: digits, then one unit, and nothing else.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => MINUTE,
        b'h' => HOUR,
        b'd' => DAY,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(unit).map(Duration::from_secs)
}

/// Reads a duration that lies in `range`, or says what one would.
pub(super) fn parse_in(text: &str, range: &RangeInclusive<Duration>) -> Result<Duration, String> {
    let (from, to) = (show(*range.start()), show(*range.end()));
    match parse(text) {
        None => Err(format!("is not a duration; write one number and one unit, like {to} (s, m, h or d)")),
        Some(duration) if range.contains(&duration) => Ok(duration),
        Some(_) => Err(format!("is out of range; set it to {from} at least and {to} at most")),
    }
}

/// Writes whole seconds in the largest unit that divides them.
fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m")];
    let fitting = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    let (unit, letter) = fitting.unwrap_or((1, "s"));
    format!("{}{letter}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit() {
        let table = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("6h", Some(21_600)),
            ("30d", Some(2_592_000)),
            ("0s", Some(0)),
            ("007m", Some(420)),
            ("", None),
            ("s", None),
            ("15", None),
            ("1.5h", None),
            ("1h30m", None),
            ("-1h", None),
            ("+1h", None),
            ("1 h", None),
            (" 1h", None),
            ("1h\n", None),
            ("1H", None),
            ("1w", None),
            ("1ms", None),
            ("١h", None),
            ("5é", None),
            ("18446744073709551615s", Some(u64::MAX)),
            ("18446744073709551616s", None),
            ("18446744073709551615d", None),
        ];
        for (text, seconds) in table {
            assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text:?}");
        }
    }

    #[test]
    fn both_ends_of_a_range_are_in_it() {
        let range = minutes(1)..=hours(24);
        assert_eq!(parse_in("60s", &range), Ok(minutes(1)));
        assert_eq!(parse_in("1d", &range), Ok(hours(24)));
        for text in ["59s", "86401s"] {
            assert!(parse_in(text, &range).unwrap_err().contains("1m at least and 1d at most"));
        }
    }
}
