//! What is asked of whatever has Prometheus' query API.

use std::collections::BTreeMap;

use serde_json::Value;

use super::eventually;
use super::http::Peer;

/// A series' labels without its name, and its value.
pub type Sample = (BTreeMap<String, String>, f64);

/// A series' labels with its name, and its points: seconds since 1970, and values.
pub type Series = (BTreeMap<String, String>, Vec<(i64, f64)>);

/// The query API at a port.
pub struct Queries(Peer);

impl Queries {
    /// Plain HTTP on loopback.
    pub fn of(port: u16) -> Self {
        Self(Peer::plain(port))
    }

    /// The result of an instant query, now or at a time in Unix seconds.
    pub fn query(&self, query: &str, at: Option<i64>) -> Vec<Sample> {
        let at = at.map(|at| at.to_string());
        let mut form = vec![("query", query)];
        form.extend(at.as_deref().map(|at| ("time", at)));
        let result = self.ask("/api/v1/query", &form);
        let samples = result["result"].as_array().unwrap().iter();
        samples.map(|sample| (labels(&sample["metric"]), number(&sample["value"][1]))).collect()
    }

    /// The one value of an instant query.
    pub fn value(&self, query: &str) -> Option<f64> {
        let samples = self.query(query, None);
        assert!(samples.len() <= 1, "{query} has {} results", samples.len());
        samples.first().map(|sample| sample.1)
    }

    /// Points of a range vector: for each series its labels with its name, and times (in seconds) with values.
    pub fn range(&self, selector: &str) -> Vec<Series> {
        series(&self.ask("/api/v1/query", &[("query", selector)]))
    }

    /// A query at each step between two times in Unix seconds.
    pub fn over(&self, query: &str, from: i64, to: i64, step: &str) -> Vec<Series> {
        let (from, to) = (from.to_string(), to.to_string());
        let form = [("query", query), ("start", &from), ("end", &to), ("step", step)];
        series(&self.ask("/api/v1/query_range", &form))
    }

    fn ask(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let answer = self.0.post_form(path, form).unwrap();
        let json = answer.json();
        assert_eq!(json["status"], "success", "{form:?}: {json}");
        json["data"].clone()
    }

    /// Waits until a query has an answer.
    pub fn wait_for(&self, query: &str) -> Vec<Sample> {
        eventually(query, || Some(self.query(query, None)).filter(|samples| !samples.is_empty()))
    }
}

fn series(data: &Value) -> Vec<Series> {
    let series = data["result"].as_array().unwrap().iter();
    series
        .map(|series| {
            let values = series["values"].as_array().unwrap().iter();
            #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
            let values = values.map(|value| (value[0].as_f64().unwrap() as i64, number(&value[1]))).collect();
            (labels(&series["metric"]), values)
        })
        .collect()
}

fn labels(metric: &Value) -> BTreeMap<String, String> {
    metric.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}
