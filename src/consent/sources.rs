//! The state of each source of the decision, in words that an operator can act on. What follows from them is not decided here.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::file::{Approval, ConsentFile, FileProblem};
use crate::config::{BoolSetting, ConsentSettings, DISABLED, OTLP_ENDPOINT, Recipient, SettingError};

/// What the decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What the settings and the environment hold.
    pub settings: &'a ConsentSettings,
    /// All errors of the settings.
    pub faults: &'a [SettingError],
    /// What the consent file holds, if it has been read. Not needed where none is configured.
    pub file: Option<&'a ConsentFile>,
    /// The hash of the contract of this program, in hexadecimal digits.
    pub contract: &'a str,
}

/// What one source leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// It enables.
    Enabled,
    /// It is not set, and changes nothing.
    Neutral,
    /// It does not enable, although it would have to.
    NotEnabled,
    /// It opts out.
    OptedOut,
}

/// A source, its state and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentSource {
    /// Its name as operators write it.
    pub name: Cow<'static, str>,
    /// What it holds: a predicate, so that name and predicate are a sentence.
    pub detail: String,
    /// What it leads to.
    pub state: SourceState,
    /// What to do to change that; empty where there is nothing to do.
    pub remedy: String,
}

/// The source that lists the errors of all settings.
const SETTINGS: &str = "settings";

impl ConsentSource {
    /// What it holds, without the errors themselves where it is the settings.
    pub(super) fn summary(&self) -> &str {
        match self.detail.split_once(": ") {
            Some((summary, _)) if self.name == SETTINGS => summary,
            _ => &self.detail,
        }
    }
}

/// The state of every source, in the order in which `status` shows them.
pub(super) fn all(inputs: &Inputs<'_>) -> Vec<ConsentSource> {
    let settings = inputs.settings;
    vec![
        endpoint(settings.has_destination, settings.recipient.as_ref()),
        disabled(DISABLED.variable, settings.disabled_variable),
        disabled("--disabled", settings.disabled_flag),
        do_not_track(settings.do_not_track),
        otel_sdk_disabled(settings.otel_sdk_disabled),
        consent_file(inputs),
        faults(inputs.faults),
    ]
}

fn source(
    name: &'static str,
    state: SourceState,
    detail: impl Into<String>,
    remedy: impl Into<String>,
) -> ConsentSource {
    ConsentSource { name: Cow::Borrowed(name), detail: detail.into(), state, remedy: remedy.into() }
}

fn endpoint(has_destination: bool, recipient: Option<&Recipient>) -> ConsentSource {
    let name = OTLP_ENDPOINT.variable;
    match recipient {
        _ if !has_destination => {
            let remedy = "set it to the recipient's URL to enable";
            source(name, SourceState::NotEnabled, "is not set", remedy)
        }
        None => source(name, SourceState::NotEnabled, "is invalid", "fix the setting that is listed with the settings"),
        Some(Recipient::Export) => {
            let detail = "is not needed: the protocol is export";
            source(name, SourceState::Enabled, detail, "")
        }
        Some(recipient) => source(name, SourceState::Enabled, format!("is set to {recipient}"), ""),
    }
}

fn disabled(name: &'static str, switch: BoolSetting) -> ConsentSource {
    match switch {
        BoolSetting::Unset => source(name, SourceState::Neutral, "is not set", ""),
        BoolSetting::False => source(name, SourceState::Neutral, "is false", ""),
        BoolSetting::True => {
            source(name, SourceState::OptedOut, "is true", format!("to enable again, remove {name} and restart"))
        }
        BoolSetting::Unclear => {
            let remedy = format!("set {name} to true or false and restart");
            source(name, SourceState::NotEnabled, "is invalid; expected true or false", remedy)
        }
    }
}

fn do_not_track(is_off: bool) -> ConsentSource {
    let remedy = "to enable, remove it or set it to 0, and restart";
    ambient("DO_NOT_TRACK", is_off, "is set", "is not set, or is 0", remedy)
}

