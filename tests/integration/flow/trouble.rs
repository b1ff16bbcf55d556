//! Faults of the service, its password and the store: no report rather than a wrong one, said once, and recovered from.

use headcount::agent::Step;
use headcount::store::{AuditOutcome, Purge, Store};

use super::{DAY, HOUR, MINUTE, World, creations};
use crate::support::compreface::{Answer as ServiceAnswer, Door, Health, Model, PASSWORD, Trouble, When};
use crate::support::endpoint::Answer;

fn failure(world: &World) -> Option<String> {
    world.look(|snapshot| snapshot.last_failure()).map(|failure| failure.text)
}

#[tokio::test(start_paused = true)]
async fn failed_scrape_has_one_audit_line_a_slot_and_no_report() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(|model| model.populate(3, 1, 1));
    world.service.trouble(Door::Roles, When::Always, Trouble::CutOff);
    sidecar.pass_report().await;
    sidecar.pass(4 * HOUR).await;
    assert_eq!(world.outcomes(), [AuditOutcome::NotMade]);
    assert!(world.audit()[0].reason.contains("GET /admin/user/roles"), "{}", world.audit()[0].reason);
    drop(sidecar);
    let mut sidecar = world.start();
    sidecar.pass(HOUR).await;
    assert_eq!(world.outcomes(), [AuditOutcome::NotMade], "also after a restart");
    sidecar.pass(DAY).await;
    assert_eq!(world.outcomes(), [AuditOutcome::NotMade; 2], "the next slot has its own line");
    assert!(world.endpoint.requests().is_empty());
    world.service.behave();
    sidecar.pass(11 * MINUTE).await;
    assert_eq!(creations(&world.only_report()), [3, 1, 1, 1, 1]);
    assert_eq!(world.only_report().time, world.installation().last_scrape_at.unwrap().hour());
}

