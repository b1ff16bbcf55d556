//! Invariant 11: sign-ins do not pile up. A session is used as long as it lasts, refreshed when it has run out, and ended
//! when nobody needs it.

use super::{Standing, Verdict, Violation};
use crate::journal::{Journal, What};
use crate::support::compreface::{Door, Served};

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    let mut standing = Standing::BEGINNING;
    // A session that the agent was told of; and one that a refused refresh has ended, unless the service has no database.
    let (mut has_session, mut is_doubtful) = (false, false);
    // Sessions that nobody can end: nobody was told of them, or whoever was told is gone, or the way there was cut.
    let (mut granted, mut lost) = (0_usize, 0);
    for entry in &journal.entries {
        if standing.see(entry) && !standing.is_on() && !matches!(entry.what, What::Ended { by_signal: true }) {
            lost += usize::from(has_session || is_doubtful);
            (has_session, is_doubtful) = (false, false);
        }
        match &entry.what {
            // The sign-out of the process before did not arrive.
            What::Started { .. } => {
                lost += usize::from(has_session || is_doubtful);
                (has_session, is_doubtful) = (false, false);
            }
            What::Granted => granted += 1,
            What::Served(Served::Session) => {
                granted = granted.saturating_sub(1);
                (has_session, is_doubtful) = (true, false);
            }
            What::Asked { door: Some(Door::Token), grant, .. } if grant.as_deref() == Some("password") => {
                verdict.require(!has_session, 11, entry, || "a sign-in beside a session that is open".to_owned());
            }
            // A refresh that was refused, or that nothing came of: the session cannot be trusted.
            What::Served(Served::Refused(Some(Door::Token))) => {
                (has_session, is_doubtful) = (false, has_session || is_doubtful);
            }
            What::Asked { door: Some(Door::SignOut), .. } => {
                lost += usize::from(has_session || is_doubtful);
                (has_session, is_doubtful) = (false, false);
            }
            What::Served(Served::SignedOut) => lost = lost.saturating_sub(1),
            _ => {}
        }
    }
    if let Some(last) = journal.entries.last() {
        let (open, bound) = (journal.open_sessions, granted + lost);
        verdict.require(!has_session, 11, last, || "the last session was not ended".to_owned());
        verdict.require(open <= bound, 11, last, || format!("{open} sessions are open, of which {bound} were lost"));
    }
    verdict.0
}
