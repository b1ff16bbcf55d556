//! Settings: raw flags and environment become valid settings once, with every fault listed.
//!
//! Knows no clock and no socket; the environment is passed in.

pub mod headers;
mod settings;

pub use settings::*;
