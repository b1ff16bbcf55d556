//! The task that collects and sends at each interval, unless the operator opted out.
//!
//! Must not know what is measured. Each export ends within its time limit, and a failure is logged once.

use std::time::Duration;

use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::collector::Collector;
use super::meter::Source;
use crate::config::CollectorSettings;
use crate::error_chain::sentence;
use crate::state_log::StateLog;

const TOPIC: &str = "self-metrics";

/// Sends what the source has to the collector.
#[derive(Debug)]
pub(super) struct Push {
    source: Source,
    /// Used again, so that collecting makes no garbage.
    metrics: ResourceMetrics,
    collector: Collector,
    interval: Duration,
    states: StateLog,
}

impl Push {
    pub(super) fn new(source: Source, collector: Collector, settings: &CollectorSettings) -> Self {
        let interval = settings.interval;
        Self { source, metrics: ResourceMetrics::default(), collector, interval, states: StateLog::default() }
    }

    /// Runs until `end`, then exports a last time; or until the meter is gone.
    pub(super) async fn run(mut self, end: CancellationToken) {
        let mut allowed = self.source.allowed.clone();
        loop {
            tokio::select! {
                biased;
                () = end.cancelled() => return,
                can = allowed_becomes(&mut allowed, true) => if !can { return },
            }
            tokio::select! {
                biased;
                () = end.cancelled() => return self.export().await,
                // The export under way is dropped, and so are the connections.
                can = allowed_becomes(&mut allowed, false) => if can { self.collector.disconnect() } else { return },
                () = self.keep_exporting() => {}
            }
        }
    }

    /// Does not end.
    async fn keep_exporting(&mut self) {
        let mut next = Instant::now() + self.interval;
        loop {
            sleep_until(next).await;
            self.export().await;
            // What an export that took long has missed is not made up for.
            next = (next + self.interval).max(Instant::now());
        }
    }

    async fn export(&mut self) {
        if self.source.reader.collect(&mut self.metrics).is_err() {
            return;
        }
        match self.collector.export(&self.metrics).await {
            Ok(()) => self.states.recovered(TOPIC, "the collector takes the self-metrics again"),
            Err(error) => self.states.warn(TOPIC, &format!("self-metrics not sent: {}", sentence(&error))),
        }
    }
}

/// Waits until sending is allowed or not, as `wanted`; false if the meter is gone.
async fn allowed_becomes(allowed: &mut watch::Receiver<bool>, wanted: bool) -> bool {
    allowed.wait_for(|allowed| *allowed == wanted).await.is_ok()
}

impl Drop for Push {
    fn drop(&mut self) {
        // This takes no time: a manual reader has nothing to flush.
        let _ = SdkMeterProvider::shutdown(&self.source.provider);
    }
}
