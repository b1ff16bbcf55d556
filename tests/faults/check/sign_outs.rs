//! Invariant 11: a sign-out that the service was too busy for is tried again, as long as there is time.

use std::time::Duration;

use super::{Verdict, Violation};
use crate::journal::{Journal, What};
use crate::support::compreface::{Door, Served};

/// Attempts that are further apart are of two sign-outs, which take two seconds at most.
const SIGN_OUT: Duration = Duration::from_secs(2);
/// After so long, there may be no time for another attempt.
const LATEST: Duration = Duration::from_millis(700);

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    // When the first attempt was, whether the last request was one, and whether that one failed.
    let (mut first, mut is_last, mut failed) = (Duration::ZERO, false, false);
    for entry in &journal.entries {
        match entry.what {
            What::Asked { door: Some(Door::SignOut), .. } => {
                if entry.awake > first + SIGN_OUT {
                    first = entry.awake;
                }
                (is_last, failed) = (true, false);
            }
            What::Served(Served::Spoiled) if is_last => failed = entry.awake <= first + LATEST,
            What::Ended { by_signal: false } => (is_last, failed) = (false, false),
            What::Asked { .. } | What::Ended { .. } | What::Started { .. } => {
                verdict.require(!failed, 11, entry, || "a sign-out that failed was not tried again".to_owned());
                (is_last, failed) = (false, false);
            }
            _ => {}
        }
    }
    verdict.0
}
