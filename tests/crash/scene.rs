//! One installation in a world of its own: a service and an endpoint on loopback, a state directory in memory, a disk and a
//! clock that do as they are told, and beside it the truth.

mod past;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::{Hour, Timestamp};
use headcount::config::Transport;
use headcount::model::{Kind, PerKind, Totals};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES, kinds};
use headcount::store::{Installation, PendingReport, Snapshot, Store, StoreError};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

pub(crate) use past::Past;

use crate::faults::Faults;
use crate::program::Program;
use crate::support::compreface::{EMAIL, Model, PASSWORD, Simulated};
use crate::support::endpoint::Endpoint;
use crate::truth::Truth;

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct Scene {
    pub(crate) service: Simulated,
    pub(crate) endpoint: Endpoint,
    pub(crate) faults: Faults,
    pub(crate) truth: Truth,
    /// How many processes were killed, each with a session open at most.
    pub(crate) kills: usize,
    /// What was found written down after a fault.
    pub(crate) written: Vec<Bytes>,
    /// How far an act with more than one part has come.
    pub(crate) stage: u8,
    arrived_before: Vec<Bytes>,
    day: u32,
    directory: TempDir,
    // Last: the peers end before what drives them.
    _runtime: Runtime,
}

impl Scene {
    /// A new installation, on the day before its first.
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) =
            runtime.block_on(async { (Simulated::start().await, Endpoint::plain(Transport::HttpProtobuf).await) });
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let faults = Faults::none(directory.path().join("faults"), &directory.path().join("state"));
        fs::create_dir(directory.path().join("consent")).unwrap();
        let scene = Self {
            service,
            endpoint,
            faults,
            truth: Truth::default(),
            kills: 0,
            written: Vec::new(),
            stage: 0,
            arrived_before: Vec::new(),
            day: 0,
            directory,
            _runtime: runtime,
        };
        // Instead of the demonstration's, which does not count.
        scene.service.change(|model| {
            model.applications.clear();
            some_application(model, 1);
        });
        scene.consent("granted");
        scene.set_clock();
        scene
    }

    /// The state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// The directory that the state directory is in.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where a file is that the faults do not reach.
    pub(crate) fn file(&self, name: &str) -> String {
        self.path().join(name).to_str().unwrap().to_owned()
    }

    /// Every file of the state directory, by name.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(self.state()).into_iter().flatten().map(|file| {
            let file = file.unwrap();
            (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())
        });
        let mut files: Vec<_> = files.collect();
        files.sort();
        files
    }

    fn consent_file(&self) -> PathBuf {
        self.directory.path().join("consent/consent")
    }

    /// Swaps the consent file for one that says this. The loop of a running sidecar goes round once more.
    pub(crate) fn consent(&self, text: &str) {
        let new = self.directory.path().join("consent/new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.consent_file()).unwrap();
    }

    /// Makes the loop of a sidecar go round, a little later by the wall clock, but not in another hour.
    pub(crate) fn stir(&self) {
        let later = self.now().plus(Duration::from_secs(10));
        if later.unix_seconds().rem_euclid(3600) < 50 * 60 {
            self.faults.set_clock(later);
        }
        let text = fs::read_to_string(self.consent_file()).unwrap();
        self.consent(&text);
    }

    /// A call between the faults.
    pub(crate) fn call(&self, arguments: &[&str]) -> Program {
        self.faults.around(self.call_without_faults(arguments))
    }

    /// A call that the faults do not reach, with the system's clock.
    pub(crate) fn call_without_faults(&self, arguments: &[&str]) -> Program {
        Program::new(arguments)
            .env("HEADCOUNT_COMPREFACE_URL", self.service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", self.endpoint.settings().url.to_string())
            .env("HEADCOUNT_CONSENT_FILE", self.consent_file().to_str().unwrap())
            .state(&self.state())
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        self.faults.now()
    }

    /// Ten past ten of the day, so that nothing here comes near the end of an hour.
    pub(crate) fn set_clock(&self) {
        let first: Timestamp = "2026-01-01T10:10:00Z".parse().unwrap();
        self.faults.set_clock(first.plus(DAY * self.day));
    }

    /// Days without a call and without anything that happens.
    pub(crate) fn days_pass(&mut self, days: u32) {
        self.day += days;
        self.set_clock();
    }

    /// The next day at ten; in the night things came into being and went.
    pub(crate) fn next_day(&mut self) {
        self.day += 1;
        self.set_clock();
        let born = self.now().minus(DAY / 2).hour();
        let day = self.day as usize;
        let (mut users, mut services) = (1 + day % 3, Vec::new());
        self.service.change(|model| {
            for _ in 0..users {
                model.add_user();
            }
            if day.is_multiple_of(2) {
                services = some_application(model, day as u64);
            }
            // Older than a day, so that every complete scrape of the last one has seen it.
            if day >= 3 {
                let old = model.users[1].id;
                model.remove_user(old);
            }
            if day.is_multiple_of(4) {
                let old = model.applications[0].id;
                model.remove_application(old);
            }
        });
        for kind in services {
            self.truth.born(kind, born);
        }
        while users > 0 {
            self.truth.born(kinds::USER, born);
            users -= 1;
        }
    }

    /// Somebody comes into being at this moment.
    pub(crate) fn somebody_is_born(&mut self) {
        self.service.change(Model::add_user);
        // With a clock that was set back, who comes now still comes after the last report.
        let now = self.now().hour();
        let last = self.hours_arrived().last().copied().filter(|last| *last > now);
        self.truth.born(kinds::USER, last.map_or(now, |last| Hour::from_unix_hours(last.unix_hours() + 1)));
    }

    /// Every report that arrived, as often as it did.
    pub(crate) fn arrived(&self) -> Vec<Bytes> {
        let new = self.endpoint.requests().into_iter().map(|request| request.message);
        self.arrived_before.iter().cloned().chain(new).collect()
    }

    /// An installation begins today.
    pub(crate) fn begins(&mut self) {
        self.truth.beginnings.push(self.now().hour());
    }

    /// The report of this hour must arrive, sooner or later.
    pub(crate) fn is_due(&mut self) {
        self.truth.due.insert(self.now().hour());
    }

    /// What has not arrived by now need not arrive any more.
    pub(crate) fn may_expire(&mut self) {
        let arrived = self.hours_arrived();
        self.truth.due.retain(|hour| arrived.contains(hour));
    }

    /// The hours of all reports that arrived.
    pub(crate) fn hours_arrived(&self) -> BTreeSet<Hour> {
        let hour = |bytes| CONTRACT.approve(bytes).map(|approved| approved.contents().time).ok();
        self.arrived().into_iter().filter_map(hour).collect()
    }

    /// Looks into the store from beside; none if it cannot be read now.
    fn look<T>(&self, read: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>) -> Option<T> {
        Store::open_to_read(&self.state()).ok()??.read(read).ok()
    }

    /// What the store says of the installation.
    pub(crate) fn installation(&self) -> Option<Installation> {
        self.look(|snapshot| snapshot.installation())
    }

    /// The reports that wait.
    pub(crate) fn waiting(&self) -> Option<Vec<PendingReport>> {
        self.look(|snapshot| snapshot.pending())
    }

    /// Whether the report of this hour has arrived and nothing waits.
    pub(crate) fn is_delivered(&self) -> bool {
        self.hours_arrived().contains(&self.now().hour()) && self.waiting().is_some_and(|waiting| waiting.is_empty())
    }

    /// The last report that arrived, and what it should have been: the bytes that the truth makes.
    pub(crate) fn last_report(&self) -> (Bytes, Bytes) {
        let arrived = self.arrived();
        let last = arrived.last().expect("nothing arrived").clone();
        let contents = *CONTRACT.approve(last.clone()).unwrap().contents();
        let mut totals = self.service.change(|model| current(model));
        for kind in kinds::ALL {
            totals.creations[kind] = self.truth.creations_between(kind, contents.start, contents.time);
        }
        let right =
            report::encode(&report::build(&CONTRACT, &contents.install_guid, contents.start, contents.time, &totals));
        (last, right)
    }
}

fn some_application(model: &mut Model, day: u64) -> Vec<Kind> {
    let application = model.add_application();
    let services = [kinds::RECOGNITION, kinds::DETECTION, kinds::RECOGNITION];
    for (number, kind) in services.into_iter().enumerate() {
        model.add_service(application, kind, day * 37 * number as u64);
    }
    [&[kinds::APPLICATION][..], &services].concat()
}

fn current(model: &Model) -> Totals {
    // No service receives requests.
    let mut totals = Totals { active: Some(PerKind::default()), ..Totals::default() };
    totals.current[kinds::USER] = model.users.len() as u64;
    totals.current[kinds::APPLICATION] = model.applications.len() as u64;
    for service in model.applications.iter().flat_map(|application| &application.services) {
        totals.current[service.kind] += 1;
        if service.kind == kinds::RECOGNITION {
            totals.buckets.count(&CONTRACT.catalog, FACES, service.faces);
        }
    }
    totals
}
