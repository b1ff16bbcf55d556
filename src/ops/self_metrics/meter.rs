//! What the main job tells the self-metrics through: plain methods that do nothing where there are none.
//!
//! Recording takes a lock for an instant and does no I/O. Nothing outside of this room knows OpenTelemetry.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, Meter as OtelMeter, MeterProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use tokio::sync::watch;

use super::instruments::{
    CONSENT_STATUS, DELIVERIES, Instrument, OUTBOX_AGE, OUTBOX_DEPTH, PROCESS_MEMORY_USAGE, SCOPE_NAME, SCRAPE_AGE,
    SCRAPE_DURATION, SCRAPES, STORE_SIZE,
};
use super::push::Reader;
use crate::clock::{Clock, Timestamp};
use crate::config::CollectorSettings;
use crate::consent::Outcome;

const SERVICE_NAME: &str = "service.name";
const SERVICE_VERSION: &str = "service.version";

/// In seconds: from an empty installation beside the sidecar to the limit of one scrape, a quarter of an hour.
const SCRAPE_DURATION_BOUNDS: [f64; 12] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0];

macro_rules! words {
    ($(#[$doc:meta])* $vis:vis $name:ident($key:literal) { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// The attribute that holds it.
            pub(super) const KEY: &'static str = $key;
            /// All of them.
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The attribute's value.
            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            fn attribute(self) -> KeyValue {
                KeyValue::new(Self::KEY, self.word())
            }
        }
    };
}

words! {
    /// How a scrape ended.
    pub ScrapeOutcome("headcount.scrape.outcome") {
        /// It changed the ledger.
        Complete = "complete",
        /// The service was still starting.
        NotReady = "not_ready",
        /// It changed nothing.
        Failed = "failed",
        /// Consent ended meanwhile.
        Stopped = "stopped",
    }
}

words! {
    /// How an attempt to deliver a report ended, in the words of the audit.
    pub DeliveryOutcome("headcount.delivery.outcome") {
        /// The endpoint has it, or what it wanted of it.
        Delivered = "delivered",
        /// It is tried again.
        WillRetry = "will_retry",
        /// Somebody has to mend something first.
        Held = "held",
        /// The endpoint will never take it.
        Refused = "refused",
        /// Its bytes were changed in the outbox, and were not sent.
        GateRefused = "gate_refused",
    }
}

words! {
    /// What was decided about consent. A no is not among them: it silences the self-metrics.
    pub(super) ConsentState("headcount.consent.state") {
        /// On.
        On = "on",
        /// Off, for want of a yes.
        MissingYes = "missing_yes",
    }
}

/// What the store says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreReadings {
    /// When the last complete scrape was complete.
    pub last_scrape_at: Option<Timestamp>,
    /// How many reports wait.
    pub outbox_depth: u64,
    /// When the first of them was made.
    pub oldest_made_at: Option<Timestamp>,
    /// How large it is on disk.
    pub bytes: u64,
}

/// Tells the self-metrics what happened. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Meter(Option<Arc<Recorder>>);

struct Recorder {
    scrapes: Counter<u64>,
    scrape_duration: Histogram<f64>,
    deliveries: Counter<u64>,
    readings: Readings,
    allowed: watch::Sender<bool>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

/// Where the metrics come from that are pushed.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) provider: SdkMeterProvider,
    pub(super) reader: Reader,
    /// Whether the latest decision lets them out; false until there is one.
    pub(super) allowed: watch::Receiver<bool>,
}

impl Meter {
    /// A meter that tells nobody.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// A meter, and where what it was told can be collected from.
    pub(super) fn on(settings: &CollectorSettings, clock: Arc<dyn Clock>) -> (Self, Source) {
        let reader = Reader::new(settings.temporality);
        let provider =
            SdkMeterProvider::builder().with_resource(resource(settings)).with_reader(reader.clone()).build();
        let scope = InstrumentationScope::builder(SCOPE_NAME).with_version(env!("CARGO_PKG_VERSION")).build();
        let meter = provider.meter_with_scope(scope);
        let (allow, allowed) = watch::channel(false);
        let recorder = Recorder::new(&meter, clock, allow);
        (Self(Some(Arc::new(recorder))), Source { provider, reader, allowed })
    }

    /// Whether anybody listens; if not, nothing needs to be read for [`Self::read`].
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A scrape ended.
    pub fn scraped(&self, outcome: ScrapeOutcome, took: Duration) {
        let Some(recorder) = &self.0 else { return };
        recorder.scrapes.add(1, &[outcome.attribute()]);
        recorder.scrape_duration.record(took.as_secs_f64(), &[outcome.attribute()]);
    }

