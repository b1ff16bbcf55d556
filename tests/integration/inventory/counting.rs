//! The numbers: what arrived is what truly happened, over days with restarts and outages. Invariants 4 and 5.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use headcount::agent::{Step, Worker};
use headcount::cli::app::App;
use headcount::clock::{Clock as _, Hour};
use headcount::config::{Environment, Flags, Transport};
use headcount::consent::ConsentMonitor;
use headcount::contract::Contents;
use headcount::source::SERVICES;
use headcount::source::inventory::{CONTRACT, FACES};
use headcount::store::{Installation as Stored, Store, StoreError};

use super::{Peers, creations, current};
use crate::program::eventually;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::inventory::Installation;
use crate::support::world::{Seeded, SteppedClock, context};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A server, an endpoint and a clock that moves when all that is due was done.
struct World {
    peers: Peers,
    endpoint: Endpoint,
    clock: Arc<SteppedClock>,
}

impl World {
    async fn start() -> Self {
        let endpoint = Endpoint::plain(Transport::HttpProtobuf).await;
        Self { peers: Peers::start(), endpoint, clock: SteppedClock::at("2026-01-01T09:20:00Z") }
    }

    /// The program's own settings, from an environment as an operator would write it.
    fn app(&self) -> App {
        let variables: BTreeMap<_, _> = [
            ("HEADCOUNT_SERVICE", "inventory".to_owned()),
            ("HEADCOUNT_INVENTORY_URL", self.peers.server.url()),
            ("HEADCOUNT_OTLP_ENDPOINT", self.endpoint.settings().url.to_string()),
            ("HEADCOUNT_STATE_DIR", self.peers.path("state").to_str().unwrap().to_owned()),
            ("HEADCOUNT_SCRAPE_INTERVAL", "6h".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let context = context(Arc::clone(&self.clock), 5);
        let app = App::load(&Flags::default(), &Environment::from(variables), context, &SERVICES);
        assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
        app
    }

    /// A worker as a process that starts has it.
    fn sidecar(&self) -> Sidecar<'_> {
        let app = self.app();
        let mut worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        // A process that another test starts at this moment holds the lock of the sidecar before for an instant.
        eventually("the store's lock", || match worker.open_store() {
            Ok(()) => true,
            Err(StoreError::Locked { .. }) => false,
            Err(error) => panic!("{error}"),
        });
        Sidecar { world: self, worker, monitor: app.monitor() }
    }

    fn stored(&self) -> Option<Stored> {
        let store = Store::open_to_read(&self.peers.path("state")).unwrap()?;
        Some(store.read(|snapshot| snapshot.installation()).unwrap())
    }

    /// What arrived; the same bytes twice in a row are one report.
    fn arrived(&self) -> Vec<Contents> {
        let mut messages: Vec<_> = self.endpoint.requests().into_iter().map(|request| request.message).collect();
        messages.dedup();
        messages.into_iter().map(|message| *CONTRACT.approve(message).unwrap().contents()).collect()
    }
}

/// One process.
struct Sidecar<'a> {
    world: &'a World,
    worker: Worker,
    monitor: ConsentMonitor,
}

impl Sidecar<'_> {
    /// Lets time pass, does what is due when it is due, and tells of each step.
    async fn pass(&mut self, time: Duration, mut done: impl FnMut(Step)) {
        let (read, send) = self.monitor.permits().unwrap();
        let end = self.world.clock.now().plus(time);
        while self.world.clock.now() < end {
            self.worker.maintain(self.world.clock.now());
            match self.worker.next_step(self.world.clock.now()) {
                Step::Wait(wait) => self.world.clock.advance(wait),
                step => {
                    self.worker.perform(step, &read, &send).await;
                    done(step);
                }
            }
        }
    }
}

/// A report as it should arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    start: Hour,
    time: Hour,
    creations: [u64; 5],
    current: ([u64; 4], [u64; 11]),
}

impl From<Contents> for Expected {
    fn from(report: Contents) -> Self {
        Self { start: report.start, time: report.time, creations: creations(&report), current: current(&report) }
    }
}

/// What truly happened, as far as one who reads the document at each complete scrape can know it.
#[derive(Default)]
struct Truth {
    start: Option<Hour>,
    known: HashSet<(usize, String)>,
    creations: [u64; 5],
    current: ([u64; 4], [u64; 11]),
}

/// All objects, each with the position of its kind.
fn objects(installation: &Installation) -> Vec<(usize, String)> {
    let users = installation.users.iter().map(|id| (0, id.clone()));
    let applications = installation.applications.iter().map(|id| (1, id.clone()));
    let services = installation.services.iter().map(|service| {
        let kind = ["detection", "verification", "recognition"].iter().position(|kind| *kind == service.kind);
        (2 + kind.unwrap(), service.id.clone())
    });
    users.chain(applications).chain(services).collect()
}

impl Truth {
    fn scraped(&mut self, installation: &Installation, hour: Hour) {
        let is_baseline = self.start.is_none();
        self.start.get_or_insert(hour);
        let objects = objects(installation);
        let count = |kind| objects.iter().filter(|(other, _)| *other == kind).count() as u64;
        self.current = ([0, 1, 2, 3].map(|kind| rounded(count(kind))), [0; 11]);
        for object in objects {
            let kind = object.0;
            if self.known.insert(object) && !is_baseline {
                self.creations[kind] += 1;
            }
        }
        for faces in installation.services.iter().filter_map(|service| service.faces) {
            self.current.1[CONTRACT.catalog.distributions[FACES.index()].range(faces).index()] += 1;
        }
    }

