//! What became of one attempt to deliver a report.

use std::fmt;
use std::time::Duration;

use super::error::DeliveryError;
use crate::error_chain::{Describe, sentence};

/// What became of one attempt. Reasons hold nothing that the endpoint wrote, and no header's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The endpoint has the report.
    Delivered,
    /// The endpoint has the report, and its response has something more.
    DeliveredWith(Remark),
    /// The endpoint has the report and rejected some of it. It is not sent again.
    PartiallyAccepted {
        /// How many data points were rejected, at least 1.
        rejected: i64,
    },
    /// The report can be sent again soon.
    Retry {
        /// The least time to wait, if the endpoint named one; at most [`super::MAX_RETRY_AFTER`].
        after: Option<Duration>,
        /// Why it was not delivered.
        reason: DeliveryError,
    },
    /// Something has to be fixed, or takes longer: the report stays pending until the next one is made.
    Held {
        /// Why it was not delivered.
        reason: DeliveryError,
    },
    /// The response is not one that an OTLP receiver gives: either something at the endpoint does not accept this report, or
    /// the endpoint is no receiver. Only its responses to other reports decide which.
    Ambiguous {
        /// Why it was not delivered.
        reason: DeliveryError,
    },
    /// The endpoint rejected the report. It is not sent again.
    Refused {
        /// Why.
        reason: DeliveryError,
    },
    /// The permit was revoked before the response was complete.
    Revoked,
}

/// What a response has beyond the success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A warning.
    Warning,
    /// Nothing that OTLP defines.
    Unread,
}

impl SendOutcome {
    /// The stable name of the outcome, or of its reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::DeliveredWith(Remark::Warning) => "delivered_with_warning",
            Self::DeliveredWith(Remark::Unread) => "delivered_unread",
            Self::PartiallyAccepted { .. } => "partially_accepted",
            Self::Retry { reason, .. }
            | Self::Held { reason }
            | Self::Ambiguous { reason }
            | Self::Refused { reason } => reason.describe().code,
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for SendOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered => f.write_str("delivered"),
            Self::DeliveredWith(Remark::Warning) => {
                f.write_str("delivered; endpoint's response has a warning; check the receiver's log")
            }
            Self::DeliveredWith(Remark::Unread) => {
                f.write_str("delivered; endpoint's response is not in OTLP's form and was not read")
            }
            Self::PartiallyAccepted { rejected } => write!(f, "delivered; endpoint rejected {rejected} data points"),
            Self::Retry { reason, .. }
            | Self::Held { reason }
            | Self::Ambiguous { reason }
            | Self::Refused { reason } => f.write_str(&sentence(reason)),
            Self::Revoked => f.write_str("stopped: telemetry was turned off"),
        }
    }
}
