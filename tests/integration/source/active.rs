//! Which services are active: read before a report only, exact to the day, and all of it or nothing.

use headcount::clock::Day;
use headcount::source::compreface::{CompreFace, kinds};
use uuid::Uuid;

use super::{REPORT, code, everything, populated, reader, scrape, scrape_for, scrape_report};
use crate::support::compreface::{Answer, Application, DEMO, Door, Layout, Model, Simulated, Trouble, When};

/// The day that is so many days before that of the report.
fn before(days: i64) -> Day {
    let report: Day = REPORT.parse().unwrap();
    headcount::clock::Timestamp::from_unix_seconds(report.start().unix_seconds() - days * 86_400).day()
}

async fn active(service: &mut CompreFace) -> [u64; 3] {
    let (counted, active) = scrape_for(service, Some(REPORT)).await.unwrap();
    assert_eq!(counted, everything(), "what is active changes no other number");
    let [None, None, detection, verification, recognition] = active else { panic!("{active:?}") };
    [detection, verification, recognition].map(Option::unwrap)
}

/// The first detection, verification and recognition service.
fn first(model: &Model) -> [Uuid; 3] {
    let Application { services, .. } = &model.applications[1];
    [kinds::DETECTION, kinds::VERIFICATION, kinds::RECOGNITION]
        .map(|kind| services.iter().find(|service| service.kind == kind).unwrap().id)
}

#[tokio::test]
async fn only_the_thirty_days_before_the_report_count() {
    for (days, is_active) in [(-1, 0), (0, 0), (1, 1), (2, 1), (29, 1), (30, 1), (31, 0), (180, 0)] {
        let simulated = populated();
        simulated.change(|model| first(model).into_iter().for_each(|id| model.use_service(id, before(days), 1)));
        assert_eq!(active(&mut reader(&simulated)).await, [is_active; 3], "{days} days before");
    }
}

#[tokio::test]
async fn service_counts_once_however_often_it_is_used() {
    let simulated = populated();
    assert_eq!(active(&mut reader(&simulated)).await, [0; 3], "an empty list is no use");
    simulated.change(|model| {
        let [detection, verification, recognition] = first(model);
        (1..=30).for_each(|days| model.use_service(detection, before(days), 1 << 40));
        // More than 31 bits, as a busy service reaches in a day.
        model.use_service(verification, before(7), 2_147_483_648);
        // Days that do not count stand before and after one that does.
        [0, 12, 100].into_iter().for_each(|days| model.use_service(recognition, before(days), 3));
        let other = model.applications[2].services[0].id;
        model.use_service(other, before(3), 1);
    });
    assert_eq!(active(&mut reader(&simulated)).await, [2, 1, 1]);
    simulated.change(|model| model.duplicates = true);
    let before = simulated.count(Door::Statistics);
    assert_eq!(active(&mut reader(&simulated)).await, [2, 1, 1], "what is listed twice counts once");
    assert_eq!(simulated.count(Door::Statistics) - before, 12);
}

#[tokio::test]
async fn day_with_zero_requests_is_no_use() {
    let simulated = populated();
    simulated.change(|model| first(model).into_iter().for_each(|id| model.use_service(id, before(1), 0)));
    assert_eq!(active(&mut reader(&simulated)).await, [0; 3]);
}

#[tokio::test]
async fn statistics_are_requested_before_a_report_only() {
    for layout in [Layout::One, Layout::Separate, Layout::FrontEnd] {
        let simulated = Simulated::start_with(layout).await;
        simulated.change(|model| model.populate(3, 2, 2));
        simulated.change(|model| first(model).into_iter().for_each(|id| model.use_service(id, before(1), 1)));
        let mut service = reader(&simulated);
        assert_eq!(scrape(&mut service).await.unwrap(), everything());
        assert_eq!(simulated.count(Door::Statistics), 0);
        assert_eq!(active(&mut service).await, [1; 3]);
        assert_eq!(simulated.count(Door::Statistics), 12, "once for each service but the demo's");
        assert_eq!(simulated.requests().last().unwrap().door, Some(Door::Roles), "the role is read last");
    }
}

