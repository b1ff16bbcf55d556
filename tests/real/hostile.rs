//! A sender that keeps to nothing: none of it gets through the gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use headcount::model::InstallGuid;
use headcount::source::compreface::CONTRACT;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ScopeMetrics, Sum,
    Summary, SummaryDataPoint, metric, number_data_point,
};
use prost::Message;

use crate::peers::collector::{ADDED, Backend, Gateway};
use crate::peers::eventually;
use crate::peers::http::Peer;
use crate::peers::points::{Point, fields, points};
use crate::peers::reports::{guid, hours_ago, now, published_report, report, totals};
use crate::support::documents::gateway::{Published, published};

/// What must never be seen behind the gateway, in any field.
const MARK: &str = "contraband";
const HOUR: u64 = 3_600_000_000_000;

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), key_strindex: 0 }
}

fn guid_attribute(guid: &InstallGuid) -> KeyValue {
    attribute("install_guid", any_value::Value::StringValue(guid.to_string()))
}

/// The point of the current number of users, which is rounded in an honest report.
fn current_users(request: &mut ExportMetricsServiceRequest) -> &mut NumberDataPoint {
    let users = metrics(request).iter_mut().find(|metric| metric.name == "face_recognition.user.current").unwrap();
    match &mut users.data {
        Some(metric::Data::Gauge(gauge)) => &mut gauge.data_points[0],
        _ => panic!("the current number of users is a gauge"),
    }
}

fn contraband() -> KeyValue {
    attribute(MARK, any_value::Value::StringValue(MARK.to_owned()))
}

fn metrics(request: &mut ExportMetricsServiceRequest) -> &mut Vec<Metric> {
    &mut request.resource_metrics[0].scope_metrics[0].metrics
}

fn each_metric(request: &mut ExportMetricsServiceRequest, change: impl FnMut(&mut Metric)) {
    metrics(request).iter_mut().for_each(change);
}

fn each_point(request: &mut ExportMetricsServiceRequest, mut change: impl FnMut(&mut NumberDataPoint)) {
    each_metric(request, |metric| match metric.data.as_mut().unwrap() {
        metric::Data::Sum(sum) => sum.data_points.iter_mut().for_each(&mut change),
        metric::Data::Gauge(gauge) => gauge.data_points.iter_mut().for_each(&mut change),
        _ => {}
    });
}

fn each_sum(request: &mut ExportMetricsServiceRequest, mut change: impl FnMut(&mut Sum)) {
    each_metric(request, |metric| {
        if let Some(metric::Data::Sum(sum)) = &mut metric.data {
            change(sum);
        }
    });
}

/// The point of the first metric, which is a sum.
fn first_point(request: &mut ExportMetricsServiceRequest) -> &mut NumberDataPoint {
    match &mut metrics(request)[0].data {
        Some(metric::Data::Sum(sum)) => &mut sum.data_points[0],
        _ => panic!("the first metric is a sum"),
    }
}

/// One number, which is not rounded in an honest report either.
fn value(request: &mut ExportMetricsServiceRequest, value: number_data_point::Value) {
    first_point(request).value = Some(value);
}

fn scopes(request: &mut ExportMetricsServiceRequest) -> &mut Vec<ScopeMetrics> {
    &mut request.resource_metrics[0].scope_metrics
}

fn name_guid(request: &mut ExportMetricsServiceRequest, value: &any_value::Value) {
    each_point(request, |point| point.attributes = vec![attribute("install_guid", value.clone())]);
}

type Change = Box<dyn Fn(&mut ExportMetricsServiceRequest)>;

fn change(change: impl Fn(&mut ExportMetricsServiceRequest) + 'static) -> Change {
    Box::new(change)
}

