//! The real Prometheus behind the real gateway: what a series is called, what is accepted late, and how one is deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use headcount::source::compreface::CONTRACT;
use prost::Message;

use crate::peers::child::succeed;
use crate::peers::collector::{ADDED, Gateway, shipped};
use crate::peers::eventually;
use crate::peers::prometheus::{Prometheus, promtool};
use crate::peers::reports::{guid, hours_ago, report, totals};

/// What the contract's metrics become, with Prometheus' type for each.
fn names() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("face_recognition_user_creations_total", "counter"),
        ("face_recognition_application_creations_total", "counter"),
        ("face_recognition_service_detection_creations_total", "counter"),
        ("face_recognition_service_verification_creations_total", "counter"),
        ("face_recognition_service_recognition_creations_total", "counter"),
        ("face_recognition_user_current", "gauge"),
        ("face_recognition_application_current", "gauge"),
        ("face_recognition_service_detection_current", "gauge"),
        ("face_recognition_service_verification_current", "gauge"),
        ("face_recognition_service_detection_active", "gauge"),
        ("face_recognition_service_verification_active", "gauge"),
        ("face_recognition_service_recognition_active", "gauge"),
        ("face_recognition_collection_current", "gauge"),
        ("face_recognition_contract_version", "gauge"),
    ])
}

