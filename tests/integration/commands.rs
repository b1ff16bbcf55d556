//! The built binary: what each command prints and ends with, over real sockets and in real time.

use std::path::Path;

use bytes::Bytes;
use headcount::config::Transport;
use headcount::contract::Contents;
use headcount::source::compreface::CONTRACT;
use headcount::store::{AuditOutcome, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::{Answer, Endpoint};

mod beside;
mod check;
mod interrupted;
mod off;
mod offering;
mod once;
mod preview;
mod run;
mod terminal;
mod view;

/// A service and an endpoint on loopback, and a state directory.
pub(crate) struct Peers {
    pub(crate) service: Simulated,
    pub(crate) endpoint: Endpoint,
    pub(crate) directory: TempDir,
}

impl Peers {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let endpoint = Endpoint::plain(Transport::HttpProtobuf).await;
        let service = Simulated::start().await;
        service.change(|model| model.populate(2, 1, 1));
        Self { service, endpoint, directory }
    }

    /// A call with everything that is needed.
    pub(crate) fn call(&self, arguments: &[&str]) -> Program {
        self.complete(Program::new(arguments))
    }

    /// The same of another binary.
    pub(crate) fn call_of(&self, binary: &Path, arguments: &[&str]) -> Program {
        self.complete(Program::of(binary, arguments))
    }

    fn complete(&self, program: Program) -> Program {
        program
            .env("HEADCOUNT_COMPREFACE_URL", self.service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", self.endpoint.settings().url.to_string())
            .state(self.path())
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn arrived(&self) -> Vec<Contents> {
        let requests = self.endpoint.requests().into_iter();
        requests.map(|request| *CONTRACT.approve(request.message).unwrap().contents()).collect()
    }

    pub(crate) fn store(&self) -> Store {
        Store::open_to_read(self.path()).unwrap().expect("there is no store")
    }

    pub(crate) fn waiting(&self) -> u64 {
        self.store().read(|snapshot| snapshot.outbox_summary()).unwrap().depth
    }

    pub(crate) fn outcomes(&self) -> Vec<AuditOutcome> {
        let lines = self.store().read(|snapshot| snapshot.audit(0, None)).unwrap();
        lines.iter().map(|line| line.outcome).collect()
    }

    /// Has one report made that the endpoint does not take yet.
    pub(crate) fn leave_one_waiting(&self) {
        self.endpoint.always(Answer::status(401));
        let (exit, _, said) = told(&self.call(&["once"]).output());
        assert_eq!(exit, Some(4), "{said}");
        assert_eq!(self.waiting(), 1);
    }

    /// Moves what was reported an hour back, so that the next call makes a report.
    pub(crate) fn let_an_hour_pass(&self) {
        let file = rusqlite::Connection::open(self.path().join("headcount.db")).unwrap();
        let earlier = "UPDATE report SET hour = hour - 1; UPDATE installation SET start_hour = start_hour - 1,
            last_report_hour = last_report_hour - 1";
        file.execute_batch(earlier).unwrap();
    }

    /// Every file of the state directory, byte for byte, but for the locks that readers share in memory.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(self.path()).unwrap().map(|file| file.unwrap());
        let read = |file: std::fs::DirEntry| {
            let name = file.file_name().into_string().unwrap();
            (!name.ends_with("-shm")).then(|| (name, std::fs::read(file.path()).unwrap()))
        };
        let mut files: Vec<_> = files.filter_map(read).filter(|(_, bytes)| !bytes.is_empty()).collect();
        files.sort();
        files
    }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn decoded(bytes: &[u8]) -> Contents {
    *CONTRACT.approve(Bytes::copy_from_slice(bytes)).unwrap().contents()
}
