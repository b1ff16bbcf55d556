//! The sidecar's own metrics: the built binary on one side, the operator's collector and the report's endpoint, which must
//! not learn of each other, on the other.

mod consent;
mod outage;
mod paused;
mod received;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use headcount::config::Transport;

use tempfile::TempDir;

use crate::program::{Program, Running};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::{Answer, Endpoint};
use received::Told;

const TRANSPORTS: [Transport; 2] = [Transport::HttpProtobuf, Transport::Grpc];

/// Longer than an export should ever take, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(30);

const fn protocol(transport: Transport) -> &'static str {
    match transport {
        Transport::HttpProtobuf => "http/protobuf",
        Transport::Grpc => "grpc",
    }
}

/// A state directory, and beside it a place for a consent file.
struct Room(TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn state(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn consent(&self) -> PathBuf {
        self.0.path().join("consent")
    }
}

/// `run`, with nothing to do.
fn idle(room: &Room) -> Program {
    Program::new(&["run"]).state(&room.state())
}

/// `run`, with its self-metrics sent to this collector every second.
fn observed(collector: &Endpoint, transport: Transport, room: &Room) -> Program {
    idle(room)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.settings().url.to_string())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol(transport))
        .env("OTEL_METRIC_EXPORT_INTERVAL", "1000")
}

/// With a service to read and an endpoint to report to, both on loopback.
fn reporting(program: Program, service: &Simulated, endpoint: &Endpoint) -> Program {
    program
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .env("HEADCOUNT_OTLP_ENDPOINT", endpoint.settings().url.to_string())
        .env("HEADCOUNT_OTLP_HEADERS", "authorization=Bearer%20for-the-makers")
}

/// Makes a report that waits in the outbox, so that `run` has something to deliver at once.
fn leave_a_report_waiting(program: &Program, endpoint: &Endpoint) {
    endpoint.answer(Answer::status(401));
    assert_eq!(program.with_arguments(&["once"]).output().status.code(), Some(4));
}

/// What the collector was told last, once `enough` holds.
async fn told_until(collector: &Endpoint, enough: impl Fn(&Told) -> bool) -> Told {
    let mut told = Told::default();
    let mut requests = 0;
    while requests == 0 || !enough(&told) {
        let next = tokio::time::timeout(PATIENCE, collector.wait_for(requests + 1)).await;
        assert!(next.is_ok() && requests < 60, "it was told something else: {told:#?}");
        let received = collector.requests();
        requests = received.len();
        told = Told::by(&received[requests - 1].report());
    }
    told
}

/// Ends it by a signal; it must end well, and in time.
fn end(running: &mut Running) {
    running.signal("TERM");
    let (status, took) = running.wait();
    assert_eq!(status, Some(0), "{}", running.log());
    assert!(took.as_secs_f64() < 5.0, "it took {took:?} to end:\n{}", running.log());
    assert!(!running.log().contains("panicked"), "{}", running.log());
}
