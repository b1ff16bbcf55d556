//! What a decision means, in words for the log and for `check`: whether reports are sent, to whom and how often.

use serde::{Deserialize, Serialize};

use crate::config::{Destination, ScheduleSettings};
use crate::consent::Decision;

/// A decision as it is recorded for `status`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordedDecision {
    /// When it was made (RFC 3339).
    pub at: String,
    /// The decision.
    pub decision: Decision,
}

/// A decision and what follows from it.
#[must_use]
pub fn summary(decision: &Decision, destination: Option<&Destination>, schedule: &ScheduleSettings) -> String {
    let (Some(destination), true) = (destination, decision.is_enabled()) else {
        return format!("{}; no requests are made{}", decision.reason, decision.remedies());
    };
    let what = match destination {
        Destination::Export => "reports are stored for `headcount export`".to_owned(),
        Destination::Endpoint(endpoint) => format!("reports go to {}", endpoint.url.recipient()),
    };
    let hours = schedule.report_interval.as_secs() / 3600;
    format!(
        "on: {what} every {hours}h; see `headcount preview`; to opt out, set HEADCOUNT_DISABLED=true or write `denied` to \
         the consent file"
    )
}
