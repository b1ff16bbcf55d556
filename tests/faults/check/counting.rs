//! Invariants 4, 5 and 8: what is kept is what was answered, no scrape that failed changes it, nothing is counted twice,
//! and a no forgets everything.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use headcount::clock::{Day, Hour, Timestamp};
use headcount::model::{Buckets, Distribution, InstallGuid, Kind, PerKind, Range, Totals};
use headcount::store::{AuditLine, AuditOutcome, Installation};

use super::absence::Absence;
use super::served::Scrape;
use super::{Standing, Verdict, Violation};
use crate::journal::{Consent, Entry, Found, Journal, Look, What};
use crate::service::ServiceKind;
use crate::world::SETTLED;

/// The faces of each collection, with every service.
const FACES: Distribution = Distribution::ALL[0];

/// A missing yes that is shorter silences, and does not make what is new known.
const SHORT_SILENCE: Duration = Duration::from_secs(60);

/// A report as it must arrive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    /// Its number in the store it was made in, and which store that was.
    pub(super) report: i64,
    pub(super) store: usize,
    pub(super) made_at: Timestamp,
    /// When it was seen, in time asleep or awake.
    pub(super) lived: Duration,
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) install_guid: InstallGuid,
    pub(super) start: Hour,
    pub(super) hour: Hour,
    pub(super) totals: Totals,
}

/// What one can know who sees each answer of the service.
#[derive(Clone, Default)]
struct Truth {
    known: HashSet<(Kind, String)>,
    totals: Totals,
    absence: Absence,
    start: Option<Hour>,
    scraped_at: Option<Timestamp>,
    install_guid: Option<InstallGuid>,
    last_report: Option<Hour>,
    takes_as_known: bool,
    /// Since when there was no yes that the agent saw.
    silent_since: Option<Duration>,
}

struct Counting {
    service: ServiceKind,
    truth: Truth,
    /// The install_guid that the operator set, for the process that runs.
    wanted: Option<InstallGuid>,
    scrape: Scrape,
    /// When the scrape began.
    begun: Timestamp,
    /// Complete, and not yet seen in the store.
    complete: Option<Complete>,
    /// What the document's file holds, and held since the last look.
    document: Option<Box<Found>>,
    document_before: Option<Box<Found>>,
    /// A no, which deletes by the look that comes next after everything is settled.
    denied_at: Option<Duration>,
    standing: Standing,
    store: usize,
    made: Vec<Made>,
    verdict: Verdict,
}

/// A complete scrape.
struct Complete {
    at: Timestamp,
    /// In time that was awake.
    awake: Duration,
    found: Found,
    /// Whether the agent was on at its end, so that it must have been kept, or found to be in doubt.
    is_on: bool,
    /// Whether the day changed meanwhile: one that a report was to rest on is not kept then, and begins again at once.
    is_of_another_day: bool,
}

/// All reports that were made, and what is wrong.
pub(super) fn check(journal: &Journal) -> (Vec<Made>, Vec<Violation>) {
    let mut counting = Counting {
        service: journal.recipe.service,
        truth: Truth::default(),
        wanted: None,
        scrape: Scrape::default(),
        begun: Timestamp::from_unix_seconds(0),
        complete: None,
        document: None,
        document_before: None,
        denied_at: None,
        standing: Standing::BEGINNING,
        store: 0,
        made: Vec::new(),
        verdict: Verdict::default(),
    };
    journal.entries.iter().for_each(|entry| counting.see(entry));
    (counting.made, counting.verdict.0)
}

impl Counting {
    fn see(&mut self, entry: &Entry) {
        let was_running = self.standing.runs;
        if self.standing.see(entry) && self.standing.runs {
            self.decided(entry);
        } else if was_running && !self.standing.runs {
            self.scrape = Scrape::default();
        }
        match &entry.what {
            What::Started { wanted, .. } => {
                self.wanted = *wanted;
                self.truth.absence.another_process();
            }
            what if what.begins_scrape() => self.begins(entry),
            What::Served(served) => {
                let found = self.scrape.take(served);
                self.complete(found, entry);
            }
            What::Told(told) => {
                let found = self.scrape.hear(told);
                self.complete(found, entry);
            }
            What::Document(found) => {
                self.document_before = std::mem::replace(&mut self.document, found.clone());
            }
            What::StoreLost => {
                self.truth = Truth::default();
                self.complete = None;
                self.store += 1;
            }
            What::Looked(look) => self.looked(look, entry),
            _ => {}
        }
    }

