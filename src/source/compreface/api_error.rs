//! What a response that is no success means: the table of CompreFace's errors, as recorded from 1.2, and what to do about them.
//!
//! Of an error's body only its codes are read. Descriptions repeat tokens and keys: they are compared with the few
//! that matter while they are decoded, and never kept.

use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::requests::Request;
use crate::error_chain::problems;
use crate::source::http::json_stream::match_str;
use crate::source::http::{FrontError, bypass, demands_bearer, json_content};

problems! {
    /// What a response of CompreFace means.
    pub enum ApiError (setting: &str) + Front(FrontError, setting) {
        /// The front end is up, the service behind it is not.
        Starting: "the service behind the front end is still starting", "starting";
        /// A failure inside the service at the first requests of a scrape.
        NotReady: "the service is not ready: it is starting, or its database is down", "not_ready",
            "check the service's log if this lasts";
        /// Wrong user or password.
        BadCredentials: "bad credentials", "bad_credentials", "check HEADCOUNT_COMPREFACE_EMAIL and the password";
        /// The account is disabled.
        AccountDisabled: "the account is disabled", "account_disabled", "enable it in the service, or use another account";
        /// The account is gone while its session lives on.
        AccountDeleted: "account not found", "account_not_found", "create it again, or use another account";
        /// The account's role does not allow it.
        NoPrivilege: "the account may not read this", "no_privilege",
            "give it the role ADMINISTRATOR, or use another account";
        /// Something took the Authorization header away.
        AuthorizationMissing: "a proxy in front of the service removed or changed the Authorization header",
            "authorization_removed", bypass(setting);
        /// The sign-in failed inside the service.
        SignInBroken: "the service cannot check sign-ins", "sign_in_broken", format!(
            "check the service's log and database, its client secret, and {setting}: the URL of version 1.1 is the front end's"
        );
        /// A session is needed, or this one has ended.
        SessionEnded: "session rejected", "session_rejected", format!("point {setting} at a single installation");
        /// The session cannot be refreshed; a new sign-in is needed.
        RefreshRefused: "the session cannot be refreshed", "refresh_rejected", "headcount signs in again";
        /// The object was deleted between two requests.
        Gone: "deleted during the scrape", "deleted";
        /// The core does not know a key that the admin API gives.
        KeyUnknown: "the core API does not know an API key that the admin API returned", "key_unknown",
            format!("set {setting} to the core API of the same installation");
        /// The key's header is missing or changed.
        KeyMissing: "a proxy in front of the core API removed or changed the `x-api-key` header", "key_removed",
            bypass(setting);
        /// The admin API answered a request for the core API.
        AdminInsteadOfCore: "this URL leads to the admin API, not to the core API", "admin_api",
            "set HEADCOUNT_COMPREFACE_CORE_URL to the URL of the core API";
        /// The core API answered a request for the admin API.
        CoreInsteadOfAdmin: "this URL leads to the core API, not to the admin API", "core_api",
            format!("set {setting} to the URL of the admin API");
        /// A failure inside the service.
        Failed: "the service failed, or its database is down", "service_failed", "check its log";
        /// Anything else.
        Unexpected: "not a response of CompreFace 1.1 or 1.2", "unexpected_response",
            format!("check {setting}, or the version of the service, if it is older than 1.1");
    }
}

/// The parts of an error's body that distinguish one error from another.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    error: Option<ErrorName>,
    #[serde(default, rename = "error_description")]
    description: Option<ErrorDescription>,
    /// Spring's own errors have a path; the service's have not.
    #[serde(default)]
    path: Option<IgnoredAny>,
}

impl ErrorBody {
    /// Reads what there is to read; a body in another form says nothing.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The service's own code.
    pub(super) const fn code(&self) -> Option<i64> {
        self.code
    }

    /// Whether it has an error's name that the service gives.
    fn is_named(&self) -> bool {
        self.error.is_some_and(|name| name != ErrorName::Other)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ErrorName {
    Unauthorized,
    InvalidToken,
    InvalidRequest,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ErrorDescription {
    BadCredentials,
    UserIsDisabled,
    Other,
}

impl<'de> Deserialize<'de> for ErrorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |word| match word {
            "unauthorized" => Self::Unauthorized,
            "invalid_token" => Self::InvalidToken,
            "invalid_request" => Self::InvalidRequest,
            _ => Self::Other,
        })
    }
}

