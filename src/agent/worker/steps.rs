//! The steps that are due: a scrape, the report that rests on it, and a round of deliveries; and when they are due again.

use tokio::time::Instant;

use super::Worker;
use super::plan::may_send_now;
use crate::agent::metrics;
use crate::agent::pipeline::{Problem, Reported, ScrapeEnd, Scraped, problems, topic, warnings};
use crate::agent::rounds::{Limits, Round, RoundEnd};
use crate::clock::Timestamp;
use crate::consent::{ReadPermit, SendPermit};
use crate::source::Retry;

impl Worker {
    pub(super) async fn scrape(&mut self, due: Option<Timestamp>, permit: &ReadPermit) {
        let begun = Instant::now();
        let scrapes = &mut self.scrapes;
        let Scraped { end, is_report_missed } = self.pipeline.scrape(permit, due, |now| scrapes.not_ready(now)).await;
        self.meter.scraped(metrics::outcome_of(&end), begun.elapsed());
        let now = self.pipeline.config().context.clock.now();
        match end {
            ScrapeEnd::Complete { is_baseline } => {
                self.scraped(is_baseline, now);
                // Consent may have ended while the scrape was being written down.
                if due.is_some() && !permit.is_revoked() {
                    self.report(now);
                }
            }
            ScrapeEnd::Stopped => {}
            ScrapeEnd::NotReady { text, is_failure: true } => self.warn(topic::SCRAPE, &text),
            ScrapeEnd::NotReady { text, .. } => tracing::debug!("the service is not ready yet: {text}"),
            ScrapeEnd::Failed { text, retry } => {
                self.scrapes.failed(now, retry);
                self.warn(topic::SCRAPE, &text);
            }
            ScrapeEnd::NotStored => self.scrapes.failed(now, Retry::Usual),
        }
        if is_report_missed {
            // What the operator had to mend may be mended by the time of a report, made or not.
            self.deliveries.reset();
        }
        self.note_store_error();
    }

    fn scraped(&mut self, is_baseline: bool, now: Timestamp) {
        self.scrapes.succeeded(now);
        self.store_recovered();
        self.states.recovered(topic::SCRAPE, "the service can be read");
        tracing::debug!("a scrape was complete");
        if is_baseline {
            tracing::info!("the first complete scrape is the baseline; only what is created from now on is counted");
        }
    }

    fn report(&mut self, now: Timestamp) {
        match self.pipeline.report(now) {
            Reported::Made { number, hour } => {
                tracing::info!(report = number, %hour, "a report was made and waits in the outbox");
                self.deliveries.reset();
                self.states.recovered(topic::REPORT, "reports can be made");
            }
            Reported::Skipped(reason) => {
                tracing::info!(%reason, "no report was made");
                self.deliveries.reset();
                if reason.is_clock_behind() {
                    self.warn(topic::REPORT, &reason.to_string());
                }
            }
            Reported::Refused(text) => self.warn(topic::GATE, &text),
            Reported::Failed(text) => self.warn(topic::REPORT, &text),
            Reported::NotStored => {}
        }
    }

    pub(super) async fn deliver(&mut self, permit: &SendPermit) {
        let Some(store) = self.pipeline.store() else { return };
        let schedule = self.pipeline.config().schedule;
        let round = match store.read(|snapshot| snapshot.installation()) {
            Ok(installation) => {
                let goes_on = |now| may_send_now(now, &installation, &schedule);
                let limits = Limits { goes_on: &goes_on, deadline: None };
                self.pipeline.deliver(permit, &limits).await
            }
            Err(error) => {
                self.pipeline.store_failed(error);
                None
            }
        };
        let now = self.pipeline.config().context.clock.now();
        match round {
            Some(round) => self.round_ended(&round, now),
            None => drop(self.deliveries.failed(now, None)),
        }
        self.note_store_error();
    }

    fn round_ended(&mut self, round: &Round, now: Timestamp) {
        metrics::count(&self.meter, round);
        if round.arrived() > 0 {
            tracing::info!(reports = round.arrived(), "delivered");
            self.states.recovered(topic::DELIVERY, "the endpoint accepts reports");
            self.states.recovered(topic::REFUSAL, "the endpoint accepts reports");
            self.states.recovered(topic::GATE, "the gate lets reports pass");
        }
        if round.delivered > 0 {
            self.states.recovered(topic::REJECTION, "the endpoint accepts all data points");
            self.states.recovered(topic::WARNING, "the endpoint accepts reports without a warning");
        }
        for Problem { topic, text } in warnings(round).into_iter().chain(problems(round)) {
            self.warn(topic, &text);
        }
        match &round.end {
            RoundEnd::Empty => {
                self.deliveries.succeeded();
                self.states.recovered(topic::DELIVERY, "nothing waits any more");
            }
            RoundEnd::Retry { after, .. } => drop(self.deliveries.failed(now, *after)),
            RoundEnd::Held { .. } => self.deliveries.hold(),
            RoundEnd::Paused | RoundEnd::Revoked => {}
        }
    }

    /// Says once what went wrong; the pipeline has recorded it.
    fn warn(&mut self, topic: &'static str, text: &str) {
        self.states.warn(topic, text);
    }
}
