//! The gateway's allow-list and the table of instruments say the same. That the real Collector keeps to the list is shown by
//! tests/real; that a new instrument is on it is seen here, on a machine without the Collector.

use headcount::contract::{InstrumentKind, MAX_VALUE};
use headcount::source::compreface::CONTRACT;

const GATEWAY: &str = include_str!("../../otel-config/gateway.yaml");

const OPERATOR: &str = include_str!("../../otel-config/operator.yaml");
const AIRGAP: &str = include_str!("../../otel-config/airgap.yaml");

/// The names in the list after this metric type.
fn listed(kind: &str) -> Vec<&'static str> {
    let (_, rest) = GATEWAY.split_once(&format!("(metric.type == METRIC_DATA_TYPE_{kind}\n")).unwrap();
    let (_, rest) = rest.split_once('[').unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    list.split('"').filter(|part| part.starts_with("face_recognition.")).collect()
}

#[test]
fn the_gateway_lists_every_instrument_by_its_kind_and_no_other() {
    let of = |kind: InstrumentKind| -> Vec<_> {
        CONTRACT
            .instruments
            .iter()
            .filter(|instrument| instrument.kind == kind)
            .map(|instrument| instrument.name)
            .collect()
    };
    assert_eq!(listed("SUM"), of(InstrumentKind::Sum));
    assert_eq!(listed("GAUGE"), of(InstrumentKind::Gauge));
}

#[test]
fn the_gateway_knows_the_contracts_scope_limit_units_and_ranges() {
    assert!(
        GATEWAY.contains(&format!(r#"scope.name != "{}" or scope.version != "{}""#, CONTRACT.scope, CONTRACT.version))
    );
    assert!(GATEWAY.contains(&format!("datapoint.value_int > {MAX_VALUE}\n")));
    for instrument in CONTRACT.instruments {
        assert!(GATEWAY.contains(&format!("set(metric.unit, \"{}\")", instrument.unit)), "{}", instrument.unit);
        let range = instrument.name.strip_prefix("face_recognition.collection.faces.").filter(|range| *range != "0");
        if let Some(range) = range {
            assert!(GATEWAY.contains(&format!("{{ value: \"{range}\", new_value: ")), "{range}");
        }
    }
}

#[test]
fn the_files_name_the_least_collector_which_is_the_tested_one() {
    let modules = include_str!("../tools/collector/go.mod");
    let (_, version) = modules.split_once("go.opentelemetry.io/collector/otelcol v").unwrap();
    let least = format!("OpenTelemetry Collector {} or later", version.split_whitespace().next().unwrap());
    for file in [GATEWAY, OPERATOR, AIRGAP] {
        assert!(file.lines().take_while(|line| line.starts_with('#')).take(5).any(|line| line.contains(&least)));
    }
    assert!(include_str!("../../otel-config/README.md").contains(&least));
    assert!(include_str!("../../README.md").contains(&least));
}
