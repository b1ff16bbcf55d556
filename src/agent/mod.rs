//! The agent: the loop of `run`. It applies decisions, does the step that is due, and ends at a signal.
//!
//! Must not know protocols. It never ends by itself: an error is logged once and the step is tried again, since a sidecar that
//! exits makes its pod unready.

pub mod absence;
mod attempt;
mod backoff;
mod metrics;
pub mod off_period;
mod offering;
pub mod pipeline;
mod plan;
pub mod reporting;
pub mod rounds;
pub mod schedule;
pub mod scrape;
mod state;
pub(crate) mod stored;
mod summary;
mod worker;

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, sleep};

pub use pipeline::{Pipeline, WorkerConfig};
pub use plan::Step;
pub use summary::{RecordedDecision, summary};
pub use worker::Worker;

use crate::clock::Timestamp;
use crate::consent::ConsentMonitor;
use crate::context::Context;
use crate::ops::health::Heartbeat;
use plan::MINUTE;

/// A request to sign out comes before the service ends, so that scraping is paused for this long. Longer than pods take to end,
/// and short enough that a request by mistake does not stop the reports.
const PAUSE: Duration = Duration::from_secs(300);

/// What the loop does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next iteration.
    Continue,
    /// Sign out, and pause.
    Pause,
    /// Sign out, and end.
    End,
}

/// The sidecar's loop and all that it holds.
#[derive(Debug)]
pub struct Agent {
    monitor: ConsentMonitor,
    worker: Worker,
    heartbeat: Heartbeat,
    context: Context,
    /// No step is done until then.
    paused_until: Option<Instant>,
}

impl Agent {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(monitor: ConsentMonitor, worker: Worker, heartbeat: Heartbeat, context: Context) -> Self {
        Self { monitor, worker, heartbeat, context, paused_until: None }
    }

    /// Runs until `shutdown` resolves; then signs out and returns. An interrupted step leaves no partial result in the store.
    pub async fn run(&mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        self.monitor.watch(self.context.file_watcher.as_ref());
        loop {
            self.heartbeat.beat();
            self.monitor.reconsider();
            for change in self.monitor.take_changes() {
                self.worker.apply_decision(self.context.clock.now(), &change).await;
            }
            let now = self.context.clock.now();
            self.worker.maintain(now);
            self.worker.measure();
            let next = match self.due(now) {
                ControlFlow::Break(step) => self.work(step, shutdown.as_mut()).await,
                ControlFlow::Continue(wait) => self.wait(wait, shutdown.as_mut()).await,
            };
            match next {
                Next::Continue => {}
                Next::Pause => self.pause().await,
                Next::End => break,
            }
        }
        self.worker.sign_out().await;
    }

    /// Signs out, since the service is about to end, and does nothing for a while.
    async fn pause(&mut self) {
        tracing::info!("sign-out requested; scraping is paused for {} s", PAUSE.as_secs());
        self.worker.sign_out().await;
        self.paused_until = Some(Instant::now() + PAUSE);
    }

    /// The rest of a pause, at most a minute of it.
    fn rest_of_pause(&self) -> Option<Duration> {
        let left = self.paused_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(MINUTE))
    }

    /// The step that is due, or how long to wait.
    fn due(&mut self, now: Timestamp) -> ControlFlow<Step, Duration> {
        if self.monitor.permits().is_none() {
            return ControlFlow::Continue(MINUTE);
        }
        if let Some(wait) = self.rest_of_pause() {
            return ControlFlow::Continue(wait);
        }
        match self.worker.next_step(now) {
            Step::Wait(wait) => ControlFlow::Continue(wait),
            step => ControlFlow::Break(step),
        }
    }

    async fn wait(&mut self, time: Duration, shutdown: Pin<&mut impl Future<Output = ()>>) -> Next {
        select! {
            biased;
            () = shutdown => Next::End,
            () = self.heartbeat.asked_to_sign_out() => Next::Pause,
            () = self.monitor.changed() => Next::Continue,
            () = self.context.clock.sleep(time) => Next::Continue,
        }
    }

    /// Does a step, unless the decision changes or a signal comes.
    async fn work(&mut self, step: Step, mut shutdown: Pin<&mut impl Future<Output = ()>>) -> Next {
        let Some((read, send)) = self.monitor.permits() else { return Next::Continue };
        let Self { monitor, worker, heartbeat, .. } = self;
        let mut work = std::pin::pin!(worker.perform(step, &read, &send));
        loop {
            select! {
                biased;
                () = shutdown.as_mut() => return Next::End,
                () = heartbeat.asked_to_sign_out() => return Next::Pause,
                // Reconsidering revokes the permits, and the step ends by itself.
                () = monitor.changed() => monitor.reconsider(),
                () = &mut work => return Next::Continue,
                () = sleep(MINUTE) => {
                    heartbeat.beat();
                    monitor.reconsider();
                }
            }
        }
    }
}
