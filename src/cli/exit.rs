//! The exit status of a command, which scripts depend on.

use std::process::ExitCode;

/// The exit status. Its order has no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. Also: telemetry is off, and there is nothing to do.
    Done = 0,
    /// Unexpected error, or interrupted. For `healthcheck`: not healthy.
    Unexpected = 1,
    /// Invalid flags or settings.
    Settings = 2,
    /// The service could not be read.
    Source = 3,
    /// Not delivered; the report stays pending.
    NotDelivered = 4,
    /// The store cannot be used.
    Store = 5,
    /// The contract check blocked a report.
    Gate = 6,
}

/// How a command ends: well, or with an exit status after it printed why.
pub type Ended = Result<(), Exit>;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
