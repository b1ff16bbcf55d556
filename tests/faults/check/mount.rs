//! Invariants 5 and 6: where the mount of the state directory vanishes, nothing is begun in the empty directory, and nothing
//! is read or sent that could not be written down.

use std::time::Duration;

use super::{Standing, Verdict, Violation};
use crate::journal::{Journal, What};

/// The agent looks for its store at least once a minute; what is under way then may come to its end.
const NOTICED: Duration = Duration::from_secs(120);

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    let mut standing = Standing::BEGINNING;
    let mut vanished = None;
    for entry in &journal.entries {
        standing.see(entry);
        match entry.what {
            What::MountVanished => vanished = Some(entry.awake),
            What::MountBack { is_empty } => {
                vanished = None;
                verdict.require(is_empty, 5, entry, || "something was begun in the empty directory".to_owned());
            }
            _ if matches!(entry.what, What::EndpointDialed(_)) || entry.what.begins_scrape() => {
                let is_kept = vanished.is_none_or(|since| entry.awake <= since + NOTICED);
                verdict.require(is_kept, 6, entry, || format!("{:?} without a store", entry.what));
            }
            _ => {}
        }
    }
    verdict.0
}
