//! The line of the store: its directory, why it could not be written, and whether it is a copy.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use crate::agent::state::COPIED;
use crate::clock::Timestamp;
use crate::error_chain::sentence;
use crate::store::Store;

/// Where the store is, or would be made. Why it cannot be written cannot be stored in it, so that it is checked now.
#[derive(Debug, Serialize, Default)]
pub(super) struct StoreLine {
    directory: String,
    /// Whether there is one.
    exists: bool,
    /// Why it could not be written now, if so.
    problem: Option<String>,
}

/// A store that is a copy.
#[derive(Debug, Serialize)]
pub(super) struct Copied {
    /// When `run` or `once` noticed it; absent if neither has yet.
    at: Option<String>,
    what: &'static str,
}

pub(super) fn store_line(directory: &Path) -> StoreLine {
    let problem = Store::check_writable(directory).err().map(|problem| sentence(&problem));
    StoreLine { directory: directory.display().to_string(), exists: Store::exists(directory), problem }
}

pub(super) fn copied(is_copy: bool, noted: Option<Timestamp>) -> Option<Copied> {
    let at = noted.filter(|_| !is_copy).map(|at| at.to_string());
    (is_copy || at.is_some()).then_some(Copied { at, what: COPIED })
}

pub(super) fn text(StoreLine { directory, exists, problem }: &StoreLine, copied: Option<&Copied>) -> String {
    let place = if *exists { directory.clone() } else { format!("none ({directory})") };
    let problem = problem.as_ref().map(|problem| format!(": {problem}")).unwrap_or_default();
    let mut out = format!("store          {place}{problem}\n");
    if let Some(Copied { at, what }) = copied {
        let at = at.as_ref().map(|at| format!("noticed at {at}: ")).unwrap_or_default();
        let _ = writeln!(out, "copied         {at}{what}");
    }
    out
}
