use http::header::CONTENT_TYPE;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use proptest::prelude::*;
use prost::Message;
use tonic_types::ErrorDetails;

use super::*;
use crate::net::tls::{CertificateProblem, HandshakeProblem};

/// 2026-01-02T03:04:05Z.
const NOW: Timestamp = Timestamp::from_unix_seconds(1_767_323_045);
const DIRECT: Route = Route { is_tls: true, is_forwarded: false };
const SECRET: &str = "hunter2-of-the-endpoint";

fn answered(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> SendOutcome {
    let headers = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect();
    let status = StatusCode::from_u16(status).unwrap();
    classify(&Attempt::Http { status, headers, body: whole(body) }, NOW, DIRECT)
}

fn whole(body: &[u8]) -> Body {
    Body { bytes: Bytes::copy_from_slice(body), is_whole: true }
}

fn grpc_status(status: tonic::Status) -> SendOutcome {
    classify(&Attempt::Grpc(Err(Box::new(status))), NOW, DIRECT)
}

fn failed_with(failure: DeliveryError) -> SendOutcome {
    classify(&Attempt::Failed(failure), NOW, DIRECT)
}

/// An outcome without its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Delivered,
    Retry,
    Held,
    Ambiguous,
    Refused,
    Other,
}

fn kind(outcome: &SendOutcome) -> Kind {
    match outcome {
        SendOutcome::Delivered => Kind::Delivered,
        SendOutcome::Retry { .. } => Kind::Retry,
        SendOutcome::Held { .. } => Kind::Held,
        SendOutcome::Ambiguous { .. } => Kind::Ambiguous,
        SendOutcome::Refused { .. } => Kind::Refused,
        SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. } | SendOutcome::Revoked => Kind::Other,
    }
}

#[test]
fn every_http_status_has_its_outcome() {
    for status in 100..1000 {
        let expected = match status {
            200..=299 => Kind::Delivered,
            429 | 502 | 503 | 504 => Kind::Retry,
            400 | 403 | 409 | 413 | 422 => Kind::Ambiguous,
            _ => Kind::Held,
        };
        let outcome = answered(status, &[], b"");
        assert_eq!(kind(&outcome), expected, "{status}");
        if expected != Kind::Delivered {
            let text = outcome.to_string();
            assert!(text.contains(&status.to_string()) && text.contains("; "), "{text}");
        }
    }
}

