//! What a response that is no success means: the table of CompreFace's errors, as recorded from 1.2.
//!
//! Of an error's body only its codes are read. Descriptions repeat tokens and keys: they are compared with the few
//! that matter while they are decoded, and never kept.

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

pub(super) use super::api_error::ApiError;
use super::front;
use super::requests::Request;
use crate::config::BaseUrl;
use crate::source::http::json_stream::match_str;

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

    /// Whether it is one of Spring's own errors.
    pub(super) const fn is_of_the_framework(&self) -> bool {
        self.path.is_some()
    }

    /// Whether it has an error's name that the service gives.
    pub(super) fn is_named(&self) -> bool {
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
    base: &BaseUrl,
    status: StatusCode,
    headers: &HeaderMap,
    body: &ErrorBody,
) -> ApiError {
    if let Some(error) = front::api_error(request, base, status, headers, body) {
        return error;
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
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

    use crate::source::compreface::recorded::answer;
    use crate::source::compreface::secrets::{ApiKey, Credentials};
    use secrecy::SecretString;
    use uuid::Uuid;

    fn recorded(request: &Request<'_>, name: &str) -> (ApiError, Option<i64>) {
        let (status, body) = answer(name);
        let body = ErrorBody::decode(body.as_bytes());
        (read(request, status, &JSON, &body), body.code())
    }

    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const HTML: HeaderValue = HeaderValue::from_static("text/html");

    fn read(request: &Request<'_>, status: u16, content_type: &HeaderValue, body: &ErrorBody) -> ApiError {
        let base = BaseUrl::parse("http://faces.example").unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.clone())]);
        api_error(request, &base, StatusCode::from_u16(status).unwrap(), &headers, body)
    }

    #[test]
    fn recorded_admin_errors_have_their_meaning() {
        let session = SecretString::from("token");
        let applications = Request::Applications { session: &session };
        for (name, meaning, code) in [
            ("apps.no-cookie", ApiError::SessionEnded, None),
            ("apps.garbage-cookie", ApiError::SessionEnded, None),
            ("expiry.access-token-expired", ApiError::SessionEnded, None),
            ("deleted-user.me", ApiError::AccountDeleted, Some(1)),
            ("deleted-user.apps", ApiError::AccountDeleted, Some(16)),
            ("apps.wrong-method", ApiError::Failed, Some(0)),
            ("db-down.apps", ApiError::Failed, None),
            // On another door than the services', nothing can have been deleted.
            ("models.unknown-app", ApiError::Unexpected, Some(2)),
        ] {
            assert_eq!(recorded(&applications, name), (meaning, code), "{name}");
        }
        let services = Request::Services { session: &session, application: Uuid::nil() };
        for (name, meaning, code) in [
            ("user-role.models-of-others", ApiError::NoPrivilege, Some(9)),
            ("models.unknown-app", ApiError::Gone, Some(2)),
            ("model.unknown", ApiError::Gone, Some(10)),
        ] {
            assert_eq!(recorded(&services, name), (meaning, code), "{name}");
        }
        let statistics = Request::Statistics { session: &session, application: Uuid::nil(), service: Uuid::nil() };
        for (name, meaning, code) in [
            ("model.statistics.no-cookie", ApiError::SessionEnded, None),
            ("model.statistics.user-of-another-application", ApiError::NoPrivilege, Some(9)),
            ("models.unknown-app", ApiError::Gone, Some(2)),
            ("model.statistics.wrong-app", ApiError::Gone, Some(3)),
            ("model.statistics.of-a-deleted-model", ApiError::Gone, Some(10)),
        ] {
            assert_eq!(recorded(&statistics, name), (meaning, code), "{name}");
        }
    }

    #[test]
    fn recorded_sign_in_errors_have_their_meaning() {
        let credentials = Credentials::for_test();
        let sign_in = Request::SignIn(&credentials);
        for (name, meaning) in [
            ("login.wrong-password", ApiError::BadCredentials),
            ("login.disabled-user", ApiError::AccountDisabled),
            ("login.no-basic", ApiError::AuthorizationMissing),
            ("db-down.login", ApiError::SignInBroken),
        ] {
            assert_eq!(recorded(&sign_in, name), (meaning, None), "{name}");
        }
        let token = SecretString::from("token");
        let refresh = Request::Refresh { refresh: &token };
        for (name, meaning) in [
            ("refresh.no-cookie", ApiError::RefreshRefused),
            ("refresh.reuse-old-refresh-token", ApiError::RefreshRefused),
            ("expiry.refresh-token-expired", ApiError::RefreshRefused),
            ("db-down.login", ApiError::SignInBroken),
            ("login.no-basic", ApiError::AuthorizationMissing),
        ] {
            assert_eq!(recorded(&refresh, name), (meaning, None), "{name}");
        }
    }

    #[test]
    fn recorded_core_errors_have_their_meaning() {
        let key = ApiKey::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
        let faces = Request::Faces { key: &key };
        for (name, meaning, code) in [
            ("core.faces.no-key", ApiError::KeyMissing, Some(20)),
            ("core.faces.malformed-key", ApiError::KeyMissing, Some(26)),
            ("core.faces.unknown-key", ApiError::KeyUnknown, Some(10)),
            ("db-down.core.faces", ApiError::Failed, None),
        ] {
            assert_eq!(recorded(&faces, name), (meaning, code), "{name}");
        }
    }

    #[test]
    fn unlisted_response_is_classified_by_status() {
        let nothing = ErrorBody::decode(b"<html>");
        let session = SecretString::from("token");
        let account = Request::Me { session: &session };
        for (status, expected) in [
            (302, ApiError::Redirect),
            (502, ApiError::Starting),
            (503, ApiError::Starting),
            (500, ApiError::NotReady),
            (504, ApiError::NotReady),
            (404, ApiError::NoSuchPath),
            (401, ApiError::PasswordInFront),
            (204, ApiError::Unexpected),
        ] {
            assert_eq!(read(&account, status, &HTML, &nothing), expected);
        }
    }
}
