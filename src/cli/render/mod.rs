//! Pure functions from values to text. Nothing here prints.

pub mod columns;
pub(super) mod page;
pub mod report;
pub mod terms_json;
pub mod terms_markdown;
pub mod terms_text;
