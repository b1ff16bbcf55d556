//! What the fuzz targets share: a runtime, a service and an endpoint whose answers the fuzzer writes, and limits.
//!
//! Everything is reached through the library's public functions, over pipes in memory, so that what is fuzzed is what runs.

pub mod endpoint;
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
