//! What the fuzz targets share: a runtime, a service and an endpoint whose answers the fuzzer writes, and limits.
//!
//! Everything is reached through the library's public functions, over pipes in memory, so that what is fuzzed is what runs.

pub mod endpoint;
pub mod inventory;
pub mod memory;
pub mod service;

use std::future::Future;

/// Stands in the seeds wherever a name, a token or a word of a peer would stand. No text of headcount's own has it, so
/// whatever shows it has repeated what a peer said.
pub const SECRET: &str = "hunter2";

/// Runs a future on a runtime of its own, whose clock is paused: where all wait, time passes at once. It ends only when
/// every thread that decodes has ended, so that one left behind is found as a hang.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(future)
}

/// Fails if a text repeats what a peer said.
pub fn assert_tells_no_secret(text: &str) {
    assert!(!text.contains(SECRET), "it repeats what a peer said: {text}");
}

/// Everything that an error says, in whatever way it is shown.
#[must_use]
pub fn told(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("\n{error}"));
        next = error.source();
    }
    text
}

/// An answer with this body: with its length, in chunks, up to the end of the connection; or as it stands.
#[must_use]
pub fn framed(framing: u8, detail: u8, body: &[u8]) -> Option<Vec<u8>> {
    let status = [200, 200, 200, 200, 400, 401, 403, 404, 500, 502][usize::from(detail % 10)];
    let mut answer = format!("HTTP/1.1 {status} -\r\ncontent-type: application/json\r\n").into_bytes();
    match framing {
        0 => {
            answer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
            answer.extend_from_slice(body);
        }
        1 => {
            answer.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
            for chunk in body.chunks(usize::from(detail / 10) + 1) {
                answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                answer.extend_from_slice(chunk);
                answer.extend_from_slice(b"\r\n");
            }
            answer.extend_from_slice(b"0\r\n\r\n");
        }
        2 => {
            answer.extend_from_slice(b"\r\n");
            answer.extend_from_slice(body);
        }
        _ => return Some(body.to_vec()),
    }
    Some(answer)
}
