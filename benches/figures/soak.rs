//! The sidecar at its shortest intervals for a while: a scrape a minute, a report an hour, the self-metrics every second.
//! Its memory, its threads, its open files and its store must not grow.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Options;
use crate::passage::{bring_report_forward, sidecar};
use crate::peers::{Installation, Peer, Way};
use crate::process;
use crate::program::Running;
use crate::table::{Figure, Limit};

/// Between two looks at the process. A scrape takes a fraction of it, so most looks are between two scrapes.
const LOOK: Duration = Duration::from_secs(5);

const LOOKS_A_MINUTE: usize = 12;

/// Until every path was taken a few times, memory may grow: pages of the program are read, and caches are filled.
const WARMING_UP: usize = 5;

/// Fewer minutes than these are no soak: there would be nothing to compare.
const SHORTEST: usize = WARMING_UP + 2;

/// One look, or the middle of a minute's looks.
#[derive(Clone, Copy)]
struct Sample {
    resident_kib: u64,
    /// What is no file's.
    anonymous_kib: u64,
    descriptors: u64,
    threads: u64,
    store_bytes: u64,
}

type Field = fn(&Sample) -> u64;

/// What was looked at, its unit, and how much of it may come in half of the time that was watched.
const WATCHED: [(&str, &str, Field, f64); 5] = [
    ("resident memory", "KiB", |sample| sample.resident_kib, 256.0),
    ("memory that is no file's", "KiB", |sample| sample.anonymous_kib, 128.0),
    ("open file descriptors", "", |sample| sample.descriptors, 0.0),
    ("threads", "", |sample| sample.threads, 0.0),
    // A report and its audit are some kilobytes in pages of 4 KiB, and the clock's hour may turn twice.
    ("store with its log", "KiB", |sample| sample.store_bytes / 1024, 64.0),
];

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
        .env("HEADCOUNT_LOG_LEVEL", "debug")
        .start();
    running.wait_for("delivered");
    println!("minute  resident KiB  no file's KiB  descriptors  threads  store KiB");
    let samples: Vec<_> = (1..=minutes)
        .map(|minute| {
            let sample = minute_of(&mut running, &directory.path().join("state"));
            let Sample { resident_kib, anonymous_kib, descriptors, threads, store_bytes } = sample;
            let store = store_bytes / 1024;
            println!("{minute:6}  {resident_kib:12}  {anonymous_kib:13}  {descriptors:11}  {threads:7}  {store:9}");
            sample
        })
        .collect();
    let scrapes = running.log().matches("scrape").count();
    let used = process::cpu_seconds(running.pid()) / minutes as f64;
    let mut figures = growth(&samples, minutes);
    figures.push(Figure::new(
        "soak: CPU time of a minute, self-metrics every second included",
        "s",
        [used],
        Limit::None,
    ));
    figures.push(Figure::new("soak: lines of the log that tell of scrapes", "", [scrapes as f64], Limit::None));
    figures
}

/// The middle of a minute's looks, each by itself.
fn minute_of(running: &mut Running, store: &Path) -> Sample {
    let begun = Instant::now();
    let looks: Vec<_> = (1..=LOOKS_A_MINUTE)
        .map(|look| {
            let due = LOOK * u32::try_from(look).unwrap();
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
            assert!(running.is_running(), "it ended; the log:\n{}", running.log());
            look_at(running.pid(), store)
        })
        .collect();
    let middle = |field: Field| median(looks.iter().map(field));
    Sample {
        resident_kib: middle(WATCHED[0].2),
        anonymous_kib: middle(WATCHED[1].2),
        descriptors: middle(WATCHED[2].2),
        threads: middle(WATCHED[3].2),
        store_bytes: middle(|sample| sample.store_bytes),
    }
}

fn look_at(pid: u32, store: &Path) -> Sample {
    let files = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().metadata().map_or(0, |file| file.len()));
    Sample {
        resident_kib: process::memory_kib(pid, "VmRSS").unwrap(),
        anonymous_kib: process::memory_kib(pid, "RssAnon").unwrap(),
        descriptors: process::descriptors(pid) as u64,
        threads: process::threads(pid) as u64,
        store_bytes: files.sum(),
    }
}

/// How much more there was in the second half of the minutes after the warm-up than in the first, by their medians.
fn growth(samples: &[Sample], minutes: usize) -> Vec<Figure> {
    let warm = &samples[WARMING_UP..];
    let (earlier, later) = warm.split_at(warm.len() / 2);
    let figures = WATCHED.iter().map(|(what, unit, field, most)| {
        let middle = |half: &[Sample]| median(half.iter().map(field)) as f64;
        let name =
            format!("soak of {minutes} minutes: {what}, more in the second half (there were {})", middle(earlier));
        Figure::new(name, unit, [middle(later) - middle(earlier)], Limit::AtMost(*most))
    });
    figures.collect()
}

fn median(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}
