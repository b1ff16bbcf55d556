//! Any bytes as the consent file: only the very word makes a permit, everything after it has to make sense, and `denied` is
//! a no whatever follows it. Nothing of the file is repeated.
//!
//! Input: the file.

#![no_main]

use headcount::config::{ConsentSettings, Recipient};
use headcount::consent::{Consent, ConsentFile, ConsentState, Inputs, decide, file};
use headcount_fuzz::{SECRET, assert_tells_no_secret};
use libfuzzer_sys::fuzz_target;

const BLANKS: [char; 4] = [' ', '\t', '\r', '\x0c'];
const CONTRACT: &str = "9f2c0d4be1a87653f0e1d2c3b4a5968778695a4b3c2d1e0f9f2c0d4be1a87653";

fuzz_target!(|input: &[u8]| {
    let read = file::parse(input);
    let settings = ConsentSettings {
        consent_file: Some("/consent".into()),
        has_destination: true,
        recipient: Some(Recipient::Endpoint { host: "telemetry.example.org".to_owned(), port: 4318 }),
        ..ConsentSettings::default()
    };
    let decision = decide(&Inputs { settings: &settings, faults: &[], file: Some(&read), contract: CONTRACT });
    let expected = expected(input);
    assert_eq!(decision.state, expected, "{read:?}");
    // The file may name its recipient so, which is told.
    if !matches!(&read, ConsentFile::Granted(approval) if format!("{approval:?}").contains(SECRET)) {
        assert_tells_no_secret(&format!("{decision} {decision:?} {read:?}"));
    }
    assert_eq!(Consent::new(decision).permits().is_some(), expected == ConsentState::Enabled);
});

/// The consent file's rules once more, as the documents have them.
fn expected(input: &[u8]) -> ConsentState {
    if input.len() > 4096 {
        return ConsentState::NotEnabled;
    }
    if is_denied(input) {
        return ConsentState::OptedOut;
    }
    let Ok(text) = std::str::from_utf8(input) else { return ConsentState::NotEnabled };
    if text.starts_with('\u{feff}') || text.contains('\0') {
        return ConsentState::NotEnabled;
    }
    let lines = text.split('\n').map(|line| line.split('#').next().unwrap_or_default());
    let trimmed = lines.map(|line| line.trim_matches(BLANKS));
    let mut lines = trimmed.filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let (mut contracts, mut recipients) = (0, 0);
    let agrees = first == "granted"
        && lines.all(|line| match line.split_once('=').map(|(key, value)| (key.trim_ascii(), value.trim_ascii())) {
            Some(("contract", hash)) => {
                contracts += 1;
                hash.eq_ignore_ascii_case(CONTRACT)
            }
            Some(("recipient", name)) => {
                recipients += 1;
                ["telemetry.example.org", "telemetry.example.org:4318"].iter().any(|own| name.eq_ignore_ascii_case(own))
            }
            _ => false,
        });
    if agrees && contracts <= 1 && recipients <= 1 { ConsentState::Enabled } else { ConsentState::NotEnabled }
}

/// A no has to arrive however it was saved: in any case, in quotes, and in UTF-8 or UTF-16 with or without
/// a byte order mark.
fn is_denied(input: &[u8]) -> bool {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<_> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let in_utf8 = String::from_utf8_lossy(input).into_owned();
    [in_utf8, utf16(input, u16::from_le_bytes), utf16(input, u16::from_be_bytes)].iter().any(|text| is_denial(text))
}

fn is_denial(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').split('\n');
    let mut lines = lines.map(|line| line.split('#').next().unwrap_or_default().trim_matches(BLANKS));
    let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let word = first.split(BLANKS).next().unwrap_or_default();
    word.trim_matches(|character: char| !character.is_alphanumeric()).eq_ignore_ascii_case("denied")
}
