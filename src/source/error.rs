//! Why a service could not be read, as far as the agent distinguishes it; the words are the service's own.

use std::error::Error;
use std::fmt;

use crate::error_chain::{Describe, Description};
use crate::model::{Kind, SinkError};

/// Why a service could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The permit ended.
    #[error("scrape stopped: telemetry was turned off")]
    Revoked,
    /// The service is still starting: the operator has nothing to fix, unless this lasts.
    #[error(transparent)]
    NotReady(ServiceError),
    /// Anything else that the service's folder explains.
    #[error(transparent)]
    Failed(ServiceError),
    /// What was read could not be stored.
    #[error("what was read could not be stored")]
    Sink(#[source] SinkError),
}

impl SourceError {
    /// The error of a service's folder, as the agent distinguishes it.
    pub(super) fn of(error: impl Describe + Send + Sync + 'static, is_starting: bool, retry: Retry) -> Self {
        let error = ServiceError::new(error, retry);
        if is_starting { Self::NotReady(error) } else { Self::Failed(error) }
    }

    /// How soon the service may be read again.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        match self {
            Self::NotReady(error) | Self::Failed(error) => error.retry,
            Self::Revoked | Self::Sink(_) => Retry::Usual,
        }
    }
}

impl Describe for SourceError {
    fn describe(&self) -> Description {
        match self {
            Self::Revoked => Description::new("revoked"),
            Self::NotReady(error) | Self::Failed(error) => error.describe(),
            Self::Sink(_) => Description::new("not_stored"),
        }
    }
}

/// Says of a complete scrape that it found no object of a kind, as if what holds them were not there. The scrape counts where
/// there were none before, or once this has lasted.
#[derive(Debug)]
pub struct Emptied {
    /// The kind.
    pub kind: Kind,
    /// What is missing, and what to check, for as long as the scrape does not count.
    pub error: ServiceError,
}

/// An error of one service, with its own message, code and remedy.
#[derive(Debug)]
pub struct ServiceError {
    retry: Retry,
    error: Box<dyn Describe + Send + Sync>,
}

impl ServiceError {
    /// Wraps an error of a service's folder.
    #[must_use]
    pub fn new(error: impl Describe + Send + Sync + 'static, retry: Retry) -> Self {
        Self { retry, error: Box::new(error) }
    }

    /// How soon the service may be read again.
    #[must_use]
    pub const fn retry(&self) -> Retry {
        self.retry
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl Describe for ServiceError {
    fn describe(&self) -> Description {
        self.error.describe()
    }
}

/// How soon the service may be read again after an error: a sign-in may leave a session behind that nothing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No session is lost.
    Usual,
    /// Reading again sooner than usual would find the same.
    Regular,
    /// A session may have been opened that cannot be ended.
    Sparing,
    /// Each attempt opens a session that cannot be ended, or used.
    Rare,
}
