//! Invariants 7 and 10: nothing personal in any word that is logged or kept, no request but the listed ones, and
//! nothing said twice in a row.

use std::collections::HashMap;
use std::time::Duration;

use super::{Verdict, Violation};
use crate::journal::{Journal, What};
use crate::personal;

/// How a token of Frigate begins: an object in base64.
const TOKEN: &str = "eyJ";
/// A number of our own, with as many digits as an id: no collection has more faces.
const MOST_FACES: &str = "9007199254740992";
/// The last group of a UUID has so many hexadecimal digits; install_guid is not logged either.
const DIGITS: usize = 12;

pub(super) fn check(journal: &Journal) -> Vec<Violation> {
    let mut verdict = Verdict::default();
    for entry in &journal.entries {
        match &entry.what {
            What::Asked { is_listed, door, .. } => {
                verdict.require(*is_listed, 10, entry, || format!("{door:?} is not asked as the contract lists it"));
            }
            What::Requested { is_listed, .. } => {
                verdict.require(*is_listed, 10, entry, || "a request that the contract does not list".to_owned());
            }
            What::Personal(name) => {
                verdict.require(false, 7, entry, || format!("the store has {name:?} in it"));
            }
            What::Arrived { message, .. } => {
                let found = personal::found_in(message);
                verdict.require(found.is_none(), 7, entry, || format!("a report has {found:?} in it"));
            }
            What::Strayed => {
                verdict.require(false, 10, entry, || "the endpoint was not reached by the proxy".to_owned());
            }
            What::Said(sentences) => {
                let is_clean = !sentences.iter().any(|sentence| is_personal(sentence));
                verdict.require(is_clean, 7, entry, || format!("`once` says {sentences:?}"));
            }
            What::Looked(look) => {
                let words = look.audit.iter().map(|line| &line.reason).chain(&look.failure);
                words.for_each(|words| {
                    verdict.require(!is_personal(words), 7, entry, || format!("the store says {words:?}"));
                });
            }
            _ => {}
        }
    }
    verdict.0.extend(journal.log.iter().filter(|line| is_personal(line)).map(|line| whole_run(7, line)));
    verdict.0.extend(repeated(&journal.log));
    verdict.0
}

fn whole_run(invariant: u8, line: &str) -> Violation {
    Violation { invariant, lived: Duration::ZERO, text: format!("the log says {line:?}") }
}

fn is_personal(words: &str) -> bool {
    let words = &words.replace(MOST_FACES, "");
    let mut digits = 0;
    let has_id = words.bytes().any(|byte| {
        digits = if byte.is_ascii_hexdigit() { digits + 1 } else { 0 };
        digits >= DIGITS
    });
    has_id || words.contains(TOKEN) || personal::found_in(words.as_bytes()).is_some()
}

/// The first of the fields at the end of a line; a code may follow it.
fn first(fields: &str) -> &str {
    fields.split_whitespace().next().unwrap_or_default()
}

/// Warnings that are said twice in a row of the same topic by one process.
fn repeated(log: &[String]) -> Vec<Violation> {
    let mut last = HashMap::new();
    let mut repeated = Vec::new();
    for line in log {
        let Some((words, topic)) = line.rsplit_once("topic=").map(|(words, fields)| (words, first(fields))) else {
            // A process begins with what was decided; a no makes a new installation of it.
            if line.contains("telemetry=") {
                last.clear();
            }
            continue;
        };
        let is_again = last.insert(topic.to_owned(), words.to_owned()).is_some_and(|before| before == words);
        if is_again && words.starts_with("WARN") {
            repeated.push(whole_run(11, line));
        }
    }
    repeated
}
