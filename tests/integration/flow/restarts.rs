//! Ends at any moment: what was begun is whole in the store or not there, and what is sent twice is the same.

use std::path::Path;
use std::time::Duration;

use headcount::agent::{Agent, Step};
use headcount::ops::health::Heartbeat;
use headcount::store::{AuditOutcome, Purge, Store};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{DAY, HOUR, MINUTE, Sidecar, World, creations, guid};
use crate::support::compreface::{Door, Model, Trouble, When};
use crate::support::endpoint::Answer;

/// A sidecar whose report was just made and waits.
async fn with_a_report(world: &World) -> Sidecar<'_> {
    world.endpoint.always(Answer::hang());
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(Model::add_user);
    let due = world.next_report();
    tokio::time::sleep(due.since(world.now())).await;
    let step = sidecar.next_step();
    assert_eq!(step, Step::Scrape { report: Some(due) });
    sidecar.perform(step).await;
    assert_eq!(world.waiting(), 1);
    sidecar
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn crash_after_arrival_sends_the_same_bytes_again() {
    let world = World::new();
    let mut sidecar = with_a_report(&world).await;
    assert_eq!(sidecar.next_step(), Step::Deliver);
    // It arrives, and the process ends before the answer does.
    tokio::select! {
        () = sidecar.perform(Step::Deliver) => panic!("an endpoint that never answers was delivered to"),
        () = world.endpoint.wait_for(1) => {}
    }
    drop(sidecar);
    assert_eq!(world.waiting(), 1);
    world.endpoint.always(Answer::ok());
    world.start().pass(MINUTE).await;
    let requests = world.endpoint.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].message, requests[1].message);
    assert_eq!(world.outcomes(), [AuditOutcome::Made, AuditOutcome::Delivered]);
    world.start().pass(HOUR).await;
    assert_eq!(world.endpoint.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn restored_state_directory_sends_the_same_bytes() {
    let world = World::new();
    drop(with_a_report(&world).await);
    let copied = tempfile::tempdir().unwrap();
    copy(world.path(), copied.path());
    world.endpoint.always(Answer::ok());
    world.start().pass(HOUR).await;
    for file in std::fs::read_dir(world.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    copy(copied.path(), world.path());
    world.service.change(Model::add_user);
    world.start().pass(HOUR).await;
    let requests = world.endpoint.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].message, requests[1].message, "another version of the same report was sent");
}

#[tokio::test(start_paused = true)]
async fn interrupted_scrape_counts_nothing() {
    let world = World::new();
    world.service.change(|model| model.populate(3, 2, 1));
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(|model| model.populate(4, 3, 1));
    let before = (world.installation().last_scrape_at, world.look(|snapshot| snapshot.totals()));
    for door in [Door::Me, Door::Applications, Door::Services, Door::Statistics, Door::Faces, Door::Roles] {
        world.service.trouble(door, When::Always, Trouble::Never);
        let cut = timeout(MINUTE, sidecar.perform(Step::Scrape { report: Some(world.now()) })).await;
        assert!(cut.is_err(), "{door:?}");
        let now = (world.installation().last_scrape_at, world.look(|snapshot| snapshot.totals()));
        assert_eq!(now, before, "{door:?}");
        world.service.behave();
    }
    sidecar.pass_report().await;
    assert_eq!(creations(&world.only_report()), [4, 3, 3, 3, 3]);
    sidecar.worker.sign_out().await;
    assert_eq!(world.service.open_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn signal_ends_the_agent_with_a_sign_out() {
    for busy in [true, false] {
        let world = World::new();
        let app = world.app();
        let worker = headcount::agent::Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        let mut agent = Agent::new(app.monitor(), worker, Heartbeat::new(DAY), world.context());
        if busy {
            world.service.trouble(Door::Applications, When::Always, Trouble::Never);
        }
        let signal = CancellationToken::new();
        let ended = async {
            tokio::time::sleep(10 * MINUTE).await;
            assert_eq!(world.service.open_sessions(), 1);
            signal.cancel();
            Instant::now()
        };
        let ((), signalled) = tokio::join!(agent.run(signal.cancelled()), ended);
        assert!(signalled.elapsed() < Duration::from_secs(3), "{:?}", signalled.elapsed());
        assert_eq!((world.service.open_sessions(), world.installation().baseline_at.is_some()), (0, !busy));
    }
}

#[tokio::test(start_paused = true)]
async fn sign_out_request_pauses_the_agent() {
    for busy in [true, false] {
        let world = World::new();
        let app = world.app();
        let worker = headcount::agent::Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        let heartbeat = Heartbeat::new(DAY);
        let mut agent = Agent::new(app.monitor(), worker, heartbeat.clone(), world.context());
        if busy {
            world.service.trouble(Door::Applications, When::Always, Trouble::Never);
        }
        let signal = CancellationToken::new();
        let script = async {
            tokio::time::sleep(MINUTE).await;
            assert_eq!(world.service.open_sessions(), 1);
            heartbeat.ask_to_sign_out();
            tokio::time::sleep(Duration::from_secs(3)).await;
            assert_eq!((world.service.open_sessions(), world.installation().baseline_at.is_some()), (0, !busy));
            world.service.behave();
            let asked = world.service.requests().len();
            tokio::time::sleep(4 * MINUTE).await;
            assert_eq!(world.service.requests().len(), asked, "the service is asked while it ends");
            // It did not end.
            tokio::time::sleep(2 * HOUR).await;
            assert!(world.service.requests().len() > asked && world.installation().baseline_at.is_some());
            signal.cancel();
        };
        tokio::join!(agent.run(signal.cancelled()), script);
        assert_eq!(world.service.open_sessions(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn erased_store_starts_a_new_installation() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(|model| model.populate(3, 1, 0));
    sidecar.pass_report().await;
    assert_eq!(Store::receipts_in(world.path()).unwrap().len(), 1);
    Store::purge_in(world.path(), Purge::Everything, world.now(), Duration::from_secs(1)).unwrap();
    sidecar.pass(HOUR + MINUTE).await;
    assert!(world.installation().baseline_at.is_some(), "the next scrape is a baseline");
    assert!(world.audit().is_empty(), "{:?}", world.audit());
    world.service.change(Model::add_user);
    sidecar.pass_report().await;
    let arrived = world.arrived();
    assert_eq!(arrived.iter().map(creations).collect::<Vec<_>>(), [[3, 1, 0, 0, 0], [1, 0, 0, 0, 0]]);
    assert_ne!(guid(&arrived[0]), guid(&arrived[1]));
    assert_eq!(world.look(|snapshot| snapshot.receipts()).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn store_erased_during_a_step_keeps_nothing() {
    let world = World::new();
    let mut sidecar = with_a_report(&world).await;
    world.endpoint.always(Answer::ok().after(MINUTE / 10));
    let erase = || Store::purge_in(world.path(), Purge::Everything, world.now(), Duration::from_secs(1)).unwrap();
    tokio::join!(sidecar.perform(Step::Deliver), async {
        world.endpoint.wait_for(1).await;
        erase();
    });
    assert!(world.look(|snapshot| snapshot.receipts()).is_empty());
    sidecar.begin().await;
    world.service.trouble(Door::Roles, When::Always, Trouble::Late(MINUTE / 2));
    tokio::join!(sidecar.perform(Step::Scrape { report: None }), async {
        tokio::time::sleep(MINUTE / 4).await;
        erase();
    });
    assert_eq!(world.installation().baseline_at, None);
    world.service.behave();
    sidecar.begin().await;
}
