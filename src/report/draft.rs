//! What the next report would be: pure, so that `preview` and the report itself cannot differ.
//!
//! Must not know bytes, stores or clocks.

use crate::clock::{Hour, Timestamp};
use crate::error_chain::{Describe, Description};
use crate::model::{InstallGuid, PerKind, Totals};

/// What a draft rests on.
#[derive(Debug, Clone, Copy)]
pub struct Basis {
    /// The identity in use, if one was made.
    pub identity: Option<InstallGuid>,
    /// The identity that the operator set, if any.
    pub wanted: Option<InstallGuid>,
    /// The hour of the baseline, or of the new identity's beginning.
    pub start: Option<Hour>,
    /// When the latest complete scrape was complete.
    pub scraped_at: Option<Timestamp>,
    /// The hour of the last report that was made.
    pub last_report: Option<Hour>,
    /// The numbers as the latest complete scrape left them.
    pub totals: Totals,
}

/// A report that may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draft {
    /// Whose report it is; `None` if an identity has still to be made.
    pub identity: Option<InstallGuid>,
    /// Whether a new identity takes over: its series begin at zero, here.
    pub begins_series: bool,
    /// The start time of the five sums.
    pub start: Hour,
    /// The time of all points.
    pub at: Hour,
    /// The numbers, not yet rounded.
    pub totals: Totals,
}

/// Why there can be no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDraft {
    /// Nothing was ever scraped completely, or the latest scrape was not made for a report.
    #[error("there has been no complete scrape yet")]
    NoScrape,
    /// A second report in one hour would be a conflicting sample.
    #[error("there is a report for the hour {at} already, and there can be one an hour at most")]
    HourReported {
        /// The hour that is due.
        at: Hour,
    },
    /// A report for an earlier hour than the last one would be out of order: the clock stepped back.
    #[error("the hour {at} is before {reported}, the hour of the last report")]
    HourPassed {
        /// The hour that is due.
        at: Hour,
        /// The hour of the last report.
        reported: Hour,
    },
}

impl NoDraft {
    /// Whether only a clock that is set right, or time, changes that.
    #[must_use]
    pub const fn is_clock_behind(&self) -> bool {
        matches!(self, Self::HourPassed { .. })
    }
}

impl Describe for NoDraft {
    fn describe(&self) -> Description {
        match self {
            Self::NoScrape => Description::new("no_scrape"),
            Self::HourReported { .. } => Description::new("hour_reported"),
            Self::HourPassed { .. } => {
                Description::new("clock_behind").remedy("correct the clock, or run `headcount erase`")
            }
        }
    }
}

/// The report that may be made now.
///
/// # Errors
/// Says why there can be none.
pub fn draft(basis: &Basis) -> Result<Draft, NoDraft> {
    let (Some(start), Some(scraped_at), Some(_)) = (basis.start, basis.scraped_at, basis.totals.active) else {
        return Err(NoDraft::NoScrape);
    };
    let at = scraped_at.hour();
    match basis.last_report {
        Some(reported) if at == reported => return Err(NoDraft::HourReported { at }),
        Some(reported) if at < reported => return Err(NoDraft::HourPassed { at, reported }),
        _ => {}
    }
    let identity = basis.wanted.or(basis.identity);
    let is_other = basis.wanted.is_some_and(|wanted| basis.identity.is_some_and(|identity| identity != wanted));
    // The clock was wrong at the baseline, and right since. No report has shown that start to anybody, so the series may
    // begin now: what was counted until now is lost, not invented.
    let is_before_start = at < start;
    if is_other || is_before_start {
        let totals = Totals { creations: PerKind::default(), ..basis.totals };
        return Ok(Draft { identity, begins_series: true, start: at, at, totals });
    }
    Ok(Draft { identity, begins_series: false, start, at, totals: basis.totals })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30";

    fn basis() -> Basis {
        Basis {
            identity: None,
            wanted: None,
            start: Some(Hour::from_unix_hours(100)),
            scraped_at: Some(Hour::from_unix_hours(124).start()),
            last_report: None,
            totals: Totals {
                creations: PerKind::from([7, 2, 0, 1, 3]),
                current: PerKind::from([9; 5]),
                active: Some(PerKind::from([0, 0, 3, 2, 1])),
                ..Totals::default()
            },
        }
    }

    #[test]
    fn draft_without_scrape_is_refused() {
        assert_eq!(draft(&Basis { scraped_at: None, ..basis() }), Err(NoDraft::NoScrape));
        assert_eq!(draft(&Basis { start: None, ..basis() }), Err(NoDraft::NoScrape));
        let totals = Totals { active: None, ..basis().totals };
        assert_eq!(draft(&Basis { totals, ..basis() }), Err(NoDraft::NoScrape), "no report rests on the latest scrape");
    }

    #[test]
    fn hour_is_reported_once_and_in_order() {
        let reported = Hour::from_unix_hours(124);
        let last = |hour| draft(&Basis { last_report: Some(Hour::from_unix_hours(hour)), ..basis() });
        assert_eq!(last(124), Err(NoDraft::HourReported { at: reported }));
        let passed = last(125).unwrap_err();
        assert!(matches!(passed, NoDraft::HourPassed { .. }) && passed.is_clock_behind());
        assert!(last(123).is_ok());
    }

    #[test]
    fn unreported_future_start_is_replaced() {
        let draft = draft(&Basis { start: Some(Hour::from_unix_hours(125)), ..basis() }).unwrap();
        assert!(draft.begins_series);
        assert_eq!((draft.start, draft.identity), (draft.at, None));
        assert_eq!((draft.totals.creations, draft.totals.current), (PerKind::default(), PerKind::from([9; 5])));
    }

    #[test]
    fn first_report_may_have_the_baseline_hour() {
        let draft = draft(&Basis { start: Some(Hour::from_unix_hours(124)), ..basis() }).unwrap();
        assert_eq!((draft.start, draft.identity), (draft.at, None));
    }

    #[test]
    fn changed_install_guid_starts_at_zero() {
        let identity = Some(InstallGuid::PLACEHOLDER);
        let wanted = Some(InstallGuid::parse(GUID).unwrap());
        let changed = draft(&Basis { identity, wanted, ..basis() }).unwrap();
        assert!(changed.begins_series);
        assert_eq!((changed.identity, changed.start), (wanted, changed.at));
        assert_eq!((changed.totals.creations, changed.totals.current), (PerKind::default(), PerKind::from([9; 5])));
        let same = draft(&Basis { identity: wanted, wanted, ..basis() }).unwrap();
        assert!(!same.begins_series);
        assert_eq!(same.totals, basis().totals);
        let first = draft(&Basis { identity: None, wanted, ..basis() }).unwrap();
        assert!(!first.begins_series);
    }
}
