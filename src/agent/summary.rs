//! What a decision means, in words for the log and for `check`: what will be sent, to whom, when, and how to say no.

use serde::{Deserialize, Serialize};

use crate::config::{Destination, ScheduleSettings};
use crate::consent::Decision;

/// A decision as `run` wrote it down for `status`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordedDecision {
    /// When it was made (RFC 3339).
    pub at: String,
    /// The decision.
    pub decision: Decision,
}

/// A decision in a few sentences.
#[must_use]
pub fn summary(decision: &Decision, destination: Option<&Destination>, schedule: &ScheduleSettings) -> String {
    let (Some(destination), true) = (destination, decision.is_enabled()) else {
        return format!("nothing is read and nothing is sent: {}", decision.reason);
    };
    let recipient = match destination {
        Destination::Export => "nobody by itself (reports wait for `headcount export`)".to_owned(),
        Destination::Endpoint(endpoint) => endpoint.url.recipient(),
    };
    let every = humantime::format_duration(schedule.report_interval);
    format!(
        "twenty numbers, tagged with a random install_guid alone, go to {recipient} every {every}; `headcount preview` \
         shows them; to say no, set HEADCOUNT_DISABLED=true or write `denied` into the consent file"
    )
}
