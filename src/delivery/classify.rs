//! From what came back to what is to be done: one pure function, after OTLP's rules for retries.
//!
//! Must not know how an answer was got. Nothing that an endpoint wrote becomes part of a reason: neither body, nor
//! `grpc-message`, nor a header's value.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use tonic::Code;
use tonic_types::StatusExt;

use super::body::Body;
use super::error::DeliveryError;
use super::outcome::{Remark, SendOutcome};
use super::response::{self, Accepted};
use crate::clock::Timestamp;

/// The longest time to wait that an endpoint can ask for: a report is due once a day, and a day's silence by one answer
/// would lose the next one.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// What one attempt came to.
pub(crate) enum Attempt {
    /// An answer over HTTP, with as much of its body as the status makes worth reading.
    Http { status: StatusCode, headers: HeaderMap, body: Body },
    /// An answer over gRPC: the message, or a status that is not OK.
    Grpc(Result<Bytes, Box<tonic::Status>>),
    /// No complete answer.
    Failed(DeliveryError),
    /// No complete answer within the time limit.
    TimedOut(Duration),
    /// Consent ended first.
    Revoked,
}

impl Attempt {
    /// Whether the connection it came over can carry another request: it was read to its end.
    pub(crate) fn leaves_connection_usable(&self) -> bool {
        match self {
            Self::Http { body, .. } => body.is_whole,
            Self::Grpc(_) => true,
            Self::Failed(_) | Self::TimedOut(_) | Self::Revoked => false,
        }
    }
}

/// How the endpoint is reached, for the advice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    /// The endpoint's URL begins with `https://`.
    pub(crate) is_tls: bool,
    /// A proxy forwards the requests, and answers in the endpoint's place if it cannot.
    pub(crate) is_forwarded: bool,
}

/// Decides what an answer means. `now` is the wall clock's time, for a Retry-After that names a date.
pub(crate) fn classify(attempt: &Attempt, now: Timestamp, route: Route) -> SendOutcome {
    match attempt {
        Attempt::Http { status, headers, body } => http(*status, headers, body, now, route),
        Attempt::Grpc(Ok(message)) => accepted(response::accepted_message(message)),
        Attempt::Grpc(Err(status)) => grpc(status),
        Attempt::Failed(failure) => failed(failure, route.is_tls),
        Attempt::TimedOut(limit) => SendOutcome::Retry { after: None, reason: timed_out(*limit) },
        Attempt::Revoked => SendOutcome::Revoked,
    }
}

/// Whether what came of a request that was sent shows that the endpoint does not have the report. A gateway or a server that
/// fails may have passed it on before, and one that asks for another attempt decides nothing.
pub(crate) fn shows_no_arrival(exchanged: &Result<Attempt, DeliveryError>) -> bool {
    match exchanged {
        Ok(Attempt::Http { status, .. }) => !status.is_server_error() && *status != StatusCode::TOO_MANY_REQUESTS,
        Ok(Attempt::Grpc(Err(status))) => match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Unimplemented
            | Code::Unauthenticated => true,
            Code::ResourceExhausted => status.get_details_retry_info().is_none(),
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::OutOfRange
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => false,
        },
        Ok(Attempt::Grpc(Ok(_)) | Attempt::Failed(_) | Attempt::TimedOut(_) | Attempt::Revoked) => false,
        Err(failure) => {
            !matches!(failure, DeliveryError::Broken | DeliveryError::TooLarge | DeliveryError::UnreadSuccess)
        }
    }
}

fn http(status: StatusCode, headers: &HeaderMap, body: &Body, now: Timestamp, route: Route) -> SendOutcome {
    if status.is_success() {
        let is_page = response::is_page(headers, body);
        return if is_page { ambiguous(status, route.is_tls) } else { accepted(response::accepted(headers, body)) };
    }
    let proxy = match status.as_u16() {
        502..=504 if route.is_forwarded => ", or the proxy in HTTP_PROXY cannot reach it",
        _ => "",
    };
    let reason = format!("the endpoint answered {}; {}{proxy}", status.as_u16(), http_advice(status));
    match status.as_u16() {
        429 | 502 | 503 | 504 => {
            let after = headers.get(RETRY_AFTER).and_then(|value| retry_after(value, now));
            SendOutcome::Retry { after, reason }
        }
        400 | 413 | 422 if response::is_otlp_status(headers, body) => SendOutcome::Refused { reason },
        400 | 409 | 413 | 422 => ambiguous(status, route.is_tls),
        // The token lacks a permission, or a filter in front of the receiver does not let this report pass.
        403 => SendOutcome::Ambiguous { reason },
        _ => SendOutcome::Held { reason },
    }
}

/// A status that may be about this report, or about every request, in a response that no OTLP receiver gives.
fn ambiguous(status: StatusCode, is_tls: bool) -> SendOutcome {
    let (form, advice) = match status.as_u16() {
        413 => ("not in OTLP's form", "raise the limit on request bodies there"),
        200..=299 => (
            "with a web page",
            "check the host and path of HEADCOUNT_OTLP_ENDPOINT, and whether a portal needs a sign-in",
        ),
        _ => (
            "not in OTLP's form",
            "check that HEADCOUNT_OTLP_ENDPOINT names an OTLP receiver, and whether a filter is in front of it",
        ),
    };
    let tls = if is_tls { "" } else { "; the URL begins with http://, and the port may expect https://" };
    SendOutcome::Ambiguous { reason: format!("the endpoint answered {} {form}; {advice}{tls}", status.as_u16()) }
}

