//! The documents say what the code's tables say, and what the shipped rules ask.

use std::path::Path;

use crate::support::documents::gateway::{self, GATEWAY};
use crate::support::documents::packaging;
use crate::support::documents::{CHART_SETTINGS, DOCUMENTS, chart_settings, fill, parts, setting_files};

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn no_document_is_stale() {
    for name in DOCUMENTS {
        let document = read(name);
        assert_eq!(fill(&document), document, "{name} is out of date: run `just docs`");
    }
    assert_eq!(chart_settings(), read(CHART_SETTINGS), "{CHART_SETTINGS} is out of date: run `just docs`");
    for (name, text) in setting_files::files() {
        assert!(text == read(&name), "{name} is out of date: run `just docs`");
    }
    assert_eq!(gateway::fill(&read(GATEWAY)), read(GATEWAY), "{GATEWAY} is out of date: run `just docs`");
}

#[test]
fn man_pages_and_completions_are_those_of_the_command_line() {
    let files = packaging::files();
    for (name, text) in &files {
        assert_eq!(text, &read(name), "{name} is out of date: run `just docs`");
    }
    for folder in ["packaging/man", "packaging/completions"] {
        let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
        let found = entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
        let strays: Vec<_> = found.filter(|name| !files.iter().any(|(generated, _)| generated == name)).collect();
        assert!(strays.is_empty(), "{strays:?} are of no command: remove them");
    }
}

#[test]
fn each_generated_part_has_a_document_and_each_document_a_part() {
    let documents = DOCUMENTS.map(read);
    let has = |document: &String, name: &str| document.contains(&format!("<!-- {name}:begin -->"));
    for (name, _) in parts() {
        assert!(documents.iter().any(|document| has(document, name)), "no document has {name}");
    }
    for (name, document) in DOCUMENTS.iter().zip(&documents) {
        assert!(parts().iter().any(|(part, _)| has(document, part)), "{name} has no generated part");
    }
}

#[test]
fn the_documented_alerts_are_those_that_are_shipped() {
    let rules = read("otel-config/self-metrics-rules.yaml").split_whitespace().collect::<Vec<_>>().join(" ");
    let page = read("docs/operating.md");
    let (_, alerts) = page.split_once("<!-- alerts:begin -->").unwrap();
    let (alerts, _) = alerts.split_once("<!-- alerts:end -->").unwrap();
    let queries: Vec<_> = alerts.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(queries.len(), rules.matches("alert:").count());
    for query in queries {
        assert!(rules.contains(query), "{query}");
    }
}
