//! One installation in a world of its own: a service and an endpoint on loopback, a state directory in memory, a disk and a
//! clock that do as they are told, and beside it the truth.

mod installed;
mod past;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::{Hour, Timestamp};
use headcount::config::Transport;
use headcount::model::Kind;
use headcount::report;
use headcount::store::{Installation, PendingReport, Snapshot, Store, StoreError};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

pub(crate) use installed::{Installed, ServiceKind};
pub(crate) use past::Past;

use crate::faults::Faults;
use crate::program::Program;
use crate::support::endpoint::Endpoint;
use crate::truth::Truth;

/// The kind of those who may use a service, with every service.
const USER: Kind = Kind::ALL[0];

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct Scene {
    kind: ServiceKind,
    pub(crate) service: Installed,
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
    /// How long after ten past ten it is.
    later: Duration,
    directory: TempDir,
    // Last: the peers end before what drives them.
    _runtime: Runtime,
}

impl Scene {
    /// A new installation, on the day before its first.
    pub(crate) fn new(kind: ServiceKind) -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) = runtime.block_on(async {
            let service = Installed::start(kind, directory.path()).await;
            (service, Endpoint::plain(Transport::HttpProtobuf).await)
        });
        let faults = Faults::none(directory.path().join("faults"), &directory.path().join("state"));
        fs::create_dir(directory.path().join("consent")).unwrap();
        let scene = Self {
            kind,
            truth: Truth::of(service.contract()),
            service,
            endpoint,
            faults,
            kills: 0,
            written: Vec::new(),
            stage: 0,
            arrived_before: Vec::new(),
            day: 0,
            later: Duration::ZERO,
            directory,
            _runtime: runtime,
        };
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
        let program = Program::new(arguments);
        let variables = self.service.variables().into_iter();
        variables
            .fold(program, |program, (name, value)| program.env(name, value))
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
        self.faults.set_clock(first.plus(DAY * self.day + self.later));
    }

    /// Days without a call and without anything that happens.
    pub(crate) fn days_pass(&mut self, days: u32) {
        self.day += days;
        self.set_clock();
    }

    /// The next day at ten; in the night things came into being and went.
    pub(crate) fn next_day(&mut self) {
        self.day += 1;
        self.later = Duration::ZERO;
        self.set_clock();
        let born = self.now().minus(DAY / 2).hour();
        for kind in self.service.night(self.day as usize) {
            self.truth.born(kind, born);
        }
    }

    /// A while later on the same day.
    pub(crate) fn later(&mut self) {
        self.later = Duration::from_secs(300);
        self.set_clock();
    }

    /// Somebody comes into being at this moment.
    pub(crate) fn somebody_is_born(&mut self) {
        self.service.add_user();
        // With a clock that was set back, who comes now still comes after the last report.
        let now = self.now().hour();
        let last = self.hours_arrived().last().copied().filter(|last| *last > now);
        self.truth.born(USER, last.map_or(now, |last| Hour::from_unix_hours(last.unix_hours() + 1)));
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
        let hour = |bytes| self.service.contract().approve(bytes).map(|approved| approved.contents().time).ok();
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
        let contract = self.service.contract();
        let contents = *contract.approve(last.clone()).unwrap().contents();
        let mut totals = self.service.totals();
        for kind in Kind::ALL {
            totals.creations[kind] = self.truth.creations_between(kind, contents.start, contents.time);
        }
        let right =
            report::encode(&report::build(contract, &contents.install_guid, contents.start, contents.time, &totals));
        (last, right)
    }
}
