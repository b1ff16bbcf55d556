//! What the documents say of the contract and of the self-metrics, made from the code's own tables: the part between each pair of markers,
//! `<!-- name:begin -->` and `<!-- name:end -->`.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use headcount::cli::render::terms_markdown as markdown;
use headcount::contract::Terms;
use headcount::ops::self_metrics::{INSTRUMENTS, InstrumentKind};
use headcount::source::compreface::REQUESTS;

/// The documents that have such parts.
pub const DOCUMENTS: [&str; 2] = ["README.md", "PRIVACY.md"];

/// A document with its parts made anew.
pub fn fill(document: &str) -> String {
    let terms = Terms::new(&REQUESTS);
    let parts = [
        ("contract", format!("{}\n{}", markdown::frame(&terms), markdown::instruments(&terms))),
        ("carriers", markdown::carriers(&terms)),
        ("requests", markdown::requests(&terms)),
        ("kept", markdown::kept()),
        ("version", markdown::version(&terms)),
        ("self-metrics", self_metrics()),
    ];
    parts.iter().fold(document.to_owned(), |document, (name, part)| replace(&document, name, part))
}

fn self_metrics() -> String {
    let mut table =
        "| metric | in Prometheus | kind | unit | attribute | what it tells |\n|---|---|---|---|---|---|\n".to_owned();
    for instrument in INSTRUMENTS {
        let kind = match instrument.kind {
            InstrumentKind::Counter => "counter",
            InstrumentKind::UpDownCounter => "up-down counter",
            InstrumentKind::Gauge => "gauge",
            InstrumentKind::Histogram => "histogram",
        };
        let attribute = instrument
            .attribute
            .map_or(String::new(), |attribute| format!("`{}`: {}", attribute.key, attribute.values.join(", ")));
        let (name, prometheus) = (instrument.name, instrument.prometheus);
        let row =
            format!("`{name}` | `{prometheus}` | {kind} | `{}` | {attribute} | {}", instrument.unit, instrument.tells);
        table.push_str(&format!("| {row} |\n"));
    }
    table
}

fn replace(document: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let Some((before, rest)) = document.split_once(&begin) else { return document.to_owned() };
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{begin} has no end"));
    format!("{before}{begin}\n\n{}\n\n{end}{after}", part.trim_end())
}
