//! Answers as they were recorded from CompreFace 1.2.0, for the tests of this folder.
//!
//! Those whose names end in `.1.1` or `.1.0` were written by hand: `.1.1` from what 1.1.0 was seen to answer, `.1.0` from
//! the source of 1.0.

use serde::Deserialize;

const RECORDED: &str = include_str!("../../../tests/fixtures/compreface.jsonl");

#[derive(Deserialize)]
struct Recorded {
    name: String,
    status: u16,
    body: String,
}

/// Status and body of the answer that was recorded under this name.
pub(super) fn answer(name: &str) -> (u16, String) {
    let answers = RECORDED.lines().map(|line| serde_json::from_str::<Recorded>(line).unwrap());
    let found = answers.into_iter().find(|answer| answer.name == name);
    found.map(|answer| (answer.status, answer.body)).unwrap()
}
