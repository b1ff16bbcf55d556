//! `headcount audit`: every attempt to make or send a report, and the report of one of them.

use std::fmt::Write;

use bytes::Bytes;

use super::app::App;
use super::exit::Exit;
use super::output::{data, error, fail, note};
use super::render;
use crate::cli::Format;
use crate::store::{AuditEntry, AuditLine, Store};

/// Prints the audit log, or the report of one of its lines.
pub fn audit(app: &App, show: Option<u64>, format: Format) -> Exit {
    let store = match app.open_store(Store::open_to_read) {
        Ok(Some(store)) => store,
        Ok(None) => {
            note("audit log is empty (no store)");
            return Exit::Done;
        }
        Err(error) => return fail(Exit::Store, &error),
    };
    match show {
        Some(seq) => match store.read(|snapshot| snapshot.audit_entry(i64::try_from(seq).unwrap_or(i64::MAX))) {
            Ok(Some(entry)) => show_entry(app, &entry, format),
            Ok(None) => {
                error(&format!("audit log has no line {seq}; run `headcount audit` to list all lines"));
                Exit::Unexpected
            }
            Err(error) => fail(Exit::Store, &error),
        },
        None => match store.read(|snapshot| snapshot.audit(0, None)) {
            Ok(lines) => data(list(&lines, format).as_bytes()),
            Err(error) => fail(Exit::Store, &error),
        },
    }
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
    let _ = writeln!(out, "  {report:<10}  {hash:<20}  {}", line.reason);
    out
}

fn json_line(line: &AuditLine) -> String {
    serde_json::to_string(line).map(|json| json + "\n").unwrap_or_default()
}

fn show_entry(app: &App, entry: &AuditEntry, format: Format) -> Exit {
    let Some(body) = &entry.body else {
        note("no report for this line: none was created, or it was deleted");
        return data(list(std::slice::from_ref(&entry.line), format).as_bytes());
    };
    // Bytes that were modified in the file are reported, not shown.
    match app.contract().approve_stored(&Bytes::copy_from_slice(body)) {
        Ok(approved) => match format {
            Format::Text => {
                let hash = entry.line.sha256_hex().unwrap_or_default();
                let head = text_line(&entry.line);
                data(format!("{head}\nsha256 {hash}\n\n{}", render::report::text(&approved)).as_bytes())
            }
            Format::Json => match render::report::json_line(&approved) {
                Ok(json) => data(json.as_bytes()),
                Err(error) => fail(Exit::Unexpected, &error),
            },
        },
        Err(refusal) => fail(Exit::Gate, &refusal),
    }
}
