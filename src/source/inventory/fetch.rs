//! The one request: GET of the whole URL, with the bearer token if there is one.

use std::path::Path;

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT as AGENT};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use secrecy::ExposeSecret as _;

use super::catalog::{USER_AGENT, requested};
use super::error::{InventoryError, StatusProblem};
use super::settings::{INVENTORY_CERTIFICATE, INVENTORY_TOKEN_FILE, InventorySettings};
use crate::net::Dialer;
use crate::net::secret_file;
use crate::source::http::{
    self as source_http, Client, FrontError, HttpError, TrustedCertificates, demands_bearer, secret_header,
};

/// A token file larger than this is none: servers accept about 8 KiB of headers.
const TOKEN_FILE_BYTES: usize = 8 * 1024;

/// Requests the document, and returns the body of a response that may be one.
pub(super) async fn body(settings: &InventorySettings, url: &Uri, dialer: Dialer) -> Result<Incoming, InventoryError> {
    let trusted = TrustedCertificates {
        is_tls: url.scheme() == Some(&Scheme::HTTPS),
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

fn request(url: &Uri, authorization: Option<HeaderValue>) -> Result<Request<Full<Bytes>>, HttpError> {
    let mut request = Request::get(url.clone()).header(AGENT, HeaderValue::from_static(USER_AGENT));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    request.body(Full::default()).map_err(HttpError::unbuildable(requested()))
}

/// Reads the token, and makes a header of it. It has visible ASCII characters alone, so that a name of the scheme in front of
/// it, a comment or a pair is found.
fn authorization(file: &Path) -> Result<HeaderValue, InventoryError> {
    let token = secret_file::line(INVENTORY_TOKEN_FILE.variable, file, TOKEN_FILE_BYTES)?;
    let token = token.expose_secret().as_bytes();
    if !token.iter().all(u8::is_ascii_graphic) {
        return Err(InventoryError::Token);
    }
    secret_header(&[b"Bearer ", token]).map_err(|_| InventoryError::Token)
}

/// What a response with another status than 200 means.
fn problem(url: &Uri, status: StatusCode, headers: &HeaderMap, has_token: bool) -> StatusProblem {
    // Services of any kind refuse a token in any form.
    let is_own = match status.as_u16() {
        401 => demands_bearer(headers),
        400 | 404 | 405 | 410 | 429 => false,
        _ => true,
    };
    if let Some(error) = FrontError::of(url, status, headers, is_own) {
        return StatusProblem::Front(error);
    }
    match status.as_u16() {
        401 if has_token => StatusProblem::TokenRejected,
        401 => StatusProblem::TokenMissing,
        403 => StatusProblem::Forbidden,
        502..=504 => StatusProblem::Starting,
        500..=599 => StatusProblem::Failed,
        _ => StatusProblem::Unexpected,
    }
}
