//! A round of deliveries: the pending reports are sent, oldest first, one at a time, as they are stored.
//!
//! Must not know what the bytes mean. Every attempt is audited before the next one is made; `offering` decides what an
//! ambiguous response means.

use std::sync::Arc;

use tokio::time::Instant;

use super::attempt;
use super::offering::{Offering, Response, Ruling};
use super::stored::{Blocked, verify_covered};
use crate::clock::Timestamp;
use crate::config::EndpointSettings;
use crate::consent::SendPermit;
use crate::context::Context;
use crate::contract::{ApprovedReport, Contract};
use crate::delivery::{DeliveryError, PrepareError, Remark, SendOutcome, Sender};
use crate::error_chain::Explanation;
use crate::store::{Queue, Store, StoreError};

/// How a round ended.
#[derive(Debug, PartialEq, Eq)]
pub enum RoundEnd {
    /// No report is pending.
    Empty,
    /// A report should be sent again, no sooner than the endpoint requested.
    Retry {
        /// The delay that the endpoint requested, if it did.
        after: Option<std::time::Duration>,
        /// What went wrong.
        reason: Explanation,
    },
    /// The operator has to fix something, or a later report has to show what is wrong; the pending reports wait until the
    /// next one's time, or a restart.
    Held {
        /// What to check.
        reason: Explanation,
    },
    /// The window closed; the other reports stay pending.
    Paused,
    /// The permit was revoked.
    Revoked,
}

/// How far a round may go.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a function")]
pub struct Limits<'a> {
    /// Whether another report may be sent at this time.
    pub goes_on: &'a dyn Fn(Timestamp) -> bool,
    /// When the attempt under way is ended, if ever.
    pub deadline: Option<Instant>,
}

/// What a round did.
#[derive(Debug, PartialEq, Eq)]
pub struct DeliveryRound {
    /// Reports that were delivered completely.
    pub delivered: u32,
    /// Reports that were delivered, of which the endpoint rejected some or all data points.
    pub partially_accepted: u32,
    /// Reports that were delivered with a warning of the endpoint.
    pub warned: u32,
    /// Reports that the endpoint rejected.
    pub refused: u32,
    /// Reports that the endpoint did not accept, although it accepted a later one.
    pub left_behind: u32,
    /// Attempts after which a report is held.
    pub held: u32,
    /// Reports that the contract check blocked: their bytes were changed in the outbox.
    pub gate_refused: u32,
    /// Reports of an earlier contract that the consent does not cover.
    pub uncovered: u32,
    /// How it ended.
    pub end: RoundEnd,
}

impl DeliveryRound {
    const fn new() -> Self {
        Self {
            delivered: 0,
            partially_accepted: 0,
            warned: 0,
            refused: 0,
            left_behind: 0,
            held: 0,
            gate_refused: 0,
            uncovered: 0,
            end: RoundEnd::Empty,
        }
    }

    /// Counts an attempt. Returns whether the round ends with it.
    fn count(&mut self, outcome: &SendOutcome, ruling: &Ruling) -> bool {
        match outcome {
            SendOutcome::Delivered => self.delivered += 1,
            SendOutcome::DeliveredWith(remark) => {
                self.delivered += 1;
                self.warned += u32::from(*remark == Remark::Warning);
            }
            SendOutcome::PartiallyAccepted { .. } => self.partially_accepted += 1,
            SendOutcome::Refused { .. } => self.refused += 1,
            SendOutcome::Ambiguous { .. } | SendOutcome::Held { .. } => self.held += 1,
            SendOutcome::Retry { .. } | SendOutcome::Revoked => {}
        }
        self.end = match (outcome, ruling) {
            (_, Ruling::Delivered { .. }) => RoundEnd::Empty,
            (SendOutcome::Ambiguous { reason } | SendOutcome::Held { reason }, _) => {
                RoundEnd::Held { reason: Explanation::of(reason) }
            }
            (SendOutcome::Retry { after, reason }, _) => {
                RoundEnd::Retry { after: *after, reason: Explanation::of(reason) }
            }
            (SendOutcome::Revoked, _) => RoundEnd::Revoked,
            _ => return false,
        };
        *ruling == Ruling::End
    }

    fn count_blocked(&mut self, blocked: &Blocked) {
        match blocked {
            Blocked::Modified(_) => self.gate_refused += 1,
            Blocked::Earlier(_) => self.uncovered += 1,
        }
    }

