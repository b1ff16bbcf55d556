//! The methods by which the main job records self-metrics; without self-metrics they do nothing.
//!
//! Recording holds a lock for an instant and does no I/O. Only this folder knows OpenTelemetry.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, Meter as OtelMeter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use tokio::sync::watch;

use super::instruments::{
    DELIVERIES, DELIVERY_OUTCOME, SCOPE_NAME, SCRAPE_DURATION, SCRAPE_OUTCOME, SCRAPES, SelfMetric,
};
use super::outcomes::{DeliveryOutcome, ScrapeOutcome};
use super::reader::SharedReader;
use super::readings::{Readings, StoreReadings, observe};
use crate::clock::Clock;
use crate::config::CollectorSettings;
use crate::consent::ConsentState;

const SERVICE_NAME: &str = "service.name";
const SERVICE_VERSION: &str = "service.version";

/// In seconds: from an empty service in the same pod to the time limit of one scrape, a quarter of an hour.
const SCRAPE_DURATION_BOUNDS: [f64; 12] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0];

/// Records self-metrics. Cheap to clone; all clones are one meter.
#[derive(Debug, Clone, Default)]
pub struct Meter(Option<Arc<Recorder>>);

#[derive(Debug)]
struct Recorder {
    scrapes: Counter<u64>,
    scrape_duration: Histogram<f64>,
    deliveries: Counter<u64>,
    readings: Readings,
    allowed: watch::Sender<bool>,
}

/// The source of the values that are sent.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) provider: SdkMeterProvider,
    pub(super) reader: SharedReader,
    /// Whether the latest decision allows sending; false before the first one.
    pub(super) allowed: watch::Receiver<bool>,
}

impl Meter {
    /// A meter that records nothing.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// A meter, and the source from which its values are collected.
    pub(super) fn on(settings: &CollectorSettings, clock: Arc<dyn Clock>) -> (Self, Source) {
        let reader = SharedReader::new(settings.temporality);
        let provider =
            SdkMeterProvider::builder().with_resource(resource(settings)).with_reader(reader.clone()).build();
        let scope = InstrumentationScope::builder(SCOPE_NAME).with_version(env!("CARGO_PKG_VERSION")).build();
        let meter = provider.meter_with_scope(scope);
        let (allow, allowed) = watch::channel(false);
        let recorder = Recorder::new(&meter, clock, allow);
        (Self(Some(Arc::new(recorder))), Source { provider, reader, allowed })
    }

    /// Whether values are collected; if not, nothing needs to be read for [`Self::read`].
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A scrape ended.
    pub fn scraped(&self, outcome: ScrapeOutcome, took: Duration) {
        let Some(recorder) = &self.0 else { return };
        let outcome = [SCRAPE_OUTCOME.with(outcome.name())];
        recorder.scrapes.add(1, &outcome);
        recorder.scrape_duration.record(took.as_secs_f64(), &outcome);
    }

    /// This many attempts to deliver a report had this outcome.
    pub fn delivered(&self, outcome: DeliveryOutcome, attempts: u32) {
        let Some(recorder) = &self.0 else { return };
        recorder.deliveries.add(attempts.into(), &[DELIVERY_OUTCOME.with(outcome.name())]);
    }

    /// Records the store's condition; none while it cannot be used.
    pub fn read(&self, store: Option<StoreReadings>) {
        let Some(recorder) = &self.0 else { return };
        recorder.readings.lock().store = store;
    }

    /// Records the decision. Opting out stops the self-metrics at once; any other decision allows them.
    pub fn consent(&self, state: ConsentState) {
        let Some(recorder) = &self.0 else { return };
        let state = Some(state).filter(|state| *state != ConsentState::OptedOut);
        recorder.readings.lock().consent = state;
        recorder.allowed.send_replace(state.is_some());
    }
}

impl Recorder {
    fn new(meter: &OtelMeter, clock: Arc<dyn Clock>, allowed: watch::Sender<bool>) -> Self {
        let readings = Readings::default();
        observe(meter, &readings, clock);
        let recorder = Self {
            scrapes: counter(meter, &SCRAPES),
            scrape_duration: meter
                .f64_histogram(SCRAPE_DURATION.name)
                .with_unit(SCRAPE_DURATION.unit)
                .with_description(SCRAPE_DURATION.description)
                .with_boundaries(SCRAPE_DURATION_BOUNDS.to_vec())
                .build(),
            deliveries: counter(meter, &DELIVERIES),
            readings,
            allowed,
        };
        // From zero on, since a counter that appears with a one shows no increase.
        for outcome in ScrapeOutcome::NAMES {
            recorder.scrapes.add(0, &[SCRAPE_OUTCOME.with(outcome)]);
        }
        for outcome in DeliveryOutcome::NAMES {
            recorder.deliveries.add(0, &[DELIVERY_OUTCOME.with(outcome)]);
        }
        recorder
    }
}

fn counter(meter: &OtelMeter, instrument: &SelfMetric) -> Counter<u64> {
    meter.u64_counter(instrument.name).with_unit(instrument.unit).with_description(instrument.description).build()
}

/// The resource: this program, unless OTEL_RESOURCE_ATTRIBUTES or, before that, OTEL_SERVICE_NAME names another.
fn resource(settings: &CollectorSettings) -> Resource {
    let program = [
        KeyValue::new(SERVICE_NAME, env!("CARGO_PKG_NAME")),
        KeyValue::new(SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
    ];
    let builder = Resource::builder_empty()
        .with_attributes(program)
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()));
    match &settings.service_name {
        Some(name) => builder.with_service_name(name.clone()).build(),
        None => builder.build(),
    }
}