/// Reports of which no point may pass.
#[expect(clippy::too_many_lines, reason = "a table, one case after the other")]
fn dropped() -> Vec<(&'static str, Change)> {
    let text = |text: &str| any_value::Value::StringValue(text.to_owned());
    let histogram = HistogramDataPoint { count: 1, time_unix_nano: now().unix_nanos(), ..Default::default() };
    let summary = SummaryDataPoint { count: 1, time_unix_nano: now().unix_nanos(), ..Default::default() };
    let hour = now().unix_nanos();
    let guid_in_list =
        |request: &ExportMetricsServiceRequest| match &request.resource_metrics[0].scope_metrics[0].metrics[0].data {
            Some(metric::Data::Sum(sum)) => sum.data_points[0].attributes[0].value.clone().unwrap(),
            _ => panic!("the first metric is a sum"),
        };
    let shape = move |data: fn(HistogramDataPoint) -> metric::Data, point: HistogramDataPoint| {
        change(move |request| each_metric(request, |metric| metric.data = Some(data(point.clone()))))
    };
    let histograms =
        |point| metric::Data::Histogram(Histogram { data_points: vec![point], aggregation_temporality: 2 });
    vec![
        ("other metrics", change(|r| each_metric(r, |m| m.name = format!("{MARK}.{}", m.name)))),
        ("names with a tail", change(|r| each_metric(r, |m| m.name.push_str(".contraband")))),
        (
            "another scope",
            change(|r| r.resource_metrics[0].scope_metrics[0].scope.as_mut().unwrap().name = MARK.into()),
        ),
        ("no scope", change(|r| r.resource_metrics[0].scope_metrics[0].scope = None)),
        (
            "another version",
            change(|r| r.resource_metrics[0].scope_metrics[0].scope.as_mut().unwrap().version = "999".into()),
        ),
        ("histograms under allowed names", shape(histograms, histogram)),
        (
            "exponential histograms",
            change(|r| {
                each_metric(r, |m| {
                    m.data = Some(metric::Data::ExponentialHistogram(ExponentialHistogram::default()));
                });
            }),
        ),
        (
            "summaries",
            change(move |r| {
                each_metric(r, |m| {
                    m.data = Some(metric::Data::Summary(Summary { data_points: vec![summary.clone()] }));
                });
            }),
        ),
        ("no data", change(|r| each_metric(r, |m| m.data = None))),
        (
            "exemplars",
            change(|r| {
                each_point(r, |p| {
                    p.exemplars = vec![Exemplar { filtered_attributes: vec![contraband()], ..Default::default() }];
                });
            }),
        ),
        ("a flag", change(|r| each_point(r, |p| p.flags = 1))),
        ("unknown flags", change(|r| each_point(r, |p| p.flags = 0xff00))),
        ("no guid", change(|r| each_point(r, |p| p.attributes.clear()))),
        ("a guid in upper case", change(move |r| name_guid(r, &text("0B9E7C1A-5D3F-4C86-9A41-7F2E8D6C5B30")))),
        (
            "a version 1 guid",
            change(move |r| {
                name_guid(r, &any_value::Value::StringValue("b5a8556c-e660-11f1-8176-02fc00000001".into()));
            }),
        ),
        (
            "a guid with a line behind it",
            change(|r| {
                name_guid(r, &any_value::Value::StringValue("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30\ncontraband".into()));
            }),
        ),
        ("a number as guid", change(|r| name_guid(r, &any_value::Value::IntValue(7)))),
        (
            "a list as guid",
            change(move |r| {
                let list = any_value::Value::ArrayValue(ArrayValue { values: vec![guid_in_list(r)] });
                name_guid(r, &list);
            }),
        ),
        (
            "bytes as guid",
            change(|r| name_guid(r, &any_value::Value::BytesValue(b"0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30".to_vec()))),
        ),
        ("negative values", change(|r| value(r, number_data_point::Value::AsInt(-1)))),
        ("huge values", change(|r| value(r, number_data_point::Value::AsInt(1 << 62)))),
        ("values just too large", change(|r| value(r, number_data_point::Value::AsInt(1_000_000_001)))),
        ("fractions", change(|r| value(r, number_data_point::Value::AsDouble(0.5)))),
        ("infinity", change(|r| value(r, number_data_point::Value::AsDouble(f64::INFINITY)))),
        ("time zero", change(|r| each_point(r, |p| p.time_unix_nano = 0))),
        ("31 years ahead", change(move |r| each_point(r, |p| p.time_unix_nano = hour + 31 * 365 * 24 * HOUR))),
        // Two hours are allowed; the hour that it is may be the next one by now.
        ("four hours ahead", change(move |r| each_point(r, |p| p.time_unix_nano = hour + 4 * HOUR))),
        ("the end of time", change(|r| each_point(r, |p| p.time_unix_nano = u64::MAX))),
        ("32 days old", change(move |r| each_point(r, |p| p.time_unix_nano = hour - 32 * 24 * HOUR))),
        ("exact times", change(|r| each_point(r, |p| p.time_unix_nano += 1_234_567))),
        (
            "exact starts",
            change(|r| {
                each_sum(r, |s| s.data_points[0].start_time_unix_nano += 1);
            }),
        ),
        (
            "no starts",
            change(|r| {
                each_sum(r, |s| s.data_points[0].start_time_unix_nano = 0);
            }),
        ),
        (
            "starts after their time",
            change(move |r| {
                each_sum(r, |s| s.data_points[0].start_time_unix_nano = hour + HOUR);
            }),
        ),
        (
            "deltas",
            change(|r| {
                each_sum(r, |s| s.aggregation_temporality = 1);
            }),
        ),
        (
            "sums that fall",
            change(|r| {
                each_sum(r, |s| s.is_monotonic = false);
            }),
        ),
        (
            "sums as gauges",
            change(|r| {
                each_metric(r, |m| {
                    if let Some(metric::Data::Sum(sum)) = &mut m.data {
                        let data_points = std::mem::take(&mut sum.data_points);
                        m.data = Some(metric::Data::Gauge(Gauge { data_points }));
                    }
                });
            }),
        ),
        (
            "two points",
            change(|r| {
                each_metric(r, |m| match m.data.as_mut().unwrap() {
                    metric::Data::Sum(sum) => sum.data_points.push(sum.data_points[0].clone()),
                    metric::Data::Gauge(gauge) => gauge.data_points.push(gauge.data_points[0].clone()),
                    _ => {}
                });
            }),
        ),
        ("units", change(|r| each_metric(r, |m| m.unit = MARK.into()))),
        (
            "other metrics in front",
            change(|r| {
                let mut more = metrics(r).clone();
                more.iter_mut().for_each(|m| m.name = format!("{MARK}.{}", m.name));
                metrics(r).splice(0..0, more);
            }),
        ),
        (
            "another scope in front",
            change(|r| {
                let mut more = r.resource_metrics[0].scope_metrics[0].clone();
                more.scope.as_mut().unwrap().name = MARK.into();
                r.resource_metrics[0].scope_metrics.insert(0, more);
            }),
        ),
        (
            "a hidden metric without points",
            change(|r| {
                let more = Metric { name: MARK.into(), unit: MARK.into(), ..Metric::default() };
                metrics(r).push(more);
            }),
        ),
        (
            "a histogram in the place of the last gauge",
            change(|r| {
                let point = HistogramDataPoint { count: 1, time_unix_nano: now().unix_nanos(), ..Default::default() };
                let data = Histogram { data_points: vec![point], aggregation_temporality: 2 };
                metrics(r).last_mut().unwrap().data = Some(metric::Data::Histogram(data));
            }),
        ),
        ("a metric twice", change(|r| metrics(r).extend_from_within(..1))),
        ("a metric less", change(|r| drop(metrics(r).pop()))),
        ("metrics in another order", change(|r| metrics(r).swap(0, 1))),
        (
            "names that run into units",
            change(|r| {
                let metric = &mut metrics(r)[0];
                metric.name = format!("{} {}", metric.name, metric.unit);
                metric.unit.clear();
            }),
        ),
        ("a scope twice", change(|r| scopes(r).extend_from_within(..1))),
        (
            "a scope twice, half of the metrics each",
            change(|r| {
                let mut more = scopes(r)[0].clone();
                more.metrics.drain(..10);
                metrics(r).truncate(10);
                scopes(r).push(more);
            }),
        ),
        (
            "a number that is not rounded",
            change(|r| current_users(r).value = Some(number_data_point::Value::AsInt(37))),
        ),
        (
            "one point of another installation",
            change(|r| first_point(r).attributes = vec![guid_attribute(&guid(9999))]),
        ),
        ("one point of another hour", change(move |r| first_point(r).time_unix_nano -= HOUR)),
        ("no guid in one point", change(|r| first_point(r).attributes.clear())),
    ]
}

