//! Wrong journals of the services that are not CompreFace.

use headcount::source::frigate;

use super::{Wrong, assert_found, insert, last_look, position, while_off};
use crate::journal::{Journal, Told, What};
use crate::service::ServiceKind;

/// A seed in whose run a volume is not mounted for a while.
const FRIGATE_SEED: u64 = 4;
const DOCUMENT_SEED: u64 = 3;

const WRONG_FRIGATE: [Wrong; 8] = [
    ("nothing at all is counted too soon", &[4], |journal| *library(journal) = Told::Library { persons: 0, faces: 0 }),
    ("more faces are counted than there are", &[4], |journal| {
        *library(journal) = Told::Library { persons: 1, faces: 0 }
    }),
    ("a doubt is forgotten", &[4], a_doubt_is_forgotten),
    ("a person is counted as created", &[4], |journal| {
        last_look(journal).totals.creations[frigate::kinds::SUBJECT] = 1;
    }),
    ("a name in the store", &[7], |journal| insert(journal, 1, What::Personal("Wilhelmina"))),
    ("an unlisted request", &[10], |journal| insert(journal, 1, What::Requested { begins: false, is_listed: false })),
    ("more requests than a scrape has", &[11], |journal| repeat(journal, false, 10)),
    ("scrapes without a pause", &[11], |journal| repeat(journal, true, 200)),
];

const WRONG_DOCUMENT: [Wrong; 4] = [
    ("a document is not kept", &[5], |journal| {
        let at = position(journal, |entry| matches!(entry.what, What::Told(Told::Document(_))));
        let looks = journal.entries[at..].iter_mut();
        let next =
            looks.filter_map(|entry| if let What::Looked(look) = &mut entry.what { Some(look) } else { None }).next();
        next.unwrap().installation.last_scrape_at = None;
    }),
    ("a document that is wrong is counted", &[4], |journal| {
        let at = position(journal, |entry| matches!(entry.what, What::Told(Told::Document(_))));
        journal.entries[at].what = What::Told(Told::Spoiled);
    }),
    ("the server is asked while off", &[1], |journal| {
        while_off(journal, What::Requested { begins: true, is_listed: true });
    }),
    ("an id in what is logged", &[7], |journal| journal.log.push("INFO headcount: Анна 7".to_owned())),
];

const WRONG_FILE: [Wrong; 2] = [
    ("a file that holds no document is counted", &[4], |journal| {
        let at = position(journal, |entry| matches!(entry.what, What::Document(_)));
        journal.entries[at].what = What::Document(None);
    }),
    ("a user of the file is not counted", &[4], |journal| {
        let at = position(journal, |entry| matches!(entry.what, What::Document(_)));
        let What::Document(Some(found)) = &mut journal.entries[at].what else { unreachable!("it is a document") };
        found.ids.pop_first();
    }),
];

#[test]
fn whatever_is_wrong_with_another_service_is_found() {
    assert_found(ServiceKind::Frigate, FRIGATE_SEED, &WRONG_FRIGATE);
    assert_found(ServiceKind::DocumentServer, DOCUMENT_SEED, &WRONG_DOCUMENT);
    assert_found(ServiceKind::DocumentFile, DOCUMENT_SEED, &WRONG_FILE);
}

/// The first library that was told of.
fn library(journal: &mut Journal) -> &mut Told {
    let at = position(journal, |entry| matches!(entry.what, What::Told(Told::Library { .. })));
    let What::Told(told) = &mut journal.entries[at].what else { unreachable!("it is an answer") };
    told
}

fn a_doubt_is_forgotten(journal: &mut Journal) {
    let is_doubt = |what: &What| matches!(what, What::Looked(look) if look.installation.absence.is_some());
    let at = position(journal, |entry| is_doubt(&entry.what));
    let What::Looked(look) = &mut journal.entries[at].what else { unreachable!("it is a look") };
    look.installation.absence = None;
}

fn repeat(journal: &mut Journal, begins: bool, times: usize) {
    let at = position(journal, |entry| matches!(entry.what, What::Requested { begins: true, .. }));
    (0..times).for_each(|_| insert(journal, at + 1, What::Requested { begins, is_listed: true }));
}
