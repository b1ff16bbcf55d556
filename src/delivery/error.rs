//! Why an attempt did not deliver: message, code and remedy, without any text of a peer. Must not know what is done about it.

use std::io;
use std::time::Duration;

use http::StatusCode;
use rustls::AlertDescription;
use tonic::Code;

use super::prepare::ENDPOINT;
use crate::error_chain::{Describe, Description, find, innermost};
use crate::net::tls::{CertificateProblem, HandshakeProblem};

const CHECK_PORT: &str =
    "check HEADCOUNT_OTLP_PROTOCOL and the port in HEADCOUNT_OTLP_ENDPOINT (4317 for grpc, 4318 for http/protobuf)";
const CHECK_RECEIVER: &str = "check that HEADCOUNT_OTLP_ENDPOINT is the URL of an OTLP receiver";
const CHECK_PROXY: &str = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY";
const CHECK_TOKEN: &str = "check the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS)";
const CHECK_LOG: &str = "check the receiver's log";

/// Why a report was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// No connection to the endpoint was opened.
    #[error("cannot connect to the endpoint: {cause}")]
    Connect {
        /// The system's reason.
        cause: String,
    },
    /// No connection to the proxy was opened.
    #[error("cannot connect to the proxy: {cause}")]
    ProxyConnect {
        /// The system's reason.
        cause: String,
    },
    /// The proxy did not open a tunnel.
    #[error("proxy returned {} to CONNECT", .0.as_u16())]
    ProxyRefused(StatusCode),
    /// The TLS handshake with the proxy failed.
    #[error("TLS handshake with the proxy failed")]
    ProxyTls,
    /// What listens at the proxy's address is something else.
    #[error("proxy does not support HTTP")]
    NotProxy,
    /// The endpoint's certificate was not accepted.
    #[error("endpoint's certificate {0}")]
    UntrustedCertificate(CertificateProblem),
    /// The endpoint did not accept the client's certificate, or requires one.
    #[error("endpoint rejected the client certificate, or requires one")]
    ClientCertificate,
    /// The TLS handshake failed for another reason.
    #[error("TLS handshake with the endpoint failed: {0}")]
    Tls(HandshakeProblem),
    /// gRPC was not possible.
    #[error("endpoint does not support HTTP/2, which gRPC needs")]
    NoHttp2,
    /// What listens is something else.
    #[error("endpoint does not support HTTP/1.1")]
    NotHttp,
    // A gRPC receiver closes a connection of HTTP/1.1, so this is the same as a receiver that stopped.
    /// The connection ended too early.
    #[error("connection ended before the response was complete")]
    Broken,
    /// The response is longer than any OTLP response.
    #[error("endpoint's response is larger than an OTLP response")]
    TooLarge,
    /// The response is something else.
    #[error("endpoint's response is not gRPC")]
    NotGrpc,
    /// A status of HTTP that may be about this request, without one of gRPC.
    #[error("endpoint returned {} over HTTP instead of gRPC", .0.as_u16())]
    HttpStatus(StatusCode),
    /// The status of gRPC is OK, and its message cannot be read.
    #[error("endpoint accepted the report, but its response cannot be read")]
    UnreadSuccess,
    /// The settings make no request.
    #[error("cannot build the request")]
    Request,
    /// No complete response within the time limit.
    #[error("endpoint did not respond within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The time for deliveries was over before the response was complete.
    #[error("endpoint did not respond before the time for deliveries ended")]
    DeadlineReached,
    /// The endpoint's own status, or one of the proxy that forwards requests to it.
    #[error("endpoint returned {}{}", .status.as_u16(), http_meaning(*.status))]
    Status {
        /// The status.
        status: StatusCode,
        /// Whether a proxy forwards requests.
        is_forwarded: bool,
    },
    /// A status that may be about this report or about every request, in a response that no OTLP receiver sends.
    #[error("endpoint returned {} {}", .status.as_u16(), if .status.is_success() { "with a web page" } else { "not in OTLP's form" })]
    NotOtlp {
        /// The status.
        status: StatusCode,
        /// Whether the endpoint's URL begins with `https://`.
        is_tls: bool,
    },
    /// A status of gRPC.
    #[error("endpoint returned {}", code_name(*.0))]
    Grpc(Code),
}

