//! The ways in which no answer comes back: what kind an error is, and the sentence an operator reads.
//!
//! Must not know whether a kind is worth trying again; `classify` decides that.

use std::error::Error;
use std::io;

use http::StatusCode;
use rustls::AlertDescription;

use crate::net::tls::{CertificateProblem, HandshakeProblem, PeerNames};

const ENDPOINT: PeerNames = PeerNames { url: "HEADCOUNT_OTLP_ENDPOINT", certificate: "HEADCOUNT_OTLP_CERTIFICATE" };

/// Why there is no complete, readable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error(
        "cannot connect to the endpoint ({cause}); check HEADCOUNT_OTLP_ENDPOINT and that the network lets it through"
    )]
    Connect { cause: String },
    #[error("cannot connect to the proxy ({cause}); check HTTPS_PROXY, HTTP_PROXY and NO_PROXY")]
    ProxyConnect { cause: String },
    #[error("the proxy answered {} to CONNECT; {}", .0.as_u16(), proxy_advice(*.0))]
    ProxyRefused(StatusCode),
    #[error("cannot speak TLS with the proxy; check HTTPS_PROXY, HTTP_PROXY and HEADCOUNT_OTLP_CERTIFICATE")]
    ProxyTls,
    #[error("what answers at the proxy's address does not speak HTTP; check HTTPS_PROXY and HTTP_PROXY")]
    NotProxy,
    #[error("the endpoint's certificate {}", .0.explained(ENDPOINT))]
    UntrustedCertificate(CertificateProblem),
    #[error(
        "the endpoint does not accept this client's certificate; check HEADCOUNT_OTLP_CLIENT_CERTIFICATE and HEADCOUNT_OTLP_CLIENT_KEY"
    )]
    ClientCertificate,
    #[error("the TLS handshake with the endpoint failed: {}", .0.explained(ENDPOINT.url))]
    Tls(HandshakeProblem),
    #[error(
        "the endpoint does not offer HTTP/2, which gRPC needs; check HEADCOUNT_OTLP_PROTOCOL and the port in HEADCOUNT_OTLP_ENDPOINT (often 4317 for grpc, 4318 for http/protobuf)"
    )]
    NoHttp2,
    #[error(
        "what answers at the endpoint does not speak HTTP/1.1; check HEADCOUNT_OTLP_PROTOCOL and the port in HEADCOUNT_OTLP_ENDPOINT (often 4317 for grpc, 4318 for http/protobuf)"
    )]
    NotHttp,
    // A gRPC receiver that is asked over HTTP/1.1 just hangs up, so this cannot be told from a receiver that stopped.
    #[error(
        "the connection ended before the answer was complete; if it goes on so, check HEADCOUNT_OTLP_PROTOCOL and the port in HEADCOUNT_OTLP_ENDPOINT"
    )]
    Broken,
    #[error(
        "the endpoint's answer is larger than an OTLP answer may be; check that HEADCOUNT_OTLP_ENDPOINT names an OTLP receiver"
    )]
    TooLarge,
    #[error("the endpoint's answer is not gRPC; check HEADCOUNT_OTLP_ENDPOINT and HEADCOUNT_OTLP_PROTOCOL")]
    NotGrpc,
    /// A status of HTTP that may be about this request, without one of gRPC.
    #[error("the endpoint answered {} over HTTP in place of gRPC", .0.as_u16())]
    HttpStatus(StatusCode),
    /// The status of gRPC is OK.
    #[error("the message of a successful response cannot be read")]
    UnreadSuccess,
    #[error("the request cannot be built from these settings; check HEADCOUNT_OTLP_ENDPOINT")]
    Request,
}

fn proxy_advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => "check the user and password in the proxy's URL",
        StatusCode::FORBIDDEN => "allow the endpoint there, or name its host in NO_PROXY",
        _ => "check HTTPS_PROXY, HTTP_PROXY and the proxy's rules",
    }
}

impl DeliveryError {
    /// A connection to the endpoint that was not opened.
    pub(crate) fn connect(error: &io::Error) -> Self {
        Self::Connect { cause: deepest(error) }
    }

    /// A connection to the proxy that was not opened.
    pub(crate) fn proxy_connect(error: &io::Error) -> Self {
        Self::ProxyConnect { cause: deepest(error) }
    }

    /// What a failure on the way to the endpoint is, when it is the proxy that it happened with.
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

    /// An exchange over an open connection that failed.
    pub(crate) fn exchange(error: &hyper::Error) -> Self {
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::tls(tls);
        }
        if error.is_parse_too_large() {
            return Self::TooLarge;
        }
        if error.is_parse() { Self::NotHttp } else { Self::Broken }
    }

    fn tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(fault) => Self::UntrustedCertificate(CertificateProblem::of(fault)),
            rustls::Error::NoApplicationProtocol
            | rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => Self::NoHttp2,
            other => match HandshakeProblem::of(other) {
                HandshakeProblem::ClientCertificate => Self::ClientCertificate,
                problem => Self::Tls(problem),
            },
        }
    }
}

/// The next error inward. `io::Error` leaves out the one it wraps, so that is asked for by name.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|wrapped| wrapped as &(dyn Error + 'static)),
        None => error.source(),
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |error| inner(*error)).find_map(|error| error.downcast_ref())
}

/// The operating system's own words, without the layers around them.
fn deepest(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| inner(*error)).last().map(ToString::to_string).unwrap_or_default()
}
