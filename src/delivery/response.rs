//! What the body of a response is: a web page, OTLP's response, OTLP's error, or unreadable.
//!
//! Pure. Its `Content-Type` decides how a body is read. Of its text, nothing is kept.

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message;
use serde::Deserialize;

use super::body::Body;

/// A byte order mark in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The greatest code of gRPC.
const MAX_CODE: i32 = 16;

/// What a successful response says of the data points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    /// All were accepted.
    All,
    /// All were accepted, with a warning.
    WithWarning,
    /// This many were rejected, at least 1.
    Except(i64),
    /// It cannot be read.
    Unread,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyFormat {
    Protobuf,
    Json,
    Html,
    /// The response has no content type, or a general one.
    Unspecified,
    Other,
}

impl BodyFormat {
    fn of(headers: &HeaderMap) -> Self {
        if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Self::Other;
        }
        match media_type(headers).as_deref() {
            Some(b"application/x-protobuf" | b"application/protobuf" | b"application/vnd.google.protobuf") => {
                Self::Protobuf
            }
            Some(b"application/json") => Self::Json,
            Some(b"text/html" | b"application/xhtml+xml") => Self::Html,
            Some(b"application/octet-stream" | b"") | None => Self::Unspecified,
            Some(_) => Self::Other,
        }
    }
}

/// The media type in lower case, without its parameters.
fn media_type(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(CONTENT_TYPE)?.as_bytes().to_ascii_lowercase();
    let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
    Some(value[..end].trim_ascii().to_vec())
}

/// Whether a response is a web page, by its content type or by how its body begins.
pub(super) fn is_page(headers: &HeaderMap, body: &Body) -> bool {
    let is_html = media_type(headers).is_some_and(|kind| kind == b"text/html" || kind == b"application/xhtml+xml");
    (is_html && !(body.is_whole && body.bytes.is_empty())) || begins_like_html(&body.bytes)
}

/// Whether the first tag is one that a web page begins with. White space, comments and an XML declaration may precede it.
fn begins_like_html(body: &[u8]) -> bool {
    let mut rest = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start();
    while let Some(after) = without_prelude(rest) {
        rest = after.trim_ascii_start();
    }
    let begins = |tag: &&[u8]| rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(begins)
}

fn without_prelude(text: &[u8]) -> Option<&[u8]> {
    let (begin, end): (&[u8], &[u8]) = if text.starts_with(b"<!--") {
        (b"<!--", b"-->")
    } else {
        (text.strip_prefix(b"<?").map(|_| &b"<?"[..])?, b"?>")
    };
    let inside = &text[begin.len()..];
    let at = inside.windows(end.len()).position(|window| window == end)?;
    Some(&inside[at + end.len()..])
}

/// What a 2xx says of the data points.
pub(super) fn accepted(headers: &HeaderMap, body: &Body) -> Accepted {
    if !body.is_whole {
        return Accepted::Unread;
    }
    match BodyFormat::of(headers) {
        _ if body.bytes.is_empty() => Accepted::All,
        BodyFormat::Protobuf => accepted_message(&body.bytes),
        BodyFormat::Json => accepted_json(&body.bytes),
        // By accident, a text can be read as a message without any known field.
        BodyFormat::Unspecified if is_exactly::<ExportMetricsServiceResponse>(&body.bytes) => {
            accepted_message(&body.bytes)
        }
        BodyFormat::Unspecified | BodyFormat::Html | BodyFormat::Other => Accepted::Unread,
    }
}

/// What OTLP's response says, as protobuf.
pub(super) fn accepted_message(message: &[u8]) -> Accepted {
    let Ok(response) = ExportMetricsServiceResponse::decode(message) else { return Accepted::Unread };
    let partial = response.partial_success.unwrap_or_default();
    judge(partial.rejected_data_points, !partial.error_message.is_empty())
}

const fn judge(rejected: i64, has_message: bool) -> Accepted {
    match (rejected, has_message) {
        (1.., _) => Accepted::Except(rejected),
        (_, true) => Accepted::WithWarning,
        (_, false) => Accepted::All,
    }
}

