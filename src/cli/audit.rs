//! `headcount audit`: every attempt to make or send a report, and the report of one of them.

use std::fmt::Write;

use bytes::Bytes;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data, error, hint, note};
use super::render;
use crate::cli::Format;
use crate::store::{AuditEntry, AuditLine, Store};

/// Prints the audit log, or the report of one of its lines.
///
/// # Errors
/// The exit status.
pub fn audit(app: &App, show: Option<u64>, format: Format) -> Ended {
    let Some(store) = app.open_store(Store::open_to_read).or_exit(Exit::Store)? else {
        note("audit log is empty (no store)");
        return Ok(());
    };
    let Some(seq) = show else {
        let lines = store.read(|snapshot| snapshot.audit(0, None)).or_exit(Exit::Store)?;
        return data(list(&lines, format).as_bytes());
    };
    let entry = store.read(|snapshot| snapshot.audit_entry(i64::try_from(seq).unwrap_or(i64::MAX)));
    let Some(entry) = entry.or_exit(Exit::Store)? else {
        error(&format!("audit log has no line {seq}"));
        hint("run `headcount audit` to list all lines");
        return Err(Exit::Unexpected);
    };
    show_entry(app, &entry, format)
}

fn list(lines: &[AuditLine], format: Format) -> String {
    let mut out = String::new();
    for line in lines {
        match format {
            Format::Text => out.push_str(&text_line(line)),
            Format::Json => out.push_str(&json_line(line)),
        }
    }
    out
}

fn text_line(line: &AuditLine) -> String {
    let mut out = format!("{:>5}  {}  {:<18}", line.seq, line.at, line.outcome.name());
    let report = line.report.map(|report| format!("report {report}")).unwrap_or_default();
    let hash = line.sha256_hex().map(|hash| format!("sha256 {}…", &hash[..12])).unwrap_or_default();
    let code = line.code.as_deref().unwrap_or_default();
    let _ = writeln!(out, "  {report:<10}  {hash:<20}  {code:<20}  {}", line.reason);
    out
}

fn json_line(line: &AuditLine) -> String {
    serde_json::to_string(line).map(|json| json + "\n").unwrap_or_default()
}

fn show_entry(app: &App, entry: &AuditEntry, format: Format) -> Ended {
    let Some(body) = &entry.body else {
        note("no report for this line: none was created, or it was deleted");
        return data(list(std::slice::from_ref(&entry.line), format).as_bytes());
    };
    // Bytes that were modified in the file are reported, not shown.
    let approved = app.contract().approve_stored(&Bytes::copy_from_slice(body)).or_exit(Exit::Gate)?;
    match format {
        Format::Text => {
            let hash = entry.line.sha256_hex().unwrap_or_default();
            let head = text_line(&entry.line);
            data(format!("{head}\nsha256 {hash}\n\n{}", render::report::text(&approved)).as_bytes())
        }
        Format::Json => data(render::report::json_line(&approved).or_exit(Exit::Unexpected)?.as_bytes()),
    }
}