#[test]
fn a_report_becomes_series_with_these_names_types_labels_and_values() {
    let prometheus = Prometheus::start();
    let gateway = Gateway::before(&prometheus.otlp());
    let at = hours_ago(2);
    gateway.send(&report(&guid(1), hours_ago(50), at, &totals(7, 37)).encode_to_vec());
    prometheus.wait_for("last_over_time(face_recognition_collection_current[1d])");
    let series = prometheus.range(r#"{job="headcount"}[1d]"#);
    assert_eq!(series.len(), CONTRACT.instruments.len() + ADDED);
    let guid = guid(1).to_string();
    for (labels, points) in &series {
        let name = labels["__name__"].as_str();
        assert!(names().contains_key(name), "{name}");
        let own = ["install_guid", "job", "product"].map(|name| labels[name].as_str());
        assert_eq!(own, [&*guid, "headcount", "compreface"]);
        let more = usize::from(name == "face_recognition_collection_current");
        assert_eq!(labels.len(), 4 + more, "{labels:?}");
        assert_eq!(points.iter().map(|point| point.0).collect::<Vec<_>>(), [at.start().unix_seconds()]);
    }
    let value = |query: &str| prometheus.value(&format!("last_over_time({query}[1d])")).unwrap();
    assert_eq!(value("face_recognition_user_creations_total"), 7.0);
    assert_eq!(value("face_recognition_user_current"), 20.0);
    assert_eq!(value(r#"face_recognition_collection_current{faces_range="51-200"}"#), 2.0);
    assert_eq!(value(r#"face_recognition_collection_current{faces_range="1000001+"}"#), 1.0);
    assert_eq!(value(r#"face_recognition_collection_current{faces_range="11-50"}"#), 0.0);
    assert_eq!(prometheus.query("target_info", None), []);
}

/// What Prometheus took each metric for. It shows this for scraped metrics only, unless asked to make labels of it.
#[test]
fn counters_are_counters_and_gauges_are_gauges() {
    let prometheus = Prometheus::with_features("type-and-unit-labels");
    let gateway = Gateway::before(&prometheus.otlp());
    gateway.send(&report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, 37)).encode_to_vec());
    prometheus.wait_for("last_over_time(face_recognition_collection_current[1d])");
    let series = prometheus.range(r#"{job="headcount"}[1d]"#);
    let told: BTreeMap<_, _> =
        series.iter().map(|(labels, _)| (labels["__name__"].as_str(), labels["__type__"].as_str())).collect();
    assert_eq!(told, names());
    // A unit in braces is an annotation: no suffix of a name, and no unit either.
    assert!(series.iter().all(|(labels, _)| !labels.contains_key("__unit__")), "{series:?}");
}

#[test]
fn four_weeks_late_and_out_of_order_is_accepted_and_a_contradiction_is_not() {
    let prometheus = Prometheus::start();
    let gateway = Gateway::before(&prometheus.otlp());
    let start = hours_ago(24 * 30);
    let send = |hours: u32, creations: u64| {
        gateway.send(&report(&guid(1), start, hours_ago(hours), &totals(creations, 37)).encode_to_vec());
    };
    // The newest first; then four weeks of them, oldest first, as a sidecar sends them that was offline; some twice.
    send(1, 60);
    for day in (1..=29).rev() {
        send(24 * day, u64::from(30 - day));
        send(24 * day, u64::from(30 - day));
    }
    let points = eventually("the arrival of thirty points", || {
        let series = prometheus.range("face_recognition_user_creations_total[32d]");
        series.into_iter().next().map(|series| series.1).filter(|points| points.len() == 30)
    });
    let expected: Vec<_> = (1..=29_u32).rev().map(|day| (hours_ago(24 * day), f64::from(30 - day))).collect();
    let expected = expected.into_iter().chain([(hours_ago(1), 60.0)]);
    assert_eq!(points, expected.map(|(hour, value)| (hour.start().unix_seconds(), value)).collect::<Vec<_>>());
    // Directly, to see the answers: the same again, another value for the same time, and what is older than the window.
    let direct = |hours: u32, creations: u64| {
        prometheus.send(&report(&guid(1), hours_ago(900), hours_ago(hours), &totals(creations, 37)).encode_to_vec())
    };
    assert_eq!(direct(1, 60), 200);
    assert_eq!(direct(1, 61), 400);
    assert_eq!(direct(33 * 24, 0), 400);
}

/// Blocks as they are on the disk of a Prometheus that has run for two months, written by Prometheus' own tool: what is older
/// than 32 days by its own time goes, what is younger stays, and nothing else decides about it, such as when it was written.
#[test]
fn raw_series_are_gone_after_32_days_by_their_own_time() {
    let mut prometheus = Prometheus::down(|configuration| configuration, |rules| rules);
    let ages: [u32; 7] = [60 * 24, 40 * 24, 33 * 24, 31 * 24, 20 * 24, 24, 3];
    let lines = ages.map(|hours| {
        let at = hours_ago(hours).start().unix_seconds();
        format!("face_recognition_user_current{{install_guid=\"{}\",job=\"headcount\"}} 10 {at}\n", guid(1))
    });
    let text = format!("# TYPE face_recognition_user_current gauge\n{}# EOF\n", lines.concat());
    fs::write(prometheus.directory.path().join("written.txt"), text).unwrap();
    promtool(prometheus.directory.path(), &["tsdb", "create-blocks-from", "openmetrics", "written.txt", "data"]);
    let blocks = |prometheus: &Prometheus| {
        let names = fs::read_dir(prometheus.data()).unwrap().map(|entry| entry.unwrap().path().join("meta.json"));
        names.filter(|meta| meta.is_file()).count()
    };
    assert_eq!(blocks(&prometheus), ages.len(), "one for each of these times");
    prometheus.up();
    let young: Vec<_> = ages[3..].iter().map(|hours| hours_ago(*hours).start().unix_seconds()).collect();
    let times = eventually("the end of what is too old", || {
        let series = prometheus.range("face_recognition_user_current[90d]");
        let times: Vec<_> = series.first()?.1.iter().map(|point| point.0).collect();
        (times.len() <= young.len()).then_some(times)
    });
    assert_eq!(times, young);
    eventually("the end of the blocks on the disk", || (blocks(&prometheus) == young.len()).then_some(()));
    // It stays so: another start, and late data that arrive, bring nothing back and take nothing away.
    prometheus.take_down();
    prometheus.up();
    let late = report(&guid(1), hours_ago(24 * 25), hours_ago(24 * 10), &totals(7, 12));
    assert_eq!(prometheus.send(&late.encode_to_vec()), 200);
    let expected: BTreeSet<_> = young.into_iter().chain([hours_ago(24 * 10).start().unix_seconds()]).collect();
    let series = prometheus.range("face_recognition_user_current[90d]");
    let times: BTreeSet<_> = series.iter().flat_map(|series| series.1.iter().map(|point| point.0)).collect();
    assert_eq!(times, expected);
}

/// Deleting is not enough for what came out of order: Prometheus keeps it in a file that it reads again when it starts. The
/// way that the script describes is what is gone through here.
#[test]
fn one_installation_is_deleted_by_its_guid_and_the_others_stay() {
    let mut prometheus = Prometheus::start();
    for number in 1..=3 {
        for days in (1..=20).rev() {
            let request = report(&guid(number), hours_ago(600), hours_ago(24 * days), &totals(7, 37));
            assert_eq!(prometheus.send(&request.encode_to_vec()), 200);
        }
    }
    let guids = |prometheus: &Prometheus| -> BTreeSet<String> {
        let series = prometheus.range(r#"{install_guid!=""}[32d]"#);
        series.into_iter().map(|(labels, _)| labels["install_guid"].clone()).collect()
    };
    let list = prometheus.directory.path().join("forget.txt");
    fs::write(&list, format!("{}  asked on 2026-01-02\n", guid(2))).unwrap();
    let forget = |prometheus: &Prometheus| {
        succeed(Command::new(shipped("forget")).arg(&list).arg(prometheus.url()));
    };
    assert_eq!(guids(&prometheus).len(), 3);
    forget(&prometheus);
    let others = BTreeSet::from([guid(1).to_string(), guid(3).to_string()]);
    assert_eq!(guids(&prometheus), others);
    prometheus.take_down();
    fs::remove_dir_all(prometheus.data().join("chunks_head")).unwrap();
    prometheus.up();
    assert_eq!(guids(&prometheus), others);
    let left = prometheus.range("face_recognition_user_current[32d]");
    assert!(left.iter().all(|(_, points)| points.len() == 20), "the others lost points");
    // What arrives from a queue afterwards goes with the next run, and a list with a slip in it is refused.
    let late = report(&guid(2), hours_ago(600), hours_ago(1), &totals(7, 37));
    assert_eq!(prometheus.send(&late.encode_to_vec()), 200);
    assert_eq!(guids(&prometheus).len(), 3);
    forget(&prometheus);
    assert_eq!(guids(&prometheus), others);
    fs::write(&list, ".*\n").unwrap();
    assert!(!Command::new(shipped("forget")).arg(&list).arg(prometheus.url()).status().unwrap().success());
    assert_eq!(guids(&prometheus), others);
}