    /// Reports that the endpoint has.
    #[must_use]
    pub const fn arrived(&self) -> u32 {
        self.delivered + self.partially_accepted
    }
}

/// Sends the pending reports.
///
/// # Errors
/// If the store cannot be used. A report that was delivered but could not be recorded is sent once more, byte for byte.
pub async fn deliver_pending(
    contract: &'static Contract,
    store: &Store,
    settings: &EndpointSettings,
    permit: &SendPermit,
    context: &Context,
    limits: &Limits<'_>,
) -> Result<DeliveryRound, StoreError> {
    let mut round = DeliveryRound::new();
    let recipient = settings.url.recipient();
    let mut offering = Offering::from(store.read(|snapshot| snapshot.queue(&recipient))?);
    let mut senders = Senders { settings, context, current: None };
    while let Some(pending) = store.read(|snapshot| snapshot.next_pending(offering.position()))? {
        if !(limits.goes_on)(context.clock.now()) {
            round.end = RoundEnd::Paused;
            return Ok(round);
        }
        let approved = match verify_covered(contract, &pending, permit) {
            Ok(approved) => approved,
            Err(blocked) => {
                attempt::block(store, pending.report, context.clock.now(), &blocked)?;
                round.count_blocked(&blocked);
                offering.skip(pending.report);
                continue;
            }
        };
        let sender = match senders.of(approved.contents().contract) {
            Ok(sender) => sender,
            Err(error) => {
                round.end =
                    RoundEnd::Held { reason: attempt::hold(store, pending.report, context.clock.now(), &error)? };
                round.held += 1;
                return Ok(round);
            }
        };
        let is_past = offering.is_past_others();
        let is_marked = is_past && store.write(|writer| writer.mark_sent_past(pending.report, &recipient))?;
        let outcome = send(sender, permit, &approved, limits.deadline).await;
        let ruling = offering.rule(pending.report, Response::from(&outcome));
        let did_not_arrive = is_marked && !sender.may_have_arrived();
        let at = attempt::AttemptRecord { recipient: &recipient, now: context.clock.now(), did_not_arrive };
        round.left_behind += attempt::record(store, &pending, &outcome, &ruling, at)?;
        if round.count(&outcome, &ruling) {
            return Ok(round);
        }
    }
    Ok(round)
}

/// The sender of a round, which is opened again where the next report keeps to another contract: each names its own user agent.
struct Senders<'a> {
    settings: &'a EndpointSettings,
    context: &'a Context,
    current: Option<(&'static str, Sender)>,
}

impl Senders<'_> {
    fn of(&mut self, contract: &Contract) -> Result<&Sender, PrepareError> {
        let sender = match self.current.take() {
            Some((user_agent, sender)) if user_agent == contract.user_agent => sender,
            _ => {
                let Context { dialer, clock, .. } = self.context;
                Sender::open(self.settings, contract.user_agent, dialer, Arc::clone(clock))?
            }
        };
        Ok(&self.current.insert((contract.user_agent, sender)).1)
    }
}

impl From<Queue> for Offering {
    fn from(queue: Queue) -> Self {
        match queue.sent_past {
            Some(report) => Self::resumed(report, queue.before, queue.has_new),
            None => Self::from_the_oldest(queue.has_new),
        }
    }
}

impl From<&SendOutcome> for Response {
    fn from(outcome: &SendOutcome) -> Self {
        match outcome {
            SendOutcome::Delivered | SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. } => {
                Self::Accepted
            }
            SendOutcome::Refused { .. } => Self::Refused,
            SendOutcome::Ambiguous { .. } => Self::Ambiguous,
            SendOutcome::Retry { .. } | SendOutcome::Held { .. } | SendOutcome::Revoked => Self::Other,
        }
    }
}

async fn send(
    sender: &Sender,
    permit: &SendPermit,
    approved: &ApprovedReport,
    deadline: Option<Instant>,
) -> SendOutcome {
    let Some(deadline) = deadline else { return sender.send(permit, approved).await };
    let given_up = |_| SendOutcome::Retry { after: None, reason: DeliveryError::DeadlineReached };
    tokio::time::timeout_at(deadline, sender.send(permit, approved)).await.unwrap_or_else(given_up)
}
