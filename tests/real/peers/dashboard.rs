//! otel-config/grafana-dashboard.json, as tests look at it.

use std::fs;

use serde_json::Value;

use super::collector::shipped;

/// The panels' titles with a query each, of the rows with these titles. A row that is not there, or is empty, is a panic.
pub fn queries(rows: &[&str]) -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_slice(&fs::read(shipped("grafana-dashboard.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut queries = Vec::new();
    for row in rows {
        let below = panels.iter().skip_while(|panel| panel["type"] != "row" || panel["title"] != *row).skip(1);
        let before = queries.len();
        for panel in below.take_while(|panel| panel["type"] != "row") {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let targets = panel["targets"].as_array().unwrap().iter();
            queries.extend(targets.map(|target| (text(&panel["title"]), text(&target["expr"]))));
        }
        assert!(queries.len() > before, "the dashboard has no row {row}");
    }
    queries
}

/// The titles of its rows.
pub fn rows() -> Vec<String> {
    let dashboard: Value = serde_json::from_slice(&fs::read(shipped("grafana-dashboard.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    panels.filter(|panel| panel["type"] == "row").map(|row| row["title"].as_str().unwrap().to_owned()).collect()
}
