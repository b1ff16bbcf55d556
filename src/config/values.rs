//! From the text of a setting to its value. No error repeats the text.
//!
//! Must not know any one setting; what differs between settings of one form is in their rows.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::headers::{Header, parse_list};
use super::setting::{Accepts, Invalid, Setting};
use super::settings::{HealthAddress, ReportWindow};
use super::url::{BaseUrl, BaseUrlError};
use crate::error_chain::Describe as _;
use crate::model::InstallGuid;

const HOUR_SECONDS: u64 = 3600;
const DAY_MINUTES: u16 = 24 * 60;

/// A setting that is true or false, where other values are no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BoolSetting {
    /// Not set.
    #[default]
    Unset,
    /// `true`, `1`, `yes` or `on`, in any case.
    True,
    /// `false`, `0`, `no` or `off`, in any case.
    False,
    /// Any other value.
    Unclear,
}

impl BoolSetting {
    /// Reads a value. An empty one is unclear; an empty variable counts as not set.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_one_of(["true", "1", "yes", "on"]) {
            Self::True
        } else if is_one_of(["false", "0", "no", "off"]) {
            Self::False
        } else {
            Self::Unclear
        }
    }

    /// Reads the value of a setting that opts out. `true` may have blanks around it, and the quotes that some readers of
    /// env files keep, so that an opt-out always has an effect. All other values are read by [`Self::parse`].
    #[must_use]
    pub fn parse_opt_out(text: &str) -> Self {
        let trimmed = text.trim_ascii();
        let unquoted = ['"', '\''].iter().find_map(|quote| trimmed.strip_prefix(*quote)?.strip_suffix(*quote));
        match Self::parse(unquoted.unwrap_or(trimmed).trim_ascii()) {
            Self::True => Self::True,
            _ => Self::parse(text),
        }
    }
}

/// Reads the base of a service's requests. `instead` is where credentials belong.
pub(crate) fn base_url(text: &str, instead: impl Display) -> Result<BaseUrl, Invalid> {
    BaseUrl::parse(text).map_err(|error| match error {
        BaseUrlError::UserInformation => Invalid::from(error).and(instead),
        other => other.into(),
    })
}

pub(super) fn headers(_: &Setting, text: &str) -> Result<Vec<Header>, Invalid> {
    parse_list(text).map_err(|error| Invalid::because(error.to_string(), error.describe().remedy.unwrap_or_default()))
}

pub(super) fn install_guid(_: &Setting, text: &str) -> Result<InstallGuid, Invalid> {
    InstallGuid::parse(text).map_err(|error| Invalid::because(error.to_string(), "make one with `uuidgen --random`"))
}

/// Reads one of an enum's words, in any case.
pub(super) fn word<T: ValueEnum>(setting: &Setting, text: &str) -> Result<T, Invalid> {
    T::from_str(text, true).map_err(|_| Invalid::expected(setting))
}

pub(super) fn boolean(setting: &Setting, text: &str) -> Result<bool, Invalid> {
    match BoolSetting::parse(text) {
        BoolSetting::True => Ok(true),
        BoolSetting::False => Ok(false),
        BoolSetting::Unset | BoolSetting::Unclear => Err(Invalid::expected(setting)),
    }
}

/// Reads a path.
///
/// # Errors
/// If it has a NUL, which no path has.
pub(crate) fn path(_: &Setting, text: &str) -> Result<PathBuf, Invalid> {
    if text.contains('\0') {
        Err(Invalid::because("must not contain a NUL character", "remove it"))
    } else {
        Ok(PathBuf::from(text))
    }
}

pub(super) fn health_address(setting: &Setting, text: &str) -> Result<HealthAddress, Invalid> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(HealthAddress::Off);
    }
    text.parse().map(HealthAddress::Listen).map_err(|_| Invalid::expected(setting))
}

/// Reads a duration within the limits of the setting's row.
pub(super) fn duration(setting: &Setting, text: &str) -> Result<Duration, Invalid> {
    let value = plain_duration(text).ok_or_else(|| Invalid::expected(setting))?;
    let Accepts::Duration { least, most, whole_hours } = setting.accepts else { return Ok(value) };
    if Some(value) < plain_duration(least) || Some(value) > plain_duration(most) {
        Err(Invalid::out_of_range(setting))
    } else if whole_hours && !value.as_secs().is_multiple_of(HOUR_SECONDS) {
        Err(Invalid::expected(setting))
    } else {
        Ok(value)
    }
}

/// Reads whole numbers with one of the units s, m, h and d, such as `90s` or `1h30m`: what the Helm chart accepts too. The
/// parser alone would also read blanks, fractions, further units and a zero without a unit.
fn plain_duration(text: &str) -> Option<Duration> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"smhd".contains(&byte));
    humantime::parse_duration(text).ok().filter(|_| is_plain && !text.contains("ms") && text != "0")
}

/// Reads `01:00-02:00`. A window that closes earlier than it opens passes midnight, and `24:00` is accepted as its end.
/// Equal ends are invalid, since they could mean no time or the whole day.
pub(super) fn window(setting: &Setting, text: &str) -> Result<ReportWindow, Invalid> {
    let ends = text.split_once('-').and_then(|(opens, closes)| Some((minute_of_day(opens)?, minute_of_day(closes)?)));
    match ends.filter(|(opens, _)| *opens < DAY_MINUTES) {
        None => Err(Invalid::expected(setting)),
        Some((opens, closes)) if opens == closes => {
            let remedy = "use two different times, or unset it to allow the whole day";
            Err(Invalid::because("has equal start and end", remedy))
        }
        Some((opens, closes)) => {
            let minutes = if closes > opens { closes - opens } else { closes + DAY_MINUTES - opens };
            Ok(ReportWindow { opens, minutes })
        }
    }
}