/// Reports that pass, without what was added to them.
#[expect(clippy::too_many_lines, reason = "a table, one case after the other")]
fn scrubbed() -> Vec<(&'static str, Change)> {
    vec![
        (
            "resource attributes",
            change(|r| {
                let resource = r.resource_metrics[0].resource.as_mut().unwrap();
                resource.attributes =
                    vec![contraband(), attribute("service.name", any_value::Value::StringValue(MARK.into()))];
                resource.dropped_attributes_count = 77;
            }),
        ),
        ("no resource", change(|r| r.resource_metrics[0].resource = None)),
        (
            "schema URLs",
            change(|r| {
                r.resource_metrics[0].schema_url = MARK.into();
                r.resource_metrics[0].scope_metrics[0].schema_url = MARK.into();
            }),
        ),
        (
            "scope attributes",
            change(|r| {
                let scope = r.resource_metrics[0].scope_metrics[0].scope.as_mut().unwrap();
                scope.attributes = vec![contraband()];
                scope.dropped_attributes_count = 77;
            }),
        ),
        ("descriptions", change(|r| each_metric(r, |m| m.description = MARK.into()))),
        ("metadata", change(|r| each_metric(r, |m| m.metadata = vec![contraband()]))),
        ("attributes", change(|r| each_point(r, |p| p.attributes.push(contraband())))),
        ("attributes in front", change(|r| each_point(r, |p| p.attributes.insert(0, contraband())))),
        (
            "a product of one's own",
            change(|r| {
                each_point(r, |p| {
                    p.attributes.push(attribute("product", any_value::Value::StringValue(MARK.into())));
                });
            }),
        ),
        (
            "a judgment of one's own",
            change(|r| {
                let text = |text: &str| any_value::Value::StringValue(text.to_owned());
                let own = [("scopes", MARK), ("product", MARK), ("kind", MARK), ("metrics", MARK), ("guid", MARK)];
                let own = || own.map(|(key, value)| attribute(key, text(value)));
                r.resource_metrics[0].resource.as_mut().unwrap().attributes = own().to_vec();
                scopes(r)[0].scope.as_mut().unwrap().attributes = own().to_vec();
            }),
        ),
        (
            "a range of one's own",
            change(|r| {
                each_point(r, |p| {
                    p.attributes.push(attribute("faces_range", any_value::Value::StringValue(MARK.into())));
                });
            }),
        ),
        (
            "gauges with a start",
            change(|r| {
                each_metric(r, |m| {
                    if let Some(metric::Data::Gauge(gauge)) = &mut m.data {
                        gauge.data_points[0].start_time_unix_nano = 7_777_777;
                    }
                });
            }),
        ),
    ]
}