#[tokio::test(start_paused = true)]
async fn missed_slot_after_clock_step_has_its_own_line() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.trouble(Door::Roles, When::Always, Trouble::CutOff);
    sidecar.pass_report().await;
    sidecar.pass(HOUR).await;
    assert_eq!(world.outcomes(), [AuditOutcome::NotMade]);
    world.clock.step_back(3 * DAY);
    // The report is planned anew, by the clock that is.
    sidecar.pass(DAY + HOUR).await;
    assert_eq!(world.outcomes(), [AuditOutcome::NotMade; 2]);
    let lines = world.audit();
    assert!(lines[1].at < lines[0].at, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn starting_service_is_a_failure_after_five_minutes() {
    let world = World::new();
    let mut sidecar = world.start();
    world.service.set_health(Health::Down).await;
    sidecar.pass(4 * MINUTE).await;
    assert_eq!(failure(&world), None);
    sidecar.pass(3 * MINUTE).await;
    let words = failure(&world).unwrap();
    assert!(words.contains("HEADCOUNT_COMPREFACE_URL"), "{words}");
    world.service.set_health(Health::Up).await;
    sidecar.pass(2 * MINUTE).await;
    assert!(world.installation().baseline_at.is_some());
    assert_eq!(failure(&world), None, "what is mended is not a failure any more");
}

#[tokio::test(start_paused = true)]
async fn new_password_works_within_minutes() {
    let mut world = World::new();
    let file = world.path().join("password");
    std::fs::write(&file, "wrong\n").unwrap();
    world.variables.remove("HEADCOUNT_COMPREFACE_PASSWORD");
    let world = world.set("HEADCOUNT_COMPREFACE_PASSWORD_FILE", file.to_str().unwrap());
    let mut sidecar = world.start();
    sidecar.pass(6 * HOUR).await;
    let attempts = world.service.count(Door::Token);
    assert!((30..=50).contains(&attempts), "{attempts} attempts in six hours");
    assert!(failure(&world).unwrap().contains("bad credentials"));
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    sidecar.pass(11 * MINUTE).await;
    assert!(world.installation().baseline_at.is_some());
    assert_eq!(failure(&world), None);
}

#[tokio::test(start_paused = true)]
async fn unwritable_store_does_not_cause_endless_scrapes() {
    let world = World::new();
    drop(world.start());
    let file = rusqlite::Connection::open(world.path().join("headcount.db")).unwrap();
    file.execute_batch(
        "CREATE TRIGGER broken BEFORE UPDATE OF last_scrape_at ON installation
         BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END",
    )
    .unwrap();
    let mut sidecar = world.start();
    let mut scrapes = 0;
    let passed = tokio::time::timeout(
        2 * HOUR,
        sidecar.pass_with(HOUR, |_, step| {
            scrapes += u32::from(matches!(step, Step::Scrape { .. }));
            assert!(scrapes <= 20, "the service is scraped without a pause");
        }),
    );
    passed.await.unwrap();
    assert!(scrapes >= 5, "{scrapes}");
    file.execute_batch("DROP TRIGGER broken").unwrap();
    sidecar.pass(11 * MINUTE).await;
    assert!(world.installation().baseline_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn unstorable_report_does_not_cause_endless_scrapes() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    let file = rusqlite::Connection::open(world.path().join("headcount.db")).unwrap();
    file.execute_batch(
        "CREATE TRIGGER broken BEFORE INSERT ON report BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END",
    )
    .unwrap();
    sidecar.pass(world.next_report().since(world.now())).await;
    let mut scrapes = 0;
    sidecar
        .pass_with(HOUR, |_, step| {
            scrapes += u32::from(matches!(step, Step::Scrape { .. }));
            assert!(scrapes <= 20, "the service is scraped without a pause");
        })
        .await;
    assert!(scrapes >= 5, "{scrapes}");
    file.execute_batch("DROP TRIGGER broken").unwrap();
    sidecar.pass(11 * MINUTE).await;
    assert_eq!(world.arrived().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn last_failure_is_shown_until_all_recovers() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.endpoint.always(Answer::status(503));
    sidecar.pass_report().await;
    assert!(failure(&world).unwrap().contains("503"));
    sidecar.pass(2 * HOUR).await;
    assert!(failure(&world).unwrap().contains("503"), "a scrape does not mend a delivery");
    // A new process does not know what the earlier one said.
    drop(sidecar);
    let mut sidecar = world.start();
    world.endpoint.always(Answer::ok());
    sidecar.pass(HOUR).await;
    assert_eq!(failure(&world), None);
    world.service.trouble(Door::Me, When::Nth(1), Trouble::Answer(ServiceAnswer::html()));
    world.service.change(Model::add_user);
    sidecar.pass(HOUR).await;
    assert_eq!(failure(&world), None);
    assert!(world.installation().last_scrape_at.unwrap() > world.now().minus(HOUR));
}

#[tokio::test(start_paused = true)]
async fn failure_is_recorded_again_after_an_erasure() {
    let world = World::new();
    world.service.trouble(Door::Me, When::Always, Trouble::Answer(ServiceAnswer::html()));
    let mut sidecar = world.start();
    sidecar.pass(MINUTE).await;
    assert!(failure(&world).is_some());
    Store::purge_in(world.path(), Purge::Everything, world.now(), MINUTE / 60).unwrap();
    assert_eq!(failure(&world), None);
    sidecar.pass(HOUR + 11 * MINUTE).await;
    assert!(failure(&world).is_some());
}

#[tokio::test(start_paused = true)]
async fn sign_in_without_cookies_is_retried_a_few_times_a_day() {
    let world = World::new();
    world.service.trouble(Door::Token, When::Always, Trouble::WithoutCookies(&["CFSESSION", "REFRESH_TOKEN"]));
    let mut sidecar = world.start();
    sidecar.pass(DAY).await;
    let attempts = world.service.count(Door::Token);
    assert!((2..=6).contains(&attempts), "{attempts} attempts in a day");
    assert!(failure(&world).unwrap().contains("cookies"));
    world.service.behave();
    sidecar.pass(DAY).await;
    assert!(world.installation().baseline_at.is_some());
}
