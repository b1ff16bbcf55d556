//! The wire and the binary, with real sockets: one module for each concern.

#[path = "../support/mod.rs"]
mod support;
