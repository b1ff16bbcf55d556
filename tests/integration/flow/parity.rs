//! `run` and `once` do the same: what happens is played through both, and what the store holds afterwards is compared.

use std::future::pending;
use std::time::Duration;

use headcount::agent::{Agent, Worker};
use headcount::cli::Exit;
use headcount::cli::once::Call;
use headcount::config::Transport;
use headcount::ops::health::Heartbeat;
use headcount::store::{AuditOutcome, Store};
use tokio_util::sync::CancellationToken;

use super::{DAY, MINUTE, World};
use crate::program::eventually;
use crate::support::compreface::{Door, Health, Model, Trouble, When};
use crate::support::endpoint::Answer;

/// What the store holds, without the times at which it was written.
#[derive(Debug, PartialEq, Eq)]
struct Rows {
    state: String,
    sources: String,
    failure: Option<(String, String)>,
    is_next_report_planned: bool,
    is_off: bool,
    has_identity: bool,
    /// What the audit says since and whether with a hash, each only once where it says so several times in a row.
    audit: Vec<(AuditOutcome, bool)>,
    pending: u64,
    receipts: usize,
}

impl Rows {
    fn of(world: &World, audited: usize) -> Self {
        let installation = world.installation();
        let decision = world.look(|snapshot| snapshot.decision()).expect("no decision is recorded");
        let decision: serde_json::Value = serde_json::from_str(&decision).unwrap();
        let lines = world.audit().split_off(audited);
        let mut audit: Vec<_> = lines.iter().map(|line| (line.outcome, line.sha256.is_some())).collect();
        audit.dedup();
        let is_about_bytes =
            |outcome| !matches!(outcome, AuditOutcome::NotMade | AuditOutcome::Skipped | AuditOutcome::Deleted);
        assert!(audit.iter().all(|(outcome, has_hash)| is_about_bytes(*outcome) == *has_hash), "{audit:?}");
        Self {
            state: decision["decision"]["state"].to_string(),
            sources: decision["decision"]["sources"].to_string(),
            failure: world
                .look(|snapshot| snapshot.last_failure())
                .map(|failure| (failure.code, without_hours(&failure.text))),
            is_next_report_planned: installation.next_report_at.is_some_and(|next| next > world.now()),
            is_off: installation.off_since.is_some(),
            has_identity: installation.install_guid.is_some(),
            audit,
            pending: world.waiting(),
            receipts: world.look(|snapshot| snapshot.receipts()).len(),
        }
    }
}

/// The hour that is scraped differs, since `run` waits for its report.
fn without_hours(text: &str) -> String {
    text.split(' ').map(|word| if word.contains(":00Z") { "HOUR" } else { word }).collect::<Vec<_>>().join(" ")
}

/// What happens before the two are played.
struct Scenario {
    name: &'static str,
    /// Whether a report waits from before.
    waits: bool,
    happens: fn(World) -> World,
    /// For how long `run` runs.
    lasts: Duration,
}

fn scenario(name: &'static str, happens: fn(World) -> World) -> Scenario {
    Scenario { name, waits: false, happens, lasts: 10 * MINUTE }
}

/// What may happen outside. The next report is due in each of them.
fn outside() -> Vec<Scenario> {
    vec![
        scenario("all goes well", |world| {
            world.service.change(Model::add_user);
            world
        }),
        scenario("the operator opted out", |world| world.set("HEADCOUNT_DISABLED", "true")),
        scenario("telemetry is not enabled", |world| world.set("DO_NOT_TRACK", "1")),
        scenario("the service fails", |world| {
            world.service.trouble(Door::Roles, When::Always, Trouble::CutOff);
            world
        }),
        scenario("the endpoint is not ready", |world| {
            world.endpoint.always(Answer::status(503));
            world
        }),
        scenario("the endpoint wants credentials", |world| {
            world.endpoint.always(Answer::status(401));
            world
        }),
        scenario("the endpoint refuses", |world| {
            world.endpoint.always(Answer::refusal(Transport::HttpProtobuf, 400, "too old"));
            world
        }),
        scenario("the endpoint answers ambiguously", |world| {
            world.endpoint.always(Answer::text(400));
            world
        }),
        scenario("the endpoint rejects data points", |world| {
            world.endpoint.always(Answer::partial(20, "too old"));
            world
        }),
        Scenario {
            lasts: 2 * DAY,
            ..scenario("the clock is behind", |world| {
                world.clock.step_back(365 * DAY);
                world
            })
        },
    ]
}

