//! Wall clocks that jump: order stays, hours go forward, and nothing is lost before it was tried.

use headcount::source::compreface::kinds;
use headcount::store::AuditOutcome;

use super::{DAY, HOUR, MINUTE, World, creations};
use crate::support::compreface::Model;
use crate::support::endpoint::Answer;

const YEAR: std::time::Duration = std::time::Duration::from_secs(365 * 24 * 3600);

#[tokio::test(start_paused = true)]
async fn clock_steps_of_a_year_keep_the_hours_in_order() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    world.clock.step_back(YEAR);
    let before = world.service.requests().len();
    sidecar.pass(2 * DAY).await;
    assert!(world.service.requests().len() > before + 40, "scrapes go on");
    assert_eq!(world.arrived().len(), 1, "no report goes back in time");
    assert!(world.count(AuditOutcome::Skipped) >= 1, "{:?}", world.outcomes());
    let planned = world.next_report();
    assert!(planned.since(world.now()) <= DAY, "the next slot is drawn again: {planned}");
    assert_eq!(world.look(|snapshot| snapshot.last_failure()).unwrap().code, "clock_behind");
    world.clock.step_forward(YEAR);
    world.service.change(Model::add_user);
    sidecar.pass(DAY + MINUTE).await;
    let arrived = world.arrived();
    assert!(arrived.len() >= 2 && arrived.windows(2).all(|pair| pair[0].time < pair[1].time));
    assert_eq!(creations(arrived.last().unwrap()), [1, 0, 0, 0, 0], "what was created meanwhile counts once");
    assert_eq!(world.look(|snapshot| snapshot.last_failure()), None);
}

#[tokio::test(start_paused = true)]
async fn clock_step_forward_expires_only_tried_reports() {
    let world = World::new();
    world.endpoint.always(Answer::status(503));
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    assert_eq!(world.waiting(), 1);
    // The endpoint asks for an hour, so that nothing is tried as the clock steps.
    world.endpoint.always(Answer::ok());
    drop(sidecar);
    world.clock.step_forward(YEAR);
    let mut sidecar = world.start();
    sidecar.pass(MINUTE).await;
    let arrived = world.arrived();
    assert_eq!((arrived.len(), world.count(AuditOutcome::Expired)), (2, 0), "what waited, and the slot slept through");
    world.clock.step_back(YEAR);
    sidecar.pass(2 * DAY).await;
    assert_eq!(world.arrived().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn expired_report_has_an_audit_line() {
    let world = World::new().set("HEADCOUNT_KEEP", "1d");
    world.endpoint.always(Answer::status(503));
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    let first = world.installation().last_report.unwrap().report;
    sidecar.pass(DAY - 2 * HOUR).await;
    assert_eq!(world.count(AuditOutcome::Expired), 0);
    sidecar.pass(6 * HOUR).await;
    let expired: Vec<_> = world.audit().into_iter().filter(|line| line.outcome == AuditOutcome::Expired).collect();
    assert_eq!(expired.iter().map(|line| line.report).collect::<Vec<_>>(), [Some(first)]);
    assert_eq!(world.waiting(), 1, "the next day's is younger");
}

#[tokio::test(start_paused = true)]
async fn baseline_in_the_future_does_not_stop_reports() {
    let world = World::at("2027-01-01T09:20:30Z");
    world.service.change(|model| model.populate(2, 1, 1));
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.clock.step_back(YEAR);
    world.service.change(Model::add_user);
    sidecar.pass(DAY + 2 * HOUR).await;
    world.service.change(|model| {
        let application = model.add_application();
        model.add_service(application, kinds::RECOGNITION, 3);
    });
    sidecar.pass_report().await;
    let arrived = world.arrived();
    assert!(arrived.len() >= 2, "{:?}", world.audit());
    assert_eq!((creations(&arrived[0]), arrived[0].start), ([0; 5], arrived[0].time), "a new start, lost not invented");
    assert_eq!(creations(arrived.last().unwrap()), [0, 1, 0, 0, 1]);
    assert!(world.now() < "2026-02-01T00:00:00Z".parse().unwrap());
}
