//! Answers that no service gives.

use super::{SECRET, assert_nothing_lost, assert_refused, begun};
use crate::commands::Peers;
use crate::program::told;
use crate::support::compreface::{Door, Trouble, When, Written};
use crate::support::endpoint::Answer;

/// A million arrays in each other.
fn deep() -> Written {
    Written::new(std::iter::once(format!("[{{\"{SECRET}\":")).chain(std::iter::repeat_n("[".repeat(1000), 1000)))
}

/// A string of 64 MiB.
fn long() -> Written {
    let start = std::iter::once(format!("[{{\"userId\":\"{SECRET}"));
    Written::new(start.chain(std::iter::repeat_n("x".repeat(1024), 64 * 1024)))
}

/// Twenty thousand applications.
fn many() -> Written {
    Written::array((1000..21_000_u128).map(|number| format!(r#"{{"id":"{}"}}"#, uuid::Uuid::from_u128(number))))
}

/// Users with the same id, whose names are what takes the room: 16 MiB, and then no JSON.
fn large() -> Written {
    let user = |_| {
        let name = SECRET.repeat(500);
        format!(r#"{{"userId":"b4505f77-ab85-4d83-a0c0-5f90b5427699","firstName":"{name}","role":"USER"}}"#)
    };
    Written::array((0..5000).map(user).chain(std::iter::once(SECRET.to_owned())))
}

/// The same, but for what takes the room.
fn small() -> Written {
    Written::array(std::iter::once(SECRET.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_deep_or_wide_list_is_refused() {
    let peers = begun().await;
    for (door, trouble, words) in [
        (Door::Roles, Trouble::Length(1 << 40), "GET /admin/user/roles: response is larger than 536870912 bytes"),
        (Door::Applications, Trouble::Made(deep), "nested too deeply"),
        (Door::Services, Trouble::Made(deep), "nested too deeply"),
        (Door::Roles, Trouble::Made(long), "a string of more than 4096 bytes"),
        (Door::Applications, Trouble::Made(many), "more than 16384 objects"),
        (
            Door::Services,
            Trouble::Headers(10_000),
            "GET /admin/app/{id}/models: response has too many or too long headers",
        ),
        (Door::Me, Trouble::Headers(10_000), "too many or too long headers"),
    ] {
        peers.service.trouble(door, When::Always, trouble);
        assert_refused(&peers, words);
        peers.service.behave();
    }
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_object_or_huge_number_is_refused() {
    let peers = begun().await;
    let body = |text: &str| Trouble::Body(text.replace("SECRET", SECRET).into_bytes());
    for (door, trouble, words) in [
        (Door::Me, Trouble::Endless("{"), "larger than 16384 bytes"),
        (Door::Faces, Trouble::Endless("{"), "larger than 16384 bytes"),
        (Door::Faces, body(r#"{"SECRET":1,"total_elements":18446744073709551616}"#), "unexpected content"),
        (Door::Faces, body(r#"{"SECRET":1,"total_elements":1e400}"#), "malformed JSON"),
        (Door::Faces, body(r#"{"total_elements":-1,"SECRET":1}"#), "unexpected content"),
        (Door::Faces, body(r#"{"total_elements":1,"total_elements":2,"SECRET":1}"#), "unexpected content"),
        (Door::Statistics, body(r#"[{"requestCount":1,"createdDate":"SECRET"}]"#), "not a date"),
        (Door::Statistics, body(r#"[{"requestCount":"SECRET","createdDate":"2026-01-01"}]"#), "unexpected content"),
        (Door::Me, body(&format!("{{\"SECRET\":{}", "[".repeat(10_000))), "ends too early"),
        (Door::Roles, Trouble::Body([br#"[{"userId":"hunter2"#, &b"\xff\xfe\"}]"[..]].concat()), "malformed JSON"),
        (Door::Applications, body(r#"[{"id":"../../SECRET"}]"#), "not a UUID"),
    ] {
        peers.service.trouble(door, When::Always, trouble);
        assert_refused(&peers, words);
        peers.service.behave();
    }
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_twice_is_created_once() {
    let peers = begun().await;
    peers.service.change(|model| model.duplicates = true);
    assert_nothing_lost(&peers);
}

/// The most memory that a sidecar takes until it has said that it cannot use this list of users.
fn peak_kib(peers: &Peers, list: fn() -> Written) -> u64 {
    peers.service.trouble(Door::Roles, When::Always, Trouble::Made(list));
    // A new store, since the first scrape is made at once.
    let state = tempfile::tempdir().unwrap();
    let mut running = peers.call(&["run", "--first-report-after", "30d"]).state(state.path()).start();
    let line = running.wait_for("GET /admin/user/roles");
    assert!(line.contains("malformed JSON") && !line.contains(SECRET), "{line}");
    peers.service.behave();
    running.memory_kib("VmHWM")
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_does_not_grow_with_an_answer() {
    let peers = begun().await;
    let usual = peak_kib(&peers, small);
    let most = peak_kib(&peers, large);
    // A quarter of what was sent, so that what is held of it would show; pieces, pages and threads take less.
    assert!(most < usual + 4 * 1024, "{most} KiB, where a small answer takes {usual} KiB");
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_success_is_a_delivery_and_no_other() {
    let peers = Peers::start().await;
    for answer in [Answer::endless(500), Answer::ok().headers(10_000)] {
        peers.endpoint.always(answer);
        assert_eq!(told(&peers.call(&["once"]).output()).0, Some(4));
        assert_eq!(peers.waiting(), 1);
    }
    peers.endpoint.always(Answer::endless(200));
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    assert_eq!((peers.waiting(), peers.arrived().len()), (0, 3));
}
