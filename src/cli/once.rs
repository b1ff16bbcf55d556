//! `headcount once`: one scrape, one report, delivery with its retries, then exit. For a CronJob, or by hand.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;

use super::exit::Exit;
use super::output::{fail, talk};
use super::run::shutdown_signal;
use super::setup::{Setup, contract};
use crate::agent::Desk;
use crate::agent::reporting::{self, Made, ReportError};
use crate::agent::rounds::{self, Limits, RoundEnd};
use crate::agent::scrape::{self, ScrapeError};
use crate::agent::silence;
use crate::clock::Timestamp;
use crate::config::{Destination, EndpointSettings};
use crate::consent::{Decision, Outcome, ReadPermit, SendPermit};
use crate::delivery::RetrySchedule;
use crate::ops::words::with_causes;
use crate::randomness;
use crate::source::Service;
use crate::store::{AuditOutcome, Expiry, Forget, Store, StoreError};

/// Delivery goes on trying for so long.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);

/// A no waits this long for those who read the store, such as `status`, so that its log can be emptied.
const READERS_GRACE: Duration = Duration::from_secs(5);

/// What a call of `once` works with, and who takes its sentences.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a function")]
pub struct Call<'a> {
    /// Configuration and surroundings.
    pub setup: &'a Setup,
    /// Takes each sentence for the operator.
    pub say: &'a dyn Fn(&str),
}

/// Does it once, as a process of its own.
pub(super) async fn once(setup: Setup) -> Exit {
    match shutdown_signal() {
        Ok(shutdown) => Call { setup: &setup, say: &talk }.run(setup.desk(), shutdown).await,
        Err(error) => fail(Exit::Unexpected, &error),
    }
}

impl Call<'_> {
    /// Scrapes, reports and delivers once, unless `desk` or `shutdown` ends it.
    pub async fn run(&self, mut desk: Desk, shutdown: impl Future<Output = ()>) -> Exit {
        desk.watch();
        desk.reconsider();
        let Some((read, send)) = desk.permits() else {
            return off(self, desk.decision(), "nothing was read and nothing was sent");
        };
        let store = match open(self.setup) {
            Ok(store) => store,
            Err(error) => return self.fail(Exit::Store, &error),
        };
        let Some(mut service) = self.setup.service() else { return self.setup.refuse() };
        let exit = watched(self, &mut desk, work(self, &store, service.as_mut(), &read, &send), shutdown).await;
        service.sign_out().await;
        if desk.decision().is_on() {
            return exit;
        }
        drop(store);
        off(self, desk.decision(), "stopped half-way")
    }

    /// Says what failed, and returns the exit status.
    fn fail(&self, exit: Exit, error: &(dyn std::error::Error + 'static)) -> Exit {
        (self.say)(&with_causes(error));
        exit
    }
}

/// Works with an eye on consent, which revokes the permits when it ends, and on signals.
async fn watched(
    call: &Call<'_>,
    desk: &mut Desk,
    work: impl Future<Output = Exit>,
    shutdown: impl Future<Output = ()>,
) -> Exit {
    let (mut work, mut shutdown) = (pin!(work), pin!(shutdown));
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => {
                (call.say)("interrupted; what was complete is kept");
                return Exit::Unexpected;
            }
            () = desk.changed() => desk.reconsider(),
            exit = &mut work => return exit,
        }
    }
}

/// Off: says why, deletes if it is a no, and remembers the silence if a yes is missing.
fn off(call: &Call<'_>, decision: &Decision, what: &str) -> Exit {
    let Call { setup, say } = call;
    let (directory, now) = (&setup.configuration.state_dir, setup.surroundings.clock.now());
    let is_no = decision.outcome == Outcome::No;
    let kept = if is_no {
        Store::forget_in(directory, Forget::KeepReceipts, now, READERS_GRACE).map(drop)
    } else {
        remember_silence(directory, now)
    };
    if let Err(error) = kept {
        return call.fail(Exit::Store, &error);
    }
    if !is_no && !setup.configuration.faults.is_empty() {
        return setup.refuse();
    }
    say(&format!("{what}: {}", decision.reason));
    Exit::Done
}

/// A store that cannot be used has nothing to be told, and a sidecar that holds it decides for itself.
fn remember_silence(directory: &Path, now: Timestamp) -> Result<(), StoreError> {
    if !Store::exists(directory) {
        return Ok(());
    }
    match Store::open(directory) {
        Ok(store) => store.write(|writer| silence::begin(writer, now)),
        Err(_) => Ok(()),
    }
}

