//! What must not grow while a process goes on: its memory, its open files, its threads, its store.

use std::fs;
use std::path::Path;

use crate::process;
use crate::table::{Figure, Limit};

/// One look, or the middle of some.
#[derive(Clone, Copy)]
pub struct Sample {
    resident_kib: u64,
    /// What is no file's.
    anonymous_kib: u64,
    descriptors: u64,
    threads: u64,
    store_bytes: u64,
}

type Field = fn(&Sample) -> u64;

/// What is looked at, its unit, and how much more of it is no growth.
const WATCHED: [(&str, &str, Field, f64); 5] = [
    ("resident memory", "KiB", |sample| sample.resident_kib, 256.0),
    ("memory that is no file's", "KiB", |sample| sample.anonymous_kib, 128.0),
    ("open file descriptors", "", |sample| sample.descriptors, 0.0),
    ("threads", "", |sample| sample.threads, 0.0),
    // What was deleted leaves room in pages of 4 KiB, and the log is cut back now and then.
    ("store with its log", "KiB", |sample| sample.store_bytes / 1024, 64.0),
];

/// The first line of the tables.
pub const HEAD: &str = "resident KiB  no file's KiB  descriptors  threads  store KiB";

impl Sample {
    /// A process and the directory of its store, now.
    pub fn of(pid: u32, store: &Path) -> Self {
        let files = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().metadata().map_or(0, |file| file.len()));
        Self {
            resident_kib: process::memory_kib(pid, "VmRSS").unwrap(),
            anonymous_kib: process::memory_kib(pid, "RssAnon").unwrap(),
            descriptors: process::descriptors(pid) as u64,
            threads: process::threads(pid) as u64,
            store_bytes: files.sum(),
        }
    }

    /// The middle, of each field by itself.
    pub fn middle(samples: &[Self]) -> Self {
        let of = |field: Field| {
            let mut numbers: Vec<_> = samples.iter().map(field).collect();
            numbers.sort_unstable();
            numbers[numbers.len() / 2]
        };
        Self {
            resident_kib: of(|sample| sample.resident_kib),
            anonymous_kib: of(|sample| sample.anonymous_kib),
            descriptors: of(|sample| sample.descriptors),
            threads: of(|sample| sample.threads),
            store_bytes: of(|sample| sample.store_bytes),
        }
    }

    /// As the tables have it.
    pub fn line(&self) -> String {
        let Self { resident_kib, anonymous_kib, descriptors, threads, store_bytes } = self;
        let store_kib = store_bytes / 1024;
        format!("{resident_kib:12}  {anonymous_kib:13}  {descriptors:11}  {threads:7}  {store_kib:9}")
    }
}

/// How much more there is later than earlier.
pub fn figures(name: &str, earlier: &Sample, later: &Sample) -> Vec<Figure> {
    let figures = WATCHED.iter().map(|(what, unit, field, most)| {
        let (earlier, later) = (field(earlier) as f64, field(later) as f64);
        Figure::new(format!("{name}: {what} (first {earlier})"), unit, [later - earlier], Limit::AtMost(*most))
    });
    figures.collect()
}
