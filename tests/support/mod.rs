//! Simulated peers and other things that tests, benchmarks and the quickstart share.

pub mod compreface;
pub mod documents;
pub mod endpoint;
pub mod frigate;
pub mod inventory;
pub mod proxy;
pub mod sample;
pub mod tls;
pub mod world;