/// Opens the store; a silence that lay between this call and the last one ends here.
fn open(setup: &Setup) -> Result<Store, StoreError> {
    let store = Store::open(&setup.configuration.state_dir)?;
    let now = setup.surroundings.clock.now();
    let expiry = match setup.configuration.destination {
        Some(Destination::Endpoint(_)) => Expiry::OnceTried,
        _ => Expiry::AfterGrace,
    };
    store.write(|writer| {
        writer.expire(now, setup.configuration.schedule.keep, expiry)?;
        writer.record_contract(&contract().canonical_text())?;
        silence::end(writer, now, None)
    })?;
    Ok(store)
}

async fn work(call: &Call<'_>, store: &Store, service: &mut dyn Service, read: &ReadPermit, send: &SendPermit) -> Exit {
    let setup = call.setup;
    let mut exit = match scrape::scrape(service, read, store, &setup.surroundings).await {
        Ok(_) if read.is_revoked() => return Exit::Done,
        Err(ScrapeError::Source(error)) if error.is_revoked() => return Exit::Done,
        Ok(_) => report(call, store),
        Err(ScrapeError::Store(error)) if !matches!(error, StoreError::Inconsistent { .. }) => {
            return call.fail(Exit::Store, &error);
        }
        Err(error) => match not_made(setup, store, &error) {
            Ok(()) => call.fail(Exit::Source, &error),
            Err(error) => return call.fail(Exit::Store, &error),
        },
    };
    if let Some(Destination::Endpoint(endpoint)) = &setup.configuration.destination {
        let delivered = deliver(call, store, endpoint, send).await;
        if exit == Exit::Done {
            exit = delivered;
        }
    }
    if exit == Exit::Done
        && let Err(error) = store.write(|writer| writer.clear_failure())
    {
        return call.fail(Exit::Store, &error);
    }
    exit
}

fn not_made(setup: &Setup, store: &Store, error: &ScrapeError) -> Result<(), StoreError> {
    let (now, reason) = (setup.surroundings.clock.now(), with_causes(error));
    store.write(|writer| {
        writer.note(now, AuditOutcome::NotMade, &reason, None)?;
        writer.record_failure(now, &reason)
    })
}

fn report(call: &Call<'_>, store: &Store) -> Exit {
    let Call { setup, say } = call;
    match reporting::make_report(store, setup.configuration.install_guid, &setup.surroundings, None) {
        Ok(Made::Report { hour, .. }) => {
            say(&format!("a report for the hour {hour} was made"));
            Exit::Done
        }
        Ok(Made::Skipped(reason)) => {
            say(&format!("no report was made: {reason}"));
            if reason.is_clock_behind() { Exit::Unexpected } else { Exit::Done }
        }
        Ok(Made::Refused(refusal)) => call.fail(Exit::Gate, &refusal),
        Err(ReportError::Store(error)) => call.fail(Exit::Store, &error),
        Err(error) => call.fail(Exit::Unexpected, &error),
    }
}

async fn deliver(call: &Call<'_>, store: &Store, endpoint: &EndpointSettings, permit: &SendPermit) -> Exit {
    let Call { setup, say } = call;
    let Ok(seed) = randomness::number(setup.surroundings.randomness.as_ref()) else { return Exit::Unexpected };
    let mut retries = RetrySchedule::new(seed);
    let deadline = Instant::now() + DELIVERY_LIMIT;
    let limits = Limits { goes_on: &|_| true, deadline: Some(deadline) };
    loop {
        let round = match rounds::deliver_waiting(store, endpoint, permit, &setup.surroundings, &limits).await {
            Ok(round) => round,
            Err(error) => return call.fail(Exit::Store, &error),
        };
        if round.delivered > 0 {
            say(&format!("{} delivered to {}", plural(round.delivered, "report"), endpoint.url.recipient()));
        }
        if round.gate_refused > 0 {
            say("a report in the outbox was changed by somebody else and was not sent");
            return Exit::Gate;
        }
        let (reason, wait) = match round.end {
            RoundEnd::Empty if round.refused == 0 => return Exit::Done,
            RoundEnd::Empty => ("the endpoint refused a report for good, `headcount audit` says why".to_owned(), None),
            RoundEnd::Revoked | RoundEnd::Paused => return Exit::Done,
            RoundEnd::Held { reason } => (reason, None),
            RoundEnd::Retry { after, reason } => (reason, Some(retries.next(after))),
        };
        match wait.filter(|wait| Instant::now() + *wait < deadline) {
            Some(wait) => drop(tokio::time::timeout(wait, permit.revoked()).await),
            None => return not_delivered(call, store, &reason),
        }
    }
}

fn not_delivered(call: &Call<'_>, store: &Store, reason: &str) -> Exit {
    let Call { setup, say } = call;
    say(&format!("not delivered: {reason}"));
    match store.write(|writer| writer.record_failure(setup.surroundings.clock.now(), reason)) {
        Ok(()) => Exit::NotDelivered,
        Err(error) => call.fail(Exit::Store, &error),
    }
}

fn plural(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
