//! The agent: the one loop that `run` is. It looks at consent, at the clock and at what is due, and drains on a signal.
//!
//! Knows no protocol. It never ends by itself: whatever is wrong, it says so once, stays idle, and looks again, because a
//! sidecar that exits takes its whole pod out of service.

mod desk;
pub mod draft;
mod explain;
mod measured;
mod pace;
pub mod reporting;
pub mod rounds;
pub mod schedule;
pub mod scrape;
pub mod silence;
mod surroundings;
mod worker;

use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use tokio::select;
use tokio::time::sleep;

pub use desk::Desk;
pub use explain::{Recorded, explain};
pub use surroundings::Surroundings;
pub use worker::{Step, Tools, Worker};

use crate::ops::health::Heartbeat;
use desk::Turn;
use worker::MINUTE;

/// The sidecar's loop and all that it holds.
#[derive(Debug)]
pub struct Agent {
    desk: Desk,
    worker: Worker,
    heartbeat: Heartbeat,
    surroundings: Surroundings,
}

impl Agent {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(desk: Desk, worker: Worker, heartbeat: Heartbeat, surroundings: Surroundings) -> Self {
        Self { desk, worker, heartbeat, surroundings }
    }

    /// Runs until `shutdown` resolves; then signs out and returns. What was begun is either whole in the store or not there.
    pub async fn run(&mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        self.desk.watch();
        loop {
            self.heartbeat.beat();
            self.desk.reconsider();
            for Turn { decision, silent_for } in self.desk.take_turns() {
                self.worker.turn(self.surroundings.clock.now(), &decision, silent_for).await;
            }
            let now = self.surroundings.clock.now();
            self.worker.tend(now);
            self.worker.measure();
            let flow = match self.due(now) {
                ControlFlow::Break(step) => self.work(step, shutdown.as_mut()).await,
                ControlFlow::Continue(wait) => self.rest(wait, shutdown.as_mut()).await,
            };
            if flow.is_break() {
                break;
            }
        }
        self.worker.sign_out().await;
    }

    /// A step to do now, or how long to rest.
    fn due(&mut self, now: crate::clock::Timestamp) -> ControlFlow<Step, Duration> {
        if self.desk.permits().is_none() {
            return ControlFlow::Continue(MINUTE);
        }
        match self.worker.next_step(now) {
            Step::Wait(wait) => ControlFlow::Continue(wait),
            step => ControlFlow::Break(step),
        }
    }

    async fn rest(&mut self, wait: Duration, shutdown: Pin<&mut impl Future<Output = ()>>) -> ControlFlow<()> {
        select! {
            biased;
            () = shutdown => ControlFlow::Break(()),
            () = self.desk.changed() => ControlFlow::Continue(()),
            () = sleep(wait) => ControlFlow::Continue(()),
        }
    }

    /// Does a step, with an eye on consent and on the signal.
    async fn work(&mut self, step: Step, mut shutdown: Pin<&mut impl Future<Output = ()>>) -> ControlFlow<()> {
        let Some((read, send)) = self.desk.permits() else { return ControlFlow::Continue(()) };
        let Self { desk, worker, heartbeat, .. } = self;
        let mut work = std::pin::pin!(worker.perform(step, &read, &send));
        loop {
            select! {
                biased;
                () = shutdown.as_mut() => return ControlFlow::Break(()),
                // Reconsidering revokes the permits, and the step ends by itself.
                () = desk.changed() => desk.reconsider(),
                () = &mut work => return ControlFlow::Continue(()),
                () = sleep(MINUTE) => {
                    heartbeat.beat();
                    desk.reconsider();
                }
            }
        }
    }
}
