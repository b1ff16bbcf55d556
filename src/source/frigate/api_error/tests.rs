use super::*;
use crate::source::frigate::catalog::{LIBRARY, USERS, VERSION};
use crate::source::frigate::recorded::answer;

fn recorded(template: RequestTemplate, is_signed_in: bool, name: &str) -> Meaning {
    let answer = answer(name);
    let url = Uri::from_static("https://frigate.example:8971/api");
    let body = FailureBody::decode(answer.body.as_bytes());
    meaning(template, is_signed_in, &url, (answer.status(), &answer.headers()), &body)
}

#[test]
fn recorded_sign_in_errors_have_their_meaning() {
    for (name, expected) in [
        ("login.wrong-password", Meaning::BadCredentials),
        ("login.unknown-user", Meaning::BadCredentials),
        ("deleted.login", Meaning::BadCredentials),
        ("auth-off.login", Meaning::BadCredentials),
        ("login.malformed", Meaning::SignInRejected),
        ("login.form-body", Meaning::SignInRejected),
        ("login.origin-without-csrf", Meaning::OriginAdded),
        ("login.get", Meaning::Front(FrontError::PasswordInFront)),
        ("0.16.4.login.rate-limited", Meaning::SignInLimited),
        ("stopped.login", Meaning::Starting),
        ("broken-database.login", Meaning::Failed),
    ] {
        assert_eq!(recorded(SIGN_IN, false, name), expected, "{name}");
    }
}

#[test]
fn recorded_errors_of_reading_have_their_meaning() {
    for (name, expected) in [
        ("token.garbage", Meaning::TokenRejected),
        ("token.lower-case-scheme", Meaning::TokenRejected),
        ("lifetime.over.bearer", Meaning::TokenRejected),
        ("viewer.users", Meaning::Forbidden),
        ("viewer.faces", Meaning::Forbidden),
        ("demoted.users.new-token", Meaning::Forbidden),
        ("demoted.faces.new-token", Meaning::Forbidden),
        ("auth-off.users", Meaning::Forbidden),
        ("0.16.4.viewer.users", Meaning::Forbidden),
        ("0.18.0-beta1.viewer.users", Meaning::Forbidden),
        ("stopped.users", Meaning::Starting),
        ("broken-database.users", Meaning::Starting),
        ("unknown.api", Meaning::Front(FrontError::NoSuchPath)),
        ("unknown.faces", Meaning::Front(FrontError::NoSuchPath)),
        ("admin.users.put", Meaning::Front(FrontError::NoSuchPath)),
        ("admin.users.slash", Meaning::Front(FrontError::Redirect)),
    ] {
        assert_eq!(recorded(USERS, true, name), expected, "{name}");
    }
}

#[test]
fn recorded_errors_without_a_sign_in_have_their_meaning() {
    for (name, expected) in [
        ("signed-out.version", Meaning::SignInNeeded),
        ("signed-out.users", Meaning::SignInNeeded),
        ("0.16.4.signed-out.users", Meaning::SignInNeeded),
        ("auth-off.faces", Meaning::Forbidden),
        ("stopped.internal", Meaning::Starting),
    ] {
        assert_eq!(recorded(VERSION, false, name), expected, "{name}");
    }
}

#[test]
fn unlisted_response_is_classified_by_status() {
    let url = Uri::from_static("http://frigate.example:5000/api");
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
    for (status, expected) in [
        (204, Meaning::Unexpected),
        (400, Meaning::Unexpected),
        (401, Meaning::Front(FrontError::PasswordInFront)),
        (403, Meaning::Front(FrontError::BlockedInFront)),
        (422, Meaning::Unexpected),
        (429, Meaning::Front(FrontError::LimitedInFront)),
        (500, Meaning::Failed),
        (502, Meaning::Starting),
        (503, Meaning::Starting),
        (504, Meaning::Starting),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let found = meaning(LIBRARY, true, &url, (status, &headers), &FailureBody::decode(b"[]"));
        assert_eq!(found, expected, "{status}");
    }
}

#[test]
fn every_remedy_names_a_setting_or_the_log() {
    for meaning in [
        Meaning::Starting,
        Meaning::Failed,
        Meaning::BadCredentials,
        Meaning::SignInLimited,
        Meaning::SignInRejected,
        Meaning::OriginAdded,
        Meaning::TokenRejected,
        Meaning::SignInNeeded,
        Meaning::Forbidden,
        Meaning::Unexpected,
    ] {
        let remedy = meaning.describe("HEADCOUNT_FRIGATE_URL").remedy.unwrap();
        let named = ["HEADCOUNT_FRIGATE_", "Frigate's log", "Frigate's settings"];
        assert!(named.iter().any(|words| remedy.contains(words)), "{remedy}");
    }
}
