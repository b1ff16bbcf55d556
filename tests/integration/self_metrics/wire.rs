//! What arrives at the collector, and what does not.

use std::fs;

use headcount::config::Transport;
use headcount::ops::self_metrics::{SCOPE_NAME, SELF_METRICS};
use headcount::store::Store;

use super::received::Told;
use super::{Room, TRANSPORTS, end, idle, leave_a_report_waiting, observed, protocol, reporting, told_until};
use crate::program::{Program, Running};
use crate::support::compreface::{EMAIL, Simulated};
use crate::support::endpoint::Endpoint;
use crate::support::tls::Certificates;

/// Everything has been told that a scrape and a delivery lead to.
fn everything(told: &Told) -> bool {
    told.value("headcount.deliveries", Some("delivered")) == Some(1) && told.metrics.len() == SELF_METRICS.len()
}

/// Starts it, and has it scrape at once although it did so lately: consent comes back.
fn start_and_scrape(program: Program, room: &Room) -> Running {
    let consent = room.consent();
    let mut running = program.env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap()).start();
    running.wait_for("no requests are made");
    fs::write(consent, "granted").unwrap();
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn every_instrument_of_the_table_arrives_as_the_table_says_and_nothing_else() {
    for transport in TRANSPORTS {
        let (service, endpoint) = (Simulated::start().await, Endpoint::http().await);
        let (collector, room) = (Endpoint::plain(transport).await, Room::new());
        let program = reporting(observed(&collector, transport, &room), &service, &endpoint);
        leave_a_report_waiting(&program, &endpoint);
        let mut running = start_and_scrape(program, &room);
        let told = told_until(&collector, everything).await;
        for instrument in SELF_METRICS {
            let metric = &told.metrics[instrument.name];
            assert_eq!((metric.kind, metric.unit.as_str()), (instrument.kind, instrument.unit), "{}", instrument.name);
            assert_eq!(metric.description, instrument.description);
            for attributes in metric.points.keys() {
                let known = instrument.attribute;
                assert_eq!(attributes.len(), usize::from(known.is_some()), "{} {attributes:?}", instrument.name);
                for (key, value) in attributes {
                    let known = known.unwrap();
                    assert!(key == known.key && known.values.contains(&value.as_str()), "{key} {value}");
                }
            }
        }
        assert_eq!(told.scope, (SCOPE_NAME.to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
        assert_eq!(told.value("headcount.scrapes", Some("failed")), Some(0), "counters begin at zero");
        assert_eq!(told.value("headcount.consent.status", Some("enabled")), Some(1));
        assert_eq!(told.value("headcount.consent.status", Some("not_enabled")), Some(0));
        assert_eq!(told.value("headcount.outbox.depth", None), Some(0));
        assert_eq!(told.value("headcount.outbox.age", None), Some(0));
        assert!(told.value("headcount.scrape.age", None).unwrap() < 60);
        assert!(told.value("headcount.store.size", None).unwrap() > 4096);
        // The kernel's own two figures differ by some pages.
        let (memory, most) = (told.value("process.memory.usage", None).unwrap(), running.memory_kib("VmHWM") * 1024);
        assert!(memory.unsigned_abs().abs_diff(most) < most / 2, "{memory} of {most}");
        end(&mut running);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_recipients_learn_nothing_of_each_other_and_the_collector_nothing_of_the_service() {
    for transport in TRANSPORTS {
        let (service, endpoint) = (Simulated::start().await, Endpoint::http().await);
        let (collector, room) = (Endpoint::plain(transport).await, Room::new());
        let program = reporting(observed(&collector, transport, &room), &service, &endpoint)
            .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20for-the-operator,x-tenant=ours");
        leave_a_report_waiting(&program, &endpoint);
        let mut running = start_and_scrape(program, &room);
        told_until(&collector, everything).await;
        end(&mut running);
        let to_makers = endpoint.requests();
        assert!(to_makers.len() > 1);
        assert!(to_makers.iter().all(|request| request.header("authorization") == Some("Bearer for-the-makers")));
        let store = Store::open_to_read(&room.state()).unwrap().unwrap();
        let guid = store.read(|snapshot| snapshot.installation()).unwrap().install_guid.unwrap().to_string();
        assert!(String::from_utf8_lossy(&to_makers[0].message).contains(&guid));
        for (name, bytes) in [("operator", endpoint.wire()), ("makers", collector.wire())] {
            let all = String::from_utf8_lossy(&bytes.concat()).into_owned();
            assert!(!all.contains(&format!("for-the-{name}")), "the token for the {name} went to the others");
        }
        for request in collector.requests() {
            assert_eq!(request.header("authorization"), Some("Bearer for-the-operator"));
            assert_eq!(request.header("x-tenant"), Some("ours"));
            let message = String::from_utf8_lossy(&request.message);
            for private in [guid.as_str(), "install_guid", "face_recognition", EMAIL] {
                assert!(!message.contains(private), "{private}");
            }
        }
        assert!(
            endpoint.requests().iter().all(|request| !String::from_utf8_lossy(&request.message).contains("scrape"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resource_is_the_program_unless_the_operator_says_otherwise() {
    for transport in TRANSPORTS {
        let collector = Endpoint::plain(transport).await;
        let room = Room::new();
        let mut running = observed(&collector, transport, &room).start();
        let told = told_until(&collector, |_| true).await;
        end(&mut running);
        let keys: Vec<_> = told.resource.keys().map(String::as_str).collect();
        let expected = [
            "service.name",
            "service.version",
            "telemetry.sdk.language",
            "telemetry.sdk.name",
            "telemetry.sdk.version",
        ];
        assert_eq!(keys, expected);
        assert_eq!(told.resource["service.name"], "headcount");
        assert_eq!(told.resource["service.version"], env!("CARGO_PKG_VERSION"));
    }
    let (first, second) = (Endpoint::http().await, Endpoint::http().await);
    let attributes = "service.name=counter, service.instance.id=7,deployment.environment.name=test,service.version=x";
    let room = Room::new();
    let program =
        |collector| observed(collector, Transport::HttpProtobuf, &room).env("OTEL_RESOURCE_ATTRIBUTES", attributes);
    let mut running = program(&first).start();
    let told = told_until(&first, |_| true).await;
    end(&mut running);
    let of = |told: &Told, key: &str| told.resource[key].clone();
    assert_eq!([of(&told, "service.name"), of(&told, "service.instance.id")], ["counter", "7"]);
    assert_eq!([of(&told, "deployment.environment.name"), of(&told, "service.version")], ["test", "x"]);
    let mut running = program(&second).env("OTEL_SERVICE_NAME", "named").start();
    let told = told_until(&second, |_| true).await;
    end(&mut running);
    assert_eq!([of(&told, "service.name"), of(&told, "service.instance.id")], ["named", "7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_schemes_and_compression_are_read_as_the_standard_says() {
    let (http, grpc) = (Endpoint::http().await, Endpoint::grpc().await);
    let base = http.settings().url.to_string();
    let run = |program: Program| program.env("OTEL_METRIC_EXPORT_INTERVAL", "1000").start();
    let room = Room::new();
    let plain = || idle(&room);
    let grpc_address = grpc.address().to_string();
    for (program, path, encoding) in [
        (plain().env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{base}/base/")), "/base/v1/metrics", None),
        (
            plain()
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://192.0.2.1:1")
                .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("{base}/as/it/is"))
                .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            "/as/it/is",
            Some("gzip"),
        ),
    ] {
        let before = http.requests().len();
        let mut running = run(program);
        http.wait_for(before + 1).await;
        end(&mut running);
        let request = &http.requests()[before];
        assert_eq!((request.uri.path(), request.header("content-encoding")), (path, encoding));
        assert!(!Told::by(&request.report()).metrics.is_empty());
    }
    let mut running = run(plain()
        .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", grpc_address)
        .env("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc")
        .env("OTEL_EXPORTER_OTLP_INSECURE", "true")
        .env("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip"));
    let told = told_until(&grpc, |_| true).await;
    end(&mut running);
    assert!(!told.metrics.is_empty());
    assert_eq!(grpc.requests()[0].header("grpc-encoding"), Some("gzip"));
}

#[tokio::test(flavor = "multi_thread")]
async fn they_travel_over_tls_with_the_operators_certificates() {
    let certificates = Certificates::new();
    let path = |name: &str| certificates.path(name).to_str().unwrap().to_owned();
    for transport in TRANSPORTS {
        let collector = Endpoint::builder(transport).mutual_tls(&certificates).start().await;
        let room = Room::new();
        let mut running = observed(&collector, transport, &room)
            .env("OTEL_EXPORTER_OTLP_CERTIFICATE", path("ca.pem"))
            .env("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", path("client.pem"))
            .env("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", path("client.key"))
            .start();
        let told = told_until(&collector, |_| true).await;
        end(&mut running);
        assert_eq!(told.scope.0, SCOPE_NAME);
        let stranger = Endpoint::builder(transport).tls(&certificates).start().await;
        let mut running =
            observed(&stranger, transport, &room).env("OTEL_EXPORTER_OTLP_CERTIFICATE", path("other-ca.pem")).start();
        let line = running.wait_for("self-metrics not sent");
        assert!(line.contains("certificate"), "{} {line}", protocol(transport));
        end(&mut running);
        assert_eq!(stranger.requests().len(), 0);
        let misnamed = Endpoint::builder(transport).misnamed_tls(&certificates).start().await;
        let mut running =
            observed(&misnamed, transport, &room).env("OTEL_EXPORTER_OTLP_CERTIFICATE", path("ca.pem")).start();
        let line = running.wait_for("self-metrics not sent");
        assert!(line.contains("subjectAltName") && line.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{line}");
        end(&mut running);
        assert!(!running.log().contains("elsewhere.example.org"), "what the collector sent is repeated");
    }
}
