//! The table of self-metrics: the instruments are made from it, and documentation and tests read it.
//!
//! Names follow OpenTelemetry's semantic conventions, units are UCUM's. There is no attribute but these.

use opentelemetry::KeyValue;

use super::outcomes::{DeliveryOutcome, ScrapeOutcome};
use crate::consent::ConsentState;

/// The scope that all of them are in; its version is the program's.
pub const SCOPE_NAME: &str = "headcount";

/// What kind of instrument it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfMetricKind {
    /// A sum that only grows.
    Counter,
    /// A sum that goes up and down.
    UpDownCounter,
    /// A value that is not added to others.
    Gauge,
    /// How values are distributed.
    Histogram,
}

/// An attribute and all its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfMetricAttribute {
    /// Its key.
    pub key: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

impl SelfMetricAttribute {
    /// The attribute with one of its values.
    pub(super) fn with(self, value: &'static str) -> KeyValue {
        KeyValue::new(self.key, value)
    }
}

/// One self-metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelfMetric {
    /// Its name.
    pub name: &'static str,
    /// What Prometheus calls it, in its default translation (a histogram is three series, which begin with this).
    pub prometheus: &'static str,
    /// Its kind.
    pub kind: SelfMetricKind,
    /// Its unit.
    pub unit: &'static str,
    /// Its attribute, if it has one.
    pub attribute: Option<SelfMetricAttribute>,
    /// What it measures, as part of a sentence.
    pub description: &'static str,
}

pub(super) const SCRAPE_OUTCOME: SelfMetricAttribute =
    SelfMetricAttribute { key: "headcount.scrape.outcome", values: ScrapeOutcome::NAMES };
pub(super) const DELIVERY_OUTCOME: SelfMetricAttribute =
    SelfMetricAttribute { key: "headcount.delivery.outcome", values: DeliveryOutcome::NAMES };
/// The states that are reported: after opting out there are no self-metrics.
pub(super) const REPORTED_STATES: [ConsentState; 2] = [ConsentState::Enabled, ConsentState::NotEnabled];
pub(super) const CONSENT_STATE: SelfMetricAttribute = SelfMetricAttribute {
    key: "headcount.consent.state",
    values: &[REPORTED_STATES[0].name(), REPORTED_STATES[1].name()],
};

pub(super) const SCRAPES: SelfMetric = SelfMetric {
    name: "headcount.scrapes",
    prometheus: "headcount_scrapes_total",
    kind: SelfMetricKind::Counter,
    unit: "{scrape}",
    attribute: Some(SCRAPE_OUTCOME),
    description: "scrapes of the service; not_ready means that it was still starting, stopped that telemetry was turned off",
};
pub(super) const SCRAPE_DURATION: SelfMetric = SelfMetric {
    name: "headcount.scrape.duration",
    prometheus: "headcount_scrape_duration_seconds",
    kind: SelfMetricKind::Histogram,
    unit: "s",
    attribute: Some(SCRAPE_OUTCOME),
    description: "duration of scrapes",
};
pub(super) const SCRAPE_AGE: SelfMetric = SelfMetric {
    name: "headcount.scrape.age",
    prometheus: "headcount_scrape_age_seconds",
    kind: SelfMetricKind::Gauge,
    unit: "s",
    attribute: None,
    description: "time since the last complete scrape, this process's or an earlier one's; absent if there was none",
};
pub(super) const DELIVERIES: SelfMetric = SelfMetric {
    name: "headcount.deliveries",
    prometheus: "headcount_deliveries_total",
    kind: SelfMetricKind::Counter,
    unit: "{attempt}",
    attribute: Some(DELIVERY_OUTCOME),
    description: "attempts to deliver a report; partially_accepted means that the endpoint rejected data points, held that \
            something has to be fixed, refused that the endpoint rejected it, or accepted a later one before it (which is no \
            attempt), gate_refused that its bytes were changed in the outbox",
};
pub(super) const OUTBOX_DEPTH: SelfMetric = SelfMetric {
    name: "headcount.outbox.depth",
    prometheus: "headcount_outbox_depth",
    kind: SelfMetricKind::UpDownCounter,
    unit: "{report}",
    attribute: None,
    description: "pending reports",
};
pub(super) const OUTBOX_AGE: SelfMetric = SelfMetric {
    name: "headcount.outbox.age",
    prometheus: "headcount_outbox_age_seconds",
    kind: SelfMetricKind::Gauge,
    unit: "s",
    attribute: None,
    description: "time since the oldest of them was made; 0 if none is pending",
};
pub(super) const CONSENT_STATUS: SelfMetric = SelfMetric {
    name: "headcount.consent.status",
    prometheus: "headcount_consent_status",
    kind: SelfMetricKind::UpDownCounter,
    unit: "{sidecar}",
    attribute: Some(CONSENT_STATE),
    description: "1 for the current state, 0 for the other; after opting out, no self-metrics are sent",
};
pub(super) const STORE_SIZE: SelfMetric = SelfMetric {
    name: "headcount.store.size",
    prometheus: "headcount_store_size_bytes",
    kind: SelfMetricKind::UpDownCounter,
    unit: "By",
    attribute: None,
    description: "the store on disk, with its log; absent while it cannot be used",
};
pub(super) const PROCESS_MEMORY_USAGE: SelfMetric = SelfMetric {
    name: "process.memory.usage",
    prometheus: "process_memory_usage_bytes",
    kind: SelfMetricKind::UpDownCounter,
    unit: "By",
    attribute: None,
    description: "the sidecar's resident memory",
};

/// All self-metrics.
pub const SELF_METRICS: [SelfMetric; 9] = [
    SCRAPES,
    SCRAPE_DURATION,
    SCRAPE_AGE,
    DELIVERIES,
    OUTBOX_DEPTH,
    OUTBOX_AGE,
    CONSENT_STATUS,
    STORE_SIZE,
    PROCESS_MEMORY_USAGE,
];
