//! Permits: values that only consent makes, and that end when consent does.

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// Leave to read the service. Work under way stops when it is revoked.
#[derive(Debug, Clone)]
pub struct ReadPermit {
    revoked: CancellationToken,
}

/// Leave to send to the endpoint. Work under way stops when it is revoked.
#[derive(Debug, Clone)]
pub struct SendPermit {
    revoked: CancellationToken,
}

/// A command that a person gave, which is leave by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplicitCommand {
    /// `headcount preview`: reads, sends nothing.
    Preview,
    /// `headcount check`: signs in and out.
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
        (self == Self::CheckEndpoint).then(|| SendPermit { revoked: CancellationToken::new() })
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
