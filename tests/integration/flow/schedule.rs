//! When: one report an interval at this installation's own minute, whatever stops in between.

use headcount::agent::Step;
use headcount::clock::Timestamp;
use headcount::store::AuditOutcome;

use super::{DAY, HOUR, MINUTE, World};
use crate::support::compreface::{Answer as ServiceAnswer, Door, Trouble, When};
use crate::support::endpoint::Answer;
use crate::support::world::Seeded;

fn minute_of_day(at: Timestamp) -> i64 {
    at.unix_seconds().rem_euclid(86_400) / 60
}

#[tokio::test(start_paused = true)]
async fn frequent_restarts_neither_repeat_nor_skip_a_report() {
    let world = World::new();
    world.start().begin().await;
    let planned = world.next_report();
    for _ in 0..16 {
        let mut sidecar = world.start();
        sidecar.pass(5 * HOUR + 7 * MINUTE).await;
        sidecar.worker.sign_out().await;
    }
    let days = world.now().since(planned).as_secs() / DAY.as_secs() + 1;
    let hours: Vec<_> = world.arrived().iter().map(|report| report.time.unix_hours()).collect();
    let first = planned.hour().unix_hours();
    let expected: Vec<_> = (0..u32::try_from(days).unwrap()).map(|day| first + day * 24).collect();
    assert_eq!(hours, expected);
    assert!(hours.len() >= 3, "{hours:?}");
    assert_eq!(world.next_report().since(planned).as_secs() % DAY.as_secs(), 0, "the minute is kept");
}

#[tokio::test(start_paused = true)]
async fn sleep_of_forty_days_leads_to_one_report() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass_report().await;
    let before = world.next_report();
    world.clock.step_forward(40 * DAY);
    sidecar.pass(10 * MINUTE).await;
    assert_eq!(world.arrived().len(), 2);
    assert_eq!(world.arrived()[1].time, world.now().minus(10 * MINUTE).hour());
    let planned = world.next_report();
    assert!(planned > world.now() && planned.since(world.now()) <= DAY);
    assert_eq!(planned.since(before).as_secs() % DAY.as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn report_is_sent_in_the_window_from_its_own_minute() {
    let mut opened_at = Vec::new();
    for seed in [1, 2, 3] {
        let mut world = World::new().set("HEADCOUNT_REPORT_WINDOW", "23:30-00:30");
        world.randomness = Seeded::new(seed);
        let origin = (world.now(), tokio::time::Instant::now());
        world.endpoint.always(Answer::status(503));
        let mut sidecar = world.start();
        sidecar.begin().await;
        let own = minute_of_day(world.next_report());
        assert!(!(30..23 * 60 + 30).contains(&own), "{own}");
        sidecar.pass(3 * DAY).await;
        // Restarts forget when to try again, and still wait for their minute.
        drop(sidecar);
        world.start().pass(DAY).await;
        let since_opening = |minute: i64| (minute + 1440 - (23 * 60 + 30)) % 1440;
        let mut nights = std::collections::BTreeSet::new();
        for request in world.endpoint.requests() {
            let at = origin.0.plus(request.at.duration_since(origin.1));
            let offset = since_opening(minute_of_day(at));
            assert!((since_opening(own)..60).contains(&offset), "{at} is not in the window after minute {own}");
            nights.insert(at.minus(12 * HOUR).unix_seconds() / 86_400);
        }
        assert!(nights.len() >= 3, "it was tried in each window");
        assert!(world.waiting() >= 3);
        opened_at.push(own);
    }
    opened_at.dedup();
    assert!(opened_at.len() > 1, "installations have minutes of their own");
}

#[tokio::test(start_paused = true)]
async fn a_round_of_deliveries_ends_with_the_window() {
    let world = World::new().set("HEADCOUNT_REPORT_WINDOW", "01:00-02:00");
    world.endpoint.always(Answer::status(503));
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass(3 * DAY).await;
    drop(sidecar);
    assert!(world.waiting() >= 3);
    let closes: Timestamp = "2026-01-05T02:00:00Z".parse().unwrap();
    let mut sidecar = world.start();
    tokio::time::sleep(closes.since(world.now()) - MINUTE / 6).await;
    let before = world.endpoint.requests().len();
    world.endpoint.always(Answer::ok().after(MINUTE / 8));
    let waiting = world.waiting();
    // Two answers of 7 s fit into the last 10 s of the window, as far as they begin in it.
    sidecar.pass(30 * MINUTE).await;
    assert_eq!(world.endpoint.requests().len() - before, 2);
    assert!(world.waiting() >= waiting - 2);
    sidecar.pass(DAY).await;
    assert_eq!(world.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn outage_of_a_window_delays_the_report_to_the_next() {
    let world = World::new().set("HEADCOUNT_REPORT_WINDOW", "01:00-02:00").set("HEADCOUNT_REPORT_INTERVAL", "7d");
    let mut sidecar = world.start();
    sidecar.begin().await;
    let planned = world.next_report();
    sidecar.pass(planned.since(world.now()) - MINUTE).await;
    world.service.trouble(Door::Applications, When::Always, Trouble::Answer(ServiceAnswer::html()));
    sidecar.pass(3 * HOUR).await;
    assert_eq!(world.outcomes(), [AuditOutcome::NotMade]);
    assert_eq!(world.next_report(), planned.plus(DAY));
    world.service.behave();
    sidecar.pass(12 * HOUR).await;
    assert!(world.arrived().is_empty(), "not outside the window");
    sidecar.pass_report().await;
    assert_eq!(world.only_report().time, planned.plus(DAY).hour());
    assert_eq!(world.next_report(), planned.plus(8 * DAY));
}

#[tokio::test(start_paused = true)]
async fn an_hour_has_one_report_at_most() {
    let world = World::new().set("HEADCOUNT_REPORT_INTERVAL", "1h").set("HEADCOUNT_FIRST_REPORT_AFTER", "0s");
    let mut sidecar = world.start();
    sidecar.pass(12 * HOUR).await;
    let hours: Vec<_> = world.arrived().iter().map(|report| report.time.unix_hours()).collect();
    assert!(hours.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{hours:?}");
    assert!((11..=12).contains(&hours.len()), "{hours:?}");
    // The clock steps back by half an hour: that hour is not reported twice.
    world.clock.step_back(HOUR / 2);
    sidecar.pass(3 * HOUR).await;
    let hours: Vec<_> = world.arrived().iter().map(|report| report.time.unix_hours()).collect();
    assert!(hours.windows(2).all(|pair| pair[0] < pair[1]), "{hours:?}");
}

#[tokio::test(start_paused = true)]
async fn idle_agent_reads_the_clock_each_minute_only() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    let asked = world.service.requests().len();
    let mut steps = 0;
    sidecar.pass_with(HOUR - 2 * MINUTE, |_, _| steps += 1).await;
    assert_eq!((steps, world.service.requests().len()), (0, asked));
    assert!(matches!(sidecar.next_step(), Step::Wait(wait) if wait <= MINUTE));
    sidecar.pass_with(5 * MINUTE, |_, step| assert!(matches!(step, Step::Scrape { .. }), "{step:?}")).await;
    assert!(world.service.requests().len() > asked);
}
