//! Every mutation of a report's bytes must be refused, or be another report that `report` itself could have made. Invariant 3.

use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, Metric, NumberDataPoint, ScopeMetrics, Sum, metric};
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, number_data_point::Value};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::model::{PerKind, Range, Totals};
use crate::report;
use crate::source::compreface::{CONTRACT, FACES};

const EXAMPLE: &[u8] = include_bytes!("../../../tests/fixtures/report.pb");

fn example() -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest::decode(EXAMPLE).unwrap()
}

fn refusal(bytes: Vec<u8>) -> GateError {
    CONTRACT.approve(Bytes::from(bytes)).unwrap_err()
}

/// The bytes that `report` makes for what the gate read.
fn made_again(contents: &Contents) -> Bytes {
    let Contents { contract, install_guid, start, time, totals } = contents;
    report::encode(&report::build(contract, install_guid, *start, *time, totals))
}

/// Refused, or a report that could have been made.
fn holds(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(approved) = CONTRACT.approve(Bytes::copy_from_slice(bytes)) {
        prop_assert_eq!(&made_again(approved.contents())[..], bytes);
        prop_assert_eq!(&approved.bytes()[..], bytes);
    }
    Ok(())
}

#[test]
fn example_passes_and_has_its_contents() {
    let approved = CONTRACT.approve(Bytes::from_static(EXAMPLE)).unwrap();
    assert_eq!(approved.bytes(), EXAMPLE);
    assert_eq!(approved.decode(), example());
    let contents = approved.contents();
    assert_eq!(contents.install_guid.to_string(), "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30");
    assert_eq!(contents.start.to_string(), "2026-01-01T00:00Z");
    assert_eq!(contents.time.to_string(), "2026-01-02T02:00Z");
    let values: Vec<_> = contents.numbers().map(|(_, value)| value).collect();
    assert_eq!(values, [7, 2, 0, 1, 3, 20, 5, 2, 1, 1, 2, 0, 1, 0, 0, 1, 0, 0, 0, 0, 2, 1, 5]);
}

#[test]
fn flipped_bit_is_refused_or_another_report() {
    let mut passed = 0;
    for bit in 0..EXAMPLE.len() * 8 {
        let mut bytes = EXAMPLE.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        passed += usize::from(CONTRACT.approve(Bytes::copy_from_slice(&bytes)).is_ok());
        holds(&bytes).unwrap();
    }
    // Only creations and collections can change by one bit and stay legal: 30 bits each at most.
    assert!(passed > 0 && passed <= 30 * CONTRACT.instruments.len(), "{passed}");
}

#[test]
fn removed_doubled_or_inserted_byte_is_refused() {
    for at in 0..EXAMPLE.len() {
        let mut shorter = EXAMPLE.to_vec();
        let byte = shorter.remove(at);
        refusal(shorter);
        let mut longer = EXAMPLE.to_vec();
        longer.insert(at, byte);
        refusal(longer);
        let mut longer = EXAMPLE.to_vec();
        longer.insert(at, 0);
        refusal(longer);
        refusal(EXAMPLE[..at].to_vec());
    }
}

/// What is changed, and how.
type Mutation = (&'static str, fn(&mut ExportMetricsServiceRequest));

/// Each mutation stays decodable, and each is about one thing that the contract forbids.
fn forbidden_mutations() -> Vec<Mutation> {
    let mut all = forbidden_around_metrics();
    all.extend(forbidden_in_metrics());
    all.extend(forbidden_in_points());
    all
}

fn resource(request: &mut ExportMetricsServiceRequest) -> &mut ResourceMetrics {
    &mut request.resource_metrics[0]
}

fn scope(request: &mut ExportMetricsServiceRequest) -> &mut ScopeMetrics {
    &mut resource(request).scope_metrics[0]
}

fn metrics(request: &mut ExportMetricsServiceRequest) -> &mut Vec<Metric> {
    &mut scope(request).metrics
}

fn sum(metric: &mut Metric) -> &mut Sum {
    let Some(metric::Data::Sum(sum)) = &mut metric.data else { panic!("a sum") };
    sum
}

fn points(metric: &mut Metric) -> &mut Vec<NumberDataPoint> {
    match &mut metric.data {
        Some(metric::Data::Sum(sum)) => &mut sum.data_points,
        Some(metric::Data::Gauge(gauge)) => &mut gauge.data_points,
        _ => panic!("a sum or a gauge"),
    }
}

/// The last metric's data point: the farthest from where the gate reads guid and times.
fn last_point(request: &mut ExportMetricsServiceRequest) -> &mut NumberDataPoint {
    &mut points(metrics(request).last_mut().unwrap())[0]
}

fn attribute() -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue("node-7".to_owned())) };
    KeyValue { key: "host.name".to_owned(), value: Some(value), key_strindex: 0 }
}

