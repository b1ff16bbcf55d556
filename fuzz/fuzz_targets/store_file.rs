//! Any damage to the store's file: it is refused or it works, within a time and without a panic; what waits in it is sent
//! only if the gate lets it pass; and a no still deletes it.
//!
//! Input: a byte for the kind of damage, and the damage: bytes to put at places of the file or of its log, a whole file, or
//! values to put into its rows.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::Timestamp;
use headcount::model::{IdHash, IdKey, InstallGuid, ScrapeSink as _};
use headcount::source::compreface::{CONTRACT, FACES, kinds};
use headcount::store::{AuditOutcome, Counting, Expiry, NewReport, Purge, Snapshot, Store, StoreError, Writer};
use libfuzzer_sys::fuzz_target;
use rusqlite::types::Value;

const REPORT: &[u8] = include_bytes!("../../tests/fixtures/report.pb");
const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const DATABASE: &str = "headcount.db";

/// A store with something of everything: its file, and a log that has not been put in its place.
static SOUND: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("a store");
    fill(&store).expect("a store that takes everything");
    let read = |name: &str| fs::read(directory.path().join(name)).expect("a file");
    let (before, log) = (read(DATABASE), read(&format!("{DATABASE}-wal")));
    assert!(!log.is_empty());
    (before, log)
});

fuzz_target!(|input: &[u8]| {
    let Some((kind, damage)) = input.split_first() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let (mut database, mut log) = SOUND.clone();
    match kind % 4 {
        0 => patch(&mut database, damage),
        1 => patch(&mut log, damage),
        2 => (database, log) = (damage.to_vec(), Vec::new()),
        _ => {}
    }
    let path = directory.path().join(DATABASE);
    fs::write(&path, &database).expect("it can be written");
    if !log.is_empty() {
        fs::write(directory.path().join(format!("{DATABASE}-wal")), &log).expect("it can be written");
    }
    if kind % 4 == 3 {
        set_values(&path, damage);
    }
    let _ = use_beside(directory.path());
    let _ = use_alone(directory.path());
    let forgotten = Store::purge_in(directory.path(), Purge::Everything, NOW, Duration::ZERO);
    match forgotten {
        Ok(_) => assert!(!path.exists(), "it was to be deleted"),
        Err(error) => assert!(matches!(error, StoreError::Foreign { .. } | StoreError::Busy(_)), "{error:?}"),
    }
});

/// Bytes at places: two for the place, one for how many, and these; a place beyond the end cuts the file.
fn patch(file: &mut Vec<u8>, mut damage: &[u8]) {
    while let [high, low, count, rest @ ..] = damage {
        let at = usize::from(u16::from_be_bytes([*high, *low]));
        let count = usize::from(*count).min(rest.len()).min(16);
        if at >= file.len() {
            file.truncate(file.len() / 2);
        }
        let end = (at + count).min(file.len());
        if at < end {
            file[at..end].copy_from_slice(&rest[..end - at]);
        }
        damage = &rest[count..];
    }
}

const COLUMNS: &[&str] = &[
    "installation.epoch",
    "installation.id_key",
    "installation.install_guid",
    "installation.start_hour",
    "installation.baseline_at",
    "installation.last_scrape_at",
    "installation.next_report_at",
    "installation.last_report",
    "installation.last_report_hour",
    "installation.last_report_made_at",
    "installation.off_since",
    "installation.take_as_known",
    "installation.absent_for",
    "installation.absent_at",
    "installation.absent_kind",
    "installation.decision",
    "installation.failure_at",
    "installation.failure",
    "known.hash",
    "object.kind",
    "object.creations",
    "object.current",
    "bucket.range",
    "bucket.current",
    "report.install_guid",
    "report.hour",
    "report.made_at",
    "report.body",
    "report.sha256",
    "report.pending",
    "report.attempts",
    "audit.outcome",
    "receipt.install_guid",
    "installation.service",
    "installation.failure_code",
    "bucket.distribution",
    "object.active",
    "audit.code",
];

