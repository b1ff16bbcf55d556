//! What a report says, read out of its bytes: the numbers, the guid and the two hours, and the limits of each.
//!
//! Reads only these; that nothing else is there is for the gate to see, by comparing bytes.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, metric, number_data_point};

use super::gate::GateError;
use super::{Contract, Instrument, InstrumentKind, MAX_VALUE};
use crate::clock::Hour;
use crate::model::{InstallGuid, Totals};

/// Everything that varies from report to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// The contract that the report keeps to.
    pub contract: &'static Contract,
    /// Which installation.
    pub install_guid: InstallGuid,
    /// The hour from which creations are counted.
    pub start: Hour,
    /// The hour of the scrape that the report rests on; not before the start.
    pub time: Hour,
    /// The numbers of the contract's instruments, as they leave; all others are zero.
    pub totals: Totals,
}

impl Contents {
    /// Each instrument with its value.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static Instrument, u64)> {
        let instruments: &'static [Instrument] = self.contract.instruments;
        instruments.iter().map(|instrument| (instrument, instrument.number.of(&self.totals)))
    }

    /// Reads a request, as far as that goes, and checks each value's limits.
    pub(super) fn read(contract: &'static Contract, request: &ExportMetricsServiceRequest) -> Result<Self, GateError> {
        let [resource] = &request.resource_metrics[..] else {
            return Err(GateError::Layout { field: "resource_metrics" });
        };
        let [scope] = &resource.scope_metrics[..] else {
            return Err(GateError::Layout { field: "scope_metrics" });
        };
        if scope.metrics.len() != contract.instruments.len() {
            return Err(GateError::Layout { field: "metrics" });
        }
        let mut totals = Totals::default();
        for (instrument, metric) in contract.instruments.iter().zip(&scope.metrics) {
            *instrument.number.of_mut(&mut totals) = read_value(instrument, metric)?;
        }
        // A sum has both times; that all other points have the same is seen by comparing bytes.
        let sums = contract.instruments.iter().zip(&scope.metrics).find(|(term, _)| term.kind == InstrumentKind::Sum);
        let Some((instrument, metric)) = sums else { return Err(GateError::Layout { field: "metrics" }) };
        let point = point(instrument, metric)?;
        let start = read_hour("start_time_unix_nano", point.start_time_unix_nano)?;
        let time = read_hour("time_unix_nano", point.time_unix_nano)?;
        if time < start {
            return Err(GateError::TimeBeforeStart);
        }
        Ok(Self { contract, install_guid: read_guid(point)?, start, time, totals })
    }
}

/// The one data point of a metric that is the table's by name and kind.
fn point<'a>(instrument: &Instrument, metric: &'a Metric) -> Result<&'a NumberDataPoint, GateError> {
    let points = match (&metric.data, instrument.kind) {
        (Some(metric::Data::Sum(sum)), InstrumentKind::Sum) => &sum.data_points[..],
        (Some(metric::Data::Gauge(gauge)), InstrumentKind::Gauge) => &gauge.data_points[..],
        _ => &[],
    };
    match points {
        [point] if metric.name == instrument.name => Ok(point),
        _ => Err(GateError::Instrument { expected: instrument.name }),
    }
}

fn read_value(instrument: &Instrument, metric: &Metric) -> Result<u64, GateError> {
    let Some(number_data_point::Value::AsInt(value)) = point(instrument, metric)?.value else {
        return Err(GateError::Instrument { expected: instrument.name });
    };
    let value = u64::try_from(value).ok().filter(|value| *value <= MAX_VALUE);
    let value = value.ok_or(GateError::Range { instrument: instrument.name })?;
    if instrument.number.is_rounded() && !is_round(value) {
        return Err(GateError::Rounding { instrument: instrument.name });
    }
    Ok(value)
}

/// Whether a number is 0, or 1, 2 or 5 times a power of ten. Deliberately not the function that rounds: a slip there is
/// found here.
fn is_round(mut value: u64) -> bool {
    while value != 0 && value.is_multiple_of(10) {
        value /= 10;
    }
    matches!(value, 0 | 1 | 2 | 5)
}

/// Zero is no hour here: OTLP reads it as "not known".
fn read_hour(field: &'static str, nanos: u64) -> Result<Hour, GateError> {
    Hour::from_unix_nanos(nanos).filter(|_| nanos != 0).ok_or(GateError::Time { field })
}

fn read_guid(point: &NumberDataPoint) -> Result<InstallGuid, GateError> {
    let [attribute] = &point.attributes[..] else {
        return Err(GateError::Layout { field: "attributes" });
    };
    let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
    let Some(any_value::Value::StringValue(text)) = value else {
        return Err(GateError::Layout { field: "attributes" });
    };
    let guid = InstallGuid::parse(text).map_err(GateError::InstallGuid)?;
    if guid.to_string() == *text { Ok(guid) } else { Err(GateError::InstallGuidCase) }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::Sum;

    use super::*;
    use crate::source::compreface::CONTRACT;

    #[test]
    fn round_numbers_are_one_two_or_five_times_a_power_of_ten() {
        let round: Vec<_> = (0..=1000).filter(|value| is_round(*value)).collect();
        assert_eq!(round, [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
        assert!(is_round(MAX_VALUE) && is_round(10_000_000_000_000_000_000) && !is_round(u64::MAX));
    }

    /// Comparing the bytes would find it too; the refusal should say which metric it is.
    #[test]
    fn metric_under_another_name_is_refused_by_the_expected_name() {
        let instrument = &CONTRACT.instruments[0];
        let sum = Sum { data_points: vec![NumberDataPoint::default()], ..Sum::default() };
        let mut metric =
            Metric { name: instrument.name.to_owned(), data: Some(metric::Data::Sum(sum)), ..Metric::default() };
        assert!(point(instrument, &metric).is_ok());
        metric.name.push('s');
        let refused = point(instrument, &metric).unwrap_err();
        assert!(matches!(refused, GateError::Instrument { expected } if expected == instrument.name));
    }
}
