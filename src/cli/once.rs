//! `headcount once`: one scrape, one report, delivery with its retries, then exit. For a CronJob, or by hand.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::Instant;

use super::app::App;
use super::exit::Exit;
use super::output::{fail, talk};
use super::run::shutdown_signal;
use crate::agent::Pipeline;
use crate::agent::decision::{COPIED, Deleted, RESIDUE};
use crate::agent::pipeline::{Manner, Problem, Reported, ScrapeEnd, problems, topic, warnings};
use crate::agent::rounds::{Limits, Round, RoundEnd};
use crate::clock::Timestamp;
use crate::config::Destination;
use crate::consent::{ConsentMonitor, ConsentState, Decision, DecisionChange, ReadPermit, SendPermit};
use crate::delivery::RetrySchedule;
use crate::ops::words::with_causes;
use crate::random;
use crate::store::StoreError;

/// Delivery goes on trying for so long.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);

/// Nothing tries again after `once`, so that it waits longer for those who read the store than `run` does.
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
pub(super) async fn once(app: App) -> Exit {
    match shutdown_signal() {
        Ok(shutdown) => Call { app: &app, say: &talk }.run(app.monitor(), shutdown).await,
        Err(error) => fail(Exit::Unexpected, &error),
    }
}

impl Call<'_> {
    /// Scrapes, reports and delivers once, unless `monitor` or `shutdown` ends it.
    pub async fn run(&self, mut monitor: ConsentMonitor, shutdown: impl Future<Output = ()>) -> Exit {
        let mut shutdown = pin!(shutdown);
        monitor.watch(self.app.context.file_watcher.as_ref());
        monitor.reconsider();
        let mut pipeline = Pipeline::new(self.app.worker_config(), MANNER);
        let mut what = "nothing was read and nothing was sent";
        loop {
            let prepared = prepare(self, &mut pipeline, &mut monitor);
            if prepared != Exit::Done {
                return prepared;
            }
            let Some((read, send)) = monitor.permits() else { return off(self, monitor.decision(), what) };
            if pipeline.config().service.is_none() {
                return self.app.refuse();
            }
            let exit = watched(self, &mut monitor, work(self, &mut pipeline, &read, &send), shutdown.as_mut()).await;
            pipeline.sign_out().await;
            // Where telemetry is on again already, the work begins again.
            match exit {
                Some(exit) if !read.is_revoked() => return exit,
                None if monitor.decision().is_enabled() => return Exit::Unexpected,
                _ => what = "stopped half-way",
            }
        }
    }

    /// Says what failed, and returns the exit status.
    fn fail(&self, exit: Exit, error: &(dyn std::error::Error + 'static)) -> Exit {
        (self.say)(&with_causes(error));
        exit
    }
}

/// Works with an eye on consent, which revokes the permits when it ends, and on signals. None if a signal came.
async fn watched(
    call: &Call<'_>,
    monitor: &mut ConsentMonitor,
    work: impl Future<Output = Exit>,
    mut shutdown: Pin<&mut impl Future<Output = ()>>,
) -> Option<Exit> {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            () = shutdown.as_mut() => {
                (call.say)("interrupted; what was complete is kept");
                return None;
            }
            () = monitor.changed() => monitor.reconsider(),
            exit = &mut work => return Some(exit),
        }
    }
}

/// Takes over what was decided, opens the store and brings it up to date. A store that a sidecar holds is that sidecar's to
/// keep while telemetry is off: it decides for itself.
fn prepare(call: &Call<'_>, pipeline: &mut Pipeline, monitor: &mut ConsentMonitor) -> Exit {
    let now = call.app.context.clock.now();
    for DecisionChange { decision, off_for } in monitor.take_changes() {
        pipeline.apply(&decision, now, off_for);
        // Each before the next one: an opt-out deletes, also where it was taken back meanwhile.
        let exit = maintain(call, pipeline, decision.is_enabled(), now);
        if exit != Exit::Done {
            return exit;
        }
    }
    Exit::Done
}

fn maintain(call: &Call<'_>, pipeline: &mut Pipeline, is_on: bool, now: Timestamp) -> Exit {
    let maintained = pipeline.maintain(now);
    if maintained.is_copy {
        (call.say)(&format!("warning: {COPIED}"));
    }
    match maintained.deleted {
        Some(Deleted::Failed(text)) => {
            (call.say)(&text);
            return Exit::Store;
        }
        Some(Deleted::ButResidue { .. }) => {
            (call.say)(RESIDUE);
            return Exit::Store;
        }
        _ => {}
    }
    match pipeline.take_store_error() {
        Some(StoreError::Locked { .. }) if !is_on => Exit::Done,
        Some(error) => call.fail(Exit::Store, &error),
        None => Exit::Done,
    }
}

