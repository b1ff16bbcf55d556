//! The commands that look: `status`, `audit`, `disclose`, `check` and `healthcheck`.

use headcount::source::compreface::CONTRACT;
use serde_json::Value;

use super::{Peers, json};
use crate::program::{Program, told};
use crate::support::compreface::PASSWORD;
use crate::support::endpoint::Answer;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_changes_nothing() {
    let peers = Peers::start().await;
    let (exit, text, _) = told(&peers.call(&["status"]).output());
    assert_eq!(exit, Some(0));
    for line in ["last scrape    never", "last report    never", "next report    not scheduled", "outbox         empty"]
    {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(std::fs::read_dir(peers.path()).unwrap().next().is_none(), "it made something");
    peers.leave_one_waiting();
    let before = peers.files();
    let (exit, text, _) = told(&peers.call(&["status"]).output());
    assert_eq!((exit, peers.files() == before), (Some(0), true));
    for words in ["1 pending, oldest", "returned 401", "HEADCOUNT_OTLP_ENDPOINT", "last report    number 1"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    peers.endpoint.always(Answer::ok());
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    let status = json(&told(&peers.call(&["status", "--format", "json"]).output()).1);
    let names = [
        "absence",
        "baseline_at",
        "contract",
        "copied",
        "decided_by_run",
        "decided_here",
        "differs",
        "install_guid",
        "last_delivery",
        "last_failure",
        "last_report",
        "last_scrape_at",
        "next_report_at",
        "off_since",
        "outbox",
        "receipts",
        "start",
        "store",
        "take_as_known",
    ];
    let mut found = keys(&status);
    found.sort_unstable();
    assert_eq!(found, names);
    assert_eq!(status["last_failure"], Value::Null);
    assert_eq!(status["outbox"]["depth"], 0);
    assert_eq!(status["decided_here"]["state"], "enabled");
    assert_eq!(status["install_guid"], peers.arrived()[0].install_guid.to_string());
    assert!(status["receipts"][0]["reports"].as_u64().unwrap() >= 1);
    assert_eq!(status["receipts"][0]["recipient"].as_str().unwrap().split(':').next(), Some("127.0.0.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_both_decisions_where_they_differ() {
    let peers = Peers::start().await;
    let mut running = peers.call(&["run"]).env("DO_NOT_TRACK", "1").start();
    running.wait_for("DO_NOT_TRACK");
    crate::program::eventually("the decision", || {
        json(&told(&peers.call(&["status", "--format", "json"]).output()).1)["decided_by_run"].is_object()
    });
    let status = json(&told(&peers.call(&["status", "--format", "json"]).output()).1);
    assert_eq!(status["decided_by_run"]["decision"]["state"], "not_enabled");
    assert_eq!((&status["decided_here"]["state"], &status["differs"]), (&Value::from("enabled"), &Value::from(true)));
    let (_, text, _) = told(&peers.call(&["status"]).output());
    assert!(text.lines().any(|line| line.starts_with("note ")), "{text}");
    assert!(text.contains("DO_NOT_TRACK"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_lists_attempts_and_shows_their_reports() {
    let peers = Peers::start().await;
    let (exit, data, said) = told(&peers.call(&["audit"]).output());
    assert_eq!((exit, data.as_str()), (Some(0), ""));
    assert!(said.contains("no store"), "{said}");
    peers.leave_one_waiting();
    peers.endpoint.always(Answer::ok());
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    let (exit, text, _) = told(&peers.call(&["audit", "--format", "json"]).output());
    let lines: Vec<_> = text.lines().map(json).collect();
    assert_eq!(exit, Some(0));
    let outcomes: Vec<_> = lines.iter().take(2).map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["made", "held"]);
    assert!(lines.iter().any(|line| line["outcome"] == "delivered"));
    for line in &lines {
        let mut found = keys(line);
        found.sort_unstable();
        assert_eq!(found, ["at", "code", "outcome", "reason", "report", "seq", "sha256"]);
    }
    assert_eq!([&lines[0]["code"], &lines[1]["code"]], [&Value::Null, &"unauthorized".into()]);
    let (_, plain, _) = told(&peers.call(&["audit"]).output());
    assert_eq!(plain.lines().count(), lines.len());
    assert!(plain.lines().nth(1).unwrap().contains("  unauthorized  "), "{plain}");
    let (exit, shown, _) = told(&peers.call(&["audit", "--show", "2"]).output());
    let report = peers.arrived()[0];
    assert_eq!(exit, Some(0));
    for words in [report.install_guid.to_string().as_str(), lines[1]["sha256"].as_str().unwrap(), "returned 401"] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    let shown = json(&told(&peers.call(&["audit", "--show", "2", "--format", "json"]).output()).1);
    assert_eq!(shown["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap().len(), 23);
    let (exit, data, said) = told(&peers.call(&["audit", "--show", "99"]).output());
    assert_eq!((exit, data.as_str()), (Some(1), ""), "{said}");
}

#[test]
fn disclose_needs_no_settings() {
    for format in ["text", "json", "markdown"] {
        let output = Program::new(&["disclose", "--format", format]).env("HEADCOUNT_KEPE", "nonsense").output();
        let (exit, text, said) = told(&output);
        assert_eq!((exit, said.as_str()), (Some(0), ""));
        assert!(CONTRACT.instruments.iter().all(|instrument| text.contains(instrument.name)), "{format}");
        assert!(CONTRACT.requests.iter().all(|request| text.contains(request.path)), "{format}");
    }
    let value = json(&told(&Program::new(&["disclose", "--format", "json"]).output()).1);
    assert_eq!((value["metrics"].as_array().unwrap().len(), value["requests"].as_array().unwrap().len()), (23, 8));
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_ignores_other_settings() {
    let peers = Peers::start().await;
    let mut running = peers.call(&["run"]).env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0").start();
    let line = running.wait_for("health is served at");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let check = Program::new(&["healthcheck"]).env("HEADCOUNT_HEALTH_ADDR", &address);
    assert_eq!(told(&check.output()), (Some(0), String::new(), String::new()));
    assert_eq!(told(&check.clone().env("HEADCOUNT_KEPE", "x").env("HEADCOUNT_KEEP", "y").output()).0, Some(0));
    running.signal("TERM");
    running.wait();
    let (exit, _, said) = told(&check.output());
    assert_eq!(exit, Some(1));
    assert!(said.contains(&address), "{said}");
    assert_eq!(told(&Program::new(&["healthcheck"]).output()).0, Some(0), "off is healthy");
    assert_eq!(told(&check.env("HEADCOUNT_HEALTH_ADDR", "nowhere").output()).0, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_sign_out_keeps_the_sidecar_running() {
    let peers = Peers::start().await;
    let mut running = peers.call(&["run"]).env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0").start();
    let line = running.wait_for("health is served at");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let health = Program::new(&["healthcheck"]).env("HEADCOUNT_HEALTH_ADDR", &address);
    crate::program::eventually("a session", || peers.service.open_sessions() == 1);
    let sign_out = health.with_arguments(&["healthcheck", "--sign-out"]);
    assert_eq!(told(&sign_out.output()), (Some(0), String::new(), String::new()));
    crate::program::eventually("the sign-out", || peers.service.open_sessions() == 0);
    assert_eq!(told(&health.output()).0, Some(0), "it is up");
    running.signal("TERM");
    running.wait();
    assert_eq!(told(&sign_out.output()).0, Some(1), "nobody is there to be asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_prints_a_secret() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    for arguments in [&["status"][..], &["status", "--format", "json"], &["audit"], &["check"], &["once"]] {
        let (_, data, said) = told(&peers.call(arguments).env("HEADCOUNT_LOG_LEVEL", "trace").output());
        for secret in [PASSWORD, crate::support::compreface::EMAIL] {
            assert!(!data.contains(secret) && !said.contains(secret), "{arguments:?}: {data}{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_whether_the_store_exists() {
    let peers = Peers::start().await;
    let directory = peers.path().join("not-made-yet");
    let call = |arguments: &[&str]| told(&peers.call(arguments).state(&directory).output()).1;
    let exists = || json(&call(&["status", "--format", "json"]))["store"]["exists"].clone();
    let line = || call(&["status"]).lines().find(|line| line.starts_with("store")).unwrap().to_owned();
    assert_eq!((exists(), line().contains("none")), (Value::from(false), true));
    assert!(!directory.exists(), "status made it");
    call(&["once"]);
    assert_eq!((exists(), line().contains("none")), (Value::from(true), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_prints_each_invalid_setting_once() {
    let peers = Peers::start().await;
    let status = peers.call(&["status"]).env("HEADCOUNT_KEEP", "forever").env("HEADCOUNT_SCRAPE_INTERVAL", "often");
    let (_, text, _) = told(&status.output());
    for setting in ["HEADCOUNT_KEEP", "HEADCOUNT_SCRAPE_INTERVAL"] {
        assert_eq!(text.matches(setting).count(), 1, "{text}");
    }
    assert!(text.lines().next().unwrap().contains("2 errors"), "{text}");
}
