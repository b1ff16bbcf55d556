//! The HTTP client: one request, one response, whose headers are checked before its body is decoded.
//!
//! Lives as long as one scrape, so that no connection stays open in between. Never uses a proxy, never follows a redirect,
//! never requests compression.

use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, Client as HyperClient};
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::error::{BodyError, HttpError, Requested};
use super::json_stream;
use crate::error_chain::find;
use crate::net::Dialer;
use crate::net::tls::{self, CertificateProblem, HandshakeProblem, PeerNames};

/// A scrape makes four requests at a time: the service has its own users to answer.
pub const CONCURRENCY: usize = 4;
/// hyper would let its buffer grow to 400 kB for each connection; responses are decoded as they arrive, and the largest
/// head is far below.
const BUFFER_BYTES: usize = 16 * 1024;
/// Services send about ten headers.
const HEADERS: usize = 64;
/// A response that is one object (an account, a count) has a few hundred bytes; a name may be among them.
const OBJECT_BYTES: usize = 16 * 1024;
/// A text that is read whole, such as a version, is one short line.
const TEXT_BYTES: usize = 256;
/// Another content type where a text is expected.
const NOT_TEXT: BodyError = BodyError::Value { code: "not_text", what: "another content type than plain text" };
/// The longest time to read a body that is not used.
const UNUSED_BODY: Duration = Duration::from_secs(1);
/// What distinguishes one error from another is in the first bytes.
const ERROR_BYTES: usize = 4 * 1024;

/// The certificates that a service's own must be signed by.
#[derive(Debug, Clone, Copy)]
pub struct TrustedCertificates<'a> {
    /// Whether any URL uses TLS; nothing is read otherwise.
    pub is_tls: bool,
    /// A PEM file instead of the system's certificates.
    pub file: Option<&'a Path>,
    /// The setting that names the file.
    pub setting: &'static str,
}

/// Sends requests to a service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: HyperClient<HttpsConnector<Dialer>, Full<Bytes>>,
    certificate_setting: &'static str,
}

impl Client {
    /// A client without connections. Certificates are read only if TLS is used.
    ///
    /// # Errors
    /// If the certificates cannot be read.
    pub fn new(trusted: TrustedCertificates<'_>, dialer: Dialer) -> Result<Self, HttpError> {
        let TrustedCertificates { is_tls, file, setting } = trusted;
        let config = if is_tls { tls::client(&tls::roots(file, setting, &dialer)?) } else { tls::unused() }?;
        Ok(Self::with_tls(config, setting, dialer))
    }

    /// The same, for a service that makes its own certificate: each certificate of the file is also accepted as the
    /// service's own, whatever name it is for.
    ///
    /// # Errors
    /// If the certificates cannot be read.
    pub fn accepting_own_certificate(trusted: TrustedCertificates<'_>, dialer: Dialer) -> Result<Self, HttpError> {
        let TrustedCertificates { is_tls: true, file: Some(file), setting } = trusted else {
            return Self::new(trusted, dialer);
        };
        Ok(Self::with_tls(tls::client_accepting(file, setting, &dialer)?, setting, dialer))
    }

    fn with_tls(config: ClientConfig, certificate_setting: &'static str, dialer: Dialer) -> Self {
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().wrap_connector(dialer);
        let http = HyperClient::builder(TokioExecutor::new())
            .pool_max_idle_per_host(CONCURRENCY)
            .http1_max_buf_size(BUFFER_BYTES)
            .http1_max_headers(HEADERS)
            .build(connector);
        Self { http, certificate_setting }
    }