/// Whether the bytes are this message, without any other field.
fn is_exactly<M: Message + Default>(bytes: &[u8]) -> bool {
    M::decode(bytes).is_ok_and(|message| message.encoded_len() == bytes.len())
}

/// Whether a body is OTLP's own refusal: a `Status` in the request's encoding, which is protobuf. A JSON object with a code
/// and a message is what gateways write, too.
pub(super) fn is_otlp_status(headers: &HeaderMap, body: &Body) -> bool {
    let bytes = &body.bytes;
    if !body.is_whole || bytes.is_empty() || BodyFormat::of(headers) != BodyFormat::Protobuf {
        return false;
    }
    let is_code = |status: tonic_types::Status| (0..=MAX_CODE).contains(&status.code);
    is_exactly::<tonic_types::Status>(bytes) && tonic_types::Status::decode(&bytes[..]).is_ok_and(is_code)
}

/// OTLP's response as JSON. Protobuf's rules for JSON allow both spellings of a name, and unknown names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JsonResponse {
    #[serde(alias = "partial_success", rename = "partialSuccess")]
    partial_success: Option<JsonPartialSuccess>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct JsonPartialSuccess {
    #[serde(alias = "rejected_data_points", rename = "rejectedDataPoints")]
    rejected: Option<JsonNumber>,
    #[serde(alias = "error_message", rename = "errorMessage")]
    message: Option<String>,
}

/// Protobuf's rules write a 64-bit number as a text and read both.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum JsonNumber {
    Number(i64),
    Text(String),
}

