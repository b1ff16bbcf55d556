//! Invariant 11: the product never pays. The service is asked so often and no more, and for so much at a time.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Standing, Verdict, Violation};
use crate::journal::{Entry, Journal, What};
use crate::recipe::HOUR;
use crate::support::compreface::{Door, Served};

/// What a scrape requests at most, without applications and recognition services: an account, a sign-in with a refresh
/// before it, the applications, the users twice, each once more in another session.
const OTHERS: usize = 16;
/// Requests of one scrape of Frigate after the sign-in.
const AFTER_THE_FIRST: usize = 4;
/// Scrapes in one hour: those of a service that is starting, which is asked once a minute in the end, and some at first.
const SCRAPES: usize = 66;
/// What a start, a yes, a report's time or a step of the clock adds.
const MORE: usize = 8;
/// The service answers so many requests at a time.
const AT_ONCE: usize = 4;
struct Pace {
    standing: Standing,
    /// Scrapes that began in the last hour, and what adds to them.
    scrapes: VecDeque<Duration>,
    reasons: VecDeque<Duration>,
    /// Whether the last request was a sign-in or a refresh, which may have been signed out of.
    is_signing_in: bool,
    /// Requests since the last scrape began, and how many there may be.
    requests: usize,
    objects: usize,
    verdict: Verdict,
}

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut pace = Pace {
        standing: Standing::BEGINNING,
        scrapes: VecDeque::new(),
        reasons: VecDeque::new(),
        is_signing_in: false,
        requests: 0,
        objects: 0,
        verdict: Verdict::default(),
    };
    journal.entries.iter().for_each(|entry| pace.see(entry));
    if let Some(last) = journal.entries.last() {
        let most = journal.most_at_once;
        pace.verdict.require(most <= AT_ONCE, 11, last, || format!("{most} requests at a time"));
    }
    pace.verdict.0
}

impl Pace {
    fn see(&mut self, entry: &Entry) {
        let changed = self.standing.see(entry);
        match &entry.what {
            What::Stepped | What::Slept => self.reasons.push_back(entry.awake),
            What::Asked { door, .. } => self.asked(*door, entry),
            What::Requested { begins: true, .. } => self.begins(entry),
            What::Requested { .. } => self.goes_on(entry, AFTER_THE_FIRST),
            What::Served(served) => self.served(served),
            _ if changed => self.reasons.push_back(entry.awake),
            _ => {}
        }
    }

    /// A scrape begins with the account; or with a sign-in, which nothing follows that can be told from another scrape's
    /// sign-in if it fails.
    fn asked(&mut self, door: Option<Door>, entry: &Entry) {
        let was_signing_in = self.is_signing_in;
        self.is_signing_in = door == Some(Door::Token) || (was_signing_in && door == Some(Door::SignOut));
        let begins = door == Some(Door::Me) || (was_signing_in && door == Some(Door::Token));
        if begins { self.begins(entry) } else { self.goes_on(entry, OTHERS + self.objects) }
    }

    fn goes_on(&mut self, entry: &Entry, limit: usize) {
        self.requests += 1;
        let requests = self.requests;
        self.verdict.require(requests <= limit, 11, entry, || format!("{requests} requests in one scrape of {limit}"));
    }

    fn begins(&mut self, entry: &Entry) {
        (self.requests, self.objects) = (0, 0);
        self.scrapes.push_back(entry.awake);
        for times in [&mut self.scrapes, &mut self.reasons] {
            while times.front().is_some_and(|time| *time + HOUR < entry.awake) {
                times.pop_front();
            }
        }
        let (scrapes, limit) = (self.scrapes.len(), SCRAPES + MORE * self.reasons.len());
        self.verdict
            .require(scrapes <= limit, 11, entry, || format!("{scrapes} scrapes in an hour, more than {limit}"));
    }

    /// Each application's services may be asked for twice, each service's faces too, and its statistics once; once more each in
    /// another session.
    fn served(&mut self, served: &Served) {
        self.objects += match served {
            Served::Applications(ids) => 4 * ids.len(),
            Served::Services(_, Some(services)) => 7 * services.len(),
            _ => 0,
        };
    }
}