    /// Sends a request and returns the response, whatever its status is.
    ///
    /// # Errors
    /// If no response came.
    pub async fn send(
        &self,
        requested: Requested,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, HttpError> {
        self.http.request(request).await.map_err(|error| self.failed(requested, error))
    }

    fn failed(&self, requested: Requested, error: legacy::Error) -> HttpError {
        if !error.is_connect() {
            // TLS 1.3 rejects a client's certificate only after the handshake.
            let problem = find(&error).map(HandshakeProblem::of).filter(|problem| *problem != HandshakeProblem::Other);
            if let Some(problem) = problem {
                return HttpError::Handshake { requested, problem };
            }
            return match find::<hyper::Error>(&error) {
                Some(cause) if cause.is_parse_too_large() => {
                    HttpError::Body { requested, error: BodyError::HeadTooLarge }
                }
                _ => HttpError::CutOff { requested, source: error.into() },
            };
        }
        if find(&error).is_some_and(|cause: &io::Error| cause.kind() == io::ErrorKind::ConnectionRefused) {
            return HttpError::NotListening { requested, source: error.into() };
        }
        match find(&error) {
            Some(rustls::Error::InvalidCertificate(cause)) => {
                let names = PeerNames { url: requested.setting, certificate: self.certificate_setting };
                HttpError::Certificate { requested, problem: CertificateProblem::of(cause), names }
            }
            Some(tls) => HttpError::Handshake { requested, problem: HandshakeProblem::of(tls) },
            None => HttpError::Unreachable { requested, source: error.into() },
        }
    }
}

/// Returns the body of a response that is JSON.
///
/// # Errors
/// If its headers announce something else.
pub fn json(requested: Requested, response: Response<Incoming>) -> Result<Incoming, HttpError> {
    match json_content(response.headers()) {
        Ok(()) => Ok(response.into_body()),
        Err(error) => Err(HttpError::Body { requested, error }),
    }
}

/// Returns the body of a response that may be JSON, whatever it is called.
///
/// # Errors
/// If its headers announce a web page, or a body that is compressed.
pub fn any_text(requested: Requested, response: Response<Incoming>) -> Result<Incoming, HttpError> {
    let headers = response.headers();
    let checked = if is_html(headers) { Err(BodyError::WebPage) } else { uncompressed(headers) };
    match checked {
        Ok(()) => Ok(response.into_body()),
        Err(error) => Err(HttpError::Body { requested, error }),
    }
}

/// Reads a body that is one short text.
///
/// # Errors
/// If its headers announce something else, or it cannot be read or is longer.
pub async fn text(requested: Requested, response: Response<Incoming>) -> Result<Zeroizing<Vec<u8>>, HttpError> {
    content(response.headers(), "text/plain", NOT_TEXT).map_err(|error| HttpError::Body { requested, error })?;
    whole(requested, response.into_body(), TEXT_BYTES).await
}

/// Decodes a body that is one small JSON object.
///
/// # Errors
/// If it cannot be read or is another object.
pub async fn object<T: DeserializeOwned>(requested: Requested, body: Incoming) -> Result<T, HttpError> {
    let bytes = whole(requested, body, OBJECT_BYTES).await?;
    // serde_json's own words may quote what was found, so only the place is kept.
    serde_json::from_slice(&bytes).map_err(|error| HttpError::Body { requested, error: json_stream::body_error(error) })
}

/// Reads a body of so many bytes at most.
async fn whole(requested: Requested, body: Incoming, limit: usize) -> Result<Zeroizing<Vec<u8>>, HttpError> {
    match collect(body, limit).await {
        Ok(Collected::Whole(bytes)) => Ok(bytes),
        Ok(Collected::Start(_)) => Err(HttpError::Body { requested, error: BodyError::TooLarge(limit as u64) }),
        Err(source) => Err(HttpError::CutOff { requested, source: source.into() }),
    }
}

/// Reads a body for a moment, so that its connection can be used again, and zeroes it.
pub async fn discard(body: Incoming) {
    let _ = tokio::time::timeout(UNUSED_BODY, collect(body, OBJECT_BYTES)).await;
}

/// Returns the headers of a response that is an error, and the first bytes of its body if it is JSON.
pub async fn error_body(response: Response<Incoming>) -> (http::response::Parts, Zeroizing<Vec<u8>>) {
    let (head, body) = response.into_parts();
    match collect(body, ERROR_BYTES).await {
        Ok(Collected::Whole(bytes) | Collected::Start(bytes)) if json_content(&head.headers).is_ok() => (head, bytes),
        _ => (head, Zeroizing::default()),
    }
}

/// Whether the headers announce a page of HTML: what a front end or a sign-in page returns where the service was not
/// reached.
#[must_use]
pub fn is_html(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.trim_start().get(..9).is_some_and(|essence| essence.eq_ignore_ascii_case("text/html"))
}

/// Whether the headers announce JSON that is not compressed.
///
/// # Errors
/// If not.
pub fn json_content(headers: &HeaderMap) -> Result<(), BodyError> {
    content(headers, "application/json", BodyError::NotJson)
}

/// Whether the headers announce this content type, not compressed. `other` is the error for another one.
fn content(headers: &HeaderMap, expected: &str, other: BodyError) -> Result<(), BodyError> {
    uncompressed(headers)?;
    let essence =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    match essence {
        Some(essence) if essence.trim().eq_ignore_ascii_case(expected) => Ok(()),
        _ if is_html(headers) => Err(BodyError::WebPage),
        _ => Err(other),
    }
}

/// Whether the headers announce a body that is not compressed.
fn uncompressed(headers: &HeaderMap) -> Result<(), BodyError> {
    let encoding = headers.get(CONTENT_ENCODING).map(|encoding| encoding.as_bytes().trim_ascii());
    match encoding {
        Some(encoding) if !encoding.eq_ignore_ascii_case(b"identity") => Err(BodyError::Encoded),
        _ => Ok(()),
    }
}

/// What was read of a body, zeroed after use: errors repeat tokens.
enum Collected {
    /// All of it.
    Whole(Zeroizing<Vec<u8>>),
    /// The first bytes of one that is longer than allowed.
    Start(Zeroizing<Vec<u8>>),
}

async fn collect<B: Body<Data = Bytes> + Unpin>(mut body: B, limit: usize) -> Result<Collected, B::Error> {
    // Never moved, so that no copy stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = limit - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok(Collected::Start(bytes));
        }
    }
    Ok(Collected::Whole(bytes))
}
