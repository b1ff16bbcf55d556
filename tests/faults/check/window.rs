//! Invariant 11: where the operator set a report window, `run` sends inside it alone. Who calls `once` chose the time.

use std::time::Duration;

use super::{Standing, Verdict, Violation};
use crate::journal::{Journal, What};

/// An attempt that began in the window may go on for so long after it.
const GOES_ON: Duration = Duration::from_secs(30);

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    let mut standing = Standing::BEGINNING;
    let Some(window) = journal.recipe.report_window else { return Vec::new() };
    for entry in &journal.entries {
        standing.see(entry);
        let goes_on = match entry.what {
            What::EndpointDialed(_) => Duration::ZERO,
            What::Arrived { .. } => GOES_ON,
            _ => continue,
        };
        let is_open = [entry.wall, entry.wall.minus(goes_on)].into_iter().any(|at| window.open_for(at).is_some());
        let text = || format!("an attempt at {}, and the window is {}", entry.wall, window.text);
        verdict.require(is_open || standing.is_once, 11, entry, text);
    }
    verdict.0
}
