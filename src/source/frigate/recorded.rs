//! Answers as they were recorded from Frigate 0.17.2, for the tests of this folder. Names of other versions begin with the
//! version. The names of people are invented.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};

const RECORDED: &str = include_str!("../../../tests/fixtures/frigate.jsonl");

/// A recorded answer.
#[derive(Deserialize)]
pub(super) struct RecordedAnswer {
    name: String,
    status: u16,
    headers: Map<String, Value>,
    pub(super) body: String,
}

impl RecordedAnswer {
    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap()
    }

    pub(super) fn headers(&self) -> HeaderMap {
        let values = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let lines = self.headers.iter().flat_map(|(name, value)| values(value).into_iter().map(move |one| (name, one)));
        lines
            .map(|(name, value)| {
                (HeaderName::try_from(name).unwrap(), HeaderValue::from_str(value.as_str().unwrap()).unwrap())
            })
            .collect()
    }
}

/// The answer that was recorded under this name.
pub(super) fn answer(name: &str) -> RecordedAnswer {
    let mut answers = RECORDED.lines().map(|line| serde_json::from_str::<RecordedAnswer>(line).unwrap());
    answers.find(|answer| answer.name == name).unwrap()
}
