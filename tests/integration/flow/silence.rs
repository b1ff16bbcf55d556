//! Consent that comes and goes: silence at once, what is created meanwhile is not counted, and a no deletes.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use headcount::agent::{Agent, Worker};
use headcount::ops::health::Heartbeat;
use headcount::store::{AuditOutcome, Store};
use tokio_util::sync::CancellationToken;

use super::{DAY, HOUR, MINUTE, Sidecar, World, creations, guid};
use crate::support::compreface::{Door, Model, Trouble, When};
use crate::support::endpoint::Answer;

fn with_file() -> (World, PathBuf) {
    let world = World::new();
    let path = world.path().join("consent");
    fs::write(&path, "granted").unwrap();
    let named = path.to_str().unwrap().to_owned();
    (world.set("HEADCOUNT_CONSENT_FILE", &named), path)
}

impl Sidecar<'_> {
    /// What the agent does when the file has changed.
    async fn decide(&mut self) {
        self.monitor.reconsider();
        for change in self.monitor.take_changes() {
            self.worker.apply_decision(self.world.now(), &change).await;
        }
    }

    /// Time passes with nothing but the look at the clock.
    async fn rest(&mut self, time: Duration) {
        for _ in 0..time.as_secs() / 60 {
            tokio::time::sleep(MINUTE).await;
            self.worker.maintain(self.world.now());
        }
        tokio::time::sleep(Duration::from_secs(time.as_secs() % 60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_short_off_periods_are_counted() {
    for (silence, counted) in [(HOUR, 1), (Duration::from_secs(61), 1), (Duration::from_secs(30), 6)] {
        let (world, file) = with_file();
        let mut sidecar = world.start();
        sidecar.decide().await;
        sidecar.begin().await;
        fs::write(&file, "").unwrap();
        sidecar.decide().await;
        assert!(sidecar.monitor.permits().is_none());
        assert_eq!(world.service.open_sessions(), 0);
        world.service.change(|model| model.populate(5, 0, 0));
        sidecar.rest(silence).await;
        fs::write(&file, "granted").unwrap();
        sidecar.decide().await;
        sidecar.pass(MINUTE).await;
        world.service.change(Model::add_user);
        sidecar.pass_report().await;
        assert_eq!(creations(&world.only_report()), [counted, 0, 0, 0, 0], "{silence:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn off_period_lasts_over_a_restart() {
    let (world, file) = with_file();
    world.start().begin().await;
    fs::write(&file, "granted please").unwrap();
    let mut sidecar = world.start();
    sidecar.decide().await;
    drop(sidecar);
    world.service.change(|model| model.populate(5, 0, 0));
    tokio::time::sleep(10 * MINUTE).await;
    fs::write(&file, "granted").unwrap();
    let mut sidecar = world.start();
    sidecar.decide().await;
    // At once, although the last scrape is not an hour old: the sooner, the less is taken for known.
    sidecar.pass(Duration::from_secs(1)).await;
    world.service.change(Model::add_user);
    sidecar.pass_report().await;
    assert_eq!(creations(&world.only_report()), [1, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn off_period_counts_while_the_store_is_unusable() {
    for ends_before_the_store_is_back in [true, false] {
        let (world, file) = with_file();
        world.start().begin().await;
        let (database, away) = (world.path().join("headcount.db"), world.path().join("away"));
        fs::rename(&database, &away).unwrap();
        fs::create_dir(&database).unwrap();
        fs::write(&file, "").unwrap();
        let app = world.app();
        let mut sidecar = Sidecar {
            world: &world,
            worker: Worker::new(app.worker_config(), app.monitor().decision()).unwrap(),
            monitor: app.monitor(),
        };
        sidecar.decide().await;
        assert!(sidecar.worker.store().is_none());
        world.service.change(|model| model.populate(5, 0, 0));
        sidecar.rest(10 * MINUTE).await;
        let put_back = || {
            fs::remove_dir(&database).unwrap();
            fs::rename(&away, &database).unwrap();
        };
        if ends_before_the_store_is_back {
            fs::write(&file, "granted").unwrap();
            sidecar.decide().await;
            put_back();
        } else {
            put_back();
            sidecar.worker.maintain(world.now());
            drop(sidecar);
            fs::write(&file, "granted").unwrap();
            sidecar = world.start();
            sidecar.decide().await;
        }
        sidecar.pass(MINUTE).await;
        world.service.change(Model::add_user);
        sidecar.pass_report().await;
        assert_eq!(creations(&world.only_report()), [1, 0, 0, 0, 0], "{ends_before_the_store_is_back}");
    }
}

/// An agent between its start and a signal, while a script goes on beside it.
async fn with_agent(world: &World, script: impl Future<Output = ()>) {
    let app = world.app();
    let worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
    let mut agent = Agent::new(app.monitor(), worker, Heartbeat::new(DAY), world.context());
    let signal = CancellationToken::new();
    tokio::join!(agent.run(signal.cancelled()), async {
        script.await;
        signal.cancel();
    });
}

#[tokio::test(start_paused = true)]
async fn turning_off_stops_a_scrape_and_signs_out() {
    for word in ["", "denied"] {
        let (world, file) = with_file();
        world.service.trouble(Door::Applications, When::Always, Trouble::Never);
        with_agent(&world, async {
            tokio::time::sleep(MINUTE).await;
            assert_eq!((world.service.count(Door::Applications), world.service.open_sessions()), (1, 1));
            fs::write(&file, word).unwrap();
            tokio::time::sleep(2 * MINUTE).await;
            assert_eq!(world.service.open_sessions(), 0, "{word:?}");
            let asked = world.service.requests().len();
            world.service.behave();
            tokio::time::sleep(DAY / 4).await;
            assert_eq!(world.service.requests().len(), asked, "nothing is asked while off");
            fs::write(&file, "granted").unwrap();
            tokio::time::sleep(3 * MINUTE).await;
            assert!(world.installation().baseline_at.is_some(), "a yes starts again without a restart");
        })
        .await;
        assert!(world.endpoint.requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn turning_off_stops_a_delivery() {
    for word in ["", "denied"] {
        let (world, file) = with_file();
        world.endpoint.always(Answer::hang());
        let world = world.set("HEADCOUNT_OTLP_TIMEOUT", "5m");
        with_agent(&world, async {
            world.endpoint.wait_for(1).await;
            fs::write(&file, word).unwrap();
            tokio::time::sleep(2 * MINUTE).await;
            world.endpoint.closed(0).await;
            tokio::time::sleep(DAY / 4).await;
            assert_eq!((world.endpoint.requests().len(), world.service.open_sessions()), (1, 0), "{word:?}");
            assert_eq!(world.waiting(), u64::from(word.is_empty()), "a missing yes keeps what waits");
        })
        .await;
        let bodies = world.audit().iter().filter(|line| line.outcome == AuditOutcome::Deleted).count();
        assert_eq!(bodies, usize::from(!word.is_empty()));
    }
}

#[tokio::test(start_paused = true)]
async fn opt_out_keeps_only_receipts() {
    let (world, file) = with_file();
    let mut sidecar = world.start();
    sidecar.decide().await;
    sidecar.begin().await;
    world.service.change(|model| model.populate(5, 0, 0));
    sidecar.pass_report().await;
    world.endpoint.always(Answer::status(503));
    sidecar.pass_report().await;
    assert_eq!(world.waiting(), 1);
    fs::write(&file, "denied").unwrap();
    sidecar.decide().await;
    let installation = world.installation();
    assert_eq!((installation.install_guid, installation.baseline_at, installation.start), (None, None, None));
    assert_eq!((world.waiting(), world.look(|snapshot| snapshot.receipts()).len()), (0, 1));
    assert_eq!(world.count(AuditOutcome::Deleted), 1);
    world.endpoint.always(Answer::ok());
    sidecar.rest(HOUR).await;
    fs::write(&file, "granted").unwrap();
    sidecar.decide().await;
    sidecar.begin().await;
    world.service.change(Model::add_user);
    sidecar.pass_report().await;
    let arrived = world.arrived();
    let (first, last) = (arrived.first().unwrap(), arrived.last().unwrap());
    assert_eq!((creations(last), arrived.len()), ([1, 0, 0, 0, 0], 3));
    assert_ne!(guid(first), guid(last));
    assert!(last.start > first.time);
}

#[tokio::test(start_paused = true)]
async fn failed_deletion_is_retried() {
    let (world, file) = with_file();
    let mut sidecar = world.start();
    sidecar.decide().await;
    sidecar.begin().await;
    let other = rusqlite::Connection::open(world.path().join("headcount.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    fs::write(&file, "denied").unwrap();
    sidecar.decide().await;
    assert!(world.installation().baseline_at.is_some(), "somebody kept the store busy");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    sidecar.rest(MINUTE).await;
    assert_eq!(world.installation().baseline_at, None);
}

#[tokio::test(start_paused = true)]
async fn opt_out_at_start_deletes_also_an_unusable_store() {
    for damage in [false, true] {
        let (world, file) = with_file();
        world.start().begin().await;
        if damage {
            fs::write(world.path().join("headcount.db"), damaged(&world)).unwrap();
        }
        fs::write(&file, "denied").unwrap();
        with_agent(&world, tokio::time::sleep(2 * MINUTE)).await;
        assert_eq!(world.installation().baseline_at, None);
        assert!(world.look(|snapshot| snapshot.decision()).unwrap().contains("\"opted_out\""));
    }
}

/// A file of ours whose pages make no sense.
fn damaged(world: &World) -> Vec<u8> {
    let fresh = tempfile::tempdir().unwrap();
    drop(Store::open(fresh.path()).unwrap());
    let mut bytes = fs::read(fresh.path().join("headcount.db")).unwrap();
    bytes[100..].fill(0xff);
    let _ = fs::remove_file(world.path().join("headcount.db-wal"));
    bytes
}

#[tokio::test(start_paused = true)]
async fn while_off_pending_reports_expire_a_day_later() {
    let (world, file) = with_file();
    let world = world.set("HEADCOUNT_KEEP", "1d");
    world.endpoint.always(Answer::status(503));
    let mut sidecar = world.start();
    sidecar.decide().await;
    sidecar.begin().await;
    sidecar.pass_report().await;
    fs::write(&file, "").unwrap();
    sidecar.decide().await;
    sidecar.rest(DAY + 12 * HOUR).await;
    assert_eq!(world.waiting(), 1);
    sidecar.rest(DAY).await;
    assert_eq!((world.waiting(), world.count(AuditOutcome::Expired)), (0, 1));
}
