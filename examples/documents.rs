//! Writes the generated parts of the documents, from the tables of the contract, the settings and the self-metrics. Run it after
//! changing a table; a test fails while a document is stale.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for whoever works on this: a panic is the message")]

#[path = "../tests/support/documents.rs"]
mod documents;

fn main() {
    for name in documents::DOCUMENTS {
        let document = std::fs::read_to_string(name).unwrap();
        std::fs::write(name, documents::fill(&document)).unwrap();
    }
}