#[test]
fn nothing_but_the_contract_passes_the_gateway() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let (start, at) = (hours_ago(50), hours_ago(2));
    for (number, (what, change)) in (100..).zip(dropped()) {
        let mut request = report(&guid(number), start, at, &totals(7, 37));
        change(&mut request);
        let answer = gateway.peer().post_metrics("/v1/metrics", &request.encode_to_vec()).unwrap();
        assert_eq!(answer.status, 200, "{what}");
        // What is not yet there cannot be missed: an honest report behind it shows that its time has come.
        let honest = guid(number + 1000);
        gateway.send(&report(&honest, start, at, &totals(7, 37)).encode_to_vec());
        backend.wait_for_guid(&honest.to_string());
        let honest: BTreeSet<_> = (100..=number).map(|number| guid(number + 1000).to_string()).collect();
        let others: Vec<_> = backend.points().into_iter().filter(|point| !honest.contains(point.guid())).collect();
        assert_eq!(others, [], "{what}");
    }
    for (number, (what, change)) in (500..).zip(scrubbed()) {
        let mut request = report(&guid(number), start, at, &totals(7, 37));
        change(&mut request);
        gateway.send(&request.encode_to_vec());
        backend.wait_for_guid(&guid(number).to_string());
        let points = backend.points();
        let mut cleaned: Vec<_> = points.iter().filter(|p| p.guid() == guid(number).to_string()).cloned().collect();
        let mut honest: Vec<_> = points.into_iter().filter(|p| p.guid() == guid(1100).to_string()).collect();
        honest
            .iter_mut()
            .for_each(|p| p.attributes.insert("install_guid".into(), guid(number).to_string()).map(|_| ()).unwrap());
        cleaned.sort();
        honest.sort();
        assert_eq!(cleaned, honest, "{what}");
    }
    only_the_contracts_fields(&backend);
    nobody_is_in_the_log(&gateway);
}

/// Each published contract, also an older one, passes with all of its numbers, under the product of its scope.
#[test]
fn every_published_contract_passes_with_its_product() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let products = BTreeMap::from([
        ("headcount", "compreface"),
        ("headcount.frigate", "frigate"),
        ("headcount.inventory", "inventory"),
    ]);
    for (number, contract) in (1..).zip(published()) {
        let (guid, what) = (guid(number), format!("{} {}", contract.scope, contract.version));
        gateway.send(&published_report(&contract, &guid, 7).encode_to_vec());
        backend.wait_for_guid(&guid.to_string());
        let points = points_of(&backend, &guid);
        assert_eq!(points.len(), contract.metrics.len() + ADDED, "{what}");
        for point in points {
            assert_eq!(point.attributes["product"], products[&*contract.scope], "{what}");
            let value = match (&*point.metric, &*point.kind) {
                ("face_recognition.contract.version", "gauge") => contract.version.parse().unwrap(),
                (_, "sum") => 7,
                _ => 5,
            };
            assert_eq!(point.value, value, "{what}: {point:?}");
        }
    }
}

