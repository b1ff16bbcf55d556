//! Forty days of a thousand installations, with restarts, lost stores, reinstallations, outages and liars: what the recording
//! rules say in the real Prometheus, beside what is true.

mod ledger;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use prost::Message;

use crate::peers::collector::{Gateway, shipped};
use crate::peers::eventually;
use crate::peers::prometheus::Prometheus;
use crate::peers::reports::now;
use ledger::Ledger;
use world::{Truth, World};

/// Reports go out together, as an operator's collector may send them: one by one would take minutes more.
const TOGETHER: usize = 80;

/// The rules at work within seconds instead of an hour; nothing else about them is altered.
fn hurried(rules: &str) -> String {
    rules.replace("interval: 1h", "interval: 5s").replace("interval: 5m", "interval: 5s")
}

/// A sample of today, such as a scrape makes, would put the first of the forty days outside of the window for late data.
fn without_scrapes(configuration: &str) -> String {
    let (before, _) = configuration.split_once("scrape_configs:").unwrap();
    before.to_owned()
}

#[test]
fn the_rules_say_what_is_true_of_forty_days_of_a_fleet() {
    let prometheus = Prometheus::with(|text| without_scrapes(&text), |_| "groups: []\n".to_owned());
    // A month and more is older than the gateway takes today; on the days it was sent, it was not.
    let gateway = Gateway::altered(&prometheus.otlp(), |text| text.replace("744h", "1100h"));
    let world = World::simulate(now(), 1000, 40);
    let deliveries = world.deliveries();
    println!("{} reports", deliveries.len());
    for reports in deliveries.chunks(TOGETHER) {
        let mut request = reports[0].request();
        for report in &reports[1..] {
            request.resource_metrics.append(&mut report.request().resource_metrics);
        }
        gateway.send(&request.encode_to_vec());
    }
    eventually("an empty queue", || (gateway.counter("otelcol_exporter_queue_size")? == 0.0).then_some(()));
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(gateway.counter("otelcol_exporter_send_failed_metric_points").unwrap_or(0.0), 0.0);
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let points = (deliveries.len() * 20) as f64;
    assert_eq!(gateway.counter("otelcol_exporter_sent_metric_points"), Some(points));
    keep_within_one_hour();
    prometheus.write_rules(&hurried(&fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap()));
    assert_eq!(prometheus.peer().post_form("/-/reload", &[]).unwrap().status, 200);
    prometheus.wait_for("headcount:published:creations7d");
    // Once more around, so that every rule has seen what the ones before it made.
    std::thread::sleep(Duration::from_secs(12));
    let expected = Ledger::of(&deliveries, now()).recorded();
    compare(&prometheus, &expected);
    show(&prometheus, &world.truth(&deliveries, now()));
    every_panel_has_data(&prometheus);
    println!("Prometheus had at most {} MB", prometheus.peak_memory_kb() / 1024);
    if let Some(directory) = std::env::var_os("HEADCOUNT_KEEP_FLEET") {
        keep(&prometheus, Path::new(&directory));
    }
}

/// What is asked of the last seven days changes with the hour: the minutes around it are no time to compare.
fn keep_within_one_hour() {
    eventually("a time in the midst of an hour", || {
        let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() % 3600;
        (30..3480).contains(&seconds).then_some(())
    });
}

/// Where the rules claim to be exact, they are, to the last installation.
fn compare(prometheus: &Prometheus, expected: &BTreeMap<String, f64>) {
    let mut wrong = Vec::new();
    for (query, value) in expected {
        let said = prometheus.value(query);
        println!("{query:<70} {value:>14} {said:?}");
        if said != Some(*value) {
            wrong.push((query, value, said));
        }
    }
    assert!(wrong.is_empty(), "expected, said: {wrong:?}");
}

/// The table of the README.
fn show(prometheus: &Prometheus, truth: &[Truth]) {
    println!("| | true | Prometheus says |\n|---|---|---|");
    for Truth { what, value, query, least, most } in truth {
        let said = prometheus.value(query).unwrap();
        println!("| {what} | {value} | {said} |");
        assert!(said >= value * least && said <= value * most, "{what}: {value} is true, {said} was said");
    }
}

/// Each panel's query is one that Prometheus takes, and it has an answer.
fn every_panel_has_data(prometheus: &Prometheus) {
    let dashboard = fs::read(shipped("grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_slice(&dashboard).unwrap();
    let mut asked = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap();
            if !query.contains("otelcol_") && !query.contains("up{") {
                assert!(!prometheus.query(query, None).is_empty(), "{}: {query} has no data", panel["title"]);
            }
            asked += 1;
        }
    }
    assert!(asked >= 10);
}

/// For whoever wants to look at the fleet, such as the script that draws the dashboard: waits until the file is gone.
fn keep(prometheus: &Prometheus, directory: &Path) {
    let file = directory.join("prometheus-url");
    fs::write(&file, prometheus.url()).unwrap();
    while file.exists() {
        std::thread::sleep(Duration::from_secs(1));
    }
}