#[tokio::test]
async fn use_of_the_demo_is_not_requested() {
    let simulated = Simulated::in_memory();
    simulated.change(|model| model.use_service(DEMO, before(1), 5));
    let (counted, active) = scrape_for(&mut reader(&simulated), Some(REPORT)).await.unwrap();
    assert_eq!((counted, active), (([1, 0, 0, 0, 0], vec![]), [None, None, Some(0), Some(0), Some(0)]));
    assert_eq!(simulated.count(Door::Statistics), 0);
}

#[tokio::test]
async fn service_deleted_before_its_statistics_is_gone() {
    for nth in 0..3 {
        let simulated = populated();
        let gone = simulated.change(|model| {
            let ids = first(model);
            ids.into_iter().for_each(|id| model.use_service(id, before(1), 1));
            ids[nth]
        });
        // Its faces are read first: the deletion comes after them, wherever its statistics are in the order.
        simulated.before(Door::Statistics, 1, move |model| model.remove_service(gone));
        let ((counts, _), active) = scrape_for(&mut reader(&simulated), Some(REPORT)).await.unwrap();
        let (mut expected, mut expected_active) = (everything().0, [None, None, Some(1), Some(1), Some(1)]);
        (expected[2 + nth], expected_active[2 + nth]) = (3, Some(0));
        assert_eq!((counts, active), (expected, expected_active));
    }
}

#[tokio::test]
async fn application_deleted_before_the_statistics_leaves_no_services() {
    let simulated = populated();
    let application = simulated.change(|model| model.applications[1].id);
    simulated.before(Door::Statistics, 1, move |model| model.remove_application(application));
    let (counts, _) = scrape_report(&mut reader(&simulated)).await.unwrap();
    assert_eq!(counts, [4, 2, 2, 2, 2]);
}

#[tokio::test]
async fn renewed_key_keeps_the_use() {
    let simulated = populated();
    let ids = simulated.change(|model| first(model));
    simulated.change(|model| ids.into_iter().for_each(|id| model.use_service(id, before(1), 1)));
    simulated.before(Door::Statistics, 1, move |model| ids.into_iter().for_each(|id| model.renew_key(id)));
    assert_eq!(active(&mut reader(&simulated)).await, [1; 3]);
}

#[tokio::test]
async fn statistics_that_cannot_be_read_fail_the_scrape() {
    let body = |text: &str| Trouble::Body(text.as_bytes().to_vec());
    for (trouble, expected) in [
        (Trouble::Answer(Answer::no_privilege()), "no_privilege"),
        (Trouble::Answer(Answer::internal(400)), "service_failed"),
        (Trouble::Answer(Answer::database_down()), "service_failed"),
        // A version, or a front end, without this path.
        (Trouble::Answer(Answer::html()), "web_page"),
        (Trouble::Answer(Answer { status: 404, ..Answer::html() }), "no_such_path"),
        (Trouble::Answer(Answer { status: 403, ..Answer::html() }), "blocked_in_front"),
        (Trouble::CutOff, "connection_closed"),
        (body("{}"), "unexpected_content"),
        (body(r#"[{"createdDate":"2026-11-28"}]"#), "unexpected_content"),
        (body(r#"[{"requestCount":1}]"#), "unexpected_content"),
        (body(r#"[{"requestCount":-1,"createdDate":"2026-11-28"}]"#), "unexpected_content"),
        (body(r#"[{"requestCount":1,"createdDate":null}]"#), "unexpected_content"),
        (body(r#"[{"requestCount":1,"createdDate":"28.11.2026"}]"#), "not_a_date"),
        (body(r#"[{"requestCount":1,"createdDate":"2026-11-28T00:00:00Z"}]"#), "not_a_date"),
        (body(r#"[{"requestCount":1,"createdDate":"2026-02-30"}]"#), "not_a_date"),
    ] {
        let simulated = populated();
        // One of twelve.
        simulated.trouble(Door::Statistics, When::Nth(5), trouble.clone());
        let error = scrape_report(&mut reader(&simulated)).await.unwrap_err();
        assert_eq!(code(&error), expected, "{trouble:?}: {error:?}");
        assert!(error.to_string().contains("/admin/app/{app}/model/{model}/statistics"), "{error}");
    }
}
