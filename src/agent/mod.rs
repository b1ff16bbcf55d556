//! The agent.
pub mod draft;
pub mod schedule;
