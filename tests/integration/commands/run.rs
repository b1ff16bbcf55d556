//! `run`: it ends on a signal alone, with everything kept, and outlives whatever is wrong around it.

use std::fs;
use std::time::Duration;

use headcount::store::AuditOutcome;

use super::{Peers, json};
use crate::program::{Program, Running, eventually, told};
use crate::support::compreface::{Answer as ServiceAnswer, Door, PASSWORD, Trouble, When};
use crate::support::endpoint::Answer;

/// Starts a sidecar with a health endpoint; gives the check that asks it.
fn start(program: Program) -> (Running, Program) {
    let mut running = program.env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0").start();
    let line = running.wait_for("health is served at");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    (running, Program::new(&["healthcheck"]).env("HEADCOUNT_HEALTH_ADDR", &address))
}

fn is_healthy(check: &Program) -> bool {
    check.output().status.success()
}

fn ends(running: &mut Running, signal: &str) {
    running.signal(signal);
    let (exit, took) = running.wait();
    assert_eq!(exit, Some(0), "{}", running.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signal_ends_run_with_0_and_keeps_the_store() {
    for signal in ["TERM", "INT"] {
        let peers = Peers::start().await;
        let mut running = peers.call(&["run"]).start();
        running.wait_for("baseline recorded");
        assert_eq!(peers.service.open_sessions(), 1);
        ends(&mut running, signal);
        assert_eq!(peers.service.open_sessions(), 0);
        let installation = peers.store().read(|snapshot| snapshot.installation()).unwrap();
        assert!(installation.baseline_at.is_some() && installation.next_report_at.is_some());
        assert!(!peers.path().join("staging.db").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signal_during_a_step_ends_run_quickly() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    peers.endpoint.always(Answer::hang());
    let before = peers.endpoint.requests().len();
    let mut running = peers.call(&["run"]).start();
    eventually("the delivery", || peers.endpoint.requests().len() > before);
    ends(&mut running, "TERM");
    assert_eq!(peers.waiting(), 1);

    let fresh = tempfile::tempdir().unwrap();
    peers.service.trouble(Door::Applications, When::Always, Trouble::Never);
    let asked = peers.service.count(Door::Applications);
    let mut running = peers.call(&["run"]).state(fresh.path()).start();
    eventually("the scrape", || peers.service.count(Door::Applications) > asked);
    ends(&mut running, "TERM");
    assert_eq!(peers.service.open_sessions(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_during_delivery_sends_one_version() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    peers.endpoint.always(Answer::hang());
    for _ in 0..3 {
        let before = peers.endpoint.requests().len();
        let mut running = peers.call(&["run"]).start();
        eventually("the delivery", || peers.endpoint.requests().len() > before);
        running.signal("KILL");
        running.wait();
    }
    peers.endpoint.always(Answer::ok());
    let mut running = peers.call(&["run"]).start();
    eventually("the delivery", || peers.waiting() == 0);
    ends(&mut running, "TERM");
    let requests = peers.endpoint.requests();
    assert_eq!(requests.len(), 5);
    assert!(requests.windows(2).all(|pair| pair[0].message == pair[1].message), "another version was sent");
    assert_eq!(peers.outcomes().iter().filter(|outcome| **outcome == AuditOutcome::Delivered).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn second_process_on_a_store_exits_with_5() {
    let peers = Peers::start().await;
    let mut first = peers.call(&["run"]).start();
    first.wait_for("baseline recorded");
    let others = [&["run"][..], &["run", "--strict"], &["once"]].map(|arguments| peers.call(arguments).start());
    for mut other in others {
        assert_eq!(other.wait().0, Some(5), "{}", other.log());
        eventually("the sentence", || other.log().contains("is locked by another"));
        assert_eq!(other.log().matches("is locked by another").count(), 1, "{}", other.log());
    }
    for command in ["status", "audit", "preview"] {
        assert_eq!(told(&peers.call(&[command]).output()).0, Some(0), "{command} works beside it");
    }
    assert!(first.is_running());
    ends(&mut first, "TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_process_takes_over_from_an_ending_one() {
    let peers = Peers::start().await;
    let mut first = peers.call(&["run"]).start();
    first.wait_for("baseline recorded");
    let (mut second, check) = start(peers.call(&["run"]));
    assert!(is_healthy(&check));
    ends(&mut first, "TERM");
    second.wait_for("127.0.0.1");
    let decided = || {
        let status = told(&peers.call(&["status", "--format", "json"]).output()).1;
        json(&status)["decided_by_run"].is_object()
    };
    eventually("the decision", decided);
    assert!(second.is_running());
    ends(&mut second, "TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn run_survives_invalid_settings_and_logs_all() {
    let peers = Peers::start().await;
    let wrong = |arguments: &[&str]| {
        let call = peers.call(arguments).env("HEADCOUNT_DISABLE", "true").env("HEADCOUNT_KEEP", "a year");
        call.env("HEADCOUNT_SCRAPE_INTERVAL", "1s")
    };
    let faults = ["HEADCOUNT_DISABLE", "HEADCOUNT_DISABLED", "HEADCOUNT_KEEP", "HEADCOUNT_SCRAPE_INTERVAL"];
    let (mut running, check) = start(wrong(&["run"]));
    running.wait_for("no requests are made");
    assert!(is_healthy(&check) && running.is_running());
    for fault in faults {
        assert!(running.log().contains(fault), "{fault}: {}", running.log());
    }
    ends(&mut running, "TERM");
    for arguments in [&["once"][..], &["check"], &["run", "--strict"]] {
        let (exit, _, said) = told(&wrong(arguments).output());
        assert_eq!(exit, Some(2), "{arguments:?}: {said}");
        assert!(faults.iter().all(|fault| said.contains(fault)), "{arguments:?}: {said}");
    }
    assert!(peers.service.requests().is_empty() && peers.endpoint.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn run_recovers_from_a_wrong_password_and_logs_it_once() {
    let peers = Peers::start().await;
    let password = peers.path().join("password");
    fs::write(&password, "wrong").unwrap();
    let call = peers.call(&["run"]).without("HEADCOUNT_COMPREFACE_PASSWORD");
    let (mut running, check) = start(call.env("HEADCOUNT_COMPREFACE_PASSWORD_FILE", password.to_str().unwrap()));
    running.wait_for("bad credentials");
    assert!(is_healthy(&check));
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    running.wait_for("scrape recovered");
    assert_eq!(running.log().matches("bad credentials").count(), 1, "{}", running.log());
    assert!(!running.log().contains(PASSWORD));
    ends(&mut running, "TERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn run_survives_an_unusable_store_unless_strict() {
    let peers = Peers::start().await;
    fs::write(peers.path().join("headcount.db"), "another program's file, which is long enough to be looked at")
        .unwrap();
    let (mut running, check) = start(peers.call(&["run"]));
    running.wait_for("ERROR");
    assert!(is_healthy(&check) && running.is_running());
    ends(&mut running, "TERM");
    assert_eq!(running.log().matches("ERROR").count(), 1, "{}", running.log());
    let (exit, _, said) = told(&peers.call(&["run", "--strict"]).output());
    assert_eq!(exit, Some(5), "{said}");
    assert!(peers.service.requests().is_empty(), "nothing is read that could not be kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn run_survives_a_dead_service_and_endpoint() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    peers.service.trouble(Door::Me, When::Always, Trouble::Answer(ServiceAnswer::html()));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let call = peers.call(&["run"]).env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{closed}"));
    let (mut running, check) = start(call);
    running.wait_for("delivery");
    eventually("a second attempt", || {
        peers.outcomes().iter().filter(|outcome| **outcome == AuditOutcome::WillRetry).count() >= 2
    });
    assert!(is_healthy(&check) && running.is_running());
    ends(&mut running, "TERM");
    assert_eq!(running.log().matches("topic=\"delivery\"").count(), 1, "said once: {}", running.log());
    assert_eq!(peers.waiting(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_address_in_use_does_not_end_run() {
    let peers = Peers::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut running = peers.call(&["run"]).env("HEADCOUNT_HEALTH_ADDR", address).start();
    running.wait_for("health endpoint cannot listen");
    running.wait_for("baseline recorded");
    ends(&mut running, "TERM");
}