/// Values in rows: a byte for the column, one for the type, and eight or fewer for the value.
fn set_values(path: &Path, mut damage: &[u8]) {
    let connection = rusqlite::Connection::open(path).expect("the store is sound");
    while let [column, kind, rest @ ..] = damage {
        let (bytes, after) = rest.split_at(rest.len().min(8));
        damage = after;
        let value = match kind % 4 {
            0 => Value::Integer(bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))),
            1 => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            2 => Value::Blob(bytes.to_vec()),
            _ => Value::Null,
        };
        let (table, column) = COLUMNS[usize::from(*column) % COLUMNS.len()].split_once('.').expect("a table's column");
        let update = format!("UPDATE OR REPLACE {table} SET {column} = ?1");
        let mut statement = connection.prepare(&update).expect("the column exists");
        // A value of another type is refused by the table itself.
        let _ = statement.execute([value]);
    }
}

fn use_beside(directory: &Path) -> Result<(), StoreError> {
    let Some(store) = Store::open_to_read(directory)? else { return Ok(()) };
    let _ = store.read(look);
    let staging = store.staging_for_preview(&CONTRACT.catalog, IdKey::from_bytes([3; 16]))?;
    let _ = staging.objects(kinds::USER, &mut vec![IdHash(1), IdHash(99)]);
    let _ = staging.totals(Counting::Count);
    Ok(())
}

fn use_alone(directory: &Path) -> Result<(), StoreError> {
    let store = Store::open(directory)?;
    let _ = store.read(look);
    let _ = fill(&store);
    let _ = store.write(settle);
    let _ = store.write(|writer| writer.expire(NOW, Duration::from_secs(86_400), Expiry::AfterGrace).map(drop));
    let _ = store.size();
    store.purge(Purge::KeepReceipts, NOW, Duration::ZERO).map(drop)
}

/// Reads everything. Whatever waits would be sent only through the gate.
fn look(snapshot: &Snapshot<'_>) -> Result<(), StoreError> {
    let _ = snapshot.installation().map(|installation| format!("{installation:?}"));
    let _ = (snapshot.decision(), snapshot.contract(), snapshot.last_failure(), snapshot.receipts());
    let _ = snapshot.outbox_summary().map(|summary| summary.oldest_made_at.map(|made_at| NOW.since(made_at)));
    let _ = snapshot.totals();
    for line in snapshot.audit(0, Some(1000)).unwrap_or_default() {
        let _ = snapshot.audit_entry(line.seq);
    }
    for waiting in snapshot.pending().unwrap_or_default() {
        if let Ok(approved) = CONTRACT.approve(Bytes::from(waiting.body)) {
            assert_eq!(approved.bytes().len(), REPORT.len());
        }
    }
    Ok(())
}

fn settle(writer: &Writer<'_>) -> Result<(), StoreError> {
    if let Some(waiting) = writer.next_pending(0)? {
        writer.finish(waiting.report, NOW, AuditOutcome::Delivered, "", Some("telemetry.example.org"))?;
    }
    writer.clear_failure()
}

/// A scrape, an identity, two reports, an attempt and a failure.
fn fill(store: &Store) -> Result<(), StoreError> {
    let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes([3; 16]))?.for_report();
    let _ = staging.objects(kinds::USER, &mut (0..9).map(IdHash).collect());
    let _ = staging.objects(kinds::RECOGNITION, &mut vec![IdHash(77)]);
    staging.measured(FACES, 6);
    staging.active(kinds::RECOGNITION, 1);
    staging.commit(NOW, Counting::Count)?;
    let guid = InstallGuid::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").expect("a random UUID");
    store.write(|writer| {
        writer.set_identity(guid)?;
        writer.set_next_report(Some(NOW))?;
        writer.record_decision("{}")?;
        writer.record_failure(NOW, "service_failed", "the service failed")?;
        for hours in 1..3 {
            let made_at = NOW.plus(Duration::from_secs(3600 * hours));
            let report = NewReport { hour: made_at.hour(), made_at, body: REPORT, sha256: [9; 32] };
            let report = writer.enqueue(report)?;
            writer.record_attempt(report, made_at, AuditOutcome::WillRetry, "503")?;
        }
        Ok(())
    })
}
