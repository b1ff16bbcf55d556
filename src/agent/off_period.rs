//! Off periods: times in which telemetry was not enabled, and what they mean for objects that were created in them.
//!
//! Only the store knows of an off period that outlasts a process. Must not know why telemetry was off.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::store::{Counting, Installation, StoreError, Writer};

/// Objects created in an off period that is shorter than this are counted: a file is being rewritten, for example.
const SHORT: Duration = Duration::from_secs(60);

/// Records that an off period began at `at`, unless one is recorded already.
///
/// # Errors
/// If the store cannot be written.
pub fn begin(writer: &Writer<'_>, at: Timestamp) -> Result<(), StoreError> {
    match writer.installation()?.off_since {
        Some(_) => Ok(()),
        None => writer.set_off_since(Some(at)),
    }
}

/// Ends the off period, if there is one. Returns whether it was so long that the next scrape takes what is new as known.
/// `off_for` is its length by a clock that does not step, if this process was running when it began.
///
/// # Errors
/// If the store cannot be written.
pub fn end(writer: &Writer<'_>, now: Timestamp, off_for: Option<Duration>) -> Result<bool, StoreError> {
    let off_since = writer.installation()?.off_since;
    let was_long = off_since.is_some_and(|since| was_long(since, now)) || off_for.is_some_and(|time| time >= SHORT);
    if was_long {
        writer.set_take_as_known(true)?;
        // Whether objects were missing all that time is not known.
        writer.set_absence(None)?;
    }
    writer.set_off_since(None)?;
    Ok(was_long)
}

/// How the next complete scrape counts: what was created in an off period is taken as known. `is_off` means that the off
/// period has not ended, as for a preview.
#[must_use]
pub fn counting(installation: &Installation, now: Timestamp, is_off: bool) -> Counting {
    let was_long = installation.off_since.is_some_and(|since| is_off && was_long(since, now));
    if installation.take_as_known || was_long { Counting::TakeAsKnown } else { Counting::Count }
}

/// Whether an off period that began at `since` is long. If the clock is behind its beginning, it counts as long, so that
/// something is lost rather than invented.
fn was_long(since: Timestamp, now: Timestamp) -> bool {
    now < since || now.since(since) >= SHORT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::store::{Absence, Store};

    #[test]
    fn long_off_period_ends_what_is_known_of_an_absence() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let moment = |seconds| Timestamp::from_unix_seconds(1_000_000_000_i64 + seconds);
        let absence = Absence { kind: Kind::ALL[1], lasted: Duration::from_secs(9), seen_at: moment(0) };
        for (off_for, expected) in [(59, Some(absence)), (60, None)] {
            let ended = |writer: &Writer<'_>| {
                writer.set_absence(Some(absence))?;
                begin(writer, moment(0))?;
                end(writer, moment(off_for), None)
            };
            assert_eq!(store.write(ended).unwrap(), expected.is_none());
            assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap().absence, expected);
        }
    }
}
