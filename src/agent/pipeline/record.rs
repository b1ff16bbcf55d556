//! What the steps record in the store besides their result: failures and recoveries; and what happens to a store that fails.

use std::time::Duration;

use super::{Event, Pipeline, Problem, Topic};
use crate::clock::Timestamp;
use crate::config::Destination;
use crate::store::{AuditLine, AuditOutcome, Expiry, Reason, StoreError, StoreLocation};

/// What is older than `--keep` is looked for this often.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(3600);

impl Pipeline {
    /// A report was due and could not rest on a scrape: the audit says so, once for each slot, also after a restart. Says
    /// whether it says so since this call.
    pub(super) fn miss_report(&mut self, due: Option<Timestamp>, now: Timestamp, problem: &Problem) -> bool {
        let (Some(slot), Some(store)) = (due.filter(|_| self.missed != due), &self.store) else { return false };
        let text = problem.explanation.to_string();
        let reason = Reason::failure(problem.code, &text);
        let noted = store.write(|writer| {
            // A line from the future was written before the clock was set back, for another slot.
            let is_of_slot =
                |line: &AuditLine| line.outcome == AuditOutcome::NotMade && (slot..=now).contains(&line.at);
            if writer.audit(0, None)?.iter().any(is_of_slot) {
                return Ok(false);
            }
            writer.record(now, AuditOutcome::NotMade, reason, None)?;
            Ok(true)
        });
        match noted {
            Ok(is_new) => {
                self.missed = due;
                is_new
            }
            Err(error) => {
                self.store_failed(&error);
                false
            }
        }
    }

    /// Takes note of a failure. Returns whether it is new: this topic does not fail in the same words already. One failure of
    /// the store has several wordings, as SQLite and the system have their own.
    pub(super) fn notice(&mut self, problem: Problem) -> bool {
        let is_same =
            |known: &Problem| *known == problem || (problem.topic, known.code) == (Topic::Store, problem.code);
        if self.failing.get(&problem.topic).is_some_and(is_same) {
            return false;
        }
        self.failing.insert(problem.topic, problem.clone());
        self.events.push(Event::Failed(problem));
        true
    }

    /// The same, and a new failure is recorded for `status`.
    pub(super) fn failed(&mut self, problem: Problem, now: Timestamp) {
        let (topic, code, text) = (problem.topic, problem.code, problem.explanation.to_string());
        if !self.notice(problem) || !topic.is_recorded() {
            return;
        }
        let Some(store) = &self.store else { return };
        if let Err(error) = store.write(|writer| writer.record_failure(now, code, &text)) {
            self.store_failed(&error);
        }
    }

    /// A topic does not fail any more. Where `status` shows its failure and another topic still fails, it shows that one.
    pub(super) fn recovered(&mut self, topic: Topic) {
        let Some(over) = self.failing.remove(&topic) else { return };
        self.events.push(Event::Recovered(topic));
        let (Some(store), Some(lasting)) = (&self.store, self.recorded_problems().next()) else { return };
        let now = self.config.context.clock.now();
        let recorded = store.write(|writer| match writer.last_failure()? {
            Some(shown) if shown.text == over.explanation.to_string() => {
                writer.record_failure(now, lasting.code, &lasting.explanation.to_string())
            }
            _ => Ok(()),
        });
        if let Err(error) = recorded {
            self.store_failed(&error);
        }
    }

    /// A topic cannot fail any more.
    pub(super) fn drop_problem(&mut self, topic: Topic) {
        self.failing.remove(&topic);
    }

    /// What fails and is shown by `status`.
    fn recorded_problems(&self) -> impl Iterator<Item = &Problem> {
        self.failing.values().filter(|problem| problem.topic.is_recorded())
    }

    /// What `status` shows as the last failure is over when nothing fails, no report waits to be delivered, and the endpoint
    /// accepted all of the last one.
    pub(super) fn clear_failure(&mut self) {
        let Some(store) = self.store.as_ref().filter(|_| self.recorded_problems().next().is_none()) else { return };
        let delivers = matches!(self.config.destination, Some(Destination::Endpoint(_)));
        let is_whole = |line: AuditLine| line.outcome != AuditOutcome::PartiallyAccepted;
        let is_over = store.read(|snapshot| {
            Ok(snapshot.last_failure()?.is_some()
                && (!delivers || snapshot.outbox_summary()?.depth == 0)
                && snapshot.last_delivery()?.is_none_or(is_whole))
        });
        let cleared = match is_over {
            Ok(true) => store.write(|writer| writer.clear_failure()),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = cleared {
            self.store_failed(&error);
        }
    }

    /// Deletes what is older than `--keep`, at most once an hour.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let is_done = self.expired_at.is_some_and(|at| at <= now && now.since(at) < EXPIRY_INTERVAL);
        let Some(store) = self.store.as_ref().filter(|_| !is_done) else { return };
        self.expired_at = Some(now);
        // Where nothing is delivered, no report would ever have been tried.
        let expiry = match self.config.destination {
            Some(Destination::Endpoint(_)) if !self.current.is_off() => Expiry::OnceTried,
            _ => Expiry::AfterGrace,
        };
        if let Err(error) = store.write(|writer| writer.expire(now, self.config.schedule.keep, expiry)) {
            self.store_failed(&error);
        }
    }

    /// Takes note of a store that cannot be used.
    pub(in crate::agent) fn store_failed(&mut self, error: &StoreError) {
        self.let_go(error);
        if matches!(error, StoreError::Erased) {
            self.events.push(Event::StoreReplaced);
        } else {
            self.notice(Problem::of(Topic::Store, error));
        }
    }

    /// Closes a store where opening it again may help.
    pub(super) fn let_go(&mut self, error: &StoreError) {
        match error {
            StoreError::Erased => self.start_over(),
            StoreError::Full(_) | StoreError::Busy(_) => {}
            _ => self.close(),
        }
    }

    pub(in crate::agent) fn close(&mut self) {
        self.store = None;
        self.current.is_recorded = false;
    }

    /// Nothing that is remembered of the earlier store holds any more.
    pub(super) fn start_over(&mut self) {
        self.close();
        self.home = self.home.map(StoreLocation::without_store);
        self.failing.clear();
        (self.missed, self.expired_at) = (None, None);
    }
}
