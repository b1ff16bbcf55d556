//! Responses that are not the service's own: those of a proxy, a filter or a sign-in page in front of it, and of a web
//! server that has no such path.

use http::header::{LOCATION, WWW_AUTHENTICATE};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use crate::error_chain::problems;

problems! {
    /// What such a response means.
    pub enum FrontError (setting: &str) {
        /// A redirect to the same host with https.
        RedirectToTls: "redirect to https", "redirect_to_https", format!("set {setting} to the https:// URL");
        /// Any other redirect.
        Redirect: "redirect to another address or a sign-in page", "redirect",
            format!("set {setting} to the final URL, without a sign-in page in front");
        /// A 401 or 407 that is not the service's own.
        PasswordInFront: "a proxy in front of the service requires a password or sign-in of its own", "password_in_front",
            bypass(setting);
        /// A 403 that is not the service's own.
        BlockedInFront: "a filter or an access rule in front of the service blocks the request", "blocked_in_front",
            bypass(setting);
        /// A 400 that is not the service's own.
        RejectedInFront: "a web server or proxy in front of the service rejected the request", "rejected_in_front",
            format!("check {setting}; the port may require https");
        /// A limit.
        LimitedInFront: "the service, or a proxy in front of it, limits requests", "limited_in_front",
            format!("exempt headcount from the limit, or set {setting} to a URL that bypasses it");
        /// A path that the service does not have.
        NoSuchPath: "the service has no such path", "no_such_path",
            format!("check {setting}, and the version of the service");
    }
}

/// Has requests avoid whatever is in front of the service.
pub(in crate::source) fn bypass(setting: &str) -> String {
    format!("set {setting} to a URL that leads to the service without it")
}

impl FrontError {
    /// Returns what a response means that the service itself does not give; none if it may be the service's own. `url` is
    /// what was requested. `is_own` says that the response has the form of the service's own errors: then only a redirect and
    /// 407 are not.
    #[must_use]
    pub fn of(url: &Uri, status: StatusCode, headers: &HeaderMap, is_own: bool) -> Option<Self> {
        match status.as_u16() {
            300..=399 if redirects_to_tls(url, headers) => Some(Self::RedirectToTls),
            301..=303 | 307 | 308 => Some(Self::Redirect),
            407 => Some(Self::PasswordInFront),
            _ if is_own => None,
            400 => Some(Self::RejectedInFront),
            401 => Some(Self::PasswordInFront),
            403 => Some(Self::BlockedInFront),
            404 | 405 | 410 => Some(Self::NoSuchPath),
            429 => Some(Self::LimitedInFront),
            _ => None,
        }
    }
}

/// Whether a redirect leads to the same host by https.
fn redirects_to_tls(url: &Uri, headers: &HeaderMap) -> bool {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    let is_tls = |url: &Uri| url.scheme() == Some(&Scheme::HTTPS);
    location.is_some_and(|location| !is_tls(url) && is_tls(&location) && location.host() == url.host())
}

/// Whether a 401 demands nothing but a bearer token, or does not say what it demands.
#[must_use]
pub fn demands_bearer(headers: &HeaderMap) -> bool {
    let scheme =
        |challenge: &HeaderValue| challenge.as_bytes().split(u8::is_ascii_whitespace).next().map(<[u8]>::to_vec);
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(scheme).all(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, location: Option<&'static str>, is_own: bool) -> Option<FrontError> {
        let url = Uri::from_static("http://service.example:5000/api/users");
        let headers = location.map(|location| (LOCATION, HeaderValue::from_static(location))).into_iter().collect();
        FrontError::of(&url, StatusCode::from_u16(status).unwrap(), &headers, is_own)
    }

    #[test]
    fn redirects_and_a_proxys_password_are_never_the_services_own() {
        for is_own in [true, false] {
            for (status, location, expected) in [
                (301, Some("https://service.example/api/users"), FrontError::RedirectToTls),
                (302, Some("https://elsewhere.example/"), FrontError::Redirect),
                (302, Some("/login"), FrontError::Redirect),
                (307, None, FrontError::Redirect),
                (407, None, FrontError::PasswordInFront),
            ] {
                assert_eq!(of(status, location, is_own), Some(expected), "{status} {location:?}");
            }
        }
    }

    #[test]
    fn other_statuses_are_the_services_own_if_they_have_its_form() {
        for (status, expected) in [
            (400, Some(FrontError::RejectedInFront)),
            (401, Some(FrontError::PasswordInFront)),
            (403, Some(FrontError::BlockedInFront)),
            (404, Some(FrontError::NoSuchPath)),
            (405, Some(FrontError::NoSuchPath)),
            (410, Some(FrontError::NoSuchPath)),
            (429, Some(FrontError::LimitedInFront)),
            (204, None),
            (500, None),
        ] {
            assert_eq!(of(status, None, false), expected, "{status}");
            assert_eq!(of(status, None, true), None, "{status}");
        }
    }
}
