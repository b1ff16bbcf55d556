//! `headcount preview`: scrapes now and prints exactly what a report would carry. Sends nothing, changes no row, works while
//! off.

use std::sync::Arc;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data, warning};
use super::render;
use super::run::unless_interrupted;
use crate::agent::{absence, off_period, reporting, scrape};
use crate::cli::PreviewFormat;
use crate::consent::ExplicitCommand;
use crate::error_chain::sentence;
use crate::model::{Catalog, IdKey, InstallGuid, Totals};
use crate::report::draft::{Basis, draft};
use crate::store::{Installation, Staging, Store, StoreError};

/// Prints what a report would carry.
///
/// # Errors
/// The exit status.
pub async fn preview(app: App, format: PreviewFormat) -> Ended {
    if !app.configuration.errors.is_empty() {
        return Err(app.refuse());
    }
    let store = app.open_store(Store::open_to_read).or_exit(Exit::Store)?;
    let key = scrape::fresh_key(&app.context).or_exit(Exit::Unexpected)?;
    let staged = stage(&app.contract().catalog, key, store.as_ref());
    let (staging, installation, totals) = staged.or_exit(Exit::Store)?;
    let Some(mut service) = app.service() else { return Err(app.refuse()) };
    let permit = ExplicitCommand::Preview.read_permit();
    let report = Some(app.context.clock.now().day());
    let observed = scrape::observe(service.as_mut(), &permit, report, &staging);
    let observed = unless_interrupted("reading the service", observed).await;
    service.sign_out().await;
    let emptied = observed?.or_exit(Exit::Source)?;
    let now = app.context.clock.now();
    absence::judge(emptied, &totals, installation.absence, now, None).outcome.or_exit(Exit::Source)?;
    let basis = basis(&app, &installation, &staging).or_exit(Exit::Store)?;
    let draft = match draft(&basis) {
        Ok(draft) => draft,
        Err(reason) => {
            // What would be in a report is still worth seeing, so it is shown for the hour that would have been free.
            warning(&format!("a report would be skipped now: {}", sentence(&reason)));
            draft_regardless(&basis).ok_or(Exit::Unexpected)?
        }
    };
    let approved = reporting::approved(app.contract(), &draft, InstallGuid::PLACEHOLDER).or_exit(Exit::Gate)?;
    match format {
        PreviewFormat::Text => data(render::report::text(&approved).as_bytes()),
        PreviewFormat::Json => data(render::report::json_pretty(&approved).or_exit(Exit::Unexpected)?.as_bytes()),
        PreviewFormat::Binary => data(approved.bytes()),
    }
}

/// A staging for the scrape, and what is stored: the installation, and the numbers of its latest scrape.
fn stage(
    catalog: &'static Catalog,
    key: IdKey,
    store: Option<&Store>,
) -> Result<(Arc<Staging>, Installation, Totals), StoreError> {
    let (staging, (installation, totals)) = match store {
        Some(store) => (
            store.staging_for_preview(catalog, key)?,
            store.read(|snapshot| Ok((snapshot.installation()?, snapshot.totals()?)))?,
        ),
        None => (Staging::without_store(catalog, key)?, (Installation::default(), Totals::default())),
    };
    Ok((Arc::new(staging.for_report()), installation, totals))
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
