//! A round of deliveries: what waits in the outbox goes out, oldest first, one at a time, exactly as it was written down.
//!
//! Must not know what the bytes mean. Every attempt is audited before the next one is made.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::surroundings::Surroundings;
use crate::clock::Timestamp;
use crate::config::EndpointSettings;
use crate::consent::SendPermit;
use crate::contract::{self, Approved};
use crate::delivery::{Outcome, Remark, Sender};
use crate::ops::words::with_causes;
use crate::store::{AuditOutcome, Store, StoreError, Waiting};

/// How a round ended.
#[derive(Debug, PartialEq, Eq)]
pub enum RoundEnd {
    /// Nothing waits any more.
    Empty,
    /// The oldest report should be tried again, no sooner than the endpoint asked.
    Retry {
        /// What the endpoint asked for, if it did.
        after: Option<std::time::Duration>,
        /// What went wrong.
        reason: String,
    },
    /// The operator has to mend something; the report waits until the next one's time, or a restart.
    Held {
        /// What to mend.
        reason: String,
    },
    /// It is not the time to send any more; the rest waits until it is.
    Paused,
    /// Consent was withdrawn.
    Revoked,
}

/// How far a round may go.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a function")]
pub struct Limits<'a> {
    /// Whether another report may be sent at this time.
    pub goes_on: &'a dyn Fn(Timestamp) -> bool,
    /// When the attempt under way is given up, if ever.
    pub deadline: Option<Instant>,
}

/// What a round did.
#[derive(Debug, PartialEq, Eq)]
pub struct Round {
    /// Reports that were delivered whole.
    pub delivered: u32,
    /// Reports that were delivered, of which the endpoint rejected some or all data points.
    pub partially_accepted: u32,
    /// Reports that were delivered with a warning of the endpoint.
    pub warned: u32,
    /// Reports that the endpoint refused for good.
    pub refused: u32,
    /// Reports that the gate refused, although it had let them into the outbox: their bytes were changed there.
    pub gate_refused: u32,
    /// How it ended.
    pub end: RoundEnd,
}

impl Round {
    const fn new() -> Self {
        Self { delivered: 0, partially_accepted: 0, warned: 0, refused: 0, gate_refused: 0, end: RoundEnd::Empty }
    }

    /// Reports that the endpoint has.
    #[must_use]
    pub const fn arrived(&self) -> u32 {
        self.delivered + self.partially_accepted
    }
}

/// Delivers what waits.
///
/// # Errors
/// If the store cannot be used. A report that was delivered but could not be recorded is sent once more, byte for byte.
pub async fn deliver_waiting(
    store: &Store,
    settings: &EndpointSettings,
    permit: &SendPermit,
    surroundings: &Surroundings,
    limits: &Limits<'_>,
) -> Result<Round, StoreError> {
    let mut round = Round::new();
    let Some(oldest) = store.read(|snapshot| snapshot.oldest_waiting())? else { return Ok(round) };
    let sender = match Sender::open(settings, &surroundings.dialer, Arc::clone(&surroundings.clock)) {
        Ok(sender) => sender,
        Err(error) => {
            let (now, reason) = (surroundings.clock.now(), error.to_string());
            store.write(|writer| writer.attempted(oldest.report, now, AuditOutcome::Held, &reason))?;
            round.end = RoundEnd::Held { reason };
            return Ok(round);
        }
    };
    let recipient = settings.url.recipient();
    while let Some(waiting) = store.read(|snapshot| snapshot.oldest_waiting())? {
        if !(limits.goes_on)(surroundings.clock.now()) {
            round.end = RoundEnd::Paused;
            break;
        }
        let ending = match as_written(&waiting) {
            Ok(approved) => {
                let outcome = send(&sender, permit, &approved, limits.deadline).await;
                record(store, &waiting, &outcome, &recipient, surroundings.clock.now(), &mut round)?
            }
            Err(refusal) => {
                let now = surroundings.clock.now();
                store.write(|writer| {
                    writer.settled(waiting.report, now, AuditOutcome::GateRefused, &refusal, None).map(drop)
                })?;
                round.gate_refused += 1;
                None
            }
        };
        if let Some(end) = ending {
            round.end = end;
            break;
        }
    }
    Ok(round)
}

/// The gate looks again, since what lies in a file for weeks may have been changed there: into something that is no report,
/// or into another one than was made. The error says which, in a sentence.
pub(crate) fn as_written(waiting: &Waiting) -> Result<Approved, String> {
    let approved = contract::approve(Bytes::copy_from_slice(&waiting.body)).map_err(|refusal| with_causes(&refusal))?;
    let sha256: [u8; 32] = Sha256::digest(approved.bytes()).into();
    if sha256 == waiting.sha256 {
        Ok(approved)
    } else {
        Err("the bytes in the outbox are not those that were made; nothing of it was sent; look who can write to the \
             state directory"
            .to_owned())
    }
}

async fn send(sender: &Sender, permit: &SendPermit, approved: &Approved, deadline: Option<Instant>) -> Outcome {
    let Some(deadline) = deadline else { return sender.send(permit, approved).await };
    let given_up = |_| Outcome::Retry {
        after: None,
        may_have_arrived: true,
        reason: "the endpoint did not answer before the time for deliveries was over; check the network".to_owned(),
    };
    tokio::time::timeout_at(deadline, sender.send(permit, approved)).await.unwrap_or_else(given_up)
}

/// Writes down what came of an attempt; gives the round's end, if this was it.
fn record(
    store: &Store,
    waiting: &Waiting,
    outcome: &Outcome,
    recipient: &str,
    now: Timestamp,
    round: &mut Round,
) -> Result<Option<RoundEnd>, StoreError> {
    let number = waiting.report;
    let reason = outcome.to_string();
    let audited = match outcome {
        Outcome::Delivered | Outcome::DeliveredWith(_) => AuditOutcome::Delivered,
        Outcome::PartiallyAccepted { .. } => AuditOutcome::PartiallyAccepted,
        Outcome::Refused { .. } => AuditOutcome::Refused,
        Outcome::Retry { .. } | Outcome::Revoked => AuditOutcome::WillRetry,
        Outcome::Held { .. } | Outcome::Ambiguous { .. } => AuditOutcome::Held,
    };
    let is_settled = !matches!(audited, AuditOutcome::WillRetry | AuditOutcome::Held);
    store.write(|writer| {
        if is_settled {
            writer.settled(number, now, audited, &reason, Some(recipient)).map(drop)
        } else {
            writer.attempted(number, now, audited, &reason)
        }
    })?;
    Ok(match outcome {
        Outcome::Delivered | Outcome::DeliveredWith(_) => {
            round.delivered += 1;
            round.warned += u32::from(*outcome == Outcome::DeliveredWith(Remark::Warning));
            None
        }
        Outcome::PartiallyAccepted { .. } => {
            round.partially_accepted += 1;
            None
        }
        Outcome::Refused { .. } => {
            round.refused += 1;
            None
        }
        Outcome::Retry { after, .. } => Some(RoundEnd::Retry { after: *after, reason }),
        Outcome::Held { .. } | Outcome::Ambiguous { .. } => Some(RoundEnd::Held { reason }),
        Outcome::Revoked => Some(RoundEnd::Revoked),
    })
}
