//! What a scrape costs as the installation grows, beside the least that it can cost: peak memory and CPU time of `once`,
//! from exec to exit, and of [`crate::bare`].

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::bare;
use crate::passage::sidecar;
use crate::peers::{Installation, Peer, Way};
use crate::process;
use crate::{Options, SCALE_LIMIT};

/// With the account that signs in.
pub const USERS: [u64; 4] = [10, 1_000, 100_000, 1_000_000];

/// So many applications, with as many services of each of the three kinds in each: 3, 300 and 10,092 services.
const ROOTS: [usize; 3] = [1, 10, 58];

/// How often its memory is looked at. The kernel keeps the peak, so that only the last moments could be missed.
const LOOK: Duration = Duration::from_millis(1);

/// What a process took.
#[derive(Clone, Copy)]
pub struct Cost {
    pub cpu_seconds: f64,
    pub peak_mib: f64,
}

/// An installation, and what it took to read it.
pub struct Row {
    pub users: u64,
    /// Of all kinds.
    pub services: usize,
    pub headcount: Cost,
    pub bare: Cost,
}

impl Row {
    /// How many times the least.
    fn times(&self) -> [f64; 2] {
        let (ours, least) = (self.headcount, self.bare);
        [ours.cpu_seconds / least.cpu_seconds, ours.peak_mib / least.peak_mib]
    }

    /// Whether it is within the limit.
    pub fn is_within(&self) -> bool {
        self.times().iter().all(|times| *times <= SCALE_LIMIT)
    }
}

/// Measures all of them and prints the table.
pub fn measure(options: &Options) -> Vec<Row> {
    let rows: Vec<_> = ROOTS
        .iter()
        .flat_map(|root| USERS.map(|users| (users, *root)))
        .map(|(users, root)| {
            let row = row(options, users, root);
            println!("{}", line(&row));
            row
        })
        .collect();
    println!("\n{}", markdown(&rows));
    rows
}

fn row(options: &Options, users: u64, root: usize) -> Row {
    let mut service = Peer::service(Installation { users, applications: root, services: root });
    let endpoint = Peer::endpoint(Way::Http);
    let directory = tempfile::tempdir().unwrap();
    let once = sidecar(options, &service, &endpoint, Way::Http, directory.path()).with_arguments(&["once"]);
    let url = service.url.clone();
    let read = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(bare::arguments(&url));
        command
    };
    // The first one makes the baseline and reports it; it may take more memory, and is no usual scrape.
    let first = cost(once.command());
    let requests = service.requests();
    cost(read());
    assert!(requests == service.requests(), "the bare reading makes other requests than headcount");
    let pairs: Vec<_> = (0..options.repeat).map(|_| (cost(once.command()), cost(read()))).collect();
    let (ours, least): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let mut headcount = middle(&ours);
    headcount.peak_mib = headcount.peak_mib.max(first.peak_mib);
    Row { users, services: 3 * root * root, headcount, bare: middle(&least) }
}

/// Runs a process to its end.
fn cost(mut command: Command) -> Cost {
    let before = process::cpu_seconds_of_children();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = process::peak_kib(child.id(), LOOK);
    assert!(child.wait().unwrap().success(), "{command:?} failed");
    Cost { cpu_seconds: process::cpu_seconds_of_children() - before, peak_mib: peak as f64 / 1024.0 }
}

fn middle(costs: &[Cost]) -> Cost {
    let of = |field: fn(&Cost) -> f64| {
        let mut numbers: Vec<_> = costs.iter().map(field).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    Cost { cpu_seconds: of(|cost| cost.cpu_seconds), peak_mib: of(|cost| cost.peak_mib) }
}

fn line(row: &Row) -> String {
    let [cpu, memory] = row.times();
    let (ours, least) = (row.headcount, row.bare);
    let milliseconds = |cost: Cost| cost.cpu_seconds * 1000.0;
    format!(
        "| {} | {} | {:.1} ms | {:.1} ms | {cpu:.1} | {:.1} MiB | {:.1} MiB | {memory:.1} | {} |",
        row.users,
        row.services,
        milliseconds(ours),
        milliseconds(least),
        ours.peak_mib,
        least.peak_mib,
        if row.is_within() { "yes" } else { "NO" }
    )
}

fn markdown(rows: &[Row]) -> String {
    let mut text = format!(
        "| users | services | CPU of `once` | of the bare reading | times | peak memory of `once` | of the \
         bare reading | times | within {SCALE_LIMIT} times |\n|---|---|---|---|---|---|---|---|---|\n"
    );
    for row in rows {
        writeln!(text, "{}", line(row)).unwrap();
    }
    text
}
