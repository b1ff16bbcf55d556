//! What reading Frigate and an inventory document costs as they grow: peak memory and CPU time of `run`, from its start through
//! a baseline, a second scrape, a report and its delivery; and peak memory of `check`, which has no store.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::Options;
use crate::passage::{self, sidecar_of};
use crate::peers::{Peer, Variables, Way};
use crate::process;
use crate::support::inventory::write_document;
use crate::table::{Figure, Limit};

/// Faces of the library, of which one person has most, and persons.
const LIBRARIES: [(usize, usize); 2] = [(51, 10), (50_001, 1_500)];

/// Users of the document.
const USERS: [u64; 2] = [10, 1_000_000];

/// How often its memory is looked at. The kernel keeps the peak, so that only the last moments could be missed.
const LOOK: Duration = Duration::from_millis(1);

/// A service with this name that is read with these settings.
struct Read {
    name: String,
    variables: Variables,
}

/// Measures each service at both sizes.
pub fn measure(options: &Options) -> Vec<Figure> {
    let directory = tempfile::tempdir().unwrap();
    let mut figures = Vec::new();
    if options.wants("Frigate") {
        let peers = LIBRARIES.map(|(faces, persons)| Peer::frigate(faces, persons));
        let name = |(faces, persons)| format!("Frigate, {faces} faces of {persons} persons");
        let sizes = [0, 1].map(|at| Read { name: name(LIBRARIES[at]), variables: peers[at].variables() });
        figures.extend(at_both_sizes(options, "Frigate", &sizes));
    }
    if options.wants("inventory") {
        let peers = USERS.map(Peer::document);
        let sizes = [0, 1].map(|at| Read {
            name: format!("inventory of {} users from a server", USERS[at]),
            variables: peers[at].variables(),
        });
        figures.extend(at_both_sizes(options, "inventory from a server", &sizes));
        let sizes = USERS.map(|users| Read {
            name: format!("inventory of {users} users from a file"),
            variables: in_a_file(directory.path(), users),
        });
        figures.extend(at_both_sizes(options, "inventory from a file", &sizes));
    }
    figures
}

/// The settings for a document of so many users in a file.
fn in_a_file(directory: &Path, users: u64) -> Variables {
    let file = directory.join(format!("{users}.json"));
    write_document(BufWriter::new(File::create(&file).unwrap()), users).unwrap();
    vec![("HEADCOUNT_SERVICE", "inventory".to_owned()), ("HEADCOUNT_INVENTORY_URL", format!("file:{}", file.display()))]
}

fn at_both_sizes(options: &Options, service: &str, sizes: &[Read; 2]) -> Vec<Figure> {
    let endpoint = Peer::endpoint(Way::Http);
    let mut figures = Vec::new();
    let mut peaks = Vec::new();
    for Read { name, variables } in sizes {
        let passages: Vec<_> =
            (0..options.repeat).map(|_| passage::pass(options, variables, &endpoint, Way::Http)).collect();
        let peak = Figure::new(
            format!("memory: peak of `run`, {name}"),
            "MiB",
            passages.iter().map(|passage| passage.peak_mib),
            Limit::AtMost(10.0),
        );
        peaks.push(peak.median());
        figures.push(peak);
        for (which, seconds) in [
            ("first", passages.iter().map(|passage| passage.first_seconds).collect::<Vec<_>>()),
            ("again", passages.iter().map(|passage| passage.again_seconds).collect()),
        ] {
            figures.push(Figure::new(format!("cpu: {name}, {which}"), "s", seconds, Limit::None));
        }
        let checks = (0..options.repeat).map(|_| peak_of_check(options, variables));
        figures.push(Figure::new(format!("memory: peak of `check`, {name}"), "MiB", checks, check_limit(name)));
    }
    let apart = (peaks[1] - peaks[0]).abs();
    figures.push(Figure::new(format!("memory: between the two peaks, {service}"), "MiB", [apart], Limit::AtMost(1.0)));
    figures
}

/// A check of a document compares up to 2^20 ids in memory, which has room for 8 MiB of hashes. The container has 16 MiB.
fn check_limit(name: &str) -> Limit {
    Limit::AtMost(if name.starts_with("inventory") { 16.0 } else { 10.0 })
}

/// In MiB.
fn peak_of_check(options: &Options, variables: &Variables) -> f64 {
    let (directory, endpoint) = (tempfile::tempdir().unwrap(), Peer::endpoint(Way::Http));
    let check = sidecar_of(options, variables, &endpoint, Way::Http, directory.path()).with_arguments(&["check"]);
    let mut command = check.command();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let peak = process::peak_kib(child.id(), LOOK);
    assert!(child.wait().unwrap().success(), "{command:?} failed");
    peak as f64 / 1024.0
}
