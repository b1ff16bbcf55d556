//! The HTTP client: one request, one answer, checked before anyone decodes it.
//!
//! Lives as long as one scrape, so that nothing stays open or wakes up in between. Never uses a proxy, never follows a
//! redirect, never asks for compression.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{self, Client as HyperClient};
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use zeroize::Zeroizing;

use super::refusal::{self, ErrorBody};
use super::requests::Request;
use super::settings::ServiceSettings;
use crate::error_chain::find;
use crate::net::Dialer;
use crate::net::tls::{self, CertificateProblem, HandshakeProblem, PeerNames, TlsError};
use crate::source::{ContentFault, SourceError};

/// The setting that names the certificates to trust.
const CERTIFICATE: &str = "HEADCOUNT_COMPREFACE_CERTIFICATE";
/// One scrape asks four things at a time: the service has its own users to answer.
pub(super) const CONCURRENCY: usize = 4;
/// hyper would let its buffer grow to 400 kB for each connection; answers are decoded as they arrive, and the largest
/// head is far below.
const BUFFER_BYTES: usize = 16 * 1024;
/// CompreFace sends about ten headers.
const HEADERS: usize = 64;
/// Answers that are one object (an account, a count) are at most a few hundred bytes; a subject's name may be
/// among them.
const OBJECT_BYTES: usize = 16 * 1024;
/// A body that nobody needs may take this long.
const UNUSED_BODY: Duration = Duration::from_secs(1);
/// All that tells one error from another is in the first bytes.
const ERROR_BYTES: usize = 4 * 1024;

/// Sends requests to the service. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: HyperClient<HttpsConnector<Dialer>, Full<Bytes>>,
}

impl Client {
    /// A client without connections. Certificates are read only if TLS is used.
    pub(super) fn new(settings: &ServiceSettings, dialer: Dialer) -> Result<Self, SourceError> {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(settings, &dialer)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(dialer);
        let http = HyperClient::builder(TokioExecutor::new())
            .pool_max_idle_per_host(CONCURRENCY)
            .http1_max_buf_size(BUFFER_BYTES)
            .http1_max_headers(HEADERS)
            .build(connector);
        Ok(Self { http })
    }

    /// Sends a request and checks the answer's head; an answer that is no success becomes an error.
    pub(super) async fn send(
        &self,
        request: &Request<'_>,
        settings: &ServiceSettings,
    ) -> Result<Response<Incoming>, SourceError> {
        let answer =
            self.http.request(request.build(settings)?).await.map_err(|error| failed(request, settings, error))?;
        if answer.status() != StatusCode::OK {
            return Err(refused(request, settings, answer).await);
        }
        Ok(answer)
    }

    /// Sends a request whose answer is JSON, and gives the answer's body.
    pub(super) async fn json(
        &self,
        request: &Request<'_>,
        settings: &ServiceSettings,
    ) -> Result<Response<Incoming>, SourceError> {
        let answer = self.send(request, settings).await?;
        match content(answer.headers()) {
            Ok(()) => Ok(answer),
            Err(fault) => Err(SourceError::Content { asked: request.asked(settings), fault }),
        }
    }

    /// Sends a sign-in or a refresh, and returns the answer's headers: the session is in its cookies. CompreFace 1.1 sends
    /// no body, 1.2 repeats both tokens there. The body is read for a moment, so that the connection can be used again, and
    /// zeroed.
    pub(super) async fn sign_in(
        &self,
        request: &Request<'_>,
        settings: &ServiceSettings,
    ) -> Result<HeaderMap, SourceError> {
        let (head, body) = self.send(request, settings).await?.into_parts();
        let _ = tokio::time::timeout(UNUSED_BODY, collect(body, OBJECT_BYTES)).await;
        Ok(head.headers)
    }

