//! Deliveries: oldest first, exactly as written down, as often as the endpoint wants and no more.

use std::time::Duration;

use bytes::Bytes;
use headcount::agent::rounds::{Limits, RoundEnd, deliver_pending};
use headcount::clock::Timestamp;
use headcount::config::{Destination, Transport};
use headcount::model::PerKind;
use headcount::report;
use headcount::source::compreface::CONTRACT;
use headcount::store::{AuditOutcome, Store};
use tokio::time::Instant;

use super::{DAY, HOUR, MINUTE, World, creations};
use crate::support::compreface::{Answer as ServiceAnswer, Door, Model, Trouble, When};
use crate::support::endpoint::{Answer, Line};

/// A world with reports that wait, the newest an hour old.
async fn with_waiting(reports: u64) -> World {
    let world = World::new();
    world.endpoint.always(Answer::status(401));
    let mut sidecar = world.start();
    sidecar.begin().await;
    for _ in 0..reports {
        world.service.change(Model::add_user);
        sidecar.pass_report().await;
    }
    sidecar.pass(HOUR).await;
    sidecar.worker.sign_out().await;
    drop(sidecar);
    assert_eq!(world.waiting(), reports);
    world
}

fn messages(world: &World) -> Vec<Bytes> {
    world.endpoint.requests().into_iter().map(|request| request.message).collect()
}

