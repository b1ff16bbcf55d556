//! A program with another contract than the approved one is off, and `status` says what is new, line by line.

use headcount::contract::diff;
use headcount::source::compreface::CONTRACT;
use rusqlite::Connection;
use serde_json::Value;

use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::Endpoint;

#[tokio::test(flavor = "multi_thread")]
async fn what_an_upgrade_adds_is_off_until_it_is_approved() {
    let (service, endpoint) = (Simulated::start().await, Endpoint::http().await);
    let directory = tempfile::tempdir().unwrap();
    let (state, consent) = (directory.path().join("state"), directory.path().join("consent"));
    let program = Program::new(&["once"])
        .state(&state)
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .env("HEADCOUNT_OTLP_ENDPOINT", endpoint.settings().url.to_string())
        .env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap());
    let status = program.with_arguments(&["status"]);
    let terms = CONTRACT.terms();
    std::fs::write(&consent, format!("granted\ncontract = {}\n", terms.hash())).unwrap();
    assert_eq!(told(&program.output()).0, Some(0));
    assert_eq!(endpoint.requests().len(), 1);
    assert!(!told(&status.output()).1.contains("is approved in the consent file"));

    // As an older program would have left it: its contract lacked the last metric and had another one.
    let text = terms.canonical_text();
    let last = text.lines().rfind(|line| line.contains("\"metric\"")).unwrap();
    let older = text.replace(last, r#"["metric","face_recognition.older","gauge","{user}","an older number"]"#);
    let store = Connection::open(state.join("headcount.db")).unwrap();
    store.execute("UPDATE installation SET contract = ?1", [&older]).unwrap();
    drop(store);
    std::fs::write(&consent, format!("granted\ncontract = {}\n", diff::hash(&older))).unwrap();

    assert_eq!(told(&program.output()).0, Some(0), "off is no failure");
    assert_eq!(endpoint.requests().len(), 1, "and nothing is sent");
    let (_, words, _) = told(&status.output());
    assert!(words.contains("new   metric face_recognition.service.recognition.active"), "{words}");
    assert!(words.contains("gone  metric face_recognition.older"), "{words}");
    let json: Value =
        serde_json::from_str(&told(&status.with_arguments(&["status", "--format", "json"]).output()).1).unwrap();
    assert_eq!(json["contract"]["diff"]["added"].as_array().unwrap().len(), 1);

    std::fs::write(&consent, format!("granted\ncontract = {}\n", "0".repeat(64))).unwrap();
    let (_, words, _) = told(&status.output());
    assert!(words.contains("was never in force here"), "{words}");
}
