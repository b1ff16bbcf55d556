//! The self-metrics that are read when they are collected: their latest values, and the callbacks that read them.
//!
//! A callback reads plain values. Must not know where they come from.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter as OtelMeter;

use super::instruments::{
    CONSENT_STATE, CONSENT_STATUS, OUTBOX_AGE, OUTBOX_DEPTH, PROCESS_MEMORY_USAGE, REPORTED_STATES, SCRAPE_AGE,
    STORE_SIZE, SelfMetric,
};
use crate::clock::{Clock, Timestamp};
use crate::consent::ConsentState;

/// The store's condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreReadings {
    /// When the last complete scrape was complete.
    pub last_scrape_at: Option<Timestamp>,
    /// How many reports are pending.
    pub outbox_depth: u64,
    /// When the oldest of them was made.
    pub oldest_made_at: Option<Timestamp>,
    /// How large it is on disk.
    pub bytes: u64,
}

/// The latest values.
#[derive(Debug, Clone, Default)]
pub(super) struct Readings(Arc<Mutex<Latest>>);

#[derive(Debug, Default)]
pub(super) struct Latest {
    /// The current decision; none before the first one, and after opting out.
    pub(super) consent: Option<ConsentState>,
    /// None while the store cannot be used.
    pub(super) store: Option<StoreReadings>,
}

impl Readings {
    pub(super) fn lock(&self) -> MutexGuard<'_, Latest> {
        // A holder that panicked had written one value, so the values are valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> Option<StoreReadings> {
        self.lock().store
    }
}

/// Registers those instruments.
pub(super) fn observe(meter: &OtelMeter, readings: &Readings, clock: Arc<dyn Clock>) {
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
        .with_description(CONSENT_STATUS.description)
        .with_callback(move |observer| {
            let Some(held) = latest.lock().consent else { return };
            for state in REPORTED_STATES {
                observer.observe((state == held).into(), &[KeyValue::new(CONSENT_STATE.key, state.name())]);
            }
        })
        .build();
}

fn gauge(meter: &OtelMeter, instrument: &SelfMetric, value: impl Fn() -> Option<u64> + Send + Sync + 'static) {
    meter
        .u64_observable_gauge(instrument.name)
        .with_unit(instrument.unit)
        .with_description(instrument.description)
        .with_callback(move |observer| {
            if let Some(value) = value() {
                observer.observe(value, &[]);
            }
        })
        .build();
}

fn amount(meter: &OtelMeter, instrument: &SelfMetric, value: impl Fn() -> Option<u64> + Send + Sync + 'static) {
    meter
        .i64_observable_up_down_counter(instrument.name)
        .with_unit(instrument.unit)
        .with_description(instrument.description)
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
