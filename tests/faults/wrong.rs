//! Wrong journals: a check that cannot fail proves nothing, so each invariant is broken here, in the journal of a run in
//! which none was.

mod others;

use std::time::Duration;

use bytes::Bytes;
use headcount::model::{PerKind, Totals};
use headcount::report;
use headcount::source::compreface::{CONTRACT, kinds};
use headcount::store::AuditOutcome;

use crate::check::check;
use crate::journal::{Answered, Consent, Entry, Journal, Look, What};
use crate::recipe::{DAY, HOUR, Recipe, SHORT};
use crate::service::ServiceKind;
use crate::setting::play;
use crate::support::compreface::{Door, EMAIL, Served};
use crate::support::tls::Certificates;
use crate::usage;
use crate::world::SETTLED;

/// A seed in whose run there is something of everything that is falsified here.
const SEED: u64 = 8;

type Wrong = (&'static str, &'static [u8], fn(&mut Journal));

/// What is falsified, and which invariants that breaks, one of them at least.
const WRONG: [Wrong; 31] = [
    ("another version of a report arrives", &[6], another_version),
    ("a report arrives that says more than happened", &[5], says_more),
    ("what arrives is no report", &[3], no_report),
    ("a report arrives that nobody made", &[6], nobody_made_it),
    ("a report does not arrive", &[6], |journal| drop(journal.entries.remove(delivered(journal)))),
    ("a report arrives after a later one", &[6], after_a_later_one),
    ("a report is sent again after it was taken", &[5], sent_again),
    ("a refusal passes for a delivery", &[6], |journal| answer(journal, Answered::Refused)),
    ("a retry passes for a delivery", &[6], |journal| answer(journal, Answered::Retry(None))),
    ("a report is forgotten", &[6], |journal| look(journal, AuditOutcome::Made).depth += 1),
    ("a failed scrape becomes zeros", &[4], |journal| last_look(journal).totals = Totals::default()),
    ("something is counted twice", &[4], |journal| last_look(journal).totals.creations[kinds::USER] += 1),
    ("a complete scrape is not kept", &[5], not_kept),
    ("a no leaves the identity", &[8], a_no_leaves_something),
    ("the service is asked while off", &[1], |journal| while_off(journal, asked(Door::Me, None))),
    ("a report is sent while off", &[1], |journal| while_off(journal, What::EndpointDialed(Answered::Served))),
    ("the service is asked when nothing runs", &[1], after_the_end),
    ("an unlisted request", &[10], an_unlisted_request),
    ("an address in the log", &[7], |journal| journal.log.push(format!("INFO headcount: {EMAIL}"))),
    ("an id in the log", &[7], |journal| {
        journal.log.push("INFO headcount: 0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30".into());
    }),
    ("scrapes without a pause", &[11], without_a_pause),
    ("sign-ins that pile up", &[11], sign_ins_pile_up),
    ("sessions of which nobody was told pile up", &[11], untold_sessions_pile_up),
    ("a sign-out that fails is not tried again", &[11], a_sign_out_is_given_up),
    ("a store is begun in an empty directory", &[5], |journal| {
        insert(journal, 0, What::MountBack { is_empty: false });
    }),
    ("a report is sent without a store", &[6], without_a_store),
    ("a report is sent past the proxy", &[10], |journal| insert(journal, 0, What::Strayed)),
    ("a report is sent outside its window", &[11], outside_the_window),
    ("a report has another install_guid than was set", &[5], another_install_guid),
    ("a report outlives its time", &[6], outlives_its_time),
    ("an address in what once says", &[7], |journal| insert(journal, 0, What::Said(vec![EMAIL.to_owned()]))),
];

#[test]
fn whatever_is_wrong_in_a_journal_is_found() {
    assert_found(ServiceKind::CompreFace, SEED, &WRONG);
}

/// Plays a seed in which nothing is wrong, and finds each of these in what becomes of its journal.
fn assert_found(service: ServiceKind, seed: u64, wrong: &[Wrong]) {
    let right = play(&Recipe::new(service, seed, SHORT), &Certificates::new());
    let violations = check(&right);
    assert!(violations.is_empty(), "{violations:?}");
    for (name, invariants, falsify) in wrong {
        let mut wrong = right.clone();
        falsify(&mut wrong);
        let found = check(&wrong);
        assert!(found.iter().any(|violation| invariants.contains(&violation.invariant)), "{name}: {found:?}");
    }
}

