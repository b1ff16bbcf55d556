//! The agent: the one loop that `run` is. It looks at consent, at the clock and at what is due, and drains on a signal.
//!
//! Knows no protocol. It never ends by itself: whatever is wrong, it says so once, stays idle, and looks again, because a
//! sidecar that exits takes its whole pod out of service.

pub mod decision;
mod desk;
pub mod draft;
mod explain;
mod measured;
mod offering;
mod pace;
pub mod pipeline;
pub mod reporting;
pub mod rounds;
pub mod schedule;
pub mod scrape;
pub mod silence;
mod worker;

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, sleep};

pub use desk::{Desk, Turn};
pub use explain::{Recorded, explain};
pub use pipeline::{Pipeline, WorkerConfig};
pub use worker::{Step, Worker};

use crate::context::Context;
use crate::ops::health::Heartbeat;
use worker::MINUTE;

/// Who asks for the session to be ended says that the service is about to end: it is left alone for so long. Longer than pods
/// take to end; and whoever asked for nothing has not stopped the reports.
const PARTING: Duration = Duration::from_secs(300);

/// What came of a step or of a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Go on.
    On,
    /// Sign out, and leave the service alone for a while.
    Part,
    /// Sign out and end.
    End,
}

/// The sidecar's loop and all that it holds.
#[derive(Debug)]
pub struct Agent {
    desk: Desk,
    worker: Worker,
    heartbeat: Heartbeat,
    context: Context,
    /// Until when the service is left alone.
    parted: Option<Instant>,
}

impl Agent {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(desk: Desk, worker: Worker, heartbeat: Heartbeat, context: Context) -> Self {
        Self { desk, worker, heartbeat, context, parted: None }
    }

    /// Runs until `shutdown` resolves; then signs out and returns. What was begun is either whole in the store or not there.
    pub async fn run(&mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        self.desk.watch();
        loop {
            self.heartbeat.beat();
            self.desk.reconsider();
            for Turn { decision, silent_for } in self.desk.take_turns() {
                self.worker.turn(self.context.clock.now(), &decision, silent_for).await;
            }
            let now = self.context.clock.now();
            self.worker.tend(now);
            self.worker.measure();
            let flow = match self.due(now) {
                ControlFlow::Break(step) => self.work(step, shutdown.as_mut()).await,
                ControlFlow::Continue(wait) => self.rest(wait, shutdown.as_mut()).await,
            };
            match flow {
                Flow::On => {}
                Flow::Part => self.part().await,
                Flow::End => break,
            }
        }
        self.worker.sign_out().await;
    }

    /// Signs out, since the service is about to end.
    async fn part(&mut self) {
        tracing::info!("asked to sign out: the service is left alone for {} s", PARTING.as_secs());
        self.worker.sign_out().await;
        self.parted = Some(Instant::now() + PARTING);
    }

    /// For how long the service is still left alone.
    fn parted_for(&self) -> Option<Duration> {
        let left = self.parted?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| left.min(MINUTE))
    }

    /// A step to do now, or how long to rest.
    fn due(&mut self, now: crate::clock::Timestamp) -> ControlFlow<Step, Duration> {
        if self.desk.permits().is_none() {
            return ControlFlow::Continue(MINUTE);
        }
        if let Some(wait) = self.parted_for() {
            return ControlFlow::Continue(wait);
        }
        match self.worker.next_step(now) {
            Step::Wait(wait) => ControlFlow::Continue(wait),
            step => ControlFlow::Break(step),
        }
    }

    async fn rest(&mut self, wait: Duration, shutdown: Pin<&mut impl Future<Output = ()>>) -> Flow {
        select! {
            biased;
            () = shutdown => Flow::End,
            () = self.heartbeat.asked_to_sign_out() => Flow::Part,
            () = self.desk.changed() => Flow::On,
            () = self.context.clock.sleep(wait) => Flow::On,
        }
    }

    /// Does a step, with an eye on consent and on the signal.
    async fn work(&mut self, step: Step, mut shutdown: Pin<&mut impl Future<Output = ()>>) -> Flow {
        let Some((read, send)) = self.desk.permits() else { return Flow::On };
        let Self { desk, worker, heartbeat, .. } = self;
        let mut work = std::pin::pin!(worker.perform(step, &read, &send));
        loop {
            select! {
                biased;
                () = shutdown.as_mut() => return Flow::End,
                () = heartbeat.asked_to_sign_out() => return Flow::Part,
                // Reconsidering revokes the permits, and the step ends by itself.
                () = desk.changed() => desk.reconsider(),
                () = &mut work => return Flow::On,
                () = sleep(MINUTE) => {
                    heartbeat.beat();
                    desk.reconsider();
                }
            }
        }
    }
}
