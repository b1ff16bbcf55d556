//! The commands: one file each. Stdout is data, stderr is talk.
//!
//! Must not know HTTP or SQL.

pub mod disclose;
pub mod render;
