//! Invariant 11: sign-ins do not pile up. A session is used as long as it lasts, refreshed when it has run out, and ended
//! when nobody needs it.

use std::time::Duration;

use super::{Standing, Verdict, Violation};
use crate::journal::{Entry, Journal, What};
use crate::support::compreface::{Door, Served};

/// What the agent can know of its session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Session {
    None,
    /// A refused refresh has ended it, unless the service has no database.
    Refused,
    /// Nothing can be made of the response to the refresh: it may have been replaced.
    Unclear,
    Open,
}

impl Session {
    /// One that is given up: it may stay open.
    fn give_up(&mut self) -> usize {
        usize::from(std::mem::replace(self, Self::None) != Self::None)
    }
}

/// The wait after a session of which nobody was told; after each one that follows, it is twice as long.
const WAIT: Duration = Duration::from_secs(60);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// A wait may be shorter by this, as the wall clock is read in whole seconds.
const ROUNDED: Duration = Duration::from_secs(1);

/// Sessions that were opened, and of which nobody was told, since a scrape was complete or something changed.
#[derive(Default)]
struct Untold {
    number: u32,
    last: Duration,
    may_be_told: bool,
}

impl Untold {
    fn told(&mut self) {
        self.number -= u32::from(std::mem::take(&mut self.may_be_told));
    }

    fn follow(&mut self, entry: &Entry, has_changed: bool, verdict: &mut Verdict) {
        match &entry.what {
            What::Granted => (self.number, self.last, self.may_be_told) = (self.number + 1, entry.awake, true),
            What::Served(Served::Session) => self.told(),
            What::Asked { door: Some(Door::Token), .. } if self.number > 0 => {
                self.may_be_told = false;
                let wait = WAIT.saturating_mul(1 << (self.number - 1).min(20)).min(LONGEST_WAIT);
                let is_late = entry.awake + ROUNDED >= self.last + wait;
                verdict.require(is_late, 11, entry, || format!("a sign-in too soon after {} lost ones", self.number));
            }
            What::Asked { door: Some(Door::SignOut), .. } => {}
            // A response may be spoiled and tell it all the same: it is used at once then.
            What::Asked { .. } if entry.awake < self.last + WAIT => self.told(),
            What::Served(Served::Users(_, true)) | What::Stepped | What::Slept => *self = Self::default(),
            What::MountVanished | What::MountBack { .. } | What::StoreLost => *self = Self::default(),
            _ if has_changed => *self = Self::default(),
            _ => {}
        }
    }
}

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    let mut standing = Standing::BEGINNING;
    let mut session = Session::None;
    let (mut is_token_asked, mut is_refresh_refused, mut is_ended_now) = (false, false, true);
    // Sessions that nobody can end: nobody was told of them, or whoever was told is gone, or the way there was cut.
    let (mut granted, mut lost) = (0_usize, 0);
    let mut untold = Untold::default();
    for entry in &journal.entries {
        let has_changed = standing.see(entry);
        untold.follow(entry, has_changed, &mut verdict);
        if has_changed && !standing.is_on() && !matches!(entry.what, What::Ended { by_signal: true }) {
            lost += session.give_up();
        }
        if let What::Asked { door, .. } = entry.what {
            is_token_asked = door == Some(Door::Token);
        }
        match entry.what {
            What::Served(Served::Refused(Some(Door::Token))) => is_refresh_refused = true,
            What::Served(Served::Session) | What::Granted => is_refresh_refused = false,
            _ => {}
        }
        match &entry.what {
            // The sign-out of the process before did not arrive.
            What::Started { .. } => lost += session.give_up(),
            What::Granted => granted += 1,
            What::Served(Served::Session) => {
                granted = granted.saturating_sub(1);
                session = Session::Open;
            }
            What::Asked { door: Some(Door::Token), grant, .. } if grant.as_deref() == Some("password") => {
                let is_open = session == Session::Open;
                verdict.require(!is_open, 11, entry, || "a sign-in beside a session that is open".to_owned());
                lost += usize::from(session == Session::Unclear);
            }
            What::Served(Served::Refused(Some(Door::Token))) if session != Session::None => session = Session::Refused,
            What::Served(Served::Spoiled) if is_token_asked && session == Session::Open => session = Session::Unclear,
            What::Asked { door: Some(Door::SignOut), .. } => {
                let given_up = session.give_up();
                lost += given_up;
                // After a refused refresh, what is signed out of may have ended long ago.
                is_ended_now = given_up > 0 || !is_refresh_refused;
            }
            What::Served(Served::SignedOut) => lost = lost.saturating_sub(usize::from(is_ended_now)),
            _ => {}
        }
    }
    if let Some(last) = journal.entries.last() {
        let (open, bound) = (journal.open_sessions, granted + lost);
        let is_ended = session != Session::Open;
        verdict.require(is_ended, 11, last, || "the last session was not ended".to_owned());
        verdict.require(open <= bound, 11, last, || format!("{open} sessions are open, of which {bound} were lost"));
    }
    verdict.0
}
