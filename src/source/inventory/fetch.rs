//! The one request: GET of the whole URL, with the bearer token if there is one.

use std::path::Path;

use bytes::Bytes;
use http::header::{AUTHORIZATION, LOCATION, USER_AGENT as AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::catalog::USER_AGENT;
use super::error::{InventoryError, StatusProblem};
use super::settings::{INVENTORY_CERTIFICATE, INVENTORY_TOKEN_FILE, INVENTORY_URL, InventorySettings};
use crate::contract::RequestTemplate;
use crate::net::Dialer;
use crate::net::secret_file;
use crate::source::http::{self as source_http, Client, HttpError, Requested, TrustedCertificates, secret_header};

/// All that is requested: the document, from a server or from a file.
pub(super) const DOCUMENT: RequestTemplate = RequestTemplate {
    method: "GET",
    path: "{HEADCOUNT_INVENTORY_URL}",
    why: "ids of users and applications; ids, types and numbers of faces of services",
};

/// A token file larger than this is none: servers accept about 8 KiB of headers.
const TOKEN_FILE_BYTES: usize = 8 * 1024;
const SCHEME: &[u8] = b"Bearer ";

/// The request, with the setting that says where it goes.
pub(super) fn requested() -> Requested {
    Requested { template: DOCUMENT, setting: INVENTORY_URL.variable }
}

/// Requests the document, and returns the body of a response that may be one.
pub(super) async fn body(settings: &InventorySettings, url: &Uri, dialer: Dialer) -> Result<Incoming, InventoryError> {
    let trusted = TrustedCertificates {
        is_tls: is_tls(url),
        file: settings.certificate.as_deref(),
        setting: INVENTORY_CERTIFICATE.variable,
    };
    let client = Client::new(trusted, dialer)?;
    let authorization = settings.token_file.as_deref().map(authorization).transpose()?;
    let has_token = authorization.is_some();
    let response = client.send(requested(), request(url, authorization)?).await?;
    let status = response.status();
    if status != StatusCode::OK {
        let problem = problem(url, status, response.headers(), has_token);
        return Err(InventoryError::Answered { status: status.as_u16(), problem });
    }
    Ok(source_http::any_text(requested(), response)?)
}

fn is_tls(url: &Uri) -> bool {
    url.scheme_str() == Some("https")
}

fn request(url: &Uri, authorization: Option<HeaderValue>) -> Result<Request<Full<Bytes>>, HttpError> {
    let mut request = Request::get(url.clone()).header(AGENT, HeaderValue::from_static(USER_AGENT));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    request
        .body(Full::new(Bytes::new()))
        .map_err(|source| HttpError::Unbuildable { requested: requested(), source: source.into() })
}

/// Reads the token, and makes a header of it. It has visible ASCII characters alone, so that a name of the scheme in front of
/// it, a comment or a pair is found.
fn authorization(file: &Path) -> Result<HeaderValue, InventoryError> {
    let token = secret_file::line(INVENTORY_TOKEN_FILE.variable, file, TOKEN_FILE_BYTES)?;
    let token = token.expose_secret().as_bytes();
    if !token.iter().all(u8::is_ascii_graphic) {
        return Err(InventoryError::Token);
    }
    let mut value = Zeroizing::new(Vec::with_capacity(SCHEME.len() + token.len()));
    value.extend_from_slice(SCHEME);
    value.extend_from_slice(token);
    secret_header(value).map_err(|_| InventoryError::Token)
}

/// What a response with another status than 200 means.
fn problem(url: &Uri, status: StatusCode, headers: &HeaderMap, has_token: bool) -> StatusProblem {
    match status.as_u16() {
        300..=399 if redirects_to_tls(url, headers) => StatusProblem::RedirectToTls,
        301..=303 | 307 | 308 => StatusProblem::Redirect,
        401 if has_token => StatusProblem::TokenRejected,
        401 => StatusProblem::TokenMissing,
        403 => StatusProblem::Forbidden,
        404 | 410 => StatusProblem::NotFound,
        407 => StatusProblem::PasswordInFront,
        429 => StatusProblem::Limited,
        502..=504 => StatusProblem::Starting,
        500..=599 => StatusProblem::Failed,
        _ => StatusProblem::Unexpected,
    }
}

/// Whether a redirect leads to the same host by https.
fn redirects_to_tls(url: &Uri, headers: &HeaderMap) -> bool {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    location.is_some_and(|location| !is_tls(url) && is_tls(&location) && location.host() == url.host())
}
