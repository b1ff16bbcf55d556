//! `headcount once`: one scrape, one report, delivery with its retries, then exit. For a CronJob, or by hand.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::exit::Exit;
use super::output::{fail, talk};
use super::run::shutdown_signal;
use super::setup::{Setup, contract};
use crate::agent::reporting::{self, Made, ReportError};
use crate::agent::rounds::{self, RoundEnd};
use crate::agent::scrape::{self, ScrapeError};
use crate::agent::{Desk, Worker};
use crate::config::{Destination, EndpointSettings};
use crate::consent::{Outcome, SendPermit};
use crate::delivery::RetrySchedule;
use crate::randomness;
use crate::source::Service;
use crate::store::{AuditOutcome, Expiry, Store, StoreError};

/// Delivery goes on trying for so long.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);

/// Does it once.
pub(super) async fn once(setup: Setup) -> Exit {
    let desk = setup.desk();
    if desk.permits().is_none() {
        return off(&setup, &desk).await;
    }
    let store = match open(&setup) {
        Ok(store) => store,
        Err(error) => return fail(Exit::Store, &error),
    };
    let Some(mut service) = setup.service() else { return setup.refuse() };
    let shutdown = match shutdown_signal() {
        Ok(shutdown) => shutdown,
        Err(error) => return fail(Exit::Unexpected, &error),
    };
    let exit = tokio::select! {
        exit = work(&setup, &desk, &store, service.as_mut()) => exit,
        () = shutdown => {
            talk("interrupted; what was complete is kept");
            Exit::Unexpected
        }
    };
    service.sign_out().await;
    exit
}

/// Off: says why, deletes if it is a no, and remembers the silence if a yes is missing.
async fn off(setup: &Setup, desk: &Desk) -> Exit {
    let decision = desk.decision();
    let is_no = decision.outcome == Outcome::No;
    let Ok(mut worker) = Worker::new(setup.tools()) else { return Exit::Unexpected };
    let now = setup.surroundings.clock.now();
    if is_no {
        worker.forget(now).await;
    } else if Store::exists(&setup.configuration.state_dir) && worker.open_store().is_ok() {
        worker.fall_silent(now).await;
    }
    if !is_no && !setup.configuration.faults.is_empty() {
        return setup.refuse();
    }
    talk(&format!("nothing was read and nothing was sent: {}", decision.reason));
    Exit::Done
}

/// Opens the store; a silence that lay between this call and the last one ends here.
fn open(setup: &Setup) -> Result<Store, StoreError> {
    let store = Store::open(&setup.configuration.state_dir)?;
    let now = setup.surroundings.clock.now();
    store.write(|writer| {
        writer.expire(now, setup.configuration.schedule.keep, Expiry::OnceTried)?;
        scrape::end_silence(writer, now, None)?;
        writer.record_contract(&contract().canonical_text())
    })?;
    Ok(store)
}

async fn work(setup: &Setup, desk: &Desk, store: &Store, service: &mut dyn Service) -> Exit {
    let Some((read, send)) = desk.permits() else { return Exit::Done };
    let mut exit = match scrape::scrape(service, &read, store, &setup.surroundings).await {
        Ok(_) => report(setup, store),
        Err(ScrapeError::Source(error)) => {
            let note = |writer: &crate::store::Writer<'_>| {
                let (now, reason) = (setup.surroundings.clock.now(), error.to_string());
                writer.note(now, AuditOutcome::NotMade, &reason, None)?;
                writer.record_failure(now, &reason)
            };
            if let Err(error) = store.write(note) {
                return fail(Exit::Store, &error);
            }
            fail(Exit::Source, &error)
        }
        Err(ScrapeError::Store(error)) => return fail(Exit::Store, &error),
        Err(error) => return fail(Exit::Unexpected, &error),
    };
    if let Some(Destination::Endpoint(endpoint)) = &setup.configuration.destination {
        let delivered = deliver(setup, store, endpoint, &send).await;
        if exit == Exit::Done {
            exit = delivered;
        }
    }
    exit
}

fn report(setup: &Setup, store: &Store) -> Exit {
    match reporting::make_report(store, setup.configuration.install_guid, &setup.surroundings) {
        Ok(Made::Report { hour, .. }) => {
            talk(&format!("a report for the hour {hour} was made"));
            Exit::Done
        }
        Ok(Made::Skipped(reason)) => {
            talk(&format!("no report was made: {reason}"));
            Exit::Done
        }
        Ok(Made::Refused(refusal)) => fail(Exit::Gate, &refusal),
        Err(ReportError::Store(error)) => fail(Exit::Store, &error),
        Err(error) => fail(Exit::Unexpected, &error),
    }
}

async fn deliver(setup: &Setup, store: &Store, endpoint: &EndpointSettings, permit: &SendPermit) -> Exit {
    let Ok(seed) = randomness::number(setup.surroundings.randomness.as_ref()) else { return Exit::Unexpected };
    let mut retries = RetrySchedule::new(seed);
    let deadline = Instant::now() + DELIVERY_LIMIT;
    loop {
        let round = match rounds::deliver_waiting(store, endpoint, permit, &setup.surroundings).await {
            Ok(round) => round,
            Err(error) => return fail(Exit::Store, &error),
        };
        if round.delivered > 0 {
            talk(&format!("{} delivered to {}", plural(round.delivered, "report"), endpoint.url.recipient()));
        }
        if round.gate_refused > 0 {
            talk("a report in the outbox was changed by somebody else and was not sent");
            return Exit::Gate;
        }
        let (reason, wait) = match round.end {
            RoundEnd::Empty if round.refused == 0 => return Exit::Done,
            RoundEnd::Empty => ("the endpoint refused a report for good, `headcount audit` says why".to_owned(), None),
            RoundEnd::Revoked => return Exit::Done,
            RoundEnd::Held { reason } => (reason, None),
            RoundEnd::Retry { after, reason } => (reason, Some(retries.next(after))),
        };
        match wait.filter(|wait| Instant::now() + *wait < deadline) {
            Some(wait) => sleep(wait).await,
            None => {
                talk(&format!("not delivered: {reason}"));
                return Exit::NotDelivered;
            }
        }
    }
}

fn plural(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
