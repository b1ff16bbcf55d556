//! Responses that are not the service's own: those of a proxy, a filter or a sign-in page in front of it, and of a web
//! server that has no such path.

use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode, Uri};

use super::api_error::ApiError;
use super::error_responses::ErrorBody;
use super::requests::Request;
use crate::config::BaseUrl;
use crate::source::http::json_content;

/// What a response means that the service itself does not give; none if it may be the service's own.
pub(super) fn api_error(
    request: &Request<'_>,
    base: &BaseUrl,
    status: StatusCode,
    headers: &HeaderMap,
    body: &ErrorBody,
) -> Option<ApiError> {
    let is_json = json_content(headers).is_ok();
    // The service's own errors are JSON, except that a sign-out without a session has no body.
    let is_bare = !is_json && !matches!(request, Request::SignOut { .. });
    match status.as_u16() {
        300..=399 if redirects_to_tls(base, headers) => Some(ApiError::RedirectToTls),
        300..=399 => Some(ApiError::Redirect),
        401 if is_json && is_own_challenge(request, headers, body) => None,
        401 | 407 => Some(ApiError::PasswordInFront),
        403 if body.code().is_none() => Some(ApiError::BlockedInFront),
        404 | 405 if body.code().is_none() => Some(ApiError::NoSuchPath),
        400 if is_bare => Some(ApiError::RejectedInFront),
        429 => Some(ApiError::LimitedInFront),
        _ => None,
    }
}

/// Whether a 401 is one that the service gives: Basic only where the client's credentials are missing, and no other scheme
/// than Bearer elsewhere.
fn is_own_challenge(request: &Request<'_>, headers: &HeaderMap, body: &ErrorBody) -> bool {
    if body.is_of_the_framework() {
        return matches!(request, Request::SignIn(_) | Request::Refresh { .. } | Request::SignOut { .. });
    }
    let mut schemes = headers.get_all(WWW_AUTHENTICATE).iter().map(|challenge| scheme(challenge.as_bytes()));
    body.is_named() && schemes.all(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

fn scheme(challenge: &[u8]) -> &[u8] {
    challenge.split(u8::is_ascii_whitespace).next().unwrap_or_default()
}

/// Whether a redirect leads to the same host by https.
fn redirects_to_tls(base: &BaseUrl, headers: &HeaderMap) -> bool {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    location.is_some_and(|location| {
        !base.is_tls() && location.scheme_str() == Some("https") && location.host() == Some(base.host())
    })
}

#[cfg(test)]
mod tests;
