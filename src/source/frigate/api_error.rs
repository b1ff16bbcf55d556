//! What a response with another status than 200 means: the table of Frigate's errors, as recorded.
//!
//! Of an error's body only its form is read. A rejected sign-in is repeated there, with the password.

use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::catalog::SIGN_IN;
use super::settings::{FRIGATE_PASSWORD_FILE, FRIGATE_USER};
use crate::contract::RequestTemplate;
use crate::error_chain::problems;
use crate::source::http::json_stream::match_str;
use crate::source::http::{FrontError, json_content};

const USER: &str = FRIGATE_USER.setting.variable;
const PASSWORD_FILE: &str = FRIGATE_PASSWORD_FILE.setting.variable;

problems! {
    /// What a response of Frigate means.
    pub enum Meaning (url: &str) + Front(FrontError, url) {
        /// The web server is up, the application behind it is not; or a proxy in front cannot reach it.
        Starting: "Frigate behind its web server is still starting, or has ended", "starting",
            "check Frigate's log if this lasts; its database may be damaged";
        /// A failure inside the application.
        Failed: "Frigate failed, or its database is damaged", "service_failed", "check Frigate's log";
        /// Wrong password or unknown user, alike.
        BadCredentials: "bad credentials", "bad_credentials",
            format!("check {USER} and the password, or that `auth.enabled` is true in Frigate's settings");
        /// Too many sign-ins.
        SignInLimited: "Frigate limits sign-ins", "sign_in_limited",
            "raise `failed_login_rate_limit` in Frigate's settings if this lasts";
        /// The sign-in has another form than the service expects.
        SignInRejected: "Frigate does not accept this form of a sign-in", "sign_in_rejected",
            format!("check {url}, and the version of Frigate");
        /// Something added an `Origin` header.
        OriginAdded: "a proxy in front of Frigate added an `Origin` header", "origin_added",
            format!("set {url} to a URL that leads to Frigate without that proxy");
        /// The token was not accepted.
        TokenRejected: "Frigate does not accept the token of this sign-in", "token_rejected",
            format!("point {url} at a single installation, without a proxy that changes the Authorization header");
        /// There is no sign-in, and one is needed.
        SignInNeeded: "this port of Frigate needs a sign-in", "sign_in_needed",
            format!("set {USER} and {PASSWORD_FILE}, or set {url} to port 5000");
        /// The role does not allow it.
        Forbidden: "the role of this session may not read this", "insufficient_role", give_the_role(url);
        /// Anything else.
        Unexpected: "not a response of Frigate", "unexpected_response", format!("check {url}, and the version of Frigate");
    }
}

/// What to do about a role that may not read everything.
pub(super) fn give_the_role(url: &str) -> String {
    format!("give the account the role admin; if `auth.enabled` is false in Frigate's settings, set {url} to port 5000")
}

/// The parts of an error's body that distinguish one error from another.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FailureBody {
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    detail: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    LoginFailed,
    MissingCsrf,
    Unknown,
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |text| match text {
            "Login failed" => Self::LoginFailed,
            "Missing CSRF header" => Self::MissingCsrf,
            _ => Self::Unknown,
        })
    }
}

impl FailureBody {
    /// Reads what there is to read; a body in another form says nothing.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }
}

/// What a response means. `is_signed_in` is whether the request had a token.
pub(super) fn meaning(
    template: RequestTemplate,
    is_signed_in: bool,
    url: &Uri,
    (status, headers): (StatusCode, &HeaderMap),
    body: &FailureBody,
) -> Meaning {
    if let Some(error) = FrontError::of(url, status, headers, is_own(template, status, headers, body)) {
        return Meaning::Front(error);
    }
    let (is_sign_in, is_json) = (template == SIGN_IN, json_content(headers).is_ok());
    if status.is_server_error() {
        // The application's own failures are text or JSON with 500; the web server's are pages, and a proxy's have any form.
        let is_text = || headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
        let is_failure = status == StatusCode::INTERNAL_SERVER_ERROR && (is_json || is_text());
        return if is_failure { Meaning::Failed } else { Meaning::Starting };
    }
    match (status.as_u16(), body.message) {
        (401, Some(Message::MissingCsrf)) => Meaning::OriginAdded,
        (401, Some(_)) => Meaning::BadCredentials,
        (401, None) if is_signed_in => Meaning::TokenRejected,
        (401, None) => Meaning::SignInNeeded,
        (403, _) => Meaning::Forbidden,
        (422, _) if is_sign_in => Meaning::SignInRejected,
        (429, _) => Meaning::SignInLimited,
        _ => Meaning::Unexpected,
    }
}

/// Whether a response has the form of the service's own errors: those of the application are JSON, and its web server's page
/// of a 401 has no challenge.
fn is_own(template: RequestTemplate, status: StatusCode, headers: &HeaderMap, body: &FailureBody) -> bool {
    let (is_sign_in, is_json) = (template == SIGN_IN, json_content(headers).is_ok());
    match (status.as_u16(), body.message) {
        (400, _) => is_json,
        (401, _) if headers.contains_key(WWW_AUTHENTICATE) => false,
        (401, None) => !is_sign_in && !is_json,
        (401, Some(message)) => message == Message::MissingCsrf || is_sign_in && message == Message::LoginFailed,
        (403, _) => body.detail.is_some(),
        (404 | 405 | 410, _) => false,
        (429, _) => is_sign_in && is_json,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
