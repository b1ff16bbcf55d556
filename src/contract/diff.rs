//! What a contract says that an approved one did not, line by line. Pure.

use sha2::{Digest, Sha256};

/// The difference between two contracts, in words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ContractDiff {
    /// Facts of the new contract that the approved one does not have.
    pub added: Vec<String>,
    /// Facts of the approved contract that are gone.
    pub removed: Vec<String>,
}

/// Compares two canonical texts.
#[must_use]
pub fn compare(approved: &str, current: &str) -> ContractDiff {
    let only_in = |one: &str, other: &str| {
        let other: Vec<_> = other.lines().collect();
        one.lines().filter(|line| !other.contains(line)).map(in_words).collect()
    };
    ContractDiff { added: only_in(current, approved), removed: only_in(approved, current) }
}

/// The hash of a canonical text, in lower-case hexadecimal.
#[must_use]
pub fn hash(canonical_text: &str) -> String {
    Sha256::digest(canonical_text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line of the canonical text is a JSON array of strings.
fn in_words(line: &str) -> String {
    serde_json::from_str::<Vec<String>>(line).map_or_else(|_| line.to_owned(), |words| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::compreface::CONTRACT;

    /// A change of this line changes what may leave or be requested: raise the version, and announce it in CHANGELOG.md and
    /// PRIVACY.md. Operators whose consent names the old hash are off until they approve.
    const PINNED: (&str, &str) = ("2", "24115ed1c79b939f5bb8a3f256333b071580904c690fe3a25fd7803e69680b8a");

    #[test]
    fn contract_is_the_announced_one() {
        let terms = CONTRACT.terms();
        assert_eq!((terms.version, terms.hash().as_str()), PINNED);
        for document in [include_str!("../../CHANGELOG.md"), include_str!("../../PRIVACY.md")] {
            assert!(document.contains(PINNED.1), "the hash is not announced");
        }
    }

    #[test]
    fn approved_contract_has_no_difference() {
        let text = CONTRACT.terms().canonical_text();
        assert_eq!(hash(&text), PINNED.1);
        assert_eq!(compare(&text, &text), ContractDiff { added: Vec::new(), removed: Vec::new() });
    }

    #[test]
    fn each_added_or_removed_fact_is_a_line() {
        let current = CONTRACT.terms().canonical_text();
        let (one, rest) = current.split_once('\n').unwrap();
        let diff = compare(&format!("[\"metric\",\"old.metric\",\"gauge\"]\n{rest}"), &current);
        assert_eq!(diff.removed, ["metric old.metric gauge"]);
        assert_eq!(diff.added, [in_words(one)]);
    }
}
