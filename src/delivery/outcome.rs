//! What became of one attempt to deliver a report.

use std::fmt;
use std::time::Duration;

/// What became of one attempt. Reasons are sentences for the operator; they hold nothing that the endpoint wrote, and no
/// header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The endpoint has the report.
    Delivered,
    /// The endpoint has the report, and its response holds something more.
    DeliveredWith(Remark),
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
    /// The response is not one that an OTLP receiver gives: either something at the endpoint does not accept this report, or
    /// the endpoint is no receiver. Only its responses to other reports tell which.
    Ambiguous {
        /// What happened and what to check.
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

/// What a response says beside the success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A warning.
    Warning,
    /// Nothing that OTLP defines.
    Unread,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "delivered; the endpoint's response holds a warning, which the receiver's log may explain",
            Self::Unread => "delivered; the endpoint's response is not in the form that OTLP defines and was not read",
        })
    }
}

impl fmt::Display for SendOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered"),
            Self::DeliveredWith(remark) => remark.fmt(f),
            Self::PartiallyAccepted { rejected } => {
                write!(f, "delivered, but the endpoint rejected {rejected} of its data points")
            }
            Self::Retry { reason, .. }
            | Self::Held { reason }
            | Self::Ambiguous { reason }
            | Self::Refused { reason } => f.write_str(reason),
            Self::Revoked => f.write_str("stopped: there is no consent to send any more"),
        }
    }
}
