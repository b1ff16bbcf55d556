//! The sidecar's own health, logs and metrics. Must not know the report.

pub mod health;
pub mod log;
pub mod self_metrics;
