//! The page of `headcount view` in Chromium: it requests nothing but itself, axe-core finds nothing, and nothing is wider than a
//! phone. Invariant 1 holds for what a browser does with the page, too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use headcount::source::SERVICES;
use serde_json::Value;

use crate::peers::child::program;
use crate::program::{Program, told};
use crate::support::sample;

/// Where the screenshots are left.
fn screenshots() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("view")
}

fn call(directory: &Path, service: &str, arguments: &[&str]) -> Program {
    Program::new(arguments).state(directory).env("HEADCOUNT_SERVICE", service)
}

/// Checks a page with these options. The result is clean, or this panics with what was found.
fn check(page: &str, options: &[&str]) -> Value {
    let mut command = Command::new(program("check-page"));
    let output =
        command.arg("--out").arg(screenshots()).args(options).arg(page).stderr(Stdio::inherit()).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{page}: {:#}", found["views"]);
    found
}

#[test]
fn served_page_is_clean_and_requests_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    drop(sample::make(directory.path(), SERVICES[0].contract));
    let mut served = call(directory.path(), SERVICES[0].name(), &["view", "--listen", "127.0.0.1:0"]).start();
    let line = served.wait_for("http://127.0.0.1:");
    let page = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().trim_end_matches(';');
    let found = check(page, &["--name", "served"]);
    let views = found["views"].as_array().unwrap();
    assert_eq!(views.len(), 4, "two widths, light and dark");
    for view in views {
        assert_eq!(view["requests"], serde_json::json!([page]));
    }
    let text = found["text"].as_str().unwrap();
    assert!(text.contains("Telemetry is on") && text.contains("29 reports"), "{text}");
}

/// With everything opened, so that nothing is hidden from axe-core.
#[test]
fn file_of_each_service_is_clean_when_opened() {
    for service in SERVICES {
        let directory = tempfile::tempdir().unwrap();
        drop(sample::make(directory.path(), service.contract));
        let file = directory.path().join("page.html");
        let program = call(directory.path(), service.name(), &["view", "--output", file.to_str().unwrap()]);
        assert_eq!(told(&program.output()).0, Some(0));
        let opened = fs::read_to_string(&file).unwrap().replace("<details", "<details open");
        fs::write(&file, opened).unwrap();
        let name = format!("opened-{}", service.name());
        let found = check(file.to_str().unwrap(), &["--name", &name, "--width", "390", "--scheme", "light"]);
        assert!(found["text"].as_str().unwrap().contains(&service.contract.terms().hash()));
    }
}

#[test]
fn page_without_a_store_is_clean() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.html");
    let program = call(directory.path(), SERVICES[0].name(), &["view", "--output", file.to_str().unwrap()]);
    assert_eq!(told(&program.output()).0, Some(0));
    let found = check(file.to_str().unwrap(), &["--name", "empty", "--width", "390", "--scheme", "dark"]);
    assert!(found["text"].as_str().unwrap().contains("Telemetry is off"));
}
