//! Forty days of a thousand installations, with restarts, lost stores, reinstallations, outages and false data: what the recording
//! rules say in the real Prometheus and in the real VictoriaMetrics, compared with what is true.

pub mod ledger;
pub mod points;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use headcount::source::SERVICES;
use prost::Message;

use crate::peers::collector::{Gateway, shipped};
use crate::peers::dashboard;
use crate::peers::eventually_within;
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::Queries;
use crate::peers::reports::{now, this_hour};
use crate::peers::victoriametrics::VictoriaMetrics;
use world::{Delivery, Truth, World};

/// Reports go out together, as an operator's collector may send them: one by one would take minutes more.
const TOGETHER: usize = 80;

/// The rules look at every hour of a week of a thousand installations, each some seconds long, more than once.
const PATIENCE: Duration = Duration::from_secs(900);

/// The rows of the dashboard about the fleet.
const FLEET: [&str; 3] = ["Installations", "Current numbers", "Creations"];

/// The rules at work within seconds instead of hours; nothing else about them is altered.
pub fn hurried(rules: &str) -> String {
    ["5m", "1h", "1d"].iter().fold(rules.to_owned(), |rules, interval| {
        rules.replace(&format!("    interval: {interval}\n"), "    interval: 5s\n")
    })
}

fn rules() -> String {
    fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap()
}

/// A sample of today, such as a scrape makes, would put the first of the forty days outside of the window for late data.
pub fn without_scrapes(configuration: &str) -> String {
    let (before, _) = configuration.split_once("scrape_configs:").unwrap();
    before.to_owned()
}

#[test]
fn the_rules_say_what_is_true_of_forty_days_of_a_fleet() {
    let prometheus = Prometheus::with(|text| without_scrapes(&text), |_| "groups: []\n".to_owned());
    let world = World::simulate(now(), 1000, 40);
    let deliveries = world.deliveries();
    deliver(&prometheus.otlp(), &deliveries);
    prometheus.write_rules(&hurried(&rules()));
    assert_eq!(prometheus.peer().post_form("/-/reload", &[]).unwrap().status, 200);
    compare(&prometheus, &deliveries);
    show(&prometheus, &world.truth(&deliveries, now()));
    read_panels(&prometheus);
    weigh(&prometheus);
    println!("Prometheus had at most {} MB", prometheus.peak_memory_kb() / 1024);
}

/// The same gateway, with another address in `GATEWAY_BACKEND` and nothing else, and the same rules.
#[test]
fn victoriametrics_says_the_same_of_the_fleet() {
    let victoria = VictoriaMetrics::start();
    let deliveries = World::simulate(now(), 1000, 40).deliveries();
    deliver(&victoria.otlp(), &deliveries);
    let alert = victoria.evaluate(&hurried(&rules()));
    compare(&victoria, &deliveries);
    read_panels(&victoria);
    weigh(&victoria);
    println!(
        "VictoriaMetrics had at most {} MB, vmalert {} MB",
        victoria.running().peak_memory_kb() / 1024,
        alert.peak_memory_kb() / 1024
    );
}

/// Sends the reports through the real gateway to a back end, in the order in which they got through, until it has all.
fn deliver(backend: &str, deliveries: &[Delivery]) {
    // A month and more is older than the gateway takes today; on the days it was sent, it was not.
    let gateway = Gateway::altered(backend, |text| text.replace("744h", "1100h"));
    for reports in deliveries.chunks(TOGETHER) {
        let mut request = reports[0].request();
        for report in &reports[1..] {
            request.resource_metrics.append(&mut report.request().resource_metrics);
        }
        gateway.send(&request.encode_to_vec());
    }
    let points: usize = deliveries.iter().map(Delivery::points).sum();
    println!("{} reports, {points} points", deliveries.len());
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let points = points as f64;
    eventually_within(PATIENCE, "the arrival of every report", || {
        assert_eq!(gateway.counter("otelcol_exporter_send_failed_metric_points").unwrap_or(0.0), 0.0);
        (gateway.counter("otelcol_exporter_sent_metric_points")? >= points).then_some(())
    });
    assert_eq!(gateway.counter("otelcol_exporter_sent_metric_points"), Some(points));
}

/// Every panel about the fleet has data; those by product have more than one.
fn read_panels(queries: &Queries) {
    for (panel, query) in dashboard::queries(&FLEET) {
        let samples = queries.query(&query, None);
        assert!(!samples.is_empty(), "{panel}: {query} has no data");
        if panel.ends_with("by product") || panel.ends_with("each product") {
            let products: BTreeSet<_> = samples.iter().map(|(labels, _)| &labels["product"]).collect();
            assert!(products.len() > 1, "{panel}: {products:?}");
        }
    }
}

/// What the rules record of an installation is no more than what it reports: in series, and in samples within a day. The group that
/// runs once a day runs every few seconds here, so each of its series counts once.
fn weigh(queries: &Queries) {
    assert!(rules().contains("- name: headcount-creations\n    interval: 1d\n"));
    let mut each = BTreeMap::<_, (usize, usize)>::new();
    for (labels, points) in queries.range("{__name__=~\"headcount:.+\",install_guid!=\"\"}[1d]") {
        let load = each.entry((labels["product"].clone(), labels["install_guid"].clone())).or_default();
        let is_daily = labels["__name__"].starts_with("headcount:installation:creations");
        *load = (load.0 + 1, load.1 + if is_daily { 1 } else { points.len() });
    }
    let mut most = BTreeMap::<&str, (usize, usize)>::new();
    for ((product, _), (series, samples)) in &each {
        let contract = SERVICES.iter().find(|service| service.name() == product).unwrap().contract;
        assert!(*series.max(samples) <= contract.instruments.len(), "{product}: {series} series, {samples} samples");
        let most = most.entry(product).or_default();
        *most = (most.0.max(*series), most.1.max(*samples));
    }
    println!("recorded of an installation in a day, at most (series, samples): {most:?}");
    assert!(most.len() > 1 && most.values().all(|(series, _)| *series > 1), "{most:?}");
}

/// Where the rules claim to be exact, they are, to the last installation: as soon as each has seen what those before it made.
/// What is asked of the last days changes with the hour, on both sides.
pub fn compare(queries: &Queries, deliveries: &[Delivery]) {
    let (begun, first_hour) = (Instant::now(), this_hour());
    loop {
        for expected in ledger::recorded(deliveries, first_hour, this_hour()) {
            let said: BTreeMap<_, _> = expected.keys().map(|query| (query, queries.value(query))).collect();
            let wrong: Vec<_> = expected.iter().filter(|(query, value)| said[*query] != Some(**value)).collect();
            if wrong.is_empty() {
                expected.iter().for_each(|(query, value)| println!("{query:<70} {value:>14} {:?}", said[query]));
                return println!("all {} are equal", expected.len());
            }
            assert!(begun.elapsed() < PATIENCE, "expected {wrong:?}; said {said:?}");
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// The table of the README.
fn show(prometheus: &Queries, truth: &[Truth]) {
    let now = |query: &str| prometheus.value(query).unwrap();
    println!("with all false data, users: {}", now("sum(last_over_time(face_recognition_user_current[50h]))"));
    println!("false data can add at most: {:?}", prometheus.query("headcount:limit:current", None));
    println!("| | true | Prometheus says |\n|---|---|---|");
    for Truth { what, value, query, least, most } in truth {
        let said = prometheus.value(query).unwrap();
        println!("| {what} | {value} | {said} |");
        assert!(said >= value * least && said <= value * most, "{what}: {value} is true, {said} was said");
    }
}
