//! Each configuration is what its program takes, by the program's own word.

use headcount::source::compreface::CONTRACT;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use prost::Message;

use crate::peers::child::{program, succeed};
use crate::peers::collector::{ADDED, Backend, Gateway, shipped, validate};
use crate::peers::http::Peer;
use crate::peers::prometheus::{Prometheus, promtool};
use crate::peers::reports::{guid, hours_ago, report, totals};
use crate::peers::{dashboard, eventually};

#[test]
fn the_collector_takes_the_gateway() {
    let backend = Backend::down();
    let gateway = Gateway::before(&backend.url());
    validate("gateway.yaml", &gateway.environment());
    assert_eq!(Peer::plain(gateway.health).get("/").unwrap().status, 200);
    eventually("what it observes of itself", || gateway.counter("otelcol_exporter_queue_capacity"));
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
    promtool(&directory, &["test", "rules", "prometheus-rules-daily-test.yaml"]);
    promtool(&directory, &["check", "rules", "--lint=all", "--lint-fatal", "self-metrics-rules.yaml"]);
    promtool(&directory, &["test", "rules", "self-metrics-rules-test.yaml"]);
}

/// An alert that is never seen to call anybody, or never to be still, is no alert.
#[test]
fn every_alert_has_a_case_in_which_it_calls_and_one_in_which_it_does_not() {
    for (rules, tests, elsewhere) in [
        // Too many series to be written down: they are made in the test below.
        ("prometheus-rules.yaml", "prometheus-rules-test.yaml", &["HeadcountFloodOfInstallations"][..]),
        ("self-metrics-rules.yaml", "self-metrics-rules-test.yaml", &[]),
    ] {
        let [rules, tests] = [rules, tests].map(|name| fs::read_to_string(shipped(name)).unwrap());
        let alerts: Vec<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
        assert!(alerts.len() >= 3, "{alerts:?}");
        for alert in alerts.into_iter().filter(|alert| !elsewhere.contains(alert)) {
            let cases: Vec<_> = tests.split("alertname: ").skip(1).filter(|case| case.starts_with(alert)).collect();
            assert!(cases.iter().any(|case| case.contains("exp_labels")), "{alert} never calls");
            assert!(cases.iter().any(|case| case.contains("exp_alerts: []")), "{alert} is never still");
        }
    }
}

/// As many as there are and a hundred more, none of them three days old, with installations that count and without any.
#[test]
fn a_flood_of_invented_installations_calls_somebody() {
    let case = |name: &str, invented: u32, established: u32, called: bool| {
        let mut text = format!("  - name: {name}\n    interval: 1h\n    input_series:\n");
        let mut series = |product: &str, guid: u32, values: &str| {
            writeln!(
                text,
                "      - {{ series: 'face_recognition_user_current{{job=\"headcount\",product=\"{product}\",install_guid=\"{guid}\"}}', values: '{values}' }}"
            )
            .unwrap();
        };
        // The same install_guids under another product are other installations.
        (0..established).for_each(|guid| series("compreface", guid, "10x110"));
        (0..invented).for_each(|guid| series("frigate", guid, "_x90 10x20"));
        let alert = "[{ exp_labels: { severity: warning }, exp_annotations: { \
                     summary: More new install_guids than installations there are., \
                     description: Someone may be inventing installations; tighten the ingress' limits before they are three days old. } }]";
        let expected = if called { alert } else { "[]" };
        writeln!(
            text,
            "    alert_rule_test:\n      - {{ alertname: HeadcountFloodOfInstallations, eval_time: 4d, exp_alerts: {expected} }}"
        )
        .unwrap();
        text
    };
    let text = format!(
        "rule_files: ['{}']\nevaluation_interval: 1h\ngroup_eval_order: [headcount-installations, headcount-creations, \
         headcount, headcount-published, headcount-alerts]\ntests:\n{}{}{}{}",
        shipped("prometheus-rules.yaml").display(),
        case("a hundred of them, and none that counts", 100, 0, false),
        case("one more", 101, 0, true),
        case("a hundred and as many as there are", 102, 2, false),
        case("one more than that", 103, 2, true),
    );
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("flood.yaml"), text).unwrap();
    promtool(directory.path(), &["test", "rules", "flood.yaml"]);
}

