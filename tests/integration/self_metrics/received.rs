//! What a collector was told, as tests look at it.

use std::collections::BTreeMap;

use headcount::ops::self_metrics::SelfMetricKind;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, metric, number_data_point};

/// One export.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The resource's attributes.
    pub(super) resource: BTreeMap<String, String>,
    /// The scope's name and version.
    pub(super) scope: (String, String),
    /// The metrics by name.
    pub(super) metrics: BTreeMap<String, ToldMetric>,
}

/// One metric.
#[derive(Debug)]
pub(super) struct ToldMetric {
    pub(super) kind: SelfMetricKind,
    pub(super) unit: String,
    pub(super) description: String,
    /// Value (of a histogram, how many) by attribute.
    pub(super) points: BTreeMap<BTreeMap<String, String>, i64>,
}

impl Told {
    /// What one request says.
    pub(super) fn by(request: &ExportMetricsServiceRequest) -> Self {
        assert_eq!(request.resource_metrics.len(), 1);
        let resource_metrics = &request.resource_metrics[0];
        assert_eq!(resource_metrics.scope_metrics.len(), 1);
        let scope_metrics = &resource_metrics.scope_metrics[0];
        let scope = scope_metrics.scope.clone().unwrap();
        assert!(scope.attributes.is_empty());
        let metrics = scope_metrics.metrics.iter().map(|metric| (metric.name.clone(), ToldMetric::of(metric)));
        Self {
            resource: texts(&resource_metrics.resource.clone().unwrap().attributes),
            scope: (scope.name, scope.version),
            metrics: metrics.collect(),
        }
    }

    /// The value of a metric with one attribute's value, or with none.
    pub(super) fn value(&self, name: &str, attribute: Option<&str>) -> Option<i64> {
        let points = &self.metrics.get(name)?.points;
        let is_it = |attributes: &BTreeMap<String, String>| attributes.values().map(String::as_str).eq(attribute);
        points.iter().find(|(attributes, _)| is_it(attributes)).map(|(_, value)| *value)
    }
}

impl ToldMetric {
    fn of(metric: &Metric) -> Self {
        let number = |points: &[NumberDataPoint]| {
            let point = |point: &NumberDataPoint| {
                assert!(point.exemplars.is_empty());
                let Some(number_data_point::Value::AsInt(value)) = point.value else { panic!("{point:?}") };
                (texts(&point.attributes), value)
            };
            points.iter().map(point).collect()
        };
        let (kind, points) = match metric.data.as_ref().unwrap() {
            metric::Data::Gauge(gauge) => (SelfMetricKind::Gauge, number(&gauge.data_points)),
            metric::Data::Sum(sum) if sum.is_monotonic => (SelfMetricKind::Counter, number(&sum.data_points)),
            metric::Data::Sum(sum) => (SelfMetricKind::UpDownCounter, number(&sum.data_points)),
            metric::Data::Histogram(histogram) => {
                let points = histogram.data_points.iter();
                let points = points.map(|point| (texts(&point.attributes), i64::try_from(point.count).unwrap()));
                (SelfMetricKind::Histogram, points.collect())
            }
            other => panic!("{other:?}"),
        };
        Self { kind, unit: metric.unit.clone(), description: metric.description.clone(), points }
    }
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &AnyValue| match &value.value {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute.value.as_ref().unwrap()))).collect()
}
