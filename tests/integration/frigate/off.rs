//! While headcount is off, nothing is requested of Frigate; and opting out deletes what was stored of it. Invariants 1, 2 and 8.

use headcount::config::Transport;
use headcount::store::Store;
use tokio::runtime::{Builder, Runtime};

use crate::program::Program;
use crate::support::endpoint::Endpoint;
use crate::support::frigate::{Port, SimulatedFrigate};

/// Peers that would answer.
struct Peers {
    runtime: Runtime,
    service: SimulatedFrigate,
    endpoint: Endpoint,
    directory: tempfile::TempDir,
}

impl Peers {
    fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) = runtime.block_on(async {
            (SimulatedFrigate::start(Port::Internal).await, Endpoint::plain(Transport::HttpProtobuf).await)
        });
        service.change(|model| model.add_person("Mila", 3));
        Self { runtime, service, endpoint, directory: tempfile::tempdir().unwrap() }
    }

    fn once(&self) -> Program {
        Program::new(&["once"])
            .env("HEADCOUNT_SERVICE", "frigate")
            .env("HEADCOUNT_FRIGATE_URL", self.service.url())
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", self.endpoint.address()))
            .state(self.directory.path())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
    }
}

#[test]
fn nothing_is_requested_while_off() {
    let peers = Peers::start();
    for (name, value, status) in [
        ("HEADCOUNT_DISABLED", "true", 0),
        ("DO_NOT_TRACK", "1", 0),
        ("OTEL_SDK_DISABLED", "true", 0),
        ("HEADCOUNT_OTLP_ENDPOINT", "", 0),
        ("HEADCOUNT_FRIGATE_USER", "headcount", 2),
        ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com", 2),
    ] {
        let output = peers.once().env(name, value).output();
        assert_eq!(output.status.code(), Some(status), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(peers.service.requests().is_empty() && peers.endpoint.wire().is_empty(), "{name}");
    }
    // The peers are there, and the same call without any of these reaches them.
    assert_eq!(peers.once().output().status.code(), Some(0));
    assert_eq!((peers.service.requests().len(), peers.endpoint.requests().len()), (4, 1));
}

#[test]
fn opting_out_deletes_what_was_stored() {
    let peers = Peers::start();
    assert_eq!(peers.once().output().status.code(), Some(0));
    let current = || {
        let store = Store::open_to_read(peers.directory.path()).unwrap().unwrap();
        store.read(|snapshot| snapshot.totals()).unwrap().current
    };
    assert_ne!(current(), headcount::model::PerKind::default());
    peers.service.take_paths();
    assert_eq!(peers.once().env("HEADCOUNT_DISABLED", "true").output().status.code(), Some(0));
    assert_eq!(current(), headcount::model::PerKind::default());
    assert!(peers.service.requests().is_empty(), "there is no session to end");
}
