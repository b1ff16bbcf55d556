//! Which services are active: read in the scrape that a report rests on and in no other, for the day of that report.

use std::sync::Arc;

use bytes::Bytes;
use headcount::agent::Step;
use headcount::clock::Day;
use headcount::contract::Contents;
use headcount::model::PerKind;
use headcount::source::compreface::{CONTRACT, kinds};
use headcount::store::AuditOutcome;
use uuid::Uuid;

use super::{DAY, Expected, HOUR, MINUTE, World};
use crate::support::compreface::{Answer, Door, Trouble, When};

/// One detection, one verification and one recognition service.
fn services(world: &World) -> [Uuid; 3] {
    world.service.change(|model| {
        model.populate(0, 1, 1);
        let services = &model.applications.last().unwrap().services;
        [services[0].id, services[1].id, services[2].id]
    })
}

fn use_on(world: &World, service: Uuid, date: &str) {
    let day: Day = date.parse().unwrap();
    world.service.change(|model| model.use_service(service, day, 1));
}

/// The report that is pending.
fn pending(world: &World) -> Contents {
    let pending = world.look(|snapshot| snapshot.pending());
    assert_eq!(pending.len(), 1);
    *CONTRACT.approve(Bytes::from(pending[0].body.clone())).unwrap().contents()
}

fn failure(world: &World) -> Option<String> {
    world.look(|snapshot| snapshot.last_failure()).map(|failure| failure.code)
}

#[tokio::test(start_paused = true)]
async fn scrapes_between_reports_do_not_read_what_is_active() {
    let world = World::new();
    let [detection, ..] = services(&world);
    use_on(&world, detection, "2025-12-31");
    let mut sidecar = world.start();
    sidecar.begin().await;
    assert_eq!(world.look(|snapshot| snapshot.totals()).active, None);
    assert_eq!(world.service.count(Door::Statistics), 0);
    sidecar.pass_report().await;
    assert_eq!(Expected::from(world.only_report()).active, [1, 0, 0]);
    assert_eq!(world.service.count(Door::Statistics), 3);
    sidecar.pass(6 * HOUR).await;
    assert_eq!(world.service.count(Door::Statistics), 3);
    assert_eq!(world.look(|snapshot| snapshot.totals()).active, None, "no report may rest on it");
}

#[tokio::test(start_paused = true)]
async fn no_report_is_made_while_statistics_cannot_be_read() {
    let world = World::new();
    let [_, verification, _] = services(&world);
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.trouble(Door::Statistics, When::Always, Trouble::Answer(Answer::no_privilege()));
    use_on(&world, verification, "2026-01-01");
    sidecar.pass_report().await;
    assert_eq!((world.outcomes(), world.waiting()), (vec![AuditOutcome::NotMade], 0));
    assert_eq!(failure(&world).as_deref(), Some("no_privilege"));
    world.service.behave();
    sidecar.pass(2 * HOUR).await;
    let report = world.only_report();
    let is_next_day = report.time.start().day() > "2026-01-01".parse().unwrap();
    assert_eq!(Expected::from(report).active, [0, u64::from(is_next_day), 0]);
    assert_eq!(failure(&world), None);
}

#[tokio::test(start_paused = true)]
async fn report_scrape_that_passes_midnight_begins_again() {
    let world = World::at("2026-03-01T23:58:00Z");
    let [detection, verification, recognition] = services(&world);
    // Thirty days before the 1st of March, and thirty days before the 2nd.
    use_on(&world, detection, "2026-01-30");
    use_on(&world, recognition, "2026-01-31");
    use_on(&world, verification, "2026-03-01");
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.trouble(Door::Statistics, When::Nth(1), Trouble::Late(2 * MINUTE));
    sidecar.perform(Step::Scrape { report: Some(world.now()) }).await;
    assert_eq!(world.service.count(Door::Statistics), 6);
    let report = pending(&world);
    assert_eq!(report.time.to_string(), "2026-03-02T00:00Z");
    assert_eq!(Expected::from(report).active, [0, 1, 1]);
    let active = world.look(|snapshot| snapshot.totals()).active;
    assert_eq!(active, Some(PerKind::from([0, 0, 0, 1, 1])));
}

#[tokio::test(start_paused = true)]
async fn clock_that_jumps_by_days_makes_no_report() {
    let world = World::new();
    services(&world);
    let mut sidecar = world.start();
    sidecar.begin().await;
    let before = world.look(|snapshot| snapshot.totals());
    for nth in [1, 4] {
        let clock = Arc::clone(&world.clock);
        world.service.before(Door::Statistics, nth, move |_| clock.step_forward(DAY));
    }
    sidecar.perform(Step::Scrape { report: Some(world.now()) }).await;
    assert_eq!((world.outcomes(), failure(&world).as_deref()), (vec![AuditOutcome::NotMade], Some("day_changed")));
    assert_eq!(world.look(|snapshot| snapshot.totals()), before);
}

#[tokio::test(start_paused = true)]
async fn what_is_active_is_rounded_down() {
    let world = World::new();
    let ids: Vec<_> = world.service.change(|model| {
        let application = model.add_application();
        (0..37).map(|_| model.add_service(application, kinds::RECOGNITION, 1)).collect()
    });
    ids.iter().for_each(|id| use_on(&world, *id, "2025-12-20"));
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    assert_eq!(Expected::from(world.only_report()).active, [0, 0, 20]);
}
