//! `headcount preview`: scrapes now and prints exactly what a report would carry. Sends nothing, changes no row, works while
//! off.

use std::sync::Arc;

use super::app::App;
use super::exit::Exit;
use super::output::{data, fail, warning};
use super::render;
use super::run::unless_interrupted;
use crate::agent::absence::{self, Before};
use crate::agent::{off_period, reporting, scrape};
use crate::cli::PreviewFormat;
use crate::consent::ExplicitCommand;
use crate::contract::ApprovedReport;
use crate::error_chain::sentence;
use crate::model::{Catalog, IdKey, InstallGuid};
use crate::report::draft::{Basis, draft};
use crate::store::{Installation, Snapshot, Staging, Store, StoreError};

/// Prints what a report would carry.
pub async fn preview(app: App, format: PreviewFormat) -> Exit {
    if !app.configuration.errors.is_empty() {
        return app.refuse();
    }
    let store = match app.open_store(Store::open_to_read) {
        Ok(store) => store,
        Err(error) => return fail(Exit::Store, &error),
    };
    let key = match scrape::fresh_key(&app.context) {
        Ok(key) => key,
        Err(error) => return fail(Exit::Unexpected, &error),
    };
    let (staging, installation, before) = match stage(&app.contract().catalog, key, store.as_ref()) {
        Ok(staged) => staged,
        Err(error) => return fail(Exit::Store, &error),
    };
    let Some(mut service) = app.service() else { return app.refuse() };
    let permit = ExplicitCommand::Preview.read_permit();
    let report = Some(app.context.clock.now().day());
    let observed = scrape::observe(service.as_mut(), &permit, report, &staging);
    let observed = unless_interrupted("reading the service", observed).await;
    service.sign_out().await;
    let emptied = match observed {
        Ok(Ok(emptied)) => emptied,
        Ok(Err(error)) => return fail(Exit::Source, &error),
        Err(exit) => return exit,
    };
    if let Err(error) = absence::judge(emptied, &before, app.context.clock.now(), None).outcome {
        return fail(Exit::Source, &error);
    }
    let basis = match basis(&app, &installation, &staging) {
        Ok(basis) => basis,
        Err(error) => return fail(Exit::Store, &error),
    };
    let draft = match draft(&basis) {
        Ok(draft) => draft,
        Err(reason) => {
            // What would be in a report is still worth seeing, so it is shown for the hour that would have been free.
            warning(&format!("a report would be skipped now: {}", sentence(&reason)));
            match draft_regardless(&basis) {
                Some(draft) => draft,
                None => return Exit::Unexpected,
            }
        }
    };
    match reporting::approved(app.contract(), &draft, InstallGuid::PLACEHOLDER) {
        Ok(approved) => print(&approved, format),
        Err(refusal) => fail(Exit::Gate, &refusal),
    }
}

/// A staging for the scrape, and what is stored: the installation, and what a scrape is judged by.
fn stage(
    catalog: &'static Catalog,
    key: IdKey,
    store: Option<&Store>,
) -> Result<(Arc<Staging>, Installation, Before), StoreError> {
    Ok(match store {
        Some(store) => {
            let read = |snapshot: &Snapshot<'_>| Ok((snapshot.installation()?, Before::read(snapshot)?));
            let (installation, before) = store.read(read)?;
            (Arc::new(store.staging_for_preview(catalog, key)?.for_report()), installation, before)
        }
        None => {
            (Arc::new(Staging::without_store(catalog, key)?.for_report()), Installation::default(), Before::default())
        }
    })
}

/// The basis as it would be after this scrape.
fn basis(app: &App, installation: &Installation, staging: &Staging) -> Result<Basis, StoreError> {
    let now = app.context.clock.now();
    let totals = staging.totals(off_period::counting(installation, now, true))?;
    let mut installation = *installation;
    installation.last_scrape_at = Some(now);
    installation.start = installation.start.or(Some(now.hour()));
    Ok(reporting::basis(&installation, app.configuration.install_guid, totals))
}

fn draft_regardless(basis: &Basis) -> Option<crate::report::draft::Draft> {
    let scraped_at = basis.scraped_at?;
    let start = basis.start?.min(scraped_at.hour());
    draft(&Basis { last_report: None, start: Some(start), ..*basis }).ok()
}

fn print(approved: &ApprovedReport, format: PreviewFormat) -> Exit {
    match format {
        PreviewFormat::Text => data(render::report::text(approved).as_bytes()),
        PreviewFormat::Json => match render::report::json_pretty(approved) {
            Ok(json) => data(json.as_bytes()),
            Err(error) => fail(Exit::Unexpected, &error),
        },
        PreviewFormat::Binary => data(approved.bytes()),
    }
}
