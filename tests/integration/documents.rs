//! The documents say what the code's tables say, and what the shipped rules ask.

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

#[test]
fn the_readmes_alerts_are_those_that_are_shipped() {
    let read = |name| std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let rules = read("otel-config/self-metrics-rules.yaml").split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = read("README.md");
    let (_, alerts) = readme.split_once("<!-- alerts:begin -->").unwrap();
    let (alerts, _) = alerts.split_once("<!-- alerts:end -->").unwrap();
    let queries: Vec<_> = alerts.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(queries.len(), rules.matches("alert:").count());
    for query in queries {
        assert!(rules.contains(query), "{query}");
    }
}
