//! One scrape: hashes and counts go to staging, then, if the scrape is complete, into the ledger in one transaction.
//!
//! A scrape that fails, or does not count, changes no number: its staging is dropped.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::absence::{Verdict, judge};
use super::off_period;
use crate::clock::{Day, Timestamp};
use crate::consent::ReadPermit;
use crate::context::Context;
use crate::error_chain::{Describe, Description, find};
use crate::model::{Catalog, IdKey};
use crate::random::{self, RandomError};
use crate::source::{Emptied, Retry, Service, ServiceError, SourceError};
use crate::store::{Committed, Counting, Staging, Store, StoreError};

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

/// What each scrape of a process works with.
#[derive(Debug)]
pub struct Scraper<'a> {
    /// What is counted.
    pub catalog: &'static Catalog,
    /// Where the numbers go.
    pub store: &'a Store,
    /// Clock and random bytes.
    pub context: &'a Context,
    /// When this process last found that objects are missing, by a clock that does not step.
    pub missing_at: &'a mut Option<Instant>,
}

impl Scraper<'_> {
    /// Scrapes once and stores the result. A scrape that a report rests on begins again where the UTC day changed meanwhile:
    /// what is active depends on the day of the report.
    ///
    /// # Errors
    /// If any part failed, or the scrape does not count; no number has changed then.
    pub async fn scrape(
        &mut self,
        service: &mut dyn Service,
        permit: &ReadPermit,
        is_for_report: bool,
    ) -> Result<Committed, ScrapeError> {
        for _ in 0..2 {
            let begun = self.context.clock.now();
            let mut staging = self.store.staging(self.catalog, fresh_key(self.context)?)?;
            if is_for_report {
                staging = staging.for_report();
            }
            let staging = Arc::new(staging);
            let emptied = observe(service, permit, is_for_report.then(|| begun.day()), &staging).await?;
            let at = self.context.clock.now();
            let counting = self.settle(emptied, at)?;
            if !is_for_report || at.day() == begun.day() {
                let committed = spawn_blocking(move || staging.commit(at, counting)).await;
                return Ok(committed.map_err(ScrapeError::Interrupted)??);
            }
        }
        Err(ScrapeError::DayChanged)
    }

    /// Decides whether a complete scrape counts, and how. Stores what is known of an absence, so that a restart does not begin
    /// the day again.
    fn settle(&mut self, emptied: Option<Emptied>, now: Timestamp) -> Result<Counting, ScrapeError> {
        let (installation, totals) = self.store.read(|snapshot| Ok((snapshot.installation()?, snapshot.totals()?)))?;
        let elapsed = self.missing_at.map(|at| at.elapsed());
        let Verdict { absence, outcome } = judge(emptied, &totals, installation.absence, now, elapsed);
        if absence != installation.absence {
            self.store.write(|writer| writer.set_absence(absence))?;
        }
        *self.missing_at = absence.map(|_| Instant::now());
        outcome.map_err(ScrapeError::NoneLeft)?;
        Ok(off_period::counting(&installation, now, false))
    }
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
    use std::time::Duration;

    use super::*;
    use crate::error_chain::sentence;
    use crate::model::{Kind, ScrapeSink as _, SinkError};
    use crate::report::draft::NoDraft;
    use crate::source::SERVICES;
    use crate::store::Absence;

    #[test]
    fn failed_staging_has_the_code_and_the_remedy_of_the_store() {
        let store = || StoreError::Locked { directory: PathBuf::from("/state") };
        let staged = ScrapeError::from(SourceError::Sink(SinkError(Box::new(store()))));
        assert_eq!(staged.describe(), store().describe());
        assert!(sentence(&staged).ends_with(store().describe().remedy.unwrap().as_ref()));
        let other = ScrapeError::from(SourceError::Sink(SinkError("another sink".into())));
        assert_eq!(other.describe().code, "not_stored");
    }

    #[tokio::test(start_paused = true)]
    async fn one_process_measures_an_absence_by_the_steady_clock() {
        const KIND: Kind = Kind::ALL[1];
        const HOUR: u64 = 3600;
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let (context, catalog) = (Context::system(), &SERVICES[0].contract.catalog);
        let moment = |seconds| Timestamp::from_unix_seconds(1_000_000_000).plus(Duration::from_secs(seconds));
        let none_left = || Some(Emptied { kind: KIND, error: ServiceError::new(NoDraft::NoScrape, Retry::Regular) });
        let stored = || store.read(|snapshot| snapshot.installation()).unwrap().absence.map(|absence| absence.lasted);
        // A process before this one found it, so that only the wall clock measures the first time.
        let before = Absence { kind: KIND, lasted: Duration::from_secs(HOUR), seen_at: moment(0) };
        store.write(|writer| writer.set_absence(Some(before))).unwrap();
        let staging = store.staging(catalog, IdKey::from_bytes([7; 16])).unwrap();
        staging.objects(KIND, &mut vec![staging.key().hash(KIND, b"1")]).unwrap();
        staging.commit(moment(0), Counting::Count).unwrap();
        let mut scraper = Scraper { catalog, store: &store, context: &context, missing_at: &mut None };
        for (now, steady, expected) in [(HOUR, 7, 2 * HOUR), (24 * HOUR, 60, 2 * HOUR + 60)] {
            tokio::time::advance(Duration::from_secs(steady)).await;
            assert!(matches!(scraper.settle(none_left(), moment(now)), Err(ScrapeError::NoneLeft(_))));
            assert_eq!(stored(), Some(Duration::from_secs(expected)));
        }
        scraper.settle(None, moment(25 * HOUR)).unwrap();
        assert_eq!(stored(), None);
    }
}
