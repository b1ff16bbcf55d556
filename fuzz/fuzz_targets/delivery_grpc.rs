//! Any answer of an endpoint over gRPC, with its status, RetryInfo and compressed messages: only a status of zero is a
//! success, what it asks for is at most an hour away, and nothing it says is repeated.
//!
//! Input: see `headcount_fuzz::endpoint::Answer::read`.

#![no_main]

use headcount::delivery::SendOutcome;
use headcount_fuzz::endpoint::{Answer, attempt_grpc};
use headcount_fuzz::memory;
use libfuzzer_sys::fuzz_target;

/// An answer is read to 4 MiB, and may be as large again once it is plain.
const MEMORY: usize = 16 * 1024 * 1024;

fuzz_target!(|input: &[u8]| {
    let Some(answer) = Answer::read(input) else { return };
    let outcome = memory::within(MEMORY, || attempt_grpc(&answer));
    if matches!(outcome, SendOutcome::Delivered | SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. })
    {
        assert!(answer.may_be_success(), "{outcome:?}");
    }
});
