//! The session's life: one sign-in, refreshes, and an end.

use std::fs;
use std::time::Duration;

use headcount::error_chain::sentence;
use headcount::source::PasswordSource;
use headcount::source::compreface::CompreFace;
use headcount::source::{Retry, Service as _};

use super::{Noted, code, everything, permit, populated, reader, scrape};
use crate::support::compreface::{Answer, Door, EMAIL, PASSWORD, Trouble, Version, When};

#[tokio::test(start_paused = true)]
async fn there_is_one_sign_in_however_many_scrapes() {
    let simulated = populated();
    let mut service = reader(&simulated);
    for _ in 0..24 {
        assert_eq!(scrape(&mut service).await.unwrap(), everything());
        tokio::time::advance(Duration::from_secs(3600)).await;
    }
    assert_eq!((simulated.sign_ins(), simulated.refreshes()), (1, 23));
    assert_eq!(simulated.count(Door::Me), 24, "a session known to have run out is refreshed before it is used");
}

#[tokio::test]
async fn a_session_that_holds_is_not_refreshed() {
    let simulated = populated();
    let mut service = reader(&simulated);
    for _ in 0..3 {
        scrape(&mut service).await.unwrap();
    }
    assert_eq!((simulated.sign_ins(), simulated.refreshes()), (1, 0));
}

#[tokio::test]
async fn a_session_that_ends_half_way_is_refreshed_once() {
    for door in [Door::Me, Door::Applications, Door::Services, Door::Roles] {
        let simulated = populated();
        let mut service = reader(&simulated);
        scrape(&mut service).await.unwrap();
        simulated.before(door, 1, |model| model.expire_sessions());
        assert_eq!(scrape(&mut service).await.unwrap(), everything(), "{door:?}");
        assert_eq!((simulated.sign_ins(), simulated.refreshes()), (1, 1), "{door:?}");
        assert_eq!(simulated.open_sessions(), 1);
    }
}

