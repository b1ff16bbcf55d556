//! Years of scrapes and daily reports at the default intervals, on a clock that is stepped from one thing that is due to the
//! next: neither memory nor open files nor the store may grow.
//!
//! Run it with `cargo bench --bench years`; another number of years than two can be given after `--`. The
//! sidecar's worker runs in this process, so that what it allocates can be counted to the byte; what it reads and where it
//! reports are processes of their own. It ends with an error if something grew, or a report is missing.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, waits, and ends when something fails"
)]

#[path = "../figures/growth.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod growth;
#[path = "../figures/peers.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod peers;
#[path = "../figures/process.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod process;
#[path = "../figures/table.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod table;

#[path = "../../tests/support/mod.rs"]
mod support;

use std::alloc::System;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use headcount::agent::{Step, Worker};
use headcount::cli::app::App;
use headcount::clock::Clock as _;
use headcount::config::{Environment, Flags};
use headcount::source::SERVICES;
use headcount::store::Store;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use growth::Sample;
use peers::{Installation, Peer, Way};
use support::compreface::{EMAIL, PASSWORD};
use support::world::{self, SteppedClock};
use table::{Figure, Limit};

/// Counts what is allocated. SQLite's own memory is not in it, but in the process's.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many arenas glibc's allocator may have.
const ARENAS: &str = "MALLOC_ARENA_MAX";

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is called a month here.
const DAYS: u64 = 30;

/// Until then the audit and the outbox have not been full: what is old is deleted after thirty days.
const FIRST_MONTH: usize = 3;

/// A buffer may be larger by chance; one leaked byte for each scrape would be 16 kB.
const SLACK_BYTES: f64 = 4096.0;

/// Threads for blocking work end soon when they have nothing to do. Years pass too quickly for the usual ten seconds.
const IDLE: Duration = Duration::from_millis(5);

const PATIENCE: Duration = Duration::from_secs(60);

/// The end of a month, at rest.
struct Month {
    sample: Sample,
    heap_bytes: f64,
}

fn main() -> ExitCode {
    if peers::is_peer() {
        return ExitCode::SUCCESS;
    }
    if std::env::var_os(ARENAS).is_none() {
        return with_one_arena();
    }
    let years = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(2);
    assert!(years > 0, "no year is no measure");
    let figures = measure(years);
    println!();
    for figure in &figures {
        println!("{figure}");
    }
    println!("\n{}", table::markdown(&figures));
    if figures.iter().all(Figure::is_reached) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The same program again. Where each thread has an arena of its own, as glibc has it, memory depends on how many threads
/// chance to run at once; in one arena, memory that grows is memory that is kept.
fn with_one_arena() -> ExitCode {
    let mut again = Command::new(std::env::current_exe().unwrap());
    let status = again.args(std::env::args().skip(1)).env(ARENAS, "1").status().unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(years: u64) -> Vec<Figure> {
    let service = Peer::service(Installation { users: 50, applications: 10, services: 1 });
    let endpoint = Peer::endpoint(Way::Http);
    // Thousands of transactions wait for the disk most of their time, unless there is a file system in memory.
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let clock = SteppedClock::at("2026-01-01T09:20:30Z");
    let environment = environment(&service, &endpoint, directory.path());
    let app = App::load(&Flags::default(), &environment, world::context(clock.clone(), 11), &SERVICES);
    assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().thread_keep_alive(IDLE).build().unwrap();
    let months = runtime.block_on(pass(&app, &clock, directory.path(), years * 365 / DAYS));
    let (earlier, later) = (&months[FIRST_MONTH - 1], &months[months.len() - 1]);
    let name = format!("{years} years, more in month {} than in month {FIRST_MONTH}", months.len());
    let mut figures = growth::figures(&name, &earlier.sample, &later.sample);
    let heap = later.heap_bytes - earlier.heap_bytes;
    let first = earlier.heap_bytes;
    figures.push(Figure::new(
        format!("{name}: allocated bytes (first {first})"),
        "",
        [heap],
        Limit::AtMost(SLACK_BYTES),
    ));
    let store = Store::open_to_read(directory.path()).unwrap().unwrap();
    let receipts = store.read(|snapshot| snapshot.receipts()).unwrap();
    let reports: u64 = receipts.iter().map(|receipt| receipt.reports).sum();
    // The first one is due on the second day.
    let missing = (months.len() as u64 * DAYS - 1).saturating_sub(reports);
    figures.push(Figure::new(
        format!("{years} years: days without a report"),
        "",
        [missing as f64],
        Limit::AtMost(0.0),
    ));
    figures
}

/// Lets the months pass.
async fn pass(app: &App, clock: &SteppedClock, directory: &Path, months: u64) -> Vec<Month> {
    let monitor = app.monitor();
    let (read, send) = monitor.permits().unwrap();
    let mut worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
    worker.open_store().unwrap();
    println!("month  {}  allocated bytes", growth::HEAD);
    let mut samples = Vec::with_capacity(usize::try_from(months).unwrap());
    for month in 1..=months {
        let end = clock.now().plus(DAY * u32::try_from(DAYS).unwrap());
        while clock.now() < end {
            worker.maintain(clock.now());
            match worker.next_step(clock.now()) {
                Step::Wait(wait) => clock.advance(wait.min(end.since(clock.now())).max(Duration::from_secs(1))),
                step => worker.perform(step, &read, &send).await,
            }
        }
        rest().await;
        let sample = Sample::of(std::process::id(), directory);
        let heap_bytes = heap_bytes();
        println!("{month:5}  {}  {heap_bytes:15}", sample.line());
        samples.push(Month { sample, heap_bytes });
    }
    worker.sign_out().await;
    samples
}

/// Waits until the threads for blocking work and the connections have ended, as they do between two scrapes.
async fn rest() {
    let begun = Instant::now();
    while process::threads(std::process::id()) > 1 {
        assert!(begun.elapsed() < PATIENCE, "its threads do not end");
        tokio::time::sleep(IDLE).await;
    }
}

fn heap_bytes() -> f64 {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
}

fn environment(service: &Peer, endpoint: &Peer, directory: &Path) -> Environment {
    let variables = [
        ("HEADCOUNT_COMPREFACE_URL", service.url.as_str()),
        ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL),
        ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD),
        ("HEADCOUNT_OTLP_ENDPOINT", &endpoint.url),
        ("HEADCOUNT_STATE_DIR", directory.to_str().unwrap()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Environment::from(BTreeMap::from(variables))
}