fn forbidden_around_metrics() -> Vec<Mutation> {
    vec![
        ("nothing", |r| r.resource_metrics.clear()),
        ("two resources", |r| r.resource_metrics.push(r.resource_metrics[0].clone())),
        ("an empty second resource", |r| r.resource_metrics.push(ResourceMetrics::default())),
        ("no resource", |r| resource(r).resource = None),
        ("resource attribute", |r| resource(r).resource.as_mut().unwrap().attributes.push(attribute())),
        ("resource dropped", |r| resource(r).resource.as_mut().unwrap().dropped_attributes_count = 1),
        ("resource entity", |r| resource(r).resource.as_mut().unwrap().entity_refs.push(EntityRef::default())),
        ("resource schema", |r| resource(r).schema_url = "https://example.com/1".to_owned()),
        ("no scope", |r| resource(r).scope_metrics.clear()),
        ("two scopes", |r| resource(r).scope_metrics.push(ScopeMetrics::default())),
        ("absent scope", |r| scope(r).scope = None),
        ("scope name", |r| scope(r).scope.as_mut().unwrap().name = "other".to_owned()),
        ("scope version", |r| scope(r).scope.as_mut().unwrap().version = "0.1.0".to_owned()),
        ("scope attribute", |r| scope(r).scope.as_mut().unwrap().attributes.push(attribute())),
        ("scope dropped", |r| scope(r).scope.as_mut().unwrap().dropped_attributes_count = 1),
        ("scope schema", |r| scope(r).schema_url = "https://example.com/1".to_owned()),
    ]
}

fn forbidden_in_metrics() -> Vec<Mutation> {
    vec![
        ("no metrics", |r| metrics(r).clear()),
        ("a metric missing", |r| drop(metrics(r).remove(12))),
        ("a metric twice", |r| {
            let metric = metrics(r)[3].clone();
            metrics(r).push(metric);
        }),
        ("two metrics swapped", |r| metrics(r).swap(9, 10)),
        ("a metric in another's place", |r| metrics(r)[4] = metrics(r)[3].clone()),
        ("a metric renamed", |r| metrics(r)[7].name = "face_recognition.subject.current".to_owned()),
        ("description", |r| metrics(r)[0].description = "users".to_owned()),
        ("unit", |r| metrics(r)[0].unit = "1".to_owned()),
        ("metadata", |r| metrics(r)[19].metadata.push(attribute())),
        ("no data", |r| metrics(r)[2].data = None),
        ("a sum as a gauge", |r| metrics(r)[0].data = metrics(r)[5].data.clone()),
        ("a gauge as a sum", |r| metrics(r)[5].data = metrics(r)[0].data.clone()),
        ("a histogram", |r| metrics(r)[6].data = Some(metric::Data::Histogram(Default::default()))),
        ("delta", |r| sum(&mut metrics(r)[1]).aggregation_temporality = 1),
        ("unknown temporality", |r| sum(&mut metrics(r)[1]).aggregation_temporality = 77),
        ("not monotonic", |r| sum(&mut metrics(r)[4]).is_monotonic = false),
        ("no points", |r| points(&mut metrics(r)[8]).clear()),
        ("two points", |r| {
            let point = last_point(r).clone();
            points(&mut metrics(r)[19]).push(point);
        }),
    ]
}

