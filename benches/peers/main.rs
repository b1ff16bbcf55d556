//! headcount beside what else somebody might use: a Python process with the OpenTelemetry SDK, a Collector that queries the
//! service's database, and a shell loop of curl and jq. What each costs, and what a receiver concludes when things go wrong.
//!
//! Run it with `benches/peers/run`, which makes the other programs first. All of them read the same simulated service (the
//! Collector a PostgreSQL in the shape of the service's) and send to the same scripted endpoint; a real Collector behind it
//! turns sums into deltas, as back ends do. After `--`, a word measures the scenarios alone whose names hold it, and `cost`
//! the costs alone.
//!
//! It ends with an error if something could not be measured, and if headcount got something wrong.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark prints, waits, and ends when something fails"
)]

mod backend;
mod cost;
mod database;
#[path = "../figures/process.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod process;
mod scenarios;
mod sidecar;
mod world;

#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::process::ExitCode;

/// Where everything is that `benches/peers/run` found or made.
struct Options {
    headcount: PathBuf,
    /// The interpreter of the environment that holds the SDK.
    python: PathBuf,
    collector: PathBuf,
    /// Where PostgreSQL's programs are.
    postgresql: PathBuf,
    /// The library that shows a process another time.
    faketime: PathBuf,
    words: Vec<String>,
}

impl Options {
    fn read() -> Self {
        let mut paths = std::collections::BTreeMap::new();
        let mut words = Vec::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--") {
                Some("bench") => {}
                Some(name) => drop(paths.insert(name.to_owned(), PathBuf::from(arguments.next().unwrap()))),
                None => words.push(argument),
            }
        }
        let mut path =
            |name| paths.remove(name).unwrap_or_else(|| panic!("run benches/peers/run; --{name} is missing"));
        Self {
            headcount: path("headcount"),
            python: path("python"),
            collector: path("collector"),
            postgresql: path("postgresql"),
            faketime: path("faketime"),
            words,
        }
    }

    /// Whether what has this name is to be measured.
    fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word))
    }
}

fn main() -> ExitCode {
    let options = Options::read();
    let mut world = world::World::new(&options);
    if options.wants("cost") {
        println!("{}\n", cost::measure(&options, &mut world));
    }
    let (table, is_right) = scenarios::measure(&options, &mut world);
    println!("{table}");
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
