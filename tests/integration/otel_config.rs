//! The gateway accepts what the services of the registry report. That the real Collector keeps to its configuration is shown by
//! tests/real; that a contract is in it is seen here, on a machine without the Collector.

use std::collections::BTreeSet;

use headcount::contract::{InstrumentKind, MAX_VALUE};
use headcount::source::SERVICES;

const GATEWAY: &str = include_str!("../../otel-config/gateway.yaml");

const RULES: &str = include_str!("../../otel-config/prometheus-rules.yaml");

const OPERATOR: &str = include_str!("../../otel-config/operator.yaml");
const AIRGAP: &str = include_str!("../../otel-config/airgap.yaml");

/// The statements that accept a contract: the product, then the condition with its list of metrics.
fn accepted() -> Vec<(&'static str, Vec<&'static str>)> {
    let statements = GATEWAY.split("set(scope.attributes[\"product\"], \"").skip(1);
    let statements = statements.map(|statement| {
        let (product, rest) = statement.split_once("\")\n").unwrap();
        let (condition, rest) = rest.split_once(" and scope.attributes[\"metrics\"] == [\n").unwrap();
        let (list, _) = rest.split_once("]\n").unwrap();
        let items = list.lines().map(|line| line.trim().trim_end_matches(','));
        let parts = std::iter::once(condition.trim()).chain(items.filter(|item| !item.is_empty()));
        (product, parts.collect())
    });
    statements.collect()
}

#[test]
fn the_gateway_accepts_the_contract_of_each_service_as_its_product() {
    let accepted = accepted();
    for service in SERVICES {
        let contract = service.contract;
        let condition =
            format!(r#"where scope.name == "{}" and scope.version == "{}""#, contract.scope, contract.version);
        let items = contract.instruments.iter().map(|metric| {
            let (kind, name, unit) = (metric.kind.name(), metric.name, metric.unit);
            format!(r#""{kind} {name} {unit}""#)
        });
        let expected: Vec<_> = std::iter::once(condition).chain(items).collect();
        let found: Vec<_> = accepted.iter().filter(|(_, parts)| *parts == expected).collect();
        assert_eq!(found.len(), 1, "{}", service.title);
        assert_eq!(found[0].0, service.name());
    }
}

/// A scope has one product, whatever its version.
#[test]
fn the_gateway_accepts_each_contract_once_and_a_scope_as_one_product() {
    let accepted = accepted();
    let conditions: Vec<_> = accepted.iter().map(|(_, parts)| parts[0]).collect();
    for (place, condition) in conditions.iter().enumerate() {
        assert!(!conditions[..place].contains(condition), "{condition}");
        let (scope, _) = condition.split_once(" and ").unwrap();
        let same = accepted.iter().filter(|(_, parts)| parts[0].starts_with(&format!("{scope} and ")));
        assert!(same.into_iter().all(|(product, _)| *product == accepted[place].0), "{scope}");
    }
}

#[test]
fn the_gateway_knows_the_limit_the_rounded_numbers_and_the_ranges() {
    assert!(GATEWAY.contains(&format!("datapoint.value_int > {MAX_VALUE}\n")));
    let (_, rest) = GATEWAY.split_once("# rounded:begin\n").unwrap();
    let (rounded, _) = rest.split_once("# rounded:end\n").unwrap();
    for metric in SERVICES.iter().flat_map(|service| service.contract.instruments) {
        let is_listed = rounded.contains(&format!("{:?}", metric.name));
        assert_eq!(is_listed, metric.number.is_rounded(), "{}", metric.name);
        let range = metric.name.strip_prefix("face_recognition.collection.faces.").filter(|range| *range != "0");
        if let Some(range) = range {
            let words = range.replace("_or_more", "+").replace('_', "-");
            let action = format!("{{ value: \"{range}\", new_value: \"{words}\" }}");
            assert_eq!(GATEWAY.matches(&action).count(), 1, "{range}");
        }
    }
}

/// The operator's collector and the rules find the metrics of every service by the same beginning.
#[test]
fn the_metrics_of_each_service_begin_alike_and_have_a_current_number_of_users() {
    for service in SERVICES {
        let names: Vec<_> = service.contract.instruments.iter().map(|metric| metric.name).collect();
        assert!(names.iter().all(|name| name.starts_with("face_recognition.")), "{names:?}");
        assert!(names.contains(&"face_recognition.user.current"), "the rules count the installations of it");
    }
}

/// The tests of the rules have users only: so the rules of the other kinds must be the users' with another metric.
#[test]
fn each_metric_of_creations_has_rules_like_those_of_users() {
    let all = SERVICES.iter().flat_map(|service| service.contract.instruments);
    let sums = all.filter(|metric| metric.kind == InstrumentKind::Sum);
    let metrics: BTreeSet<_> = sums.map(|metric| metric.name.replace('.', "_")).collect();
    assert!(metrics.len() > 1, "{metrics:?}");
    for window in ["1d", "7d"] {
        let name = format!("      - record: headcount:installation:creations{window}\n");
        let rules = RULES.split(&name).skip(1).map(|rule| rule.split("      - record: ").next().unwrap_or(rule));
        let rules: Vec<_> = rules.map(|rule| rule.split("\n\n").next().unwrap_or(rule).trim_end()).collect();
        let of_users = rules.iter().find(|rule| rule.contains("labels: {kind: user}")).unwrap();
        let expected = metrics.iter().map(|metric| {
            let kind =
                metric.strip_prefix("face_recognition_").and_then(|name| name.strip_suffix("_creations")).unwrap();
            let kind = kind.strip_prefix("service_").unwrap_or(kind);
            let rule = of_users.replace("face_recognition_user_creations", metric);
            rule.replace("{kind: user}", &format!("{{kind: {kind}}}"))
        });
        let expected: BTreeSet<_> = expected.collect();
        assert_eq!(rules.len(), expected.len(), "{window}");
        assert_eq!(
            rules.into_iter().collect::<BTreeSet<_>>(),
            expected.iter().map(String::as_str).collect(),
            "{window}"
        );
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
