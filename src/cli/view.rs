//! `headcount view`: what is stored as a local web page, served on loopback or written to a file.
//!
//! Needs no permit: it reads the store alone, as `status` and `audit` do. Each page is one moment of the store, which is closed again.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data, error, hint, note, warning};
use super::render::page::{self, Attempt, AttemptBody, Page};
use super::run::shutdown_signal;
use super::status;
use crate::agent::stored::verify_stored;
use crate::contract::Contract;
use crate::error_chain::sentence;
use crate::ops::page::{PageServer, ServedPage};
use crate::store::{AuditEntry, AuditLine, AuditOutcome, Snapshot, Store, StoreError};

/// Writes the page to a file (`-` is standard output).
///
/// # Errors
/// The exit status.
pub async fn write(app: App, file: &Path) -> Ended {
    let html = page::document(&read(&app).or_exit(Exit::Store)?);
    if file == Path::new("-") {
        return data(html.as_bytes());
    }
    fs::write(file, html).map_err(|cause| {
        error(&format!("cannot write the file: {cause}"));
        Exit::Unexpected
    })
}

/// Serves the page until SIGTERM or SIGINT. An address that other hosts can reach must be allowed.
///
/// # Errors
/// The exit status.
pub async fn serve(app: App, address: SocketAddr, is_allowed: bool) -> Ended {
    if !address.ip().is_loopback() {
        if !is_allowed {
            error("the address to listen on is not a loopback address");
            hint("use 127.0.0.1, or allow other hosts with `--allow-other-hosts`");
            return Err(Exit::Settings);
        }
        warning("other hosts can read the page; it has no password and no encryption");
    }
    // A store that cannot be read is an error at once, and not only in the browser.
    read(&app).or_exit(Exit::Store)?;
    let server = PageServer::listen(address).await.map_err(|cause| {
        error(&format!("cannot listen on {address}: {cause}"));
        hint("choose another port with `--listen`");
        Exit::Unexpected
    })?;
    let shutdown = shutdown_signal()?;
    note(&format!("page is served at http://{}/; press Ctrl-C to stop", server.address()));
    let app = Arc::new(app);
    let make = move || match read(&app) {
        Ok(page) => Ok(ServedPage { html: page::document(&page), policy: page::served_policy() }),
        Err(error) => Err(format!("error: {}\n", sentence(&error))),
    };
    tokio::select! {
        biased;
        () = shutdown => {}
        () = server.serve(make) => {}
    }
    Ok(())
}

/// Reads all that the page shows.
fn read(app: &App) -> Result<Page, StoreError> {
    let store = app.open_store(Store::open_to_read)?;
    let (stored, pending, attempts) = match &store {
        None => Default::default(),
        Some(store) => store.read(|snapshot| {
            let stored = status::read(snapshot, store.file_created())?;
            Ok((stored, snapshot.pending()?, attempts(snapshot, app.contract())?))
        })?,
    };
    Ok(Page {
        made_at: app.context.clock.now(),
        service: app.definition.title,
        contract: app.contract(),
        status: status::report(app, stored),
        pending,
        attempts,
    })
}

/// Every line of the audit log, the newest first. The last line of a report has its content.
fn attempts(snapshot: &Snapshot<'_>, contract: &'static Contract) -> Result<Vec<Attempt>, StoreError> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut shown = std::collections::BTreeMap::new();
    for line in snapshot.audit(0, None)?.into_iter().rev() {
        let body = match line.report.map(|report| (report, shown.get(&report))) {
            None => AttemptBody::Nothing,
            Some((_, Some(later))) => AttemptBody::With(*later),
            Some((report, None)) => {
                shown.insert(report, line.seq);
                snapshot.audit_entry(line.seq)?.map_or(AttemptBody::Nothing, |entry| body(&entry, contract))
            }
        };
        attempts.push(Attempt { line, body });
    }
    Ok(attempts)
}

/// What is stored of an entry's report.
fn body(AuditEntry { line, body }: &AuditEntry, contract: &'static Contract) -> AttemptBody {
    let AuditLine { outcome, sha256, .. } = line;
    match (body, sha256) {
        (None, _) | (_, None) => AttemptBody::Nothing,
        // What was blocked is not what was made, also where it is a report.
        (Some(_), Some(_)) if *outcome == AuditOutcome::GateRefused => AttemptBody::Modified,
        (Some(body), Some(sha256)) => {
            let verified = verify_stored(contract, body, *sha256).map(Box::new);
            verified.map_or(AttemptBody::Modified, AttemptBody::Report)
        }
    }
}