/// Minutes after midnight, 0 to 1440, of `HH:MM`.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let is_two_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_two_digits.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::super::error::SettingErrorKind;
    use super::super::table::{KEEP, REPORT_INTERVAL, REPORT_WINDOW, SCRAPE_INTERVAL};
    use super::*;

    #[test]
    fn boolean_has_eight_words_in_any_case() {
        for text in ["true", "1", "yes", "on", "TRUE", "True", "YES", "oN"] {
            assert_eq!(BoolSetting::parse(text), BoolSetting::True, "{text:?}");
        }
        for text in ["false", "0", "no", "off", "FALSE", "False", "No", "oFF"] {
            assert_eq!(BoolSetting::parse(text), BoolSetting::False, "{text:?}");
        }
        let others = [
            "",
            " ",
            "true ",
            " false",
            "2",
            "-1",
            "00",
            "t",
            "f",
            "y",
            "n",
            "disabled",
            "null",
            "tru",
            "ｏｆｆ",
            "true\n",
        ];
        for text in others {
            assert_eq!(BoolSetting::parse(text), BoolSetting::Unclear, "{text:?}");
        }
    }

    #[test]
    fn opt_out_in_quotes_or_blanks_is_true() {
        for text in
            ["true", "ON", "\"true\"", "'true'", "\"1\"", "'Yes'", " true", "true\r\n", " \"true\"\t", "\" on \""]
        {
            assert_eq!(BoolSetting::parse_opt_out(text), BoolSetting::True, "{text:?}");
        }
        for text in ["false", "0", "NO", "off"] {
            assert_eq!(BoolSetting::parse_opt_out(text), BoolSetting::False, "{text:?}");
        }
        for text in [
            "",
            "\"",
            "\"\"",
            "\"false\"",
            "'0'",
            " false",
            "off\n",
            "\"true",
            "true'",
            "\"true'",
            "\"'true'\"",
            "`true`",
            "\u{201c}true\u{201d}",
            "true\u{a0}",
            "\"treu\"",
        ] {
            assert_eq!(BoolSetting::parse_opt_out(text), BoolSetting::Unclear, "{text:?}");
        }
    }

    #[test]
    fn duration_has_whole_numbers_with_units() {
        let table = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("6h", Some(21_600)),
            ("30d", Some(2_592_000)),
            ("0s", Some(0)),
            ("007m", Some(420)),
            ("1h30m", Some(5400)),
            ("1d12h", Some(129_600)),
            ("", None),
            ("s", None),
            ("0", None),
            ("15", None),
            ("1h30", None),
            ("1.5h", None),
            ("-1h", None),
            ("+1h", None),
            ("1 h", None),
            (" 1h", None),
            ("1h\n", None),
            ("1H", None),
            ("1w", None),
            ("1ms", None),
            ("1min", None),
            ("1hm", None),
            ("١h", None),
            ("5é", None),
            ("18446744073709551615s", Some(u64::MAX)),
            ("18446744073709551616s", None),
            ("18446744073709551615s1s", None),
            ("18446744073709551615d", None),
        ];
        for (text, seconds) in table {
            assert_eq!(plain_duration(text), seconds.map(Duration::from_secs), "{text:?}");
        }
    }

    #[test]
    fn duration_outside_its_range_is_out_of_range() {
        let minute = Duration::from_secs(60);
        assert_eq!((SCRAPE_INTERVAL.parse)(&SCRAPE_INTERVAL, "60s"), Ok(minute));
        assert_eq!((SCRAPE_INTERVAL.parse)(&SCRAPE_INTERVAL, "1d"), Ok(24 * 60 * minute));
        for text in ["59s", "86401s", "24h1s"] {
            let error = (SCRAPE_INTERVAL.parse)(&SCRAPE_INTERVAL, text).unwrap_err();
            assert_eq!(error.kind, SettingErrorKind::OutOfRange);
            assert!(error.problem.to_string().ends_with("from 1m to 24h"), "{error:?}");
        }
        for (text, kind) in [("90m", SettingErrorKind::Invalid), ("169h", SettingErrorKind::OutOfRange)] {
            assert_eq!((REPORT_INTERVAL.parse)(&REPORT_INTERVAL, text).unwrap_err().kind, kind);
        }
        assert_eq!((KEEP.parse)(&KEEP, "1w").unwrap_err(), Invalid::expected(&KEEP));
    }

    #[test]
    fn window_has_two_different_times() {
        let table = [
            ("01:00-02:00", Some((60, 60))),
            ("23:30-00:30", Some((1410, 60))),
            ("00:00-24:00", Some((0, 1440))),
            ("22:00-24:00", Some((1320, 120))),
            ("23:59-23:58", Some((1439, 1439))),
            ("22:00-00:00", Some((1320, 120))),
            ("01:00-01:00", None),
            ("00:00-00:00", None),
            ("24:00-01:00", None),
            ("24:00-24:00", None),
            ("01:00-24:01", None),
            ("01:60-02:00", None),
            ("25:00-26:00", None),
            ("1:00-2:00", None),
            ("01:00 - 02:00", None),
            ("01:00", None),
            ("01-02", None),
            ("01:00-02:00-03:00", None),
            ("+1:00-02:00", None),
            ("01:00:00-02:00:00", None),
            ("-", None),
            ("", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(opens, minutes)| ReportWindow { opens, minutes });
            assert_eq!(window(&REPORT_WINDOW, text).ok(), expected, "{text:?}");
        }
        assert_ne!(window(&REPORT_WINDOW, "01:00-01:00"), window(&REPORT_WINDOW, "01:00"));
    }
}
