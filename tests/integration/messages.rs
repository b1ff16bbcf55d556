//! Every error with its code, message and remedy, in one file, `tests/messages/errors.txt`: a change of wording is a change
//! of that file. The sentences keep to the rules for messages.

mod catalog;
mod services;

use std::fmt::Write as _;
use std::path::Path;

use headcount::error_chain::Description;

use crate::words::FORBIDDEN;

/// No message is longer.
const MESSAGE: usize = 120;
/// No remedy is longer.
const REMEDY: usize = 160;

fn table() -> String {
    let mut text = String::new();
    for (module, errors) in catalog::errors() {
        writeln!(text, "# {module}").unwrap();
        for error in errors {
            let Description { code, remedy } = error.describe();
            writeln!(text, "{code}\n    error: {error}").unwrap();
            if let Some(remedy) = remedy {
                writeln!(text, "    hint: {remedy}").unwrap();
            }
        }
        text.push('\n');
    }
    text
}

#[test]
fn errors_are_worded_as_listed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages/errors.txt");
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let actual = table();
    if listed != actual {
        let other = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors.txt");
        std::fs::write(&other, &actual).unwrap();
        panic!("the wording of errors changed: read the difference, then\ncp {} {}", other.display(), path.display());
    }
}

#[test]
fn errors_keep_to_the_rules_for_messages() {
    for error in catalog::errors().into_iter().flat_map(|(_, errors)| errors) {
        let Description { code, remedy } = error.describe();
        let is_snake_case = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(is_snake_case && !code.is_empty(), "{code}");
        check(&error.to_string(), MESSAGE);
        if let Some(remedy) = remedy {
            check(&remedy, REMEDY);
        }
    }
}

/// Short, in lower case, without a final period and without a forbidden word.
fn check(text: &str, limit: usize) {
    assert!(text.chars().count() <= limit, "longer than {limit}: {text}");
    assert!(!text.ends_with('.'), "{text}");
    let first = text.split([' ', ':']).next().unwrap();
    let is_name = first.len() > 1 && !first.contains(|c: char| c.is_ascii_lowercase());
    assert!(is_name || !text.starts_with(char::is_uppercase), "{text}");
    let words = format!(" {} ", text.to_lowercase().replace([',', ';', ':', '(', ')'], " "));
    for forbidden in FORBIDDEN {
        assert!(!words.contains(&format!(" {forbidden} ")), "{forbidden}: {text}");
    }
}
