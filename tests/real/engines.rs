//! Both back ends with a large fleet: CPU, memory, disk, and the time of each rule that reads all reports. (A panel of the dashboard
//! reads a few recorded series, whatever the size of the fleet.) It takes long, so it runs on request:
//!
//!     tests/real/run --ignored engines --nocapture
//!
//! `INSTALLATIONS` is how many (20,000 by default), `ENGINES` which (`victoriametrics prometheus` by default).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric;
use prost::Message;

use crate::fleet::world::{Delivery, World};
use crate::fleet::{hurried, without_scrapes};
use crate::peers::child::{Running, succeed};
use crate::peers::collector::shipped;
use crate::peers::eventually_within;
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::{Queries, Sample};
use crate::peers::reports::now;
use crate::peers::victoriametrics::VictoriaMetrics;

const DAYS: u32 = 32;

/// So many installations are simulated at once, each such part by itself: more would not fit into memory.
const PART: usize = 20_000;

const REPORTS_IN_A_REQUEST: usize = 500;

/// Longer than a rule takes with 100,000 installations.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3600);

/// The rules that read every report, without those that add up what others recorded. Of creations there is one for each kind: here the
/// users'.
const RULES: [&str; 6] = [
    "headcount:limit:current",
    "headcount:product:installations:active30d",
    "headcount:product:current",
    "headcount:product:collections",
    "headcount:published:product:installations_with_collections",
    "headcount:installation:creations7d",
];

#[test]
#[ignore = "takes up to an hour"]
fn engines_side_by_side() {
    let set = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let installations: usize = set("INSTALLATIONS", "20000").parse().unwrap();
    let mut results = BTreeMap::new();
    for engine in set("ENGINES", "victoriametrics prometheus").split(' ') {
        println!("\n{engine}, {installations} installations, {DAYS} days");
        let said = match engine {
            "prometheus" => prometheus(installations),
            "victoriametrics" => victoriametrics(installations),
            other => panic!("{other}"),
        };
        for (rule, samples) in said {
            let first = results.entry(rule.clone()).or_insert_with(|| samples.clone());
            assert_eq!(*first, samples, "{engine} differs in {rule}");
        }
    }
}

fn prometheus(installations: usize) -> BTreeMap<String, Vec<Sample>> {
    let prometheus = Prometheus::with(|text| without_scrapes(&text), |_| "groups: []\n".to_owned());
    load(installations, &|body| prometheus.send(body));
    report(prometheus.running(), &prometheus.data());
    prometheus.write_rules(&days());
    assert_eq!(prometheus.peer().post_form("/-/reload", &[]).unwrap().status, 200);
    wait_for_days(&prometheus);
    prometheus.write_rules("groups: []\n");
    assert_eq!(prometheus.peer().post_form("/-/reload", &[]).unwrap().status, 200);
    let results = time(&prometheus, prometheus.running());
    report(prometheus.running(), &prometheus.data());
    results
}

fn victoriametrics(installations: usize) -> BTreeMap<String, Vec<Sample>> {
    let victoria = VictoriaMetrics::start();
    load(installations, &|body| victoria.send(body));
    victoria.flush();
    report(victoria.running(), &victoria.data());
    let alert = victoria.evaluate(&days());
    wait_for_days(&victoria);
    drop(alert);
    let results = time(&victoria, victoria.running());
    report(victoria.running(), &victoria.data());
    results
}

/// The reports, in the order in which they got through.
fn load(installations: usize, send: &dyn Fn(&[u8]) -> u16) {
    let (mut reports, mut seconds) = (0, 0.0);
    for first in (0..installations).step_by(PART) {
        let part = PART.min(installations - first);
        let deliveries = World::seeded(20_260_101 + first as u64, now(), part, DAYS).deliveries();
        reports += deliveries.len();
        let begun = Instant::now();
        for some in deliveries.chunks(REPORTS_IN_A_REQUEST) {
            assert_eq!(send(&together(some)), 200);
        }
        seconds += begun.elapsed().as_secs_f64();
    }
    println!("{reports} reports, {seconds:.0} s to make and load them");
}

fn together(reports: &[Delivery]) -> Vec<u8> {
    let mut request = behind_the_gateway(&reports[0]);
    for report in &reports[1..] {
        request.resource_metrics.append(&mut behind_the_gateway(report).resource_metrics);
    }
    request.encode_to_vec()
}

/// What the gateway makes of a report, which would take more time than the back end.
fn behind_the_gateway(delivery: &Delivery) -> ExportMetricsServiceRequest {
    let mut request = delivery.request();
    for report in &mut request.resource_metrics {
        report.resource.get_or_insert_default().attributes.push(attribute("service.name", "headcount"));
        for metric in report.scope_metrics.iter_mut().flat_map(|scope| &mut scope.metrics) {
            let mut added = vec![attribute("product", delivery.contents.contract.catalog.service)];
            if let Some((of, range)) = metric.name.split_once(".faces.") {
                added.push(attribute("faces_range", &range.replace("_or_more", "+").replace('_', "-")));
                metric.name = format!("{of}.current");
            }
            let points = match metric.data.as_mut().unwrap() {
                metric::Data::Gauge(gauge) => &mut gauge.data_points,
                metric::Data::Sum(sum) => &mut sum.data_points,
                other => panic!("{other:?}"),
            };
            points.iter_mut().for_each(|point| point.attributes.extend(added.clone()));
        }
    }
    request
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = Some(any_value::Value::StringValue(value.to_owned()));
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value }), ..KeyValue::default() }
}

/// The first rule alone, which the others read.
fn days() -> String {
    let rules = fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap();
    let (first, _) = rules.split_once("\n\n      # ").or_else(|| rules.split_once("      # The most that")).unwrap();
    hurried(&format!("{first}\n"))
}

fn wait_for_days(queries: &Queries) {
    let begun = Instant::now();
    eventually_within(PATIENCE, "the days of each installation", || {
        queries.value("count(last_over_time(headcount:installation:days[1h]))")
    });
    println!("headcount:installation:days was recorded within {:.0} s", begun.elapsed().as_secs_f64());
}

/// Evaluates the rules once each; gives what they say. They all have data.
fn time(queries: &Queries, engine: &Running) -> BTreeMap<String, Vec<Sample>> {
    let rules = fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap();
    let mut results = BTreeMap::new();
    for rule in RULES {
        let (_, rest) = rules.split_once(&format!("- record: {rule}\n")).unwrap();
        let (_, rest) = rest.split_once("expr: >-\n").unwrap();
        let expression: String = rest.lines().take_while(|line| line.starts_with("          ")).collect();
        let (begun, used) = (Instant::now(), engine.cpu_seconds());
        let mut samples = queries.query(&expression, None);
        samples.sort_by(|one, other| one.0.cmp(&other.0));
        let (seconds, used) = (begun.elapsed().as_secs_f64(), engine.cpu_seconds() - used);
        println!("{seconds:>8.2} s, {used:>6.2} s of CPU  {rule}");
        assert!(!samples.is_empty(), "{rule} has no data");
        results.insert(rule.to_owned(), samples);
    }
    results
}

fn report(running: &Running, data: &Path) {
    let disk = succeed(Command::new("du").args(["-s", "--block-size=1M"]).arg(data));
    println!(
        "{:.0} s of CPU, at most {} MB of memory, {} MB on the disk",
        running.cpu_seconds(),
        running.peak_memory_kb() / 1024,
        disk.split_whitespace().next().unwrap()
    );
}
