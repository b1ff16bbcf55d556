//! What a back end still has after it was stopped, in order or by a kill, at the worst moments: while it writes blocks, with points in
//! its memory that came late. It takes an hour, so it runs on request:
//!
//!     tests/real/run --ignored --nocapture after_a_stop
//!
//! `ROUNDS` is how often each engine is stopped, and how often it is killed (10 by default); `INSTALLATIONS` how
//! many report (60 by default).

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use headcount::contract::InstrumentKind;
use prost::Message;

use crate::fleet::points::{self, Points};
use crate::fleet::world::{Delivery, World};
use crate::peers::http::Peer;
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::Queries;
use crate::peers::reports::now;
use crate::peers::victoriametrics::VictoriaMetrics;
use crate::support::world::Seeded;

/// All reports are sent by so many requests.
const REQUESTS: usize = 80;

/// Between two requests, so that reports arrive for more than a minute: Prometheus looks once a minute whether to write blocks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a directory may stay as it is until nothing more is expected of it.
const QUIET: Duration = Duration::from_secs(15);

/// An engine that can be stopped.
trait Engine: Deref<Target = Queries> {
    /// Where it takes OTLP.
    const PATH: &'static str;

    fn start() -> Self;
    fn port(&self) -> u16;
    fn data(&self) -> PathBuf;
    fn take_down(&mut self);
    fn kill(&mut self);
    fn up(&mut self);

    /// Lets queries see what has arrived.
    fn flush(&self) {}

    /// The files and folders whose appearance is a moment to stop at.
    fn moments(data: &Path) -> BTreeSet<PathBuf>;
}

/// What both have by the same names.
macro_rules! control {
    () => {
        fn port(&self) -> u16 {
            self.port
        }

        fn data(&self) -> PathBuf {
            Self::data(self)
        }

        fn take_down(&mut self) {
            Self::take_down(self);
        }

        fn kill(&mut self) {
            Self::kill(self);
        }

        fn up(&mut self) {
            Self::up(self);
        }
    };
}

impl Engine for Prometheus {
    const PATH: &'static str = "/api/v1/otlp/v1/metrics";

    fn start() -> Self {
        Self::with(|text| text, |_| "groups: []\n".to_owned())
    }

    control!();

    /// What is written before it takes its place: blocks, and checkpoints of the write-ahead log.
    fn moments(data: &Path) -> BTreeSet<PathBuf> {
        let all = entries(data).chain(entries(&data.join("wal")));
        all.filter(|path| path.to_str().is_some_and(|path| path.contains(".tmp"))).collect()
    }
}

impl Engine for VictoriaMetrics {
    const PATH: &'static str = "/opentelemetry/v1/metrics";

    fn start() -> Self {
        Self::start()
    }

    control!();

    fn flush(&self) {
        Self::flush(self);
    }

    /// The parts of each month, of points and of the index.
    fn moments(data: &Path) -> BTreeSet<PathBuf> {
        let of = |what: &str| data.join("data").join(what);
        let kinds = [of("small"), of("big"), of("indexdb"), data.join("indexdb")];
        kinds.iter().flat_map(|kind| entries(kind)).flat_map(|month| entries(&month).collect::<Vec<_>>()).collect()
    }
}

