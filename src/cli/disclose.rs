//! `headcount disclose`: everything that may leave, and all requests that may be made to the service, from
//! the tables that the code itself uses.
//!
//! Needs no settings and does no I/O: what it prints is the same wherever this program runs.

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data};
use crate::cli::DiscloseFormat;
use crate::cli::render::{terms_json, terms_markdown, terms_text};
use crate::contract::Contract;

/// Prints the disclosure of this program's contract.
///
/// # Errors
/// The exit status.
pub fn print(app: &App, format: DiscloseFormat) -> Ended {
    data(disclose(format, app.contract()).or_exit(Exit::Unexpected)?.as_bytes())
}

/// The disclosure of a contract.
///
/// # Errors
/// If it cannot be written as JSON, which plain strings and numbers always can.
pub fn disclose(format: DiscloseFormat, contract: &Contract) -> serde_json::Result<String> {
    let terms = contract.terms();
    match format {
        DiscloseFormat::Text => Ok(terms_text::text(&terms)),
        DiscloseFormat::Json => terms_json::json(&terms),
        DiscloseFormat::Markdown => Ok(terms_markdown::markdown(&terms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::compreface::CONTRACT;

    #[test]
    fn every_format_has_every_row_of_every_table() {
        let (terms, hash) = (CONTRACT.terms(), CONTRACT.terms().hash());
        for format in [DiscloseFormat::Text, DiscloseFormat::Json, DiscloseFormat::Markdown] {
            let text = disclose(format, &CONTRACT).unwrap();
            let mut parts = vec![
                hash.as_str(),
                "1000000000",
                "install_guid",
                "start_time_unix_nano",
                "present and empty",
                terms.scope,
                terms.connection,
                terms.self_metrics,
            ];
            parts.extend(terms.instruments.iter().flat_map(|metric| [metric.name, metric.unit, metric.counts]));
            parts.extend(terms.requests.iter().flat_map(|request| [request.method, request.path, request.why]));
            parts.extend(terms.kept.iter().flat_map(|kept| [kept.what, kept.why, kept.until]));
            let headers = terms.carriers.iter().flat_map(|carrier| &carrier.headers);
            parts.extend(headers.flat_map(|header| [header.name, header.value, header.when]));
            parts.extend(terms.carriers.iter().flat_map(|carrier| [carrier.protocol, carrier.request]));
            for part in parts {
                assert!(text.contains(part), "{format:?} lacks {part}");
            }
        }
    }

    #[test]
    fn json_is_one_object_with_the_whole_table() {
        let text = disclose(DiscloseFormat::Json, &CONTRACT).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["metrics"].as_array().map(Vec::len), Some(CONTRACT.instruments.len()));
        assert_eq!(value["metrics"][5]["rounded"], true);
        assert_eq!(value["metrics"][0]["kind"], "sum");
        assert_eq!(value["requests"][1]["method"], "DELETE");
        assert_eq!((&value["contract"], &value["hash"]), (&"2".into(), &CONTRACT.terms().hash().into()));
    }
}
