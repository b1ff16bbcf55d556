//! What Frigate does that nobody expects: each is a right number, or an error with its cause and remedy.

use headcount::error_chain::{Describe as _, sentence};
use headcount::net::Dialer;
use headcount::source::SourceError;
use headcount::source::frigate::Frigate;
use serde_json::json;

use super::{Counted, EVERYTHING, populated, reader, scrape};
use crate::support::frigate::{Answer, Model, Port, Spoiled, V016};

/// The code of an error, and whether the service is still starting.
fn code(outcome: Result<Counted, SourceError>) -> (&'static str, bool) {
    let error = outcome.unwrap_err();
    assert!(error.describe().remedy.is_some(), "{error}");
    (error.describe().code, matches!(error, SourceError::NotReady(_)))
}

async fn code_after(port: Port, change: impl FnOnce(&mut Model)) -> (&'static str, bool) {
    let simulated = populated(port).await;
    simulated.change(change);
    code(scrape(&mut reader(&simulated)).await)
}

#[tokio::test]
async fn application_that_is_starting_is_told_from_one_that_fails() {
    for port in [Port::External, Port::Internal] {
        assert_eq!(code_after(port, |model| model.is_running = false).await, ("starting", true));
    }
    let simulated = populated(Port::External).await;
    simulated.stop().await;
    assert_eq!(code(scrape(&mut reader(&simulated)).await), ("connection_refused", true));
    simulated.resume().await;
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING);
    assert_eq!(code_after(Port::External, |model| model.is_database_damaged = true).await, ("service_failed", false));
}

#[tokio::test]
async fn account_that_may_not_sign_in_is_an_error() {
    let wrong = |model: &mut Model| model.account("olga").password = "changed".to_owned();
    assert_eq!(code_after(Port::External, wrong).await, ("bad_credentials", false));
    let gone = |model: &mut Model| model.accounts.retain(|account| account.name != "olga");
    assert_eq!(code_after(Port::External, gone).await, ("bad_credentials", false));
    assert_eq!(code_after(Port::External, |model| model.accounts.clear()).await, ("bad_credentials", false));
    assert_eq!(code_after(Port::External, |model| model.has_sign_in = false).await, ("insufficient_role", false));
    assert_eq!(code_after(Port::External, |model| model.is_limited = true).await, ("sign_in_limited", false));
}

/// Version 0.16 shows the library to everyone, so that only the role tells.
#[tokio::test]
async fn viewer_is_refused_in_each_version() {
    let viewer = |model: &mut Model| model.account("olga").role = "viewer";
    assert_eq!(code_after(Port::External, viewer).await, ("insufficient_role", false));
    let old = |model: &mut Model| (model.account("olga").role, model.version) = ("viewer", V016);
    assert_eq!(code_after(Port::External, old).await, ("insufficient_role", false));
}

/// The web server of version 0.16 keeps responses for all users together, those of other requests of headcount too.
#[tokio::test]
async fn response_that_was_kept_for_another_user_is_not_read() {
    let simulated = populated(Port::External).await;
    simulated.change(|model| (model.account("olga").role, model.version) = ("viewer", V016));
    assert_eq!(code(scrape(&mut reader(&simulated)).await), ("insufficient_role", false));
    simulated.change(|model| model.account("olga").role = "admin");
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING);
}

/// Tokens outlive the role and the account that they were made for.
#[tokio::test]
async fn demoted_or_deleted_account_is_noticed_by_the_next_scrape() {
    let simulated = populated(Port::External).await;
    let mut service = reader(&simulated);
    scrape(&mut service).await.unwrap();
    simulated.change(|model| model.account("olga").role = "viewer");
    assert_eq!(code(scrape(&mut service).await), ("insufficient_role", false));
    simulated.change(|model| model.accounts.retain(|account| account.name != "olga"));
    assert_eq!(code(scrape(&mut service).await), ("bad_credentials", false));
}

#[tokio::test]
async fn port_that_needs_a_sign_in_is_an_error_without_an_account() {
    let simulated = populated(Port::External).await;
    let mut settings = simulated.settings();
    settings.account = None;
    let mut service = Frigate::new(settings, Dialer::system());
    assert_eq!(code(scrape(&mut service).await), ("sign_in_needed", false));
    simulated.change(|model| model.has_sign_in = false);
    assert_eq!(code(scrape(&mut service).await), ("insufficient_role", false));
}

#[tokio::test]
async fn token_that_ends_during_a_scrape_fails_it() {
    let simulated = populated(Port::External).await;
    simulated.before("/api/users", 1, Model::drop_tokens);
    assert_eq!(code(scrape(&mut reader(&simulated)).await), ("token_rejected", false));
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING);
}

