//! A second service, registered without a line in src: it is disclosed, checked, scraped and reported by the program's own
//! commands, over real sockets. Invariants 3 and 7.
//!
//! The tests call this program itself, with `AS_PROGRAM` set, so that it runs headcount with the gallery registered.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests: a panic is the message"
)]

mod gallery;
mod peers;

use std::process::{Command, ExitCode, Output};

use headcount::cli::app::App;
use headcount::cli::{self, Ended, audit, block_on, check, disclose, erase, export, once, preview, status};
use headcount::config::{Environment, Variable};
use headcount::context::Context;
use headcount::source::{Definition, SERVICES};
use headcount::store::{Store, StoreError};
use peers::Peers;

const AS_PROGRAM: &str = "SECOND_SERVICE_AS_PROGRAM";
/// What the people's names must never be found in.
const NAMES: [&str; 3] = ["Ada Lovelace", "Grace Hopper", "Zeno"];

fn main() -> ExitCode {
    let environment = Environment::of_process();
    if matches!(environment.get(AS_PROGRAM), Variable::Text(_)) {
        let started = cli::start(std::env::args_os(), &environment, Context::system(), &services());
        let ended = started.and_then(|(command, app)| call(command, app));
        return ended.map_or_else(ExitCode::from, |()| ExitCode::SUCCESS);
    }
    let tests: [(&str, fn()); 6] = [
        ("one_service_is_chosen_and_settings_of_others_are_named", one_service_is_chosen),
        ("disclose_prints_the_contract_of_the_service", contract_is_disclosed),
        ("check_reads_the_service_with_its_key", service_is_checked),
        ("once_scrapes_and_reports_the_service", service_is_reported),
        ("help_lists_the_settings_of_the_service", settings_are_listed),
        ("store_of_another_service_is_refused", other_service_is_refused),
    ];
    let filter = std::env::args().nth(1).filter(|filter| !filter.starts_with('-')).unwrap_or_default();
    for (name, test) in tests.into_iter().filter(|(name, _)| name.contains(&filter)) {
        test();
        println!("test {name} ... ok");
    }
    ExitCode::SUCCESS
}

/// Those of the program, and the gallery.
fn services() -> Vec<&'static Definition> {
    SERVICES.iter().copied().chain([&gallery::DEFINITION]).collect()
}

fn call(command: cli::Command, app: App) -> Ended {
    match command {
        cli::Command::Once => block_on(once::once(app)),
        cli::Command::Preview { format } => block_on(preview::preview(app, format)),
        cli::Command::Check { endpoint } => block_on(check::check(app, endpoint)),
        cli::Command::Status { format } => block_on(async move { status::status(&app, format) }),
        cli::Command::Audit { show, format } => audit::audit(&app, show, format),
        cli::Command::Export { file, take } => export::export(&app, &file, take),
        cli::Command::Erase { yes } => erase::erase(&app, yes),
        cli::Command::Disclose { format } => disclose::print(&app, format),
        other => panic!("no test calls {other:?}"),
    }
}

/// This program as headcount, without the variables of the tests' own process.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env_clear().env(AS_PROGRAM, "1").env("HEADCOUNT_SERVICE", "gallery").args(arguments);
    command
}