    /// The agent saw what the consent file says.
    fn decided(&mut self, entry: &Entry) {
        match self.standing.consent {
            Consent::No => self.denied_at = Some(entry.awake),
            Consent::Missing => drop(self.truth.silent_since.get_or_insert(entry.lived)),
            Consent::Yes => {
                let since = self.truth.silent_since.take();
                if since.is_some_and(|since| entry.lived - since >= SHORT_SILENCE) {
                    self.truth.takes_as_known = true;
                    self.truth.absence = Absence::default();
                }
            }
        }
    }

    fn begins(&mut self, entry: &Entry) {
        if self.complete.as_ref().is_some_and(|complete| complete.is_of_another_day) {
            self.complete = None;
        }
        (self.scrape, self.begun) = (Scrape::default(), entry.wall);
    }

    fn complete(&mut self, found: Option<Found>, entry: &Entry) {
        let Some(found) = found else { return };
        self.scrape = Scrape::default();
        let (at, awake, is_on) = (entry.wall, entry.awake, self.standing.is_on());
        let may_begin_again = found.uses.is_some() || self.service != ServiceKind::CompreFace;
        let is_of_another_day = may_begin_again && at.day() != self.begun.day();
        if is_on {
            self.truth.absence.see(found.is_in_doubt(&self.truth.totals), at, awake);
        }
        self.complete = Some(Complete { at, awake, found, is_on, is_of_another_day });
    }

    fn looked(&mut self, look: &Look, entry: &Entry) {
        if let Some(complete) = self.complete.take() {
            self.kept(complete, look, entry);
        }
        self.read_file(look);
        for line in look.audit.iter().filter(|line| line.outcome == AuditOutcome::Made) {
            self.made(line, &look.installation, entry);
        }
        if let Some(denied_at) = self.denied_at {
            if entry.awake < denied_at + SETTLED {
                return;
            }
            self.denied_at = None;
            self.truth = Truth::default();
            let is_empty = look.depth == 0 && look.installation == Installation::default();
            self.verdict.require(is_empty, 8, entry, || format!("a no left {:?}", look.installation));
        }
        self.compare(look, entry);
    }

    /// A complete scrape was kept, or was in doubt, or the agent was not on any more.
    fn kept(&mut self, complete: Complete, look: &Look, entry: &Entry) {
        let Complete { at, awake, found, is_on, is_of_another_day } = complete;
        let is_doubted = found.is_in_doubt(&self.truth.totals);
        if !is_on && look.installation.absence.is_some_and(|absence| absence.seen_at == at) {
            self.truth.absence.see(is_doubted, at, awake);
        }
        if look.installation.last_scrape_at == Some(at) {
            let counts = !is_doubted || self.truth.absence.may_count();
            self.verdict.require(counts, 4, entry, || "nothing at all was counted too soon".to_owned());
            self.truth = self.truth.after(&found, at, look);
        } else {
            let is_short = is_doubted && !self.truth.absence.may_count();
            let may_be_missing = !is_on || is_of_another_day || is_short;
            self.verdict.require(may_be_missing, 5, entry, || "a complete scrape was not kept".to_owned());
        }
    }

    /// A file was counted: what it holds now, or what it held until it was changed since the last look.
    fn read_file(&mut self, look: &Look) {
        let before = self.document_before.take();
        let Some(at) = look.installation.last_scrape_at.filter(|at| self.truth.scraped_at != Some(*at)) else { return };
        let can_be: Vec<_> =
            self.document.iter().chain(&before).map(|found| self.truth.after(found, at, look)).collect();
        let is_kept = |truth: &&Truth| truth.totals == look.totals;
        if let Some(truth) = can_be.iter().find(is_kept).or(can_be.first()) {
            self.truth = truth.clone();
        }
    }

