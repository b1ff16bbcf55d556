//! The sidecar at its shortest intervals for a while: a scrape a minute, a report an hour, the self-metrics every second.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Options;
use crate::growth::{self, Sample};
use crate::passage::{bring_report_forward, sidecar};
use crate::peers::{Installation, Peer, Way};
use crate::process;
use crate::program::Running;
use crate::table::{Figure, Limit};

/// Between two looks at the process. A scrape takes a fraction of it, so most looks are between two scrapes.
const LOOK: Duration = Duration::from_secs(5);

const LOOKS_A_MINUTE: u32 = 12;

/// Until every path was taken a few times, memory may grow: pages of the program are read, and caches are filled.
const WARMING_UP: usize = 5;

/// Fewer minutes than these are no soak: there would be nothing to compare.
const SHORTEST: usize = WARMING_UP + 2;

pub fn measure(options: &Options) -> Vec<Figure> {
    let Some(minutes) = options.soak_minutes else { return Vec::new() };
    assert!(minutes >= SHORTEST, "{minutes} minutes are no soak: {SHORTEST} at least");
    let service = Peer::service(Installation { users: 1000, applications: 10, services: 1 });
    let way = Way::GrpcTlsAndSelfMetrics;
    let endpoint = Peer::endpoint(way);
    let directory = tempfile::tempdir().unwrap();
    bring_report_forward(directory.path());
    let mut running = sidecar(options, &service, &endpoint, way, directory.path())
        .env("HEADCOUNT_SCRAPE_INTERVAL", "1m")
        .env("HEADCOUNT_REPORT_INTERVAL", "1h")
        .start();
    running.wait_for("reports delivered");
    let before = process::cpu_seconds(running.pid());
    println!("minute  {}", growth::HEAD);
    let samples: Vec<_> = (1..=minutes)
        .map(|minute| {
            let sample = minute_of(&mut running, &directory.path().join("state"));
            println!("{minute:6}  {}", sample.line());
            sample
        })
        .collect();
    let used = (process::cpu_seconds(running.pid()) - before) / minutes as f64;
    let warm = &samples[WARMING_UP..];
    let (earlier, later) = warm.split_at(warm.len() / 2);
    let name = format!("soak of {minutes} minutes, more in the second half");
    let mut figures = growth::figures(&name, &Sample::middle(earlier), &Sample::middle(later));
    figures.push(Figure::new(
        "soak: CPU time of a minute, self-metrics every second included",
        "s",
        [used],
        Limit::None,
    ));
    figures
}

/// The middle of a minute's looks.
fn minute_of(running: &mut Running, store: &Path) -> Sample {
    let begun = Instant::now();
    let looks = (1..=LOOKS_A_MINUTE).map(|look| {
        std::thread::sleep((LOOK * look).saturating_sub(begun.elapsed()));
        assert!(running.is_running(), "it ended; the log:\n{}", running.log());
        Sample::of(running.pid(), store)
    });
    Sample::middle(&looks.collect::<Vec<_>>())
}
