//! The steps: a scrape, the report that rests on it, and a round of deliveries; and what came of each.

use tokio::time::Instant;

use super::Worker;
use super::plan::is_turn;
use crate::agent::measured;
use crate::agent::reporting::{self, Made};
use crate::agent::rounds::{self, Limits, Round, RoundEnd};
use crate::agent::scrape::{self, ScrapeError};
use crate::clock::Timestamp;
use crate::config::Destination;
use crate::consent::{ReadPermit, SendPermit};
use crate::ops::words::with_causes;
use crate::store::{AuditLine, AuditOutcome, Committed, StoreError};

impl Worker {
    pub(super) async fn scrape(&mut self, due: Option<Timestamp>, permit: &ReadPermit) {
        let (Some(store), Some(service)) = (&self.store, &mut self.tools.service) else { return };
        let begun = Instant::now();
        let scraped = scrape::scrape(service.as_mut(), permit, store, &self.tools.surroundings).await;
        self.meter.scraped(measured::outcome_of(&scraped), begun.elapsed());
        let now = self.tools.surroundings.clock.now();
        match scraped {
            Ok((committed, _)) => {
                self.scraped(&committed, now);
                // Consent may have ended while the scrape was being written down.
                if due.is_some() && !permit.is_revoked() {
                    self.report(now);
                }
            }
            Err(ScrapeError::Source(error)) if error.is_revoked() => {}
            Err(ScrapeError::Source(error)) if error.is_starting() => {
                let words = with_causes(&error);
                if self.scrapes.not_ready(now) {
                    self.failed("scrape", &words, now);
                } else {
                    tracing::debug!("the service is not ready yet: {words}");
                }
                self.miss_report(due, now, &words);
            }
            Err(ScrapeError::Store(error)) if !matches!(error, StoreError::Inconsistent { .. }) => {
                self.scrapes.failed(now);
                self.miss_report(due, now, &with_causes(&error));
                self.store_failed(&error);
            }
            Err(error) => {
                self.scrapes.failed(now);
                let words = with_causes(&error);
                self.failed("scrape", &words, now);
                self.miss_report(due, now, &words);
            }
        }
    }

    fn scraped(&mut self, committed: &Committed, now: Timestamp) {
        self.scrapes.succeeded(now);
        self.store_recovered();
        self.changes.recovered("scrape", "the service can be read");
        tracing::debug!("a scrape was complete");
        if committed.is_baseline {
            tracing::info!("the first complete scrape is the baseline; only what is created from now on is counted");
        }
        self.clear_failure();
    }

    /// Makes the report that is due. The next one is planned whether there was one to make or not.
    fn report(&mut self, now: Timestamp) {
        let Some(store) = &self.store else { return };
        let made =
            reporting::make_report(store, self.tools.wanted, &self.tools.surroundings, Some(&self.tools.schedule));
        match made {
            Ok(Made::Report { number, hour, .. }) => {
                tracing::info!(report = number, %hour, "a report was made and waits in the outbox");
                self.deliveries.hurry();
                self.changes.recovered("report", "reports can be made");
            }
            Ok(Made::Skipped(reason)) => {
                tracing::info!(%reason, "no report was made");
                self.deliveries.hurry();
                if reason.is_clock_behind() {
                    self.failed("report", &reason.to_string(), now);
                }
            }
            Ok(Made::Refused(refusal)) => self.failed("gate", &with_causes(&refusal), now),
            Err(reporting::ReportError::Store(error)) => self.store_failed(&error),
            Err(error) => self.failed("report", &with_causes(&error), now),
        }
    }

    /// A report was due and could not rest on a scrape: the audit says so, once for each slot, also after a restart.
    fn miss_report(&mut self, due: Option<Timestamp>, now: Timestamp, reason: &str) {
        let (Some(slot), Some(store)) = (due.filter(|_| self.missed != due), &self.store) else { return };
        let noted = store.write(|writer| {
            // A line from the future was written before the clock was set back, for another slot.
            let is_of_slot =
                |line: &AuditLine| line.outcome == AuditOutcome::NotMade && (slot..=now).contains(&line.at);
            if writer.audit(0, None)?.iter().any(is_of_slot) {
                return Ok(false);
            }
            writer.note(now, AuditOutcome::NotMade, reason, None)?;
            Ok(true)
        });
        match noted {
            Ok(is_new) => {
                self.missed = due;
                if is_new {
                    // What the operator had to mend may be mended by the time of a report, made or not.
                    self.deliveries.hurry();
                }
            }
            Err(error) => self.store_failed(&error),
        }
    }

    pub(super) async fn deliver(&mut self, permit: &SendPermit) {
        let (Some(store), Some(Destination::Endpoint(endpoint))) = (&self.store, &self.tools.destination) else {
            return;
        };
        let schedule = self.tools.schedule;
        let round = match store.read(|snapshot| snapshot.installation()) {
            Ok(installation) => {
                let goes_on = |now| is_turn(now, &installation, &schedule);
                let limits = Limits { goes_on: &goes_on, deadline: None };
                rounds::deliver_waiting(store, endpoint, permit, &self.tools.surroundings, &limits).await
            }
            Err(error) => Err(error),
        };
        let now = self.tools.surroundings.clock.now();
        match round {
            Ok(round) => self.round_ended(&round, now),
            Err(error) => {
                self.deliveries.failed(now, None);
                self.store_failed(&error);
            }
        }
    }

    fn round_ended(&mut self, round: &Round, now: Timestamp) {
        measured::count(&self.meter, round);
        if round.delivered > 0 {
            tracing::info!(reports = round.delivered, "delivered");
            self.changes.recovered("delivery", "the endpoint accepts reports");
            self.changes.recovered("refusal", "the endpoint accepts reports");
            self.changes.recovered("gate", "the gate lets reports pass");
        }
        if round.refused > 0 {
            self.failed("refusal", "the endpoint refused a report for good; `headcount audit` says why", now);
        }
        if round.gate_refused > 0 {
            self.failed("gate", "a report in the outbox was changed by somebody else and was not sent", now);
        }
        match &round.end {
            RoundEnd::Empty => {
                self.deliveries.succeeded();
                self.changes.recovered("delivery", "nothing waits any more");
                self.clear_failure();
            }
            RoundEnd::Retry { after, reason } => {
                self.deliveries.failed(now, *after);
                self.failed("delivery", reason, now);
            }
            RoundEnd::Held { reason } => {
                self.deliveries.hold();
                self.failed("delivery", reason, now);
            }
            RoundEnd::Paused | RoundEnd::Revoked => {}
        }
    }
}
