use http::header::{CONTENT_TYPE, HeaderName};
use secrecy::SecretString;
use uuid::Uuid;

use super::*;
use crate::source::compreface::recorded::answer;
use crate::source::compreface::secrets::{ApiKey, Credentials};

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const PAGE: &str = "<html><body>403</body></html>";
const UNAUTHORIZED: &str = r#"{"error":"unauthorized","error_description":"Full authentication is required"}"#;
const SPRING: &str = r#"{"timestamp":"2026-11-22","status":401,"error":"Unauthorized","path":"/admin/oauth/token"}"#;

/// A response: its status, content type, another header, and body.
type Response<'a> = (u16, &'static str, Option<(&'static str, &'static str)>, &'a str);

fn read(request: &Request<'_>, (status, content_type, header, body): Response<'_>) -> ApiError {
    let url = Uri::from_static("http://faces.example/");
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())]);
    headers.extend(header.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())));
    let body = ErrorBody::decode(body.as_bytes());
    api_error(request, &url, StatusCode::from_u16(status).unwrap(), &headers, &body)
}

fn recorded(request: &Request<'_>, name: &str) -> (ApiError, Option<i64>) {
    let (status, body) = answer(name);
    (read(request, (status, JSON, None, &body)), ErrorBody::decode(body.as_bytes()).code())
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
    let session = SecretString::from("token");
    let account = Request::Me { session: &session };
    for (status, expected) in [
        (302, ApiError::Front(FrontError::Redirect)),
        (502, ApiError::Starting),
        (503, ApiError::Starting),
        (500, ApiError::NotReady),
        (504, ApiError::NotReady),
        (404, ApiError::Front(FrontError::NoSuchPath)),
        (401, ApiError::Front(FrontError::PasswordInFront)),
        (204, ApiError::Unexpected),
    ] {
        assert_eq!(read(&account, (status, HTML, None, PAGE)), expected);
    }
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
        ((401, HTML, basic("Basic realm=\"faces\""), PAGE), ApiError::Front(FrontError::PasswordInFront)),
        ((401, HTML, None, PAGE), ApiError::Front(FrontError::PasswordInFront)),
        ((401, "text/plain", basic("Bearer"), "Jwt is missing"), ApiError::Front(FrontError::PasswordInFront)),
        ((401, JSON, basic("Basic realm=\"faces\""), UNAUTHORIZED), ApiError::Front(FrontError::PasswordInFront)),
        ((401, JSON, basic("digest realm=\"faces\", nonce=\"1\""), "{}"), ApiError::Front(FrontError::PasswordInFront)),
        ((401, JSON, basic("Negotiate"), r#"{"code":0}"#), ApiError::Front(FrontError::PasswordInFront)),
        ((401, JSON, None, r#"{"message":"no key in the request"}"#), ApiError::Front(FrontError::PasswordInFront)),
        ((407, HTML, None, PAGE), ApiError::Front(FrontError::PasswordInFront)),
        ((403, HTML, None, PAGE), ApiError::Front(FrontError::BlockedInFront)),
        ((403, JSON, None, r#"{"message":"forbidden"}"#), ApiError::Front(FrontError::BlockedInFront)),
        ((404, HTML, None, PAGE), ApiError::Front(FrontError::NoSuchPath)),
        ((404, JSON, None, r#"{"status":404,"path":"/admin/elsewhere"}"#), ApiError::Front(FrontError::NoSuchPath)),
        ((405, HTML, None, PAGE), ApiError::Front(FrontError::NoSuchPath)),
        ((429, HTML, None, PAGE), ApiError::Front(FrontError::LimitedInFront)),
        ((429, JSON, None, r#"{"code":9}"#), ApiError::Front(FrontError::LimitedInFront)),
        ((302, HTML, to("/login"), ""), ApiError::Front(FrontError::Redirect)),
        ((302, HTML, to("https://sign-in.example/login"), ""), ApiError::Front(FrontError::Redirect)),
        ((307, HTML, None, ""), ApiError::Front(FrontError::Redirect)),
        ((301, HTML, to("https://faces.example/admin"), ""), ApiError::Front(FrontError::RedirectToTls)),
        ((308, HTML, to("https://faces.example:8443/"), ""), ApiError::Front(FrontError::RedirectToTls)),
        ((502, HTML, None, PAGE), ApiError::Starting),
    ] {
        for request in &requests {
            assert_eq!(read(request, response), meaning, "{} {response:?}", request.template());
        }
    }
    let page = (400, HTML, None, PAGE);
    for request in requests.iter().filter(|request| !matches!(request, Request::SignOut { .. })) {
        assert_eq!(read(request, page), ApiError::Front(FrontError::RejectedInFront), "{}", request.template());
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
