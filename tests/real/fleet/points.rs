//! Every single point of the delivered reports, as a back end must have it.

use std::collections::BTreeMap;

use headcount::contract::{Instrument, InstrumentKind};

use super::world::Delivery;
use crate::peers::eventually;
use crate::peers::queries::{Queries, Series};

/// The points of each series: seconds since 1970, and values.
pub type Points = BTreeMap<BTreeMap<String, String>, BTreeMap<i64, u64>>;

/// What these reports become behind the gateway.
pub fn of(deliveries: &[Delivery]) -> Points {
    let mut all = Points::new();
    for delivery in deliveries {
        let contents = &delivery.contents;
        let version = ("face_recognition_contract_version".to_owned(), None, delivery.version().into());
        for (name, range, value) in contents.numbers().map(|(metric, value)| stored_as(metric, value)).chain([version])
        {
            let range = range.map(|range| ("faces_range", range));
            let labels = [
                ("__name__", name),
                ("install_guid", contents.install_guid.to_string()),
                ("job", "headcount".to_owned()),
                ("product", contents.contract.catalog.service.to_owned()),
            ];
            let labels = labels.into_iter().chain(range).map(|(key, value)| (key.to_owned(), value)).collect();
            all.entry(labels).or_default().insert(contents.time.start().unix_seconds(), value);
        }
    }
    all
}

/// The name that a metric has in a back end, and its range of faces.
fn stored_as(metric: &Instrument, value: u64) -> (String, Option<String>, u64) {
    let (name, range) = match metric.name.split_once(".faces.") {
        Some((of, range)) => (format!("{of}.current"), Some(range.replace("_or_more", "+").replace('_', "-"))),
        None => (metric.name.to_owned(), None),
    };
    let end = if metric.kind == InstrumentKind::Sum { "_total" } else { "" };
    (name.replace('.', "_") + end, range, value)
}

/// The points that a back end has.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers up to 10^9")]
pub fn stored(series: Vec<Series>) -> Points {
    let points = |points: Vec<(i64, f64)>| points.into_iter().map(|(at, value)| (at, value as u64)).collect();
    series.into_iter().map(|(labels, of)| (labels, points(of))).collect()
}

/// Waits until a back end has as many reports as were expected, and gives its points.
pub fn settled(queries: &Queries, expected: &Points) -> Points {
    // Each contract has this metric.
    let users = "face_recognition_user_current";
    let reports: usize =
        expected.iter().filter(|(labels, _)| labels["__name__"] == users).map(|(_, of)| of.len()).sum();
    let query = format!("sum(count_over_time({users}[32d]))");
    #[expect(clippy::cast_precision_loss, reason = "some thousand")]
    let reports = reports as f64;
    eventually("the arrival of every report", || (queries.value(&query)? >= reports).then_some(()));
    stored(queries.range("{job=\"headcount\"}[32d]"))
}

/// How many points there are.
pub fn count(points: &Points) -> usize {
    points.values().map(BTreeMap::len).sum()
}

/// The points of one that are not in the other, or have another value there: for each series their times.
pub fn lacking(one: &Points, other: &Points) -> BTreeMap<BTreeMap<String, String>, Vec<i64>> {
    let empty = BTreeMap::new();
    let each = one.iter().map(|(labels, points)| {
        let there = other.get(labels).unwrap_or(&empty);
        let lacking = points.iter().filter(|(at, value)| there.get(at) != Some(value)).map(|(at, _)| *at);
        (labels.clone(), lacking.collect::<Vec<_>>())
    });
    each.filter(|(_, times)| !times.is_empty()).collect()
}

/// Panics unless the two are the same to the last point.
pub fn assert_same(expected: &Points, stored: &Points) {
    let first = |lacking: BTreeMap<_, Vec<i64>>| {
        let points: usize = lacking.values().map(Vec::len).sum();
        (points, lacking.into_iter().next())
    };
    let (lost, invented) = (first(lacking(expected, stored)), first(lacking(stored, expected)));
    assert!(lost.0 == 0 && invented.0 == 0, "lost {lost:?}; invented or altered {invented:?}");
}
