//! The requests of the contract: every request that the account is used for, and the only way to build one.
//!
//! Settings and statistics of the service are not among them: they hold the addresses of cameras, and the command lines of
//! the machine.

use bytes::Bytes;
use http::header::{self, AUTHORIZATION, CONTENT_TYPE};
use http::request::Builder;
use http::{HeaderName, HeaderValue, Method};
use http_body_util::Full;
use secrecy::{ExposeSecret as _, SecretString};

use super::catalog::{SIGN_IN, USER_AGENT};
use super::settings::{FRIGATE_URL, FrigateSettings};
use crate::contract::RequestTemplate;
use crate::source::http::{HttpError, Requested, secret_header};

const AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT);
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The web server keeps responses for five seconds, and version 0.16 keeps them for all users together.
const CACHE_BYPASS: HeaderName = HeaderName::from_static("x-cache-bypass");
const YES: HeaderValue = HeaderValue::from_static("1");
/// In lower case the service does not know it.
const BEARER: &[u8] = b"Bearer ";

/// A request of the table, with the setting that says where it goes.
pub(super) const fn requested(template: RequestTemplate) -> Requested {
    Requested { template, setting: FRIGATE_URL.setting.variable }
}

/// Builds the sign-in. The body holds the password.
pub(super) fn sign_in(settings: &FrigateSettings, body: Bytes) -> Result<http::Request<Full<Bytes>>, HttpError> {
    let request = start(settings, SIGN_IN).map(|request| request.header(CONTENT_TYPE, JSON));
    request.and_then(|request| request.body(Full::new(body))).map_err(HttpError::unbuildable(requested(SIGN_IN)))
}

/// Builds a request that reads; with a token if there is one.
pub(super) fn read(
    settings: &FrigateSettings,
    template: RequestTemplate,
    token: Option<&SecretString>,
) -> Result<http::Request<Full<Bytes>>, HttpError> {
    let request = start(settings, template).and_then(|request| match token {
        Some(token) => Ok(request.header(AUTHORIZATION, secret_header(&[BEARER, token.expose_secret().as_bytes()])?)),
        None => Ok(request),
    });
    request.and_then(|request| request.body(Full::default())).map_err(HttpError::unbuildable(requested(template)))
}

fn start(settings: &FrigateSettings, template: RequestTemplate) -> Result<Builder, http::Error> {
    let request = http::Request::builder().method(Method::from_bytes(template.method.as_bytes())?);
    Ok(request.uri(settings.url.join(template.path)?).header(header::USER_AGENT, AGENT).header(CACHE_BYPASS, YES))
}
