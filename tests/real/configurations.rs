//! Each configuration is what its program takes, by the program's own word.

use std::collections::BTreeSet;
use std::fs;

use headcount::contract::INSTRUMENTS;
use prost::Message;

use crate::peers::collector::{Backend, Gateway, shipped, validate};
use crate::peers::eventually;
use crate::peers::http::Peer;
use crate::peers::prometheus::promtool;
use crate::peers::reports::{guid, hours_ago, report, totals};

#[test]
fn the_collector_takes_the_gateway() {
    let backend = Backend::down();
    let gateway = Gateway::before(&backend.url());
    validate("gateway.yaml", &gateway.environment());
    assert_eq!(Peer::plain(gateway.health).get("/").unwrap().status, 200);
    assert!(gateway.counter("otelcol_exporter_queue_capacity").is_some(), "it does not observe itself");
}

#[test]
fn the_collector_takes_the_operators_and_the_air_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap().to_owned();
    let of = |one: &'static str, other: &'static str| [(one, "https://localhost".to_owned()), (other, path.clone())];
    validate("operator.yaml", &of("OPERATOR_UPSTREAM", "OPERATOR_DIR"));
    validate("airgap.yaml", &of("AIRGAP_UPSTREAM", "AIRGAP_DIR"));
}

#[test]
fn promtool_takes_the_configuration_and_the_rules_and_their_tests_pass() {
    let directory = shipped("");
    promtool(&directory, &["check", "config", "prometheus.yaml"]);
    promtool(&directory, &["check", "rules", "--lint=all", "--lint-fatal", "prometheus-rules.yaml"]);
    promtool(&directory, &["test", "rules", "prometheus-rules-test.yaml"]);
    promtool(&directory, &["check", "rules", "--lint=all", "--lint-fatal", "self-metrics-rules.yaml"]);
    promtool(&directory, &["test", "rules", "self-metrics-rules-test.yaml"]);
}

/// All twenty come through; the eleven ranges as one metric in plain words. A metric that is added to the table and not to
/// the gateway's list is missing here.
#[test]
fn every_instrument_passes_the_gateway_with_its_value_and_unit() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let (guid, start, at, totals) = (guid(1), hours_ago(50), hours_ago(2), totals(7, 37));
    gateway.send(&report(&guid, start, at, &totals).encode_to_vec());
    let points = backend.wait_for_points(INSTRUMENTS.len());
    assert_eq!(points.len(), INSTRUMENTS.len());
    let ranges: Vec<_> = points.iter().filter_map(|point| point.attributes.get("faces_range")).collect();
    let words = ["0", "1-10", "11-50", "51-200", "201-500", "501-2000", "2001-10000", "10001-50000", "50001-200000"];
    let expected: BTreeSet<_> = words.into_iter().chain(["200001-1000000", "1000001+"]).collect();
    assert_eq!(ranges.iter().map(|range| range.as_str()).collect::<BTreeSet<_>>(), expected);
    for point in &points {
        assert_eq!((point.guid(), point.time), (&*guid.to_string(), at.unix_nanos()), "{point:?}");
        let folded = point.attributes.get("faces_range").map(|range| {
            let range = range.replace('-', "_").replace('+', "_or_more");
            format!("face_recognition.collection.faces.{range}")
        });
        assert_eq!(folded.is_some(), point.metric == "face_recognition.collection.current", "{point:?}");
        let name = folded.as_ref().unwrap_or(&point.metric);
        let index = INSTRUMENTS.iter().position(|instrument| instrument.name == name).unwrap();
        let sent = headcount::contract::approve(headcount::report::encode(&report(&guid, start, at, &totals))).unwrap();
        assert_eq!(point.unit, INSTRUMENTS[index].unit);
        assert_eq!(u64::try_from(point.value), Ok(sent.contents().values[index]), "{point:?}");
        let (kind, begun) = if name.ends_with("creations") { ("sum", start.unix_nanos()) } else { ("gauge", 0) };
        assert_eq!((point.kind.as_str(), point.start), (kind, begun), "{point:?}");
    }
}

/// What the rules and the dashboard ask of the gateway itself is what the gateway tells.
#[test]
fn the_gateway_has_every_counter_that_rules_and_dashboard_ask_for() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    gateway.send(&report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, 37)).encode_to_vec());
    backend.wait_for_points(INSTRUMENTS.len());
    // It counts what it drops and what it fails to send from the first time on.
    gateway.send(&report(&guid(1), hours_ago(900), hours_ago(800), &totals(7, 37)).encode_to_vec());
    let texts =
        ["prometheus-rules.yaml", "grafana-dashboard.json"].map(|name| fs::read_to_string(shipped(name)).unwrap());
    let asked: BTreeSet<_> = texts
        .iter()
        .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .filter(|word| word.starts_with("otelcol_") && word.len() > "otelcol_exporter_".len())
        .filter(|word| !word.contains("send_failed"))
        .map(str::to_owned)
        .collect();
    assert!(asked.len() >= 5, "{asked:?}");
    for name in asked {
        eventually(&name, || gateway.counter(&name));
    }
}
