//! The whole flow in one process: the real worker and agent between a simulated service and a scripted endpoint, both behind
//! pipes in memory, while days pass on tokio's paused time.
//!
//! What arrived is decoded from the bytes that arrived, and compared with a plain model of what truly happened.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headcount::agent::{Step, Worker};
use headcount::cli::app::App;
use headcount::clock::{Clock, Hour, Timestamp};
use headcount::config::{Environment, Flags, Transport};
use headcount::consent::ConsentMonitor;
use headcount::context::Context;
use headcount::contract::Contents;
use headcount::file_watcher::SystemWatcher;
use headcount::model::{InstallGuid, Kind};
use headcount::net::Dialer;
use headcount::source::SERVICES;
use headcount::source::compreface::{CONTRACT, kinds};
use headcount::store::{AuditLine, AuditOutcome, Installation, Snapshot, Store, StoreError};
use http::Uri;
use tempfile::TempDir;
use tower_service::Service as _;
use uuid::Uuid;

use crate::support::compreface::{EMAIL, Model, PASSWORD, Simulated};
use crate::support::endpoint::{Endpoint, HOST};
use crate::support::world::{FlowingClock, Seeded};

mod active;
mod clocks;
mod counting;
mod deliveries;
mod parity;
mod restarts;
mod schedule;
mod silence;
mod trouble;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// A service, an endpoint, a state directory, and a clock that goes with tokio's.
struct World {
    service: Simulated,
    endpoint: Endpoint,
    directory: TempDir,
    clock: Arc<FlowingClock>,
    randomness: Arc<Seeded>,
    variables: BTreeMap<String, String>,
}

impl World {
    fn new() -> Self {
        Self::at("2026-01-01T09:20:30Z")
    }

    fn at(time: &str) -> Self {
        let directory = fast_directory();
        let service = Simulated::in_memory();
        let variables = [
            ("HEADCOUNT_COMPREFACE_URL", service.url()),
            ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL.to_owned()),
            ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD.to_owned()),
            ("HEADCOUNT_OTLP_ENDPOINT", format!("http://{HOST}")),
            ("HEADCOUNT_OTLP_INSECURE", "true".to_owned()),
            ("HEADCOUNT_STATE_DIR", directory.path().to_str().unwrap().to_owned()),
        ];
        Self {
            service,
            endpoint: Endpoint::in_memory(Transport::HttpProtobuf),
            directory,
            clock: FlowingClock::at(time),
            randomness: Seeded::new(11),
            variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
        }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The program's own settings, from an environment as an operator would write it.
    fn app(&self) -> App {
        let environment = Environment::from(self.variables.clone());
        let app = App::load(&Flags::default(), &environment, self.context(), &SERVICES);
        assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
        app
    }

    fn context(&self) -> Context {
        Context {
            clock: self.clock.clone(),
            dialer: self.dialer(),
            random: self.randomness.clone(),
            file_watcher: Arc::new(SystemWatcher),
        }
    }

    fn dialer(&self) -> Dialer {
        let (service, endpoint) = (self.service.dialer(), self.endpoint.dialer());
        Dialer::new(move |uri: Uri| {
            let mut dialer = if uri.host() == Some(HOST) { endpoint.clone() } else { service.clone() };
            dialer.call(uri)
        })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A worker as a process that starts has it.
    fn start(&self) -> Sidecar<'_> {
        let app = self.app();
        let mut worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        worker.open_store().unwrap();
        Sidecar { world: self, worker, monitor: app.monitor() }
    }

    /// Looks into the store from beside.
    fn look<T>(&self, read: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>) -> T {
        Store::open_to_read(self.path()).unwrap().expect("there is no store").read(read).unwrap()
    }

    fn installation(&self) -> Installation {
        self.look(|snapshot| snapshot.installation())
    }

    fn installation_if_any(&self) -> Option<Installation> {
        Store::open_to_read(self.path()).unwrap().map(|store| store.read(|snapshot| snapshot.installation()).unwrap())
    }

    fn next_report(&self) -> Timestamp {
        self.installation().next_report_at.expect("no report is planned")
    }

    fn waiting(&self) -> u64 {
        self.look(|snapshot| snapshot.outbox_summary()).depth
    }

    fn audit(&self) -> Vec<AuditLine> {
        self.look(|snapshot| snapshot.audit(0, None))
    }

    fn outcomes(&self) -> Vec<AuditOutcome> {
        self.audit().iter().map(|line| line.outcome).collect()
    }

    fn count(&self, outcome: AuditOutcome) -> usize {
        self.outcomes().into_iter().filter(|other| *other == outcome).count()
    }

    /// What arrived, decoded by the gate; the same bytes twice in a row are one report.
    fn arrived(&self) -> Vec<Contents> {
        let mut messages: Vec<_> = self.endpoint.requests().into_iter().map(|request| request.message).collect();
        messages.dedup();
        messages.into_iter().map(|message| *CONTRACT.approve(message).unwrap().contents()).collect()
    }

    /// The only report that arrived, however often.
    fn only_report(&self) -> Contents {
        let arrived = self.arrived();
        assert_eq!(arrived.len(), 1, "not one report");
        arrived[0]
    }
}

