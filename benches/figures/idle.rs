//! The sidecar at rest, between two scrapes: its threads, its memory, and how often it wakes up.

use std::time::Duration;

use crate::Options;
use crate::passage::{bring_report_forward, sidecar};
use crate::peers::{Installation, Peer, Way};
use crate::process;
use crate::table::{Figure, Limit};

/// Threads for blocking work end when they had nothing to do for ten seconds.
const SETTLING: Duration = Duration::from_secs(15);

/// Twice the minute's look, and a little.
const WATCHED: Duration = Duration::from_secs(130);

/// 130 s hold three looks at the clock, at most.
const LOOKS: f64 = 3.0;

pub fn measure(options: &Options) -> Vec<Figure> {
    if !options.wants("rest") {
        return Vec::new();
    }
    let service = Peer::service(Installation { users: 50, applications: 10, services: 1 });
    let endpoint = Peer::endpoint(Way::HttpTls);
    let directory = tempfile::tempdir().unwrap();
    bring_report_forward(directory.path());
    let mut running = sidecar(options, &service, &endpoint, Way::HttpTls, directory.path()).start();
    running.wait_for("reports delivered");
    std::thread::sleep(SETTLING);
    let pid = running.pid();
    let mib = |field| process::memory_kib(pid, field).unwrap() as f64 / 1024.0;
    let mut figures = vec![
        Figure::new("rest: threads", "", [process::threads(pid) as f64], Limit::None),
        Figure::new("rest: memory", "MiB", [mib("VmRSS")], Limit::None),
        Figure::new("rest: memory that is no file's", "MiB", [mib("RssAnon")], Limit::None),
    ];
    if options.with_idle {
        let (woken, used) = (process::wake_ups(pid), process::cpu_seconds(pid));
        std::thread::sleep(WATCHED);
        let woken = (process::wake_ups(pid) - woken) as f64;
        let used = (process::cpu_seconds(pid) - used) * 1000.0;
        figures.push(Figure::new(
            "rest: wake-ups in 130 s, which hold two or three looks at the clock",
            "",
            [woken],
            Limit::AtMost(LOOKS),
        ));
        figures.push(Figure::new("rest: CPU time in 130 s", "ms", [used], Limit::None));
    }
    figures
}
