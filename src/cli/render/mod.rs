//! Pure functions from values to text. Nothing here prints.

pub mod columns;
pub(super) mod page;
pub mod report;
pub mod terms_json;
pub mod terms_markdown;
pub mod terms_text;

use std::fmt::Display;

/// `1 report`, `2 reports`.
pub(super) fn plural<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    format!("{count} {noun}{}", if count == N::from(1) { "" } else { "s" })
}
