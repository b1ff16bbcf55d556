//! Real reports, made by the code that makes them in the sidecar and passed by its gate.

use std::sync::OnceLock;

use headcount::clock::{Clock, Hour, SystemClock};
use headcount::model::{Buckets, InstallGuid, PerKind, Totals};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::support::documents::gateway::Published;

/// The hour in which the tests began: the same for all that one of them sends and expects, whenever it does.
pub fn now() -> Hour {
    static BEGUN: OnceLock<Hour> = OnceLock::new();
    *BEGUN.get_or_init(this_hour)
}

/// The hour it is by now.
pub fn this_hour() -> Hour {
    SystemClock.now().hour()
}

/// So many hours before.
pub fn hours_ago(hours: u32) -> Hour {
    Hour::from_unix_hours(now().unix_hours() - hours)
}

/// A guid for each number.
pub fn guid(number: u64) -> InstallGuid {
    let mut bytes = [0x5a; 16];
    bytes[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    InstallGuid::from_random_bytes(bytes)
}

/// Totals with these creations of users, this many users, and a few collections.
pub fn totals(creations: u64, users: u64) -> Totals {
    let mut buckets = Buckets::default();
    for faces in [0, 7, 60, 199, 2_000_000] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    Totals {
        creations: PerKind::from([creations, 2, 0, 1, 3]),
        current: PerKind::from([users, 9, 4, 1, 5]),
        buckets,
        active: Some(PerKind::from([0, 0, 3, 1, 5])),
    }
}

/// A report of CompreFace's current contract, as the sidecar makes it; the gate has seen it.
pub fn report(guid: &InstallGuid, start: Hour, at: Hour, totals: &Totals) -> ExportMetricsServiceRequest {
    let request = report::build(&CONTRACT, guid, start, at, totals);
    CONTRACT.approve(report::encode(&request)).expect("the gate passes what the report room makes");
    request
}

/// A report of a published contract, made from its file alone: each sum is `creations`, each gauge 5. No code of today needs to
/// know the contract.
pub fn published_report(contract: &Published, guid: &InstallGuid, creations: i64) -> ExportMetricsServiceRequest {
    let (start, at) = (hours_ago(50).unix_nanos(), hours_ago(2).unix_nanos());
    let value = any_value::Value::StringValue(guid.to_string());
    let attribute = KeyValue {
        key: "install_guid".to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    let point = |start_time_unix_nano, value| NumberDataPoint {
        attributes: vec![attribute.clone()],
        start_time_unix_nano,
        time_unix_nano: at,
        value: Some(number_data_point::Value::AsInt(value)),
        ..NumberDataPoint::default()
    };
    let data = |kind: &str| match kind {
        "sum" => {
            let data_points = vec![point(start, creations)];
            metric::Data::Sum(Sum { data_points, aggregation_temporality: 2, is_monotonic: true })
        }
        "gauge" => metric::Data::Gauge(Gauge { data_points: vec![point(0, 5)] }),
        _ => panic!("{kind}"),
    };
    let metrics = contract.metrics.iter().map(|metric| Metric {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        data: Some(data(&metric.kind)),
        ..Metric::default()
    });
    let scope = InstrumentationScope {
        name: contract.scope.clone(),
        version: contract.version.clone(),
        ..InstrumentationScope::default()
    };
    let scope = ScopeMetrics { scope: Some(scope), metrics: metrics.collect(), schema_url: String::new() };
    let resource = Some(Resource::default());
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics { resource, scope_metrics: vec![scope], schema_url: String::new() }],
    }
}
