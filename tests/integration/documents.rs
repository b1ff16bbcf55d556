//! The documents say what the contract's tables say.

use crate::support::documents::{DOCUMENTS, fill};

#[test]
fn no_document_is_stale() {
    for name in DOCUMENTS {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let document = std::fs::read_to_string(path).unwrap();
        assert!(document.contains("face_recognition.user.creations"), "{name} has no table of the contract");
        assert_eq!(fill(&document), document, "{name} is stale: run `cargo run --example documents`");
    }
}