/// Off: says why.
fn off(call: &Call<'_>, decision: &Decision, what: &str) -> Exit {
    let Call { app, say } = call;
    if decision.state == ConsentState::NotEnabled && !app.configuration.faults.is_empty() {
        return app.refuse();
    }
    say(&format!("{what}: {}", decision.reason));
    Exit::Done
}

/// The steps, each once. What the store could not keep outranks every other end.
async fn work(call: &Call<'_>, pipeline: &mut Pipeline, read: &ReadPermit, send: &SendPermit) -> Exit {
    let exit = steps(call, pipeline, read, send).await;
    match pipeline.take_store_error() {
        Some(error) => call.fail(Exit::Store, &error),
        None => exit,
    }
}

async fn steps(call: &Call<'_>, pipeline: &mut Pipeline, read: &ReadPermit, send: &SendPermit) -> Exit {
    let Call { app, say } = call;
    let begun = app.context.clock.now();
    let exit = match pipeline.scrape(read, Some(begun), |_| true).await.end {
        ScrapeEnd::Complete { .. } if read.is_revoked() => return Exit::Done,
        ScrapeEnd::Complete { .. } => report(call, pipeline, app.context.clock.now()),
        ScrapeEnd::Stopped => return Exit::Done,
        ScrapeEnd::NotReady { text, .. } | ScrapeEnd::Failed { text, .. } => {
            say(&text);
            Exit::Source
        }
        ScrapeEnd::NotStored => return Exit::Store,
    };
    let Some(Destination::Endpoint(endpoint)) = &app.configuration.destination else { return exit };
    let delivered = deliver(call, pipeline, &endpoint.url.recipient(), send).await;
    if exit == Exit::Done { delivered } else { exit }
}

fn report(call: &Call<'_>, pipeline: &mut Pipeline, now: Timestamp) -> Exit {
    let say = call.say;
    match pipeline.report(now) {
        Reported::Made { hour, .. } => {
            say(&format!("a report for the hour {hour} was made"));
            Exit::Done
        }
        Reported::Skipped(reason) => {
            say(&format!("no report was made: {reason}"));
            if reason.is_clock_behind() { Exit::Unexpected } else { Exit::Done }
        }
        Reported::Refused(text) => {
            say(&text);
            Exit::Gate
        }
        Reported::Failed(text) => {
            say(&text);
            Exit::Unexpected
        }
        Reported::NotStored => Exit::Store,
    }
}

async fn deliver(call: &Call<'_>, pipeline: &mut Pipeline, recipient: &str, permit: &SendPermit) -> Exit {
    let Call { app, say } = call;
    let Ok(seed) = random::number(app.context.random.as_ref()) else { return Exit::Unexpected };
    let mut retries = RetrySchedule::new(seed);
    let deadline = Instant::now() + DELIVERY_LIMIT;
    let limits = Limits { goes_on: &|_| true, deadline: Some(deadline) };
    let (mut refused, mut left_behind) = (0, 0);
    loop {
        let Some(mut round) = pipeline.deliver(permit, &limits).await else { return Exit::Store };
        if round.arrived() > 0 {
            say(&format!("{} delivered to {recipient}", plural(round.arrived(), "report")));
        }
        for Problem { text, .. } in warnings(&round) {
            say(&format!("warning: {text}"));
        }
        refused += round.refused;
        left_behind += round.left_behind;
        (round.refused, round.left_behind) = (refused, left_behind);
        let wait = match &round.end {
            RoundEnd::Retry { after, .. } if round.gate_refused == 0 => Some(retries.next(*after)),
            _ => None,
        };
        match wait.filter(|wait| Instant::now() + *wait < deadline) {
            Some(wait) => drop(tokio::time::timeout(wait, permit.revoked()).await),
            None => return round_ended(call, &round),
        }
    }
}

/// Says what a round left undone, and with which status that ends.
fn round_ended(call: &Call<'_>, round: &Round) -> Exit {
    let mut exit = Exit::Done;
    for Problem { topic, text } in problems(round) {
        if topic == topic::GATE {
            (call.say)(&text);
            exit = Exit::Gate;
        } else {
            (call.say)(&format!("not delivered: {text}"));
            exit = if exit == Exit::Done { Exit::NotDelivered } else { exit };
        }
    }
    exit
}

fn plural(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
