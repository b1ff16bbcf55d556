//! The attributes' values: what can become of a scrape and of a delivery.
//!
//! Plain enums for the main job; only this room knows that they are attributes.

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
        /// Consent ended meanwhile.
        Stopped = "stopped",
    }
}

words! {
    /// How an attempt to deliver a report ended, in the words of the audit.
    pub DeliveryOutcome("headcount.delivery.outcome") {
        /// The endpoint has it.
        Delivered = "delivered",
        /// The endpoint has it, and rejected some or all of its data points.
        PartiallyAccepted = "partially_accepted",
        /// It is tried again.
        WillRetry = "will_retry",
        /// Somebody has to mend something first.
        Held = "held",
        /// The endpoint will never take it.
        Refused = "refused",
        /// Its bytes were changed in the outbox, and were not sent.
        GateRefused = "gate_refused",
    }
}
