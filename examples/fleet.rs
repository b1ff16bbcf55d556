//! A simulated fleet for a receiving end on loopback. `send` sends a month of reports of so many installations to a gateway and waits
//! until the back end has them. `compare` compares every number that the recording rules make of them with the same computed report by
//! report. The rules must not see a part of the reports: what is plausible is decided once a day.
//!
//! The fleet and the ledger are those of the tests, so that what a maintainer sees is what the tests check: restarts, lost stores,
//! reinstallations, outages and false data. `otel-config/try` starts the programs and calls this.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a demonstration: a panic is the message")]
#![allow(clippy::disallowed_methods, reason = "it is no part of the program, and waits for others")]
#![allow(unreachable_pub, missing_debug_implementations, dead_code, reason = "the tests use more of what is shared")]

#[path = "../tests/real/fleet/ledger.rs"]
mod ledger;
#[path = "../tests/real/peers/http.rs"]
mod peer;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "../tests/real/fleet/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use headcount::clock::{Clock, Hour, SystemClock};
use peer::{Peer, counter};
use prost::Message;
use world::{Delivery, World};

/// Reports in one request, as an operator's collector may send them.
const TOGETHER: usize = 80;

/// The gateway takes reports of the last 31 days.
const DAYS: u32 = 30;

/// The rules must have seen each other's results some times.
const PATIENCE: Duration = Duration::from_secs(900);

/// Sends a simulated fleet to a gateway, or compares the recorded numbers with its ledger.
#[derive(Debug, Parser)]
struct Asked {
    /// Number of installations
    #[arg(long, default_value_t = 1000)]
    installations: usize,
    /// Last hour of the reports, in hours since 1970: the same fleet for both commands
    #[arg(long)]
    until: u32,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Send the reports, and wait until the back end has them
    Send {
        /// Port of the gateway's OTLP/HTTP receiver on loopback
        #[arg(long)]
        gateway: u16,
        /// PEM file with the gateway's certificate
        #[arg(long)]
        certificate: PathBuf,
        /// Port of the gateway's own metrics
        #[arg(long)]
        metrics: u16,
    },
    /// Compare the recorded numbers with the ledger, until all are equal
    Compare {
        /// Port of the engine that has the recorded numbers
        #[arg(long)]
        engine: u16,
    },
}

fn main() {
    let asked = Asked::parse();
    let deliveries = World::simulate(Hour::from_unix_hours(asked.until), asked.installations, DAYS).deliveries();
    match asked.what {
        What::Send { gateway, certificate, metrics } => {
            println!("{} reports of {DAYS} days go to the gateway", deliveries.len());
            send(&Peer::tls(gateway, &certificate), &deliveries);
            let points = deliveries.iter().map(Delivery::points).sum();
            wait_for_arrival(&Peer::plain(metrics), points);
            println!("the back end has all {points} data points");
        }
        What::Compare { engine } => compare(&Peer::plain(engine), &deliveries),
    }
}

fn this_hour() -> Hour {
    SystemClock.now().hour()
}

fn send(gateway: &Peer, deliveries: &[Delivery]) {
    for reports in deliveries.chunks(TOGETHER) {
        let mut request = reports[0].request();
        for report in &reports[1..] {
            request.resource_metrics.append(&mut report.request().resource_metrics);
        }
        let answer = gateway.post_metrics("/v1/metrics", &request.encode_to_vec()).unwrap();
        assert_eq!(answer.status, 200, "the gateway rejected a request");
    }
}

/// Waits until the gateway has passed on so many points; panics if the back end refused some.
fn wait_for_arrival(gateway: &Peer, points: usize) {
    let begun = Instant::now();
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    while counter(gateway, "otelcol_exporter_sent_metric_points").unwrap_or(0.0) < points as f64 {
        let failed = counter(gateway, "otelcol_exporter_send_failed_metric_points").unwrap_or(0.0);
        assert!(failed <= 0.0, "the back end refused {failed} data points");
        assert!(begun.elapsed() < PATIENCE, "the reports did not arrive");
        sleep(Duration::from_millis(200));
    }
}

/// Prints both sides once all are equal. What is asked of the last days changes with the hour, on both sides.
fn compare(engine: &Peer, deliveries: &[Delivery]) {
    let (begun, first_hour) = (Instant::now(), this_hour());
    loop {
        for expected in ledger::recorded(deliveries, first_hour, this_hour()) {
            let recorded: BTreeMap<&String, _> = expected.keys().map(|query| (query, value(engine, query))).collect();
            let wrong: Vec<_> = expected.iter().filter(|(query, value)| recorded[query] != Some(**value)).collect();
            if wrong.is_empty() {
                println!("\n{:<80} {:>12} {:>12}", "recorded", "ledger", "engine");
                expected.iter().for_each(|(query, value)| println!("{query:<80} {value:>12} {value:>12}"));
                return println!("\nall {} recorded numbers equal the ledger's", expected.len());
            }
            assert!(begun.elapsed() < PATIENCE, "{} differ: the ledger has {wrong:?}", wrong.len());
        }
        sleep(Duration::from_secs(3));
    }
}

/// The one value of a query; none, also if the engine has no such series yet.
fn value(engine: &Peer, query: &str) -> Option<f64> {
    let answer = engine.post_form("/api/v1/query", &[("query", query)]).ok()?.json();
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}
