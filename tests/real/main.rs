//! The receiving side, by the real programs: the configurations of otel-config/ in the real Collector and the real Prometheus,
//! and the real binary before them. Run it by `tests/real/run`, which builds the programs first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_debug_implementations,
    dead_code,
    reason = "in helpers of tests, too, a panic is the message; the shared peers have more than is used here"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/program.rs"]
mod program;

mod peers;

mod airgap;
mod configurations;
mod deltas;
mod engines;
mod fleet;
mod gateways;
mod hostile;
mod operator;
mod order;
mod prometheus;
mod restore;
mod self_metrics;
mod sidecar;
mod stopped;
mod thanos;
mod victoriametrics;
mod view;
