//! Permits: values that only consent makes, and that end when consent does.

use super::decision::{ConsentState, Decision};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// Permission to read the service. Work under way stops when it is revoked.
///
/// An explicit command makes one, as [`Consent`] does:
///
/// ```
/// use headcount::consent::{ExplicitCommand, ReadPermit};
/// let token = tokio_util::sync::CancellationToken::new();
/// let permit: ReadPermit = ExplicitCommand::Preview.read_permit();
/// ```
///
/// It cannot be made outside of this module, since its only field is private:
///
/// ```compile_fail,E0451
/// use headcount::consent::ReadPermit;
/// let permit = ReadPermit { revoked: tokio_util::sync::CancellationToken::new() };
/// ```
///
/// nor out of nothing, since it has no default:
///
/// ```compile_fail,E0277
/// fn made_of_nothing<T: Default>() -> T { T::default() }
/// let permit: headcount::consent::ReadPermit = made_of_nothing();
/// ```
#[derive(Debug, Clone)]
pub struct ReadPermit {
    revoked: CancellationToken,
}

/// Permission to send to the endpoint. Work under way stops when it is revoked.
///
/// It cannot be made outside of this module, since its only field is private:
///
/// ```compile_fail,E0451
/// use headcount::consent::SendPermit;
/// let permit = SendPermit { revoked: tokio_util::sync::CancellationToken::new(), covers_earlier: true };
/// ```
///
/// nor out of a permit to read:
///
/// ```compile_fail,E0308
/// use headcount::consent::{ExplicitCommand, SendPermit};
/// let permit: SendPermit = ExplicitCommand::Preview.read_permit();
/// ```
#[derive(Debug, Clone)]
pub struct SendPermit {
    revoked: CancellationToken,
    covers_earlier: bool,
}

/// A command that is a permit by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplicitCommand {
    /// `headcount preview`: reads, sends nothing.
    Preview,
    /// `headcount check`: signs in, makes each kind of request of a scrape once, and signs out.
    Check,
    /// `headcount check --endpoint`: also sends one empty request.
    CheckEndpoint,
}

impl ExplicitCommand {
    /// Each of these commands may read.
    #[must_use]
    pub fn read_permit(self) -> ReadPermit {
        ReadPermit { revoked: CancellationToken::new() }
    }

    /// Only `check --endpoint` may send, and only its empty request.
    #[must_use]
    pub fn send_permit(self) -> Option<SendPermit> {
        (self == Self::CheckEndpoint).then(|| SendPermit { revoked: CancellationToken::new(), covers_earlier: false })
    }
}

/// The current decision, and the permits that it gave.
///
/// Permits end when telemetry is turned off, and with this value.
#[derive(Debug)]
pub struct Consent {
    decision: Decision,
    /// What ends all permits given since telemetry was last enabled.
    revoked: CancellationToken,
}

/// What an update changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "opting out deletes, and each change is logged"]
pub enum Change {
    /// Nothing.
    Unchanged,
    /// The state is the same for other reasons.
    Reasons,
    /// Off became on.
    TurnedOn,
    /// On became off, or one kind of off became the other: opting out deletes stored data.
    TurnedOff,
}

impl Consent {
    /// Begins with a decision.
    #[must_use]
    pub fn new(decision: Decision) -> Self {
        Self { decision, revoked: CancellationToken::new() }
    }

    /// The current decision.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Permits, if telemetry is enabled.
    #[must_use]
    pub fn permits(&self) -> Option<(ReadPermit, SendPermit)> {
        let revoked = || self.revoked.clone();
        let covers_earlier = !self.decision.names_contract;
        let send = || SendPermit { revoked: revoked(), covers_earlier };
        self.decision.is_enabled().then(|| (ReadPermit { revoked: revoked() }, send()))
    }

    /// Takes a new decision. If it turns telemetry off, the permits given so far are revoked before this returns.
    pub fn update(&mut self, decision: Decision) -> Change {
        let before = std::mem::replace(&mut self.decision, decision);
        if !self.decision.is_enabled() {
            self.revoked.cancel();
        }
        if before == self.decision {
            return Change::Unchanged;
        }
        match self.decision.state {
            state if state == before.state => Change::Reasons,
            ConsentState::Enabled => {
                self.revoked = CancellationToken::new();
                Change::TurnedOn
            }
            ConsentState::NotEnabled | ConsentState::OptedOut => Change::TurnedOff,
        }
    }
}

impl Drop for Consent {
    fn drop(&mut self) {
        self.revoked.cancel();
    }
}

impl ReadPermit {
    /// Resolves when the permit is revoked.
    pub fn revoked(&self) -> WaitForCancellationFuture<'_> {
        self.revoked.cancelled()
    }

    /// Whether the permit has been revoked.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked.is_cancelled()
    }
}