fn forbidden_in_points() -> Vec<Mutation> {
    vec![
        ("exemplar", |r| last_point(r).exemplars.push(Exemplar::default())),
        ("flags", |r| last_point(r).flags = 1),
        ("no attributes", |r| last_point(r).attributes.clear()),
        ("two attributes", |r| last_point(r).attributes.push(attribute())),
        ("another attribute", |r| last_point(r).attributes = vec![attribute()]),
        ("another key", |r| last_point(r).attributes[0].key = "collection_guid".to_owned()),
        ("the first's key", |r| points(&mut metrics(r)[0])[0].attributes[0].key = "guid".to_owned()),
        ("a key by index", |r| last_point(r).attributes[0].key_strindex = 7),
        ("an attribute without value", |r| points(&mut metrics(r)[0])[0].attributes[0].value = None),
        ("another guid in one point", |r| {
            let guid = any_value::Value::StringValue("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b31".to_owned());
            last_point(r).attributes[0].value = Some(AnyValue { value: Some(guid) });
        }),
        ("a gauge's start", |r| last_point(r).start_time_unix_nano = 1_767_225_600_000_000_000),
        ("another hour in one point", |r| last_point(r).time_unix_nano += 3_600_000_000_000),
        ("another start in one point", |r| {
            points(&mut metrics(r)[1])[0].start_time_unix_nano -= 3_600_000_000_000;
        }),
        ("no value", |r| last_point(r).value = None),
        ("a floating-point value", |r| last_point(r).value = Some(Value::AsDouble(1.0))),
        ("a negative value", |r| last_point(r).value = Some(Value::AsInt(-1))),
        ("a large value", |r| last_point(r).value = Some(Value::AsInt(1_000_000_001))),
        ("a value that is not rounded", |r| points(&mut metrics(r)[5])[0].value = Some(Value::AsInt(37))),
    ]
}

#[test]
fn forbidden_mutation_is_refused() {
    for (what, mutate) in forbidden_mutations() {
        let mut request = example();
        mutate(&mut request);
        assert!(CONTRACT.approve(request.encode_to_vec().into()).is_err(), "{what} passed");
    }
}

/// Changes guid and times in all points alike, as a careless maker would.
fn with_all_points(mutate: impl Fn(&mut NumberDataPoint)) -> GateError {
    let mut request = example();
    for metric in metrics(&mut request) {
        points(metric).iter_mut().for_each(&mutate);
    }
    refusal(request.encode_to_vec())
}

fn with_guid(text: &str) -> GateError {
    with_all_points(|point| {
        let guid = any_value::Value::StringValue(text.to_owned());
        point.attributes[0].value = Some(AnyValue { value: Some(guid) });
    })
}

#[test]
fn guid_passes_if_random_and_in_lower_case() {
    assert!(matches!(with_guid("0B9E7C1A-5D3F-4C86-9A41-7F2E8D6C5B30"), GateError::InstallGuidCase));
    for text in ["b5a8556c-e660-11f1-8176-02fc00000001", "", "alice@example.com", "0b9e7c1a5d3f4c869a417f2e8d6c5b30"] {
        assert!(matches!(with_guid(text), GateError::InstallGuid(_)), "{text}");
    }
}

#[test]
fn times_pass_if_whole_hours_in_order() {
    assert!(matches!(with_all_points(|p| p.time_unix_nano += 1), GateError::Time { field: "time_unix_nano" }));
    assert!(matches!(with_all_points(|p| p.time_unix_nano = 0), GateError::Time { field: "time_unix_nano" }));
    assert!(matches!(
        with_all_points(|p| p.start_time_unix_nano = p.start_time_unix_nano.saturating_sub(60_000_000_000)),
        GateError::Time { field: "start_time_unix_nano" }
    ));
    assert!(matches!(with_all_points(|p| p.time_unix_nano -= 27 * 3_600_000_000_000), GateError::TimeBeforeStart));
}

#[test]
fn report_with_baseline_hour_passes() {
    let mut request = example();
    for metric in metrics(&mut request) {
        for point in points(metric) {
            point.time_unix_nano = 1_767_225_600_000_000_000;
        }
    }
    assert!(CONTRACT.approve(request.encode_to_vec().into()).is_ok());
}

#[test]
fn large_report_is_refused_before_decoding() {
    let mut bytes = EXAMPLE.to_vec();
    // A second resource made of nothing but a length.
    bytes.resize(64 << 20, 0x0a);
    assert!(matches!(refusal(bytes), GateError::TooLarge { bytes: 67_108_864, .. }));
    assert!(matches!(refusal(b"<html>".to_vec()), GateError::NotProtobuf(_)));
    assert!(matches!(refusal(Vec::new()), GateError::Layout { field: "resource_metrics" }));
}

