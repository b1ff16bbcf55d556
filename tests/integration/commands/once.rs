//! `once`: its exit statuses, and that what waits is delivered whatever else goes wrong.

use headcount::config::Transport;
use headcount::model::PerKind;
use headcount::store::AuditOutcome;
use sha2::{Digest as _, Sha256};

use super::{Peers, json};
use crate::program::told;
use crate::support::compreface::{Answer as ServiceAnswer, Door, Model, Trouble, When};
use crate::support::endpoint::Answer;

#[tokio::test(flavor = "multi_thread")]
async fn second_once_in_an_hour_creates_no_report() {
    let peers = Peers::start().await;
    let (exit, data, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, data.as_str()), (Some(0), ""), "{said}");
    assert!(said.contains("report created for the hour") && said.contains("1 report delivered to 127.0.0.1"), "{said}");
    peers.service.change(Model::add_user);
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!(exit, Some(0), "{said}");
    let arrived = peers.arrived();
    assert_eq!(arrived[0].totals.creations, PerKind::default());
    if let [_, second] = arrived[..] {
        // The hour came to its end between the two calls.
        assert!(second.time > arrived[0].time);
    } else {
        assert!(said.contains("no report created"), "{said}");
        assert_eq!(peers.outcomes(), [AuditOutcome::Made, AuditOutcome::Delivered, AuditOutcome::Skipped]);
    }
    assert_eq!((peers.service.sign_ins(), peers.service.open_sessions()), (2, 0), "each call signs out");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_exits_with_4_and_delivers_at_the_next_call() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    peers.endpoint.always(Answer::ok());
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.waiting()), (Some(0), 0), "{said}");
    let requests = peers.endpoint.requests();
    assert_eq!(requests[0].message, requests[1].message);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_exits_with_3_for_a_failed_scrape() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    peers.service.trouble(Door::Applications, When::Always, Trouble::Answer(ServiceAnswer::html()));
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.waiting()), (Some(3), 1), "3 outranks 4: {said}");
    assert!(said.contains("GET /admin/apps") && said.contains("401"), "both are said: {said}");
    peers.endpoint.always(Answer::ok());
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.waiting()), (Some(3), 0), "{said}");
    assert!(peers.outcomes().contains(&AuditOutcome::NotMade));
    assert_eq!(peers.service.open_sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_exits_with_4_for_a_rejected_report() {
    let peers = Peers::start().await;
    peers.endpoint.always(Answer::refusal(Transport::HttpProtobuf, 400, "too old"));
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.waiting()), (Some(4), 0), "{said}");
    peers.endpoint.always(Answer::ok());
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_points_are_shown_until_a_complete_delivery() {
    let peers = Peers::start().await;
    let secret = "a-line-of-the-receiver";
    peers.endpoint.answer(Answer::partial(20, secret)).answer(Answer::partial(0, secret));
    let (exit, data, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, data.as_str(), peers.waiting()), (Some(0), "", 0), "{said}");
    assert!(said.contains("warning: ") && !said.contains(secret), "{said}");
    let status = |format: &str| told(&peers.call(&["status", "--format", format]).output()).1;
    let read = || serde_json::from_str::<serde_json::Value>(&status("json")).unwrap();
    assert_eq!(read()["last_delivery"]["outcome"], "partially_accepted");
    assert_eq!(read()["last_failure"]["code"], "points_rejected");
    assert!(status("text").contains("rejected 20 data points"), "{}", status("text"));
    peers.let_an_hour_pass();
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("warning: ") && !said.contains(secret), "{said}");
    assert_eq!((&read()["last_delivery"]["outcome"], read()["last_failure"].is_null()), (&"delivered".into(), true));
    assert!(!format!("{}{}", status("text"), status("json")).contains(secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn once_retries_a_short_outage() {
    let peers = Peers::start().await;
    peers.endpoint.answer(Answer::status(503)).always(Answer::ok());
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.endpoint.requests().len()), (Some(0), 2), "{said}");
    assert_eq!(peers.outcomes(), [AuditOutcome::Made, AuditOutcome::WillRetry, AuditOutcome::Delivered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_exits_with_6_for_a_modified_report() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    let file = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    file.execute("UPDATE report SET body = x'0a03616263'", []).unwrap();
    drop(file);
    peers.endpoint.always(Answer::ok());
    let before = peers.endpoint.requests().len();
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.waiting()), (Some(6), 0), "{said}");
    let (sent, made) = (peers.endpoint.requests().len() - before, peers.outcomes());
    assert_eq!(sent, made.iter().filter(|outcome| **outcome == AuditOutcome::Delivered).count());
    assert!(made.contains(&AuditOutcome::GateRefused), "{said}");
    let lines = peers.store().read(|snapshot| snapshot.audit(0, None)).unwrap();
    let refused = lines.iter().find(|line| line.outcome == AuditOutcome::GateRefused).unwrap();
    let hash: [u8; 32] = Sha256::digest(b"\x0a\x03abc").into();
    assert_eq!(refused.sha256, Some(hash), "not the hash of the bytes that were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_out_during_once_stops_it_and_signs_out() {
    let peers = Peers::start().await;
    let consent = peers.path().join("consent");
    std::fs::write(&consent, "granted").unwrap();
    peers.service.trouble(Door::Applications, When::Always, Trouble::Never);
    let mut running = peers.call(&["once", "--consent-file", consent.to_str().unwrap()]).start();
    crate::program::eventually("the scrape", || peers.service.count(Door::Applications) == 1);
    std::fs::write(&consent, "denied").unwrap();
    let (exit, took) = running.wait();
    assert_eq!((exit, peers.service.open_sessions()), (Some(0), 0), "{}", running.log());
    assert!(took.as_secs() < 5 && running.log().contains("opted out"), "{}", running.log());
    assert!(peers.endpoint.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn signal_ends_once_with_1_and_a_sign_out() {
    let peers = Peers::start().await;
    peers.service.trouble(Door::Applications, When::Always, Trouble::Never);
    let mut running = peers.call(&["once"]).start();
    crate::program::eventually("the scrape", || peers.service.count(Door::Applications) == 1);
    running.signal("TERM");
    let (exit, took) = running.wait();
    assert_eq!((exit, peers.service.open_sessions()), (Some(1), 0), "{}", running.log());
    assert!(took.as_secs() < 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_records_decision_next_report_and_failure() {
    let peers = Peers::start().await;
    peers.endpoint.always(Answer::status(401));
    let status = || json(&told(&peers.call(&["status", "--format", "json"]).output()).1);
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(4));
    let held = status();
    assert_eq!(held["decided_by_run"]["decision"]["state"], "enabled");
    assert!(held["next_report_at"].is_string() && held["last_failure"].is_object(), "{held}");
    assert_eq!(told(&peers.call(&["once"]).env("DO_NOT_TRACK", "1").output()).0, Some(0));
    assert_eq!(status()["decided_by_run"]["decision"]["state"], "not_enabled");
    assert_eq!(told(&peers.call(&["once"]).env("HEADCOUNT_DISABLED", "1").output()).0, Some(0));
    assert_eq!(status()["decided_by_run"]["decision"]["state"], "opted_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_is_the_last_failure_of_once() {
    let peers = Peers::start().await;
    let failure = || peers.store().read(|snapshot| snapshot.last_failure()).unwrap().map(|failure| failure.code);
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    assert_eq!(failure(), None);
    // A report for an hour that is still to come: the clock is behind.
    let file = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    file.execute("UPDATE installation SET last_report_hour = last_report_hour + 5", []).unwrap();
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(1));
    assert_eq!(failure().as_deref(), Some("clock_behind"));
    // More than any report may say.
    file.execute_batch("UPDATE installation SET last_report_hour = 1; UPDATE object SET creations = 2000000000")
        .unwrap();
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(6));
    assert_eq!(failure().as_deref(), Some("contract_check"));
    let refused = peers.store().read(|snapshot| snapshot.audit(0, None)).unwrap().pop().unwrap();
    assert_eq!((refused.outcome, refused.sha256.is_some()), (AuditOutcome::GateRefused, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn once_that_cannot_store_a_scrape_audits_it() {
    let peers = Peers::start().await;
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    let file = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    file.execute_batch(
        "CREATE TRIGGER broken BEFORE UPDATE OF last_scrape_at ON installation
         BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END",
    )
    .unwrap();
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(5));
    assert_eq!(peers.outcomes().last(), Some(&AuditOutcome::NotMade));
}