    fn report(&self, time: Hour) -> Expected {
        Expected { start: self.start.unwrap(), time, creations: self.creations, current: self.current }
    }
}

/// The greatest of 0, 1, 2, 5, 10, 20, 50 and so on that is not above the number.
fn rounded(number: u64) -> u64 {
    let steps = (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    steps.take_while(|step| *step <= number).last().unwrap_or(0)
}

/// Creates, deletes, and creates again under an id that was there before.
fn goes_on(installation: &mut Installation, random: &Seeded, deleted: &mut Vec<String>, next: &mut usize) {
    for _ in 0..random.below(5) {
        *next += 1;
        let id = format!("object-{next}");
        match random.below(8) {
            0 | 1 => installation.users.push(id),
            2 => installation.applications.push(id),
            3 => installation.add_collection(&id, random.pick(&[0, 1, 10, 11, 200, 201, 2001, 1_000_001])),
            4 => installation.add_service(&id, random.pick(&["detection", "verification"])),
            5 if !installation.users.is_empty() => {
                deleted.push(installation.users.swap_remove(random.below(installation.users.len())));
            }
            6 if !installation.services.is_empty() => {
                drop(installation.services.swap_remove(random.below(installation.services.len())));
            }
            _ => installation.users.extend(deleted.pop()),
        }
    }
}

#[tokio::test]
async fn reports_of_twelve_days_have_the_true_numbers() {
    for seed in [3, 7, 12] {
        let world = World::start().await;
        let random = Seeded::new(seed);
        let (mut truth, mut expected, mut deleted, mut next) = (Truth::default(), Vec::new(), Vec::new(), 0);
        world.peers.server.change(|installation| {
            installation.users = (0..7).map(|user| format!("user-{user}")).collect();
            installation.applications.push("door".to_owned());
            installation.add_collection("gate", 51);
            // The same id in another kind is another object.
            installation.add_service("gate", "detection");
        });
        for day in 0..12 {
            // On every fourth day the document cannot be read, on every fifth no report can be delivered; between any two
            // days the process starts again.
            match day % 4 {
                2 => world.peers.server.answer("HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n"),
                3 if day % 3 == 0 => world.peers.server.answer_body(r#"{"inventory":1,"users":["user-0"]}"#),
                _ => world.peers.server.behave(),
            }
            world.endpoint.always(if day % 5 == 4 { Answer::status(503) } else { Answer::ok() });
            let mut last_report = world.stored().and_then(|stored| stored.last_report).map(|last| last.report);
            let mut sidecar = world.sidecar();
            let step = |step| {
                let (now, stored) = (world.clock.now(), world.stored().unwrap());
                if matches!(step, Step::Scrape { .. }) && stored.last_scrape_at == Some(now) {
                    world.peers.server.change(|installation| truth.scraped(installation, now.hour()));
                    let report = stored.last_report.map(|last| last.report);
                    if report != last_report {
                        last_report = report;
                        expected.push(truth.report(now.hour()));
                    }
                    world.peers.server.change(|installation| goes_on(installation, &random, &mut deleted, &mut next));
                }
            };
            sidecar.pass(DAY, step).await;
        }
        world.endpoint.always(Answer::ok());
        world.peers.server.answer("");
        world.sidecar().pass(DAY, |_| {}).await;
        let arrived: Vec<_> = world.arrived().into_iter().map(Expected::from).collect();
        assert_eq!(arrived, expected, "seed {seed}");
        assert!((6..=12).contains(&arrived.len()), "{} reports", arrived.len());
        assert!(arrived.last().unwrap().creations.iter().all(|created| *created > 0), "seed {seed}: {arrived:?}");
    }
}

/// A document with one problem changes nothing, and is no zero.
#[tokio::test]
async fn document_with_a_problem_makes_no_report() {
    let world = World::start().await;
    world.peers.server.change(|installation| installation.users.push("a".to_owned()));
    world.sidecar().pass(DAY, |_| {}).await;
    let (reports, before) = (world.arrived().len(), world.stored().unwrap());
    assert_eq!(reports, 1);
    for document in [
        r#"{"inventory":1,"users":["a","b","b"],"applications":[],"services":[]}"#,
        r#"{"inventory":1,"users":[],"applications":[]}"#,
        r#"{"inventory":2,"users":[],"applications":[],"services":[]}"#,
    ] {
        world.peers.server.answer_body(document);
        world.sidecar().pass(DAY, |_| {}).await;
        assert_eq!(world.arrived().len(), reports, "{document}");
        assert_eq!(world.stored().unwrap().last_scrape_at, before.last_scrape_at, "{document}");
    }
    world.peers.server.answer_body(r#"{"inventory":1,"users":[],"applications":[],"services":[]}"#);
    world.sidecar().pass(DAY, |_| {}).await;
    let last = Expected::from(*world.arrived().last().unwrap());
    assert_eq!((last.creations, last.current), ([0; 5], ([0; 4], [0; 11])), "empty lists are a statement");
}
