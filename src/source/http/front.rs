//! Responses that are not the service's own: those of a proxy, a filter or a sign-in page in front of it, and of a web
//! server that has no such path.

use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode, Uri};

use super::client::json_content;
use crate::config::BaseUrl;
use crate::error_chain::Description;

/// What such a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrontError {
    /// A redirect to the same host with https.
    #[error("redirect to https")]
    RedirectToTls,
    /// Any other redirect.
    #[error("redirect to another address or a sign-in page")]
    Redirect,
    /// A 401 or 407 that is not the service's own.
    #[error("a proxy in front of the service requires a password or sign-in of its own")]
    PasswordInFront,
    /// A 403 that is not the service's own.
    #[error("a filter or an access rule in front of the service blocks the request")]
    BlockedInFront,
    /// A 400 that is not the service's own.
    #[error("a web server or proxy in front of the service rejected the request")]
    RejectedInFront,
    /// A limit of something in front of the service.
    #[error("a proxy in front of the service limits requests")]
    LimitedInFront,
    /// A path that the service does not have.
    #[error("the service has no such path")]
    NoSuchPath,
}

impl FrontError {
    /// Returns what a response means that the service itself does not give; none if it may be the service's own. `base` is
    /// the address that was requested.
    #[must_use]
    pub fn of(base: &BaseUrl, status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let is_json = json_content(headers).is_ok();
        match status.as_u16() {
            300..=399 if redirects_to_tls(base, headers) => Some(Self::RedirectToTls),
            300..=399 => Some(Self::Redirect),
            407 => Some(Self::PasswordInFront),
            401 if headers.contains_key(WWW_AUTHENTICATE) => Some(Self::PasswordInFront),
            403 if !is_json => Some(Self::BlockedInFront),
            400 if !is_json => Some(Self::RejectedInFront),
            404 | 405 => Some(Self::NoSuchPath),
            429 if !is_json => Some(Self::LimitedInFront),
            _ => None,
        }
    }

    /// The code and the remedy. `setting` names the address that the response came from.
    #[must_use]
    pub fn describe(self, setting: &str) -> Description {
        let bypass = || format!("set {setting} to a URL that leads to the service without it");
        let (code, remedy) = match self {
            Self::RedirectToTls => ("redirect_to_https", format!("set {setting} to the https:// URL")),
            Self::Redirect => ("redirect", format!("set {setting} to the final URL, without a sign-in page in front")),
            Self::PasswordInFront => ("password_in_front", bypass()),
            Self::BlockedInFront => ("blocked_in_front", bypass()),
            Self::RejectedInFront => ("rejected_in_front", format!("check {setting}; the port may require https")),
            Self::LimitedInFront => (
                "limited_in_front",
                format!("exempt headcount from the limit, or set {setting} to a URL that bypasses it"),
            ),
            Self::NoSuchPath => ("no_such_path", format!("check {setting}, and the version of the service")),
        };
        Description::new(code).remedy(remedy)
    }
}

/// Whether a redirect leads to the same host by https.
fn redirects_to_tls(base: &BaseUrl, headers: &HeaderMap) -> bool {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    location.is_some_and(|location| {
        !base.is_tls() && location.scheme_str() == Some("https") && location.host() == Some(base.host())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::CONTENT_TYPE;

    use super::*;

    fn of(status: u16, headers: &[(http::HeaderName, &'static str)]) -> Option<FrontError> {
        let base = BaseUrl::parse("http://service.example:5000").unwrap();
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        FrontError::of(&base, StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn response_of_something_in_front_is_told_from_the_services_own() {
        const JSON: (http::HeaderName, &str) = (CONTENT_TYPE, "application/json");
        const HTML: (http::HeaderName, &str) = (CONTENT_TYPE, "text/html");
        for (status, headers, expected) in [
            (301, vec![(LOCATION, "https://service.example/api/users")], Some(FrontError::RedirectToTls)),
            (302, vec![(LOCATION, "https://elsewhere.example/")], Some(FrontError::Redirect)),
            (307, vec![], Some(FrontError::Redirect)),
            (407, vec![HTML], Some(FrontError::PasswordInFront)),
            (401, vec![HTML, (WWW_AUTHENTICATE, "Basic realm=x")], Some(FrontError::PasswordInFront)),
            (401, vec![HTML], None),
            (403, vec![HTML], Some(FrontError::BlockedInFront)),
            (403, vec![JSON], None),
            (400, vec![HTML], Some(FrontError::RejectedInFront)),
            (404, vec![JSON], Some(FrontError::NoSuchPath)),
            (429, vec![HTML], Some(FrontError::LimitedInFront)),
            (429, vec![JSON], None),
            (500, vec![HTML], None),
        ] {
            assert_eq!(of(status, &headers), expected, "{status} {headers:?}");
        }
    }
}
