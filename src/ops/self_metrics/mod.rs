//! Self-metrics: how the sidecar fares, told to the operator's own collector by the official OpenTelemetry SDK.
//!
//! They have nothing to do with the anonymous report: other settings (OTEL_*), another recipient, connections of their own.
//! They carry no install_guid and no count of the service, and must not know the report, the service or the store; they are
//! told what to say through a [`Meter`].
//!
//! They must never cost the main job anything. The release build ends the process at a panic, and the SDK's own periodic
//! reader has a thread without a runtime, in which an exporter that looks for one panics, and whose shutdown blocks. So
//! there is no such thread: a task on the one runtime collects by hand, awaits the exporter within a time limit, and drops
//! what hangs. Nothing in that task panics: there is a runtime with timers when the exporter is built and used, callbacks
//! read plain values, the exporter does not retry (its jitter is what would look at a clock before 1970), and attributes
//! are texts, the kind that the conversion to OTLP knows. Names are looked up one at a time, on a thread of the pool that
//! is set apart for it. With no endpoint in the OTEL_* variables there is no task, no socket and no timer; after a no there
//! is a task that waits, without socket or timer.

mod collector;
mod grpc;
mod instruments;
mod meter;
mod outcomes;
mod push;
mod reader;
mod readings;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use instruments::{SCOPE_NAME, SELF_METRICS, SelfMetric, SelfMetricAttribute, SelfMetricKind};
pub use meter::Meter;
pub use outcomes::{DeliveryOutcome, ScrapeOutcome};
pub use readings::StoreReadings;

use crate::clock::Clock;
use crate::config::SelfMetricsSettings;
use crate::net::Dialer;
use collector::Collector;
use push::Push;

/// The last export at the end may take so long. With the 2 s of a sign-out before it and the second for threads after it,
/// the end comes within 5 s.
const FLUSH_LIMIT: Duration = Duration::from_millis(1500);

/// The self-metrics of one process.
#[derive(Debug)]
pub struct SelfMetrics {
    meter: Meter,
    pushing: Option<Pushing>,
}

#[derive(Debug)]
struct Pushing {
    end: CancellationToken,
    task: JoinHandle<()>,
}

impl SelfMetrics {
    /// Starts them, if they are asked for. Nothing is sent before the first decision about consent is told to the meter.
    /// Needs the runtime.
    #[must_use]
    pub fn start(settings: &SelfMetricsSettings, dialer: Dialer, clock: Arc<dyn Clock>) -> Self {
        let settings = match settings {
            SelfMetricsSettings::Collector(settings) => settings,
            SelfMetricsSettings::Unasked => return Self { meter: Meter::off(), pushing: None },
            SelfMetricsSettings::Silenced(reason) => {
                tracing::info!("there are no self-metrics: {reason}");
                return Self { meter: Meter::off(), pushing: None };
            }
        };
        for variable in &settings.ignored {
            tracing::warn!("{variable} makes no sense for the self-metrics; it is ignored");
        }
        let (address, every) = (&settings.address, humantime::format_duration(settings.interval));
        tracing::info!("self-metrics go to {address} every {every}, unless somebody says no");
        let (meter, source) = Meter::on(settings, clock);
        let push = Push::new(source, Collector::new(settings.as_ref().clone(), dialer), settings);
        let end = CancellationToken::new();
        let task = tokio::spawn(push.run(end.clone()));
        Self { meter, pushing: Some(Pushing { end, task }) }
    }

    /// What the main job tells them through.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Sends what there is to say, within `FLUSH_LIMIT`, and ends.
    pub async fn finish(self) {
        let Some(mut pushing) = self.pushing else { return };
        pushing.end.cancel();
        if tokio::time::timeout(FLUSH_LIMIT, &mut pushing.task).await.is_err() {
            pushing.task.abort();
        }
    }
}