impl<'de> Deserialize<'de> for ErrorDescription {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |text| match text {
            "Bad credentials" => Self::BadCredentials,
            "User is disabled" => Self::UserIsDisabled,
            _ => Self::Other,
        })
    }
}

/// What a response with another status than 200 means.
pub(super) fn api_error(
    request: &Request<'_>,
    url: &Uri,
    status: StatusCode,
    headers: &HeaderMap,
    body: &ErrorBody,
) -> ApiError {
    if let Some(error) = FrontError::of(url, status, headers, is_own(request, status, headers, body)) {
        return ApiError::Front(error);
    }
    if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE) {
        return ApiError::Starting;
    }
    if status.is_server_error() {
        return if request.is_first() { ApiError::NotReady } else { ApiError::Failed };
    }
    match request {
        Request::SignIn(_) | Request::Refresh { .. } | Request::SignOut { .. } => token(request, status.as_u16(), body),
        Request::Faces { .. } => core(status.as_u16(), body),
        _ => admin(request, status.as_u16(), body),
    }
}

/// Whether a response has the form of the service's own errors: they are JSON with a code or a name, except that a sign-out
/// without a session has no body.
fn is_own(request: &Request<'_>, status: StatusCode, headers: &HeaderMap, body: &ErrorBody) -> bool {
    let is_json = json_content(headers).is_ok();
    match status.as_u16() {
        400 => is_json || matches!(request, Request::SignOut { .. }),
        401 => is_json && is_own_challenge(request, headers, body),
        403..=405 => body.code.is_some(),
        429 => false,
        _ => true,
    }
}

/// Whether a 401 is one that the service gives: Basic only where the client's credentials are missing, and no other scheme
/// than Bearer elsewhere.
fn is_own_challenge(request: &Request<'_>, headers: &HeaderMap, body: &ErrorBody) -> bool {
    if body.path.is_some() {
        return matches!(request, Request::SignIn(_) | Request::Refresh { .. } | Request::SignOut { .. });
    }
    body.is_named() && demands_bearer(headers)
}

fn token(request: &Request<'_>, status: u16, body: &ErrorBody) -> ApiError {
    match (status, body.error, body.description) {
        (401, _, _) if body.path.is_some() => ApiError::AuthorizationMissing,
        (401, Some(ErrorName::Unauthorized), _) => ApiError::SignInBroken,
        (400 | 401, Some(ErrorName::InvalidRequest | ErrorName::InvalidToken), _)
            if matches!(request, Request::Refresh { .. }) =>
        {
            ApiError::RefreshRefused
        }
        (400, _, Some(ErrorDescription::BadCredentials)) => ApiError::BadCredentials,
        (400, _, Some(ErrorDescription::UserIsDisabled)) => ApiError::AccountDisabled,
        (400, ..) if body.code == Some(20) => ApiError::CoreInsteadOfAdmin,
        _ => ApiError::Unexpected,
    }
}

fn admin(request: &Request<'_>, status: u16, body: &ErrorBody) -> ApiError {
    match (status, body.code) {
        (401, _) if matches!(body.error, Some(ErrorName::Unauthorized | ErrorName::InvalidToken)) => {
            ApiError::SessionEnded
        }
        (400, Some(9)) => ApiError::NoPrivilege,
        (400, Some(20)) => ApiError::CoreInsteadOfAdmin,
        (403, Some(1)) | (404, Some(16)) => ApiError::AccountDeleted,
        (404, Some(2 | 3 | 10)) if matches!(request, Request::Services { .. } | Request::Statistics { .. }) => {
            ApiError::Gone
        }
        (400 | 404, Some(0)) => ApiError::Failed,
        _ => ApiError::Unexpected,
    }
}

fn core(status: u16, body: &ErrorBody) -> ApiError {
    match (status, body.code) {
        (401, _) if body.is_named() => ApiError::AdminInsteadOfCore,
        (400, Some(20 | 26)) => ApiError::KeyMissing,
        (404, Some(10)) => ApiError::KeyUnknown,
        (400 | 404, Some(0)) => ApiError::Failed,
        _ => ApiError::Unexpected,
    }
}

#[cfg(test)]
mod tests;
