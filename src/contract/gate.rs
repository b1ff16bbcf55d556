//! The gate: the last thing that a report passes before it is written down to be sent.
//!
//! It trusts nothing but the table: what it can read out of the very bytes is written again by rule, and if that gives
//! other bytes, something else was hidden in them.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;

use super::{Contents, Contract, MAX_VALUE, rebuild};
use crate::error_chain::{Describe, Description};
use crate::model::InstallGuidError;

/// A report's bytes that the gate let pass. Only [`Contract::approve`] makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedReport {
    bytes: Bytes,
    contents: Contents,
}

impl ApprovedReport {
    /// The OTLP protobuf request, exactly as it will be sent.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What the bytes say; they say nothing else.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The request that the bytes are. Made from the contents, which the gate has shown to give the same bytes.
    #[must_use]
    pub fn decode(&self) -> ExportMetricsServiceRequest {
        rebuild::request(&self.contents)
    }
}

/// Begins the message of every refusal.
const BLOCKED: &str = "report blocked by the contract check, and not sent";

/// Why the gate refused. Names fields and limits, never a value.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// It is larger than any report.
    #[error("{BLOCKED}: it has {bytes} bytes, more than the {most} of any report")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The greatest size of a report.
        most: usize,
    },
    /// It does not decode.
    #[error("{BLOCKED}: it is not an OTLP metrics request")]
    NotProtobuf(#[source] prost::DecodeError),
    /// A part of its frame is missing, or there is more than one of it.
    #[error("{BLOCKED}: its {field} are not as the contract has them")]
    Layout {
        /// The OTLP field.
        field: &'static str,
    },
    /// Another metric is in this one's place, or this one has not exactly one integer of its kind.
    #[error("{BLOCKED}: {expected} is not in its place with one integer")]
    Instrument {
        /// The metric that belongs there.
        expected: &'static str,
    },
    /// A value is out of range.
    #[error("{BLOCKED}: {instrument} is not between 0 and {MAX_VALUE}")]
    Range {
        /// The metric.
        instrument: &'static str,
    },
    /// A value that should have been rounded down is not.
    #[error("{BLOCKED}: {instrument} is not rounded down")]
    Rounding {
        /// The metric.
        instrument: &'static str,
    },
    /// The install_guid is none.
    #[error("{BLOCKED}: its install_guid is not a random UUID in its usual form")]
    InstallGuid(#[source] InstallGuidError),
    /// The install_guid has letters in upper case.
    #[error("{BLOCKED}: its install_guid is not in lower case")]
    InstallGuidCase,
    /// A time is missing, zero, or more precise than the hour.
    #[error("{BLOCKED}: its {field} is not a whole hour")]
    Time {
        /// The OTLP field.
        field: &'static str,
    },
    /// The report is older than the start of its series.
    #[error("{BLOCKED}: its time is before its start time")]
    TimeBeforeStart,
    /// Made again from the table alone, it comes out different: something is in it that the contract does not list.
    #[error("{BLOCKED}: rebuilt report differs at byte {offset}")]
    Differs {
        /// The first byte that differs, from 0.
        offset: usize,
    },
}

impl Describe for GateError {
    fn describe(&self) -> Description {
        Description::bug("contract_check")
    }
}

impl Contract {
    /// Lets a report of the contract pass, byte for byte as it is, and nothing else.
    ///
    /// # Errors
    /// If the bytes are not exactly what the contract's table makes of the counts, the guid and the hours in them.
    pub fn approve(&'static self, bytes: Bytes) -> Result<ApprovedReport, GateError> {
        // Compared before anything is decoded: what is decoded can take many times the memory.
        if bytes.len() > self.max_bytes {
            return Err(GateError::TooLarge { bytes: bytes.len(), most: self.max_bytes });
        }
        let request = ExportMetricsServiceRequest::decode(&bytes[..]).map_err(GateError::NotProtobuf)?;
        let contents = Contents::read(self, &request)?;
        let again = rebuild::request(&contents).encode_to_vec();
        if bytes == again {
            return Ok(ApprovedReport { bytes, contents });
        }
        let common = bytes.iter().zip(&again).take_while(|(one, other)| one == other).count();
        Err(GateError::Differs { offset: common })
    }

    /// The same, for a report that was stored: it may keep to an earlier contract, which its contents name.
    ///
    /// # Errors
    /// As [`Self::approve`], if it is no report of an earlier contract either.
    pub fn approve_stored(&'static self, bytes: &Bytes) -> Result<ApprovedReport, GateError> {
        let refusal = match self.approve(bytes.clone()) {
            Ok(approved) => return Ok(approved),
            Err(refusal) => refusal,
        };
        self.earlier.iter().find_map(|earlier| earlier.approve(bytes.clone()).ok()).ok_or(refusal)
    }
}

#[cfg(test)]
mod tests;
