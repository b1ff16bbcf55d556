//! Contract 1 is fixed: its text, its hash, and the bytes of a report. A change of any of them is another version of the contract. Invariant 3.

use headcount::clock::Hour;
use headcount::contract::{ATTRIBUTE_NAME, diff};
use headcount::model::{Buckets, InstallGuid, PerKind, Totals};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES};

/// The canonical text: what an operator's consent approves, by its hash.
const TEXT: &str = include_str!("../../contracts/headcount-1.jsonl");
const HASH: &str = "e3e5bbb532ca11ed3feae13d40fd3deaed742d01fefc3d20700b3f2ff03ff2fa";
/// Made with the official protobuf classes of another language.
const REPORT: &[u8] = include_bytes!("../fixtures/report.pb");

#[test]
fn canonical_text_and_hash_are_the_published_ones() {
    let terms = CONTRACT.terms();
    assert_eq!(terms.canonical_text(), TEXT);
    assert_eq!(terms.hash(), HASH);
    assert_eq!(diff::hash(TEXT), HASH);
}

#[test]
fn scope_user_agent_and_attribute_are_the_published_ones() {
    let published = (CONTRACT.scope, CONTRACT.version, CONTRACT.user_agent, ATTRIBUTE_NAME);
    assert_eq!(published, ("headcount", "1", "headcount/1", "install_guid"));
}

#[test]
fn report_of_fixed_numbers_has_the_published_bytes() {
    let mut buckets = Buckets::default();
    for faces in [0, 1, 10, 200, 2001] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    let totals =
        Totals { creations: PerKind::from([7, 2, 0, 1, 3]), current: PerKind::from([37, 9, 4, 1, 5]), buckets };
    let guid = InstallGuid::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
    let (start, at) = (Hour::from_unix_hours(490_896), Hour::from_unix_hours(490_922));
    assert_eq!(report::encode(&report::build(&CONTRACT, &guid, start, at, &totals)), REPORT);
    assert_eq!(CONTRACT.approve(REPORT.into()).unwrap().bytes(), REPORT);
}
