//! The exit status: what scripts hold on to.

use std::process::ExitCode;

/// How a command ended. A greater number does not mean a worse end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; also: off, and nothing to do.
    Done = 0,
    /// Something nobody thought of, or interrupted; `healthcheck`: not healthy.
    Unexpected = 1,
    /// Bad flags or settings.
    Settings = 2,
    /// The service could not be read.
    Source = 3,
    /// Not delivered; it is kept in the outbox.
    NotDelivered = 4,
    /// The store cannot be used.
    Store = 5,
    /// The contract gate refused a report.
    Gate = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
