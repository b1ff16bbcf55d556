//! Decides what a response means: one pure function, after OTLP's rules for retries.
//!
//! Must not know how a response was received. Nothing that an endpoint wrote becomes part of a reason: neither body, nor
//! `grpc-message`, nor a header's value.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use tonic::Code;
use tonic_types::StatusExt;

use super::body::Body;
use super::error::{DeliveryError, is_unavailable};
use super::outcome::{Remark, SendOutcome};
use super::response::{self, Accepted};
use crate::clock::Timestamp;

/// The longest Retry-After that is followed: a report is due once a day, and a pause of a day by one response would lose the
/// next report.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// How one attempt ended.
pub(crate) enum Attempt {
    /// A response over HTTP, with as much of its body as its status needs.
    Http { status: StatusCode, headers: HeaderMap, body: Body },
    /// A response over gRPC: the message, or a status that is not OK.
    Grpc(Result<Bytes, Box<tonic::Status>>),
    /// No complete response.
    Failed(DeliveryError),
    /// No complete response within the time limit.
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

/// How the endpoint is reached, for the remedy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    /// The endpoint's URL begins with `https://`.
    pub(crate) is_tls: bool,
    /// A proxy forwards the requests, and answers in the endpoint's place if it cannot.
    pub(crate) is_forwarded: bool,
}

/// Decides what an attempt means. `now` is the wall clock's time, for a Retry-After that names a date.
pub(crate) fn classify(attempt: &Attempt, now: Timestamp, route: Route) -> SendOutcome {
    match attempt {
        Attempt::Http { status, headers, body } => http(*status, headers, body, now, route),
        Attempt::Grpc(Ok(message)) => accepted(response::accepted_message(message)),
        Attempt::Grpc(Err(status)) => grpc(status),
        Attempt::Failed(error) => failed(error.clone(), route.is_tls),
        Attempt::TimedOut(limit) => SendOutcome::Retry { after: None, reason: DeliveryError::TimedOut(*limit) },
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
            _ => false,
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
    let reason = DeliveryError::Status { status, is_forwarded: route.is_forwarded };
    match status.as_u16() {
        _ if is_unavailable(status) => {
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
const fn ambiguous(status: StatusCode, is_tls: bool) -> SendOutcome {
    SendOutcome::Ambiguous { reason: DeliveryError::NotOtlp { status, is_tls } }
}

fn grpc(status: &tonic::Status) -> SendOutcome {
    let code = status.code();
    let reason = DeliveryError::Grpc(code);
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
        _ => SendOutcome::Held { reason },
    }
}

fn failed(reason: DeliveryError, is_tls: bool) -> SendOutcome {
    match reason {
        DeliveryError::Connect { .. }
        | DeliveryError::ProxyConnect { .. }
        | DeliveryError::Broken
        | DeliveryError::TimedOut(_)
        | DeliveryError::DeadlineReached => SendOutcome::Retry { after: None, reason },
        DeliveryError::ProxyRefused(status) if is_unavailable(status) => SendOutcome::Retry { after: None, reason },
        DeliveryError::HttpStatus(status) => ambiguous(status, is_tls),
        DeliveryError::NotGrpc | DeliveryError::NotOtlp { .. } => SendOutcome::Ambiguous { reason },
        DeliveryError::UnreadSuccess => accepted(Accepted::Unread),
        _ => SendOutcome::Held { reason },
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

#[cfg(test)]
mod tests;
