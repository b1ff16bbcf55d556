//! The report window as settings write it.

use super::settings::ReportWindow;

const DAY_MINUTES: u16 = 24 * 60;

const FORM: &str = "is not a part of the day; write it like 01:00-02:00, in UTC";
const EQUAL_ENDS: &str = "opens and closes at the same time; give it two times, or leave it out for the whole day";

/// Reads `01:00-02:00`. A window that closes earlier than it opens passes midnight; `24:00` may stand at its end. Equal
/// ends are refused: they could mean no time or the whole day, and leaving the setting out says the latter.
pub(super) fn parse(text: &str) -> Result<ReportWindow, String> {
    let (opens, closes) = text.split_once('-').ok_or(FORM)?;
    let opens = time(opens).filter(|minute| *minute < DAY_MINUTES).ok_or(FORM)?;
    let closes = time(closes).ok_or(FORM)?;
    if opens == closes {
        return Err(EQUAL_ENDS.to_owned());
    }
    let minutes = if closes > opens { closes - opens } else { closes + DAY_MINUTES - opens };
    Ok(ReportWindow { opens, minutes })
}

/// Minutes after midnight, 0 to 1440, of `HH:MM`.
fn time(text: &str) -> Option<u16> {
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
    use super::*;

    #[test]
    fn windows() {
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
            assert_eq!(parse(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn equal_ends_are_told_what_to_do() {
        assert!(parse("01:00-01:00").unwrap_err().contains("leave it out"));
    }
}