    fn made(&mut self, line: &AuditLine, installation: &Installation, entry: &Entry) {
        let (Some(scraped_at), Some(start)) = (self.truth.scraped_at, self.truth.start) else {
            self.verdict.require(false, 4, entry, || "a report was made before any complete scrape".to_owned());
            return;
        };
        let hour = scraped_at.hour();
        let rests_on_it = self.truth.totals.active.is_some();
        self.verdict.require(rests_on_it, 4, entry, || "a report without what is active".to_owned());
        self.verdict
            .require(line.at == scraped_at, 4, entry, || "a report does not rest on a scrape of its time".to_owned());
        let is_later = self.truth.last_report.is_none_or(|last| last < hour);
        self.verdict.require(is_later, 5, entry, || format!("a second report was made for {hour}, or an earlier one"));
        let is_other = self.wanted.is_some_and(|wanted| self.truth.install_guid.is_some_and(|other| other != wanted));
        if is_other {
            self.truth.begin_series(hour);
        } else if hour < start {
            // The baseline was made in the future, and nobody has seen it: the series begins here.
            self.verdict.require(self.truth.last_report.is_none(), 5, entry, || "a series began anew".to_owned());
            self.truth.begin_series(hour);
        }
        self.truth.last_report = Some(hour);
        let Some(install_guid) = installation.install_guid else {
            self.verdict.require(false, 5, entry, || "a report was made without an identity".to_owned());
            return;
        };
        let expected = self.wanted.or(self.truth.install_guid).unwrap_or(install_guid);
        self.verdict.require(install_guid == expected, 5, entry, || "a report has another install_guid".to_owned());
        self.truth.install_guid = Some(install_guid);
        self.made.push(Made {
            report: line.report.unwrap_or_default(),
            store: self.store,
            made_at: line.at,
            lived: entry.lived,
            sha256: line.sha256,
            install_guid,
            start: self.truth.start.unwrap_or(start),
            hour,
            totals: self.truth.totals,
        });
    }

    fn compare(&mut self, look: &Look, entry: &Entry) {
        let Truth { totals, scraped_at, start, .. } = &self.truth;
        let is_same = look.installation.last_scrape_at == *scraped_at;
        self.verdict.require(is_same, 4, entry, || {
            format!("the last scrape was at {:?}, not at {scraped_at:?}", look.installation.last_scrape_at)
        });
        self.verdict.require(look.totals == *totals, 4, entry, || format!("{:?} is kept, not {totals:?}", look.totals));
        let is_same = look.installation.start == *start;
        self.verdict
            .require(is_same, 5, entry, || format!("the start is {:?}, not {start:?}", look.installation.start));
        let is_same = look.installation.install_guid == self.truth.install_guid;
        self.verdict.require(is_same, 5, entry, || "the stored install_guid is another one".to_owned());
        let is_same = self.truth.absence.is(look.installation.absence);
        let text = || format!("the absence is {:?}, not {:?}", look.installation.absence, self.truth.absence);
        self.verdict.require(is_same, 4, entry, text);
    }
}

impl Truth {
    /// Another install_guid takes over, or the baseline was made in the future.
    fn begin_series(&mut self, hour: Hour) {
        self.totals.creations = Default::default();
        self.start = Some(hour);
    }

    /// The truth after a complete scrape that found this.
    fn after(&self, found: &Found, at: Timestamp, look: &Look) -> Self {
        let mut after = self.clone();
        let counts = self.scraped_at.is_some() && !self.takes_as_known;
        for object in &found.ids {
            if after.known.insert(object.clone()) && counts {
                after.totals.creations[object.0] += 1;
            }
        }
        after.totals.current = PerKind::default();
        for (kind, _) in &found.ids {
            after.totals.current[*kind] += 1;
        }
        for (kind, number) in &found.unnamed {
            after.totals.current[*kind] = *number;
        }
        after.totals.buckets = Buckets::default();
        for faces in found.collections.values() {
            after.totals.buckets[(FACES, Range::ALL[range(*faces)])] += 1;
        }
        after.totals.active = match &found.uses {
            Some(uses) => Some(active(uses, at)),
            // Where no statistics can be told, no answer shows whether a report rests on the scrape.
            None => look.totals.active.filter(|active| !found.has_statistics && *active == PerKind::default()),
        };
        after.start.get_or_insert(at.hour());
        after.scraped_at = Some(at);
        after.takes_as_known = false;
        after
    }
}

/// How many services of each kind were used on any of the 30 days before the report's.
fn active(uses: &BTreeMap<(Kind, String), Vec<Day>>, report: Timestamp) -> PerKind<u64> {
    let mut active = PerKind::default();
    for ((kind, _), days) in uses {
        let is_active = days.iter().any(|day| (1..31).contains(&report.day().days_after(*day)));
        active[*kind] += u64::from(is_active);
    }
    active
}

fn range(faces: u64) -> usize {
    [0, 10, 50, 200, 500, 2000, 10_000, 50_000, 200_000, 1_000_000].iter().take_while(|end| faces > **end).count()
}
