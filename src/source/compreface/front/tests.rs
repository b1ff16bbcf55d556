use http::header::{CONTENT_TYPE, HeaderName};
use secrecy::SecretString;
use uuid::Uuid;

use super::*;
use crate::source::compreface::error_responses;
use crate::source::compreface::secrets::{ApiKey, Credentials};

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const PAGE: &str = "<html><body>403</body></html>";
const UNAUTHORIZED: &str = r#"{"error":"unauthorized","error_description":"Full authentication is required"}"#;
const SPRING: &str = r#"{"timestamp":"2026-11-22","status":401,"error":"Unauthorized","path":"/admin/oauth/token"}"#;

/// A response: its status, content type, another header, and body.
type Response = (u16, &'static str, Option<(&'static str, &'static str)>, &'static str);

fn read(request: &Request<'_>, (status, content_type, header, body): Response) -> ApiError {
    let base = BaseUrl::parse("http://faces.example").unwrap();
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]);
    headers.extend(header.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())));
    let body = ErrorBody::decode(body.as_bytes());
    error_responses::api_error(request, &base, StatusCode::from_u16(status).unwrap(), &headers, &body)
}

fn basic(text: &'static str) -> Option<(&'static str, &'static str)> {
    Some(("www-authenticate", text))
}

#[test]
fn front_ends_are_recognized_at_every_request() {
    let (credentials, secret) = (Credentials::for_test(), SecretString::from("token"));
    let key = ApiKey::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
    let (session, refresh) = (&secret, &secret);
    let requests = [
        Request::SignIn(&credentials),
        Request::Refresh { refresh },
        Request::SignOut { session },
        Request::Me { session },
        Request::Roles { session },
        Request::Applications { session },
        Request::Services { session, application: Uuid::nil() },
        Request::Faces { key: &key },
    ];
    let to = |url| Some(("location", url));
    for (response, meaning) in [
        ((401, HTML, basic("Basic realm=\"faces\""), PAGE), ApiError::PasswordInFront),
        ((401, HTML, None, PAGE), ApiError::PasswordInFront),
        ((401, "text/plain", basic("Bearer"), "Jwt is missing"), ApiError::PasswordInFront),
        ((401, JSON, basic("Basic realm=\"faces\""), UNAUTHORIZED), ApiError::PasswordInFront),
        ((401, JSON, basic("digest realm=\"faces\", nonce=\"1\""), "{}"), ApiError::PasswordInFront),
        ((401, JSON, basic("Negotiate"), r#"{"code":0}"#), ApiError::PasswordInFront),
        ((401, JSON, None, r#"{"message":"no key in the request"}"#), ApiError::PasswordInFront),
        ((407, HTML, None, PAGE), ApiError::PasswordInFront),
        ((403, HTML, None, PAGE), ApiError::BlockedInFront),
        ((403, JSON, None, r#"{"message":"forbidden"}"#), ApiError::BlockedInFront),
        ((404, HTML, None, PAGE), ApiError::NoSuchPath),
        ((404, JSON, None, r#"{"status":404,"path":"/admin/elsewhere"}"#), ApiError::NoSuchPath),
        ((405, HTML, None, PAGE), ApiError::NoSuchPath),
        ((429, HTML, None, PAGE), ApiError::LimitedInFront),
        ((429, JSON, None, r#"{"code":9}"#), ApiError::LimitedInFront),
        ((302, HTML, to("/login"), ""), ApiError::Redirect),
        ((302, HTML, to("https://sign-in.example/login"), ""), ApiError::Redirect),
        ((307, HTML, None, ""), ApiError::Redirect),
        ((301, HTML, to("https://faces.example/admin"), ""), ApiError::RedirectToTls),
        ((308, HTML, to("https://faces.example:8443/"), ""), ApiError::RedirectToTls),
        ((502, HTML, None, PAGE), ApiError::Starting),
    ] {
        for request in &requests {
            assert_eq!(read(request, response), meaning, "{} {response:?}", request.template());
        }
    }
    let page = (400, HTML, None, PAGE);
    for request in requests.iter().filter(|request| !matches!(request, Request::SignOut { .. })) {
        assert_eq!(read(request, page), ApiError::RejectedInFront, "{}", request.template());
    }
}

#[test]
fn own_401_is_not_a_front_ends() {
    let (credentials, session) = (Credentials::for_test(), SecretString::from("token"));
    let key = ApiKey::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap();
    let (sign_in, me) = (Request::SignIn(&credentials), Request::Me { session: &session });
    let bearer = basic("Bearer realm=\"authorization\", error=\"unauthorized\"");
    for (request, response, meaning) in [
        (&sign_in, (401, JSON, basic("Basic realm=\"oauth2/client\""), SPRING), ApiError::AuthorizationMissing),
        (&sign_in, (401, JSON, bearer, UNAUTHORIZED), ApiError::SignInBroken),
        (&me, (401, JSON, bearer, UNAUTHORIZED), ApiError::SessionEnded),
        (&me, (401, JSON, None, UNAUTHORIZED), ApiError::SessionEnded),
        (&Request::Faces { key: &key }, (401, JSON, bearer, UNAUTHORIZED), ApiError::AdminInsteadOfCore),
        (&me, (400, JSON, None, r#"{"message":"Missing header: x-api-key","code":20}"#), ApiError::CoreInsteadOfAdmin),
        (&sign_in, (400, JSON, None, r#"{"message":"","code":20}"#), ApiError::CoreInsteadOfAdmin),
    ] {
        assert_eq!(read(request, response), meaning, "{} {response:?}", request.template());
    }
}