fn points_of(backend: &Backend, guid: &InstallGuid) -> Vec<Point> {
    backend.points().into_iter().filter(|point| point.guid() == guid.to_string()).collect()
}

/// The guid of a report's first metric.
fn guid_of(request: &ExportMetricsServiceRequest) -> String {
    match &request.resource_metrics[0].scope_metrics[0].metrics[0].data {
        Some(metric::Data::Sum(sum)) => match &sum.data_points[0].attributes[0].value.as_ref().unwrap().value {
            Some(any_value::Value::StringValue(guid)) => guid.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// What each metric of a report looks like from outside.
fn shape(contract: &Published) -> Vec<(&str, &str, &str)> {
    contract.metrics.iter().map(|metric| (&*metric.name, &*metric.kind, &*metric.unit)).collect()
}

/// Reports that mix two contracts. Each has a guid of its own.
fn mixed() -> Vec<(String, ExportMetricsServiceRequest)> {
    let contracts = published();
    let numbers = std::cell::Cell::new(100);
    let next = || guid(numbers.replace(numbers.get() + 1));
    let mut all = Vec::new();
    for one in &contracts {
        let name = format!("{} {}", one.scope, one.version);
        for other in contracts.iter().filter(|other| (&one.scope, &one.version) != (&other.scope, &other.version)) {
            let other_name = format!("{} {}", other.scope, other.version);
            // Two contracts may list the same metrics: then the scope alone says which it is.
            if shape(one) != shape(other) {
                let mut request = published_report(one, &next(), 7);
                scopes(&mut request)[0].scope = scopes(&mut published_report(other, &next(), 7))[0].scope.clone();
                all.push((format!("metrics of {name} as {other_name}"), request));
            }
            let guid = next();
            let mut request = published_report(one, &guid, 7);
            scopes(&mut request).append(scopes(&mut published_report(other, &guid, 7)));
            all.push((format!("{name} and {other_name} in one resource"), request));
        }
        for (scope, version) in
            [(&*one.scope, "999"), ("headcount.", "1"), ("headcount.unknown", "1"), ("Headcount", "1")]
        {
            let unknown = Published { scope: scope.to_owned(), version: version.to_owned(), ..one.clone() };
            all.push((format!("metrics of {name} as {scope} {version}"), published_report(&unknown, &next(), 7)));
        }
        let mut more = one.clone();
        for service in ["detection", "verification", "recognition"] {
            let mut active = one.metrics.iter().find(|metric| metric.kind == "gauge").unwrap().clone();
            active.name = format!("face_recognition.service.{service}.active");
            active.unit = "{service}".to_owned();
            more.metrics.push(active);
        }
        all.push((format!("active services behind the metrics of {name}"), published_report(&more, &next(), 7)));
    }
    all
}

/// A report is one contract's, or it is none.
#[test]
fn reports_that_mix_contracts_are_dropped() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let mixed = mixed();
    let products: BTreeSet<_> = published().iter().map(|contract| contract.product).collect();
    assert_eq!(products, BTreeSet::from(["compreface", "frigate", "inventory"]));
    let names: Vec<_> = mixed.iter().map(|(what, _)| what.as_str()).collect();
    assert!(names.contains(&"metrics of headcount 1 as headcount 2"), "{names:?}");
    for (_, request) in &mixed {
        gateway.send(&request.encode_to_vec());
    }
    // Both in one request, a resource each, is what an operator's collector may send.
    let mut request = published_report(&published()[0], &guid(2), 7);
    request.resource_metrics.extend(published_report(published().last().unwrap(), &guid(3), 7).resource_metrics);
    gateway.send(&request.encode_to_vec());
    backend.wait_for_guid(&guid(3).to_string());
    let guids: BTreeSet<_> = backend.points().iter().map(|point| point.guid().to_owned()).collect();
    let expected = [2, 3].map(|number| guid(number).to_string());
    let passed: Vec<_> =
        mixed.iter().filter(|(_, request)| guids.contains(&guid_of(request))).map(|(what, _)| what).collect();
    assert!(passed.is_empty(), "{passed:?}");
    assert_eq!(guids, BTreeSet::from(expected));
}

/// Looks at everything that came through at once: no field that an honest report has not, and the mark nowhere.
fn only_the_contracts_fields(backend: &Backend) {
    let lines = backend.lines();
    let text = lines.iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains(MARK), "contraband came through");
    let metric = "resourceMetrics.scopeMetrics.metrics";
    let mut expected = BTreeSet::from([
        "resourceMetrics.resource.attributes.key".to_owned(),
        "resourceMetrics.resource.attributes.value.stringValue".to_owned(),
        "resourceMetrics.scopeMetrics.scope.name".to_owned(),
        "resourceMetrics.scopeMetrics.scope.version".to_owned(),
        format!("{metric}.name"),
        format!("{metric}.unit"),
        format!("{metric}.sum.aggregationTemporality"),
        format!("{metric}.sum.isMonotonic"),
        format!("{metric}.sum.dataPoints.startTimeUnixNano"),
    ]);
    for kind in ["sum", "gauge"] {
        for field in ["attributes.key", "attributes.value.stringValue", "timeUnixNano", "asInt"] {
            expected.insert(format!("{metric}.{kind}.dataPoints.{field}"));
        }
    }
    assert_eq!(fields(&lines), expected);
    assert_eq!(points(&lines).iter().map(|point| point.attributes.len()).max(), Some(3));
}

/// A client that fails is noted with its address by most programs. Not here.
fn nobody_is_in_the_log(gateway: &Gateway) {
    // No TLS at all, a name that is not trusted, and nonsense within TLS.
    let _ = Peer::plain(gateway.http).get("/v1/metrics");
    let _ = Peer::plain(gateway.grpc).get("/");
    let _ = Peer::tls(gateway.http, &gateway.certificates.path("other-ca.pem")).get("/");
    let answer = gateway.peer().post_metrics("/v1/metrics", b"nonsense").unwrap();
    assert_eq!(answer.status, 400);
    assert!(!gateway.running().log().contains("127.0.0.1:"), "{}", gateway.running().log());
}

#[test]
fn traces_and_logs_find_no_one() {
    let backend = Backend::down();
    let gateway = Gateway::before(&backend.url());
    for path in ["/v1/traces", "/v1/logs", "/", "/metrics", "/debug/pprof/"] {
        assert_eq!(gateway.peer().post_metrics(path, b"").unwrap().status, 404, "{path}");
    }
}

/// What is large is refused before it is held, compressed or not, and the gateway goes on.
#[test]
fn a_gzip_bomb_and_a_large_body_are_refused() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    (0..200).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 18, "it must be the unpacked size that is refused");
    let before = gateway.running().peak_memory_kb();
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    for (body, headers) in
        [(bomb, &headers[..]), (gzip(&vec![0; 300_000]), &headers), (vec![0; 300_000], &headers[..1])]
    {
        let status = refusal(&gateway, headers, &body);
        assert!((400..500).contains(&status), "{status}");
    }
    let grown = gateway.running().peak_memory_kb() - before;
    assert!(grown < 50_000, "the bomb took {grown} kB");
    let honest = report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, 37)).encode_to_vec();
    let answer = gateway.peer().request("POST", "/v1/metrics", &headers, &gzip(&honest)).unwrap();
    assert_eq!(answer.status, 200);
    backend.wait_for_guid(&guid(1).to_string());
}

/// The status of an answer to what is too large. The gateway answers before it has read everything, waits half a second and
/// resets the connection; a client that is still sending by then, on a busy machine, loses the answer and has to ask again.
fn refusal(gateway: &Gateway, headers: &[(&str, &str)], body: &[u8]) -> u16 {
    eventually("an answer that is not lost", || gateway.peer().request("POST", "/v1/metrics", headers, body).ok())
        .status
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The README says what a gateway costs; this prints it anew.
#[test]
fn fifteen_hundred_reports_fit_into_the_gateways_memory() {
    let backend = Backend::start();
    let gateway = Gateway::before(&backend.url());
    let begun = Instant::now();
    for number in 0..1500 {
        gateway.send(&report(&guid(number), hours_ago(50), hours_ago(2), &totals(7, 37)).encode_to_vec());
    }
    let took = begun.elapsed();
    backend.wait_for_points(1500 * (CONTRACT.instruments.len() + ADDED));
    let (seconds, memory) = (gateway.counter("otelcol_process_cpu_seconds"), gateway.running().peak_memory_kb());
    println!("1500 reports, a TLS connection each: {took:?}, {seconds:?} s of CPU, at most {memory} kB");
    assert!(memory < 400_000);
}
