//! What a back end still has after it was stopped, in order or by a kill, at the worst moments: while it writes blocks, with points in
//! its head that came late. Minutes, and no part of the checks of a change:
//!
//!     tests/real/run --ignored --nocapture stopped

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use prost::Message;

use crate::fleet::points::{self, Points};
use crate::fleet::world::{Delivery, World};
use crate::peers::prometheus::Prometheus;
use crate::peers::reports::now;
use crate::support::world::Seeded;

/// Reports in a request.
const TOGETHER: usize = 40;

/// How long a directory may stay as it is until nothing more is expected of it.
const QUIET: Duration = Duration::from_secs(20);

/// What is written before it takes its place: blocks, and checkpoints of the write-ahead log.
fn in_the_making(data: &Path) -> BTreeSet<PathBuf> {
    let entries = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let all = entries(data).chain(entries(&data.join("wal")));
    all.filter(|path| path.to_str().is_some_and(|path| path.contains(".tmp"))).collect()
}

/// Sends the reports in order, and counts those that were acknowledged, until one is not.
fn load(prometheus: &crate::peers::http::Peer, deliveries: &[Delivery], acknowledged: &AtomicUsize) {
    for reports in deliveries.chunks(TOGETHER) {
        let mut request = reports[0].request();
        for report in &reports[1..] {
            request.resource_metrics.append(&mut report.request().resource_metrics);
        }
        let answer = prometheus.post_metrics("/api/v1/otlp/v1/metrics", &request.encode_to_vec());
        if !answer.is_ok_and(|answer| answer.status == 200) {
            return;
        }
        acknowledged.fetch_add(reports.len(), Ordering::Relaxed);
    }
}

/// Waits for the given number of things in the making; gives how many there were, if it becomes quiet before.
fn wait_for_moment(data: &Path, moment: usize, loaded: &AtomicBool) -> usize {
    let (mut seen, mut last) = (BTreeSet::new(), Instant::now());
    while seen.len() < moment && !(loaded.load(Ordering::Relaxed) && last.elapsed() > QUIET) {
        let before = seen.len();
        seen.append(&mut in_the_making(data));
        if seen.len() > before {
            last = Instant::now();
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    seen.len()
}

/// Loads the fleet into a new Prometheus, and does something at a moment; gives how many reports were acknowledged, and how many
/// moments were seen.
fn until(moment: usize, deliveries: &[Delivery], act: impl FnOnce(&mut Prometheus)) -> (Prometheus, usize, usize) {
    let mut prometheus = Prometheus::with(|text| text, |_| "groups: []\n".to_owned());
    let (peer, data) = (prometheus.peer(), prometheus.data());
    let (acknowledged, loaded) = (AtomicUsize::new(0), AtomicBool::new(false));
    let moments = std::thread::scope(|scope| {
        scope.spawn(|| {
            load(&peer, deliveries, &acknowledged);
            loaded.store(true, Ordering::Relaxed);
        });
        let moments = wait_for_moment(&data, moment, &loaded);
        act(&mut prometheus);
        moments
    });
    (prometheus, acknowledged.into_inner(), moments)
}

/// How many points, series and installations are lacking.
fn lacking(expected: &Points, prometheus: &Prometheus) -> (usize, usize, usize) {
    let stored = points::stored(prometheus.range("{job=\"headcount\"}[32d]"));
    let lacking = points::lacking(expected, &stored);
    let guids: BTreeSet<_> = lacking.keys().map(|labels| &labels["install_guid"]).collect();
    (lacking.values().map(Vec::len).sum(), lacking.len(), guids.len())
}

#[test]
#[ignore = "minutes; a measurement"]
fn what_prometheus_has_after_a_stop_while_it_writes_blocks() {
    let deliveries = World::simulate(now(), 150, 30).deliveries();
    let (_, all, moments) = until(usize::MAX, &deliveries, |_| ());
    assert_eq!(all, deliveries.len());
    println!("{all} reports, {moments} moments");
    assert!(moments > 10, "nothing was written");
    let rounds = std::env::var("HEADCOUNT_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    let random = Seeded::new(7);
    for round in 0..rounds {
        for how in ["stopped in order", "killed"] {
            let moment = 1 + usize::try_from(random.next()).unwrap_or(usize::MAX) % moments;
            let (mut prometheus, acknowledged, at) =
                until(
                    moment,
                    &deliveries,
                    |prometheus| {
                        if how == "killed" { prometheus.kill() } else { prometheus.take_down() }
                    },
                );
            prometheus.up();
            let expected = points::of(&deliveries[..acknowledged]);
            let (lost, series, installations) = lacking(&expected, &prometheus);
            // The same reports again, as from a copy.
            load(&prometheus.peer(), &deliveries, &AtomicUsize::new(0));
            let all = points::of(&deliveries);
            let after = lacking(&all, &prometheus).0;
            println!(
                "round {round}: {how} at {at} of {moments}, {acknowledged} reports acknowledged: {lost} of {} points lost \
                 ({series} series, {installations} installations); after all reports were sent again {after} lacking",
                points::count(&expected)
            );
        }
    }
}
