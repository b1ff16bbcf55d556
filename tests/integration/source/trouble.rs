//! A service in trouble: what went wrong is said, nothing is counted, and no secret shows.

use std::error::Error;
use std::time::Duration;

use headcount::config::BaseUrl;
use headcount::error_chain::sentence;
use headcount::source::compreface::CompreFace;
use headcount::source::{Retry, SourceError};
use uuid::Uuid;

use super::{code, everything, is_starting, populated, populated_in, reader, scrape_report as scrape};
use crate::support::compreface::{Answer, Door, EMAIL, Health, Layout, PASSWORD, Simulated, Trouble, When};

const SECRET: &str = "0330ffbc-7ec1-4a7b-8dfb-4414212196f2";

/// Everything that an error says, in whatever way it is shown.
fn told(error: &SourceError) -> String {
    let mut text = format!("{error:?}");
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("\n{error}"));
        next = error.source();
    }
    text
}

async fn fail(simulated: &Simulated) -> SourceError {
    let error = scrape(&mut reader(simulated)).await.unwrap_err();
    let told = told(&error);
    for secret in [SECRET, EMAIL, PASSWORD, "Olga", "Ann", "CFSESSION"] {
        assert!(!told.contains(secret), "{told}");
    }
    error
}

async fn fail_at(door: Door, when: When, trouble: Trouble) -> SourceError {
    let simulated = populated();
    simulated.trouble(door, when, trouble);
    fail(&simulated).await
}

#[tokio::test]
async fn each_recorded_error_has_its_code() {
    let id = Uuid::new_v4();
    for (door, answer, status, number, expected) in [
        (Door::Me, Answer::unauthorized(), 401, None, "session_rejected"),
        (Door::Me, Answer::invalid_token(SECRET, true), 401, None, "session_rejected"),
        (Door::Applications, Answer::invalid_token(SECRET, false), 401, None, "session_rejected"),
        (Door::Token, Answer::invalid_request(400, "Bad credentials"), 400, None, "bad_credentials"),
        (Door::Token, Answer::invalid_request(400, "User is disabled"), 400, None, "account_disabled"),
        (Door::Token, Answer::invalid_request(400, SECRET), 400, None, "unexpected_response"),
        (Door::Token, Answer::basic_missing(), 401, None, "authorization_removed"),
        (Door::Token, Answer::unauthorized(), 401, None, "sign_in_broken"),
        (Door::Services, Answer::no_privilege(), 400, Some(9), "no_privilege"),
        (Door::Me, Answer::access_denied(), 403, Some(1), "account_not_found"),
        (Door::Applications, Answer::user_unknown(), 404, Some(16), "account_not_found"),
        (Door::Roles, Answer::application_unknown(id), 404, Some(2), "unexpected_response"),
        (Door::Roles, Answer::internal(400), 400, Some(0), "service_failed"),
        (Door::Applications, Answer::internal(404), 404, Some(0), "service_failed"),
        (Door::Applications, Answer::database_down(), 500, None, "service_failed"),
        (Door::Faces, Answer::key_missing(), 400, Some(20), "key_removed"),
        (Door::Faces, Answer::key_malformed(), 400, Some(26), "key_removed"),
        (Door::Faces, Answer::key_unknown(SECRET), 404, Some(10), "key_unknown"),
        (Door::Faces, Answer::core_down(), 500, None, "service_failed"),
        (Door::Me, Answer::bad_gateway(), 502, None, "starting"),
        (Door::Me, Answer::json(204, ""), 204, None, "unexpected_response"),
    ] {
        let error = fail_at(door, When::Always, Trouble::Answer(answer)).await;
        assert_eq!(code(&error), expected, "{door:?}");
        let returned = number.map_or(format!("{status}: "), |number| format!("{status} (code {number}): "));
        assert!(sentence(&error).contains(&returned), "{door:?}: {error}");
    }
}

