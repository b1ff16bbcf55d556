//! The values of the attributes: outcomes of scrapes and deliveries.
//!
//! Callers use plain enums; only this module knows that they are attributes.

use opentelemetry::KeyValue;

macro_rules! words {
    ($(#[$doc:meta])* $vis:vis $name:ident($key:literal) { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// The attribute that holds it.
            pub(super) const KEY: &'static str = $key;
            /// All of them.
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The values of the attribute.
            pub(super) const WORDS: &'static [&'static str] = &[$($word),*];

            /// The attribute's value.
            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The attribute with this value.
            pub(super) fn attribute(self) -> KeyValue {
                KeyValue::new(Self::KEY, self.word())
            }
        }
    };
}

words! {
    /// How a scrape ended.
    pub ScrapeOutcome("headcount.scrape.outcome") {
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

words! {
    /// How an attempt to deliver a report ended, as in the audit log.
    pub DeliveryOutcome("headcount.delivery.outcome") {
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
