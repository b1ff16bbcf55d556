//! The contract for scripts: one JSON object.

use serde::Serialize;

use crate::contract::{CONNECTION, Carrier, HeaderTerm, Instrument, InstrumentKind, KEPT, Kept, SELF_METRICS, Terms};
use crate::source::RequestTemplate;

/// The whole disclosure, with a newline at its end.
///
/// # Errors
/// If it cannot be written as JSON, which plain strings and numbers always can.
pub fn json(terms: &Terms<'_>) -> serde_json::Result<String> {
    let document = Document {
        contract: terms.version,
        hash: terms.hash(),
        scope: terms.scope,
        frame: terms.frame,
        times: terms.times,
        attribute: Attribute { key: terms.attribute.key, value: terms.attribute.value },
        min_value: 0,
        max_value: terms.max_value,
        metrics: terms.instruments.iter().map(Metric::from).collect(),
        carriers: terms.carriers.iter().map(Around::from).collect(),
        connection: CONNECTION,
        self_metrics: SELF_METRICS,
        requests: terms.requests.iter().map(Request::from).collect(),
        kept: KEPT.iter().map(Stored::from).collect(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

#[derive(Serialize)]
struct Document<'a> {
    contract: &'a str,
    hash: String,
    scope: &'a str,
    frame: &'a [&'a str],
    times: &'a [&'a str],
    attribute: Attribute,
    min_value: u64,
    max_value: u64,
    metrics: Vec<Metric>,
    carriers: Vec<Around>,
    connection: &'static str,
    self_metrics: &'static str,
    requests: Vec<Request>,
    kept: Vec<Stored>,
}

#[derive(Serialize)]
struct Attribute {
    key: &'static str,
    value: &'static str,
}

#[derive(Serialize)]
struct Metric {
    name: &'static str,
    kind: &'static str,
    unit: &'static str,
    rounded: bool,
    counts: &'static str,
}

impl From<&Instrument> for Metric {
    fn from(instrument: &Instrument) -> Self {
        let kind = match instrument.kind {
            InstrumentKind::Sum => "sum",
            InstrumentKind::Gauge => "gauge",
        };
        let Instrument { name, unit, counts, .. } = *instrument;
        Self { name, kind, unit, rounded: instrument.is_rounded(), counts }
    }
}

#[derive(Serialize)]
struct Around {
    protocol: &'static str,
    request: &'static str,
    headers: Vec<Header>,
}

impl From<&Carrier> for Around {
    fn from(carrier: &Carrier) -> Self {
        let headers = carrier.headers.iter().map(Header::from).collect();
        Self { protocol: carrier.protocol, request: carrier.request, headers }
    }
}

#[derive(Serialize)]
struct Header {
    name: &'static str,
    value: &'static str,
    when: &'static str,
}

impl From<&HeaderTerm> for Header {
    fn from(&HeaderTerm { name, value, when }: &HeaderTerm) -> Self {
        Self { name, value, when }
    }
}

#[derive(Serialize)]
struct Request {
    method: &'static str,
    path: &'static str,
    why: &'static str,
}

impl From<&RequestTemplate> for Request {
    fn from(&RequestTemplate { method, path, why }: &RequestTemplate) -> Self {
        Self { method, path, why }
    }
}

#[derive(Serialize)]
struct Stored {
    what: &'static str,
    why: &'static str,
    until: &'static str,
}

impl From<&Kept> for Stored {
    fn from(&Kept { what, why, until }: &Kept) -> Self {
        Self { what, why, until }
    }
}
