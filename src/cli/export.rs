//! `headcount export`: writes pending reports as lines of OTLP/JSON, for air-gapped hosts.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::app::App;
use super::exit::Exit;
use super::output::{data, error, fail, note};
use super::render;
use crate::agent::stored::verify_stored;
use crate::contract::ApprovedReport;
use crate::store::{AuditOutcome, PendingReport, Store, StoreError};

/// Writes pending reports to `file` (`-` is standard output); `take` marks them as delivered once they are on the disk.
pub fn export(app: &App, file: &Path, take: bool) -> Exit {
    let store = match app.open_store(if take { Store::open_to_write } else { Store::open_to_read }) {
        Ok(Some(store)) => store,
        Ok(None) => {
            note("no pending reports (no store)");
            return Exit::Done;
        }
        Err(error) => return fail(Exit::Store, &error),
    };
    let waiting = match store.read(|snapshot| snapshot.pending()) {
        Ok(waiting) => waiting,
        Err(error) => return fail(Exit::Store, &error),
    };
    let verify = |waiting: &PendingReport| verify_stored(app.contract(), &waiting.body, waiting.sha256);
    let looked_at: Vec<_> = waiting.into_iter().map(|waiting| (verify(&waiting), waiting)).collect();
    let lines = match lines(looked_at.iter().filter_map(|(approved, _)| approved.as_ref().ok())) {
        Ok(lines) => lines,
        Err(error) => return fail(Exit::Unexpected, &error),
    };
    if let Err(cause) = write(file, lines.as_bytes(), take) {
        error(&format!("cannot write the file: {cause}"));
        return Exit::Unexpected;
    }
    if take && let Err(error) = settle(app, &store, &looked_at) {
        return fail(Exit::Store, &error);
    }
    conclude(&looked_at, take)
}

/// A report, and whether it is the one that was made.
type LookedAt = (Result<ApprovedReport, String>, PendingReport);

fn conclude(looked_at: &[LookedAt], take: bool) -> Exit {
    let refused: Vec<_> =
        looked_at.iter().filter_map(|(approved, waiting)| Some((waiting, approved.as_ref().err()?))).collect();
    for (waiting, refusal) in &refused {
        error(&format!("report {} not exported: {refusal}", waiting.report));
    }
    let written = looked_at.len() - refused.len();
    note(&format!("{written} exported{}", if take { " and marked as delivered" } else { "" }));
    if refused.is_empty() { Exit::Done } else { Exit::Gate }
}

fn lines<'a>(reports: impl Iterator<Item = &'a ApprovedReport>) -> serde_json::Result<String> {
    reports.map(render::report::json_line).collect()
}

/// The file is complete on the disk before a report counts as delivered. Reports of an earlier call exist in its file only, which
/// is not overwritten.
fn write(file: &Path, lines: &[u8], take: bool) -> io::Result<()> {
    if file == Path::new("-") {
        return match data(lines) {
            Exit::Done => Ok(()),
            _ => Err(io::Error::other("standard output was closed")),
        };
    }
    if take && fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() > 0) {
        if lines.is_empty() {
            return Ok(());
        }
        return Err(io::Error::other("file exists and may contain exported reports; choose another file"));
    }
    let mut file = File::create(file)?;
    file.write_all(lines)?;
    file.sync_all()
}

fn settle(app: &App, store: &Store, looked_at: &[LookedAt]) -> Result<(), StoreError> {
    let now = app.context.clock.now();
    store.write(|writer| {
        for (approved, waiting) in looked_at {
            let (outcome, reason, recipient) = match approved {
                Ok(_) => (AuditOutcome::Exported, "exported by `headcount export`", Some("export")),
                Err(refusal) => (AuditOutcome::GateRefused, refusal.as_str(), None),
            };
            writer.finish(waiting.report, now, outcome, reason, recipient)?;
        }
        Ok(())
    })
}
