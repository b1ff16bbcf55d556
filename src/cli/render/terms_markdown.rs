//! The contract as Markdown tables, for the documents that are generated from it.

use crate::contract::{InstrumentKind, Terms};

/// The whole disclosure.
#[must_use]
pub fn markdown(terms: &Terms<'_>) -> String {
    let sections: [(&str, String); 5] = [
        ("What leaves", format!("{}\n{}\n{}", scope(terms), frame(terms), instruments(terms))),
        ("Around the report's bytes", carriers(terms)),
        ("Requests to the service", requests(terms)),
        ("Stored on the installation's disk", kept(terms)),
        ("Version and hash", version(terms)),
    ];
    let sections: Vec<_> = sections.iter().map(|(title, body)| format!("### {title}\n\n{body}")).collect();
    sections.join("\n")
}

/// The name and the version of the scope.
#[must_use]
pub fn scope(terms: &Terms<'_>) -> String {
    format!("The scope is named `{}`, version {}.\n", terms.scope, terms.version)
}

/// What holds for every report of every service, as a list.
#[must_use]
pub fn frame(terms: &Terms<'_>) -> String {
    let attribute = format!("`{}`, the one attribute: {}", terms.attribute.key, terms.attribute.value);
    let limit = format!("every value is from 0 to {}", terms.max_value);
    let items = terms.frame.iter().chain(terms.times).map(|item| (*item).to_owned());
    items.chain([attribute, limit]).map(|item| format!("- {item}\n")).collect()
}

/// The instruments.
#[must_use]
pub fn instruments(terms: &Terms<'_>) -> String {
    let rows = terms.instruments.iter().map(|instrument| {
        let kind = match instrument.kind {
            InstrumentKind::Sum => "sum, cumulative, monotonic",
            InstrumentKind::Gauge => "gauge",
        };
        [code(instrument.name), kind.to_owned(), code(instrument.unit), instrument.counts.to_owned()]
    });
    table(["metric", "kind", "unit", "counts"], rows)
}

/// The headers around the bytes.
#[must_use]
pub fn carriers(terms: &Terms<'_>) -> String {
    let rows = terms.carriers.iter().flat_map(|carrier| {
        let first = [carrier.protocol.to_owned(), code(carrier.request), String::new()];
        let headers = carrier
            .headers
            .iter()
            .map(|header| [String::new(), code(&format!("{}: {}", header.name, header.value)), header.when.to_owned()]);
        std::iter::once(first).chain(headers)
    });
    let table = table(["protocol", "request and headers", "when"], rows);
    format!("{table}\n{}\n\n{}\n", terms.connection, terms.self_metrics)
}

/// The requests that can be made to the service.
#[must_use]
pub fn requests(terms: &Terms<'_>) -> String {
    let rows = terms.requests.iter();
    let rows = rows.map(|request| [code(&format!("{} {}", request.method, request.path)), request.why.to_owned()]);
    table(["request", "why"], rows)
}

/// What is kept on the installation's disk.
#[must_use]
pub fn kept(terms: &Terms<'_>) -> String {
    table(["what", "why", "until"], terms.kept.iter().map(|kept| [kept.what, kept.why, kept.until].map(str::to_owned)))
}

/// The contract's version and hash.
#[must_use]
pub fn version(terms: &Terms<'_>) -> String {
    format!("Contract version {}, hash `{}`.\n", terms.version, terms.hash())
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: [String; N]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    let rule = format!("|{}\n", "---|".repeat(N));
    line(head.map(str::to_owned)) + &rule + &rows.map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_every_cell_and_a_bar_does_not_split_one() {
        let text = table(["a", "b"], [["1|2".to_owned(), String::new()]].into_iter());
        assert_eq!(text, "| a | b |\n|---|---|\n| 1\\|2 |  |\n");
    }
}
