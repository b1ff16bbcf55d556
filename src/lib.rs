//! headcount: a sidecar that reports usage counts of a service over OTLP, once its operator enabled it.
//!
//! Data flows one way, and each room knows its neighbours only:
//! `config` -> `consent` -> `source` -> `store` (ledger) -> `report` -> `contract` -> `store` (outbox) -> `delivery` ->
//! `store` (audit). `agent` drives the flow, `cli` is one file per command, `ops` is the sidecar's own health and logs.

pub mod agent;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consent;
pub mod context;
pub mod contract;
pub mod delivery;
pub mod error_chain;
pub mod file_watcher;
pub mod model;
mod named;
pub mod net;
pub mod ops;
pub mod random;
pub mod report;
pub mod runs;
pub mod source;
pub mod state_log;
pub mod store;
