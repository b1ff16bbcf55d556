//! What headcount costs: the size of the program, its memory, its CPU time and its wake-ups, beside what they should be. Invariant 9.
//!
//! Run it with `cargo bench --bench figures`. It builds the release binary first: the one that cargo hands to a benchmark has
//! the features of the tests' dependencies too. The service that is read and the endpoint are processes of their own, so
//! that nothing of theirs is counted. After `--`:
//!
//! - `--idle` also counts the wake-ups of 130 s at rest.
//! - `--scale` measures, instead of all else, how the cost grows with the installation, beside the least that it can be;
//!   `--plot FILE` also writes it as an SVG.
//! - `--soak MINUTES` measures, instead of all else, whether anything grows at the shortest intervals.
//! - `--repeat N` measures everything N times (3).
//! - `--binary PATH` measures another binary.
//! - a word measures the figures alone whose names hold it.
//!
//! It ends with an error if something could not be measured, if a soak saw something grow, and if
//! the scale is past its limit.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark prints, waits, and ends when something fails"
)]

mod bare;
mod cost;
mod growth;
mod idle;
mod passage;
mod peers;
mod plot;
#[allow(dead_code, reason = "the comparison with peers uses the rest")]
mod process;
mod release;
mod scale;
mod services;
mod soak;
mod start;
mod table;

#[path = "../../tests/support/program.rs"]
mod program;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::process::ExitCode;

use table::{Figure, Limit};

/// How many times the bare transfer and parse of the same bytes a scrape may cost.
const SCALE_LIMIT: f64 = 3.0;

/// What was asked for.
struct Options {
    binary: PathBuf,
    repeat: usize,
    with_idle: bool,
    soak_minutes: Option<usize>,
    with_scale: bool,
    plot: Option<PathBuf>,
    words: Vec<String>,
}

fn main() -> ExitCode {
    if peers::is_peer() || bare::is_reader() {
        return ExitCode::SUCCESS;
    }
    let options = Options::read();
    println!("{}", options.binary.display());
    if options.with_scale {
        return measure_scale(&options);
    }
    let mut figures = Vec::new();
    let all: &[fn(&Options) -> Vec<Figure>] = &[
        size,
        cost::report,
        start::healthy,
        cost::small,
        cost::cycle,
        passage::measure,
        services::measure,
        idle::measure,
    ];
    let is_soak = options.soak_minutes.is_some();
    let measures = if is_soak { &[soak::measure as fn(&_) -> _] } else { all };
    for figure in measures.iter().flat_map(|measure| measure(&options)) {
        println!("{figure}");
        figures.push(figure);
    }
    println!("\n{}", table::markdown(&figures));
    if is_soak && !figures.iter().all(Figure::is_reached) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Measures the scale; writes the plot if a file was named.
fn measure_scale(options: &Options) -> ExitCode {
    let rows = scale::measure(options);
    if let Some(path) = &options.plot {
        std::fs::write(path, plot::svg(&rows)).unwrap();
    }
    if rows.iter().all(scale::Row::is_within) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            binary: PathBuf::new(),
            repeat: 3,
            with_idle: false,
            soak_minutes: None,
            with_scale: false,
            plot: None,
            words: Vec::new(),
        };
        let mut binary = None;
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // cargo says so to every benchmark.
                "--bench" => {}
                "--idle" => options.with_idle = true,
                "--soak" => options.soak_minutes = Some(arguments.next().unwrap().parse().unwrap()),
                "--scale" => options.with_scale = true,
                "--plot" => options.plot = arguments.next().map(PathBuf::from),
                "--repeat" => options.repeat = arguments.next().unwrap().parse().unwrap(),
                "--binary" => binary = arguments.next().map(PathBuf::from),
                word => options.words.push(word.to_owned()),
            }
        }
        options.binary = binary.unwrap_or_else(release::build);
        options
    }

    /// Whether a figure whose name begins like this is to be measured.
    fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word))
    }
}

fn size(options: &Options) -> Vec<Figure> {
    if !options.wants("size") {
        return Vec::new();
    }
    let bytes = std::fs::metadata(&options.binary).unwrap().len();
    vec![Figure::new("size of the binary, stripped", "MB", [bytes as f64 / 1e6], Limit::AtMost(6.0))]
}
