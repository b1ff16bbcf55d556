//! Crashes: the built binary between a disk, a machine and a clock that fail, at every operation there is.
//!
//! `faults.c` is preloaded into the program and does what it is told; `truth.rs` is what must come of it. Here a sample is
//! played; `tests/crash/run` plays all of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "in helpers of tests, too, a panic is the message, and what was played is printed"
)]
#![allow(clippy::disallowed_methods, reason = "other processes are waited for, on threads of the test's own")]

#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod acts;
mod asked;
mod case;
mod check;
mod clocks;
mod damage;
#[cfg(feature = "system-tests")]
mod disks;
mod every;
mod faults;
mod play;
mod random;
mod scene;
mod truth;
