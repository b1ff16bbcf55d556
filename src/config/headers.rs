//! Headers that the operator configured: from text to names and values.
//!
//! Must not know files and the environment. Values are tokens: no error repeats one, they are marked sensitive, and they are
//! zeroed when the last copy is dropped.

use std::fmt;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::error_chain::{Describe, Description};

/// A header's name and its value, which is marked sensitive.
pub type Header = (HeaderName, HeaderValue);

/// The position of a header in the text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderPosition {
    /// An entry of a comma-separated list.
    Entry(usize),
    /// A line of a file.
    Line(usize),
}

impl fmt::Display for HeaderPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(number) => write!(f, "entry {number}"),
            Self::Line(number) => write!(f, "line {number}"),
        }
    }
}

/// What is wrong with a header. Only names of the list of reserved ones are repeated, since the text in place of a name may
/// be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There is no `=`.
    #[error("{0} has no equals sign")]
    NoEquals(HeaderPosition),
    /// The name is empty or has characters that no name has.
    #[error("{0} has an invalid header name")]
    Name(HeaderPosition),
    /// The value has characters outside visible ASCII, or percent signs that decode to such.
    #[error("{0} has a value that is not visible ASCII")]
    Value(HeaderPosition),
    /// The same name was given before.
    #[error("{0} repeats a header")]
    Twice(HeaderPosition),
    /// The name belongs to the protocol.
    #[error("{place} sets {name}, which {why}")]
    Refused {
        /// Its position.
        place: HeaderPosition,
        /// The refused name.
        name: HeaderName,
        /// Why it is refused.
        why: &'static str,
    },
}

impl Describe for HeaderError {
    fn describe(&self) -> Description {
        Description::new("invalid_headers").remedy(match self {
            Self::NoEquals(_) => "write it as name=value",
            Self::Name(_) => "write letters, digits and hyphens before the equals sign",
            Self::Value(_) => "encode it, or remove control characters and accents",
            Self::Twice(_) => "remove one of them",
            Self::Refused { name, .. } if *name == PROXY_AUTHORIZATION => {
                "put the credentials into the URL of the proxy"
            }
            Self::Refused { .. } => "remove it",
        })
    }
}

/// Reads `k=v,k2=v2`, with percent-encoded values, as the OTLP exporter specification writes headers. Empty entries are
/// skipped.
///
/// # Errors
/// The first error, with its position in the list.
pub fn parse_list(text: &str) -> Result<Vec<Header>, HeaderError> {
    let entries = text.split(',').enumerate().map(|(index, entry)| (HeaderPosition::Entry(index + 1), entry));
    collect(entries, |value| Zeroizing::new(percent_decode_str(value).collect()))
}

/// Reads a file of `name=value` lines. Values are not decoded; white space around them is removed; empty lines and
/// lines that begin with `#` are skipped.
///
/// # Errors
/// The first error, with its line.
pub fn parse_file(text: &str) -> Result<Vec<Header>, HeaderError> {
    let lines = text.lines().enumerate().map(|(index, line)| (HeaderPosition::Line(index + 1), line));
    let lines = lines.filter(|(_, line)| !line.trim_start().starts_with('#'));
    collect(lines, |value| Zeroizing::new(value.as_bytes().to_vec()))
}

fn collect<'a>(
    entries: impl Iterator<Item = (HeaderPosition, &'a str)>,
    decode: impl Fn(&str) -> Zeroizing<Vec<u8>>,
) -> Result<Vec<Header>, HeaderError> {
    let mut headers: Vec<Header> = Vec::new();
    for (place, entry) in entries.filter(|(_, entry)| !entry.trim().is_empty()) {
        let (name, value) = entry.split_once('=').ok_or(HeaderError::NoEquals(place))?;
        let name = name.trim().parse::<HeaderName>().map_err(|_| HeaderError::Name(place))?;
        if let Some(why) = why_refused(&name) {
            return Err(HeaderError::Refused { place, name, why });
        }
        if headers.iter().any(|(earlier, _)| *earlier == name) {
            return Err(HeaderError::Twice(place));
        }
        let value = secret_value(decode(value.trim())).ok_or(HeaderError::Value(place))?;
        headers.push((name, value));
    }
    Ok(headers)
}