fn http_advice(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..=399 => "redirects are not followed: put the final URL into HEADCOUNT_OTLP_ENDPOINT",
        400 | 422 => "it will not take this report; the receiver's log says why",
        401 => "check the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS)",
        403 => {
            "the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS) may not write metrics there, or a proxy \
             or filter on the way refuses the request"
        }
        404 => "check the path of HEADCOUNT_OTLP_ENDPOINT, to which /v1/metrics is appended",
        405 => "nothing takes POST there: check the path of HEADCOUNT_OTLP_ENDPOINT",
        407 => "check the user and password in the proxy's URL",
        413 => "this report is larger than it accepts: raise its limit on request bodies for the next one",
        415 => "it does not take protobuf, or not gzip: check HEADCOUNT_OTLP_PROTOCOL and HEADCOUNT_OTLP_COMPRESSION",
        429 | 502 | 503 | 504 => "it is not ready for reports just now",
        408 | 500..=599 => "this may pass; if it does not, the receiver's log says why",
        _ => "check that HEADCOUNT_OTLP_ENDPOINT names an OTLP receiver",
    }
}

fn grpc(status: &tonic::Status) -> SendOutcome {
    let code = status.code();
    let reason = format!("the endpoint answered {}; {}", code_name(code), grpc_advice(code));
    let asked = status.get_details_retry_info();
    let after = asked.as_ref().and_then(|info| info.retry_delay).map(|delay| delay.min(MAX_RETRY_AFTER));
    match code {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => SendOutcome::Retry { after, reason },
        // Without RetryInfo this means a quota or a limit that time alone does not lift.
        Code::ResourceExhausted if asked.is_some() => SendOutcome::Retry { after, reason },
        Code::InvalidArgument => SendOutcome::Refused { reason },
        Code::PermissionDenied => SendOutcome::Ambiguous { reason },
        Code::Ok
        | Code::Unknown
        | Code::NotFound
        | Code::AlreadyExists
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Unimplemented
        | Code::Internal
        | Code::Unauthenticated => SendOutcome::Held { reason },
    }
}

fn grpc_advice(code: Code) -> &'static str {
    match code {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => "it is not ready for reports just now",
        Code::InvalidArgument => "it will not take this report; the receiver's log says why",
        Code::Unauthenticated => "check the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS)",
        Code::PermissionDenied => {
            "the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS) may not write metrics there"
        }
        Code::Unimplemented => {
            "no OTLP metrics service is there: check HEADCOUNT_OTLP_ENDPOINT, HEADCOUNT_OTLP_PROTOCOL and \
             HEADCOUNT_OTLP_COMPRESSION"
        }
        Code::ResourceExhausted => "a quota is used up, or the report is larger than it accepts: raise its limit",
        Code::Internal | Code::Unknown => "this may pass; if it does not, the receiver's log says why",
        Code::Ok | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition => {
            "check that HEADCOUNT_OTLP_ENDPOINT names an OTLP receiver"
        }
    }
}

/// The code as the gRPC documents write it. What the endpoint wrote beside it is left out.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

fn failed(failure: &DeliveryError, is_tls: bool) -> SendOutcome {
    let reason = failure.to_string();
    match failure {
        DeliveryError::Connect { .. } | DeliveryError::ProxyConnect { .. } | DeliveryError::Broken => {
            SendOutcome::Retry { after: None, reason }
        }
        DeliveryError::ProxyRefused(status) if matches!(status.as_u16(), 429 | 502 | 503 | 504) => {
            SendOutcome::Retry { after: None, reason }
        }
        DeliveryError::HttpStatus(status) => ambiguous(*status, is_tls),
        DeliveryError::NotGrpc => SendOutcome::Ambiguous { reason },
        DeliveryError::UnreadSuccess => accepted(Accepted::Unread),
        DeliveryError::ProxyRefused(_)
        | DeliveryError::ProxyTls
        | DeliveryError::NotProxy
        | DeliveryError::UntrustedCertificate(_)
        | DeliveryError::ClientCertificate
        | DeliveryError::Tls(_)
        | DeliveryError::NoHttp2
        | DeliveryError::NotHttp
        | DeliveryError::TooLarge
        | DeliveryError::Request => SendOutcome::Held { reason },
    }
}

/// A success is a delivery, whatever its body says.
const fn accepted(accepted: Accepted) -> SendOutcome {
    match accepted {
        Accepted::All => SendOutcome::Delivered,
        Accepted::Except(rejected) => SendOutcome::PartiallyAccepted { rejected },
        Accepted::WithWarning => SendOutcome::DeliveredWith(Remark::Warning),
        Accepted::Unread => SendOutcome::DeliveredWith(Remark::Unread),
    }
}

/// Seconds or a date; none if it is neither. What lies further away than the bound is brought down to it.
fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    let asked = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        Timestamp::from(httpdate::parse_http_date(text).ok()?).since(now)
    };
    Some(asked.min(MAX_RETRY_AFTER))
}

/// The reason for an attempt that reached its time limit.
fn timed_out(limit: Duration) -> String {
    format!(
        "the endpoint did not answer within {}; check the network, or raise HEADCOUNT_OTLP_TIMEOUT",
        humantime::format_duration(limit)
    )
}

#[cfg(test)]
mod tests;
