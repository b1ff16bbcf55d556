//! The table of self-metrics: the instruments are made from it, and documentation and tests read it.
//!
//! Names follow OpenTelemetry's semantic conventions, units are UCUM's. There is no attribute but these.

use super::outcomes::{DeliveryOutcome, ScrapeOutcome};
use crate::consent::ConsentState;

/// The scope that all of them are in; its version is the program's.
pub const SCOPE_NAME: &str = "headcount";

/// What kind of instrument it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstrumentKind {
    /// A sum that only grows.
    Counter,
    /// A sum that goes up and down.
    UpDownCounter,
    /// A value that adds up to nothing with another one.
    Gauge,
    /// How values are distributed.
    Histogram,
}

/// An attribute and all its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its key.
    pub key: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

/// One self-metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instrument {
    /// Its name.
    pub name: &'static str,
    /// What Prometheus calls it, in its default translation (a histogram is three series, which begin with this).
    pub prometheus: &'static str,
    /// Its kind.
    pub kind: InstrumentKind,
    /// Its unit.
    pub unit: &'static str,
    /// Its attribute, if it has one.
    pub attribute: Option<Attribute>,
    /// What it tells, as a part of a sentence.
    pub tells: &'static str,
}

const SCRAPE_OUTCOME: Attribute = Attribute {
    key: ScrapeOutcome::KEY,
    values: &[
        ScrapeOutcome::Complete.word(),
        ScrapeOutcome::NotReady.word(),
        ScrapeOutcome::Failed.word(),
        ScrapeOutcome::Stopped.word(),
    ],
};
const DELIVERY_OUTCOME: Attribute = Attribute {
    key: DeliveryOutcome::KEY,
    values: &[
        DeliveryOutcome::Delivered.word(),
        DeliveryOutcome::PartiallyAccepted.word(),
        DeliveryOutcome::WillRetry.word(),
        DeliveryOutcome::Held.word(),
        DeliveryOutcome::Refused.word(),
        DeliveryOutcome::GateRefused.word(),
    ],
};
/// The states that are reported: after opting out there are no self-metrics.
pub(super) const REPORTED_STATES: [ConsentState; 2] = [ConsentState::Enabled, ConsentState::NotEnabled];
pub(super) const CONSENT_STATE: Attribute =
    Attribute { key: "headcount.consent.state", values: &[REPORTED_STATES[0].name(), REPORTED_STATES[1].name()] };

pub(super) const SCRAPES: Instrument = Instrument {
    name: "headcount.scrapes",
    prometheus: "headcount_scrapes_total",
    kind: InstrumentKind::Counter,
    unit: "{scrape}",
    attribute: Some(SCRAPE_OUTCOME),
    tells: "scrapes of the service; not_ready means that it was still starting, stopped that consent ended meanwhile",
};
pub(super) const SCRAPE_DURATION: Instrument = Instrument {
    name: "headcount.scrape.duration",
    prometheus: "headcount_scrape_duration_seconds",
    kind: InstrumentKind::Histogram,
    unit: "s",
    attribute: Some(SCRAPE_OUTCOME),
    tells: "how long they took",
};
pub(super) const SCRAPE_AGE: Instrument = Instrument {
    name: "headcount.scrape.age",
    prometheus: "headcount_scrape_age_seconds",
    kind: InstrumentKind::Gauge,
    unit: "s",
    attribute: None,
    tells: "time since the last complete scrape, this process's or an earlier one's; absent if there was none",
};
pub(super) const DELIVERIES: Instrument = Instrument {
    name: "headcount.deliveries",
    prometheus: "headcount_deliveries_total",
    kind: InstrumentKind::Counter,
    unit: "{attempt}",
    attribute: Some(DELIVERY_OUTCOME),
    tells: "attempts to deliver a report; partially_accepted means that the endpoint rejected data points, held that \
            somebody has to fix something, refused that the endpoint will never take it, or took a later one before it (which \
            is no attempt), gate_refused that its bytes were changed in the outbox",
};
pub(super) const OUTBOX_DEPTH: Instrument = Instrument {
    name: "headcount.outbox.depth",
    prometheus: "headcount_outbox_depth",
    kind: InstrumentKind::UpDownCounter,
    unit: "{report}",
    attribute: None,
    tells: "reports that wait to be delivered",
};
pub(super) const OUTBOX_AGE: Instrument = Instrument {
    name: "headcount.outbox.age",
    prometheus: "headcount_outbox_age_seconds",
    kind: InstrumentKind::Gauge,
    unit: "s",
    attribute: None,
    tells: "time since the oldest of them was made; 0 if none waits",
};
pub(super) const CONSENT_STATUS: Instrument = Instrument {
    name: "headcount.consent.status",
    prometheus: "headcount_consent_status",
    kind: InstrumentKind::UpDownCounter,
    unit: "{sidecar}",
    attribute: Some(CONSENT_STATE),
    tells: "1 for the state that holds, 0 for the other; after a no there are no self-metrics at all",
};
pub(super) const STORE_SIZE: Instrument = Instrument {
    name: "headcount.store.size",
    prometheus: "headcount_store_size_bytes",
    kind: InstrumentKind::UpDownCounter,
    unit: "By",
    attribute: None,
    tells: "the store on disk, with its log; absent while it cannot be used",
};
pub(super) const PROCESS_MEMORY_USAGE: Instrument = Instrument {
    name: "process.memory.usage",
    prometheus: "process_memory_usage_bytes",
    kind: InstrumentKind::UpDownCounter,
    unit: "By",
    attribute: None,
    tells: "the sidecar's resident memory",
};

/// All self-metrics.
pub const INSTRUMENTS: [Instrument; 9] = [
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