    /// Sends a request whose answer is one small JSON object.
    pub(super) async fn object<T: serde::de::DeserializeOwned>(
        &self,
        request: &Request<'_>,
        settings: &ServiceSettings,
    ) -> Result<T, SourceError> {
        let body = self.json(request, settings).await?.into_body();
        let asked = request.asked(settings);
        let bytes = match collect(body, OBJECT_BYTES).await {
            Ok(Collected::Whole(bytes)) => bytes,
            Ok(Collected::Start(_)) => {
                let fault = ContentFault::TooLarge(OBJECT_BYTES as u64);
                return Err(SourceError::Content { asked, fault });
            }
            Err(source) => return Err(SourceError::CutOff { asked, source: source.into() }),
        };
        // serde_json's own words may quote what was found, so only the place is kept.
        serde_json::from_slice(&bytes)
            .map_err(|error| SourceError::Content { asked, fault: super::decode::fault(error) })
    }
}

fn tls(settings: &ServiceSettings, dialer: &Dialer) -> Result<ClientConfig, TlsError> {
    if !settings.admin_url.is_tls() && !settings.core_url.is_tls() {
        return tls::unused();
    }
    tls::client(&tls::roots(settings.certificate.as_deref(), CERTIFICATE, dialer)?)
}

fn failed(request: &Request<'_>, settings: &ServiceSettings, error: legacy::Error) -> SourceError {
    let asked = request.asked(settings);
    if !error.is_connect() {
        // TLS 1.3 says what it thinks of a client's certificate only after the handshake.
        let problem = find(&error).map(HandshakeProblem::of).filter(|problem| *problem != HandshakeProblem::Other);
        if let Some(problem) = problem {
            return SourceError::Handshake { asked, problem };
        }
        return match find::<hyper::Error>(&error) {
            Some(cause) if cause.is_parse_too_large() => {
                SourceError::Content { asked, fault: ContentFault::HeadTooLarge }
            }
            _ => SourceError::CutOff { asked, source: error.into() },
        };
    }
    if find(&error).is_some_and(|cause: &io::Error| cause.kind() == io::ErrorKind::ConnectionRefused) {
        SourceError::NotListening { asked, source: error.into() }
    } else {
        match find(&error) {
            Some(rustls::Error::InvalidCertificate(fault)) => {
                let names = PeerNames { url: asked.setting, certificate: CERTIFICATE };
                SourceError::Certificate { asked, problem: CertificateProblem::of(fault), names }
            }
            Some(tls) => SourceError::Handshake { asked, problem: HandshakeProblem::of(tls) },
            None => SourceError::Unreachable { asked, source: error.into() },
        }
    }
}

async fn refused(request: &Request<'_>, settings: &ServiceSettings, answer: Response<Incoming>) -> SourceError {
    let (head, body) = answer.into_parts();
    let is_json = content(&head.headers).is_ok();
    let body = match collect(body, ERROR_BYTES).await {
        Ok(Collected::Whole(bytes) | Collected::Start(bytes)) if is_json => ErrorBody::decode(&bytes),
        _ => ErrorBody::default(),
    };
    SourceError::Answered {
        asked: request.asked(settings),
        status: head.status.as_u16(),
        code: body.code(),
        meaning: refusal::meaning(request, request.base(settings), head.status, &head.headers, &body),
    }
}

/// Whether the head promises a page of HTML: what a front end or a login page sends where the service was not reached.
pub(super) fn is_html(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.trim_start().get(..9).is_some_and(|essence| essence.eq_ignore_ascii_case("text/html"))
}

/// Whether the head promises plain JSON.
pub(super) fn content(headers: &HeaderMap) -> Result<(), ContentFault> {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ContentFault::Encoded);
    }
    let essence =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    match essence {
        Some(essence) if essence.trim().eq_ignore_ascii_case("application/json") => Ok(()),
        _ if is_html(headers) => Err(ContentFault::WebPage),
        _ => Err(ContentFault::NotJson),
    }
}

/// What was read of a body, zeroed after use: errors echo tokens.
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
