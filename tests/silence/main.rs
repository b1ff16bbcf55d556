//! Silence, proved from outside: the built binary under strace, and in a network of its own with every packet captured. Invariant 1.
//!
//! `tests/silence/run` runs this, with what it needs: Linux, root, strace, tcpdump and iproute2.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests: a panic is the message, other processes are waited for, and the table is printed"
)]

#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod calls;
mod network;
mod packets;
mod peers;
mod rules;
mod trace;
mod ways;

use std::time::Duration;

/// `run` looks around once a minute; this is longer than one round of that loop.
const MORE_THAN_A_ROUND: Duration = Duration::from_secs(63);

/// Time enough for anything that would follow at once.
const A_MOMENT: Duration = Duration::from_secs(3);
