//! Reports on their way to scripted endpoints: what arrives, and what is made of the answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "here, a panic is the test's message")]

mod carriers;
mod outcomes;
mod proxies;
mod rounds;
mod tls;
mod wire;

use std::sync::Arc;

use bytes::Bytes;
use headcount::clock::{Clock, Timestamp};
use headcount::config::{EndpointSettings, Transport};
use headcount::consent::{ExplicitCommand, SendPermit};
use headcount::contract::ApprovedReport;
use headcount::delivery::{SendOutcome, Sender};
use headcount::net::Dialer;
use headcount::source::compreface::CONTRACT;

const TRANSPORTS: [Transport; 2] = [Transport::HttpProtobuf, Transport::Grpc];
const REPORT: &[u8] = include_bytes!("../fixtures/report.pb");

/// A wall clock that stands still at 2026-01-02T03:04:05Z.
#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_767_323_045)
    }
}

fn permit() -> SendPermit {
    ExplicitCommand::CheckEndpoint.send_permit().unwrap()
}

fn report() -> ApprovedReport {
    CONTRACT.approve(Bytes::from_static(REPORT)).unwrap()
}

fn open(settings: &EndpointSettings) -> Sender {
    Sender::open(settings, CONTRACT.user_agent, &Dialer::system(), Arc::new(Stopped)).unwrap()
}

/// One attempt over the system's sockets.
async fn deliver(settings: &EndpointSettings) -> SendOutcome {
    open(settings).send(&permit(), &report()).await
}

/// The code of the reason for which the report is held.
#[track_caller]
fn held(outcome: &SendOutcome) -> &'static str {
    assert!(matches!(outcome, SendOutcome::Held { .. }), "not held: {outcome:?}");
    outcome.code()
}

/// The code of the reason, when only other reports decide what the response means.
#[track_caller]
fn ambiguous(outcome: &SendOutcome) -> &'static str {
    assert!(matches!(outcome, SendOutcome::Ambiguous { .. }), "not ambiguous: {outcome:?}");
    outcome.code()
}

/// The code of the reason for which the report is sent again.
#[track_caller]
fn retry(outcome: &SendOutcome) -> &'static str {
    assert!(matches!(outcome, SendOutcome::Retry { .. }), "not retried: {outcome:?}");
    outcome.code()
}
