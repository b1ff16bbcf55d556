//! The inventory document, from a server and from a file, well and badly made.

mod answers;
mod contract;
mod counting;
mod documents;
mod example;
mod memory;
mod personal;
mod schema;

use std::path::Path;
use std::process::Output;

use headcount::contract::Contents;
use headcount::source::inventory::{CONTRACT, kinds};
use tempfile::TempDir;

use crate::program::{Program, told};
use crate::support::inventory::DocumentServer;

/// A server, and a directory for the store and files.
pub(crate) struct Peers {
    pub(crate) server: DocumentServer,
    directory: TempDir,
}

impl Peers {
    pub(crate) fn start() -> Self {
        Self { server: DocumentServer::start(), directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// A call that reads the server's document.
    pub(crate) fn call(&self, arguments: &[&str]) -> Program {
        call(arguments, &self.server.url(), &self.path("state"))
    }

    /// A call that reads a file with this document.
    fn call_with_file(&self, arguments: &[&str], document: impl AsRef<[u8]>) -> Program {
        let file = self.path("inventory.json");
        std::fs::write(&file, document).unwrap();
        call(arguments, &format!("file:{}", file.display()), &self.path("state"))
    }
}

fn call(arguments: &[&str], url: &str, state: &Path) -> Program {
    Program::new(arguments).env("HEADCOUNT_SERVICE", "inventory").env("HEADCOUNT_INVENTORY_URL", url).state(state)
}

/// The numbers of what `preview --format binary` would send.
fn previewed(output: Output) -> Contents {
    assert_eq!(output.status.code(), Some(0), "{}", told(&output).2);
    *CONTRACT.approve(output.stdout.into()).unwrap().contents()
}

/// The five creations of a report.
fn creations(report: &Contents) -> [u64; 5] {
    kinds::ALL.map(|kind| report.totals.creations[kind])
}

/// Users, applications, detection and verification services, rounded down; then the eleven ranges of collections.
fn current(report: &Contents) -> ([u64; 4], [u64; 11]) {
    let values: Vec<_> = report.numbers().map(|(_, value)| value).collect();
    (std::array::from_fn(|index| values[5 + index]), std::array::from_fn(|index| values[9 + index]))
}
