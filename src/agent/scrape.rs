//! One scrape: hashes and counts go to staging, then, if the scrape is complete, into the ledger in one transaction.
//!
//! A scrape that fails, or does not count, changes no number: its staging is dropped.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::absence::{self, LastSeen};
use super::off_period;
use crate::clock::{Day, Timestamp};
use crate::consent::ReadPermit;
use crate::context::Context;
use crate::error_chain::{Describe, Description, find};
use crate::model::{Catalog, IdKey};
use crate::random::{self, RandomError};
use crate::source::{Emptied, Retry, Service, ServiceError, SourceError};
use crate::store::{Committed, Staging, Store, StoreError};

/// Why a scrape does not count.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// The service could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The scrape is complete, and does not count, since no object of a kind is left. That it was found is stored.
    #[error(transparent)]
    NoneLeft(ServiceError),
    /// The result could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The days before the report would be those of another day.
    #[error("the UTC day changed while the service was read, twice; nothing was counted")]
    DayChanged,
    /// The thread that writes ended early.
    #[error("scrape not stored: its thread ended; it is retried")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl ScrapeError {
    /// How soon the service may be read again.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Source(error) => error.retry(),
            Self::NoneLeft(error) => error.retry(),
            Self::Store(_) | Self::Random(_) | Self::DayChanged | Self::Interrupted(_) => Retry::Usual,
        }
    }
}

impl Describe for ScrapeError {
    fn describe(&self) -> Description {
        match self {
            // The source passes on the sink's error without knowing it.
            Self::Source(error @ SourceError::Sink(_)) => {
                find::<StoreError>(error).map_or_else(|| error.describe(), Describe::describe)
            }
            Self::Source(error) => error.describe(),
            Self::NoneLeft(error) => error.describe(),
            Self::Store(error) => error.describe(),
            Self::Random(error) => error.describe(),
            Self::DayChanged => Description::new("day_changed")
                .remedy("the scrape is retried; if this happens again, check the clock, and the load of the service"),
            Self::Interrupted(_) => Description::new("interrupted"),
        }
    }
}

/// Scrapes once and stores the result. Also returns the moment at which the scrape was complete. A scrape that a report rests
/// on begins again where the UTC day changed meanwhile: what is active depends on the day of the report.
///
/// # Errors
/// If any part failed, or the scrape does not count; no number has changed then.
pub async fn scrape(
    catalog: &'static Catalog,
    service: &mut dyn Service,
    permit: &ReadPermit,
    store: &Store,
    context: &Context,
    is_for_report: bool,
    missing: &mut LastSeen,
) -> Result<(Committed, Timestamp), ScrapeError> {
    for _ in 0..2 {
        let begun = context.clock.now();
        let mut staging = store.staging(catalog, fresh_key(context)?)?;
        if is_for_report {
            staging = staging.for_report();
        }
        let staging = Arc::new(staging);
        let emptied = observe(service, permit, is_for_report.then(|| begun.day()), &staging).await?;
        let at = context.clock.now();
        absence::settle(store, emptied, at, missing)?;
        if !is_for_report || at.day() == begun.day() {
            return commit(store, staging, at).await;
        }
    }
    Err(ScrapeError::DayChanged)
}

async fn commit(store: &Store, staging: Arc<Staging>, at: Timestamp) -> Result<(Committed, Timestamp), ScrapeError> {
    let installation = store.read(|snapshot| snapshot.installation())?;
    let how = off_period::counting(&installation, at, false);
    let committed = spawn_blocking(move || staging.commit(at, how)).await.map_err(ScrapeError::Interrupted)??;
    Ok((committed, at))
}

/// Reads the service into a staging. `report` is the day of the report that rests on the scrape, if one does.
/// Returns whether what was found is in doubt.
///
/// # Errors
/// If the service could not be read completely.
pub async fn observe(
    service: &mut dyn Service,
    permit: &ReadPermit,
    report: Option<Day>,
    staging: &Arc<Staging>,
) -> Result<Option<Emptied>, SourceError> {
    let observer: Arc<dyn crate::model::ScrapeSink> = Arc::clone(staging) as _;
    service.scrape(permit, report, observer).await
}

/// A random key, for an installation that has none yet.
///
/// # Errors
/// If the system gives no random bytes.
pub fn fresh_key(context: &Context) -> Result<IdKey, RandomError> {
    random::sixteen_bytes(context.random.as_ref()).map(IdKey::from_bytes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::error_chain::sentence;
    use crate::model::SinkError;

    #[test]
    fn failed_staging_has_the_code_and_the_remedy_of_the_store() {
        let store = || StoreError::Locked { directory: PathBuf::from("/state") };
        let staged = ScrapeError::from(SourceError::Sink(SinkError(Box::new(store()))));
        assert_eq!(staged.describe(), store().describe());
        assert!(sentence(&staged).ends_with(store().describe().remedy.unwrap().as_ref()));
        let other = ScrapeError::from(SourceError::Sink(SinkError("another sink".into())));
        assert_eq!(other.describe().code, "not_stored");
    }
}