fn outcome(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn contract_is_disclosed() {
    let (exit, text, _) = outcome(&program(&["disclose", "--format", "json"]).output().unwrap());
    let disclosed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((exit, &disclosed["scope"]), (Some(0), &"headcount.gallery".into()));
    assert_eq!(disclosed["hash"], gallery::CONTRACT.terms().hash());
    assert_eq!(disclosed["requests"].as_array().unwrap().len(), 1);
    let expected = include_str!("headcount.gallery-1.jsonl");
    assert_eq!(gallery::CONTRACT.terms().canonical_text(), expected);
}

fn service_is_checked() {
    let peers = Peers::start();
    let (exit, text, said) = outcome(&peers.call(&["check"]).output().unwrap());
    assert_eq!(exit, Some(0), "{said}");
    assert!(text.contains("lists 3 people"), "{text}");
    let (exit, _, said) = outcome(&peers.call(&["check"]).env("HEADCOUNT_GALLERY_KEY", "wrong").output().unwrap());
    assert_eq!(exit, Some(3));
    assert!(said.contains("HEADCOUNT_GALLERY_KEY") && !said.contains("wrong"), "{said}");
    let missing = peers.call(&["check"]).env_remove("HEADCOUNT_GALLERY_URL").output().unwrap();
    assert_eq!(outcome(&missing).0, Some(2));
}

fn service_is_reported() {
    let peers = Peers::start();
    let (exit, _, said) = outcome(&peers.call(&["once"]).output().unwrap());
    assert_eq!(exit, Some(0), "{said}");
    let reports = peers.reports();
    let [(user_agent, bytes)] = &reports[..] else { panic!("{} reports", reports.len()) };
    assert_eq!(user_agent, "headcount.gallery/1");
    let report = gallery::CONTRACT.approve(bytes.clone()).unwrap();
    let values: Vec<_> = report.contents().numbers().map(|(_, value)| value).collect();
    assert_eq!(values, [0, 1, 1, 1], "no creations at the baseline, and the folder is no person");
    // Neither the report nor any file of the store has a name.
    let mut kept = vec![bytes.to_vec(), said.into_bytes()];
    kept.extend(std::fs::read_dir(peers.state()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()));
    for name in NAMES {
        let is_in = |bytes: &Vec<u8>| bytes.windows(name.len()).any(|part| part == name.as_bytes());
        assert!(!kept.iter().any(is_in), "a name was kept");
    }
}

fn settings_are_listed() {
    let (exit, text, _) = outcome(&program(&["run", "--help"]).output().unwrap());
    assert_eq!(exit, Some(0));
    assert!(text.contains("--gallery-url") && text.contains("HEADCOUNT_GALLERY_KEY"), "{text}");
}

/// Runs `check` with other variables than those of the gallery, and returns its exit status and what it says of the settings.
fn checked(peers: &Peers, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = peers.call(&["check"]);
    let (exit, _, said) = outcome(&command.envs(variables.iter().copied()).output().unwrap());
    (exit, said)
}

fn one_service_is_chosen() {
    let peers = Peers::start();
    let refused: [(&[(&str, &str)], &str); 4] = [
        (&[("HEADCOUNT_SERVICE", "galery")], "HEADCOUNT_SERVICE is invalid"),
        (
            &[("HEADCOUNT_COMPREFACE_EMAIL", "a@b.example")],
            "HEADCOUNT_COMPREFACE_EMAIL is a setting of another service",
        ),
        (&[("HEADCOUNT_SERVICE", "compreface")], "HEADCOUNT_GALLERY_URL is a setting of another service"),
        (&[("HEADCOUNT_SERVICE", "compreface")], "set HEADCOUNT_SERVICE to gallery"),
    ];
    for (variables, sentence) in refused {
        let (exit, said) = checked(&peers, variables);
        assert_eq!(exit, Some(2), "{said}");
        assert!(said.contains(sentence) && !said.contains("galery") && !said.contains("a@b"), "{said}");
        assert!(!said.contains("is not a setting"), "{said}");
    }
    for name in ["gallery", "GALLERY", "Gallery"] {
        let (exit, said) = checked(&peers, &[("HEADCOUNT_SERVICE", name)]);
        assert_eq!(exit, Some(0), "{said}");
    }
    // A flag wins over the variable.
    let by_flag =
        peers.call(&["check", "--service", "gallery"]).env("HEADCOUNT_SERVICE", "compreface").output().unwrap();
    assert_eq!(outcome(&by_flag).0, Some(0));
}

fn other_service_is_refused() {
    let peers = Peers::start();
    assert_eq!(outcome(&peers.call(&["once"]).output().unwrap()).0, Some(0));
    let store = Store::open(peers.state()).unwrap();
    let required = store.read(|snapshot| snapshot.require_service("another"));
    assert!(matches!(required, Err(StoreError::OtherService { .. })), "{required:?}");
    drop(store);
    let store = rusqlite::Connection::open(peers.state().join("headcount.db")).unwrap();
    store.execute("UPDATE installation SET service = 'another'", []).unwrap();
    drop(store);
    for command in ["once", "preview", "status", "audit", "export"] {
        let arguments = [command, "-"];
        let arguments = if command == "export" { &arguments[..] } else { &arguments[..1] };
        let (exit, _, said) = outcome(&peers.call(arguments).output().unwrap());
        assert_eq!(exit, Some(5), "{command}: {said}");
        assert!(said.contains("another") && said.contains("gallery"), "{command}: {said}");
    }
    assert_eq!(peers.reports().len(), 1);
    // The store keeps what it has, until its operator opts out or erases it.
    let store = rusqlite::Connection::open(peers.state().join("headcount.db")).unwrap();
    let objects: i64 = store.query_row("SELECT count(*) FROM known", [], |row| row.get(0)).unwrap();
    assert_eq!(objects, 3);
    drop(store);
    assert_eq!(outcome(&peers.call(&["once"]).env("HEADCOUNT_DISABLED", "true").output().unwrap()).0, Some(0));
    let store = rusqlite::Connection::open(peers.state().join("headcount.db")).unwrap();
    let objects: i64 = store.query_row("SELECT count(*) FROM known", [], |row| row.get(0)).unwrap();
    assert_eq!(objects, 0);
}
