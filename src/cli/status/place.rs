//! Where the store is, what stands in its way, and whether it is a copy.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use crate::agent::state::COPIED;
use crate::clock::Timestamp;
use crate::ops::words::with_causes;
use crate::store::Store;

/// Where the store is, or would be made. What keeps it from being written cannot be kept in it, so that it is looked at now.
#[derive(Debug, Serialize, Default)]
pub(super) struct StoreLine {
    directory: String,
    /// Whether there is one.
    exists: bool,
    /// Why it could not be written now; absent if nothing stands in the way.
    trouble: Option<String>,
}

/// A store that is a copy.
#[derive(Debug, Serialize)]
pub(super) struct Copied {
    /// When `run` or `once` noticed it; absent if neither has looked yet.
    at: Option<String>,
    what: &'static str,
}

pub(super) fn store_line(directory: &Path) -> StoreLine {
    let trouble = Store::trouble(directory).map(|trouble| with_causes(&trouble));
    StoreLine { directory: directory.display().to_string(), exists: Store::exists(directory), trouble }
}

pub(super) fn copied(is_copy: bool, noted: Option<Timestamp>) -> Option<Copied> {
    let at = noted.filter(|_| !is_copy).map(|at| at.to_string());
    (is_copy || at.is_some()).then_some(Copied { at, what: COPIED })
}

pub(super) fn text(StoreLine { directory, exists, trouble }: &StoreLine, copied: Option<&Copied>) -> String {
    let place = if *exists { directory.clone() } else { format!("none ({directory})") };
    let trouble = trouble.as_ref().map(|trouble| format!(": {trouble}")).unwrap_or_default();
    let mut out = format!("store          {place}{trouble}\n");
    if let Some(Copied { at, what }) = copied {
        let at = at.as_ref().map(|at| format!("noticed at {at}: ")).unwrap_or_default();
        let _ = writeln!(out, "copied         {at}{what}");
    }
    out
}
