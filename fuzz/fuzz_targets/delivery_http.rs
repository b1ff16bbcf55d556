//! Any answer of an endpoint over HTTP/1.1, or of a proxy before it: only a 2xx is a success, what it asks for is at most
//! an hour away, and nothing it says is repeated.
//!
//! Input: the bytes of the answer; with a `P` before them, those of a proxy.

#![no_main]

use std::time::Duration;

use headcount::delivery::{MAX_RETRY_AFTER, SendOutcome};
use headcount_fuzz::{endpoint, memory};
use libfuzzer_sys::fuzz_target;

/// Measured: 0.2 MiB for an answer of any length that the fuzzer writes.
const MEMORY: usize = 1024 * 1024;

fuzz_target!(|input: &[u8]| {
    if let Some(answer) = input.strip_prefix(b"P") {
        let outcome = memory::within(MEMORY + 8 * input.len(), || endpoint::attempt_through_proxy(answer.to_vec()));
        assert!(outcome != SendOutcome::Delivered || answer.windows(2).any(|bytes| bytes == b" 2"), "{outcome:?}");
        return;
    }
    let outcome = memory::within(MEMORY + 8 * input.len(), || endpoint::attempt_http(input.to_vec()));
    let Some(status) = status(input) else { return };
    let is_failure = |status: u16| matches!(status, 429 | 502 | 503 | 504);
    match &outcome {
        SendOutcome::Delivered | SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. } => {
            assert!((200..300).contains(&status), "{status}")
        }
        SendOutcome::Refused { .. } => assert!(matches!(status, 400 | 413 | 422), "{status}"),
        SendOutcome::Retry { after: Some(after), .. } => {
            assert!(is_failure(status), "{status}");
            if let Some(asked) = seconds_asked(input) {
                assert_eq!(*after, Duration::from_secs(asked).min(MAX_RETRY_AFTER));
            }
        }
        // Without a time it may also be a connection that broke.
        SendOutcome::Retry { after: None, .. } | SendOutcome::Held { .. } | SendOutcome::Revoked => {}
        SendOutcome::Ambiguous { .. } => assert!(matches!(status, 200..300 | 400 | 403 | 409 | 413 | 422), "{status}"),
    }
});

/// The status of an answer that begins as one does, and is no interim answer.
fn status(answer: &[u8]) -> Option<u16> {
    let digits = answer.strip_prefix(b"HTTP/1.1 ")?.get(..4)?.strip_suffix(b" ")?;
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|status| *status >= 200)
}

/// What the only Retry-After header asks for, if it is written as it usually is.
fn seconds_asked(answer: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(answer);
    let (head, _) = text.split_once("\r\n\r\n")?;
    if head.to_ascii_lowercase().matches("retry-after").count() != 1 {
        return None;
    }
    let value = head.split("\r\n").find_map(|line| line.strip_prefix("retry-after: "))?;
    value.parse().ok().filter(|_| value.bytes().all(|byte| byte.is_ascii_digit()))
}
