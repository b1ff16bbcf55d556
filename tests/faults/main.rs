//! Faults of the service, of the endpoint and of the network, drawn by a seed and played to the real agent over simulated
//! months; what happened is then held against the design's invariants.
//!
//! Nothing here waits: time is tokio's, paused, and passes when there is nothing to do. The service and the endpoint are
//! hyper servers on pipes in memory, the store is SQLite in a directory. The same seed is the same run.
//!
//! `world` plays what `plan` draws, `journal` is what is written down of it, and `check` reads the journal and knows no
//! more than that: a wrong journal is a violation, which `wrong` shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "in helpers of tests, too, a panic is the message"
)]

#[path = "../support/mod.rs"]
mod support;

mod check;
mod endpoint_faults;
mod journal;
mod look;
mod personal;
mod plan;
mod proxy;
mod recipe;
mod seeds;
mod service;
mod setting;
mod statistics;
mod usage;
mod world;
mod wrong;