impl Describe for DeliveryError {
    fn describe(&self) -> Description {
        let (code, remedy) = match self {
            Self::Connect { .. } => ("cannot_connect", "check HEADCOUNT_OTLP_ENDPOINT and network policies"),
            Self::ProxyConnect { .. } => ("proxy_unreachable", CHECK_PROXY),
            Self::ProxyRefused(status) => ("proxy_refused", proxy_remedy(*status)),
            Self::ProxyTls => ("proxy_tls", "check HTTPS_PROXY, HTTP_PROXY and HEADCOUNT_OTLP_CERTIFICATE"),
            Self::NotProxy => ("proxy_not_http", CHECK_PROXY),
            Self::UntrustedCertificate(problem) => return problem.describe(ENDPOINT),
            Self::ClientCertificate => {
                ("client_certificate_rejected", "check HEADCOUNT_OTLP_CLIENT_CERTIFICATE and HEADCOUNT_OTLP_CLIENT_KEY")
            }
            Self::Tls(problem) => return problem.describe(ENDPOINT.url),
            Self::NoHttp2 => ("no_http2", CHECK_PORT),
            Self::NotHttp => ("not_http", CHECK_PORT),
            Self::Broken => (
                "connection_broken",
                "if it persists, check HEADCOUNT_OTLP_PROTOCOL and the port in HEADCOUNT_OTLP_ENDPOINT",
            ),
            Self::TooLarge => ("response_too_large", CHECK_RECEIVER),
            Self::NotGrpc => ("not_grpc", "check HEADCOUNT_OTLP_ENDPOINT and HEADCOUNT_OTLP_PROTOCOL"),
            Self::UnreadSuccess => ("unreadable_success", CHECK_LOG),
            Self::Request => ("invalid_request", "check HEADCOUNT_OTLP_ENDPOINT"),
            Self::TimedOut(_) => ("timed_out", "check the network, or raise HEADCOUNT_OTLP_TIMEOUT"),
            Self::DeadlineReached => ("deadline_reached", "check the network"),
            Self::Status { status, is_forwarded } => return describe_status(*status, *is_forwarded),
            Self::HttpStatus(status) => return describe_not_otlp(*status, true),
            Self::NotOtlp { status, is_tls } => return describe_not_otlp(*status, *is_tls),
            Self::Grpc(code) => return describe_grpc(*code),
        };
        Description::new(code).remedy(remedy)
    }
}

const fn proxy_remedy(status: StatusCode) -> &'static str {
    match status.as_u16() {
        407 => "check the user and password in the proxy's URL",
        403 => "allow the endpoint in the proxy, or add its host to NO_PROXY",
        _ => "check HTTPS_PROXY, HTTP_PROXY and the proxy's rules",
    }
}

fn describe_not_otlp(status: StatusCode, is_tls: bool) -> Description {
    let remedy = match status.as_u16() {
        413 => "raise the limit on request bodies at the endpoint",
        200..=299 => "check the host and path in HEADCOUNT_OTLP_ENDPOINT, and for a portal that requires a sign-in",
        _ => "check HEADCOUNT_OTLP_ENDPOINT, and for a filter in front of the receiver",
    };
    let tls = if is_tls { "" } else { "; the port may expect https:// instead of http://" };
    Description::new("not_otlp").remedy(format!("{remedy}{tls}"))
}

/// Whether a status says that the endpoint cannot accept reports for the moment.
pub(super) const fn is_unavailable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

const fn http_meaning(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..=399 => " (redirect)",
        400 | 422 => " (report rejected)",
        413 => " (report too large)",
        429 | 502 | 503 | 504 => " (temporarily unavailable)",
        408 | 500..=599 => " (temporary server error)",
        _ => "",
    }
}