/// A sensitive value whose bytes are zeroed with its last copy; none if they are not visible ASCII, blanks and tabs.
fn secret_value(bytes: Zeroizing<Vec<u8>>) -> Option<HeaderValue> {
    if !bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return None;
    }
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(bytes)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Headers that would contradict what is sent, or say more than the contract lists.
fn why_refused(name: &HeaderName) -> Option<&'static str> {
    match name.as_str() {
        "host" => Some("comes from the endpoint's URL"),
        "content-type" | "content-length" | "content-encoding" => Some("describes the report's body"),
        "connection" | "keep-alive" | "proxy-connection" | "te" | "trailer" | "transfer-encoding" | "upgrade"
        | "expect" => Some("controls the connection"),
        "accept-encoding" => Some("is not supported, since responses must be uncompressed"),
        "user-agent" => Some("is fixed by the contract"),
        "cookie" => Some("is not allowed by the contract"),
        "proxy-authorization" => Some("is for a proxy"),
        grpc if grpc.starts_with("grpc-") => Some("belongs to the gRPC protocol"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(headers: &[Header]) -> Vec<(&str, &str)> {
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
    }

    #[test]
    fn list_is_trimmed_and_percent_decoded() {
        let headers = parse_list(" Authorization = Bearer%20a%2Cb=c , x-scope=,,").unwrap();
        assert_eq!(plain(&headers), [("authorization", "Bearer a,b=c"), ("x-scope", "")]);
    }

    #[test]
    fn file_has_a_header_per_line_and_plain_values() {
        let headers = parse_file("# a comment\r\nauthorization=Bearer 100%25,x\r\n\r\nx-scope = a=b\n").unwrap();
        assert_eq!(plain(&headers), [("authorization", "Bearer 100%25,x"), ("x-scope", "a=b")]);
    }

    #[test]
    fn error_has_a_position() {
        assert_eq!(parse_list("a=b,cd"), Err(HeaderError::NoEquals(HeaderPosition::Entry(2))));
        assert_eq!(parse_list("=b"), Err(HeaderError::Name(HeaderPosition::Entry(1))));
        assert_eq!(parse_file("\nBearer abc=def"), Err(HeaderError::Name(HeaderPosition::Line(2))));
        assert_eq!(parse_list("a=%0d%0ahost: b"), Err(HeaderError::Value(HeaderPosition::Entry(1))));
        assert_eq!(parse_file("a=b\nA=c"), Err(HeaderError::Twice(HeaderPosition::Line(2))));
        assert_eq!(parse_file("a=b\u{e9}"), Err(HeaderError::Value(HeaderPosition::Line(1))));
    }

    #[test]
    fn reserved_header_is_refused_by_name() {
        for name in [
            "Host",
            "content-length",
            "Content-Type",
            "content-encoding",
            "transfer-encoding",
            "te",
            "trailer",
            "connection",
            "keep-alive",
            "proxy-connection",
            "upgrade",
            "expect",
            "accept-encoding",
            "user-agent",
            "cookie",
            "proxy-authorization",
            "grpc-timeout",
            "grpc-encoding",
            "Grpc-Anything",
        ] {
            let error = parse_list(&format!("{name}=secret")).unwrap_err();
            assert!(matches!(error, HeaderError::Refused { .. }), "{name}");
            let sentence = error.to_string();
            assert!(sentence.contains(&name.to_ascii_lowercase()) && !sentence.contains("secret"), "{sentence}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let headers = parse_list("authorization=hunter2").unwrap();
        assert!(!format!("{headers:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_showing_its_value(text in ".{0,60}", value in "[!-~&&[^=,%#]]{8,20}") {
            let entry = format!("{text}={value}\u{7f}");
            for error in [parse_list(&entry).err(), parse_file(&entry).err()].into_iter().flatten() {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains(&value));
            }
        }
    }
}
