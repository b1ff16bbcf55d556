//! `headcount disclose`: everything that could ever leave, and every request that could ever be made to the service, from
//! the tables that the code itself uses.
//!
//! Needs no configuration and does no I/O: what it prints is the same wherever this program runs.

use crate::cli::render::{terms_json, terms_markdown, terms_text};
use crate::config::DiscloseFormat;
use crate::contract::Terms;
use crate::source::RequestTemplate;

/// The disclosure. `requests` is the source's closed table.
///
/// # Errors
/// If it cannot be written as JSON, which plain strings and numbers always can.
pub fn disclose(format: DiscloseFormat, requests: &[RequestTemplate]) -> serde_json::Result<String> {
    let terms = Terms::new(requests);
    match format {
        DiscloseFormat::Text => Ok(terms_text::text(&terms)),
        DiscloseFormat::Json => terms_json::json(&terms),
        DiscloseFormat::Markdown => Ok(terms_markdown::markdown(&terms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{CARRIERS, CONNECTION, INSTRUMENTS, KEPT, SCOPE_NAME, SELF_METRICS};

    const REQUESTS: [RequestTemplate; 3] = [
        RequestTemplate { method: "GET", path: "/admin/user/me", why: "its own role" },
        RequestTemplate { method: "DELETE", path: "/admin/oauth/token", why: "sign out" },
        RequestTemplate { method: "GET", path: "/admin/app/{id}/models", why: "ids and types of services" },
    ];

    #[test]
    fn every_format_has_every_row_of_every_table() {
        let hash = Terms::new(&REQUESTS).hash();
        for format in [DiscloseFormat::Text, DiscloseFormat::Json, DiscloseFormat::Markdown] {
            let text = disclose(format, &REQUESTS).unwrap();
            let mut parts = vec![
                hash.as_str(),
                "1000000000",
                "install_guid",
                "start_time_unix_nano",
                "present and empty",
                SCOPE_NAME,
                CONNECTION,
                SELF_METRICS,
            ];
            parts.extend(
                INSTRUMENTS.iter().flat_map(|instrument| [instrument.name, instrument.unit, instrument.counts]),
            );
            parts.extend(REQUESTS.iter().flat_map(|request| [request.method, request.path, request.why]));
            parts.extend(KEPT.iter().flat_map(|kept| [kept.what, kept.why, kept.until]));
            let headers = CARRIERS.iter().flat_map(|carrier| carrier.headers);
            parts.extend(headers.flat_map(|header| [header.name, header.value, header.when]));
            parts.extend(CARRIERS.iter().flat_map(|carrier| [carrier.protocol, carrier.request]));
            for part in parts {
                assert!(text.contains(part), "{format:?} lacks {part}");
            }
        }
    }

    #[test]
    fn json_is_one_object_with_the_whole_table() {
        let text = disclose(DiscloseFormat::Json, &REQUESTS).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["metrics"].as_array().map(Vec::len), Some(INSTRUMENTS.len()));
        assert_eq!(value["metrics"][5]["rounded"], true);
        assert_eq!(value["requests"][1]["method"], "DELETE");
        assert_eq!(value["contract"], crate::contract::VERSION);
    }
}