fn describe_status(status: StatusCode, is_forwarded: bool) -> Description {
    let (code, remedy) = match status.as_u16() {
        300..=399 => ("redirected", "set HEADCOUNT_OTLP_ENDPOINT to the final URL; redirects are not followed"),
        400 | 422 => ("report_rejected", CHECK_LOG),
        401 => ("unauthorized", CHECK_TOKEN),
        403 => (
            "forbidden",
            "the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS) may not write metrics, or a proxy or \
             filter rejects the request",
        ),
        404 => ("not_found", "check the path in HEADCOUNT_OTLP_ENDPOINT; /v1/metrics is appended to it"),
        405 => ("method_not_allowed", "check the path in HEADCOUNT_OTLP_ENDPOINT; POST is not allowed there"),
        407 => ("proxy_authentication", "check the user and password in the proxy's URL"),
        413 => ("report_too_large", "raise the limit on request bodies at the endpoint"),
        415 => ("unsupported_media_type", "check HEADCOUNT_OTLP_PROTOCOL and HEADCOUNT_OTLP_COMPRESSION"),
        502..=504 if is_forwarded => {
            ("unavailable", "the report is retried; check that the proxy in HTTP_PROXY can reach the endpoint")
        }
        429 | 502..=504 => ("unavailable", "the report is retried"),
        408 | 500..=599 => ("server_error", "if it persists, check the receiver's log"),
        _ => ("unexpected_status", CHECK_RECEIVER),
    };
    Description::new(code).remedy(remedy)
}

fn describe_grpc(code: Code) -> Description {
    let (code, remedy) = match code {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => ("unavailable", "the report is retried"),
        Code::InvalidArgument => ("report_rejected", CHECK_LOG),
        Code::Unauthenticated => ("unauthorized", CHECK_TOKEN),
        Code::PermissionDenied => {
            ("forbidden", "the token in HEADCOUNT_OTLP_HEADERS_FILE (or HEADCOUNT_OTLP_HEADERS) may not write metrics")
        }
        Code::Unimplemented => (
            "no_metrics_service",
            "check HEADCOUNT_OTLP_ENDPOINT, HEADCOUNT_OTLP_PROTOCOL and HEADCOUNT_OTLP_COMPRESSION",
        ),
        Code::ResourceExhausted => ("quota_exceeded", "raise the quota, or the limit on the size of requests"),
        Code::Internal | Code::Unknown => ("server_error", "if it persists, check the receiver's log"),
        _ => ("unexpected_status", CHECK_RECEIVER),
    };
    Description::new(code).remedy(remedy)
}

/// The code as the gRPC documents write it: NOT_FOUND where Rust writes NotFound.
fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

impl DeliveryError {
    /// A connection to the endpoint that was not opened.
    pub(crate) fn connect(error: &io::Error) -> Self {
        Self::Connect { cause: innermost(error) }
    }

    /// A connection to the proxy that was not opened.
    pub(crate) fn proxy_connect(error: &io::Error) -> Self {
        Self::ProxyConnect { cause: innermost(error) }
    }

    /// The same error, when it happened with the proxy.
    pub(crate) fn with_proxy(self) -> Self {
        match self {
            Self::UntrustedCertificate(_) | Self::ClientCertificate | Self::Tls(_) | Self::NoHttp2 => Self::ProxyTls,
            Self::NotHttp => Self::NotProxy,
            Self::Broken => Self::ProxyConnect { cause: "the connection ended".to_owned() },
            other => other,
        }
    }

    /// A TLS handshake that failed.
    pub(crate) fn handshake(error: &io::Error) -> Self {
        find::<rustls::Error>(error).map_or(Self::Broken, Self::tls)
    }

    fn tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(problem) => Self::UntrustedCertificate(CertificateProblem::of(problem)),
            rustls::Error::NoApplicationProtocol
            | rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => Self::NoHttp2,
            other => match HandshakeProblem::of(other) {
                HandshakeProblem::ClientCertificate => Self::ClientCertificate,
                problem => Self::Tls(problem),
            },
        }
    }
}

/// An exchange over an open connection that failed.
impl From<hyper::Error> for DeliveryError {
    fn from(error: hyper::Error) -> Self {
        if let Some(tls) = find::<rustls::Error>(&error) {
            return Self::tls(tls);
        }
        if error.is_parse_too_large() {
            return Self::TooLarge;
        }
        if error.is_parse() { Self::NotHttp } else { Self::Broken }
    }
}