/// By a JSON schema that is made of Grafana's own types, with nothing allowed that these do not name.
#[test]
fn the_dashboard_is_what_grafanas_schema_allows() {
    let check = |path: &std::path::Path| Command::new(program("check-dashboard")).arg(path).output().unwrap();
    succeed(Command::new(program("check-dashboard")).arg(shipped("grafana-dashboard.json")));
    let text = fs::read_to_string(shipped("grafana-dashboard.json")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let altered = directory.path().join("altered.json");
    for (from, to) in [
        (r#""type": "timeseries""#, r#""type": "timeserie""#),
        (r#""drawStyle": "line""#, r#""drawStyle": "lines""#),
        (r#""legendFormat""#, r#""legend_format""#),
        (r#""schemaVersion": 39"#, r#""schemaVersion": "39""#),
        (r#""showLegend": true"#, r#""showLegend": 1"#),
        (r#""textMode": "value""#, r#""textMode": "values""#),
        (r#""tags""#, r#""tag""#),
    ] {
        fs::write(&altered, text.replacen(from, to, 1)).unwrap();
        let output = check(&altered);
        assert_eq!(output.status.code(), Some(1), "{to} was not noticed");
        assert!(String::from_utf8_lossy(&output.stderr).contains("altered.json: /"), "{output:?}");
    }
}

/// What no schema says: ids are there once, and no panel lies over another.
#[test]
fn the_dashboards_panels_have_ids_and_places_of_their_own() {
    let text = fs::read_to_string(shipped("grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|name| panel["gridPos"][name].as_u64().unwrap());
        assert!(x + w <= 24, "{panel}");
        assert!((x..x + w).all(|x| (y..y + h).all(|y| places.insert((x, y)))), "{} lies over another", panel["title"]);
    }
    // A name of a variable in the place of a data source would not survive a migration to another program.
    assert!(!text.contains("datasource"), "a panel names a data source; leave it out, so that the default is used");
    // Every row's queries are asked of a Prometheus that has such data: of the fleet, of a gateway, of a sidecar.
    let rows = ["Installations", "Current numbers", "Creations", "Gateways", "Sidecars, for their operators"];
    assert_eq!(dashboard::rows(), rows);
}

/// A real Prometheus that scrapes the real gateway, as prometheus.yaml says, but more often.
#[test]
fn what_rules_and_dashboard_ask_of_a_gateway_has_an_answer() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let scraping = |text: String| {
        let text = text.replace("127.0.0.1:8888", &format!("127.0.0.1:{}", gateway.metrics));
        text.replace("scrape_interval: 1m", "scrape_interval: 1s")
    };
    let prometheus = Prometheus::with(scraping, |rules| rules);
    gateway.send(&report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, 37)).encode_to_vec());
    gateway.send(&report(&guid(1), hours_ago(900), hours_ago(800), &totals(7, 37)).encode_to_vec());
    for (panel, query) in dashboard::queries(&["Gateways"]) {
        println!("{panel}: {:?}", prometheus.wait_for(&query));
    }
    // The alerts' conditions, turned round.
    prometheus.wait_for(r#"up{job="gateway"} == 1"#);
    prometheus.wait_for(
        r#"otelcol_exporter_queue_size{job="gateway"} <= 0.5 * otelcol_exporter_queue_capacity{job="gateway"}"#,
    );
    assert_eq!(prometheus.query(r#"ALERTS{alertname=~"HeadcountGateway.*"}"#, None), []);
}

/// The real Prometheus refuses a sample for good, and the gateway's counter of it, which is there from then on, calls.
#[test]
fn a_report_that_prometheus_refuses_for_good_calls_somebody() {
    let refusing = Prometheus::start();
    let gateway = Gateway::before(&refusing.otlp());
    let scraping = |text: String| {
        let text = text.replace("127.0.0.1:8888", &format!("127.0.0.1:{}", gateway.metrics));
        text.replace("scrape_interval: 1m", "scrape_interval: 1s")
    };
    let watching = Prometheus::with(scraping, |rules| rules.replace("interval: 5m", "interval: 1s"));
    let send = |users| gateway.send(&report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, users)).encode_to_vec());
    send(37);
    refusing.wait_for("last_over_time(face_recognition_user_current[1d])");
    watching.wait_for(r#"up{job="gateway"} == 1"#);
    assert_eq!(watching.query(r#"ALERTS{alertname="HeadcountGatewayLosesReports"}"#, None), []);
    // Another value for the same hour.
    send(3700);
    watching.wait_for(r#"ALERTS{alertname="HeadcountGatewayLosesReports", alertstate="firing"}"#);
}

/// All come through; the eleven ranges as one metric in plain words.
#[test]
fn every_instrument_passes_the_gateway_with_its_value_and_unit() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let (guid, start, at, totals) = (guid(1), hours_ago(50), hours_ago(2), totals(7, 37));
    gateway.send(&report(&guid, start, at, &totals).encode_to_vec());
    let mut points = backend.wait_for_points(CONTRACT.instruments.len() + ADDED);
    let version = points.iter().position(|point| point.metric == "face_recognition.contract.version").unwrap();
    let version = points.remove(version);
    assert_eq!((version.value, &*version.kind, &*version.unit), (CONTRACT.version.parse().unwrap(), "gauge", ""));
    assert_eq!((version.guid(), version.time, version.start), (&*guid.to_string(), at.unix_nanos(), 0));
    assert_eq!(version.attributes["product"], "compreface");
    assert_eq!(points.len(), CONTRACT.instruments.len());
    let ranges: Vec<_> = points.iter().filter_map(|point| point.attributes.get("faces_range")).collect();
    let words = ["0", "1-10", "11-50", "51-200", "201-500", "501-2000", "2001-10000", "10001-50000", "50001-200000"];
    let expected: BTreeSet<_> = words.into_iter().chain(["200001-1000000", "1000001+"]).collect();
    assert_eq!(ranges.iter().map(|range| range.as_str()).collect::<BTreeSet<_>>(), expected);
    for point in &points {
        assert_eq!((point.guid(), point.time), (&*guid.to_string(), at.unix_nanos()), "{point:?}");
        assert_eq!(point.attributes["product"], "compreface", "{point:?}");
        let folded = point.attributes.get("faces_range").map(|range| {
            let range = range.replace('-', "_").replace('+', "_or_more");
            format!("face_recognition.collection.faces.{range}")
        });
        assert_eq!(folded.is_some(), point.metric == "face_recognition.collection.current", "{point:?}");
        let name = folded.as_ref().unwrap_or(&point.metric);
        let sent = CONTRACT.approve(headcount::report::encode(&report(&guid, start, at, &totals))).unwrap();
        let (instrument, value) = sent.contents().numbers().find(|(instrument, _)| instrument.name == name).unwrap();
        assert_eq!((&*point.unit, u64::try_from(point.value)), (instrument.unit, Ok(value)), "{point:?}");
        let (kind, begun) = if name.ends_with("creations") { ("sum", start.unix_nanos()) } else { ("gauge", 0) };
        assert_eq!((point.kind.as_str(), point.start), (kind, begun), "{point:?}");
    }
}
