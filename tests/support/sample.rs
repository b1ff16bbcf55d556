//! A store as some weeks of use leave it: a report a day, one day without one, an outage of the endpoint, and one pending report.
//! The numbers are invented; the bytes are those of the program's own function.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use std::path::Path;
use std::time::Duration;

use headcount::clock::{Hour, Timestamp};
use headcount::contract::{Contract, Number};
use headcount::model::{InstallGuid, Totals};
use headcount::report;
use headcount::store::{AuditOutcome, NewReport, Store, StoreError, Writer};
use sha2::{Digest, Sha256};

/// Who received the reports.
pub const RECIPIENT: &str = "telemetry.example.org:443";

/// Days with a report or without one.
const DAYS: u32 = 30;
/// The day on which the service could not be read.
const NOT_MADE: u32 = 11;
/// The days on which the endpoint was not available.
const OUTAGE: std::ops::Range<u32> = 19..21;

/// Makes the store in this directory.
pub fn make(directory: &Path, contract: &'static Contract) -> Store {
    let store = Store::open(directory).unwrap();
    let filled: Result<(), StoreError> = store.write(|writer| {
        writer.set_identity(InstallGuid::from_random_bytes([0x5c; 16]))?;
        writer.record_contract(&contract.terms().canonical_text())?;
        writer.record_decision(&decision())?;
        writer.set_next_report(Some(slot(DAYS)))?;
        (0..DAYS).try_for_each(|day| pass(writer, contract, day))
    });
    filled.unwrap();
    let file = rusqlite::Connection::open(directory.join("headcount.db")).unwrap();
    let known = "UPDATE installation SET baseline_at = ?1, last_scrape_at = ?2, start_hour = ?3, service = ?4";
    let (first, last) = (slot(0).minus(Duration::from_secs(3600)), slot(DAYS - 1));
    let start = first.hour().unix_hours();
    let values = (first.unix_seconds(), last.unix_seconds(), start, contract.catalog.service);
    file.execute(known, values).unwrap();
    store
}

/// When the report of a day is due.
fn slot(day: u32) -> Timestamp {
    Timestamp::from_unix_seconds(1_793_500_000).plus(Duration::from_secs(24 * 3600) * day)
}

fn decision() -> String {
    let source = |name: &str, state: &str, detail: &str| serde_json::json!({"name": name, "state": state, "detail": detail, "remedy": ""});
    let sources = [
        source("HEADCOUNT_OTLP_ENDPOINT", "enabled", "is set"),
        source("HEADCOUNT_DISABLED", "neutral", "is not set"),
        source("DO_NOT_TRACK", "neutral", "is not set"),
        source("consent file", "enabled", "is granted"),
        source("settings", "neutral", "are valid"),
    ];
    let reason = "on: HEADCOUNT_OTLP_ENDPOINT is set; consent file is granted";
    let decision = serde_json::json!({"state": "enabled", "sources": sources, "reason": reason});
    serde_json::json!({"at": slot(0).to_string(), "decision": decision}).to_string()
}

/// What a day adds.
fn pass(writer: &Writer<'_>, contract: &'static Contract, day: u32) -> Result<(), StoreError> {
    let at = slot(day);
    if day == NOT_MADE {
        return writer.record(at, AuditOutcome::NotMade, "service returned 503; check its log", None);
    }
    let report = writer.enqueue(new_report(contract, at, &body(contract, at.hour(), day)))?;
    let minutes = |minutes: u64| at.plus(Duration::from_secs(60 * minutes));
    let unavailable = "endpoint returned 503 (temporarily unavailable)";
    if OUTAGE.contains(&day) {
        for attempt in 1..4 {
            writer.record_attempt(report, minutes(attempt * attempt), AuditOutcome::WillRetry, unavailable)?;
        }
    }
    if day == DAYS - 1 {
        let held = "endpoint returned 401; check the token in HEADCOUNT_OTLP_HEADERS_FILE";
        writer.record_failure(minutes(1), "bad_credentials", held)?;
        return writer.record_attempt(report, minutes(1), AuditOutcome::Held, held);
    }
    writer.finish(report, minutes(30), AuditOutcome::Delivered, "", Some(RECIPIENT)).map(|_| ())
}

fn new_report(contract: &'static Contract, at: Timestamp, body: &bytes::Bytes) -> NewReport<'static> {
    assert!(contract.approve(body.clone()).is_ok());
    let body: &'static [u8] = body.to_vec().leak();
    NewReport { hour: at.hour(), made_at: at, body, sha256: Sha256::digest(body).into() }
}

/// The bytes of a day's report.
fn body(contract: &'static Contract, hour: Hour, day: u32) -> bytes::Bytes {
    let mut totals = Totals::default();
    for (index, instrument) in contract.instruments.iter().enumerate() {
        let (index, day) = (u64::try_from(index).unwrap(), u64::from(day));
        // Each number grows at a pace of its own; ranges fill from the smallest one.
        match instrument.number {
            Number::Creations(kind) => totals.creations[kind] = day * (11 - index % 8) / (2 + index * 2),
            Number::Current(kind) => totals.current[kind] = 40 / (1 + index % 7) + day * 2,
            Number::Active(kind) => totals.active.get_or_insert_default()[kind] = 3 + day / (2 + index % 3),
            Number::Sized(distribution, range) => {
                let rank = u64::try_from(range.index()).unwrap();
                let grown = (day + 12).saturating_sub(rank * 4) / (1 + rank.abs_diff(3));
                totals.buckets[(distribution, range)] =
                    if contract.instruments.len() < 16 { u64::from(rank == 3) } else { grown };
            }
        }
    }
    report::encode(&report::build(
        contract,
        &InstallGuid::from_random_bytes([0x5c; 16]),
        hour_before(hour),
        hour,
        &totals,
    ))
}

/// The start of the series: the hour before the first report.
fn hour_before(hour: Hour) -> Hour {
    let first = slot(0).hour().unix_hours() - 1;
    assert!(first < hour.unix_hours());
    Hour::from_unix_hours(first)
}
