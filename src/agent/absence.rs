//! Absence: a scrape that finds no object of a kind of which there were some may have read a place that was not there, such
//! as a volume that is not mounted. It counts once it has stood for a day.
//!
//! Must not know what the objects are.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::model::Totals;
use crate::source::SourceError;
use crate::store::{Store, StoreError};

use super::scrape::ScrapeError;

/// Long enough for an operator to notice that a volume is not mounted.
const DOUBTED: Duration = Duration::from_secs(24 * 3600);

/// What a scrape is worth.
#[derive(Debug)]
pub struct Verdict {
    /// Since when every object of a kind is missing; none if none is.
    pub none_left_since: Option<Timestamp>,
    /// Whether the scrape counts.
    pub outcome: Result<(), SourceError>,
}

/// Decides whether a scrape counts, from what is stored: the numbers of the latest scrape that counted, and since when objects
/// are missing.
#[must_use]
pub fn judge(read: Result<(), SourceError>, before: &Totals, since: Option<Timestamp>, now: Timestamp) -> Verdict {
    match read {
        Err(SourceError::NoneLeft { kind, .. }) if before.current[kind] == 0 => {
            Verdict { none_left_since: None, outcome: Ok(()) }
        }
        Err(error @ SourceError::NoneLeft { .. }) => {
            // A moment that is still to come was stored before the clock stepped back.
            let since = since.filter(|since| *since <= now).unwrap_or(now);
            let outcome = if now.since(since) < DOUBTED { Err(error) } else { Ok(()) };
            Verdict { none_left_since: Some(since), outcome }
        }
        Ok(()) => Verdict { none_left_since: None, outcome: Ok(()) },
        // What was not read says nothing about what is there.
        Err(error) => Verdict { none_left_since: since, outcome: Err(error) },
    }
}

/// Decides whether a scrape counts, and stores since when objects are missing, so that a restart does not begin the day again.
///
/// # Errors
/// If it does not count, or the store cannot be used.
pub fn settle(store: &Store, read: Result<(), SourceError>, now: Timestamp) -> Result<(), ScrapeError> {
    let (before, since) =
        store.read(|snapshot| Ok::<_, StoreError>((snapshot.totals()?, snapshot.installation()?.none_left_since)))?;
    let verdict = judge(read, &before, since, now);
    if verdict.none_left_since != since {
        store.write(|writer| writer.set_none_left_since(verdict.none_left_since))?;
    }
    Ok(verdict.outcome?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_chain::{Describe, Description};
    use crate::model::{Kind, PerKind};
    use crate::source::{Retry, ServiceError};

    const KIND: Kind = Kind::ALL[1];
    const HOUR: i64 = 3600;

    #[derive(Debug, thiserror::Error)]
    #[error("none left")]
    struct Missing;

    impl Describe for Missing {
        fn describe(&self) -> Description {
            Description::new("none_left")
        }
    }

    fn none_left() -> Result<(), SourceError> {
        Err(SourceError::NoneLeft { kind: KIND, error: ServiceError::new(Missing, Retry::Usual) })
    }

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_000_000_000 + seconds)
    }

    fn totals(current: u64) -> Totals {
        Totals { current: PerKind::from([9, current]), ..Totals::default() }
    }

    /// Since when they are missing, in seconds, and whether the scrape counts.
    fn judged(read: Result<(), SourceError>, before: u64, since: Option<i64>, now: i64) -> (Option<i64>, bool) {
        let verdict = judge(read, &totals(before), since.map(moment), moment(now));
        let since = verdict.none_left_since.map(|at| at.unix_seconds() - moment(0).unix_seconds());
        (since, verdict.outcome.is_ok())
    }

    #[test]
    fn absence_counts_after_a_day() {
        assert_eq!(judged(none_left(), 3, None, 7), (Some(7), false));
        assert_eq!(judged(none_left(), 3, Some(7), 24 * HOUR + 6), (Some(7), false));
        assert_eq!(judged(none_left(), 3, Some(7), 24 * HOUR + 7), (Some(7), true));
    }

    #[test]
    fn absence_counts_at_once_where_there_were_none() {
        assert_eq!(judged(none_left(), 0, None, 7), (None, true));
        assert_eq!(judged(none_left(), 0, Some(3), 7), (None, true));
    }

    #[test]
    fn objects_that_are_back_end_the_doubt() {
        assert_eq!(judged(Ok(()), 3, Some(7), 9), (None, true));
    }

    #[test]
    fn failed_scrape_neither_begins_nor_ends_the_doubt() {
        assert_eq!(judged(Err(SourceError::Revoked), 3, Some(7), 99 * HOUR), (Some(7), false));
        assert_eq!(judged(Err(SourceError::Revoked), 3, None, 9), (None, false));
    }

    #[test]
    fn clock_that_stepped_back_begins_the_day_again() {
        assert_eq!(judged(none_left(), 3, Some(9 * HOUR), 7), (Some(7), false));
    }
}