fn otel_sdk_disabled(is_off: bool) -> ConsentSource {
    let remedy = "to enable, remove it or set it to false, and restart";
    ambient("OTEL_SDK_DISABLED", is_off, "is true or invalid", "is not true", remedy)
}

/// A variable that may be set for other reasons: it turns telemetry off, but it does not opt out.
fn ambient(name: &'static str, is_off: bool, off: &str, neutral: &str, remedy: &str) -> ConsentSource {
    if is_off {
        source(name, SourceState::NotEnabled, off, remedy)
    } else {
        source(name, SourceState::Neutral, neutral, "")
    }
}

fn faults(faults: &[SettingError]) -> ConsentSource {
    if faults.is_empty() {
        return source(SETTINGS, SourceState::Neutral, "are valid", "");
    }
    let sentences: Vec<_> = faults.iter().map(|fault| fault.explanation.to_string()).collect();
    let (number, noun) = (faults.len(), if faults.len() == 1 { "error" } else { "errors" });
    let detail = format!("have {number} {noun}: {}", sentences.join("; "));
    source(SETTINGS, SourceState::NotEnabled, detail, "fix each setting and restart; run `headcount check` to verify")
}

fn consent_file(inputs: &Inputs<'_>) -> ConsentSource {
    const NAME: &str = "consent file";
    const UNREAD: ConsentFile = ConsentFile::Unclear(FileProblem::NotRead);
    let file = match (inputs.file, &inputs.settings.consent_file) {
        (Some(file), _) => file,
        (None, Some(_)) => &UNREAD,
        (None, None) => return source(NAME, SourceState::Neutral, "is not configured", ""),
    };
    match file {
        ConsentFile::Denied => source(
            NAME,
            SourceState::OptedOut,
            "starts with denied",
            "to enable again, write `granted` as its first word",
        ),
        ConsentFile::Unclear(problem) => {
            let remedy = problem.describe().remedy.unwrap_or_default();
            source(NAME, SourceState::NotEnabled, problem.to_string(), remedy)
        }
        ConsentFile::Granted(approval) => {
            let problems = disagreements(approval, inputs);
            if problems.is_empty() {
                return source(NAME, SourceState::Enabled, "starts with granted", "");
            }
            let (detail, remedy): (Vec<_>, Vec<_>) = problems.into_iter().unzip();
            source(NAME, SourceState::NotEnabled, format!("is granted {}", detail.join(", and ")), remedy.join("; "))
        }
    }
}

/// Where the approval is for another contract or another recipient: the difference, and the remedy.
fn disagreements(approval: &Approval, inputs: &Inputs<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some(approved) = approval.contract.as_deref()
        && !approved.eq_ignore_ascii_case(inputs.contract)
    {
        let detail = format!("for contract {approved}; this version uses contract {}", inputs.contract);
        let remedy = "review `headcount disclose`, then put the new hash in the file";
        found.push((detail, remedy.to_owned()));
    }
    if let Some(approved) = approval.recipient.as_deref()
        && !inputs.settings.recipient.as_ref().is_some_and(|recipient| is_approved(recipient, approved))
    {
        let actual = inputs.settings.recipient.as_ref().map_or("no recipient".to_owned(), Recipient::to_string);
        let detail = format!("for recipient {approved}; reports go to {actual}");
        found.push((detail, "set the same recipient in the file and in HEADCOUNT_OTLP_ENDPOINT".to_owned()));
    }
    found
}

/// Whether `approved`, a host or host:port, is this recipient. `export` alone approves exported files, never a host of that
/// name, since that approval was meant for an air-gapped host.
fn is_approved(recipient: &Recipient, approved: &str) -> bool {
    match recipient {
        Recipient::Export => approved == "export",
        Recipient::Endpoint { host, port } => {
            let is_host = approved.eq_ignore_ascii_case(host) && approved != "export";
            is_host || approved.eq_ignore_ascii_case(&format!("{host}:{port}"))
        }
    }
}
