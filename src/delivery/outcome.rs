//! What became of one attempt to deliver a report.

use std::fmt;
use std::time::Duration;

use super::setup::SetupError;

/// What became of one attempt. Reasons are sentences for the operator; they hold nothing that the endpoint wrote, and no
/// header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint has the report.
    Delivered,
    /// The endpoint has the report and dropped some of it. It is not to be sent again.
    PartiallyAccepted {
        /// How many data points were dropped, at least 1.
        rejected: i64,
    },
    /// It may pass; worth trying again soon.
    Retry {
        /// The least time to wait, if the endpoint asked for one; at most [`super::MAX_RETRY_AFTER`].
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// Something has to be mended, or takes longer to pass: the report stays until its next turn.
    Held {
        /// What happened and what to mend.
        reason: String,
    },
    /// The endpoint will never take this report: it is not to be sent again.
    Refused {
        /// What happened.
        reason: String,
    },
    /// The permit was revoked before the answer was complete.
    Revoked,
}

/// What keeps a round from beginning has to be mended, like a certificate that is not trusted.
impl From<&SetupError> for Outcome {
    fn from(error: &SetupError) -> Self {
        Self::Held { reason: error.to_string() }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered"),
            Self::PartiallyAccepted { rejected } => {
                write!(f, "delivered, but the endpoint dropped {rejected} of its data points")
            }
            Self::Retry { reason, .. } | Self::Held { reason } | Self::Refused { reason } => f.write_str(reason),
            Self::Revoked => f.write_str("stopped: there is no consent to send any more"),
        }
    }
}
