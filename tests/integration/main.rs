//! The wire and the binary, with real sockets: one module for each concern.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in helpers of tests, too, a panic is the message"
)]

mod store;
#[path = "../support/mod.rs"]
mod support;

#[path = "../support/program.rs"]
mod program;

mod bad_input;
mod blocking;
mod certificates;
mod commands;
mod compose;
mod consent;
mod contract;
mod contract_diff;
mod copies;
mod delivery;
mod documents;
mod erase;
mod export;
mod flow;
mod frigate;
mod health;
mod hostile;
mod inventory;
mod markdown;
mod messages;
mod mounts;
mod oracle;
mod otel_config;
mod schemas;
mod secrecy;
mod self_metrics;
mod settings;
mod shared;
mod snapshot;
mod source;
mod structure;
mod upgrade;
mod words;
