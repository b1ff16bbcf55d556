//! What a response that is no success means: the table of CompreFace's errors, as recorded from 1.2.
//!
//! Of an error's body only its codes are looked at. Descriptions echo tokens and keys: they are compared with the few
//! that matter while they are decoded, and never kept.

use std::fmt;

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, Visitor};

use super::front;
use super::requests::Request;
use crate::config::BaseUrl;
use crate::source::Meaning;

/// The parts of an error's body that tell one error from another.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    error: Option<ErrorName>,
    #[serde(default, rename = "error_description")]
    description: Option<Description>,
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
enum Description {
    BadCredentials,
    UserIsDisabled,
    Other,
}

impl<'de> Deserialize<'de> for ErrorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        look_at(deserializer, |word| match word {
            "unauthorized" => Self::Unauthorized,
            "invalid_token" => Self::InvalidToken,
            "invalid_request" => Self::InvalidRequest,
            _ => Self::Other,
        })
    }
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        look_at(deserializer, |text| match text {
            "Bad credentials" => Self::BadCredentials,
            "User is disabled" => Self::UserIsDisabled,
            _ => Self::Other,
        })
    }
}

/// Decodes a string by looking at it, without keeping it.
pub(super) fn look_at<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    look: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Look(look))
}

struct Look<F>(F);

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Look<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

/// What an answer with another status than 200 means.
pub(super) fn meaning(
    request: &Request<'_>,
    base: &BaseUrl,
    status: StatusCode,
    headers: &HeaderMap,
    body: &ErrorBody,
) -> Meaning {
    if let Some(meaning) = front::meaning(request, base, status, headers, body) {
        return meaning;
    }
    if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE) {
        return Meaning::Starting;
    }
    if status.is_server_error() {
        return if request.is_first() { Meaning::NotReady } else { Meaning::Failed };
    }
    match request {
        Request::SignIn(_) | Request::Refresh { .. } | Request::SignOut { .. } => token(request, status.as_u16(), body),
        Request::Faces { .. } => core(status.as_u16(), body),
        _ => admin(request, status.as_u16(), body),
    }
}

fn token(request: &Request<'_>, status: u16, body: &ErrorBody) -> Meaning {
    match (status, body.error, body.description) {
        (401, _, _) if body.path.is_some() => Meaning::AuthorizationMissing,
        (401, Some(ErrorName::Unauthorized), _) => Meaning::SignInBroken,
        (400 | 401, Some(ErrorName::InvalidRequest | ErrorName::InvalidToken), _)
            if matches!(request, Request::Refresh { .. }) =>
        {
            Meaning::RefreshRefused
        }
        (400, _, Some(Description::BadCredentials)) => Meaning::WrongCredentials,
        (400, _, Some(Description::UserIsDisabled)) => Meaning::AccountDisabled,
        (400, ..) if body.code == Some(20) => Meaning::CoreInsteadOfAdmin,
        _ => Meaning::Unexpected,
    }
}

fn admin(request: &Request<'_>, status: u16, body: &ErrorBody) -> Meaning {
    match (status, body.code) {
        (401, _) if matches!(body.error, Some(ErrorName::Unauthorized | ErrorName::InvalidToken)) => {
            Meaning::SessionEnded
        }
        (400, Some(9)) => Meaning::NoPrivilege,
        (400, Some(20)) => Meaning::CoreInsteadOfAdmin,
        (403, Some(1)) | (404, Some(16)) => Meaning::AccountDeleted,
        (404, Some(2 | 3 | 10)) if matches!(request, Request::Services { .. }) => Meaning::Gone,
        (400 | 404, Some(0)) => Meaning::Failed,
        _ => Meaning::Unexpected,
    }
}

