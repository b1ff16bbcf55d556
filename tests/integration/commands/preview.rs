//! `preview`: exactly what a report would carry, and nothing changed by looking.

use serde_json::Value;

use super::{Peers, decoded, json};
use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, Model, PASSWORD};

const NO_GUID: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn the_next_report_differs_from_it_in_identity_and_hour_at_most() {
    let peers = Peers::start().await;
    let output = peers.call(&["preview", "--format", "binary"]).output();
    let first = decoded(&output.stdout);
    assert_eq!((output.status.code(), first.install_guid.to_string().as_str()), (Some(0), NO_GUID));
    assert!(std::fs::read_dir(peers.path()).unwrap().next().is_none(), "it made something");
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    assert_eq!(peers.arrived()[0].totals, first.totals);
    assert!(peers.arrived()[0].time.unix_hours() - first.time.unix_hours() <= 1);

    peers.service.change(|model| model.populate(7, 2, 3));
    let second = decoded(&peers.call(&["preview", "--format", "binary"]).output().stdout);
    assert_eq!(second.totals.creations, [7, 2, 6, 6, 6].into());
    assert_eq!(second.install_guid, peers.arrived()[0].install_guid);
    // A store from hours ago, so that the next report has an hour of its own.
    age(&peers, 3);
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    let arrived = peers.arrived();
    assert_eq!((arrived[1].totals, arrived[1].install_guid), (second.totals, second.install_guid));
}

/// Moves everything that the store remembers of its last report back by so many hours.
fn age(peers: &Peers, hours: i64) {
    let file = rusqlite::Connection::open(peers.path().join("headcount.db")).unwrap();
    file.execute_batch(&format!(
        "UPDATE installation SET last_report_hour = last_report_hour - {hours}, start_hour = start_hour - {hours};
         UPDATE report SET hour = hour - {hours};"
    ))
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_formats_say_the_same_and_no_row_changes_and_nothing_is_sent() {
    let peers = Peers::start().await;
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    peers.service.change(Model::add_user);
    let before = peers.files();
    let binary = decoded(&peers.call(&["preview", "--format", "binary"]).output().stdout);
    let (_, text, _) = told(&peers.call(&["preview"]).output());
    let (_, as_json, _) = told(&peers.call(&["preview", "--format", "json"]).output());
    assert_eq!(peers.files(), before, "looking changed the store");
    assert_eq!(peers.endpoint.requests().len(), 1, "looking sent something");
    assert_eq!(peers.service.open_sessions(), 0);

    let metrics = json(&as_json)["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].clone();
    let metrics = metrics.as_array().unwrap();
    assert_eq!(metrics.len(), 23);
    for ((instrument, value), metric) in binary.numbers().zip(metrics) {
        assert_eq!(metric["name"], instrument.name);
        let data = metric.get("sum").or(metric.get("gauge")).unwrap();
        assert_eq!(data["dataPoints"][0]["asInt"], Value::String(value.to_string()));
        let words = [value.to_string(), instrument.name.to_owned()];
        assert!(
            text.lines().any(|line| line.split_whitespace().take(2).eq(words.iter().map(String::as_str))),
            "{words:?} are not in {text}"
        );
    }
    assert!(text.contains(&binary.install_guid.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_while_off_and_beside_a_sidecar_that_runs() {
    let peers = Peers::start().await;
    let totals = |program: &Program| decoded(&program.output().stdout).totals;
    let preview = peers.call(&["preview", "--format", "binary"]);
    let on = totals(&preview);
    for off in [
        preview.clone().without("HEADCOUNT_OTLP_ENDPOINT"),
        preview.clone().env("HEADCOUNT_DISABLED", "true"),
        preview.clone().env("DO_NOT_TRACK", "1"),
        preview.clone().env("HEADCOUNT_CONSENT_FILE", "/nowhere"),
    ] {
        assert_eq!(totals(&off), on);
    }
    let mut running = peers.call(&["run"]).start();
    running.wait_for("baseline recorded");
    assert_eq!(totals(&preview), on);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_needs_the_service_and_says_all_that_is_missing() {
    let peers = Peers::start().await;
    let bare = Program::new(&["preview"]).state(peers.path());
    let (exit, _, said) = told(&bare.output());
    assert_eq!(exit, Some(2));
    for setting in ["HEADCOUNT_COMPREFACE_URL", "HEADCOUNT_COMPREFACE_EMAIL", "HEADCOUNT_COMPREFACE_PASSWORD"] {
        assert!(said.contains(setting), "{said}");
    }
    let wrong = bare
        .env("HEADCOUNT_COMPREFACE_URL", peers.service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", format!("{PASSWORD}?"));
    let (exit, data, said) = told(&wrong.output());
    assert_eq!((exit, data.as_str()), (Some(3), ""), "{said}");
    let (exit, data, _) = told(&wrong.env("HEADCOUNT_KEPE", "3d").output());
    assert_eq!((exit, data.as_str()), (Some(2), ""));
}
