//! Self-metrics: the sidecar's own condition, sent to the operator's collector by the official OpenTelemetry SDK.
//!
//! They are separate from the report: other settings (OTEL_*), another recipient, connections of their own. They have no
//! install_guid and no count of the service. Must not know the report, the service and the store; values come through a
//! [`Meter`].
//!
//! They must not disturb the main job. The release build ends the process at a panic, and the SDK's own periodic
//! reader has a thread without a runtime, in which an exporter that needs one panics, and whose shutdown blocks. So
//! there is no such thread: a task on the one runtime collects by hand, awaits the exporter within a time limit, and drops
//! what hangs. Nothing in that task panics: there is a runtime with timers when the exporter is built and used, callbacks
//! read plain values, the exporter does not retry (its jitter would read a clock before 1970), and attributes
//! are texts, the kind that the conversion to OTLP knows. Names are resolved one at a time, on a thread of the pool that
//! is reserved for it. Without an endpoint in the OTEL_* variables there is no task, no socket and no timer; after opting out
//! there is a task without socket or timer.

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
    /// Starts them, if they are configured. Nothing is sent before the meter has the first decision.
    /// Needs the runtime.
    #[must_use]
    pub fn start(settings: &SelfMetricsSettings, dialer: Dialer, clock: Arc<dyn Clock>) -> Self {
        let settings = match settings {
            SelfMetricsSettings::Collector(settings) => settings,
            SelfMetricsSettings::Unasked => return Self { meter: Meter::off(), pushing: None },
            SelfMetricsSettings::Silenced(reason) => {
                tracing::info!("self-metrics are off: {reason}");
                return Self { meter: Meter::off(), pushing: None };
            }
        };
        for variable in &settings.ignored {
            tracing::warn!("{variable} is invalid and ignored");
        }
        let (address, every) = (&settings.address, humantime::format_duration(settings.interval));
        tracing::info!("self-metrics enabled: sent to {address} every {every}");
        let (meter, source) = Meter::on(settings, clock);
        let push = Push::new(source, Collector::new(settings.as_ref().clone(), dialer), settings);
        let end = CancellationToken::new();
        let task = tokio::spawn(push.run(end.clone()));
        Self { meter, pushing: Some(Pushing { end, task }) }
    }

    /// The meter for the main job.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Exports a last time, within `FLUSH_LIMIT`, and ends.
    pub async fn finish(self) {
        let Some(mut pushing) = self.pushing else { return };
        pushing.end.cancel();
        if tokio::time::timeout(FLUSH_LIMIT, &mut pushing.task).await.is_err() {
            pushing.task.abort();
        }
    }
}