#[tokio::test]
async fn a_refused_refresh_signs_in_again() {
    let simulated = populated();
    let mut service = reader(&simulated);
    scrape(&mut service).await.unwrap();
    simulated.change(|model| {
        model.refuse_refresh = true;
        model.forget_sessions();
    });
    assert_eq!(scrape(&mut service).await.unwrap(), everything());
    assert_eq!((simulated.sign_ins(), simulated.refreshes()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_has_run_out_signs_in_again() {
    let simulated = populated();
    let mut service = reader(&simulated);
    scrape(&mut service).await.unwrap();
    tokio::time::advance(Duration::from_secs(15 * 24 * 3600)).await;
    assert_eq!(scrape(&mut service).await.unwrap(), everything());
    assert_eq!((simulated.sign_ins(), simulated.refreshes()), (2, 0));
}

#[tokio::test]
async fn a_refresh_that_fails_is_no_reason_to_sign_in() {
    let simulated = populated();
    let mut service = reader(&simulated);
    scrape(&mut service).await.unwrap();
    simulated.change(|model| model.forget_sessions());
    simulated.trouble(Door::Token, When::Always, Trouble::Answer(Answer::database_down()));
    assert_eq!(code(&scrape(&mut service).await.unwrap_err()), "not_ready");
    simulated.behave();
    scrape(&mut service).await.unwrap();
    assert_eq!((simulated.sign_ins(), simulated.refreshes()), (1, 1));
}

#[tokio::test]
async fn a_session_that_is_never_accepted_is_an_error() {
    let simulated = populated();
    simulated.change(|model| model.refuse_sessions = true);
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert_eq!(code(&error), "session_rejected");
    assert_eq!(simulated.count(Door::Token), 2, "one sign-in and one refresh");
}

#[tokio::test]
async fn a_deleted_account_is_noticed_and_its_session_ended() {
    for door in [Door::Me, Door::Applications, Door::Services, Door::Roles] {
        let simulated = populated();
        let mut service = reader(&simulated);
        simulated.before(door, 1, |model| model.delete_account());
        let error = scrape(&mut service).await.unwrap_err();
        assert_eq!(code(&error), "account_not_found", "{door:?}: {error}");
        assert!(!service.has_session());
        assert_eq!(simulated.open_sessions(), 0);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_once() {
    let simulated = populated();
    let mut service = reader(&simulated);
    service.sign_out().await;
    assert_eq!(simulated.requests().len(), 0, "without a session there is nothing to say");
    scrape(&mut service).await.unwrap();
    assert!(service.has_session());
    service.sign_out().await;
    service.sign_out().await;
    assert!(!service.has_session());
    assert_eq!((simulated.count(Door::SignOut), simulated.open_sessions()), (1, 0));
    scrape(&mut service).await.unwrap();
    assert_eq!(simulated.sign_ins(), 2);
}

#[tokio::test(start_paused = true)]
async fn signing_out_takes_two_seconds_at_most() {
    let simulated = populated();
    let mut service = reader(&simulated);
    scrape(&mut service).await.unwrap();
    simulated.trouble(Door::SignOut, When::Always, Trouble::Never);
    let before = tokio::time::Instant::now();
    service.sign_out().await;
    assert!(before.elapsed() <= Duration::from_millis(2001), "{:?}", before.elapsed());
    assert!(!service.has_session());
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_was_cut_short_is_signed_out_too() {
    let simulated = populated();
    simulated.trouble(Door::Token, When::Nth(1), Trouble::Late(Duration::from_secs(1)));
    let mut service = reader(&simulated);
    let cut_short =
        tokio::time::timeout(Duration::from_millis(500), service.scrape(&permit(), None, Noted::new(false))).await;
    assert!(cut_short.is_err());
    assert!(service.has_session());
    service.sign_out().await;
    assert_eq!((simulated.sign_ins(), simulated.open_sessions()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_was_cut_short_is_used_by_the_next_scrape() {
    let simulated = populated();
    simulated.trouble(Door::Token, When::Nth(1), Trouble::Late(Duration::from_secs(1)));
    let mut service = reader(&simulated);
    let cut_short =
        tokio::time::timeout(Duration::from_millis(500), service.scrape(&permit(), None, Noted::new(false))).await;
    assert!(cut_short.is_err());
    assert_eq!(scrape(&mut service).await.unwrap(), everything());
    assert_eq!(simulated.sign_ins(), 1);
}

#[tokio::test]
async fn credentials_that_are_refused_are_named_and_not_shown() {
    let simulated = populated();
    simulated.change(|model| model.password = "another".to_owned());
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert_eq!(code(&error), "bad_credentials");
    assert!(sentence(&error).contains("HEADCOUNT_COMPREFACE_EMAIL"), "{error}");
    simulated.change(|model| {
        model.password = PASSWORD.to_owned();
        model.disabled = true;
    });
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert_eq!(code(&error), "account_disabled");
}

#[tokio::test]
async fn the_password_file_is_read_at_each_sign_in() {
    let simulated = populated();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("password");
    let mut settings = simulated.settings();
    settings.email = EMAIL.to_uppercase().into();
    settings.password = PasswordSource::File(path.clone());
    let mut service = CompreFace::new(settings, simulated.dialer());

    let error = scrape(&mut service).await.unwrap_err();
    assert!(sentence(&error).contains("HEADCOUNT_COMPREFACE_PASSWORD_FILE"), "{error}");
    assert_eq!(simulated.count(Door::Token), 0);
    fs::write(&path, "old").unwrap();
    assert_eq!(code(&scrape(&mut service).await.unwrap_err()), "bad_credentials");
    fs::write(&path, format!("{PASSWORD}\n")).unwrap();
    assert_eq!(scrape(&mut service).await.unwrap(), everything());
}

#[tokio::test]
async fn each_supported_version_is_read_with_one_sign_in() {
    for version in [Version::V1_1, Version::V1_2] {
        let simulated = populated();
        simulated.change(|model| model.version = version);
        let mut service = reader(&simulated);
        assert_eq!(scrape(&mut service).await.unwrap(), everything(), "{version:?}");
        simulated.change(|model| model.expire_sessions());
        assert_eq!(scrape(&mut service).await.unwrap(), everything(), "{version:?}");
        service.sign_out().await;
        assert_eq!((simulated.sign_ins(), simulated.refreshes(), simulated.open_sessions()), (1, 1, 0), "{version:?}");
    }
}

#[tokio::test]
async fn an_older_version_is_refused_and_signed_out_of() {
    let simulated = populated();
    simulated.change(|model| model.version = Version::V1_0);
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert_eq!(code(&error), "no_refresh_cookie", "{error:?}");
    assert!(sentence(&error).contains("1.1"), "{error}");
    assert_eq!((simulated.sign_ins(), simulated.open_sessions()), (1, 0));
}

#[tokio::test]
async fn the_body_of_a_sign_in_is_not_needed() {
    for trouble in [Trouble::Half, Trouble::Endless("{"), Trouble::Body(b"no JSON".to_vec()), Trouble::Encoding("gzip")]
    {
        let simulated = populated();
        simulated.trouble(Door::Token, When::Always, trouble.clone());
        assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), everything(), "{trouble:?}");
        assert_eq!(simulated.sign_ins(), 1, "{trouble:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn signing_out_is_retried_where_the_service_is_busy() {
    let answer = |status| Trouble::Answer(Answer { status, ..Answer::html() });
    for trouble in [answer(200), answer(429), answer(500), answer(502), answer(503), Trouble::Never, Trouble::CutOff] {
        for when in [When::Nth(1), When::Nth(2)] {
            let simulated = populated();
            let mut service = reader(&simulated);
            scrape(&mut service).await.unwrap();
            simulated.trouble(Door::SignOut, when, trouble.clone());
            let before = tokio::time::Instant::now();
            service.sign_out().await;
            assert_eq!(simulated.open_sessions(), 0, "{trouble:?}");
            assert!(before.elapsed() <= Duration::from_millis(2001), "{trouble:?}: {:?}", before.elapsed());
        }
    }
}

/// One whose session was accepted before, and one whose session never was; the refresh goes to another installation.
#[tokio::test]
async fn a_session_whose_refresh_is_refused_is_ended() {
    for is_accepted in [true, false] {
        let simulated = populated();
        let mut service = reader(&simulated);
        if is_accepted {
            scrape(&mut service).await.unwrap();
        }
        simulated.change(|model| model.refuse_sessions = true);
        let refusal = Answer::json(400, r#"{"error":"invalid_request"}"#);
        let refresh = if is_accepted { 1 } else { 2 };
        simulated.trouble(Door::Token, When::Nth(refresh), Trouble::Answer(refusal));
        scrape(&mut service).await.unwrap_err();
        assert_eq!(simulated.open_sessions(), 0, "{is_accepted}");
        assert!(!service.has_session());
    }
}

#[tokio::test]
async fn a_session_that_is_never_accepted_is_not_followed_by_another_sign_in() {
    let simulated = populated();
    simulated.change(|model| {
        model.refuse_sessions = true;
        model.refuse_refresh = true;
    });
    let mut service = reader(&simulated);
    let error = scrape(&mut service).await.unwrap_err();
    assert_eq!((code(&error), error.retry()), ("session_rejected", Retry::Rare), "{error}");
    assert_eq!(simulated.sign_ins(), 1);
    simulated.change(|model| {
        model.refuse_sessions = false;
        model.refuse_refresh = false;
    });
    assert_eq!(scrape(&mut service).await.unwrap(), everything());
}
