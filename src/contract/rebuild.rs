//! How the gate writes a report: the request that has these contents and nothing else.
//!
//! Deliberately not the function by which `report` makes one: both follow the table, and a slip in either is refused.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::{ATTRIBUTE_KEY, Contents, InstrumentKind};

/// The whole request.
pub(super) fn request(contents: &Contents) -> ExportMetricsServiceRequest {
    let metrics = contents
        .numbers()
        .map(|(instrument, value)| Metric {
            name: instrument.name.to_owned(),
            unit: instrument.unit.to_owned(),
            data: Some(data(contents, instrument.kind, value)),
            ..Metric::default()
        })
        .collect();
    let (name, version) = (contents.contract.scope.into(), contents.contract.version.into());
    let scope = InstrumentationScope { name, version, ..Default::default() };
    let scope_metrics = ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            // Present and empty: some receivers treat an absent resource as malformed.
            resource: Some(Resource::default()),
            scope_metrics: vec![scope_metrics],
            ..ResourceMetrics::default()
        }],
    }
}

fn data(contents: &Contents, kind: InstrumentKind, value: u64) -> metric::Data {
    let start = if kind == InstrumentKind::Sum { contents.start.unix_nanos() } else { 0 };
    let guid = any_value::Value::StringValue(contents.install_guid.to_string());
    let point = NumberDataPoint {
        attributes: vec![KeyValue {
            key: ATTRIBUTE_KEY.as_str().to_owned(),
            value: Some(AnyValue { value: Some(guid) }),
            ..KeyValue::default()
        }],
        start_time_unix_nano: start,
        time_unix_nano: contents.time.unix_nanos(),
        value: Some(number_data_point::Value::AsInt(i64::try_from(value).unwrap_or(i64::MAX))),
        ..NumberDataPoint::default()
    };
    match kind {
        InstrumentKind::Sum => metric::Data::Sum(Sum {
            data_points: vec![point],
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
        }),
        InstrumentKind::Gauge => metric::Data::Gauge(Gauge { data_points: vec![point] }),
    }
}
