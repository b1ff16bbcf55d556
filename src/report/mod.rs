//! The report: the pure function that turns numbers into an OTLP request.
//!
//! No I/O, no time, no configuration. It follows the contract's table and does not know the gate, which checks what it
//! makes. Made by hand rather than by SDK instruments: those stamp every point with the start of the process, and a total
//! that outlives a restart under a new start time is counted again, whole, by programs that turn totals into deltas.

pub mod draft;
mod rounding;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

pub use rounding::round_down;

use crate::clock::Hour;
use crate::contract::{ATTRIBUTE_KEY, Contract, Instrument, InstrumentKind};
use crate::model::{InstallGuid, Totals};

/// Makes a report: `start` is the hour from which creations are counted, `at` the hour in which the scrape was complete.
///
/// Values above the contract's limit are left as they are: the gate refuses them loudly, where cutting them down here
/// would send a wrong number without notice.
#[must_use]
pub fn build(
    contract: &Contract,
    guid: &InstallGuid,
    start: Hour,
    at: Hour,
    totals: &Totals,
) -> ExportMetricsServiceRequest {
    let guid = guid.to_string();
    let metrics = contract.instruments.iter().map(|instrument| metric(instrument, totals, &guid, start, at)).collect();
    let scope = InstrumentationScope {
        name: contract.scope.to_owned(),
        version: contract.version.to_owned(),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource::default()),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }],
            schema_url: String::new(),
        }],
    }
}

/// The request's protobuf bytes.
#[must_use]
pub fn encode(request: &ExportMetricsServiceRequest) -> Bytes {
    Bytes::from(request.encode_to_vec())
}

fn metric(instrument: &Instrument, totals: &Totals, guid: &str, start: Hour, at: Hour) -> Metric {
    let exact = instrument.number.of(totals);
    let value = if instrument.number.is_rounded() { round_down(exact) } else { exact };
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    let point = |start_time_unix_nano| NumberDataPoint {
        attributes: vec![KeyValue {
            key: ATTRIBUTE_KEY.to_string(),
            value: Some(AnyValue { value: Some(any_value::Value::StringValue(guid.to_owned())) }),
            key_strindex: 0,
        }],
        start_time_unix_nano,
        time_unix_nano: at.unix_nanos(),
        exemplars: Vec::new(),
        flags: 0,
        value: Some(number_data_point::Value::AsInt(value)),
    };
    let data = match instrument.kind {
        InstrumentKind::Sum => metric::Data::Sum(Sum {
            data_points: vec![point(start.unix_nanos())],
            aggregation_temporality: AggregationTemporality::Cumulative as i32,
            is_monotonic: true,
        }),
        // A gauge has no start: it says how it is now.
        InstrumentKind::Gauge => metric::Data::Gauge(Gauge { data_points: vec![point(0)] }),
    };
    Metric {
        name: instrument.name.to_owned(),
        description: String::new(),
        unit: instrument.unit.to_owned(),
        metadata: Vec::new(),
        data: Some(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::GateError;
    use crate::model::PerKind;
    use crate::source::compreface::{CONTRACT, FACES, kinds};

    /// The numbers of `tests/fixtures/report.pb`, which was made with the official protobuf classes of another language.
    fn example(totals: &Totals) -> Bytes {
        let guid = InstallGuid::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
        let start = "2026-01-01T00:00:00Z".parse::<crate::clock::Timestamp>().unwrap().hour();
        encode(&build(&CONTRACT, &guid, start, Hour::from_unix_hours(start.unix_hours() + 26), totals))
    }

    fn example_totals() -> Totals {
        let mut totals = Totals {
            creations: PerKind::from([7, 2, 0, 1, 3]),
            current: PerKind::from([37, 9, 4, 1, 5]),
            active: Some(PerKind::from([0, 0, 3, 1, 5])),
            ..Totals::default()
        };
        for faces in [0, 1, 10, 200, 2001] {
            totals.buckets.count(&CONTRACT.catalog, FACES, faces);
        }
        totals
    }

    #[test]
    fn report_has_the_bytes_that_another_language_makes() {
        assert_eq!(example(&example_totals()), include_bytes!("../../tests/fixtures/report.pb")[..]);
    }

    #[test]
    fn report_has_the_same_size_whatever_its_numbers() {
        let empty = example(&Totals::default());
        let most = PerKind::from([1_000_000_000; 5]);
        let mut full = Totals { creations: most, current: most, active: Some(most), ..Totals::default() };
        for range in CONTRACT.catalog.distributions[0].ranges() {
            full.buckets[(FACES, range)] = 1_000_000_000;
        }
        assert_eq!(empty.len(), 3238);
        assert_eq!(example(&full).len(), empty.len());
        assert!(empty.len() <= CONTRACT.max_bytes);
        assert!(CONTRACT.approve(example(&full)).is_ok());
    }

    #[test]
    fn number_above_the_limit_is_refused_not_cut() {
        for value in [1_000_000_001, u64::MAX] {
            let mut totals = example_totals();
            totals.creations[kinds::APPLICATION] = value;
            let error = CONTRACT.approve(example(&totals)).unwrap_err();
            assert!(matches!(error, GateError::Range { instrument: "face_recognition.application.creations" }));
        }
    }
}
