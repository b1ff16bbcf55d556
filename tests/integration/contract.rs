//! The contract of each service is fixed: its text, its hash, and the bytes of a report. A change of any of them is another version
//! of the contract. Invariant 3.

use std::collections::BTreeSet;
use std::path::Path;

use headcount::clock::Hour;
use headcount::contract::{ATTRIBUTE_NAME, diff};
use headcount::model::{Buckets, InstallGuid, PerKind, Totals};
use headcount::report;
use headcount::source::SERVICES;
use headcount::source::compreface::{CONTRACT, FACES};

/// The published contracts, and what an operator's consent approves: the hash of the canonical text.
const PUBLISHED: [(&str, &str); 4] = [
    ("headcount-1", "e3e5bbb532ca11ed3feae13d40fd3deaed742d01fefc3d20700b3f2ff03ff2fa"),
    ("headcount-2", "24115ed1c79b939f5bb8a3f256333b071580904c690fe3a25fd7803e69680b8a"),
    ("headcount.frigate-1", "fbd97989700d6a7150329f9c137dbbf60da725c32b07390604261e4e1d4950a8"),
    ("headcount.inventory-1", "73f292958d4e41627be6ad98da87b0b6b6d85d69fdb87ade4b726b911230059a"),
];
/// Made with the official protobuf classes of another language.
const REPORT: &[u8] = include_bytes!("../fixtures/report.pb");
/// The same of contract 1, without what is active.
const REPORT_1: &[u8] = include_bytes!("../fixtures/report-1.pb");

fn text(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts").join(format!("{name}.jsonl"));
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn canonical_text_of_each_service_is_the_published_one() {
    for service in SERVICES {
        let terms = service.contract.terms();
        let name = format!("{}-{}", terms.scope, terms.version);
        assert_eq!(terms.canonical_text(), text(&name), "{name}");
        assert!(PUBLISHED.contains(&(name.as_str(), terms.hash().as_str())), "{name}: {}", terms.hash());
    }
}

/// Their reports may still be stored.
#[test]
fn earlier_contracts_are_the_published_ones() {
    for contract in SERVICES.iter().flat_map(|service| service.contract.earlier) {
        let terms = contract.terms();
        let name = format!("{}-{}", terms.scope, terms.version);
        assert_eq!(terms.canonical_text(), text(&name), "{name}");
    }
    let approved = CONTRACT.approve_stored(&REPORT_1.into()).unwrap();
    assert_eq!((approved.bytes(), approved.contents().contract.version), (&REPORT_1.into(), "1"));
    assert!(CONTRACT.approve(REPORT_1.into()).is_err());
    assert!(CONTRACT.approve_stored(&REPORT.into()).is_ok());
}

/// Nothing that was approved is gone.
#[test]
fn contract_2_adds_active_services_to_contract_1() {
    let difference = diff::compare(&text("headcount-1"), &text("headcount-2"));
    let is_version = |line: &&String| ["contract", "scope", "header"].iter().any(|word| line.starts_with(word));
    assert!(difference.removed.iter().all(|line| is_version(&line)), "{:?}", difference.removed);
    let added: Vec<_> = difference.added.iter().filter(|line| !is_version(line)).collect();
    assert_eq!(added.len(), 4, "{added:?}");
    assert!(added[..3].iter().all(|line| line.contains(".active gauge {service}")), "{added:?}");
    assert_eq!(added[3], "request GET /admin/app/{app}/model/{model}/statistics");
}

#[test]
fn published_contracts_keep_their_hash() {
    for (name, hash) in PUBLISHED {
        assert_eq!(diff::hash(&text(name)), hash, "{name}");
    }
    let folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")).unwrap();
    let files: BTreeSet<_> = folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let published = PUBLISHED.map(|(name, _)| format!("{name}.jsonl"));
    assert_eq!(files, BTreeSet::from(published));
}

#[test]
fn contracts_of_services_differ_in_scope_and_have_one_attribute() {
    let scopes: BTreeSet<_> = SERVICES.iter().map(|service| service.contract.scope).collect();
    assert_eq!(scopes.len(), SERVICES.len());
    assert_eq!(CONTRACT.scope, "headcount");
    for service in SERVICES {
        let contract = service.contract;
        assert_eq!(contract.user_agent, format!("{}/{}", contract.scope, contract.version));
        assert_eq!(contract.terms().attribute.key, ATTRIBUTE_NAME);
        let is_named = contract.scope == "headcount" || contract.scope == format!("headcount.{}", service.name());
        assert!(is_named, "{}", contract.scope);
    }
    assert_eq!(ATTRIBUTE_NAME, "install_guid");
}

#[test]
fn metric_with_one_name_is_the_same_in_each_contract() {
    let all = || SERVICES.iter().flat_map(|service| service.contract.instruments);
    for metric in all() {
        let others = all().filter(|other| other.name == metric.name);
        for other in others {
            let same = (other.kind, other.unit, other.number.is_rounded());
            assert_eq!(same, (metric.kind, metric.unit, metric.number.is_rounded()), "{}", metric.name);
        }
    }
}

#[test]
fn report_of_fixed_numbers_has_the_published_bytes() {
    let mut buckets = Buckets::default();
    for faces in [0, 1, 10, 200, 2001] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    let totals = Totals {
        creations: PerKind::from([7, 2, 0, 1, 3]),
        current: PerKind::from([37, 9, 4, 1, 5]),
        buckets,
        active: Some(PerKind::from([0, 0, 3, 1, 5])),
    };
    let guid = InstallGuid::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
    let (start, at) = (Hour::from_unix_hours(490_896), Hour::from_unix_hours(490_922));
    assert_eq!(report::encode(&report::build(&CONTRACT, &guid, start, at, &totals)), REPORT);
    assert_eq!(CONTRACT.approve(REPORT.into()).unwrap().bytes(), REPORT);
}
