//! The contract for scripts: one JSON object.

use serde::Serialize;

use crate::contract::Terms;

#[derive(Serialize)]
struct Document<'a> {
    contract: &'a str,
    hash: String,
    #[serde(flatten)]
    terms: &'a Terms<'a>,
}

/// The whole disclosure, with a newline at its end.
///
/// # Errors
/// If it cannot be written as JSON, which plain strings and numbers always can.
pub fn json(terms: &Terms<'_>) -> serde_json::Result<String> {
    let document = Document { contract: terms.version, hash: terms.hash(), terms };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
