//! Checks a stored report again before it is sent or exported: its file may have been changed, or the contract.
//!
//! Pure. Must not know what is done with a report that is blocked.

use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::consent::SendPermit;
use crate::contract::{ApprovedReport, Contract};
use crate::error_chain::sentence;
use crate::store::PendingReport;

/// Why a stored report is not sent. It leaves the outbox.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blocked {
    /// It is not what was stored.
    Modified(String),
    /// It was made under an earlier contract of this version, which the consent does not cover.
    Earlier(&'static str),
}

/// The code of a stored report that is not what was made.
pub(crate) const MODIFIED: &str = "report_modified";
/// The code of reports of an earlier contract.
pub(super) const EARLIER: &str = "earlier_contract";

impl Blocked {
    /// The code of the audit log and of `status`.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Modified(_) => MODIFIED,
            Self::Earlier(_) => EARLIER,
        }
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modified(reason) => f.write_str(reason),
            Self::Earlier(version) => {
                write!(f, "made under contract version {version}; the consent file approves another one; not sent")
            }
        }
    }
}

/// Checks a stored report before it is sent. Where the consent names a contract, only reports of that one are sent.
pub(super) fn verify_covered(
    contract: &'static Contract,
    pending: &PendingReport,
    permit: &SendPermit,
) -> Result<ApprovedReport, Blocked> {
    let approved = verify_stored(contract, &pending.body, pending.sha256).map_err(Blocked::Modified)?;
    let version = approved.contents().contract.version;
    if version == contract.version || permit.covers_earlier() { Ok(approved) } else { Err(Blocked::Earlier(version)) }
}

/// Checks a stored report again, since its file may have been changed meanwhile: to bytes that are no report, or to another
/// report. The error says which.
pub(crate) fn verify_stored(
    contract: &'static Contract,
    body: &[u8],
    sha256: [u8; 32],
) -> Result<ApprovedReport, String> {
    let approved = contract.approve_stored(&Bytes::copy_from_slice(body)).map_err(|refusal| sentence(&refusal))?;
    let found: [u8; 32] = Sha256::digest(approved.bytes()).into();
    if found == sha256 {
        Ok(approved)
    } else {
        Err("stored report was modified; nothing was sent; check who can write to the state directory".to_owned())
    }
}
