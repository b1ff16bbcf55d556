//! One report as text and as OTLP/JSON. The input is what the gate approved.

use serde_json::Value;

use super::columns::columns;
use crate::contract::{ATTRIBUTE_NAME, ApprovedReport, Contract, Instrument, Number};
use crate::model::{ACTIVE_DAYS, Catalog};

/// As text: install_guid, times, and each number with what it counts.
#[must_use]
pub fn text(report: &ApprovedReport) -> String {
    let contents = report.contents();
    let head = columns(&[
        [ATTRIBUTE_NAME.to_owned(), contents.install_guid.to_string(), "the only attribute, on each number".to_owned()],
        ["start".to_owned(), contents.start.to_string(), "the hour from which creations are counted".to_owned()],
        ["time".to_owned(), contents.time.to_string(), "the hour of the scrape".to_owned()],
        [
            "contract".to_owned(),
            format!("version {}", contents.contract.version),
            format!("{} bytes of OTLP protobuf", report.bytes().len()),
        ],
    ]);
    let mut text = format!("Report\n{head}");
    for (title, instruments) in sections(contents.contract) {
        let rows = instruments.iter().map(|instrument| {
            let value = instrument.number.of(&contents.totals);
            [value.to_string(), instrument.name.to_owned(), instrument.counts.to_owned()]
        });
        text.push_str(&format!("\n{title}\n{}", columns(&rows.collect::<Vec<_>>())));
    }
    text
}

/// The instruments of a contract in their order, by the sections that they are shown in.
#[must_use]
pub fn sections(contract: &Contract) -> Vec<(String, Vec<&'static Instrument>)> {
    let mut sections: Vec<(String, Vec<_>)> = Vec::new();
    for instrument in contract.instruments {
        let title = title(&contract.catalog, instrument.number);
        match sections.last_mut() {
            Some((last, instruments)) if *last == title => instruments.push(instrument),
            _ => sections.push((title, vec![instrument])),
        }
    }
    sections
}

/// The title of the section that a number is in.
fn title(catalog: &Catalog, number: Number) -> String {
    match number {
        Number::Creations(_) => "Created since the start".to_owned(),
        Number::Current(_) => "Current number, rounded down".to_owned(),
        Number::Active(_) => format!("In use in the {ACTIVE_DAYS} days before, rounded down"),
        Number::Sized(distribution, _) => {
            let term = catalog.distributions.get(distribution.index());
            let (noun, measure) = term.map_or(("", ""), |term| (term.noun, term.measure));
            format!("{} now, by their number of {measure}", capitalized(noun))
        }
    }
}

/// A noun at the start of a sentence.
#[must_use]
pub fn capitalized(noun: &str) -> String {
    let (first, rest) = noun.split_at(noun.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// As OTLP/JSON on one line, with a newline at its end: what the Collector's otlpjsonfile receiver reads.
///
/// # Errors
/// If the OTLP types cannot be written as JSON, which those of an approved report can.
pub fn json_line(report: &ApprovedReport) -> serde_json::Result<String> {
    Ok(format!("{}\n", json(report)?))
}

/// As indented OTLP/JSON.
///
/// # Errors
/// As [`json_line`].
pub fn json_pretty(report: &ApprovedReport) -> serde_json::Result<String> {
    Ok(format!("{:#}\n", json(report)?))
}

/// The request as OTLP/JSON: names in camelCase, 64-bit integers as strings, enumerations as numbers.
fn json(report: &ApprovedReport) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(report.decode())?;
    omit_defaults(&mut value);
    Ok(value)
}

/// Leaves out what protobuf does not write either, so that an auditor sees no field that is not on the wire. The empty
/// resource stays: it is there.
fn omit_defaults(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(omit_defaults);
            fields.retain(|name, field| !is_default(name, field));
        }
        Value::Array(items) => items.iter_mut().for_each(omit_defaults),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_default(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Object(_) => false,
        Value::Number(number) => number.as_u64() == Some(0),
        // A count of zero stays; a gauge's start time of zero means that it has none.
        Value::String(text) => text.is_empty() || (name == "startTimeUnixNano" && text == "0"),
        Value::Array(items) => items.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;

    use super::*;
    use crate::source::compreface::CONTRACT;

    fn example() -> ApprovedReport {
        CONTRACT.approve(Bytes::from_static(include_bytes!("../../../tests/fixtures/report.pb"))).unwrap()
    }

    #[test]
    fn json_is_what_another_language_writes() {
        let expected: Value = serde_json::from_str(include_str!("../../../tests/fixtures/report.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json_pretty(&example()).unwrap()).unwrap(), expected);
    }

    #[test]
    fn export_json_is_one_line_and_reads_back_equal() {
        let line = json_line(&example()).unwrap();
        assert_eq!(line.find('\n'), Some(line.len() - 1));
        let request: ExportMetricsServiceRequest = serde_json::from_str(&line).unwrap();
        assert_eq!(crate::report::encode(&request), example().bytes());
    }

    #[test]
    fn text_has_identity_times_and_each_number() {
        let text = text(&example());
        for part in ["0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30", "2026-01-01T00:00Z", "2026-01-02T02:00Z", "3238 bytes"] {
            assert!(text.contains(part), "{part}");
        }
        for (instrument, value) in example().contents().numbers() {
            let mut lines = text.lines().filter(|line| line.contains(&format!(" {} ", instrument.name)));
            let line = lines.next().unwrap();
            assert!(line.trim_start().starts_with(&format!("{value} ")) && line.ends_with(instrument.counts), "{line}");
            assert_eq!(lines.next(), None);
        }
    }
}
