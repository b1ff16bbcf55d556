//! Off, in every way: `once` ends with 0 and prints the reason, `run` stays up and idle, and no request is made.

use super::Peers;
use crate::program::{Program, told};

/// The part of the reason that names the source.
const OPTED_OUT: &str = "off (opted out): HEADCOUNT_DISABLED";

/// Each way of being off, and the source that is named.
fn ways(peers: &Peers, arguments: &[&str]) -> Vec<(Program, &'static str)> {
    let call = || peers.call(arguments);
    vec![
        (call().without("HEADCOUNT_OTLP_ENDPOINT"), "HEADCOUNT_OTLP_ENDPOINT"),
        (call().env("HEADCOUNT_OTLP_ENDPOINT", ""), "HEADCOUNT_OTLP_ENDPOINT"),
        (call().env("HEADCOUNT_DISABLED", "true"), OPTED_OUT),
        (call().env("HEADCOUNT_DISABLED", "On"), OPTED_OUT),
        (call().env("HEADCOUNT_DISABLED", "perhaps"), "HEADCOUNT_DISABLED"),
        (call().env("DO_NOT_TRACK", "1"), "DO_NOT_TRACK"),
        (call().env("DO_NOT_TRACK", "yes"), "DO_NOT_TRACK"),
        (call().env("OTEL_SDK_DISABLED", "TRUE"), "OTEL_SDK_DISABLED"),
        (call().env("HEADCOUNT_CONSENT_FILE", "/nowhere/consent"), "consent file"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn once_while_off_exits_with_0_and_a_reason() {
    let peers = Peers::start().await;
    for (once, why) in ways(&peers, &["once"]) {
        let (exit, data, said) = told(&once.output());
        assert_eq!((exit, data.as_str()), (Some(0), ""), "{said}");
        assert!(said.contains(why), "{why}: {said}");
    }
    assert!(peers.service.requests().is_empty() && peers.endpoint.requests().is_empty());
    assert!(std::fs::read_dir(peers.path()).unwrap().next().is_none(), "it made something");
}

#[tokio::test(flavor = "multi_thread")]
async fn run_while_off_stays_healthy() {
    let peers = Peers::start().await;
    for (run, why) in ways(&peers, &["run", "--strict"]) {
        let directory = tempfile::tempdir().unwrap();
        let mut running = run.state(directory.path()).env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0").start();
        let line = running.wait_for("health is served at");
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        running.wait_for(why);
        let health = Program::new(&["healthcheck"]).env("HEADCOUNT_HEALTH_ADDR", &address);
        assert_eq!(told(&health.output()).0, Some(0));
        assert!(running.is_running());
        running.signal("TERM");
        assert_eq!(running.wait().0, Some(0), "{}", running.log());
    }
    assert!(peers.service.requests().is_empty() && peers.endpoint.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn values_for_false_do_not_turn_off() {
    let peers = Peers::start().await;
    let once =
        peers.call(&["once"]).env("DO_NOT_TRACK", "0").env("OTEL_SDK_DISABLED", "1").env("HEADCOUNT_DISABLED", "no");
    let (exit, _, said) = told(&once.output());
    assert_eq!((exit, peers.endpoint.requests().len()), (Some(0), 1), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_opting_out_deletes() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    for (once, why) in ways(&peers, &["once"]) {
        if why != OPTED_OUT {
            assert_eq!(told(&once.output()).0, Some(0));
            assert_eq!(peers.waiting(), 1, "{why}");
        }
    }
    let (exit, _, said) = told(&peers.call(&["once"]).env("HEADCOUNT_DISABLED", "1").output());
    assert_eq!((exit, peers.waiting()), (Some(0), 0), "{said}");
    let installation = peers.store().read(|snapshot| snapshot.installation()).unwrap();
    assert_eq!((installation.install_guid, installation.baseline_at), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_out_that_cannot_delete_exits_with_5() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    let other = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (exit, _, said) = told(&peers.call(&["once"]).env("HEADCOUNT_DISABLED", "1").output());
    assert_eq!((exit, peers.waiting()), (Some(5), 1), "{said}");
    assert!(said.contains("locked"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_after_opt_out_exits_with_5_while_bytes_remain() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    let body = peers.store().read(|snapshot| snapshot.next_pending(0)).unwrap().unwrap().body;
    let is_found = || peers.files().iter().any(|(_, bytes)| bytes.windows(body.len()).any(|window| window == body));
    let reader = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
    let opted_out = peers.call(&["once"]).env("HEADCOUNT_DISABLED", "1");
    let (exit, _, said) = told(&opted_out.output());
    assert_eq!((exit, is_found()), (Some(5), true), "{said}");
    assert!(said.contains("another process"), "{said}");
    assert_eq!(told(&opted_out.output()).0, Some(5), "a second call says it again");
    drop(reader);
    let (exit, _, said) = told(&opted_out.output());
    assert_eq!((exit, is_found()), (Some(0), false), "{said}");
}

/// The sidecar holds the store, and deletes at its own opt-out only.
#[tokio::test(flavor = "multi_thread")]
async fn once_after_opt_out_next_to_a_sidecar_exits_with_5_while_bytes_remain() {
    let peers = Peers::start().await;
    let mut running = peers.call(&["run"]).start();
    running.wait_for("baseline recorded");
    let reader = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM known").unwrap();
    let opted_out = peers.call(&["once"]).env("HEADCOUNT_DISABLED", "1");
    let (exit, _, said) = told(&opted_out.output());
    assert_eq!(exit, Some(5), "{said}");
    assert!(said.contains("another process"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_that_cannot_record_the_decision_exits_with_5() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    std::fs::write(peers.path().join("headcount.db"), "no database").unwrap();
    let (exit, _, said) = told(&peers.call(&["once"]).env("DO_NOT_TRACK", "1").output());
    assert_eq!(exit, Some(5), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_while_off_leaves_a_locked_store_alone() {
    let peers = Peers::start().await;
    let mut running = peers.call(&["run"]).start();
    running.wait_for("baseline recorded");
    for variable in ["DO_NOT_TRACK", "HEADCOUNT_DISABLED"] {
        let (exit, _, said) = told(&peers.call(&["once"]).env(variable, "1").output());
        assert_eq!(exit, Some(0), "{said}");
    }
}
