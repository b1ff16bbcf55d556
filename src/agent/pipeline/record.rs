//! What the steps record in the store beside their result, and what becomes of a store that fails.

use std::time::Duration;

use super::Pipeline;
use crate::agent::decision::CurrentDecision;
use crate::clock::Timestamp;
use crate::config::Destination;
use crate::store::{AuditLine, AuditOutcome, Expiry, Home, StoreError};

/// What is older than `--keep` is looked for this often.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(3600);

impl Pipeline {
    /// A report was due and could not rest on a scrape: the audit says so, once for each slot, also after a restart. Says
    /// whether it says so since this call.
    pub(super) fn miss_report(&mut self, due: Option<Timestamp>, now: Timestamp, reason: &str) -> bool {
        let (Some(slot), Some(store)) = (due.filter(|_| self.missed != due), &self.store) else { return false };
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
                is_new
            }
            Err(error) => {
                self.store_failed(error);
                false
            }
        }
    }

    /// Records what went wrong, for `status`, unless this topic fails in the same words already.
    pub(in crate::agent) fn failed(&mut self, topic: &'static str, text: &str, now: Timestamp) {
        if self.failing.get(topic).is_some_and(|known| known == text) {
            return;
        }
        self.failing.insert(topic, text.to_owned());
        let Some(store) = &self.store else { return };
        if let Err(error) = store.write(|writer| writer.record_failure(now, text)) {
            self.store_failed(error);
        }
    }

    /// A topic does not fail any more. Where `status` shows its failure and another topic still fails, it shows that one.
    pub(in crate::agent) fn recovered(&mut self, topic: &'static str) {
        let Some(over) = self.failing.remove(topic) else { return };
        let (Some(store), Some(lasting)) = (&self.store, self.failing.values().next()) else { return };
        let now = self.config.context.clock.now();
        let recorded = store.write(|writer| match writer.last_failure()? {
            Some(shown) if shown.text == over => writer.record_failure(now, lasting),
            _ => Ok(()),
        });
        if let Err(error) = recorded {
            self.store_failed(error);
        }
    }

    /// What `status` shows as the last failure is over when nothing fails, no report waits to be delivered, and the endpoint
    /// accepted all of the last one.
    pub(in crate::agent) fn clear_failure(&mut self) {
        let Some(store) = self.store.as_ref().filter(|_| self.failing.is_empty()) else { return };
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
            self.store_failed(error);
        }
    }

    /// Deletes what is older than `--keep`, at most once an hour.
    pub(in crate::agent) fn expire(&mut self, now: Timestamp) {
        let is_done = self.expired_at.is_some_and(|at| at <= now && now.since(at) < EXPIRY_INTERVAL);
        let Some(store) = self.store.as_ref().filter(|_| !is_done) else { return };
        self.expired_at = Some(now);
        // Where nothing is delivered, no report would ever have been tried.
        let is_off = self.current.as_ref().is_some_and(CurrentDecision::is_off);
        let expiry = match self.config.destination {
            Some(Destination::Endpoint(_)) if !is_off => Expiry::OnceTried,
            _ => Expiry::AfterGrace,
        };
        if let Err(error) = store.write(|writer| writer.expire(now, self.config.schedule.keep, expiry)) {
            self.store_failed(error);
        }
    }

    /// Keeps the error for the caller, and lets go of a store that opening it again may help.
    pub(in crate::agent) fn store_failed(&mut self, error: StoreError) {
        match error {
            StoreError::Erased => self.start_over(),
            StoreError::Full(_) | StoreError::Busy(_) => {}
            _ => self.close(),
        }
        self.store_error = Some(error);
    }

    pub(in crate::agent) fn close(&mut self) {
        self.store = None;
        if let Some(current) = &mut self.current {
            current.is_recorded = false;
        }
    }

    /// Nothing that is remembered beside the store holds any more.
    pub(in crate::agent) fn start_over(&mut self) {
        self.close();
        self.home = self.home.map(Home::emptied);
        self.failing.clear();
        (self.missed, self.expired_at) = (None, None);
    }
}