/// What may happen to the store. The next report is due in each of them.
fn inside() -> Vec<Scenario> {
    vec![
        scenario("the gate refuses what would be reported", |world| {
            world.execute("UPDATE object SET creations = 2000000000");
            world
        }),
        Scenario {
            waits: true,
            ..scenario("the gate refuses what was changed in the outbox", |world| {
                world.execute("UPDATE report SET body = x'0a03616263' WHERE pending");
                world
            })
        },
        scenario("the ledger cannot be written", |world| {
            world.execute(
                "CREATE TRIGGER broken BEFORE UPDATE OF last_scrape_at ON installation
                 BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END",
            );
            world
        }),
        scenario("reports are exported by hand", |mut world| {
            world.execute("UPDATE installation SET failure_at = 1, failure_code = 'before', failure = 'from before'");
            world.variables.remove("HEADCOUNT_OTLP_ENDPOINT");
            world.set("HEADCOUNT_OTLP_PROTOCOL", "export")
        }),
    ]
}

impl World {
    fn execute(&self, sql: &str) {
        rusqlite::Connection::open(self.path().join("headcount.db")).unwrap().execute_batch(sql).unwrap();
    }

    /// An installation that has delivered a report, at the moment at which the next one is due; then what happens.
    async fn at_a_report(scenario: &Scenario) -> (Self, usize) {
        let world = Self::new();
        let mut sidecar = world.start();
        sidecar.begin().await;
        sidecar.pass_report().await;
        if scenario.waits {
            world.endpoint.always(Answer::status(503));
            sidecar.pass_report().await;
            world.endpoint.always(Answer::ok());
        }
        drop(sidecar);
        // A process that another test is just starting holds copies of all open files, and so the store's lock, until it runs.
        eventually("the lock of the store is free", || Store::open(world.path()).is_ok());
        world.clock.step_forward(world.next_report().since(world.now()));
        let audited = world.outcomes().len();
        ((scenario.happens)(world), audited)
    }

    async fn run_for(&self, time: Duration) {
        let app = self.app();
        let worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        let mut agent = Agent::new(app.monitor(), worker, Heartbeat::new(DAY), self.context());
        let signal = CancellationToken::new();
        tokio::join!(agent.run(signal.cancelled()), async {
            tokio::time::sleep(time).await;
            signal.cancel();
        });
    }

    async fn once(&self) -> Exit {
        let app = self.app();
        Call { app: &app, say: &|_| {} }.run(app.monitor(), pending()).await
    }
}

#[tokio::test(start_paused = true)]
async fn run_and_once_agree() {
    for scenario in outside().into_iter().chain(inside()) {
        let (world, audited) = World::at_a_report(&scenario).await;
        world.run_for(scenario.lasts).await;
        let run = Rows::of(&world, audited);
        let (world, audited) = World::at_a_report(&scenario).await;
        world.once().await;
        assert_eq!(Rows::of(&world, audited), run, "{}", scenario.name);
    }
}

#[tokio::test(start_paused = true)]
async fn run_and_once_agree_when_the_service_is_down() {
    let scenario = Scenario { name: "", waits: false, happens: |world| world, lasts: 10 * MINUTE };
    let mut rows = Vec::new();
    for is_run in [true, false] {
        let (world, audited) = World::at_a_report(&scenario).await;
        world.service.set_health(Health::Down).await;
        if is_run {
            world.run_for(scenario.lasts).await;
        } else {
            assert_eq!(world.once().await, Exit::Source);
        }
        rows.push(Rows::of(&world, audited));
    }
    assert_eq!(rows[0], rows[1]);
    assert_eq!(rows[0].audit, [(AuditOutcome::NotMade, false)]);
    assert!(rows[0].failure.is_some());
}

#[tokio::test(start_paused = true)]
async fn run_and_once_agree_while_a_reader_holds_the_log() {
    let scenario =
        Scenario { name: "", waits: true, happens: |world| world.set("HEADCOUNT_DISABLED", "true"), lasts: 2 * MINUTE };
    let mut rows = Vec::new();
    for is_run in [true, false] {
        let (world, audited) = World::at_a_report(&scenario).await;
        let reader = rusqlite::Connection::open(world.path().join("headcount.db")).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM report").unwrap();
        if is_run {
            world.run_for(scenario.lasts).await;
        } else {
            assert_eq!(world.once().await, Exit::Store);
        }
        rows.push(Rows::of(&world, audited));
        drop(reader);
        if !is_run {
            assert_eq!(world.once().await, Exit::Done, "no process reads any more");
            assert_eq!(world.look(|snapshot| snapshot.last_failure()), None);
            let log = std::fs::metadata(world.path().join("headcount.db-wal")).map_or(0, |log| log.len());
            assert_eq!(log, 0, "the write-ahead log is not empty");
        }
    }
    assert_eq!(rows[0], rows[1]);
    assert_eq!(rows[0].audit, [(AuditOutcome::Deleted, false)]);
    assert!(rows[0].failure.is_some(), "what could not be deleted is not shown");
}
