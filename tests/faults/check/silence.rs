//! Invariant 1: no permit, no traffic. One sign-out is the exception, when a yes has just ended.

use std::time::Duration;

use super::{Standing, Verdict, Violation};
use crate::journal::{Entry, Journal, What};
use crate::support::compreface::Door;

/// A change of the consent file acts within two seconds of being visible, and signing out takes two at most.
const ACTS_WITHIN: Duration = Duration::from_secs(2);
const SIGN_OUT: Duration = Duration::from_secs(2);
/// A sign-out that fails is tried again within that time.
const SIGN_OUTS: usize = 6;

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    let mut standing = Standing::BEGINNING;
    // Whether it was on before it was off, so that there may be a session to end; and what was done to end it.
    let (mut was_on, mut sign_outs, mut dials) = (false, 0, 0);
    for entry in &journal.entries {
        let was = standing;
        if standing.see(entry) {
            if !standing.is_on() {
                was_on = was.is_on();
            }
            (sign_outs, dials) = (0, 0);
        }
        if standing.is_on() {
            continue;
        }
        let since = entry.awake.saturating_sub(standing.since);
        match entry.what {
            What::Asked { door: Some(Door::SignOut), .. } => sign_outs += 1,
            What::ServiceDialed => dials += 1,
            What::Asked { .. } | What::Requested { .. } | What::EndpointDialed(_) | What::Arrived { .. } => {
                let acts = standing.runs && was_on && since <= ACTS_WITHIN;
                verdict.require(acts, 1, entry, || format!("{:?} while off for {since:?}", entry.what));
                continue;
            }
            _ => continue,
        }
        let may_sign_out = standing.runs && was_on && since <= ACTS_WITHIN + SIGN_OUT && sign_outs <= SIGN_OUTS;
        // Before it is seen that consent ended, a scrape may open connections too.
        let may_dial = dials <= SIGN_OUTS || since <= ACTS_WITHIN;
        verdict.require(may_sign_out && may_dial, 1, entry, || sentence(entry, since));
    }
    verdict.0
}

fn sentence(entry: &Entry, since: Duration) -> String {
    format!("{:?} while off for {since:?} is no sign-out", entry.what)
}