#[tokio::test(start_paused = true)]
async fn outage_ends_with_reports_as_stored_oldest_first() {
    let world = with_waiting(3).await;
    let written = world.look(|snapshot| snapshot.pending());
    let before = messages(&world).len();
    world.endpoint.always(Answer::ok());
    world.start().pass(MINUTE).await;
    let sent: Vec<_> = messages(&world)[before..].to_vec();
    assert_eq!(sent, written.into_iter().map(|waiting| Bytes::from(waiting.body)).collect::<Vec<_>>());
    let reports: Vec<_> = sent.into_iter().map(|message| *CONTRACT.approve(message).unwrap().contents()).collect();
    assert_eq!(reports.iter().map(|report| creations(report)[0]).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(world.waiting(), 0);
    let receipts = world.look(|snapshot| snapshot.receipts());
    assert_eq!((receipts.len(), receipts[0].reports), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn held_report_waits_for_the_next_report() {
    let world = World::new();
    world.endpoint.always(Answer::status(401));
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    sidecar.pass(DAY - 10 * MINUTE).await;
    assert_eq!(messages(&world).len(), 1, "one attempt, and no other until the next report");
    assert!(world.look(|snapshot| snapshot.last_failure()).unwrap().text.contains("HEADCOUNT_OTLP_HEADERS"));
    world.endpoint.always(Answer::ok());
    sidecar.pass_report().await;
    assert_eq!((world.arrived().len(), messages(&world).len()), (2, 3));
    assert_eq!(world.look(|snapshot| snapshot.last_failure()), None);
}

#[tokio::test(start_paused = true)]
async fn held_report_is_tried_at_the_next_slot() {
    let world = with_waiting(1).await;
    let mut sidecar = world.start();
    sidecar.pass(MINUTE).await;
    let before = messages(&world).len();
    world.service.trouble(Door::Applications, When::Always, Trouble::Answer(ServiceAnswer::html()));
    world.endpoint.always(Answer::ok());
    sidecar.pass(world.next_report().since(world.now()) - MINUTE).await;
    assert_eq!((messages(&world).len(), world.waiting()), (before, 1));
    sidecar.pass(10 * MINUTE).await;
    assert_eq!((messages(&world).len(), world.waiting()), (before + 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_restart_tries_what_is_held() {
    let world = with_waiting(1).await;
    let before = messages(&world).len();
    world.start().pass(MINUTE).await;
    assert_eq!(messages(&world).len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn rejected_report_leaves_the_outbox() {
    let world = with_waiting(3).await;
    let before = messages(&world).len();
    world
        .endpoint
        .answer(Answer::ok())
        .answer(Answer::refusal(Transport::HttpProtobuf, 400, "too old"))
        .always(Answer::ok());
    world.start().pass(DAY / 2).await;
    assert_eq!((messages(&world).len(), world.waiting()), (before + 3, 0));
    assert_eq!((world.count(AuditOutcome::Delivered), world.count(AuditOutcome::Refused)), (2, 1));
    let refused = world.audit().into_iter().find(|line| line.outcome == AuditOutcome::Refused).unwrap();
    assert!(refused.reason.contains("400"), "{}", refused.reason);
    assert!(world.look(|snapshot| snapshot.audit_entry(refused.seq)).unwrap().body.is_some(), "the audit keeps it");
}

#[tokio::test(start_paused = true)]
async fn a_partial_success_is_never_sent_again() {
    let world = World::new();
    world.endpoint.always(Answer::partial(3, "of tenant 12"));
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    sidecar.pass(DAY / 2).await;
    drop(sidecar);
    world.start().pass(HOUR).await;
    assert_eq!((messages(&world).len(), world.waiting()), (1, 0));
    assert_eq!(world.outcomes(), [AuditOutcome::Made, AuditOutcome::PartiallyAccepted]);
    assert!(world.audit()[1].reason.contains("rejected 3 data points"), "{}", world.audit()[1].reason);
    let failure = || world.look(|snapshot| snapshot.last_failure());
    assert_eq!(failure().unwrap().code, "points_rejected", "also after a restart");
    world.endpoint.always(Answer::ok());
    let mut sidecar = world.start();
    sidecar.pass_report().await;
    sidecar.pass(HOUR).await;
    assert_eq!((world.count(AuditOutcome::Delivered), failure()), (1, None), "the next one was accepted whole");
}

#[tokio::test(start_paused = true)]
async fn retry_after_holds_for_a_new_report_too() {
    let world = World::new().set("HEADCOUNT_REPORT_INTERVAL", "1h").set("HEADCOUNT_FIRST_REPORT_AFTER", "0s");
    world.endpoint.always(Answer::status(503).header("retry-after", "3000"));
    let mut sidecar = world.start();
    sidecar.pass(6 * HOUR).await;
    let requests = world.endpoint.requests();
    assert!(requests.len() >= 5, "{}", requests.len());
    for pair in requests.windows(2) {
        let wait = pair[1].at.duration_since(pair[0].at);
        assert!(wait >= Duration::from_secs(3000), "{wait:?}");
    }
    assert!(world.waiting() >= 5);
}

#[tokio::test(start_paused = true)]
async fn lasting_outage_is_retried_less_often() {
    let world = World::new();
    world.endpoint.always(Answer::drop_connection());
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    sidecar.pass(DAY - HOUR).await;
    let attempts = messages(&world).len();
    assert!((20..=70).contains(&attempts), "{attempts} attempts in a day");
    let lines = world.count(AuditOutcome::WillRetry);
    assert_eq!(lines, attempts, "each has its line in the audit");
}

#[tokio::test(start_paused = true)]
async fn deadline_ends_the_attempt_and_audits_it() {
    let world = with_waiting(2).await.set("HEADCOUNT_OTLP_TIMEOUT", "5m");
    let app = world.app();
    let Some(Destination::Endpoint(endpoint)) = &app.configuration.destination else { panic!("no endpoint") };
    let store = Store::open(world.path()).unwrap();
    let (_, permit) = app.monitor().permits().unwrap();
    assert!(permit.is_revoked(), "its monitor is gone");
    let monitor = app.monitor();
    let (_, permit) = monitor.permits().unwrap();
    world.endpoint.answer(Answer::ok()).always(Answer::hang());
    let (begun, lines) = (Instant::now(), world.audit().len());
    let limits = Limits { goes_on: &|_| true, deadline: Some(begun + MINUTE / 2) };
    let round = deliver_pending(&CONTRACT, &store, endpoint, &permit, &app.context, &limits).await.unwrap();
    assert_eq!((round.delivered, begun.elapsed()), (1, MINUTE / 2));
    assert!(matches!(round.end, RoundEnd::Retry { after: None, .. }), "{round:?}");
    let outcomes: Vec<_> = world.outcomes()[lines..].to_vec();
    assert_eq!(outcomes, [AuditOutcome::Delivered, AuditOutcome::WillRetry]);
}

/// Writes over a report's bytes, as somebody could who can write to the state directory.
fn overwrite(world: &World, report: i64, body: &[u8]) {
    let file = rusqlite::Connection::open(world.path().join("headcount.db")).unwrap();
    let sql = "UPDATE report SET body = ?1 WHERE report = ?2";
    assert_eq!(file.execute(sql, rusqlite::params![body, report]).unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn modified_reports_are_blocked_and_others_sent() {
    let world = with_waiting(4).await;
    let waiting = world.look(|snapshot| snapshot.pending());
    overwrite(&world, waiting[0].report, b"\x0a\x03abc");
    // Another valid report, which the gate alone would let pass.
    let said = *CONTRACT.approve(Bytes::from(waiting[2].body.clone())).unwrap().contents();
    let totals = headcount::model::Totals { creations: PerKind::from([9; 5]), ..Default::default() };
    let other = report::encode(&report::build(&CONTRACT, &said.install_guid, said.start, said.time, &totals));
    overwrite(&world, waiting[2].report, &other);
    let before = messages(&world).len();
    world.endpoint.always(Answer::ok());
    world.start().pass(10 * MINUTE).await;
    let sent = messages(&world)[before..].to_vec();
    assert_eq!(sent, [Bytes::from(waiting[1].body.clone()), Bytes::from(waiting[3].body.clone())]);
    let refused: Vec<_> = world.audit().into_iter().filter(|line| line.outcome == AuditOutcome::GateRefused).collect();
    assert_eq!(
        refused.iter().map(|line| line.report).collect::<Vec<_>>(),
        [Some(waiting[0].report), Some(waiting[2].report)]
    );
    assert_ne!(refused[0].sha256, refused[1].sha256, "each line has the hash of its own bytes");
    assert_eq!(world.waiting(), 0);
}

/// Answers reports of before `moment` as a receiver that refuses samples which are too old, and accepts the others.
fn too_old_before(world: &World, moment: Timestamp) {
    world.endpoint.always_by(move |request| {
        let time = CONTRACT.approve(request.message.clone()).unwrap().contents().time;
        if time < moment.hour() { Answer::text(400) } else { Answer::ok() }
    });
}

#[tokio::test(start_paused = true)]
async fn too_old_reports_delay_others_by_one_interval() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.endpoint.set_line(Line::Refused);
    for _ in 0..5 {
        world.service.change(Model::add_user);
        sidecar.pass_report().await;
    }
    assert_eq!(world.waiting(), 5);
    too_old_before(&world, world.now().plus(DAY / 2));
    world.endpoint.set_line(Line::Up);
    sidecar.pass(2 * HOUR).await;
    assert_eq!((world.waiting(), world.count(AuditOutcome::Refused)), (5, 0), "none is accepted: all wait");
    let tried = world.count(AuditOutcome::Held);
    sidecar.pass(DAY / 2).await;
    assert_eq!(world.count(AuditOutcome::Held), tried, "nothing is sent again before there is a new report");
    sidecar.pass_report().await;
    sidecar.pass(MINUTE).await;
    assert_eq!((world.waiting(), world.count(AuditOutcome::Refused), world.count(AuditOutcome::Delivered)), (0, 5, 1));
    assert_eq!(world.look(|snapshot| snapshot.last_failure()).unwrap().code, "report_left_behind");
    sidecar.pass_report().await;
    sidecar.pass(HOUR).await;
    assert_eq!((world.count(AuditOutcome::Delivered), world.look(|snapshot| snapshot.last_failure())), (2, None));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_loses_nothing_for_thirty_days() {
    for answer in [Answer::text(400), Answer::html()] {
        let world = World::new();
        world.endpoint.always(answer);
        let mut sidecar = world.start();
        sidecar.begin().await;
        for day in 1..=29 {
            sidecar.pass_report().await;
            assert_eq!(world.waiting(), day);
        }
        let text = world.look(|snapshot| snapshot.last_failure()).unwrap().text;
        assert!(text.contains("HEADCOUNT_OTLP_ENDPOINT") && text.contains("https://"), "{text}");
        drop(sidecar);
        world.endpoint.always(Answer::ok());
        let written: Vec<_> = world.look(|snapshot| snapshot.pending()).into_iter().map(|report| report.body).collect();
        let before = messages(&world).len();
        world.start().pass(MINUTE).await;
        assert_eq!(messages(&world)[before..], written[..], "a restart after the address was fixed sends all");
        assert_eq!((world.waiting(), world.count(AuditOutcome::Refused)), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_round_that_its_window_ends_decides_nothing() {
    let world = with_waiting(2).await;
    world.endpoint.always(Answer::text(400));
    let app = world.app();
    let Some(Destination::Endpoint(endpoint)) = &app.configuration.destination else { panic!("no endpoint") };
    let store = Store::open(world.path()).unwrap();
    let mut monitor = app.monitor();
    monitor.reconsider();
    let (_, permit) = monitor.permits().unwrap();
    let file = rusqlite::Connection::open(world.path().join("headcount.db")).unwrap();
    file.execute("UPDATE report SET attempts = 0", []).unwrap();
    let sent = std::cell::Cell::new(0);
    let goes_on = |_| {
        sent.set(sent.get() + 1);
        sent.get() == 1
    };
    let limits = Limits { goes_on: &goes_on, deadline: None };
    let round = deliver_pending(&CONTRACT, &store, endpoint, &permit, &app.context, &limits).await.unwrap();
    assert_eq!((round.end, round.held, round.left_behind), (RoundEnd::Paused, 1, 0));
    assert_eq!(world.waiting(), 2);
}
