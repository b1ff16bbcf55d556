//! Invariants 5 and 6: reports arrive oldest first, as they were made, in one version, as often as the endpoint wants them
//! and no more; and each that was made is accounted for.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::Timestamp;
use headcount::contract::Contents;
use headcount::model::{Distribution, Kind};
use headcount::source::{compreface, frigate, inventory};
use headcount::store::{AuditLine, AuditOutcome};
use sha2::{Digest as _, Sha256};

use super::counting::Made;
use super::pauses::Pauses;
use super::{Standing, Verdict, Violation};
use crate::journal::{Answered, Entry, Journal, Look, What};
use crate::service::ServiceKind;
use crate::world::SETTLED;

/// A report that is too old is tried once more before it is deleted, which takes as long as machines sleep, telemetry is
/// off and clocks are wrong.
const LATEST: Duration = Duration::from_secs(5 * 24 * 3600);

/// An attempt that the audit has not told of yet.
struct Attempt {
    at: Timestamp,
    /// How often the clock had been set.
    steps: usize,
    report: Option<usize>,
    answered: Answered,
    /// Whether its connection had been used before, so that it may have been tried again at once.
    is_reused: bool,
    /// Whether consent ended meanwhile, which is an outcome of its own.
    was_stopped: bool,
    /// Whether it was made by a call of `once`, which gives up the attempt under way when its time is over.
    is_once: bool,
}

struct Deliveries<'a> {
    journal: &'a Journal,
    made: &'a [Made],
    standing: Standing,
    store: usize,
    attempts: VecDeque<Attempt>,
    connections: HashSet<usize>,
    /// What became of each report.
    fates: BTreeMap<usize, AuditOutcome>,
    /// The bytes with which each arrived first.
    arrived: HashMap<usize, Bytes>,
    /// The latest report that the endpoint has, or may have since no answer came.
    latest: Option<usize>,
    /// Reports that were held in the same round by ambiguous answers.
    held: Vec<usize>,
    /// Those of them that a delivery leaves behind, of which the audit has not told yet.
    left_behind: VecDeque<usize>,
    /// Reports that a look has shown.
    shown: HashSet<usize>,
    pauses: Pauses,
    steps: usize,
    verdict: Verdict,
}

pub(super) fn check(journal: &Journal, made: &[Made]) -> Vec<Violation> {
    let mut deliveries = Deliveries {
        journal,
        made,
        standing: Standing::BEGINNING,
        store: 0,
        attempts: VecDeque::new(),
        connections: HashSet::new(),
        fates: BTreeMap::new(),
        arrived: HashMap::new(),
        latest: None,
        held: Vec::new(),
        left_behind: VecDeque::new(),
        shown: HashSet::new(),
        pauses: Pauses::default(),
        steps: 0,
        verdict: Verdict::default(),
    };
    journal.entries.iter().for_each(|entry| deliveries.see(entry));
    deliveries.end();
    deliveries.verdict.0
}