#[test]
fn attempts_without_a_pause_and_warnings_without_an_end_are_found() {
    let right = play(&Recipe::new(ServiceKind::CompreFace, SEED, SHORT), &Certificates::new());
    let mut wrong = right.clone();
    let at = looked(&wrong, AuditOutcome::WillRetry);
    let line =
        look(&mut wrong, AuditOutcome::WillRetry).audit.iter().find(|line| line.outcome == AuditOutcome::WillRetry);
    let line = line.unwrap().clone();
    for _ in 0..3 {
        insert(&mut wrong, at, What::EndpointDialed(Answered::Retry(None)));
        let What::Looked(look) = &mut wrong.entries.iter_mut().rfind(|entry| is_look_of(entry, &line)).unwrap().what
        else {
            unreachable!("it is a look")
        };
        look.audit.push(line.clone());
    }
    assert!(check(&wrong).iter().any(|violation| violation.text.contains("an attempt before")));
    let mut wrong = right.clone();
    let warning = wrong.log.iter().find(|line| line.starts_with("WARN")).unwrap().clone();
    wrong.log.extend([warning.clone(), warning]);
    assert!(check(&wrong).iter().any(|violation| violation.invariant == 11));
    let wrong =
        [Journal { open_sessions: right.open_sessions + 100, ..right.clone() }, Journal { most_at_once: 5, ..right }];
    for wrong in wrong {
        assert!(check(&wrong).iter().any(|violation| violation.invariant == 11));
    }
}

fn is_look_of(entry: &Entry, line: &headcount::store::AuditLine) -> bool {
    matches!(&entry.what, What::Looked(look) if look.audit.contains(line))
}

fn position(journal: &Journal, is_it: impl Fn(&Entry) -> bool) -> usize {
    journal.entries.iter().position(is_it).expect("there is nothing to falsify")
}

/// An arrival that was taken, with another one after it.
fn delivered(journal: &Journal) -> usize {
    position(journal, |entry| matches!(entry.what, What::Arrived { answered: Answered::Delivered, .. }))
}

fn looked(journal: &Journal, outcome: AuditOutcome) -> usize {
    position(
        journal,
        |entry| matches!(&entry.what, What::Looked(look) if look.audit.iter().any(|line| line.outcome == outcome)),
    )
}

fn look(journal: &mut Journal, outcome: AuditOutcome) -> &mut Look {
    let at = looked(journal, outcome);
    let What::Looked(look) = &mut journal.entries[at].what else { unreachable!("it is a look") };
    look
}

fn last_look(journal: &mut Journal) -> &mut Look {
    let looks = journal.entries.iter_mut().rev();
    let mut looks = looks.filter_map(|entry| if let What::Looked(look) = &mut entry.what { Some(look) } else { None });
    looks.next().expect("nobody looked")
}

fn message(journal: &mut Journal) -> &mut Bytes {
    let at = delivered(journal);
    let What::Arrived { message, .. } = &mut journal.entries[at].what else { unreachable!("it is an arrival") };
    message
}

fn insert(journal: &mut Journal, at: usize, what: What) {
    let entry = Entry { what, ..journal.entries[at].clone() };
    journal.entries.insert(at, entry);
}

fn asked(door: Door, grant: Option<&str>) -> What {
    What::Asked { door: Some(door), grant: grant.map(str::to_owned), is_listed: true }
}

/// The same report with other numbers.
fn other_numbers(message: &Bytes) -> Bytes {
    let contents = *CONTRACT.approve(message.clone()).unwrap().contents();
    let totals = Totals { creations: PerKind::from([9; 5]), ..Totals::default() };
    report::encode(&report::build(&CONTRACT, &contents.install_guid, contents.start, contents.time, &totals))
}

fn another_version(journal: &mut Journal) {
    let at = delivered(journal);
    let message = other_numbers(message(journal));
    insert(journal, at + 1, What::Arrived { message, connection: usize::MAX, answered: Answered::Broken });
}

fn says_more(journal: &mut Journal) {
    let message = message(journal);
    *message = other_numbers(message);
}

fn no_report(journal: &mut Journal) {
    *message(journal) = Bytes::from_static(b"Grace Hopper");
}

fn nobody_made_it(journal: &mut Journal) {
    let message = message(journal);
    let contents = *CONTRACT.approve(message.clone()).unwrap().contents();
    let other = headcount::model::InstallGuid::PLACEHOLDER;
    *message = report::encode(&report::build(&CONTRACT, &other, contents.start, contents.time, &Totals::default()));
}