fn core(status: u16, body: &ErrorBody) -> Meaning {
    match (status, body.code) {
        (401, _) if body.is_named() => Meaning::AdminInsteadOfCore,
        (400, Some(20 | 26)) => Meaning::KeyMissing,
        (404, Some(10)) => Meaning::KeyUnknown,
        (400 | 404, Some(0)) => Meaning::Failed,
        _ => Meaning::Unexpected,
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

    fn recorded(request: &Request<'_>, name: &str) -> (Meaning, Option<i64>) {
        let (status, body) = answer(name);
        let body = ErrorBody::decode(body.as_bytes());
        (read(request, status, &JSON, &body), body.code())
    }

    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const HTML: HeaderValue = HeaderValue::from_static("text/html");

    fn read(request: &Request<'_>, status: u16, content_type: &HeaderValue, body: &ErrorBody) -> Meaning {
        let base = BaseUrl::parse("http://faces.example").unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.clone())]);
        meaning(request, &base, StatusCode::from_u16(status).unwrap(), &headers, body)
    }

    #[test]
    fn recorded_errors_of_the_admin_api_mean_what_they_mean() {
        let session = SecretString::from("token");
        let applications = Request::Applications { session: &session };
        for (name, meaning, code) in [
            ("apps.no-cookie", Meaning::SessionEnded, None),
            ("apps.garbage-cookie", Meaning::SessionEnded, None),
            ("expiry.access-token-expired", Meaning::SessionEnded, None),
            ("deleted-user.me", Meaning::AccountDeleted, Some(1)),
            ("deleted-user.apps", Meaning::AccountDeleted, Some(16)),
            ("apps.wrong-method", Meaning::Failed, Some(0)),
            ("db-down.apps", Meaning::Failed, None),
            // On another door than the services', nothing can have been deleted.
            ("models.unknown-app", Meaning::Unexpected, Some(2)),
        ] {
            assert_eq!(recorded(&applications, name), (meaning, code), "{name}");
        }
        let services = Request::Services { session: &session, application: Uuid::nil() };
        for (name, meaning, code) in [
            ("user-role.models-of-others", Meaning::NoPrivilege, Some(9)),
            ("models.unknown-app", Meaning::Gone, Some(2)),
            ("model.unknown", Meaning::Gone, Some(10)),
        ] {
            assert_eq!(recorded(&services, name), (meaning, code), "{name}");
        }
    }

    #[test]
    fn recorded_errors_of_the_sign_in_mean_what_they_mean() {
        let credentials = Credentials::for_test();
        let sign_in = Request::SignIn(&credentials);
        for (name, meaning) in [
            ("login.wrong-password", Meaning::WrongCredentials),
            ("login.disabled-user", Meaning::AccountDisabled),
            ("login.no-basic", Meaning::AuthorizationMissing),
            ("db-down.login", Meaning::SignInBroken),
        ] {
            assert_eq!(recorded(&sign_in, name), (meaning, None), "{name}");
        }
        let token = SecretString::from("token");
        let refresh = Request::Refresh { refresh: &token };
        for (name, meaning) in [
            ("refresh.no-cookie", Meaning::RefreshRefused),
            ("refresh.reuse-old-refresh-token", Meaning::RefreshRefused),
            ("expiry.refresh-token-expired", Meaning::RefreshRefused),
            ("db-down.login", Meaning::SignInBroken),
            ("login.no-basic", Meaning::AuthorizationMissing),
        ] {
            assert_eq!(recorded(&refresh, name), (meaning, None), "{name}");
        }
    }

    #[test]
    fn recorded_errors_of_the_core_mean_what_they_mean() {
        let key = ApiKey::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
        let faces = Request::Faces { key: &key };
        for (name, meaning, code) in [
            ("core.faces.no-key", Meaning::KeyMissing, Some(20)),
            ("core.faces.malformed-key", Meaning::KeyMissing, Some(26)),
            ("core.faces.unknown-key", Meaning::KeyUnknown, Some(10)),
            ("db-down.core.faces", Meaning::Failed, None),
        ] {
            assert_eq!(recorded(&faces, name), (meaning, code), "{name}");
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_unexpected_or_known_by_its_status() {
        let nothing = ErrorBody::decode(b"<html>");
        let session = SecretString::from("token");
        let account = Request::Me { session: &session };
        for (status, expected) in [
            (302, Meaning::Redirect),
            (502, Meaning::Starting),
            (503, Meaning::Starting),
            (500, Meaning::NotReady),
            (504, Meaning::NotReady),
            (404, Meaning::NoSuchPath),
            (401, Meaning::PasswordInFront),
            (204, Meaning::Unexpected),
        ] {
            assert_eq!(read(&account, status, &HTML, &nothing), expected);
        }
    }
}
