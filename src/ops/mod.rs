//! The sidecar's own health, logs and metrics, and the server of the local page. Must not know the report.

pub mod health;
pub mod log;
pub mod page;
pub mod self_metrics;
mod server;