fn after_a_later_one(journal: &mut Journal) {
    let first = delivered(journal);
    let message = message(journal).clone();
    let last = journal.entries.iter().rposition(|entry| matches!(entry.what, What::Arrived { .. })).unwrap();
    assert!(last > first);
    insert(journal, last + 1, What::Arrived { message, connection: usize::MAX, answered: Answered::Broken });
}

fn sent_again(journal: &mut Journal) {
    let message = message(journal).clone();
    let at = looked(journal, AuditOutcome::Delivered) + 1;
    insert(journal, at, What::Arrived { message, connection: usize::MAX, answered: Answered::Delivered });
}

fn answer(journal: &mut Journal, other: Answered) {
    let at = delivered(journal);
    let What::Arrived { answered, .. } = &mut journal.entries[at].what else { unreachable!("it is an arrival") };
    *answered = other;
}

fn not_kept(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Served(Served::Users(_, true))));
    let next = journal.entries[at..].iter_mut().find_map(|entry| match &mut entry.what {
        What::Looked(look) if look.installation.last_scrape_at.is_some() => Some(look),
        _ => None,
    });
    next.unwrap().installation.last_scrape_at = None;
}

fn a_no_leaves_something(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Decided(Consent::No)));
    let settled = journal.entries[at].awake + SETTLED;
    let next = journal.entries[at..].iter_mut().filter(|entry| entry.awake >= settled);
    let mut looks = next.filter_map(|entry| if let What::Looked(look) = &mut entry.what { Some(look) } else { None });
    looks.next().unwrap().installation.install_guid = Some(headcount::model::InstallGuid::PLACEHOLDER);
}

fn while_off(journal: &mut Journal, what: What) {
    let at = position(journal, |entry| matches!(entry.what, What::Decided(Consent::Missing | Consent::No)));
    let from = journal.entries[at].awake + SETTLED;
    let at = at + journal.entries[at..].iter().position(|entry| entry.awake >= from).unwrap();
    assert!(matches!(journal.entries[at].what, What::Looked(_)), "somebody looks when all is settled");
    insert(journal, at, what);
    journal.entries[at].awake += Duration::from_millis(1);
}

fn after_the_end(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Ended { .. }));
    insert(journal, at + 1, asked(Door::SignOut, None));
}

fn an_unlisted_request(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Asked { .. }));
    let What::Asked { is_listed, .. } = &mut journal.entries[at].what else { unreachable!("it is a request") };
    *is_listed = false;
}

fn without_a_pause(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Asked { door: Some(Door::Me), .. }));
    (0..200).for_each(|_| insert(journal, at, asked(Door::Me, None)));
}

fn sign_ins_pile_up(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Served(Served::Session)));
    insert(journal, at + 1, asked(Door::Token, Some("password")));
}

fn untold_sessions_pile_up(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Granted));
    insert(journal, at, asked(Door::Token, Some("refresh_token")));
    insert(journal, at, What::Granted);
}

fn outside_the_window(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::EndpointDialed(_)));
    let window = usage::WINDOWS[0];
    let wall = journal.entries[at].wall;
    let closed = [wall, wall.plus(2 * HOUR)].into_iter().find(|wall| window.open_for(*wall).is_none());
    journal.entries[at].wall = closed.unwrap();
    journal.recipe.report_window = Some(window);
}

fn another_install_guid(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Started { .. }));
    let wanted = Some(headcount::model::InstallGuid::PLACEHOLDER);
    journal.entries[at].what = What::Started { wanted, is_once: false };
}

fn outlives_its_time(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(&entry.what, What::Looked(look) if look.depth > 0));
    let mut later = journal.entries[at].clone();
    later.lived += 40 * DAY;
    if let What::Looked(look) = &mut later.what {
        look.audit.clear();
    }
    journal.entries.insert(at + 1, later);
}

fn without_a_store(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::EndpointDialed(_)));
    insert(journal, at, What::MountVanished);
    journal.entries[at].awake = journal.entries[at].awake.saturating_sub(HOUR);
}

fn a_sign_out_is_given_up(journal: &mut Journal) {
    let at = position(journal, |entry| matches!(entry.what, What::Asked { door: Some(Door::SignOut), .. }));
    let signed_out = |entry: &Entry| matches!(entry.what, What::Served(Served::SignedOut));
    let answer = at + journal.entries[at..].iter().position(signed_out).unwrap();
    journal.entries[answer].what = What::Served(Served::Spoiled);
}
