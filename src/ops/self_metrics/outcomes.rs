//! The values of the attributes: outcomes of scrapes and deliveries.
//!
//! Callers use plain enums; only this folder knows that they are attributes.

use crate::named::named;

named! {
    /// How a scrape ended.
    pub enum ScrapeOutcome {
        /// It changed the ledger.
        Complete = "complete",
        /// The service was still starting.
        NotReady = "not_ready",
        /// It changed nothing.
        Failed = "failed",
        /// Telemetry was turned off.
        Stopped = "stopped",
    }
}

named! {
    /// How an attempt to deliver a report ended, as in the audit log.
    pub enum DeliveryOutcome {
        /// The endpoint has it.
        Delivered = "delivered",
        /// The endpoint has it, and rejected some or all of its data points.
        PartiallyAccepted = "partially_accepted",
        /// It is retried.
        WillRetry = "will_retry",
        /// Something has to be fixed first.
        Held = "held",
        /// The endpoint rejected it.
        Refused = "refused",
        /// Its bytes were changed in the outbox, and were not sent.
        GateRefused = "gate_refused",
    }
}
