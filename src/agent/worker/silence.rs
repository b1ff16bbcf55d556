//! What a decision about consent does: go on, fall silent, or forget.

use std::time::Duration;

use super::{READERS_GRACE, Worker};
use crate::agent::explain::explain;
use crate::agent::scrape;
use crate::clock::Timestamp;
use crate::consent::Decision;
use crate::ops::words::with_causes;
use crate::store::{Forget, Store, Trace};

impl Worker {
    /// Says what a decision means: at the start, and at each change.
    pub fn announce(&self, decision: &Decision) {
        let meaning = explain(decision, self.tools.destination.as_ref(), &self.tools.schedule);
        tracing::info!(telemetry = if decision.is_on() { "on" } else { "off" }, "{meaning}");
    }

    /// Consent came back, or was there from the start.
    pub fn resume(&mut self, now: Timestamp, silent_for: Option<Duration>) {
        let contract = self.tools.contract.clone();
        self.record(|writer| {
            scrape::end_silence(writer, now, silent_for)?;
            writer.record_contract(&contract)
        });
        if silent_for.is_some() {
            self.scrapes.hurry();
        }
        self.deliveries.hurry();
    }

    /// A yes is missing: everything is kept, and what comes into being from now on will not be counted.
    pub async fn fall_silent(&mut self, now: Timestamp) {
        self.record(|writer| match writer.installation()?.off_since {
            Some(_) => Ok(()),
            None => writer.set_off_since(Some(now)),
        });
        self.sign_out().await;
    }

    /// A no: everything but the receipts is deleted at once.
    pub async fn forget(&mut self, now: Timestamp) {
        let forgotten = match &self.store {
            Some(store) => store.forget(Forget::KeepReceipts, now, READERS_GRACE),
            None => Store::forget_in(&self.tools.state_dir, Forget::KeepReceipts, now, READERS_GRACE),
        };
        match forgotten {
            Ok(forgotten) if forgotten.trace == Trace::NothingThere => {}
            Ok(forgotten) => {
                let reports = forgotten.waiting;
                tracing::info!(reports, "a no: everything that was kept is deleted, but for the receipts");
                self.unwiped = forgotten.trace == Trace::StillInTheLog;
            }
            Err(error) => {
                self.changes.error("forget", &format!("not everything could be deleted: {}", with_causes(&error)));
                self.store = None;
            }
        }
        (self.missed, self.cleaned_at) = (None, None);
        self.scrapes.hurry();
        self.sign_out().await;
    }

    /// Ends the session at the service, if one is open.
    pub async fn sign_out(&mut self) {
        if let Some(service) = &mut self.tools.service {
            service.sign_out().await;
        }
    }
}
