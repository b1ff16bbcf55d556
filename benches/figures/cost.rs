//! What one scrape of a usual installation costs, and how long a report is.

use std::io::Write;

use headcount::store::Store;

use crate::Options;
use crate::passage::{bring_report_forward, sidecar};
use crate::peers::{Installation, Peer, Way};
use crate::process;
use crate::program::told;
use crate::table::{Figure, Limit};

const USUAL: Installation = Installation { users: 50, applications: 10, services: 1 };
const EMPTY: Installation = Installation { users: 1, applications: 0, services: 0 };

/// One call is short, so there are more of them.
const CALLS: usize = 20;

/// The CPU time of `once`, from exec to exit, where there is nothing to report: start, sign-in, scrape, commit, sign-out.
pub fn small(options: &Options) -> Vec<Figure> {
    if !options.wants("cpu of a scrape") {
        return Vec::new();
    }
    let endpoint = Peer::endpoint(Way::Http);
    let mut figures = Vec::new();
    let limit = Limit::AtMost(15.0);
    for (what, installation, limit) in [
        ("50 users, 10 applications, 30 services", USUAL, limit),
        ("1 user (its start, for the most part)", EMPTY, Limit::None),
    ] {
        let service = Peer::service(installation);
        let directory = tempfile::tempdir().unwrap();
        let once = sidecar(options, &service, &endpoint, Way::Http, directory.path()).with_arguments(&["once"]);
        let call = || assert_eq!(told(&once.output()).0, Some(0), "{:?}", told(&once.output()));
        // The first one makes the baseline and reports it.
        call();
        let samples = (0..CALLS).map(|_| {
            let before = process::cpu_seconds_of_children();
            call();
            (process::cpu_seconds_of_children() - before) * 1000.0
        });
        let samples: Vec<_> = samples.collect();
        figures.push(Figure::new(format!("cpu of a scrape: all of `once`, {what}"), "ms", samples, limit));
    }
    figures
}

/// The CPU time of a scrape, the report that rests on it, and its delivery, in `run`: that of a process that does this after its
/// baseline, less that of one that ends there.
pub fn cycle(options: &Options) -> Vec<Figure> {
    let name = "cpu of a cycle of `run`: 50 users, 10 applications, 30 services";
    if !options.wants(name) {
        return Vec::new();
    }
    let (service, endpoint) = (Peer::service(USUAL), Peer::endpoint(Way::Http));
    let used = |is_due: bool| {
        let directory = tempfile::tempdir().unwrap();
        drop(Store::open(&directory.path().join("state")).unwrap());
        if is_due {
            bring_report_forward(directory.path());
        }
        let before = process::cpu_seconds_of_children();
        let mut running = sidecar(options, &service, &endpoint, Way::Http, directory.path()).start();
        running.wait_for(if is_due { "reports delivered" } else { "baseline recorded" });
        running.signal("TERM");
        running.wait();
        (process::cpu_seconds_of_children() - before) * 1000.0
    };
    let samples: Vec<_> = (0..CALLS).map(|_| used(true) - used(false)).collect();
    vec![Figure::new(name, "ms", samples, Limit::AtMost(2.5))]
}

/// The bytes of a report, as `preview` shows them.
pub fn report(options: &Options) -> Vec<Figure> {
    if !options.wants("report") {
        return Vec::new();
    }
    let (service, endpoint) = (Peer::service(USUAL), Peer::endpoint(Way::Http));
    let directory = tempfile::tempdir().unwrap();
    let sidecar = sidecar(options, &service, &endpoint, Way::Http, directory.path());
    let output = sidecar.with_arguments(&["preview", "--format", "binary"]).output();
    assert_eq!(told(&output).0, Some(0), "{:?}", told(&output));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&output.stdout).unwrap();
    let kilobytes = |bytes: usize| [bytes as f64 / 1000.0];
    vec![
        // 150 bytes for each metric of CompreFace's contract.
        Figure::new("report", "kB", kilobytes(output.stdout.len()), Limit::AtMost(3.45)),
        Figure::new("report, with gzip", "kB", kilobytes(encoder.finish().unwrap().len()), Limit::None),
    ]
}
