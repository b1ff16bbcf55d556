//! Any flags and variables: nothing malformed is on, nothing turns a no around, valid values are in their ranges, and no
//! secret shows.
//!
//! Input: on each line a flag, which begins with a hyphen, or a variable, `NAME=value`.

#![no_main]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::time::Duration;

use headcount::cli::Cli;
use headcount::config::{
    ConsentSettings, Destination, Environment, Flags, ScheduleSettings, SettingErrorKind, SettingsReader, load,
};
use headcount::consent::{ConsentState, Inputs, decide};
use headcount::source::{SERVICES, all_settings, choose};
use headcount_fuzz::{SECRET, assert_tells_no_secret};
use libfuzzer_sys::fuzz_target;

/// The variables whose values are never shown.
const SECRETS: [&[u8]; 5] = [
    b"HEADCOUNT_COMPREFACE_EMAIL",
    b"HEADCOUNT_COMPREFACE_PASSWORD",
    b"HEADCOUNT_OTLP_HEADERS",
    b"HTTPS_PROXY",
    b"HTTP_PROXY",
];

fuzz_target!(|input: &[u8]| {
    let lines = || input.split(|byte| *byte == b'\n').filter(|line| !line.contains(&0));
    let flags: Vec<_> = lines().filter(|line| line.starts_with(b"-")).collect();
    let variables: BTreeMap<&[u8], &[u8]> = lines().filter_map(variable).collect();
    let line = ["headcount", "run"].map(OsString::from).into_iter();
    let line = line.chain(flags.iter().map(|flag| OsString::from_vec(flag.to_vec())));
    let Ok(Cli { settings: flags, .. }) = Cli::read(line, &all_settings(&SERVICES)) else { return };
    let own = |text: &[u8]| OsString::from_vec(text.to_vec());
    let environment = Environment::from_os(variables.iter().map(|(name, value)| (own(name), own(value))));
    let settings = all_settings(&SERVICES);
    let mut reader = SettingsReader::new(&flags, &environment);
    let service = choose(&mut reader, &SERVICES).and_then(|chosen| (chosen.configure)(&mut reader));
    let configuration = load(reader, &settings);
    let decision =
        decide(&Inputs { settings: &configuration.consent, faults: &configuration.errors, file: None, contract: "" });
    let shown = format!("{configuration:?} {service:?} {decision:?} {flags:?} {environment:?}");
    if !shows_openly(lines()) {
        assert_tells_no_secret(&shown);
    }
    assert_eq!(is_a_no(&flags, &variables), decision.state == ConsentState::OptedOut, "{decision:?}");
    if decision.is_enabled() {
        assert!(configuration.errors.is_empty() && service.is_some());
        assert!(is_silent(&flags, &variables).is_none(), "on in spite of {:?}", is_silent(&flags, &variables));
        assert_encrypted(configuration.destination.as_ref(), &flags, &variables);
        assert_in_range(&configuration.schedule, &configuration.consent);
    }
    assert!(
        configuration
            .errors
            .iter()
            .all(|fault| !fault.explanation.to_string().contains('\n') || fault.kind == SettingErrorKind::Unknown)
    );
});

fn variable(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| *byte == b'=').filter(|at| *at > 0 && line[0] != b'-')?;
    Some((&line[..at], &line[at + 1..]))
}

/// Whether the secret stands where values are shown, or is part of a name.
fn shows_openly<'a>(mut lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let has_secret = |text: &[u8]| String::from_utf8_lossy(text).contains(SECRET);
    lines.any(|line| has_secret(line) && !variable(line).is_some_and(|(name, _)| SECRETS.contains(&name)))
}

fn text<'a>(variables: &BTreeMap<&[u8], &'a [u8]>, name: &str) -> Option<&'a [u8]> {
    variables.get(name.as_bytes()).copied().filter(|value| !value.is_empty())
}

fn is_one_of(text: &[u8], words: [&str; 4]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
}

const YES: [&str; 4] = ["true", "1", "yes", "on"];
const NO: [&str; 4] = ["false", "0", "no", "off"];

/// Whether a value opts out: one of the words, which may be in quotes and have blanks around them.
fn opts_out(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let is_quoted = value.len() > 1 && value.first() == value.last() && matches!(value.first(), Some(b'"' | b'\''));
    is_one_of(if is_quoted { value[1..value.len() - 1].trim_ascii() } else { value }, YES)
}

/// Whether the variable or the flag says no.
fn is_a_no(flags: &Flags, variables: &BTreeMap<&[u8], &[u8]>) -> bool {
    text(variables, "HEADCOUNT_DISABLED").is_some_and(opts_out)
        || flags.get("disabled").is_some_and(|value| opts_out(value.as_bytes()))
}

/// The source that asks for silence, or says something about it that makes no sense.
fn is_silent(flags: &Flags, variables: &BTreeMap<&[u8], &[u8]>) -> Option<&'static str> {
    let disabled = text(variables, "HEADCOUNT_DISABLED").is_some_and(|value| !is_one_of(value, NO));
    let flagged = flags.get("disabled").is_some_and(|value| !is_one_of(value.as_bytes(), NO));
    let tracked = text(variables, "DO_NOT_TRACK").is_some_and(|value| value != b"0" && value != b"false");
    let sdk = text(variables, "OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
    let named = flags.get("otlp-endpoint").is_none() && text(variables, "HEADCOUNT_OTLP_ENDPOINT").is_none();
    let exported = flags.get("otlp-protocol").is_some() || text(variables, "HEADCOUNT_OTLP_PROTOCOL").is_some();
    let file = flags.get("consent-file").is_some() || text(variables, "HEADCOUNT_CONSENT_FILE").is_some();
    let sources = [
        (disabled, "HEADCOUNT_DISABLED"),
        (flagged, "--disabled"),
        (tracked, "DO_NOT_TRACK"),
        (sdk, "OTEL_SDK_DISABLED"),
        (named && !exported, "HEADCOUNT_OTLP_ENDPOINT"),
        (file, "a consent file that was not read"),
    ];
    sources.into_iter().find(|(off, _)| *off).map(|(_, source)| source)
}

/// Fails if reports would travel unencrypted beyond this machine without having been asked to.
fn assert_encrypted(destination: Option<&Destination>, flags: &Flags, variables: &BTreeMap<&[u8], &[u8]>) {
    let Some(Destination::Endpoint(endpoint)) = destination else { return };
    let asked = flags.get("otlp-insecure").map(str::as_bytes);
    let insecure =
        asked.or_else(|| text(variables, "HEADCOUNT_OTLP_INSECURE")).is_some_and(|text| is_one_of(text, YES));
    assert!(endpoint.url.is_tls() || endpoint.url.is_loopback() || insecure, "{}", endpoint.url);
    assert!((Duration::from_secs(1)..=Duration::from_secs(300)).contains(&endpoint.timeout));
}

fn assert_in_range(schedule: &ScheduleSettings, consent: &ConsentSettings) {
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(24 * 3600);
    assert!((Duration::from_secs(60)..=DAY).contains(&schedule.scrape_interval));
    assert!((HOUR..=DAY * 7).contains(&schedule.report_interval));
    assert_eq!(schedule.report_interval.as_secs() % 3600, 0);
    assert!((DAY..=DAY * 30).contains(&schedule.keep));
    assert!(schedule.first_report_after <= DAY * 30);
    assert!(schedule.report_window.is_none_or(|window| window.opens < 1440 && (1..=1440).contains(&window.minutes)));
    assert!(consent.has_destination && consent.recipient.is_some());
}