impl SendPermit {
    /// A permit, and what revokes it.
    #[cfg(test)]
    pub(crate) fn revocable() -> (Self, CancellationToken) {
        let revoked = CancellationToken::new();
        (Self { revoked: revoked.clone(), covers_earlier: false }, revoked)
    }

    /// Resolves when the permit is revoked.
    pub fn revoked(&self) -> WaitForCancellationFuture<'_> {
        self.revoked.cancelled()
    }

    /// Whether the permit has been revoked.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.revoked.is_cancelled()
    }

    /// Whether reports of an earlier contract may be sent: the operator approved no contract by its hash.
    #[must_use]
    pub const fn covers_earlier(&self) -> bool {
        self.covers_earlier
    }
}

#[cfg(test)]
impl ReadPermit {
    /// A permit, and what revokes it.
    pub(crate) fn revocable() -> (Self, CancellationToken) {
        let revoked = CancellationToken::new();
        (Self { revoked: revoked.clone() }, revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(state: ConsentState, reason: &str) -> Decision {
        Decision { state, sources: Vec::new(), reason: reason.to_owned(), names_contract: false }
    }

    #[test]
    fn permits_are_made_only_while_on() {
        assert!(Consent::new(decision(ConsentState::Enabled, "")).permits().is_some());
        for state in [ConsentState::NotEnabled, ConsentState::OptedOut] {
            assert!(Consent::new(decision(state, "")).permits().is_none());
        }
    }

    #[test]
    fn each_change_is_told_apart() {
        let table = [
            (ConsentState::Enabled, ConsentState::Enabled, Change::Reasons),
            (ConsentState::Enabled, ConsentState::NotEnabled, Change::TurnedOff),
            (ConsentState::Enabled, ConsentState::OptedOut, Change::TurnedOff),
            (ConsentState::NotEnabled, ConsentState::Enabled, Change::TurnedOn),
            (ConsentState::NotEnabled, ConsentState::NotEnabled, Change::Reasons),
            (ConsentState::NotEnabled, ConsentState::OptedOut, Change::TurnedOff),
            (ConsentState::OptedOut, ConsentState::Enabled, Change::TurnedOn),
            (ConsentState::OptedOut, ConsentState::NotEnabled, Change::TurnedOff),
            (ConsentState::OptedOut, ConsentState::OptedOut, Change::Reasons),
        ];
        for (before, after, change) in table {
            let mut consent = Consent::new(decision(before, "one"));
            assert_eq!(consent.update(decision(before, "one")), Change::Unchanged);
            assert_eq!(consent.update(decision(after, "two")), change, "{before:?} to {after:?}");
            assert_eq!(consent.permits().is_some(), after == ConsentState::Enabled);
            assert_eq!(consent.decision().reason, "two");
        }
    }

    #[test]
    fn turning_off_revokes_and_turning_on_does_not_revive() {
        for state in [ConsentState::NotEnabled, ConsentState::OptedOut] {
            let mut consent = Consent::new(decision(ConsentState::Enabled, ""));
            let (read, send) = consent.permits().unwrap();
            assert_eq!(consent.update(decision(ConsentState::Enabled, "other words")), Change::Reasons);
            assert!(!read.is_revoked() && !send.is_revoked());
            let _ = consent.update(decision(state, ""));
            assert!(read.is_revoked() && send.is_revoked());
            assert_eq!(consent.update(decision(ConsentState::Enabled, "")), Change::TurnedOn);
            let (new_read, new_send) = consent.permits().unwrap();
            assert!(read.is_revoked() && send.is_revoked() && !new_read.is_revoked() && !new_send.is_revoked());
        }
    }

    #[tokio::test]
    async fn revoking_ends_a_wait() {
        let mut consent = Consent::new(decision(ConsentState::Enabled, ""));
        let (read, send) = consent.permits().unwrap();
        let waiting = tokio::spawn(async move { tokio::join!(read.revoked(), send.revoked()) });
        let _ = consent.update(decision(ConsentState::OptedOut, ""));
        waiting.await.unwrap();
    }

    #[test]
    fn permits_end_with_what_could_revoke_them() {
        let consent = Consent::new(decision(ConsentState::Enabled, ""));
        let (read, send) = consent.permits().unwrap();
        drop(consent);
        assert!(read.is_revoked() && send.is_revoked());
    }

    #[test]
    fn only_check_endpoint_may_send_by_itself() {
        let commands = [ExplicitCommand::Preview, ExplicitCommand::Check, ExplicitCommand::CheckEndpoint];
        assert_eq!(commands.map(|command| command.send_permit().is_some()), [false, false, true]);
        assert!(commands.iter().all(|command| !command.read_permit().is_revoked()));
    }
}
