//! What a scrape of a large installation costs the store: CPU, memory and the longest lock. Run it with
//! `cargo bench --bench store`; another number of ids can be given after `--`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and ends when something fails")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use headcount::clock::Timestamp;
use headcount::model::{IdKey, ScrapeSink};
use headcount::source::compreface::{CONTRACT, kinds};
use headcount::store::{Counting, Purge, Store, StoreError};

/// As large as a source's batches.
const BATCH: u64 = 16_384;

fn main() {
    let ids = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1_000_000);
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    for _ in 0..2 {
        // What the first use of SQLite and of threads takes is no part of what grows.
        scrape(&store, 100, "warm-up");
    }
    store.purge(Purge::KeepReceipts, Timestamp::from_unix_seconds(0), Duration::ZERO).unwrap();
    scrape(&store, ids, "first");
    scrape(&store, ids, "again");
    scrape(&store, ids + ids / 10, "a tenth more");
    preview(&store, ids);
    let before = Instant::now();
    store.purge(Purge::KeepReceipts, Timestamp::from_unix_seconds(0), Duration::ZERO).unwrap();
    println!("forget: {:.3} s", before.elapsed().as_secs_f64());
    let size = |name: &str| std::fs::metadata(directory.path().join(name)).map_or(0, |file| file.len());
    println!("left on disk: database {} bytes, log {} bytes", size("headcount.db"), size("headcount.db-wal"));
}

/// Ids spread as hashes are, in a source's batches.
fn find(staging: &dyn ScrapeSink, ids: u64) -> f64 {
    let mut batch = Vec::with_capacity(usize::try_from(BATCH).unwrap());
    let before = cpu_seconds();
    for first in (0..ids).step_by(usize::try_from(BATCH).unwrap()) {
        batch.extend((first..ids.min(first + BATCH)).map(|id| staging.key().hash(kinds::USER, &id.to_le_bytes())));
        staging.objects(kinds::USER, &mut batch).unwrap();
    }
    cpu_seconds() - before
}

fn scrape(store: &Store, ids: u64, name: &str) {
    let directory = store.directory().to_owned();
    let done = AtomicBool::new(false);
    let memory_before = resident_kib();
    reset_peak();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| longest_lock(&directory, &done));
        let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes([7; 16])).unwrap();
        let staged = find(&staging, ids);
        let before = (cpu_seconds(), Instant::now());
        staging.commit(Timestamp::from_unix_seconds(3600), Counting::Count).unwrap();
        let (merged, wall) = (cpu_seconds() - before.0, before.1.elapsed());
        done.store(true, Ordering::Relaxed);
        let longest = waiting.join().unwrap();
        println!(
            "{name}: {ids} ids; CPU {staged:.2} s to stage, {merged:.2} s to merge ({:.2} s by the clock); \
             longest lock {:.3} s; peak memory +{} KiB (a batch of the source is {} of it)",
            wall.as_secs_f64(),
            longest.as_secs_f64(),
            peak_kib().saturating_sub(memory_before),
            BATCH * 8 / 1024,
        );
    });
}

fn preview(store: &Store, ids: u64) {
    let staging = store.staging_for_preview(&CONTRACT.catalog, IdKey::from_bytes([7; 16])).unwrap();
    let staged = find(&staging, ids);
    let before = cpu_seconds();
    staging.totals(Counting::Count).unwrap();
    println!("preview: CPU {staged:.2} s to stage, {:.2} s to compare", cpu_seconds() - before);
}

/// How long another process' write had to wait, at most. The CPU that it takes is in the figures, too.
fn longest_lock(directory: &std::path::Path, done: &AtomicBool) -> Duration {
    let beside = Store::open_to_write(directory).unwrap().unwrap();
    let mut longest = Duration::ZERO;
    while !done.load(Ordering::Relaxed) {
        let before = Instant::now();
        beside.write(|_| Ok::<_, StoreError>(())).unwrap();
        longest = longest.max(before.elapsed());
        std::thread::park_timeout(Duration::from_millis(5));
    }
    longest
}

/// The CPU time of all threads, user and system.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in hundredths of a second.
    [11, 12].iter().map(|field| after_name[*field].parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn resident_kib() -> u64 {
    status_kib("VmRSS:")
}

fn peak_kib() -> u64 {
    status_kib("VmHWM:")
}

fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
