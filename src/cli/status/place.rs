//! The line of the store: its directory, why it could not be written, and whether it is a copy.

use std::fmt::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::agent::pipeline::COPIED;
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
pub(in crate::cli) struct Copied {
    /// When `run` or `once` noticed it; absent if neither has yet.
    at: Option<String>,
    what: &'static str,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, what } = self;
        at.as_ref().map_or(Ok(()), |at| write!(f, "noticed at {at}: "))?;
        f.write_str(what)
    }
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
    if let Some(copied) = copied {
        let _ = writeln!(out, "copied         {copied}");
    }
    out
}