    /// So many attempts to deliver a report ended so.
    pub fn delivered(&self, outcome: DeliveryOutcome, attempts: u32) {
        let Some(recorder) = &self.0 else { return };
        recorder.deliveries.add(attempts.into(), &[outcome.attribute()]);
    }

    /// What the store says now; none while it cannot be used.
    pub fn read(&self, store: Option<StoreReadings>) {
        let Some(recorder) = &self.0 else { return };
        recorder.readings.lock().store = store;
    }

    /// What was decided about consent. A no silences the self-metrics at once; anything else lets them out (again).
    pub fn consent(&self, outcome: Outcome) {
        let Some(recorder) = &self.0 else { return };
        let state = match outcome {
            Outcome::On => Some(ConsentState::On),
            Outcome::MissingYes => Some(ConsentState::MissingYes),
            Outcome::No => None,
        };
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
                .with_description(SCRAPE_DURATION.tells)
                .with_boundaries(SCRAPE_DURATION_BOUNDS.to_vec())
                .build(),
            deliveries: counter(meter, &DELIVERIES),
            readings,
            allowed,
        };
        // From zero on, since a counter that appears with a one shows no increase.
        for outcome in ScrapeOutcome::ALL {
            recorder.scrapes.add(0, &[outcome.attribute()]);
        }
        for outcome in DeliveryOutcome::ALL {
            recorder.deliveries.add(0, &[outcome.attribute()]);
        }
        recorder
    }
}

fn counter(meter: &OtelMeter, instrument: &Instrument) -> Counter<u64> {
    meter.u64_counter(instrument.name).with_unit(instrument.unit).with_description(instrument.tells).build()
}

/// What holds now, for the instruments that are read when they are collected.
#[derive(Debug, Clone, Default)]
struct Readings(Arc<Mutex<Latest>>);

#[derive(Debug, Default)]
struct Latest {
    consent: Option<ConsentState>,
    store: Option<StoreReadings>,
}

impl Readings {
    fn lock(&self) -> MutexGuard<'_, Latest> {
        // Whoever held it wrote one value; there is nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> Option<StoreReadings> {
        self.lock().store
    }
}

/// The instruments that are read when they are collected.
fn observe(meter: &OtelMeter, readings: &Readings, clock: Arc<dyn Clock>) {
    let latest = readings.clone();
    let now = Arc::clone(&clock);
    gauge(meter, &SCRAPE_AGE, move || {
        let at = latest.store()?.last_scrape_at?;
        Some(now.now().since(at).as_secs())
    });
    let latest = readings.clone();
    gauge(meter, &OUTBOX_AGE, move || {
        let store = latest.store()?;
        Some(store.oldest_made_at.map_or(0, |made| clock.now().since(made).as_secs()))
    });
    let latest = readings.clone();
    amount(meter, &OUTBOX_DEPTH, move || latest.store().map(|store| store.outbox_depth));
    let latest = readings.clone();
    amount(meter, &STORE_SIZE, move || latest.store().map(|store| store.bytes));
    amount(meter, &PROCESS_MEMORY_USAGE, resident_memory);
    let latest = readings.clone();
    meter
        .i64_observable_up_down_counter(CONSENT_STATUS.name)
        .with_unit(CONSENT_STATUS.unit)
        .with_description(CONSENT_STATUS.tells)
        .with_callback(move |observer| {
            let Some(held) = latest.lock().consent else { return };
            for state in ConsentState::ALL {
                observer.observe((*state == held).into(), &[state.attribute()]);
            }
        })
        .build();
}

fn gauge(meter: &OtelMeter, instrument: &Instrument, value: impl Fn() -> Option<u64> + Send + Sync + 'static) {
    meter
        .u64_observable_gauge(instrument.name)
        .with_unit(instrument.unit)
        .with_description(instrument.tells)
        .with_callback(move |observer| {
            if let Some(value) = value() {
                observer.observe(value, &[]);
            }
        })
        .build();
}

fn amount(meter: &OtelMeter, instrument: &Instrument, value: impl Fn() -> Option<u64> + Send + Sync + 'static) {
    meter
        .i64_observable_up_down_counter(instrument.name)
        .with_unit(instrument.unit)
        .with_description(instrument.tells)
        .with_callback(move |observer| {
            if let Some(value) = value().and_then(|value| i64::try_from(value).ok()) {
                observer.observe(value, &[]);
            }
        })
        .build();
}

/// The memory that this process has now, in bytes, if the system says so.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

/// Who speaks: this program, unless OTEL_RESOURCE_ATTRIBUTES or, before all, OTEL_SERVICE_NAME says otherwise.
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
