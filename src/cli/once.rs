//! `headcount once`: one scrape, one report, delivery with its retries, then exit. For a CronJob, or by hand.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::Instant;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::note;
use super::progress;
use super::render::plural;
use super::run::shutdown_signal;
use crate::agent::Pipeline;
use crate::agent::pipeline::{COPIED, Event, Manner, Reported, STORE_REPLACED, ScrapeEnd, Topic};
use crate::agent::rounds::{Limits, RoundEnd};
use crate::config::Destination;
use crate::consent::{ConsentMonitor, ConsentState, ReadPermit, SendPermit};
use crate::delivery::RetryBackoff;
use crate::error_chain::{Explanation, sentence};
use crate::random;

/// Deliveries are retried for so long.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);

/// No later call may come, so that a deletion waits longer for other processes than in `run`.
const MANNER: Manner = Manner { readers_grace: Duration::from_secs(5), makes_store_while_off: false };

/// What a call of `once` works with, and who takes its sentences.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a function")]
pub struct Call<'a> {
    /// Configuration and context.
    pub app: &'a App,
    /// Takes each sentence for the operator.
    pub say: &'a dyn Fn(&str),
}

/// Does it once, as a process of its own.
///
/// # Errors
/// The exit status.
pub async fn once(app: App) -> Ended {
    let shutdown = shutdown_signal()?;
    match (Call { app: &app, say: &note }).run(app.monitor(), shutdown).await {
        Exit::Done => Ok(()),
        exit => Err(exit),
    }
}

impl Call<'_> {
    /// Scrapes, reports and delivers once, unless the decision or `shutdown` ends it.
    pub async fn run(&self, mut monitor: ConsentMonitor, shutdown: impl Future<Output = ()>) -> Exit {
        let mut shutdown = pin!(shutdown);
        monitor.watch(self.app.context.file_watcher.as_ref());
        monitor.reconsider();
        let pipeline = Pipeline::new(self.app.worker_config(), MANNER, monitor.decision());
        let mut steps = Steps { call: *self, pipeline, failed: None, undelivered: None };
        let mut what = "no scrape, nothing sent";
        loop {
            steps.prepare(&mut monitor);
            if steps.has_store_failed() {
                return steps.exit();
            }
            let Some((read, send)) = monitor.permits() else { return self.off(&monitor, what) };
            if steps.pipeline.config().service.is_none() {
                return self.app.refuse();
            }
            let is_done = self.unless_ended(&mut monitor, steps.work(&read, &send), shutdown.as_mut()).await;
            steps.pipeline.sign_out().await;
            // Where telemetry is enabled again already, the work begins again.
            match is_done {
                true if !read.is_revoked() => return steps.exit(),
                false if monitor.decision().is_enabled() => return Exit::Unexpected,
                _ => what = "interrupted",
            }
        }
    }

    /// Does the work while the decision is watched, which ends the work by revoking its permits. Returns false at a signal.
    async fn unless_ended(
        &self,
        monitor: &mut ConsentMonitor,
        work: impl Future<Output = ()>,
        mut shutdown: Pin<&mut impl Future<Output = ()>>,
    ) -> bool {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = shutdown.as_mut() => {
                    (self.say)("interrupted; completed steps are stored");
                    return false;
                }
                () = monitor.changed() => monitor.reconsider(),
                () = &mut work => return true,
            }
        }
    }

    fn off(&self, monitor: &ConsentMonitor, what: &str) -> Exit {
        let decision = monitor.decision();
        if decision.state == ConsentState::NotEnabled && !self.app.configuration.errors.is_empty() {
            return self.app.refuse();
        }
        (self.say)(&format!("{what}: {}{}", decision.reason, decision.remedies()));
        Exit::Done
    }
}

/// The steps, and what failed in them.
struct Steps<'a> {
    call: Call<'a>,
    pipeline: Pipeline,
    /// The first of the topics that failed.
    failed: Option<Topic>,
    /// Why the last attempt to deliver failed, if it did.
    undelivered: Option<Explanation>,
}