#[test]
fn error_is_one_sentence_without_values() {
    for text in [with_guid("alice@example.com").to_string(), refusal(b"alice@example.com".to_vec()).to_string()] {
        assert!(text.starts_with("report blocked by the contract check"), "{text}");
        assert!(!text.contains("alice") && !text.contains('\n'), "{text}");
    }
}

/// A field of bytes: number and wire type, then length and payload.
fn field(number: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number) << 3 | 2, &mut bytes);
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

/// The example, with these bytes as its first metric. Built outward, so that every length is right.
fn with_first_metric(first: &[u8]) -> Vec<u8> {
    let scope_field = field(1, &scope(&mut example()).scope.as_ref().unwrap().encode_to_vec());
    let rest = metrics(&mut example()).split_off(1);
    let rest = rest.iter().flat_map(|metric| field(2, &metric.encode_to_vec()));
    let scope_metrics: Vec<_> = scope_field.into_iter().chain(field(2, first)).chain(rest).collect();
    field(1, &[field(1, &[]), field(2, &scope_metrics)].concat())
}

/// Decoders skip what they do not know, and of a field that comes twice take the last: only the bytes can show it.
#[test]
fn hidden_bytes_are_refused() {
    let metric = metrics(&mut example())[0].encode_to_vec();
    assert_eq!(with_first_metric(&metric), EXAMPLE);
    let long_length = |mut name: Vec<u8>| {
        // The name's length, 31, as a varint of two bytes.
        name.splice(1..2, [0x80 | 31, 0]);
        name
    };
    let hidden = [
        ("an unknown field", [metric.clone(), field(99, b"alice@example.com")].concat()),
        ("a first name that the second one overwrites", [field(1, b"alice@example.com"), metric.clone()].concat()),
        ("the same unit twice", [metric.clone(), field(3, b"{user}")].concat()),
        ("an empty description that is written", [metric.clone(), field(2, b"")].concat()),
        ("a length that is longer than need be", long_length(metric.clone())),
        ("fields in another order", [&metric[33..], &metric[..33]].concat()),
    ];
    for (what, metric) in hidden {
        let bytes = with_first_metric(&metric);
        assert_eq!(ExportMetricsServiceRequest::decode(&bytes[..]).unwrap(), example(), "{what}");
        assert!(matches!(refusal(bytes), GateError::Differs { .. }), "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_edits_are_refused_or_another_report(
        edits in prop::collection::vec((any::<Index>(), any::<u8>(), 0_u8..3), 1..6)
    ) {
        let mut bytes = EXAMPLE.to_vec();
        for (index, byte, edit) in edits {
            let at = index.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        holds(&bytes)?;
    }

    #[test]
    fn appended_fields_are_refused(number in 1_u32..5000, payload in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = EXAMPLE.to_vec();
        bytes.extend(field(number, &payload));
        prop_assert!(CONTRACT.approve(bytes.into()).is_err());
    }

    #[test]
    fn reordered_metrics_are_refused(order in Just((0..CONTRACT.instruments.len()).collect::<Vec<_>>()).prop_shuffle()) {
        let mut request = example();
        let original = metrics(&mut request).clone();
        *metrics(&mut request) = order.iter().map(|index| original[*index].clone()).collect();
        prop_assert_eq!(CONTRACT.approve(request.encode_to_vec().into()).is_ok(), order.is_sorted());
    }

    #[test]
    fn made_report_passes_up_to_the_limit(
        creations: [u32; 5], current: [u32; 5], collections: [u32; 11], active: [u32; 5], guid: [u8; 16],
        start in 1_u32..5_000_000, hours in 0_u32..10_000
    ) {
        let limit = |value: u32| u64::from(value) % (MAX_VALUE + 1);
        let mut totals = Totals {
            creations: PerKind::from(creations.map(limit)),
            current: PerKind::from(current.map(limit)),
            active: Some(PerKind::from(active.map(limit))),
            ..Totals::default()
        };
        for (range, number) in Range::ALL.into_iter().zip(collections) {
            totals.buckets[(FACES, range)] = limit(number);
        }
        let hour = crate::clock::Hour::from_unix_hours;
        let guid = crate::model::InstallGuid::from_random_bytes(guid);
        let bytes = report::encode(&report::build(&CONTRACT, &guid, hour(start), hour(start + hours), &totals));
        prop_assert!(CONTRACT.approve(bytes).is_ok());
    }
}