/// The setting that is named in a remedy, if one is, is this service's.
#[tokio::test]
async fn spoiled_answer_is_an_error_that_repeats_nothing_of_it() {
    let page = || Spoiled::Answer(Answer::page(200, "hunter22"));
    let body = |text: &str| Spoiled::Body(text.to_owned());
    let answer = |status, text: &str| Spoiled::Answer(Answer::json(status, &json!({ "detail": text })));
    let redirect = |to: &str| Spoiled::Answer(Answer::page(302, "hunter22").header("location", to));
    for (path, spoiled, expected) in [
        ("/api/login", page(), "web_page"),
        ("/api/version", page(), "web_page"),
        ("/api/profile", page(), "web_page"),
        ("/api/faces", page(), "web_page"),
        ("/api/users", page(), "web_page"),
        ("/api/login", Spoiled::Answer(Answer::text(200, "hunter22")), "no_token"),
        ("/api/login", answer(422, "hunter22"), "sign_in_rejected"),
        ("/api/login", Spoiled::Answer(Answer::json(401, &json!({"message": "Missing CSRF header"}))), "origin_added"),
        ("/api/login", Spoiled::Answer(Answer::page(400, "hunter22")), "rejected_in_front"),
        ("/api/login", redirect("https://127.0.0.1/"), "redirect_to_https"),
        ("/api/version", redirect("http://hunter22.invalid/"), "redirect"),
        ("/api/version", body("\"0.17.2\""), "not_text"),
        ("/api/version", Spoiled::Answer(Answer::text(200, "hunter22")), "not_a_version"),
        ("/api/version", Spoiled::Answer(Answer::text(200, "0.15.2-hunter22")), "version_too_old"),
        ("/api/version", Spoiled::Answer(Answer::text(200, &"hunter22".repeat(99))), "too_large"),
        ("/api/version", answer(404, "hunter22"), "no_such_path"),
        ("/api/profile", body(r#"{"role":"viewer"}"#), "insufficient_role"),
        ("/api/profile", body(r#"{"role":7}"#), "unexpected_content"),
        ("/api/profile", body(r#"{"username":"hunter22"}"#), "unexpected_content"),
        ("/api/profile", answer(403, "hunter22"), "insufficient_role"),
        ("/api/users", Spoiled::Answer(Answer::page(403, "hunter22")), "blocked_in_front"),
        ("/api/users", body("{}"), "unexpected_content"),
        ("/api/users", body(r#"[{"username":"hunter22""#), "truncated"),
        ("/api/users", Spoiled::CutOff, "connection_closed"),
        ("/api/users", answer(418, "hunter22"), "unexpected_response"),
        ("/api/faces", body(r#"{"hunter22":"hunter22"}"#), "unexpected_content"),
        ("/api/faces", body("[]"), "unexpected_content"),
        ("/api/faces", body(r#"{"hunter22":[]"#), "truncated"),
        ("/api/faces", Spoiled::CutOff, "connection_closed"),
        ("/api/faces", answer(404, "hunter22"), "no_such_path"),
        ("/api/faces", Spoiled::Answer(Answer::text(500, "hunter22")), "service_failed"),
    ] {
        let simulated = populated(Port::External).await;
        simulated.spoil(path, spoiled.clone());
        let error = scrape(&mut reader(&simulated)).await.unwrap_err();
        assert_eq!(error.describe().code, expected, "{path} {spoiled:?}: {error}");
        let (message, remedy) = (error.to_string(), error.describe().remedy.unwrap());
        assert!(message.chars().count() <= 120 && remedy.chars().count() <= 160, "{message}; {remedy}");
        let said = format!("{} {error:?}", sentence(&error));
        assert!(!said.contains("hunter22") && !said.contains("Mila"), "{said}");
        simulated.behave();
        assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING, "{path}");
    }
}

#[tokio::test]
async fn sign_in_with_several_tokens_uses_none() {
    let simulated = populated(Port::External).await;
    let proxied = |name: &str| {
        let own = Answer::text(200, "").header("set-cookie", &format!("{name}=a.b.c"));
        Spoiled::Answer(own.header("set-cookie", "proxy=d.e.f"))
    };
    simulated.spoil("/api/login", proxied("our_token"));
    assert_eq!(code(scrape(&mut reader(&simulated)).await), ("several_tokens", false));
    simulated.behave();
    simulated.spoil("/api/login", proxied("frigate_token"));
    // It is the one to use, which the simulated service never gave.
    assert_eq!(code(scrape(&mut reader(&simulated)).await), ("token_rejected", false));
}

#[tokio::test]
async fn proxy_that_cannot_reach_the_application_is_no_failure_of_it() {
    let simulated = populated(Port::External).await;
    for status in [502, 503, 504] {
        simulated.spoil("/api/faces", Spoiled::Answer(Answer::json(status, &json!({"message": "no upstream"}))));
        assert_eq!(code(scrape(&mut reader(&simulated)).await), ("starting", true), "{status}");
        simulated.behave();
    }
}
