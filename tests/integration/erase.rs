//! `headcount erase`: everything goes, receipts too, after they were printed.

use headcount::source::compreface::CONTRACT;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::{Program, eventually, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::Endpoint;

fn sidecar(service: &Simulated, endpoint: &Endpoint, directory: &Path) -> Program {
    Program::new(&["once"])
        .state(directory)
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .env("HEADCOUNT_OTLP_ENDPOINT", endpoint.settings().url.to_string())
}

/// An installation that delivered a report, and its install_guid.
struct Delivered {
    service: Simulated,
    endpoint: Endpoint,
    _directory: TempDir,
    state: PathBuf,
    program: Program,
    install_guid: String,
}

async fn delivered() -> Delivered {
    let (service, endpoint) = (Simulated::start().await, Endpoint::http().await);
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let program = sidecar(&service, &endpoint, &state);
    let once = told(&program.output());
    assert_eq!(once.0, Some(0), "{once:?}");
    let report = CONTRACT.approve(endpoint.only_request().message).unwrap();
    let install_guid = report.contents().install_guid.to_string();
    Delivered { service, endpoint, _directory: directory, state, program, install_guid }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn erase_after_confirmation_prints_receipts_and_removes_files() {
    let installation = delivered().await;
    let erase = installation.program.with_arguments(&["erase"]);
    for answer in ["no\n", "", "Yes please\n"] {
        let (status, receipts, _) = told(&erase.output_with_input(answer));
        assert_eq!(status, Some(0));
        assert!(receipts.contains(&installation.install_guid), "{receipts}");
    }
    let status = told(&installation.program.with_arguments(&["status"]).output()).1;
    assert!(status.contains(&installation.install_guid));
    let (status, receipts, _) = told(&erase.output_with_input("yes\n"));
    assert_eq!(status, Some(0));
    assert!(receipts.contains(&installation.install_guid), "{receipts}");
    assert_eq!(files(&installation.state), Vec::<PathBuf>::new());
    let again = told(&installation.program.with_arguments(&["erase", "--yes"]).output());
    assert_eq!(again.0, Some(0), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_report_is_a_new_identity() {
    let installation = delivered().await;
    assert_eq!(told(&installation.program.with_arguments(&["erase", "--yes"]).output()).0, Some(0));
    assert_eq!(told(&installation.program.output()).0, Some(0));
    let requests = installation.endpoint.requests();
    let last = CONTRACT.approve(requests.last().unwrap().message.clone()).unwrap();
    assert_eq!(requests.len(), 2);
    assert_ne!(last.contents().install_guid.to_string(), installation.install_guid);
    drop(installation.service);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_sidecar_it_empties_the_store_and_the_sidecar_starts_anew() {
    let installation = delivered().await;
    let running = installation.program.with_arguments(&["run"]).env("HEADCOUNT_SCRAPE_INTERVAL", "1m");
    let mut sidecar = running.start();
    eventually("the sidecar's decision is written down", || {
        let status = told(&installation.program.with_arguments(&["status"]).output()).1;
        status.contains("by the last `headcount run`")
    });
    let (status, receipts, talk) = told(&installation.program.with_arguments(&["erase", "--yes"]).output());
    assert_eq!(status, Some(0), "{talk}");
    assert!(receipts.contains(&installation.install_guid));
    for file in files(&installation.state) {
        let bytes = std::fs::read(&file).unwrap();
        let guid = installation.install_guid.as_bytes();
        assert!(!bytes.windows(guid.len()).any(|window| window == guid), "{} still names it", file.display());
    }
    assert!(sidecar.is_running());
    sidecar.signal("TERM");
    assert_eq!(sidecar.wait().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_opened_goes_as_a_whole() {
    let installation = delivered().await;
    let database = installation.state.join("headcount.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[100..400].fill(0xff);
    std::fs::write(&database, bytes).unwrap();
    let (status, _, talk) = told(&installation.program.output());
    assert_eq!(status, Some(5), "{talk}");
    assert!(talk.contains("headcount erase"), "{talk}");
    let (status, _, talk) = told(&installation.program.with_arguments(&["erase", "--yes"]).output());
    assert_eq!(status, Some(0), "{talk}");
    assert_eq!(files(&installation.state), Vec::<PathBuf>::new());
    assert_eq!(told(&installation.program.output()).0, Some(0), "and it starts anew");
}

#[test]
fn receipts_of_an_older_schema_are_printed_before_they_are_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-contract-1/headcount.db");
    std::fs::copy(fixture, directory.path().join("headcount.db")).unwrap();
    for (answer, is_left) in [("no\n", true), ("yes\n", false)] {
        let erase = Program::new(&["erase"]).state(directory.path());
        let (status, receipts, said) = told(&erase.output_with_input(answer));
        assert_eq!(status, Some(0), "{said}");
        assert!(receipts.starts_with("2 delivered to ") && !said.contains("error:"), "{receipts} {said}");
        assert_eq!(!files(directory.path()).is_empty(), is_left);
    }
}