/// Days of scrapes wait for the disk most of their time, unless there is a file system in memory.
fn fast_directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The five creations of a report.
fn creations(report: &Contents) -> [u64; 5] {
    kinds::ALL.map(|kind| report.totals.creations[kind])
}

/// One process: a worker that is driven step by step.
struct Sidecar<'a> {
    world: &'a World,
    worker: Worker,
    monitor: ConsentMonitor,
}

impl Sidecar<'_> {
    fn next_step(&mut self) -> Step {
        let now = self.world.now();
        self.worker.maintain(now);
        self.worker.next_step(now)
    }

    async fn perform(&mut self, step: Step) {
        let (read, send) = self.monitor.permits().unwrap();
        self.worker.perform(step, &read, &send).await;
    }

    /// Lets time pass and does what is due when it is due; tells of each step that was done.
    async fn pass_with(&mut self, time: Duration, mut done: impl FnMut(&World, Step)) {
        let end = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < end {
            match self.next_step() {
                Step::Wait(wait) => tokio::time::sleep_until(end.min(tokio::time::Instant::now() + wait)).await,
                step => {
                    self.perform(step).await;
                    done(self.world, step);
                }
            }
        }
    }

    async fn pass(&mut self, time: Duration) {
        self.pass_with(time, |_, _| {}).await;
    }

    /// Passes the time until the next report is due, and makes it.
    async fn pass_report(&mut self) {
        self.pass(self.world.next_report().since(self.world.now()) + MINUTE).await;
    }

    /// Makes the baseline.
    async fn begin(&mut self) {
        self.pass(MINUTE).await;
        assert!(self.world.installation().baseline_at.is_some());
    }
}

/// A report as it should arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    start: Hour,
    time: Hour,
    creations: [u64; 5],
    current: [u64; 4],
    collections: [u64; 11],
    active: [u64; 3],
}

impl From<Contents> for Expected {
    fn from(contents: Contents) -> Self {
        let values: Vec<_> = contents.numbers().map(|(_, value)| value).collect();
        Self {
            start: contents.start,
            time: contents.time,
            creations: std::array::from_fn(|index| values[index]),
            current: std::array::from_fn(|index| values[5 + index]),
            collections: std::array::from_fn(|index| values[9 + index]),
            active: std::array::from_fn(|index| values[20 + index]),
        }
    }
}

/// What truly happened, as far as one who looks at the service at each complete scrape can know it.
#[derive(Default)]
struct Truth {
    start: Option<Hour>,
    known: HashSet<(Kind, Uuid)>,
    creations: [u64; 5],
    current: [u64; 4],
    collections: [u64; 11],
    active: [u64; 3],
}

impl Truth {
    /// A complete scrape looked at the service as it is now.
    fn scraped(&mut self, model: &Model, hour: Hour) {
        let there = objects(model);
        let is_baseline = self.start.is_none();
        self.start.get_or_insert(hour);
        for object in &there {
            if self.known.insert(*object) && !is_baseline {
                self.creations[object.0.index()] += 1;
            }
        }
        let count = |kind| there.iter().filter(|(other, _)| *other == kind).count();
        let rounded_kinds = [kinds::USER, kinds::APPLICATION, kinds::DETECTION, kinds::VERIFICATION];
        self.current = rounded_kinds.map(|kind| rounded(count(kind) as u64));
        self.active = model.active(hour.start().day()).map(rounded);
        self.collections = [0; 11];
        let own = model.applications.iter().filter(|application| application.id != crate::support::compreface::DEMO);
        for service in own.flat_map(|application| &application.services).filter(|each| each.kind == kinds::RECOGNITION)
        {
            self.collections[range(service.faces)] += 1;
        }
    }

    fn report(&self, time: Hour) -> Expected {
        let Self { start, creations, current, collections, active, .. } = *self;
        Expected { start: start.unwrap(), time, creations, current, collections, active }
    }
}

/// Everything that counts: the demo objects do not.
fn objects(model: &Model) -> HashSet<(Kind, Uuid)> {
    let own = model.applications.iter().filter(|application| application.id != crate::support::compreface::DEMO);
    let users = model.users.iter().map(|user| (kinds::USER, user.id));
    let services = own.clone().flat_map(|application| &application.services).map(|service| (service.kind, service.id));
    users.chain(own.clone().map(|application| (kinds::APPLICATION, application.id))).chain(services).collect()
}

/// The greatest of 0, 1, 2, 5, 10, 20, 50 and so on that is not above the number.
fn rounded(number: u64) -> u64 {
    let steps = (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    steps.take_while(|step| *step <= number).last().unwrap_or(0)
}

fn range(faces: u64) -> usize {
    [0, 10, 50, 200, 500, 2000, 10_000, 50_000, 200_000, 1_000_000].iter().take_while(|end| faces > **end).count()
}

fn guid(report: &Contents) -> InstallGuid {
    report.install_guid
}
