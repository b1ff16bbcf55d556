//! The oracle: the same numbers, given to the official SDK and sent by the official exporter, arrive as the same metrics.
//!
//! The times are left out: not being able to set them is why reports are not made by the SDK. So are resource and scope,
//! in which the SDK describes itself.

use std::collections::BTreeMap;
use std::convert::Infallible;

use headcount::clock::Hour;
use headcount::contract::{ATTRIBUTE_KEY, InstrumentKind, Number};
use headcount::model::{Buckets, InstallGuid, PerKind, Range, Totals};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_otlp::{MetricExporter, Protocol, WithExportConfig};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use proptest::prelude::*;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Takes requests on a port of its own, answers each with success, and hands over the bodies.
async fn endpoint() -> (String, mpsc::UnboundedReceiver<Bytes>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/metrics", listener.local_addr().unwrap());
    let (sender, bodies) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let sender = sender.clone();
                async move {
                    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
                    sender.send(request.into_body().collect().await.unwrap().to_bytes()).unwrap();
                    Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (url, bodies)
}

fn record(meter: &Meter, guid: &InstallGuid, totals: &Totals) {
    let attributes = [KeyValue::new(ATTRIBUTE_KEY, guid.to_string())];
    for instrument in CONTRACT.instruments {
        let value = match instrument.number {
            Number::Creations(kind) => totals.creations[kind],
            Number::Current(kind) => report::round_down(totals.current[kind]),
            Number::Sized(distribution, range) => totals.buckets[(distribution, range)],
            Number::Active(kind) => report::round_down(totals.active.unwrap_or_default()[kind]),
        };
        match instrument.kind {
            InstrumentKind::Sum => {
                let counter = meter.u64_counter(instrument.name).with_unit(instrument.unit).build();
                counter.add(value, &attributes);
            }
            InstrumentKind::Gauge => {
                let gauge = meter.u64_gauge(instrument.name).with_unit(instrument.unit).build();
                gauge.record(value, &attributes);
            }
        }
    }
}

/// Blocks: the SDK's reader has a thread of its own, and the exporter's client is a blocking one.
fn sent_by_the_sdk(url: String, guid: InstallGuid, totals: Totals) {
    let exporter = MetricExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_endpoint(url);
    let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.build().unwrap()).build();
    record(&provider.meter(CONTRACT.scope), &guid, &totals);
    provider.force_flush().unwrap();
    provider.shutdown().unwrap();
}

/// Every metric by its name, whole but for the times.
fn metrics(request: ExportMetricsServiceRequest) -> BTreeMap<String, Metric> {
    let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let mut all = BTreeMap::new();
    for mut metric in scopes.flat_map(|scope| scope.metrics) {
        let points = match metric.data.as_mut() {
            Some(metric::Data::Sum(sum)) => &mut sum.data_points,
            Some(metric::Data::Gauge(gauge)) => &mut gauge.data_points,
            other => panic!("neither a sum nor a gauge: {other:?}"),
        };
        for point in points {
            point.start_time_unix_nano = 0;
            point.time_unix_nano = 0;
        }
        let name = metric.name.clone();
        assert!(all.insert(name.clone(), metric).is_none(), "{name} twice");
    }
    all
}

fn compare(guid: InstallGuid, totals: Totals) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (url, mut bodies) = runtime.block_on(endpoint());
    // On a thread outside the runtime, where blocking is allowed.
    sent_by_the_sdk(url, guid, totals);
    let theirs = ExportMetricsServiceRequest::decode(bodies.try_recv().unwrap()).unwrap();
    let ours = report::build(&CONTRACT, &guid, Hour::from_unix_hours(490_000), Hour::from_unix_hours(490_026), &totals);
    let (theirs, ours) = (metrics(theirs), metrics(ours));
    assert_eq!(theirs.len(), CONTRACT.instruments.len());
    assert_eq!(theirs, ours);
}

#[test]
fn the_official_exporter_sends_the_same_numbers() {
    let mut buckets = Buckets::default();
    for faces in [0, 1, 10, 200, 2001] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    let totals = Totals {
        creations: PerKind::from([7, 2, 0, 1, 3]),
        current: PerKind::from([37, 9, 4, 1, 5]),
        buckets,
        active: Some(PerKind::from([0, 0, 3, 1, 5])),
    };
    compare(InstallGuid::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap(), totals);
}

#[test]
fn empty_installation_is_zeros_in_both() {
    compare(InstallGuid::PLACEHOLDER, Totals::default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_numbers_are(
        creations in prop::array::uniform5(0_u64..=1_000_000_000),
        current in prop::array::uniform5(0_u64..=1_000_000_000),
        collections in prop::array::uniform11(0_u64..=1_000_000_000),
        active in prop::array::uniform5(0_u64..=1_000_000_000),
        guid: [u8; 16],
    ) {
        let mut buckets = Buckets::default();
        for (range, number) in Range::ALL.into_iter().zip(collections) {
            buckets[(FACES, range)] = number;
        }
        let totals = Totals { creations: PerKind::from(creations), current: PerKind::from(current), buckets, active: Some(PerKind::from(active)) };
        compare(InstallGuid::from_random_bytes(guid), totals);
    }
}