impl Deliveries<'_> {
    fn see(&mut self, entry: &Entry) {
        if self.standing.see(entry) {
            self.pauses.hurry();
            if !self.standing.is_on() {
                self.attempts.iter_mut().for_each(|attempt| attempt.was_stopped = true);
            }
        }
        match &entry.what {
            What::EndpointDialed(Answered::Served) => {}
            What::EndpointDialed(answered) => self.attempted(entry, None, *answered, false),
            What::Arrived { message, connection, answered } => {
                let is_reused = !self.connections.insert(*connection);
                let report = self.arrived(message, *answered, entry);
                self.attempted(entry, report, *answered, is_reused);
            }
            What::Looked(look) => self.looked(look, entry),
            // The clock that pauses are told by.
            What::Stepped => {
                self.pauses = Pauses::default();
                self.steps += 1;
            }
            What::StoreLost => {
                self.lose(AuditOutcome::Deleted);
                self.store += 1;
            }
            _ => {}
        }
    }

    fn attempted(&mut self, entry: &Entry, report: Option<usize>, answered: Answered, is_reused: bool) {
        self.attempts.push_back(Attempt {
            at: entry.wall,
            steps: self.steps,
            report,
            answered,
            is_reused,
            was_stopped: false,
            is_once: self.standing.is_once,
        });
    }

    /// Which report it is, in the order in which they were made.
    fn arrived(&mut self, message: &Bytes, answered: Answered, entry: &Entry) -> Option<usize> {
        let contents = match self.journal.recipe.service.contract().approve(message.clone()) {
            Ok(approved) => *approved.contents(),
            Err(refusal) => {
                self.verdict.require(false, 3, entry, || format!("what arrived is no report: {refusal}"));
                return None;
            }
        };
        let is_it = |number: &usize| {
            let made = &self.made[*number];
            made.store == self.store && made.install_guid == contents.install_guid && made.hour == contents.time
        };
        // An install_guid that the operator set may begin again in an hour that it had before.
        let numbers: Vec<_> = (0..self.made.len()).filter(is_it).collect();
        let is_waiting = |number: &&usize| !self.fates.contains_key(number);
        let Some(&report) = numbers.iter().find(is_waiting).or(numbers.last()) else {
            self.verdict.require(false, 6, entry, || format!("nobody made the report of {}", contents.time));
            return None;
        };
        let made = &self.made[report];
        let service = self.journal.recipe.service;
        self.verdict
            .require(says(service, &contents, made), 5, entry, || format!("{contents:?} arrived, not {made:?}"));
        let first = self.arrived.entry(report).or_insert_with(|| message.clone());
        let is_as_made = made.sha256 == Some(Sha256::digest(message).into());
        let text = || format!("the report of {} arrived in another version", contents.time);
        self.verdict.require(first == message && is_as_made, 6, entry, text);
        let is_in_order = self.latest.is_none_or(|latest| report >= latest);
        self.verdict.require(is_in_order, 6, entry, || format!("{} after a later one", contents.time));
        if matches!(answered, Answered::Delivered | Answered::Partial | Answered::Broken) {
            self.latest = self.latest.max(Some(report));
        }
        let fate = self.fates.get(&report);
        self.verdict.require(fate.is_none(), 5, entry, || format!("{} again, though {fate:?}", contents.time));
        Some(report)
    }

    fn looked(&mut self, look: &Look, entry: &Entry) {
        for line in &look.audit {
            match line.outcome {
                AuditOutcome::Made | AuditOutcome::Skipped | AuditOutcome::NotMade => {
                    self.shown.extend(self.number(line));
                    self.pauses.hurry();
                }
                AuditOutcome::Expired => self.expired(line, entry),
                AuditOutcome::Deleted => self.lose(AuditOutcome::Deleted),
                AuditOutcome::GateRefused | AuditOutcome::Exported => {
                    self.verdict.require(false, 3, entry, || format!("{line:?}"));
                }
                _ => self.told(line, entry),
            }
        }
        if !self.standing.runs {
            // It ended before it could tell, and forgot what it was asked for.
            self.attempts.clear();
            self.pauses = Pauses::default();
        } else if !self.standing.is_on() && entry.awake >= self.standing.since + SETTLED {
            let untold = self.attempts.len();
            self.verdict.require(untold == 0, 6, entry, || format!("{untold} stopped attempts are not in the audit"));
            self.attempts.clear();
        }
        let waiting = self.waiting();
        let depth = waiting.len() as u64;
        self.verdict.require(depth == look.depth, 6, entry, || format!("{} reports wait, not {depth}", look.depth));
        let outlived = |number: &&usize| entry.lived > self.made[**number].lived + self.journal.recipe.keep + LATEST;
        let outlived = waiting.iter().filter(outlived).count();
        self.verdict
            .require(outlived == 0, 6, entry, || format!("{outlived} reports wait for longer than they are kept"));
        for (install_guid, reports) in &look.receipts {
            let told = self.delivered(|made| made.store == self.store && made.install_guid == *install_guid);
            self.verdict.require(told == *reports, 6, entry, || format!("receipts for {reports} reports, not {told}"));
        }
    }

    fn number(&self, line: &AuditLine) -> Option<usize> {
        let report = line.report?;
        self.made.iter().position(|made| made.report == report && made.store == self.store)
    }

    /// The audit tells of an attempt.
    fn told(&mut self, line: &AuditLine, entry: &Entry) {
        let number = self.number(line);
        if let Some(at_fault) = self.left_behind.pop_front() {
            let is_told = line.outcome == AuditOutcome::Refused && number == Some(at_fault);
            self.verdict.require(is_told, 6, entry, || format!("{line:?} in place of what is left behind"));
            return self.settle(at_fault, AuditOutcome::Refused);
        }
        if let [first, _, ..] = self.attempts.make_contiguous()
            && first.answered == Answered::Broken
            && first.is_reused
        {
            self.attempts.pop_front();
        }
        let Some(attempt) = self.attempts.pop_front() else {
            self.verdict.require(false, 6, entry, || format!("the audit tells of what nobody saw: {line:?}"));
            return;
        };
        let goes_past = self.held.last() < number.as_ref() && !self.held.is_empty();
        if attempt.steps == self.steps {
            let paused = self.pauses.held().or_else(|| self.pauses.attempted(attempt.at));
            self.verdict.require(paused.is_none() || goes_past, 11, entry, || paused.unwrap_or_default());
            self.pauses.told(line.outcome, attempt.answered, line.at);
        }
        let is_same = attempt.report.is_none_or(|report| Some(report) == number);
        let gave_up = attempt.is_once && self.attempts.is_empty();
        let stopped = (attempt.was_stopped || gave_up) && line.outcome == AuditOutcome::WillRetry;
        let is_right = stopped || means(attempt.answered, line.outcome);
        let text = || format!("{:?} became {} ({})", attempt.answered, line.outcome, line.reason);
        self.verdict.require(is_same && is_right, 6, entry, text);
        self.judge(number, attempt.answered, line.outcome, goes_past);
        let is_final = !matches!(line.outcome, AuditOutcome::WillRetry | AuditOutcome::Held);
        if let (true, Some(number)) = (is_final, number) {
            self.settle(number, line.outcome);
        }
    }

    /// An ambiguous answer is decided by the first delivery after it in the same round.
    fn judge(&mut self, number: Option<usize>, answered: Answered, outcome: AuditOutcome, goes_past: bool) {
        // A round begins with the oldest report, or with one that was sent past others and may have arrived.
        if let (false, Some(number)) = (goes_past, number) {
            self.held.retain(|held| *held < number);
        }
        if outcome.reached_recipient() {
            let fates = &self.fates;
            self.left_behind.extend(self.held.drain(..).filter(|held| !fates.contains_key(held)));
        } else if answered == Answered::Ambiguous && outcome == AuditOutcome::Held {
            self.held.extend(number);
        }
    }

    fn settle(&mut self, number: usize, fate: AuditOutcome) {
        self.fates.entry(number).or_insert(fate);
    }

    fn expired(&mut self, line: &AuditLine, entry: &Entry) {
        let Some(number) = self.number(line) else { return };
        let age = line.at.since(self.made[number].made_at);
        self.verdict.require(age >= self.journal.recipe.keep, 5, entry, || format!("expired after {age:?}"));
        self.settle(number, AuditOutcome::Expired);
    }

    /// What waits is gone with the store, or by a no.
    fn lose(&mut self, fate: AuditOutcome) {
        self.held.clear();
        self.waiting().into_iter().for_each(|number| self.settle(number, fate));
    }

    /// Reports of this store that a look has shown and that have no fate.
    fn waiting(&self) -> Vec<usize> {
        let waits = |number: &usize| self.shown.contains(number) && !self.fates.contains_key(number);
        (0..self.made.len()).filter(|number| self.made[*number].store == self.store).filter(waits).collect()
    }

    fn delivered(&self, of: impl Fn(&Made) -> bool) -> u64 {
        let reaches = |fate: &AuditOutcome| fate.reached_recipient();
        self.fates.iter().filter(|(number, fate)| of(&self.made[**number]) && reaches(fate)).count() as u64
    }

    /// Nothing is wrong any more: everything was told, and nothing waits.
    fn end(&mut self) {
        let Some(last) = self.journal.entries.last() else { return };
        let waiting: Vec<Timestamp> = (0..self.made.len())
            .filter(|number| !self.fates.contains_key(number))
            .map(|number| self.made[number].made_at)
            .collect();
        self.verdict.require(waiting.is_empty(), 6, last, || format!("nothing became of the reports of {waiting:?}"));
        let untold = self.attempts.len();
        self.verdict.require(untold == 0, 6, last, || format!("the audit does not tell of {untold} attempts"));
    }
}