fn entries(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Sends the reports in order, and counts those that were acknowledged, until one is not.
fn load(peer: &Peer, path: &str, deliveries: &[Delivery], pause: Duration, acknowledged: &AtomicUsize) {
    let together = deliveries.len().div_ceil(REQUESTS);
    for reports in deliveries.chunks(together) {
        let mut request = reports[0].request();
        for report in &reports[1..] {
            request.resource_metrics.append(&mut report.request().resource_metrics);
        }
        let answer = peer.post_metrics(path, &request.encode_to_vec());
        if !answer.is_ok_and(|answer| answer.status == 200) {
            return;
        }
        acknowledged.fetch_add(reports.len(), Ordering::Relaxed);
        std::thread::sleep(pause);
    }
}

/// Waits for the given number of moments; gives how many there were, if it becomes quiet before.
fn wait_for_moment<E: Engine>(data: &Path, moment: usize, loaded: &AtomicBool) -> usize {
    let (mut seen, mut last) = (BTreeSet::new(), Instant::now());
    while seen.len() < moment && !(loaded.load(Ordering::Relaxed) && last.elapsed() > QUIET) {
        let before = seen.len();
        seen.append(&mut E::moments(data));
        if seen.len() > before {
            last = Instant::now();
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    seen.len()
}

/// Loads the fleet into a new engine, and does something at a moment; gives how many reports were acknowledged, and how many
/// moments were seen.
fn until<E: Engine>(moment: usize, deliveries: &[Delivery], act: impl FnOnce(&mut E)) -> (E, usize, usize) {
    let mut engine = E::start();
    let (peer, data) = (Peer::plain(engine.port()), engine.data());
    let (acknowledged, loaded) = (AtomicUsize::new(0), AtomicBool::new(false));
    let moments = std::thread::scope(|scope| {
        scope.spawn(|| {
            load(&peer, E::PATH, deliveries, PAUSE, &acknowledged);
            loaded.store(true, Ordering::Relaxed);
        });
        let moments = wait_for_moment::<E>(&data, moment, &loaded);
        act(&mut engine);
        moments
    });
    (engine, acknowledged.into_inner(), moments)
}

/// The reports of every fourth installation come after all others.
fn partly_late(mut deliveries: Vec<Delivery>) -> Vec<Delivery> {
    deliveries.sort_by_key(|delivery| delivery.contents.install_guid.to_string().starts_with(['0', '4', '8', 'c']));
    deliveries
}

/// What reports become without a gateway, which would add labels and fold ranges.
fn without_gateway(deliveries: &[Delivery]) -> Points {
    let mut all = Points::new();
    for Delivery { contents, .. } in deliveries {
        for (instrument, value) in contents.numbers() {
            let end = if instrument.kind == InstrumentKind::Sum { "_total" } else { "" };
            let name = format!("{}{end}", instrument.name.replace('.', "_"));
            let labels = [("__name__", name), ("install_guid", contents.install_guid.to_string())];
            let labels = labels.map(|(key, value)| (key.to_owned(), value)).into();
            all.entry(labels).or_default().insert(contents.time.start().unix_seconds(), value);
        }
    }
    all
}

/// How many points are lacking, and of how many installations.
fn lacking(expected: &Points, engine: &impl Engine) -> (usize, usize) {
    engine.flush();
    let lacking = points::lacking(expected, &points::stored(engine.range("{install_guid!=\"\"}[32d]")));
    let guids: BTreeSet<_> = lacking.keys().map(|labels| &labels["install_guid"]).collect();
    (lacking.values().map(Vec::len).sum(), guids.len())
}

fn set(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |number| number.parse().unwrap())
}

/// Stops and kills it at random moments; gives the most points that an orderly stop lost, and that a kill lost.
fn losses<E: Engine>() -> (usize, usize) {
    let deliveries = partly_late(World::simulate(now(), set("INSTALLATIONS", 60), 10).deliveries());
    let all = without_gateway(&deliveries);
    let (engine, acknowledged, moments) = until::<E>(usize::MAX, &deliveries, |_| ());
    assert_eq!(acknowledged, deliveries.len());
    assert_eq!(lacking(&all, &engine), (0, 0), "without a stop");
    drop(engine);
    println!("{acknowledged} reports, {} points, {moments} moments", points::count(&all));
    assert!(moments > 1, "nothing was written");
    let rounds = set("ROUNDS", 10);
    let random = Seeded::new(7);
    let mut most = [0, 0];
    for round in 0..rounds {
        for (most, how) in most.iter_mut().zip(["stopped in order", "killed"]) {
            let moment = 1 + usize::try_from(random.next()).unwrap_or(usize::MAX) % moments;
            let act = if how == "killed" { E::kill } else { E::take_down };
            let (mut engine, acknowledged, at) = until(moment, &deliveries, act);
            engine.up();
            let expected = without_gateway(&deliveries[..acknowledged]);
            let (lost, installations) = lacking(&expected, &engine);
            println!(
                "round {round}: {how} at {at} of {moments}, {acknowledged} reports acknowledged: {lost} of {} points lost \
                 ({installations} installations)",
                points::count(&expected)
            );
            *most = lost.max(*most);
            // The same reports again, as from a gateway's queue.
            load(&Peer::plain(engine.port()), E::PATH, &deliveries, Duration::ZERO, &AtomicUsize::new(0));
            assert_eq!(lacking(&all, &engine), (0, 0), "after all reports were sent again");
        }
    }
    most.into()
}

#[test]
#[ignore = "takes half an hour"]
fn prometheus_has_every_point_after_a_stop_and_after_a_kill() {
    assert_eq!(losses::<Prometheus>(), (0, 0));
}

/// It has no write-ahead log: a kill may lose what arrived since the last write to the disk.
#[test]
#[ignore = "takes half an hour"]
fn victoriametrics_has_every_point_after_a_stop() {
    let (stopped, killed) = losses::<VictoriaMetrics>();
    println!("a kill lost {killed} points at most");
    assert_eq!(stopped, 0);
}
