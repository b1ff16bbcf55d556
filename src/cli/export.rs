//! `headcount export`: for machines with no way out. What waits in the outbox becomes lines of OTLP/JSON.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;

use super::exit::Exit;
use super::output::{data, fail, talk};
use super::render;
use super::setup::Setup;
use crate::contract;
use crate::store::{AuditOutcome, Store, StoreError, Waiting};

/// Writes what waits to `file` (`-` is standard output); `take` counts it as delivered once it is on the disk.
pub(super) fn export(setup: &Setup, file: &Path, take: bool) -> Exit {
    let directory = &setup.configuration.state_dir;
    let opened = if take { Store::open_beside_to_write(directory) } else { Store::open_beside(directory) };
    let store = match opened {
        Ok(Some(store)) => store,
        Ok(None) => {
            talk("there is no store yet, so nothing waits");
            return Exit::Done;
        }
        Err(error) => return fail(Exit::Store, &error),
    };
    let waiting = match store.read(|snapshot| snapshot.waiting()) {
        Ok(waiting) => waiting,
        Err(error) => return fail(Exit::Store, &error),
    };
    let lines = match lines(&waiting) {
        Ok(lines) => lines,
        Err(refusal) => return fail(Exit::Gate, refusal.as_ref()),
    };
    if let Err(error) = write(file, lines.as_bytes()) {
        talk(&format!("could not write to {}: {error}", file.display()));
        return Exit::Unexpected;
    }
    if take && let Err(error) = settle(setup, &store, &waiting) {
        return fail(Exit::Store, &error);
    }
    talk(&format!("{} written{}", waiting.len(), if take { " and taken from the outbox" } else { "" }));
    Exit::Done
}

fn lines(waiting: &[Waiting]) -> Result<String, Box<dyn std::error::Error>> {
    let mut lines = String::new();
    for report in waiting {
        let approved = contract::approve(Bytes::copy_from_slice(&report.body))?;
        lines.push_str(&render::report::json_line(&approved)?);
    }
    Ok(lines)
}

/// The file is complete on the disk before anything counts as delivered.
fn write(file: &Path, lines: &[u8]) -> io::Result<()> {
    if file == Path::new("-") {
        return match data(lines) {
            Exit::Done => Ok(()),
            _ => Err(io::Error::other("standard output was closed")),
        };
    }
    let mut file = File::create(file)?;
    file.write_all(lines)?;
    file.sync_all()
}

fn settle(setup: &Setup, store: &Store, waiting: &[Waiting]) -> Result<(), StoreError> {
    let now = setup.surroundings.clock.now();
    store.write(|writer| {
        for waiting in waiting {
            writer.settled(
                waiting.report,
                now,
                AuditOutcome::Exported,
                "taken by `headcount export`",
                Some("export"),
            )?;
        }
        Ok(())
    })
}