#[test]
fn only_otlp_status_rejects_a_report() {
    let protobuf = [("content-type", "application/x-protobuf")];
    let refusal = tonic_types::Status { code: 3, message: SECRET.to_owned(), details: Vec::new() }.encode_to_vec();
    for status in 100..1000 {
        let expected = match status {
            200..=299 => continue,
            429 | 502 | 503 | 504 => Kind::Retry,
            400 | 413 | 422 => Kind::Refused,
            403 | 409 => Kind::Ambiguous,
            _ => Kind::Held,
        };
        let outcome = answered(status, &protobuf, &refusal);
        assert_eq!(kind(&outcome), expected, "{status}");
        assert!(!format!("{outcome} {outcome:?}").contains(SECRET));
    }
    for (content_type, body) in [
        ("text/plain", &b"out of order sample"[..]),
        ("text/html", b"<html>This port speaks TLS</html>"),
        ("application/json", br#"{"code":3,"message":"blocked"}"#),
        ("application/x-protobuf", b"accepted\n"),
        ("application/x-protobuf", b""),
        ("text/plain", &refusal),
    ] {
        for status in [400, 409, 413, 422] {
            let outcome = answered(status, &[("content-type", content_type)], body);
            assert_eq!(kind(&outcome), Kind::Ambiguous, "{status} {content_type}");
        }
    }
}

#[test]
fn an_ambiguous_answer_to_plain_http_names_https() {
    let page = |status, is_tls| {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
        let status = StatusCode::from_u16(status).unwrap();
        classify(&Attempt::Http { status, headers, body: whole(b"<html>") }, NOW, Route { is_tls, ..DIRECT })
            .to_string()
    };
    for status in [200, 400] {
        assert!(page(status, false).contains("https://"), "{}", page(status, false));
        assert!(!page(status, true).contains("https://"), "{}", page(status, true));
    }
}

#[test]
fn gateway_status_names_a_forwarding_proxy() {
    for (status, is_named) in [(502, true), (503, true), (504, true), (404, false), (500, false)] {
        let told = |route| {
            let status = StatusCode::from_u16(status).unwrap();
            classify(&Attempt::Http { status, headers: HeaderMap::new(), body: whole(b"") }, NOW, route).to_string()
        };
        assert!(!told(DIRECT).contains("HTTP_PROXY"), "{status}");
        assert_eq!(told(Route { is_tls: false, is_forwarded: true }).contains("HTTP_PROXY"), is_named, "{status}");
    }
}

#[test]
fn every_grpc_code_has_its_outcome() {
    let table = [
        (Code::Ok, Kind::Held, Kind::Held),
        (Code::Cancelled, Kind::Retry, Kind::Retry),
        (Code::Unknown, Kind::Held, Kind::Held),
        (Code::InvalidArgument, Kind::Refused, Kind::Refused),
        (Code::DeadlineExceeded, Kind::Retry, Kind::Retry),
        (Code::NotFound, Kind::Held, Kind::Held),
        (Code::AlreadyExists, Kind::Held, Kind::Held),
        (Code::PermissionDenied, Kind::Ambiguous, Kind::Ambiguous),
        (Code::ResourceExhausted, Kind::Held, Kind::Retry),
        (Code::FailedPrecondition, Kind::Held, Kind::Held),
        (Code::Aborted, Kind::Retry, Kind::Retry),
        (Code::OutOfRange, Kind::Retry, Kind::Retry),
        (Code::Unimplemented, Kind::Held, Kind::Held),
        (Code::Internal, Kind::Held, Kind::Held),
        (Code::Unavailable, Kind::Retry, Kind::Retry),
        (Code::DataLoss, Kind::Retry, Kind::Retry),
        (Code::Unauthenticated, Kind::Held, Kind::Held),
    ];
    for (number, (code, plainly, with_retry_info)) in table.into_iter().enumerate() {
        assert_eq!(i32::from(code), i32::try_from(number).unwrap());
        assert_eq!(kind(&grpc_status(tonic::Status::new(code, SECRET))), plainly, "{code:?}");
        let asked = Some(Duration::from_secs(9));
        let details = ErrorDetails::with_retry_info(asked);
        let outcome = grpc_status(tonic::Status::with_error_details(code, SECRET, details));
        assert_eq!(kind(&outcome), with_retry_info, "{code:?}");
        if let SendOutcome::Retry { after, .. } = &outcome {
            assert_eq!(*after, asked);
        }
        let text = outcome.to_string();
        assert!(!text.contains(SECRET));
        // The gRPC documents write NOT_FOUND where Rust writes NotFound.
        let name = text.trim_start_matches("endpoint returned ").split(';').next().unwrap().replace('_', "");
        assert_eq!(name, format!("{code:?}").to_uppercase(), "{text}");
    }
}

#[test]
fn http_status_has_code_of_its_reason() {
    for (status, code) in [
        (301, "redirected"),
        (302, "redirected"),
        (400, "not_otlp"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (405, "method_not_allowed"),
        (407, "proxy_authentication"),
        (408, "server_error"),
        (413, "not_otlp"),
        (415, "unsupported_media_type"),
        (418, "unexpected_status"),
        (422, "not_otlp"),
        (429, "unavailable"),
        (500, "server_error"),
        (502, "unavailable"),
        (599, "server_error"),
    ] {
        assert_eq!(answered(status, &[], b"").code(), code, "{status}");
    }
    for (code, expected) in [
        (Code::Unauthenticated, "unauthorized"),
        (Code::PermissionDenied, "forbidden"),
        (Code::Unimplemented, "no_metrics_service"),
        (Code::ResourceExhausted, "quota_exceeded"),
        (Code::NotFound, "unexpected_status"),
    ] {
        assert_eq!(grpc_status(tonic::Status::new(code, "")).code(), expected, "{code:?}");
    }
}

#[test]
fn complete_response_leaves_connection_usable() {
    let with = |status, body| Attempt::Http { status, headers: HeaderMap::new(), body };
    let http = |status| with(status, whole(b""));
    let refused = Attempt::Grpc(Err(Box::new(tonic::Status::unavailable(""))));
    for attempt in [http(StatusCode::OK), http(StatusCode::BAD_REQUEST), Attempt::Grpc(Ok(Bytes::new())), refused] {
        assert!(attempt.leaves_connection_usable());
    }
    let cut = [
        with(StatusCode::OK, Body::unread()),
        Attempt::Failed(DeliveryError::Broken),
        Attempt::TimedOut(MAX_RETRY_AFTER),
    ];
    for attempt in cut.into_iter().chain([Attempt::Revoked]) {
        assert!(!attempt.leaves_connection_usable());
    }
}

#[test]
fn every_failure_has_its_outcome() {
    let cause = || "connection refused".to_owned();
    for (failure, expected) in [
        (DeliveryError::Connect { cause: cause() }, Kind::Retry),
        (DeliveryError::ProxyConnect { cause: cause() }, Kind::Retry),
        (DeliveryError::Broken, Kind::Retry),
        (DeliveryError::ProxyRefused(StatusCode::SERVICE_UNAVAILABLE), Kind::Retry),
        (DeliveryError::ProxyRefused(StatusCode::PROXY_AUTHENTICATION_REQUIRED), Kind::Held),
        (DeliveryError::ProxyRefused(StatusCode::FORBIDDEN), Kind::Held),
        (DeliveryError::ProxyTls, Kind::Held),
        (DeliveryError::NotProxy, Kind::Held),
        (DeliveryError::UntrustedCertificate(CertificateProblem::UnknownIssuer), Kind::Held),
        (DeliveryError::ClientCertificate, Kind::Held),
        (DeliveryError::Tls(HandshakeProblem::Other), Kind::Held),
        (DeliveryError::NoHttp2, Kind::Held),
        (DeliveryError::NotHttp, Kind::Held),
        (DeliveryError::TooLarge, Kind::Held),
        (DeliveryError::NotGrpc, Kind::Ambiguous),
        (DeliveryError::HttpStatus(StatusCode::BAD_REQUEST), Kind::Ambiguous),
        (DeliveryError::UnreadSuccess, Kind::Other),
        (DeliveryError::Request, Kind::Held),
    ] {
        assert_eq!(kind(&failed_with(failure.clone())), expected, "{failure:?}");
    }
    let timed_out = classify(&Attempt::TimedOut(Duration::from_secs(10)), NOW, DIRECT);
    assert_eq!(kind(&timed_out), Kind::Retry);
    assert_eq!(timed_out.code(), "timed_out");
    assert_eq!(classify(&Attempt::Revoked, NOW, DIRECT), SendOutcome::Revoked);
}

#[test]
fn a_retry_after_is_seconds_or_a_date_within_an_hour() {
    for (text, expected) in [
        ("0", Some(0)),
        (" 120 ", Some(120)),
        ("3600", Some(3600)),
        ("3601", Some(3600)),
        ("99999999999999999999999999", Some(3600)),
        ("Fri, 02 Jan 2026 03:04:35 GMT", Some(30)),
        ("Fri, 02 Jan 2026 03:00:00 GMT", Some(0)),
        ("Sat, 03 Jan 2026 03:04:35 GMT", Some(3600)),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
    ] {
        let SendOutcome::Retry { after, .. } = answered(503, &[("retry-after", text)], b"") else { panic!("{text}") };
        assert_eq!(after, expected.map(Duration::from_secs), "{text:?}");
    }
}

#[test]
fn every_success_but_a_web_page_is_a_delivery() {
    let unread = SendOutcome::DeliveredWith(Remark::Unread);
    let response = |rejected| {
        let partial = ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message: SECRET.to_owned() };
        ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    };
    assert_eq!(answered(202, &[], &response(0)), SendOutcome::DeliveredWith(Remark::Warning));
    assert_eq!(answered(200, &[], &response(2)), SendOutcome::PartiallyAccepted { rejected: 2 });
    let html = [("content-type", "Text/HTML; charset=utf-8")];
    assert_eq!(kind(&answered(200, &html, &response(0))), Kind::Ambiguous);
    assert_eq!(answered(200, &html, b""), SendOutcome::Delivered);
    assert_eq!(kind(&answered(200, &[], b"<!doctype html>")), Kind::Ambiguous);
    for body in [&b"{}"[..], b"OK", b"accepted\n"] {
        assert_eq!(answered(200, &[], body), unread);
        assert_eq!(answered(202, &[("content-type", "text/plain")], body), unread);
    }
    assert_eq!(classify(&Attempt::Grpc(Ok(Bytes::from_static(b"<!doctype html>"))), NOW, DIRECT), unread);
    let cut = Attempt::Http { status: StatusCode::OK, headers: HeaderMap::new(), body: Body::unread() };
    assert_eq!(classify(&cut, NOW, DIRECT), unread);
    assert_eq!(failed_with(DeliveryError::UnreadSuccess), unread);
}

/// The strict order of reports rests on this: a report that may have arrived comes before those that are older.
#[test]
fn only_deciding_response_shows_no_arrival() {
    let http = |code: u16| {
        let status = StatusCode::from_u16(code).unwrap();
        shows_no_arrival(&Ok(Attempt::Http { status, headers: HeaderMap::new(), body: Body::unread() }))
    };
    for code in [200, 302, 400, 401, 403, 404, 408, 409, 413, 422] {
        assert!(http(code), "{code}");
    }
    for code in [429, 500, 502, 503, 504, 520, 524] {
        assert!(!http(code), "{code}");
    }
    let grpc = |code: Code| shows_no_arrival(&Ok(Attempt::Grpc(Err(Box::new(tonic::Status::new(code, ""))))));
    for code in [Code::InvalidArgument, Code::Unauthenticated, Code::Unimplemented, Code::ResourceExhausted] {
        assert!(grpc(code), "{code:?}");
    }
    for code in [
        Code::Cancelled,
        Code::Unknown,
        Code::DeadlineExceeded,
        Code::Aborted,
        Code::OutOfRange,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
    ] {
        assert!(!grpc(code), "{code:?}");
    }
    assert!(!shows_no_arrival(&Err(DeliveryError::Broken)) && !shows_no_arrival(&Err(DeliveryError::TooLarge)));
    assert!(shows_no_arrival(&Err(DeliveryError::HttpStatus(StatusCode::BAD_REQUEST))));
}

fn is_bounded(outcome: &SendOutcome) -> bool {
    !matches!(outcome, SendOutcome::Retry { after: Some(after), .. } if *after > MAX_RETRY_AFTER)
}

const fn is_accepted(outcome: &SendOutcome) -> bool {
    matches!(outcome, SendOutcome::Delivered | SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. })
}

proptest! {
    #[test]
    fn no_http_answer_but_a_2xx_is_a_delivery(
        status in 100_u16..1000,
        retry_after in "[ -~]{0,40}",
        now in any::<i64>(),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(&retry_after).unwrap())]);
        let code = StatusCode::from_u16(status).unwrap();
        let attempt = Attempt::Http { status: code, headers, body: whole(&body) };
        let outcome = classify(&attempt, Timestamp::from_unix_seconds(now), DIRECT);
        prop_assert!(!is_accepted(&outcome) || code.is_success());
        prop_assert!(is_bounded(&outcome));
    }

    #[test]
    fn no_grpc_status_is_a_delivery(code in -1..20_i32, details in prop::collection::vec(any::<u8>(), 0..64)) {
        let status = tonic::Status::with_details(Code::from(code), SECRET, details.into());
        let outcome = grpc_status(status);
        prop_assert!(!is_accepted(&outcome) && is_bounded(&outcome));
        let shown = format!("{outcome} {outcome:?}");
        prop_assert!(!shown.contains(SECRET));
    }
}