/// The kinds whose numbers a report has, in its order: those with creations, those with a current number, and those of which
/// some may be active.
fn reported(service: ServiceKind) -> [&'static [Kind]; 3] {
    use compreface::kinds::{APPLICATION, DETECTION, RECOGNITION, USER, VERIFICATION};
    match service {
        ServiceKind::CompreFace => [
            &[USER, APPLICATION, DETECTION, VERIFICATION, RECOGNITION],
            &[USER, APPLICATION, DETECTION, VERIFICATION],
            &[DETECTION, VERIFICATION, RECOGNITION],
        ],
        ServiceKind::Frigate => [&[frigate::kinds::USER], &[frigate::kinds::USER, frigate::kinds::SUBJECT], &[]],
        ServiceKind::DocumentServer | ServiceKind::DocumentFile => {
            use inventory::kinds::{APPLICATION, DETECTION, RECOGNITION, USER, VERIFICATION};
            [
                &[USER, APPLICATION, DETECTION, VERIFICATION, RECOGNITION],
                &[USER, APPLICATION, DETECTION, VERIFICATION],
                &[],
            ]
        }
    }
}

/// Whether a report says what it must.
fn says(service: ServiceKind, contents: &Contents, made: &Made) -> bool {
    let [creations, current, active] = reported(service);
    let mut values: Vec<_> = creations.iter().map(|kind| made.totals.creations[*kind]).collect();
    values.extend(current.iter().map(|kind| rounded(made.totals.current[*kind])));
    // Each service has one distribution: the faces of its collections.
    let faces = Distribution::ALL[0];
    let ranges = service.contract().catalog.distributions[faces.index()].ranges();
    values.extend(ranges.map(|range| made.totals.buckets[(faces, range)]));
    let services_of = made.totals.active.unwrap_or_default();
    values.extend(active.iter().map(|kind| rounded(services_of[*kind])));
    contents.numbers().map(|(_, value)| value).eq(values) && contents.start == made.start && contents.time == made.hour
}

/// The greatest of 0, 1, 2, 5, 10, 20, 50 and so on that is not above the number.
fn rounded(number: u64) -> u64 {
    let steps = (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    steps.take_while(|step| *step <= number).last().unwrap_or(0)
}

/// Whether the audit calls an answer what OTLP does.
fn means(answered: Answered, outcome: AuditOutcome) -> bool {
    match answered {
        Answered::Served => false,
        Answered::Delivered => outcome == AuditOutcome::Delivered,
        Answered::Partial => outcome == AuditOutcome::PartiallyAccepted,
        Answered::Refused => outcome == AuditOutcome::Refused,
        Answered::Retry(_) | Answered::Broken => outcome == AuditOutcome::WillRetry,
        Answered::Held | Answered::Ambiguous => outcome == AuditOutcome::Held,
        Answered::Kept => matches!(outcome, AuditOutcome::WillRetry | AuditOutcome::Held),
    }
}
