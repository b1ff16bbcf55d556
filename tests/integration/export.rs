//! Machines with no way out: reports wait, and `headcount export` writes them as OTLP/JSON lines.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};

fn exporting(service: &Simulated, directory: &Path) -> Program {
    Program::new(&["once"])
        .state(directory)
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .env("HEADCOUNT_OTLP_PROTOCOL", "export")
}

/// A machine on which one report waits.
async fn waiting() -> (Simulated, TempDir, Program) {
    let service = Simulated::start().await;
    service.change(|model| model.populate(12, 2, 1));
    let directory = tempfile::tempdir().unwrap();
    let program = exporting(&service, &directory.path().join("state"));
    let once = told(&program.output());
    assert_eq!(once.0, Some(0), "{once:?}");
    (service, directory, program)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_written_as_otlp_json_lines_and_stays() {
    let (_service, _directory, program) = waiting().await;
    let export = program.with_arguments(&["export", "-"]);
    let (status, first, _) = told(&export.output());
    assert_eq!(status, Some(0));
    let reports = lines(&first);
    assert_eq!(reports.len(), 1);
    let metrics = reports[0]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    assert_eq!(metrics.len(), 23);
    assert_eq!(metrics[5]["name"], "face_recognition.user.current");
    assert_eq!(metrics[5]["gauge"]["dataPoints"][0]["asInt"], "10", "13 users, rounded down");
    assert_eq!(told(&export.output()).1, first, "exporting without taking changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_is_exported_once_audited_and_receipted() {
    let (_service, directory, program) = waiting().await;
    let file = directory.path().join("reports.jsonl");
    let take = program.with_arguments(&["export", file.to_str().unwrap(), "--take"]);
    assert_eq!(told(&take.output()).0, Some(0));
    let taken = std::fs::read_to_string(&file).unwrap();
    assert_eq!(lines(&taken).len(), 1);
    assert_eq!(told(&take.output()).0, Some(0), "the second time there is nothing left");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), taken, "what was taken is nowhere else");
    let audit = told(&program.with_arguments(&["audit", "--format", "json"]).output()).1;
    let outcomes: Vec<_> = lines(&audit).iter().map(|line| line["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["made", "exported"]);
    let status: Value =
        serde_json::from_str(&told(&program.with_arguments(&["status", "--format", "json"]).output()).1).unwrap();
    assert_eq!(status["receipts"][0]["recipient"], "export");
    assert_eq!(status["outbox"]["depth"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn export_to_unwritable_file_takes_nothing() {
    let (_service, directory, program) = waiting().await;
    let nowhere = directory.path().join("absent").join("reports.jsonl");
    let take = program.with_arguments(&["export", nowhere.to_str().unwrap(), "--take"]);
    assert_eq!(told(&take.output()).0, Some(1));
    let full = program.with_arguments(&["export", "/dev/full", "--take"]);
    assert_eq!(told(&full.output()).0, Some(1), "what was not flushed does not count");
    let left = told(&program.with_arguments(&["export", "-"]).output()).1;
    assert_eq!(lines(&left).len(), 1, "the report is pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn exporting_sends_nothing_and_needs_no_endpoint() {
    let (service, directory, program) = waiting().await;
    let asked = service.requests().len();
    assert_eq!(told(&program.with_arguments(&["export", "-", "--take"]).output()).0, Some(0));
    assert_eq!(service.requests().len(), asked);
    let empty = exporting(&service, &directory.path().join("none")).with_arguments(&["export", "-"]);
    let (status, data, _) = told(&empty.output());
    assert_eq!((status, data.as_str()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn export_does_not_overwrite_exported_reports() {
    let (_service, directory, program) = waiting().await;
    let file = directory.path().join("reports.jsonl");
    std::fs::write(&file, "an earlier export").unwrap();
    let take = program.with_arguments(&["export", file.to_str().unwrap(), "--take"]);
    assert_eq!(told(&take.output()).0, Some(1));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "an earlier export");
    let left = told(&program.with_arguments(&["export", "-"]).output()).1;
    assert_eq!(lines(&left).len(), 1, "the report is pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn modified_report_is_not_exported() {
    let (_service, directory, program) = waiting().await;
    let database = rusqlite::Connection::open(directory.path().join("state").join("headcount.db")).unwrap();
    // A second report as good as the first; and the first is a report still, but not the one that was written down.
    let sql = "INSERT INTO report (install_guid, hour, made_at, body, sha256)
               SELECT install_guid, hour + 1, made_at, body, sha256 FROM report";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    let sql = "UPDATE report SET sha256 = zeroblob(32) WHERE report = (SELECT min(report) FROM report)";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    drop(database);
    for (arguments, waiting) in [(&["export", "-"][..], 2), (&["export", "-", "--take"], 0)] {
        let (status, data, talk) = told(&program.with_arguments(arguments).output());
        assert_eq!((status, lines(&data).len()), (Some(6), 1), "{talk}");
        assert!(talk.contains("1 exported"), "{talk}");
        let status = told(&program.with_arguments(&["status", "--format", "json"]).output()).1;
        assert_eq!(serde_json::from_str::<Value>(&status).unwrap()["outbox"]["depth"], waiting);
    }
    let audit = told(&program.with_arguments(&["audit", "--format", "json"]).output()).1;
    let outcomes: Vec<_> = lines(&audit).iter().map(|line| line["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["made", "gate_refused", "exported"]);
}
