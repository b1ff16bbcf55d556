//! The sidecar's own health and logs. Must not know the report.

pub mod changes;
pub mod health;
pub mod log;
pub mod words;
