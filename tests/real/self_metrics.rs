//! The sidecar's own metrics in the operator's real programs.

use std::collections::BTreeSet;
use std::path::Path;

use headcount::ops::self_metrics::{SELF_METRICS, SelfMetricKind};

use crate::peers::prometheus::Prometheus;
use crate::peers::{dashboard, eventually, free_port};
use crate::program::Program;
use crate::sidecar::Receiver;
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};

/// Each of the table's names and kinds is what the real Prometheus makes of the instrument, and there is nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn prometheus_calls_them_what_the_table_says() {
    let (service, prometheus) = (Simulated::start().await, Prometheus::start());
    let state = tempfile::tempdir().unwrap();
    let program = Program::new(&["run"])
        .state(state.path())
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://127.0.0.1:{}", free_port()))
        .env("HEADCOUNT_SCRAPE_INTERVAL", "1m")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", prometheus.otlp())
        .env("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=faces-eu")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "1000");
    // A report waits, and nobody is there to take it.
    assert_eq!(program.with_arguments(&["once"]).output().status.code(), Some(4));
    let running = program.start();
    let scraped =
        r#"headcount_scrapes_total{headcount_scrape_outcome="complete", job="headcount", instance="faces-eu"} >= 1"#;
    eventually("the first scrape in Prometheus", || (!prometheus.query(scraped, None).is_empty()).then_some(()));
    for instrument in SELF_METRICS {
        // What the store says is read after a scrape is counted, and may come with the next export only.
        let name = match instrument.kind {
            SelfMetricKind::Histogram => format!("{}_count", instrument.prometheus),
            SelfMetricKind::Counter | SelfMetricKind::UpDownCounter | SelfMetricKind::Gauge => {
                instrument.prometheus.to_owned()
            }
        };
        for (labels, _) in prometheus.wait_for(&name) {
            let attribute = instrument.attribute.map(|attribute| attribute.key.replace('.', "_"));
            let own = labels.keys().filter(|label| !["__name__", "instance", "job"].contains(&label.as_str()));
            assert!(own.eq(attribute.iter()), "{name} {labels:?}");
        }
    }
    let all = prometheus.query(r#"count by (__name__) ({job="headcount", __name__!="target_info"})"#, None);
    // Nine, of which the histogram is three.
    assert_eq!(all.len(), SELF_METRICS.len() + 2, "{all:?}");
    // A rate needs a second export.
    for (panel, query) in dashboard::queries(&["Sidecars, for their operators"]) {
        assert!(prometheus.wait_for(&query).iter().all(|(_, value)| !value.is_infinite()), "{panel}");
    }
    if let Some(directory) = std::env::var_os("HEADCOUNT_KEEP_SIDECAR") {
        prometheus.keep(Path::new(&directory));
    }
    drop(running);
}

/// The real Collector takes them by both protocols, with the resource that the operator set, and what happened last is there after
/// a process that ended before its first export was due.
#[tokio::test(flavor = "multi_thread")]
async fn the_real_collector_takes_them_by_grpc_and_by_http_and_hears_of_the_end() {
    for protocol in ["grpc", "http/protobuf"] {
        let (service, receiver) = (Simulated::start().await, Receiver::start());
        let state = tempfile::tempdir().unwrap();
        let port = if protocol == "grpc" { receiver.plain.0 } else { receiver.plain.1 };
        let mut running = Program::new(&["run"])
            .state(state.path())
            .env("HEADCOUNT_COMPREFACE_URL", service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://127.0.0.1:{}", free_port()))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}"))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_METRIC_EXPORT_INTERVAL", "3600000")
            .env("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=faces-eu,k8s.namespace.name=faces")
            .start();
        running.wait_for("baseline recorded");
        assert_eq!(receiver.lines(), Vec::<serde_json::Value>::new());
        running.signal("TERM");
        assert_eq!(running.wait().0, Some(0), "{}", running.log());
        let lines = eventually("the last export", || Some(receiver.lines()).filter(|lines| !lines.is_empty()));
        let resource = &lines[0]["resourceMetrics"][0];
        let attributes: Vec<_> = resource["resource"]["attributes"].as_array().unwrap().iter().collect();
        for (key, value) in [("service.instance.id", "faces-eu"), ("k8s.namespace.name", "faces")] {
            let attribute = serde_json::json!({ "key": key, "value": { "stringValue": value } });
            assert!(attributes.contains(&&attribute), "{protocol}: {attributes:?}");
        }
        let metrics = resource["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let names: BTreeSet<_> = metrics.iter().map(|metric| metric["name"].as_str().unwrap()).collect();
        // What the store says may not have been read by then.
        let told =
            ["headcount.scrapes", "headcount.scrape.duration", "headcount.consent.status", "process.memory.usage"];
        assert!(told.iter().all(|name| names.contains(name)), "{protocol}: {names:?}");
        assert!(!lines[0].to_string().contains("install_guid"));
    }
}
