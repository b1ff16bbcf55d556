//! What a collector's file exporter wrote: OTLP/JSON lines, taken apart strictly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// One data point with all that was around it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub metric: String,
    pub unit: String,
    /// `sum` (cumulative and monotonic), `gauge`, or whatever else it says.
    pub kind: String,
    pub attributes: BTreeMap<String, String>,
    pub start: u64,
    pub time: u64,
    pub value: i64,
}

impl Point {
    /// The install_guid.
    pub fn guid(&self) -> &str {
        self.attributes.get("install_guid").map_or("", String::as_str)
    }
}

/// Every object of a line, by its path of field names.
fn walk(path: &str, value: &Value, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                walk(&format!("{path}.{name}"), value, paths);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(path, item, paths)),
        _ => {
            paths.insert(path.trim_start_matches('.').to_owned());
        }
    }
}

/// The complete lines of a file, if it is there yet.
pub fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let end = text.rfind('\n').map_or(0, |end| end + 1);
    text[..end].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every field that occurs anywhere in these lines, such as `resourceMetrics.scopeMetrics.scope.name`.
pub fn fields(lines: &[Value]) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    lines.iter().for_each(|line| walk("", line, &mut paths));
    paths
}

/// The points of these lines, in their order.
pub fn points(lines: &[Value]) -> Vec<Point> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let mut points = Vec::new();
    for line in lines {
        for resource in list(line, "resourceMetrics") {
            for scope in list(&resource, "scopeMetrics") {
                for metric in list(&scope, "metrics") {
                    read_metric(&metric, &mut points);
                }
            }
        }
    }
    points
}

fn read_metric(metric: &Value, points: &mut Vec<Point>) {
    let (kind, data) = match (metric.get("sum"), metric.get("gauge")) {
        (Some(sum), None) if sum["aggregationTemporality"] == 2 && sum["isMonotonic"] == true => ("sum", sum),
        (Some(sum), None) if sum["aggregationTemporality"] == 1 => ("delta", sum),
        (None, Some(gauge)) => ("gauge", gauge),
        _ => ("other", &Value::Null),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
    for point in data["dataPoints"].as_array().into_iter().flatten() {
        let attributes = point["attributes"].as_array().into_iter().flatten();
        points.push(Point {
            metric: text(&metric["name"]),
            unit: text(&metric["unit"]),
            kind: kind.to_owned(),
            attributes: attributes.map(|item| (text(&item["key"]), text(&item["value"]["stringValue"]))).collect(),
            start: number(&point["startTimeUnixNano"]),
            time: number(&point["timeUnixNano"]),
            value: point["asInt"].as_str().and_then(|text| text.parse().ok()).unwrap_or(i64::MIN),
        });
    }
}
