//! Forty days of a thousand installations, with restarts, lost stores, reinstallations, outages and liars: what the recording
//! rules say in the real Prometheus, beside what is true.

pub mod ledger;
pub mod points;
pub mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use prost::Message;

use crate::peers::collector::{Gateway, shipped};
use crate::peers::dashboard;
use crate::peers::eventually_within;
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::Queries;
use crate::peers::reports::{now, this_hour};
use ledger::Ledger;
use world::{Delivery, Truth, World};

/// Reports go out together, as an operator's collector may send them: one by one would take minutes more.
const TOGETHER: usize = 80;

/// The rules look at every hour of a week of a thousand installations, each some seconds long, more than once.
const PATIENCE: Duration = Duration::from_secs(900);

/// The rules at work within seconds instead of an hour; nothing else about them is altered.
pub fn hurried(rules: &str) -> String {
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
    let points: usize = deliveries.iter().map(|delivery| delivery.contents.contract.instruments.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let points = points as f64;
    eventually_within(PATIENCE, "the arrival of every report", || {
        assert_eq!(gateway.counter("otelcol_exporter_send_failed_metric_points").unwrap_or(0.0), 0.0);
        (gateway.counter("otelcol_exporter_sent_metric_points")? >= points).then_some(())
    });
    assert_eq!(gateway.counter("otelcol_exporter_sent_metric_points"), Some(points));
    prometheus.write_rules(&hurried(&fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap()));
    assert_eq!(prometheus.peer().post_form("/-/reload", &[]).unwrap().status, 200);
    compare(&prometheus, &deliveries);
    show(&prometheus, &world.truth(&deliveries, now()));
    for (panel, query) in dashboard::queries(&["Installations", "Current numbers", "Creations"]) {
        assert!(!prometheus.query(&query, None).is_empty(), "{panel}: {query} has no data");
    }
    println!("Prometheus had at most {} MB", prometheus.peak_memory_kb() / 1024);
    if let Some(directory) = std::env::var_os("HEADCOUNT_KEEP_FLEET") {
        // At their own pace, the rules leave it time for questions.
        prometheus.write_rules(&fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap());
        assert_eq!(prometheus.peer().post_form("/-/reload", &[]).unwrap().status, 200);
        prometheus.keep(Path::new(&directory));
    }
}

/// Where the rules claim to be exact, they are, to the last installation: as soon as each has seen what those before it made.
/// What is asked of the last days changes with the hour, on both sides.
pub fn compare(prometheus: &Queries, deliveries: &[Delivery]) {
    let begun = Instant::now();
    loop {
        let expected = Ledger::of(deliveries, this_hour()).recorded();
        let said: BTreeMap<_, _> = expected.keys().map(|query| (query, prometheus.value(query))).collect();
        let wrong: Vec<_> = expected.iter().filter(|(query, value)| said[*query] != Some(**value)).collect();
        if wrong.is_empty() {
            expected.iter().for_each(|(query, value)| println!("{query:<70} {value:>14} {:?}", said[query]));
            return println!("all {} are equal", expected.len());
        }
        assert!(begun.elapsed() < PATIENCE, "expected {wrong:?}; said {said:?}");
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// The table of the README.
fn show(prometheus: &Prometheus, truth: &[Truth]) {
    let now = |query: &str| prometheus.value(query).unwrap();
    println!("with all that liars say, users: {}", now("sum(last_over_time(face_recognition_user_current[50h]))"));
    let limit = "clamp_min(100 * quantile by (kind) (0.75, headcount:installation:current \
                 and on (install_guid, product) headcount:installation:days), 1000)";
    println!("a liar can add at most: {:?}", prometheus.query(limit, None));
    println!("| | true | Prometheus says |\n|---|---|---|");
    for Truth { what, value, query, least, most } in truth {
        let said = prometheus.value(query).unwrap();
        println!("| {what} | {value} | {said} |");
        assert!(said >= value * least && said <= value * most, "{what}: {value} is true, {said} was said");
    }
}
