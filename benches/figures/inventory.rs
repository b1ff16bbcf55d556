//! What reading an inventory document costs as it grows: peak memory and CPU time of `once`, from exec to exit, from a server
//! and from a file.

use std::fs::File;
use std::io::BufWriter;
use std::process::Stdio;
use std::time::Duration;

use crate::Options;
use crate::peers::{Peer, Way};
use crate::process;
use crate::program::Program;
use crate::support::inventory::{DocumentServer, write_document};
use crate::table::{Figure, Limit};

const USERS: [u64; 2] = [10, 1_000_000];

/// How often its memory is looked at. The kernel keeps the peak, so that only the last moments could be missed.
const LOOK: Duration = Duration::from_millis(1);

/// Measures each size from a server and from a file.
pub fn measure(options: &Options) -> Vec<Figure> {
    if !options.wants("inventory") {
        return Vec::new();
    }
    let endpoint = Peer::endpoint(Way::Http);
    let server = DocumentServer::start();
    let directory = tempfile::tempdir().unwrap();
    let mut figures = Vec::new();
    for users in USERS {
        server.answer_users(users);
        let file = directory.path().join(format!("{users}.json"));
        write_document(BufWriter::new(File::create(&file).unwrap()), users).unwrap();
        for (from, url) in [("a server", server.url()), ("a file", format!("file:{}", file.display()))] {
            let once = Program::of(&options.binary, &["once"])
                .env("HEADCOUNT_SERVICE", "inventory")
                .env("HEADCOUNT_INVENTORY_URL", url)
                .env("HEADCOUNT_OTLP_ENDPOINT", &endpoint.url);
            let samples: Vec<_> = (0..options.repeat).map(|_| cost(&once)).collect();
            let (peaks, seconds): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
            let name = format!("inventory of {users} users from {from}");
            figures.push(Figure::new(format!("{name}: peak memory of `once`"), "MiB", peaks, Limit::AtMost(10.0)));
            figures.push(Figure::new(format!("{name}: CPU of `once`"), "s", seconds, Limit::None));
        }
    }
    figures
}

/// The peak in MiB and the CPU time in seconds of a first `once`, which makes the baseline.
fn cost(once: &Program) -> (f64, f64) {
    let state = tempfile::tempdir().unwrap();
    let mut command = once.clone().state(state.path()).command();
    let before = process::cpu_seconds_of_children();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = process::peak_kib(child.id(), LOOK);
    assert!(child.wait().unwrap().success(), "{command:?} failed");
    (peak as f64 / 1024.0, process::cpu_seconds_of_children() - before)
}
