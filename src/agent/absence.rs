//! Absence: a scrape that finds no object of a kind of which there were some may have read a place that was not there, such
//! as a volume that is not mounted. It counts once scrapes have found none for a day.
//!
//! Must not know what the objects are.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::Totals;
use crate::source::{Emptied, ServiceError};
use crate::store::Absence;

/// Long enough for an operator to notice that a volume is not mounted.
const DOUBTED: Duration = Duration::from_secs(24 * 3600);

/// Two scrapes that are further apart say nothing about the time between them. Daily scrapes are not.
const GAP: Duration = Duration::from_secs(25 * 3600);

/// What a complete scrape is worth.
#[derive(Debug)]
pub struct Verdict {
    /// What is known of the absence; none if no kind is missing.
    pub absence: Option<Absence>,
    /// Whether the scrape counts.
    pub outcome: Result<(), ServiceError>,
}

/// Decides whether a complete scrape counts. `before` has the numbers of the latest scrape that counted, `known` is the absence
/// while it is in doubt, and `elapsed` is the time since the objects were last found missing by a clock that does not step, if
/// this process found it.
#[must_use]
pub fn judge(
    emptied: Option<Emptied>,
    before: &Totals,
    known: Option<Absence>,
    now: Timestamp,
    elapsed: Option<Duration>,
) -> Verdict {
    let Some(Emptied { kind, error }) = emptied.filter(|emptied| before.current[emptied.kind] > 0) else {
        return Verdict { absence: None, outcome: Ok(()) };
    };
    let same = known.filter(|absence| absence.kind == kind);
    let lasted = same.map_or(Duration::ZERO, |absence| lasted(absence, now, elapsed));
    let outcome = if lasted < DOUBTED { Err(error) } else { Ok(()) };
    Verdict { absence: Some(Absence { kind, lasted, seen_at: now }), outcome }
}

/// How long the absence has lasted by now. It begins again after a gap, and where the clock stepped back.
fn lasted(absence: Absence, now: Timestamp, elapsed: Option<Duration>) -> Duration {
    let by_wall_clock = now.since(absence.seen_at);
    if now < absence.seen_at || by_wall_clock > GAP {
        return Duration::ZERO;
    }
    absence.lasted + elapsed.map_or(by_wall_clock, |elapsed| elapsed.min(by_wall_clock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_chain::{Describe, Description};
    use crate::model::{Kind, PerKind};
    use crate::source::Retry;

    const KIND: Kind = Kind::ALL[1];
    const HOUR: u64 = 3600;

    #[derive(Debug, thiserror::Error)]
    #[error("none left")]
    struct Missing;

    impl Describe for Missing {
        fn describe(&self) -> Description {
            Description::new("none_left")
        }
    }

    fn none_left() -> Option<Emptied> {
        Some(Emptied { kind: KIND, error: ServiceError::new(Missing, Retry::Regular) })
    }

    fn moment(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000_000).plus(Duration::from_secs(seconds))
    }

    /// How long they are missing and whether the scrape counts, where they were missing for `lasted` at `seen`.
    fn judged(
        emptied: Option<Emptied>,
        current: u64,
        absence: Option<(u64, u64)>,
        (now, elapsed): (u64, Option<u64>),
    ) -> (Option<u64>, bool) {
        let absence = absence.map(|(lasted, seen)| Absence {
            kind: KIND,
            lasted: Duration::from_secs(lasted),
            seen_at: moment(seen),
        });
        let totals = Totals { current: PerKind::from([9, current]), ..Totals::default() };
        let verdict = judge(emptied, &totals, absence, moment(now), elapsed.map(Duration::from_secs));
        assert!(verdict.absence.is_none_or(|absence| absence.seen_at == moment(now)));
        (verdict.absence.map(|absence| absence.lasted.as_secs()), verdict.outcome.is_ok())
    }

    #[test]
    fn absence_counts_after_a_day() {
        assert_eq!(judged(none_left(), 3, None, (7, None)), (Some(0), false));
        assert_eq!(judged(none_left(), 3, Some((0, 7)), (24 * HOUR + 6, None)), (Some(24 * HOUR - 1), false));
        assert_eq!(judged(none_left(), 3, Some((0, 7)), (24 * HOUR + 7, None)), (Some(24 * HOUR), true));
        assert_eq!(judged(none_left(), 3, Some((23 * HOUR, 7)), (HOUR + 7, None)), (Some(24 * HOUR), true));
    }

    #[test]
    fn absence_counts_at_once_where_there_were_none() {
        assert_eq!(judged(none_left(), 0, None, (7, None)), (None, true));
        assert_eq!(judged(none_left(), 0, Some((3, 3)), (7, None)), (None, true));
    }

    #[test]
    fn absence_of_another_kind_says_nothing() {
        let absence = Absence { kind: Kind::ALL[0], lasted: 2 * DOUBTED, seen_at: moment(0) };
        let totals = Totals { current: PerKind::from([9, 3]), ..Totals::default() };
        let verdict = judge(none_left(), &totals, Some(absence), moment(7), None);
        assert_eq!(verdict.absence, Some(Absence { kind: KIND, lasted: Duration::ZERO, seen_at: moment(7) }));
        assert!(verdict.outcome.is_err());
    }

    #[test]
    fn objects_that_are_back_end_the_doubt() {
        assert_eq!(judged(None, 3, Some((7, 7)), (9, None)), (None, true));
    }

    #[test]
    fn scrapes_too_far_apart_begin_the_day_again() {
        let far = 25 * HOUR + 1;
        assert_eq!(judged(none_left(), 3, Some((23 * HOUR, 0)), (far, None)), (Some(0), false));
        assert_eq!(judged(none_left(), 3, Some((23 * HOUR, 0)), (far, Some(HOUR))), (Some(0), false));
        assert_eq!(judged(none_left(), 3, Some((0, 0)), (far - 1, None)), (Some(far - 1), true));
    }

    #[test]
    fn clock_that_stepped_back_begins_the_day_again() {
        assert_eq!(judged(none_left(), 3, Some((23 * HOUR, 9 * HOUR)), (7, None)), (Some(0), false));
        assert_eq!(judged(none_left(), 3, Some((23 * HOUR, 9 * HOUR)), (7, Some(2 * HOUR))), (Some(0), false));
    }

    #[test]
    fn clock_that_stepped_forward_adds_no_time() {
        assert_eq!(judged(none_left(), 3, Some((60, 0)), (24 * HOUR, Some(60))), (Some(120), false));
        assert_eq!(judged(none_left(), 3, Some((23 * HOUR, 0)), (HOUR, Some(HOUR))), (Some(24 * HOUR), true));
    }
}
