//! The contract for people at a terminal.

use std::fmt::Write as _;

use super::columns::columns;
use crate::contract::Terms;

/// The whole disclosure.
#[must_use]
pub fn text(terms: &Terms<'_>) -> String {
    let mut text = format!("headcount's contract, version {}\nhash {}\n", terms.version, terms.hash());
    let sections: [(&str, String); 6] = [
        ("Everything that may leave: one report, which is", frame(terms)),
        ("The metrics, each from 0 up to the limit", instruments(terms)),
        ("The one attribute, and the times", attribute_and_times(terms)),
        ("Around the report's bytes, and nothing else", carriers(terms)),
        ("All requests that may be made to the service", requests(terms)),
        ("Stored on this installation's disk (only the reports leave)", kept(terms)),
    ];
    for (title, body) in sections {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{title}\n{body}");
    }
    text
}

fn frame(terms: &Terms<'_>) -> String {
    format!("{}  - the scope is named {}, version {}\n", list(terms.frame), terms.scope, terms.version)
}

fn list(items: &[&str]) -> String {
    items.iter().map(|item| format!("  - {item}\n")).collect()
}

fn instruments(terms: &Terms<'_>) -> String {
    let rows = terms.instruments.iter().map(|instrument| {
        [instrument.name, instrument.kind.name(), instrument.unit, instrument.counts].map(str::to_owned)
    });
    let rows: Vec<_> = rows.collect();
    format!("{}  limit: {}; a larger number is refused, not cut\n", columns(&rows), terms.max_value)
}

fn attribute_and_times(terms: &Terms<'_>) -> String {
    format!("  - {}: {}\n{}", terms.attribute.key, terms.attribute.value, list(terms.times))
}

fn carriers(terms: &Terms<'_>) -> String {
    let mut text = String::new();
    for carrier in &terms.carriers {
        let rows: Vec<_> = carrier
            .headers
            .iter()
            .map(|header| ["", header.name, header.value, header.when].map(str::to_owned))
            .collect();
        let _ = write!(text, "  {}: {}\n{}", carrier.protocol, carrier.request, columns(&rows));
    }
    let _ = writeln!(text, "  {}\n  {}", terms.connection, terms.self_metrics);
    text
}

fn requests(terms: &Terms<'_>) -> String {
    let rows: Vec<_> =
        terms.requests.iter().map(|request| [request.method, request.path, request.why].map(str::to_owned)).collect();
    columns(&rows)
}

fn kept(terms: &Terms<'_>) -> String {
    terms
        .kept
        .iter()
        .map(|kept| format!("  - {}\n      why: {}\n      until: {}\n", kept.what, kept.why, kept.until))
        .collect()
}
