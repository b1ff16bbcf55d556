//! Writes the generated parts of the documents, of the chart, of the compose files and of the gateway, the man pages and the completions, from the
//! tables of the contract, the settings, the self-metrics and the command line, and from the published contracts. With `--check` it writes nothing, and fails if a file would change.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a tool for contributors: a panic is its message"
)]

use std::process::ExitCode;

#[path = "../tests/support/documents.rs"]
mod documents;

fn main() -> ExitCode {
    let is_check = std::env::args().any(|argument| argument == "--check");
    let filled = documents::DOCUMENTS.map(|name| (name, documents::fill(&std::fs::read_to_string(name).unwrap())));
    let mut exit = ExitCode::SUCCESS;
    let gateway = documents::gateway::fill(&std::fs::read_to_string(documents::gateway::GATEWAY).unwrap());
    let whole = [(documents::CHART_SETTINGS, documents::chart_settings()), (documents::gateway::GATEWAY, gateway)];
    let parts = filled.into_iter().chain(whole).map(|(name, text)| (name.to_owned(), text));
    for (name, text) in parts.chain(documents::packaging::files()).chain(documents::setting_files::files()) {
        let is_stale = std::fs::read_to_string(&name).ok().as_ref() != Some(&text);
        if is_stale && is_check {
            eprintln!("{name} is out of date; run `just docs`");
            exit = ExitCode::FAILURE;
        } else if is_stale {
            std::fs::write(name, text).unwrap();
        }
    }
    exit
}