fn accepted_json(body: &[u8]) -> Accepted {
    let Ok(response) = serde_json::from_slice::<JsonResponse>(body) else { return Accepted::Unread };
    let partial = response.partial_success.unwrap_or_default();
    let rejected = match partial.rejected {
        None => Some(0),
        Some(JsonNumber::Number(number)) => Some(number),
        Some(JsonNumber::Text(text)) => text.parse().ok(),
    };
    let has_message = partial.message.is_some_and(|message| !message.is_empty());
    rejected.map_or(Accepted::Unread, |rejected| judge(rejected, has_message))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;
    use proptest::prelude::*;

    use super::*;

    fn of_type(kind: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap())])
    }

    fn whole(bytes: &[u8]) -> Body {
        Body { bytes: Bytes::copy_from_slice(bytes), is_whole: true }
    }

    fn response(rejected: i64, message: &str) -> Vec<u8> {
        let partial = ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message: message.to_owned() };
        ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    }

    #[test]
    fn a_page_is_known_by_its_type_or_its_first_tag() {
        for page in [
            "<!doctype html><title>Welcome</title>",
            "<!DOCTYPE HTML PUBLIC",
            "<HTML><body>",
            "\u{feff}\r\n\t <html lang=en>",
            "<?xml version='1.0'?>\n<!-- a portal -->\n<!DOCTYPE html>",
            "<!-- --><head>",
        ] {
            for headers in [HeaderMap::new(), of_type("application/json"), of_type("text/plain")] {
                assert!(is_page(&headers, &whole(page.as_bytes())), "{page}");
            }
        }
        for kind in ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml", " text/html ;x"] {
            assert!(is_page(&of_type(kind), &whole(b"hello")), "{kind}");
            assert!(!is_page(&of_type(kind), &whole(b"")), "{kind}");
            assert!(is_page(&of_type(kind), &Body::unread()), "{kind}");
        }
        for other in ["", "OK", "{}", "<", "<?xml version='1.0'?><ok/>", "<!-- without an end", "see <html>"] {
            assert!(!is_page(&HeaderMap::new(), &whole(other.as_bytes())), "{other}");
        }
    }

    #[test]
    fn the_content_type_decides_how_a_success_is_read() {
        let json = |text: &str| accepted(&of_type("application/json; charset=utf-8"), &whole(text.as_bytes()));
        for text in ["{}", r#"{"partialSuccess":{}}"#, r#"{"partialSuccess":null}"#, r#"{"status":"ok"}"#] {
            assert_eq!(json(text), Accepted::All, "{text}");
        }
        for text in [
            r#"{"partialSuccess":{"rejectedDataPoints":"20","errorMessage":"late"}}"#,
            r#"{"partialSuccess":{"rejectedDataPoints":20}}"#,
            r#"{"partial_success":{"rejected_data_points":"20"}}"#,
        ] {
            assert_eq!(json(text), Accepted::Except(20), "{text}");
        }
        assert_eq!(json(r#"{"partialSuccess":{"errorMessage":"soon too old"}}"#), Accepted::WithWarning);
        for text in ["OK", "[]x", "\"OK\"", r#"{"partialSuccess":{"rejectedDataPoints":"many"}}"#, "{"] {
            assert_eq!(json(text), Accepted::Unread, "{text}");
        }
        let protobuf = of_type("application/x-protobuf");
        for headers in [protobuf.clone(), HeaderMap::new(), of_type("application/octet-stream")] {
            assert_eq!(accepted(&headers, &whole(&response(20, "late"))), Accepted::Except(20));
            assert_eq!(accepted(&headers, &whole(&response(0, "soon"))), Accepted::WithWarning);
            assert_eq!(accepted(&headers, &whole(&response(-2, ""))), Accepted::All);
            assert_eq!(accepted(&headers, &whole(b"")), Accepted::All);
            assert_eq!(accepted(&headers, &whole(b"\x00\x01\x02")), Accepted::Unread);
        }
        assert_eq!(accepted(&protobuf, &whole(&[0x7a, 1, 0])), Accepted::All, "a field of a later version");
        // These texts can be read as messages.
        for text in ["accepted\n", "z\0"] {
            assert!(ExportMetricsServiceResponse::decode(text.as_bytes()).is_ok(), "{text:?}");
            assert_eq!(accepted(&HeaderMap::new(), &whole(text.as_bytes())), Accepted::Unread, "{text:?}");
        }
        assert_eq!(accepted(&of_type("text/plain"), &whole(&response(20, ""))), Accepted::Unread);
        assert_eq!(accepted(&protobuf, &Body { is_whole: false, ..whole(&response(20, "")) }), Accepted::Unread);
        let mut compressed = protobuf;
        compressed.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(accepted(&compressed, &whole(&response(20, ""))), Accepted::Unread);
    }

    #[test]
    fn only_a_status_in_protobuf_is_otlps_own_refusal() {
        let status = |code, message: &str| {
            tonic_types::Status { code, message: message.to_owned(), details: Vec::new() }.encode_to_vec()
        };
        let is_status = |kind: &str, bytes: &[u8]| is_otlp_status(&of_type(kind), &whole(bytes));
        for kind in ["application/x-protobuf", "Application/X-Protobuf; x=y", "application/protobuf"] {
            assert!(is_status(kind, &status(3, "not acceptable")), "{kind}");
            assert!(is_status(kind, &status(0, "no code")), "{kind}");
            assert!(is_status(kind, &status(16, "")), "{kind}");
        }
        for kind in ["text/plain", "text/html", "application/json", "application/octet-stream"] {
            assert!(!is_status(kind, &status(3, "not acceptable")), "{kind}");
        }
        assert!(!is_otlp_status(&HeaderMap::new(), &whole(&status(3, ""))));
        let protobuf = |bytes: &[u8]| is_status("application/x-protobuf", bytes);
        for other in [&b""[..], b"accepted\n", b"TLS expected here\n", b"<html>", b"{}", b"\x08\x03\x7a\x01\x00"] {
            assert!(!protobuf(other), "{other:?}");
        }
        for code in [-1, 17, 400] {
            assert!(!protobuf(&status(code, "out of range")), "{code}");
        }
        assert!(!is_status("application/json", br#"{"code":3,"message":"blocked"}"#));
        let cut = Body { is_whole: false, ..whole(&status(3, "cut")) };
        assert!(!is_otlp_status(&of_type("application/x-protobuf"), &cut));
    }

    proptest! {
        #[test]
        fn no_printable_text_is_otlps_refusal(text in "[ -~]{1,64}") {
            prop_assert!(!is_otlp_status(&of_type("application/x-protobuf"), &whole(text.as_bytes())));
        }
    }
}
