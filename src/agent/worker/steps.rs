//! The steps: a scrape, the report that rests on it, and a round of deliveries; and what came of each.

use tokio::time::Instant;

use super::Worker;
use crate::agent::measured;
use crate::agent::reporting::{self, Made};
use crate::agent::rounds::{self, Round, RoundEnd};
use crate::agent::schedule;
use crate::agent::scrape::{self, ScrapeError};
use crate::clock::Timestamp;
use crate::config::Destination;
use crate::consent::{ReadPermit, SendPermit};
use crate::ops::words::with_causes;
use crate::store::AuditOutcome;

impl Worker {
    pub(super) async fn scrape(&mut self, due: Option<Timestamp>, permit: &ReadPermit) {
        let (Some(store), Some(service)) = (&self.store, &mut self.tools.service) else { return };
        let begun = Instant::now();
        let scraped = scrape::scrape(service.as_mut(), permit, store, &self.tools.surroundings).await;
        self.meter.scraped(measured::outcome_of(&scraped), begun.elapsed());
        let now = self.tools.surroundings.clock.now();
        match scraped {
            Ok((committed, _)) => {
                self.scrapes.succeeded(now);
                self.changes.recovered("scrape", "the service can be read");
                tracing::debug!(baseline = committed.is_baseline, "a scrape was complete");
                if committed.is_baseline {
                    tracing::info!(
                        "the first complete scrape is the baseline; only what is created from now on is counted"
                    );
                }
                if due.is_some() {
                    self.report(now);
                }
            }
            Err(ScrapeError::Source(error)) if error.is_revoked() => {}
            Err(ScrapeError::Source(error)) if error.is_starting() => {
                self.scrapes.not_ready(now);
                tracing::debug!(%error, "the service is not ready yet");
                self.miss_report(due, now, &error.to_string());
            }
            Err(ScrapeError::Store(error)) => {
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

    /// Makes the report that is due. The next one is planned whether there was one to make or not.
    fn report(&mut self, now: Timestamp) {
        let Some(store) = &self.store else { return };
        let made = reporting::make_report(store, self.tools.wanted, &self.tools.surroundings);
        let planned = made.and_then(|made| {
            let schedule = self.tools.schedule;
            store.write(|writer| {
                let planned = writer.installation()?.next_report_at.unwrap_or(now);
                writer.set_next_report(Some(schedule::following_slot(planned, now, &schedule)))
            })?;
            Ok(made)
        });
        match planned {
            Ok(Made::Report { number, hour, .. }) => {
                tracing::info!(report = number, %hour, "a report was made and waits in the outbox");
                self.deliveries.hurry();
            }
            Ok(Made::Skipped(reason)) => tracing::info!(%reason, "no report was made"),
            Ok(Made::Refused(refusal)) => {
                self.failed("gate", &format!("{refusal}; nothing was sent, please report this as a defect"), now);
            }
            Err(reporting::ReportError::Store(error)) => self.store_failed(&error),
            Err(error) => self.failed("report", &with_causes(&error), now),
        }
    }

    /// A report was due and could not rest on a scrape: the audit says so, once for each slot.
    fn miss_report(&mut self, due: Option<Timestamp>, now: Timestamp, reason: &str) {
        if due.is_none() || self.missed == due {
            return;
        }
        self.missed = due;
        let Some(store) = &self.store else { return };
        let noted = store.write(|writer| writer.note(now, AuditOutcome::NotMade, reason, None));
        if let Err(error) = noted {
            self.store_failed(&error);
        }
    }

    pub(super) async fn deliver(&mut self, permit: &SendPermit) {
        let (Some(store), Some(Destination::Endpoint(endpoint))) = (&self.store, &self.tools.destination) else {
            return;
        };
        let round = rounds::deliver_waiting(store, endpoint, permit, &self.tools.surroundings).await;
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
        }
        if round.refused > 0 {
            self.failed("refusal", "the endpoint refused a report for good; `headcount audit` says why", now);
        }
        if round.gate_refused > 0 {
            self.failed("gate", "a report in the outbox was changed by somebody else and was not sent", now);
        }
        match &round.end {
            RoundEnd::Empty => drop(self.changes.recovered("delivery", "the endpoint accepts reports")),
            RoundEnd::Retry { after, reason } => {
                self.deliveries.failed(now, *after);
                self.failed("delivery", reason, now);
            }
            RoundEnd::Held { reason } => {
                self.deliveries.hold();
                self.failed("delivery", reason, now);
            }
            RoundEnd::Revoked => {}
        }
    }
}
