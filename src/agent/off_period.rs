//! Silences: when no yes held, and what that means for what came into being meanwhile.
//!
//! Only the store knows of a silence that outlasts a process. Must not know why nobody said yes.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::store::{Counting, Installation, StoreError, Writer};

/// A missing yes that is shorter than this, such as a file being rewritten, only silences: what is created meanwhile counts.
const SHORT_SILENCE: Duration = Duration::from_secs(60);

/// Writes down that a silence began at `at`, unless one lasts already.
///
/// # Errors
/// If the store cannot be written.
pub fn begin(writer: &Writer<'_>, at: Timestamp) -> Result<(), StoreError> {
    match writer.installation()?.off_since {
        Some(_) => Ok(()),
        None => writer.set_off_since(Some(at)),
    }
}

/// Ends the silence that lasted, if one did, and says whether it was long enough for the next scrape to take what is new as
/// known. `measured` is its length by a clock that does not step, if this process has seen it begin.
///
/// # Errors
/// If the store cannot be written.
pub fn end(writer: &Writer<'_>, now: Timestamp, measured: Option<Duration>) -> Result<bool, StoreError> {
    let off_since = writer.installation()?.off_since;
    let was_long =
        off_since.is_some_and(|since| was_long(since, now)) || measured.is_some_and(|silence| silence >= SHORT_SILENCE);
    if was_long {
        writer.set_take_as_known(true)?;
    }
    writer.set_off_since(None)?;
    Ok(was_long)
}

/// How the next complete scrape counts: what came into being during a silence is taken as known. `is_silent` says whether
/// the silence still lasts (a preview may look then).
#[must_use]
pub fn counting(installation: &Installation, now: Timestamp, is_silent: bool) -> Counting {
    let was_long = installation.off_since.is_some_and(|since| is_silent && was_long(since, now));
    if installation.take_as_known || was_long { Counting::TakeAsKnown } else { Counting::Count }
}

/// Whether a silence that began at `since` was long enough for what is new to be taken as known. A clock that stepped back
/// behind its beginning cannot tell: then something is lost rather than invented.
#[must_use]
fn was_long(since: Timestamp, now: Timestamp) -> bool {
    now < since || now.since(since) >= SHORT_SILENCE
}