impl Steps<'_> {
    /// Applies each decision before the next one: opting out deletes, also where telemetry was enabled again meanwhile.
    fn prepare(&mut self, monitor: &mut ConsentMonitor) {
        for change in monitor.take_changes() {
            let now = self.call.app.context.clock.now();
            self.pipeline.apply(&change, now);
            if self.pipeline.maintain(now).is_copy {
                (self.call.say)(&format!("warning: {COPIED}"));
            }
            self.tell();
            if self.has_store_failed() {
                break;
            }
        }
    }

    const fn has_store_failed(&self) -> bool {
        matches!(self.failed, Some(Topic::Store | Topic::Deletion))
    }

    /// Each step once.
    async fn work(&mut self, read: &ReadPermit, send: &SendPermit) {
        let clock = &self.call.app.context.clock;
        let begun = clock.now();
        let scrape = self.pipeline.scrape(read, Some(begun), |_| true);
        match progress::during("reading the service", scrape).await.end {
            ScrapeEnd::Stopped => return,
            ScrapeEnd::Complete { .. } if read.is_revoked() => return,
            ScrapeEnd::Complete { .. } => self.report(),
            ScrapeEnd::NotReady | ScrapeEnd::Failed(_) => {}
        }
        self.tell();
        // A delivery could not be recorded, and the same report would be sent by each call.
        if self.has_store_failed() {
            return;
        }
        if let Some(Destination::Endpoint(endpoint)) = &self.call.app.configuration.destination {
            self.deliver(&endpoint.url.recipient(), send).await;
        }
    }

    fn report(&mut self) {
        match self.pipeline.report(self.call.app.context.clock.now()) {
            Reported::Made { hour, .. } => (self.call.say)(&format!("report created for the hour {hour}")),
            Reported::Skipped(reason) => (self.call.say)(&format!("no report created: {}", sentence(&reason))),
            Reported::Failed | Reported::StillDue => {}
        }
    }

    async fn deliver(&mut self, recipient: &str, permit: &SendPermit) {
        let Ok(seed) = random::number(self.call.app.context.random.as_ref()) else {
            return self.failed = self.failed.or(Some(Topic::Report));
        };
        let mut retries = RetryBackoff::new(seed);
        let deadline = Instant::now() + DELIVERY_LIMIT;
        let limits = Limits { goes_on: &|_| true, deadline: Some(deadline) };
        while let Some(round) = progress::during("delivering", self.pipeline.deliver(permit, &limits)).await {
            if round.arrived() > 0 {
                (self.call.say)(&format!("{} delivered to {recipient}", plural(round.arrived(), "report")));
            }
            self.tell();
            let wait = match &round.end {
                RoundEnd::Retry { after, .. } if round.gate_refused == 0 => retries.next(*after),
                _ => break,
            };
            if Instant::now() + wait >= deadline {
                break;
            }
            let wait = tokio::time::timeout(wait, permit.revoked());
            let _ = progress::during("waiting to deliver again", wait).await;
        }
        self.tell();
    }

    /// Prints what failed since the last call. A delivery is tried again, so that its failure is printed at the end.
    fn tell(&mut self) {
        for event in self.pipeline.take_events() {
            let (topic, explanation) = match event {
                Event::Failed(problem) => (problem.topic, problem.explanation),
                Event::StoreReplaced => (Topic::Store, Explanation { text: STORE_REPLACED.to_owned(), remedy: None }),
                Event::Recovered(topic) => {
                    self.recovered(topic);
                    continue;
                }
            };
            match topic {
                Topic::Delivery => self.undelivered = Some(explanation),
                Topic::Rejection | Topic::Warning | Topic::EarlierContract => self.explain("warning", &explanation),
                _ => {
                    self.explain("error", &explanation);
                    self.failed = Some(self.failed.map_or(topic, |failed| failed.min(topic)));
                }
            }
        }
    }

    /// The remedy is on a line of its own.
    fn explain(&self, label: &str, Explanation { text, remedy }: &Explanation) {
        (self.call.say)(&format!("{label}: {text}"));
        if let Some(remedy) = remedy {
            (self.call.say)(&format!("hint: {remedy}"));
        }
    }

    /// What came of a report stays, also where a later one fares better.
    fn recovered(&mut self, topic: Topic) {
        match topic {
            Topic::Delivery => self.undelivered = None,
            Topic::Store | Topic::Deletion | Topic::Scrape | Topic::Report if self.failed == Some(topic) => {
                self.failed = None;
            }
            _ => {}
        }
    }

    /// The exit status. Prints why reports could not be delivered.
    fn exit(&self) -> Exit {
        if let Some(explanation) = &self.undelivered {
            self.explain("error: not delivered", explanation);
        }
        match self.failed.or(self.undelivered.as_ref().map(|_| Topic::Delivery)) {
            None => Exit::Done,
            Some(Topic::Store | Topic::Deletion) => Exit::Store,
            Some(Topic::Scrape) => Exit::Source,
            Some(Topic::Report) => Exit::Unexpected,
            Some(Topic::Gate) => Exit::Gate,
            Some(Topic::Refusal | Topic::Delivery | Topic::Rejection | Topic::Warning | Topic::EarlierContract) => {
                Exit::NotDelivered
            }
        }
    }
}
