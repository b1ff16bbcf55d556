//! A service in trouble: what went wrong is said, nothing is counted, and no secret shows.

use std::error::Error;
use std::time::Duration;

use headcount::config::BaseUrl;
use headcount::source::compreface::CompreFace;
use headcount::source::{ContentFault, Meaning, Retry, SourceError};
use uuid::Uuid;

use super::{everything, populated, populated_in, reader, scrape};
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
async fn each_recorded_error_is_told_by_its_meaning() {
    let id = Uuid::new_v4();
    for (door, answer, status, code, meaning) in [
        (Door::Me, Answer::unauthorized(), 401, None, Meaning::SessionEnded),
        (Door::Me, Answer::invalid_token(SECRET, true), 401, None, Meaning::SessionEnded),
        (Door::Applications, Answer::invalid_token(SECRET, false), 401, None, Meaning::SessionEnded),
        (Door::Token, Answer::invalid_request(400, "Bad credentials"), 400, None, Meaning::WrongCredentials),
        (Door::Token, Answer::invalid_request(400, "User is disabled"), 400, None, Meaning::AccountDisabled),
        (Door::Token, Answer::invalid_request(400, SECRET), 400, None, Meaning::Unexpected),
        (Door::Token, Answer::basic_missing(), 401, None, Meaning::AuthorizationMissing),
        (Door::Token, Answer::unauthorized(), 401, None, Meaning::SignInBroken),
        (Door::Services, Answer::no_privilege(), 400, Some(9), Meaning::NoPrivilege),
        (Door::Me, Answer::access_denied(), 403, Some(1), Meaning::AccountDeleted),
        (Door::Applications, Answer::user_unknown(), 404, Some(16), Meaning::AccountDeleted),
        (Door::Roles, Answer::application_unknown(id), 404, Some(2), Meaning::Unexpected),
        (Door::Roles, Answer::internal(400), 400, Some(0), Meaning::Failed),
        (Door::Applications, Answer::internal(404), 404, Some(0), Meaning::Failed),
        (Door::Applications, Answer::database_down(), 500, None, Meaning::Failed),
        (Door::Faces, Answer::key_missing(), 400, Some(20), Meaning::KeyMissing),
        (Door::Faces, Answer::key_malformed(), 400, Some(26), Meaning::KeyMissing),
        (Door::Faces, Answer::key_unknown(SECRET), 404, Some(10), Meaning::KeyUnknown),
        (Door::Faces, Answer::core_down(), 500, None, Meaning::Failed),
        (Door::Me, Answer::bad_gateway(), 502, None, Meaning::Starting),
        (Door::Me, Answer::json(204, ""), 204, None, Meaning::Unexpected),
    ] {
        let error = fail_at(door, When::Always, Trouble::Answer(answer)).await;
        let SourceError::Answered { status: got, code: got_code, meaning: got_meaning, .. } = error else {
            panic!("{door:?} {meaning:?}: {error:?}")
        };
        assert_eq!((got, got_code, got_meaning), (status, code, meaning), "{door:?}");
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
    for (trouble, fault) in [
        (Trouble::Answer(Answer::html()), ContentFault::WebPage),
        (Trouble::ContentType("text/plain"), ContentFault::NotJson),
        (Trouble::ContentType("application/jsonp"), ContentFault::NotJson),
        (Trouble::Encoding("gzip"), ContentFault::Encoded),
        (Trouble::Length(513 * 1024 * 1024), ContentFault::TooLarge(512 * 1024 * 1024)),
        (Trouble::Body(b"[".repeat(100_000)), ContentFault::TooDeep),
        (Trouble::Body([b"[{\"id\":\"".to_vec(), vec![b'0'; 100_000]].concat()), ContentFault::StringTooLong(4096)),
        (Trouble::Body(br#"[{"id":"../../user/me"}]"#.to_vec()), ContentFault::NotUuid),
        (Trouble::Body(b"[{\"id\":".to_vec()), ContentFault::Truncated),
        (Trouble::Body(b"".to_vec()), ContentFault::Truncated),
        (Trouble::Body(br#"{"content":[]}"#.to_vec()), ContentFault::Shape { line: 1, column: 1 }),
        (Trouble::Append("[]"), ContentFault::Malformed { line: 1, column: 0 }),
    ] {
        let error = fail_at(Door::Applications, When::Always, trouble).await;
        let SourceError::Content { fault: got, asked } = error else { panic!("{fault:?}: {error:?}") };
        assert_eq!(std::mem::discriminant(&got), std::mem::discriminant(&fault), "{got:?}");
        assert_eq!(asked.to_string(), "GET /admin/apps");
    }
}

#[tokio::test]
async fn an_object_that_is_wrong_is_refused() {
    for (door, body) in [
        (Door::Me, &br#"{"userId":"me"}"#[..]),
        (Door::Me, b"\xff\xfe"),
        (Door::Faces, br#"{"faces":[]}"#),
        (Door::Faces, br#"{"total_elements":18446744073709551616}"#),
        (Door::Faces, br#"{"total_elements":6} {}"#),
    ] {
        let error = fail_at(door, When::Always, Trouble::Body(body.to_vec())).await;
        assert!(matches!(error, SourceError::Content { .. }), "{door:?}: {error:?}");
    }
    for door in [Door::Me, Door::Faces] {
        let error = fail_at(door, When::Always, Trouble::Endless("{")).await;
        assert!(matches!(error, SourceError::Content { fault: ContentFault::TooLarge(_), .. }), "{door:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_sign_in_without_cookies_is_refused() {
    for (trouble, fault, retry) in [
        (Trouble::ContentType("application/json"), ContentFault::NoCookies, Retry::Rare),
        (Trouble::WithoutCookies(&["CFSESSION", "REFRESH_TOKEN"]), ContentFault::NoCookies, Retry::Rare),
        (Trouble::WithoutCookies(&["CFSESSION"]), ContentFault::NoCookies, Retry::Rare),
        (Trouble::WithoutCookies(&["REFRESH_TOKEN"]), ContentFault::NoRefreshCookie, Retry::Rare),
        (Trouble::Answer(Answer::html()), ContentFault::WebPage, Retry::Usual),
    ] {
        let error = fail_at(Door::Token, When::Always, trouble).await;
        let SourceError::Content { fault: got, .. } = error else { panic!("{error:?}") };
        assert_eq!((got, error.retry()), (fault, retry));
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
        assert_eq!((error.retry(), error.is_starting()), (Retry::Sparing, false), "{error:?}");
    }
    for (door, status) in [(Door::Token, 500), (Door::Token, 502), (Door::Token, 503), (Door::Me, 504)] {
        let error = fail_at(door, When::Always, given_up(status)).await;
        assert_eq!((error.retry(), error.is_starting()), (Retry::Usual, true), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_an_error_at_every_door() {
    for door in [Door::Me, Door::Applications, Door::Services, Door::Faces, Door::Roles] {
        for trouble in [Trouble::CutOff, Trouble::WrongLength] {
            let error = fail_at(door, When::Always, trouble.clone()).await;
            assert!(matches!(error, SourceError::CutOff { .. }), "{door:?} {trouble:?}: {error:?}");
            assert!(error.source().is_some());
        }
    }
}

#[tokio::test]
async fn half_the_applications_failing_fails_the_scrape() {
    let simulated = Simulated::in_memory();
    simulated.change(|model| model.populate(0, 8, 1));
    simulated.trouble(Door::Services, When::EverySecond, Trouble::Answer(Answer::database_down()));
    assert_eq!(fail(&simulated).await.meaning(), Some(Meaning::Failed));
    simulated.behave();
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap().0, [1, 8, 8, 8, 8]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for door in [Door::Token, Door::Applications, Door::Faces] {
        let simulated = populated();
        simulated.trouble(door, When::Always, Trouble::Answer(Answer::redirect("/admin/elsewhere")));
        assert_eq!(fail(&simulated).await.meaning(), Some(Meaning::Redirect));
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
            assert!(error.is_starting(), "{health:?} {with_session}: {error}");
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
        assert!(!error.is_starting(), "{door:?}: {error}");
    }
}

#[tokio::test]
async fn a_503_or_500_at_the_first_request_means_not_ready() {
    let answer = |status| Trouble::Answer(Answer { status, ..Answer::html() });
    for status in [500, 502, 503, 504] {
        for door in [Door::Token, Door::Me] {
            let error = fail_at(door, When::Always, answer(status)).await;
            let may_have_signed_in = (door, status) == (Door::Token, 504);
            assert_eq!(error.is_starting(), !may_have_signed_in, "{door:?} {status}: {error}");
        }
    }
}

#[tokio::test]
async fn a_refused_tcp_connection_is_a_service_that_is_starting() {
    let simulated = Simulated::start().await;
    simulated.set_health(Health::Down).await;
    let error = fail(&simulated).await;
    assert!(error.is_starting(), "{}", told(&error));
    simulated.set_health(Health::Up).await;
    scrape(&mut reader(&simulated)).await.unwrap();
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_not_a_service_that_is_starting() {
    let simulated = Simulated::start().await;
    let mut settings = simulated.settings();
    settings.admin_url = BaseUrl::parse("http://nowhere.invalid").unwrap();
    let error = scrape(&mut CompreFace::new(settings, simulated.dialer())).await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("HEADCOUNT_COMPREFACE_URL"));
}

#[tokio::test(start_paused = true)]
async fn a_scrape_ends_after_a_quarter_of_an_hour() {
    let simulated = populated();
    simulated.trouble(Door::Faces, When::From(2), Trouble::Never);
    let before = tokio::time::Instant::now();
    let error = fail(&simulated).await;
    assert!(matches!(error, SourceError::TimeLimit { seconds: 900, .. }), "{error}");
    assert_eq!(before.elapsed().as_secs(), 900);
}

#[tokio::test]
async fn slow_pieces_are_put_together() {
    let simulated = populated();
    simulated.trouble(Door::Services, When::Always, Trouble::Trickle(Duration::from_millis(2)));
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), everything());
}
