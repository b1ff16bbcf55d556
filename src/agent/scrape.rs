//! One scrape: what the service holds goes to staging, then, if it is complete, into the ledger in one transaction.
//!
//! A scrape that fails changes nothing: its staging is dropped.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::surroundings::Surroundings;
use crate::clock::Timestamp;
use crate::consent::ReadPermit;
use crate::inventory::IdKey;
use crate::randomness::{self, RandomnessError};
use crate::source::{Service, SourceError};
use crate::store::{Committed, Counting, Installation, Staging, Store, StoreError, Writer};

/// A missing yes that is shorter than this, such as a file being rewritten, only silences: what is created meanwhile counts.
pub const SHORT_SILENCE: Duration = Duration::from_secs(60);

/// Why a scrape changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScrapeError {
    /// The service could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What was found could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key could be made.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// The thread that writes ended early.
    #[error("the scrape could not be written because its thread ended; it is tried again")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Scrapes once and keeps what was found. Also gives the moment at which the scrape was complete.
///
/// # Errors
/// If anything at all went wrong; nothing has changed then.
pub async fn scrape(
    service: &mut dyn Service,
    permit: &ReadPermit,
    store: &Store,
    surroundings: &Surroundings,
) -> Result<(Committed, Timestamp), ScrapeError> {
    let staging = Arc::new(store.staging(fresh_key(surroundings)?)?);
    observe(service, permit, &staging).await?;
    let at = surroundings.clock.now();
    let installation = store.read(|snapshot| snapshot.installation())?;
    let how = counting(&installation, at, false);
    let committed = spawn_blocking(move || staging.commit(at, how)).await.map_err(ScrapeError::Interrupted)??;
    Ok((committed, at))
}

/// Reads the service into a staging.
///
/// # Errors
/// If the service could not be read completely.
pub async fn observe(
    service: &mut dyn Service,
    permit: &ReadPermit,
    staging: &Arc<Staging>,
) -> Result<(), SourceError> {
    let observer: Arc<dyn crate::source::Observer> = Arc::clone(staging) as _;
    service.scrape(permit, observer).await
}

/// A random key, for an installation that has none yet.
///
/// # Errors
/// If the system gives no random bytes.
pub fn fresh_key(surroundings: &Surroundings) -> Result<IdKey, RandomnessError> {
    randomness::sixteen_bytes(surroundings.randomness.as_ref()).map(IdKey::from_bytes)
}

/// How the next complete scrape counts: what came into being during a silence is taken as known. `is_silent` says whether
/// the silence still lasts (a preview may look then).
#[must_use]
pub fn counting(installation: &Installation, now: Timestamp, is_silent: bool) -> Counting {
    let was_long = installation.off_since.is_some_and(|since| is_silent && silence_was_long(since, now));
    if installation.take_as_known || was_long { Counting::TakeAsKnown } else { Counting::Count }
}

/// There is a yes again, or still: a silence that is on record ends here, and what came into being during a long one will be
/// taken as known. `measured` is its length by a clock that cannot step, where there was one.
///
/// # Errors
/// If the store cannot be written.
pub fn end_silence(writer: &Writer<'_>, now: Timestamp, measured: Option<Duration>) -> Result<(), StoreError> {
    let Some(since) = writer.installation()?.off_since else { return Ok(()) };
    if silence_was_long(since, now) || measured.is_some_and(|silence| silence >= SHORT_SILENCE) {
        writer.set_take_as_known(true)?;
    }
    writer.set_off_since(None)
}

/// Whether a silence that began at `since` was long enough for what is new to be taken as known. A clock that stepped back
/// behind its beginning cannot tell: then something is lost rather than invented.
#[must_use]
pub fn silence_was_long(since: Timestamp, now: Timestamp) -> bool {
    now < since || now.since(since) >= SHORT_SILENCE
}
