//! Each version of the store's schema, in a store that a program of that version wrote: this program continues it. Invariant 5.

use std::collections::BTreeMap;
use std::path::Path;

use headcount::store::{Store, StoreError};
use rusqlite::Connection;

use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::{Answer, Endpoint};
use crate::upgrade::{Upgrade, fill, fixture, shift};

/// Schema version 2 was changed before its first release, so that the tables of this store are of no version.
const CHANGED: &str = "store-schema-2";

fn version_of(database: &Path) -> i64 {
    let connection = Connection::open(database).unwrap();
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// The version that this program makes.
fn current_version() -> i64 {
    let directory = tempfile::tempdir().unwrap();
    drop(Store::open(directory.path()).unwrap());
    version_of(&directory.path().join("headcount.db"))
}

/// The fixtures by their versions.
fn stores() -> BTreeMap<i64, String> {
    let names = std::fs::read_dir(fixture("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("store-"))
        .map(|name| {
            let copy = tempfile::NamedTempFile::new().unwrap();
            std::fs::copy(fixture(&name).join("headcount.db"), copy.path()).unwrap();
            (version_of(copy.path()), name)
        })
        .collect()
}

#[test]
fn each_schema_version_has_a_store_that_its_program_wrote() {
    let versions: Vec<_> = stores().into_keys().collect();
    let all: Vec<_> = (1..=current_version()).collect();
    assert_eq!(versions, all, "write the missing one: tests/fixtures/README.md says how");
}

#[tokio::test(flavor = "multi_thread")]
async fn store_of_each_schema_continues_its_series() {
    for name in stores().values().filter(|name| *name != CHANGED) {
        let upgrade = Upgrade::of(name).await;
        upgrade.consent("granted\n");
        let (exit, _, said) = told(&upgrade.call(&["once"]).output());
        assert_eq!(exit, Some(0), "{name}: {said}");
        let arrived = upgrade.arrived();
        assert_eq!(arrived.len(), 2, "{name}: the pending report, and another");
        assert_eq!(arrived[0].totals.creations, arrived[1].totals.creations, "{name}");
        upgrade.assert_continues(&arrived[1]);
        assert_eq!(upgrade.fate_of_pending(), ["delivered"], "{name}");
        assert_eq!(version_of(&upgrade.database()), current_version(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_store_is_refused_unchanged_by_what_does_not_migrate_it() {
    let current = current_version();
    for (version, name) in stores().into_iter().filter(|(version, _)| *version < current) {
        let upgrade = Upgrade::of(&name).await;
        let before = std::fs::read(upgrade.database()).unwrap();
        let directory = upgrade.database().parent().unwrap().to_owned();
        let opened = Store::open_to_read(&directory);
        assert!(matches!(opened, Err(StoreError::Older { found }) if found == version), "{name}: {opened:?}");
        let (exit, _, said) = told(&upgrade.call(&["audit"]).output());
        assert_eq!(exit, Some(5), "{name}: {said}");
        assert_eq!(std::fs::read(upgrade.database()).unwrap(), before, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_with_the_tables_of_no_version_is_refused_with_a_remedy_and_erased() {
    let upgrade = Upgrade::of(CHANGED).await;
    upgrade.consent("granted\n");
    let (exit, _, said) = told(&upgrade.call(&["once"]).output());
    assert_eq!(exit, Some(5), "{said}");
    assert!(said.contains("headcount erase"), "{said}");
    assert!(upgrade.arrived().is_empty());
    let (exit, receipts, said) = told(&upgrade.call(&["erase", "--yes"]).output());
    assert_eq!(exit, Some(0), "{said}");
    assert!(receipts.starts_with("2 delivered to "), "{receipts}");
    assert_eq!(told(&upgrade.call(&["once"]).output()).0, Some(0), "a new installation");
}

/// Writes the store of a version, as tests/fixtures/README.md says: by this program, or by the one that `PROGRAM_UNDER_TEST` names.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes a fixture"]
async fn write_store() {
    // It refuses the user agent of an earlier contract when it ends.
    let service = std::mem::ManuallyDrop::new(Simulated::start().await);
    let endpoint = Endpoint::http().await;
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("headcount.db");
    let program = Program::new(&["once"])
        .state(directory.path())
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .env("HEADCOUNT_OTLP_ENDPOINT", endpoint.settings().url.to_string());
    for (users, expected) in [(6, 0), (9, 0), (9, 4)] {
        service.change(|model| {
            model.applications.clear();
            fill(model);
            model.users.truncate(users);
        });
        if expected != 0 {
            endpoint.always(Answer::status(503));
        }
        let (exit, _, said) = told(&program.output());
        assert_eq!(exit, Some(expected), "{said}");
        if expected == 0 {
            shift(&database, -24);
        }
    }
    let folder = fixture(&format!("store-schema-{}", version_of(&database)));
    std::fs::create_dir_all(&folder).unwrap();
    let _ = std::fs::remove_file(folder.join("headcount.db"));
    let copy = folder.join("headcount.db");
    Connection::open(&database).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
}
