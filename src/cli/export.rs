//! `headcount export`: writes pending reports as lines of OTLP/JSON, for air-gapped hosts.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data, error, hint, note};
use super::render;
use crate::agent::stored::{MODIFIED, verify_stored};
use crate::contract::ApprovedReport;
use crate::store::{AuditOutcome, PendingReport, Reason, Store, StoreError};

/// Writes pending reports to `file` (`-` is standard output); `take` marks them as delivered once they are on the disk.
///
/// # Errors
/// The exit status.
pub fn export(app: &App, file: &Path, take: bool) -> Ended {
    let opened = app.open_store(if take { Store::open_to_write } else { Store::open_to_read });
    let Some(store) = opened.or_exit(Exit::Store)? else {
        note("no pending reports (no store)");
        return Ok(());
    };
    let waiting = store.read(|snapshot| snapshot.pending()).or_exit(Exit::Store)?;
    let verify = |waiting: &PendingReport| verify_stored(app.contract(), &waiting.body, waiting.sha256);
    let looked_at: Vec<_> = waiting.into_iter().map(|waiting| (verify(&waiting), waiting)).collect();
    let lines = lines(looked_at.iter().filter_map(|(approved, _)| approved.as_ref().ok())).or_exit(Exit::Unexpected)?;
    write(file, lines.as_bytes(), take)?;
    if take {
        settle(app, &store, &looked_at).or_exit(Exit::Store)?;
    }
    conclude(&looked_at, take)
}

/// A report, and whether it is the one that was made.
type LookedAt = (Result<ApprovedReport, String>, PendingReport);

fn conclude(looked_at: &[LookedAt], take: bool) -> Ended {
    let refused: Vec<_> =
        looked_at.iter().filter_map(|(approved, waiting)| Some((waiting, approved.as_ref().err()?))).collect();
    for (waiting, refusal) in &refused {
        error(&format!("report {} not exported: {refusal}", waiting.report));
    }
    let written = looked_at.len() - refused.len();
    note(&format!("{written} exported{}", if take { " and marked as delivered" } else { "" }));
    if refused.is_empty() { Ok(()) } else { Err(Exit::Gate) }
}

fn lines<'a>(reports: impl Iterator<Item = &'a ApprovedReport>) -> serde_json::Result<String> {
    reports.map(render::report::json_line).collect()
}

/// The file is complete on the disk before a report counts as delivered. Reports of an earlier call exist in its file only, which
/// is not overwritten.
fn write(file: &Path, lines: &[u8], take: bool) -> Ended {
    if file == Path::new("-") {
        return data(lines);
    }
    if take && fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() > 0) {
        if lines.is_empty() {
            return Ok(());
        }
        error("file exists and may contain exported reports");
        hint("choose another file");
        return Err(Exit::Unexpected);
    }
    let written = File::create(file).and_then(|mut file| {
        file.write_all(lines)?;
        file.sync_all()
    });
    written.map_err(|cause| {
        error(&format!("cannot write the file: {cause}"));
        Exit::Unexpected
    })
}

fn settle(app: &App, store: &Store, looked_at: &[LookedAt]) -> Result<(), StoreError> {
    let now = app.context.clock.now();
    store.write(|writer| {
        for (approved, waiting) in looked_at {
            let (outcome, reason, recipient) = match approved {
                Ok(_) => (AuditOutcome::Exported, "exported by `headcount export`".into(), Some("export")),
                Err(refusal) => (AuditOutcome::GateRefused, Reason::failure(MODIFIED, refusal), None),
            };
            writer.finish(waiting.report, now, outcome, reason, recipient)?;
        }
        Ok(())
    })
}