#[tokio::test]
async fn what_was_deleted_meanwhile_is_no_error() {
    let id = Uuid::new_v4();
    for answer in [Answer::application_unknown(id), Answer::service_unknown(id), Answer::service_elsewhere(id)] {
        let simulated = populated();
        simulated.trouble(Door::Services, When::Nth(1), Trouble::Answer(answer));
        let (counts, _) = scrape(&mut reader(&simulated)).await.unwrap();
        assert_eq!(counts, [4, 1, 2, 2, 2]);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_json_list_is_refused() {
    for (trouble, expected) in [
        (Trouble::Answer(Answer::html()), "web_page"),
        (Trouble::ContentType("text/plain"), "not_json"),
        (Trouble::ContentType("application/jsonp"), "not_json"),
        (Trouble::Encoding("gzip"), "compressed"),
        (Trouble::Length(513 * 1024 * 1024), "too_large"),
        (Trouble::Body([b"[{\"x\":".to_vec(), b"[".repeat(100_000)].concat()), "nested_too_deeply"),
        (Trouble::Body([b"[{\"id\":\"".to_vec(), vec![b'0'; 100_000]].concat()), "string_too_long"),
        (Trouble::Body(br#"[{"id":"../../user/me"}]"#.to_vec()), "not_a_uuid"),
        (Trouble::Body(b"[{\"id\":".to_vec()), "truncated"),
        (Trouble::Body(b"".to_vec()), "truncated"),
        (Trouble::Body(br#"{"content":[]}"#.to_vec()), "unexpected_content"),
        (Trouble::Append("[]"), "malformed_json"),
    ] {
        let error = fail_at(Door::Applications, When::Always, trouble).await;
        assert_eq!(code(&error), expected);
        assert!(error.to_string().starts_with("GET /admin/apps: "), "{error}");
    }
}

#[tokio::test]
async fn an_object_that_is_wrong_is_refused() {
    for (door, body, expected) in [
        (Door::Me, &br#"{"userId":"me"}"#[..], "not_a_uuid"),
        (Door::Me, b"\xff\xfe", "malformed_json"),
        (Door::Faces, br#"{"faces":[]}"#, "unexpected_content"),
        (Door::Faces, br#"{"total_elements":18446744073709551616}"#, "unexpected_content"),
        (Door::Faces, br#"{"total_elements":6} {}"#, "malformed_json"),
    ] {
        let error = fail_at(door, When::Always, Trouble::Body(body.to_vec())).await;
        assert_eq!(code(&error), expected, "{door:?}: {error:?}");
    }
    for door in [Door::Me, Door::Faces] {
        let error = fail_at(door, When::Always, Trouble::Endless("{")).await;
        assert_eq!(code(&error), "too_large", "{door:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_sign_in_without_cookies_is_refused() {
    for (trouble, expected, retry) in [
        (Trouble::ContentType("application/json"), "no_session_cookies", Retry::Rare),
        (Trouble::WithoutCookies(&["CFSESSION", "REFRESH_TOKEN"]), "no_session_cookies", Retry::Rare),
        (Trouble::WithoutCookies(&["CFSESSION"]), "no_session_cookies", Retry::Rare),
        (Trouble::WithoutCookies(&["REFRESH_TOKEN"]), "no_refresh_cookie", Retry::Rare),
        (Trouble::Answer(Answer::html()), "web_page", Retry::Usual),
    ] {
        let error = fail_at(Door::Token, When::Always, trouble).await;
        assert_eq!((code(&error), error.retry()), (expected, retry));
    }
}

#[tokio::test]
async fn a_sign_in_of_which_no_answer_came_is_retried_sparingly() {
    let simulated = populated();
    simulated.change(|model| model.refuse_sessions = true);
    assert_eq!(fail(&simulated).await.retry(), Retry::Rare);
    let given_up = |status| Trouble::GivenUp(Answer { status, ..Answer::html() });
    for trouble in [Trouble::CutOff, Trouble::WrongLength, given_up(504), given_up(524)] {
        let error = fail_at(Door::Token, When::Always, trouble).await;
        assert_eq!((error.retry(), is_starting(&error)), (Retry::Sparing, false), "{error:?}");
    }
    for (door, status) in [(Door::Token, 500), (Door::Token, 502), (Door::Token, 503), (Door::Me, 504)] {
        let error = fail_at(door, When::Always, given_up(status)).await;
        assert_eq!((error.retry(), is_starting(&error)), (Retry::Usual, true), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_an_error_at_every_door() {
    for door in [Door::Me, Door::Applications, Door::Services, Door::Statistics, Door::Faces, Door::Roles] {
        for trouble in [Trouble::CutOff, Trouble::WrongLength] {
            let error = fail_at(door, When::Always, trouble.clone()).await;
            assert_eq!(code(&error), "connection_closed", "{door:?} {trouble:?}: {error:?}");
            assert!(error.source().is_some());
        }
    }
}

#[tokio::test]
async fn half_the_applications_failing_fails_the_scrape() {
    let simulated = Simulated::in_memory();
    simulated.change(|model| model.populate(0, 8, 1));
    simulated.trouble(Door::Services, When::EverySecond, Trouble::Answer(Answer::database_down()));
    assert_eq!(code(&fail(&simulated).await), "service_failed");
    simulated.behave();
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap().0, [1, 8, 8, 8, 8]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for door in [Door::Token, Door::Applications, Door::Faces] {
        let simulated = populated();
        simulated.trouble(door, When::Always, Trouble::Answer(Answer::redirect("/admin/elsewhere")));
        assert_eq!(code(&fail(&simulated).await), "redirect");
        assert_eq!(simulated.requests().iter().filter(|request| request.door.is_none()).count(), 0);
    }
}

#[tokio::test]
async fn a_service_that_is_still_starting_is_told_from_a_broken_one() {
    let simulated = populated_in(Layout::FrontEnd);
    let mut service = reader(&simulated);
    for with_session in [false, true] {
        for health in [Health::Down, Health::BadGateway, Health::NotReady] {
            simulated.set_health(health).await;
            let error = scrape(&mut service).await.unwrap_err();
            assert!(is_starting(&error), "{health:?} {with_session}: {error}");
            assert_eq!(simulated.sign_ins(), u64::from(with_session));
        }
        simulated.set_health(Health::Up).await;
        assert_eq!(scrape(&mut service).await.unwrap(), everything());
    }
    for (door, trouble) in [
        (Door::Me, Trouble::CutOff),
        (Door::Applications, Trouble::Answer(Answer::database_down())),
        (Door::Token, Trouble::Answer(Answer::invalid_request(400, "Bad credentials"))),
        (Door::Token, Trouble::Answer(Answer::basic_missing())),
    ] {
        let error = fail_at(door, When::Always, trouble).await;
        assert!(!is_starting(&error), "{door:?}: {error}");
    }
}

#[tokio::test]
async fn a_503_or_500_at_the_first_request_means_not_ready() {
    let answer = |status| Trouble::Answer(Answer { status, ..Answer::html() });
    for status in [500, 502, 503, 504] {
        for door in [Door::Token, Door::Me] {
            let error = fail_at(door, When::Always, answer(status)).await;
            let may_have_signed_in = (door, status) == (Door::Token, 504);
            assert_eq!(is_starting(&error), !may_have_signed_in, "{door:?} {status}: {error}");
        }
    }
}

#[tokio::test]
async fn a_refused_tcp_connection_is_a_service_that_is_starting() {
    let simulated = Simulated::start().await;
    simulated.set_health(Health::Down).await;
    let error = fail(&simulated).await;
    assert!(is_starting(&error), "{}", told(&error));
    simulated.set_health(Health::Up).await;
    scrape(&mut reader(&simulated)).await.unwrap();
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_not_a_service_that_is_starting() {
    let simulated = Simulated::start().await;
    let mut settings = simulated.settings();
    settings.admin_url = BaseUrl::parse("http://nowhere.invalid").unwrap();
    let error = scrape(&mut CompreFace::new(settings, simulated.dialer())).await.unwrap_err();
    assert_eq!(code(&error), "no_connection", "{error:?}");
    assert!(sentence(&error).contains("HEADCOUNT_COMPREFACE_URL"));
}

#[tokio::test(start_paused = true)]
async fn a_scrape_ends_after_a_quarter_of_an_hour() {
    let simulated = populated();
    simulated.trouble(Door::Faces, When::From(2), Trouble::Never);
    let before = tokio::time::Instant::now();
    let error = fail(&simulated).await;
    assert_eq!(code(&error), "timed_out", "{error}");
    assert_eq!(before.elapsed().as_secs(), 900);
}

#[tokio::test]
async fn slow_pieces_are_put_together() {
    let simulated = populated();
    simulated.trouble(Door::Services, When::Always, Trouble::Trickle(Duration::from_millis(2)));
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), everything());
}
