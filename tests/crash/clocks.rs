//! Clocks that jump and machines that sleep, under the real sidecar: the wall clock moves, the timers do not.

use std::time::Duration;

use crate::acts::Act;
use crate::asked::{Asked, asked};
use crate::check;
use crate::play::{Sidecar, must};
use crate::scene::{Scene, ServiceKind};
use crate::support::endpoint::Answer;

const DAY: Duration = Duration::from_secs(24 * 3600);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// How a sidecar comes to look at the clock: it is stirred, or it does so by itself within a minute. The latter takes that
/// long, and is played when everything is.
fn ways() -> Vec<bool> {
    match asked() {
        Asked::Sample | Asked::Each(_) => vec![true],
        Asked::Every => vec![true, false],
        Asked::Case { .. } | Asked::Seed(_) => Vec::new(),
    }
}

/// A sidecar whose report was just delivered, and somebody who came after it.
fn begun(scene: &mut Scene) -> Sidecar {
    let mut sidecar = Sidecar::start(scene);
    sidecar.wait(scene, "a report", true, |scene| scene.is_delivered());
    scene.is_due();
    scene.somebody_is_born();
    sidecar
}

/// The next report is planned anew, for a day at most later; when it is due, it is not made, and the sidecar says why.
fn refuses_to_go_back(scene: &mut Scene, sidecar: &mut Sidecar, is_stirred: bool) {
    sidecar.wait(scene, "another plan", is_stirred, |scene| {
        let planned = scene.installation().and_then(|installation| installation.next_report_at);
        planned.is_some_and(|planned| planned.since(scene.now()) <= DAY)
    });
    scene.faults.set_clock(scene.now().plus(DAY));
    sidecar.wait_for_line(scene, "correct the clock", is_stirred);
}

#[test]
fn a_clock_that_jumps_a_year_ahead_and_back_counts_everybody_once_and_sends_nothing_out_of_order() {
    for is_stirred in ways() {
        let mut scene = Scene::after(&Act::Run.past(ServiceKind::CompreFace).unwrap());
        let mut sidecar = begun(&mut scene);
        let then = scene.now();
        scene.faults.set_clock(then.plus(YEAR));
        sidecar.wait(&scene, "a report of the year after", is_stirred, |scene| scene.is_delivered());
        scene.is_due();
        let arrived = scene.arrived().len();

        scene.faults.set_clock(then);
        scene.somebody_is_born();
        refuses_to_go_back(&mut scene, &mut sidecar, is_stirred);
        assert_eq!(scene.arrived().len(), arrived, "a report went back in time");
        sidecar.ends(&mut scene);

        scene.faults.set_clock(then.plus(YEAR).plus(DAY));
        must(&scene, &["once"], &[0]).unwrap();
        scene.is_due();
        check::in_the_end(&scene).unwrap();
    }
}

#[test]
fn a_clock_that_jumps_a_year_back_and_ahead_again_does_the_same() {
    for is_stirred in ways() {
        let mut scene = Scene::after(&Act::Run.past(ServiceKind::CompreFace).unwrap());
        let mut sidecar = begun(&mut scene);
        let (then, arrived) = (scene.now(), scene.arrived().len());
        scene.faults.set_clock(then.minus(YEAR));
        refuses_to_go_back(&mut scene, &mut sidecar, is_stirred);
        assert_eq!(scene.arrived().len(), arrived, "a report went back in time");

        scene.faults.set_clock(then.plus(2 * DAY));
        sidecar.wait(&scene, "a report", is_stirred, |scene| scene.is_delivered());
        scene.is_due();
        sidecar.ends(&mut scene);
        check::in_the_end(&scene).unwrap();
    }
}

#[test]
fn a_machine_that_sleeps_for_forty_days_with_a_report_that_waits_loses_neither_it_nor_anybody() {
    for is_stirred in ways() {
        let mut scene = Scene::after(&Act::Run.past(ServiceKind::CompreFace).unwrap());
        scene.endpoint.always(Answer::status(503));
        let mut sidecar = Sidecar::start(&scene);
        sidecar.wait(&scene, "a report that waits", true, |scene| {
            scene.waiting().is_some_and(|waiting| waiting.first().is_some_and(|first| first.attempts > 0))
        });
        scene.is_due();
        scene.somebody_is_born();

        // It is older than `--keep` by now, and yet it is tried once more.
        scene.faults.set_clock(scene.now().plus(40 * DAY));
        scene.endpoint.always(Answer::ok());
        sidecar.wait(&scene, "both reports", is_stirred, |scene| scene.is_delivered());
        scene.is_due();
        sidecar.ends(&mut scene);
        check::in_the_end(&scene).unwrap();
    }
}
