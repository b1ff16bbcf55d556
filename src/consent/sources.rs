//! The state of each source of the decision, in words that an operator can act on. What follows from them is not decided here.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::file::{Approval, ConsentFile, FileProblem};
use crate::config::{ConsentSettings, Fault, Recipient, Switch};

/// All that is decided from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What the settings and the environment say.
    pub settings: &'a ConsentSettings,
    /// Everything that is wrong with the settings.
    pub faults: &'a [Fault],
    /// What the consent file says, if it has been read. Not needed where no file was named.
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
    /// What to do to change that; empty where nothing needs to be done.
    pub remedy: String,
}

/// The source that the faults of all settings are shown with.
const SETTINGS: &str = "the settings";

impl ConsentSource {
    /// What it holds, without the faults themselves where it is the settings.
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
        disabled("HEADCOUNT_DISABLED", settings.disabled_variable),
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
    const NAME: &str = "HEADCOUNT_OTLP_ENDPOINT";
    match recipient {
        _ if !has_destination => {
            let remedy = "to turn on, name the endpoint that reports go to; nothing is built in";
            source(NAME, SourceState::NotEnabled, "names no endpoint", remedy)
        }
        None => source(
            NAME,
            SourceState::NotEnabled,
            "names no usable endpoint",
            "mend the fault that is shown with the settings",
        ),
        Some(Recipient::Export) => {
            let detail = "is not needed, since the protocol is export: reports wait for `headcount export`";
            source(NAME, SourceState::Enabled, detail, "")
        }
        Some(recipient) => source(NAME, SourceState::Enabled, format!("names {recipient}"), ""),
    }
}

fn disabled(name: &'static str, switch: Switch) -> ConsentSource {
    match switch {
        Switch::Unset => source(name, SourceState::Neutral, "is not set", ""),
        Switch::False => source(name, SourceState::Neutral, "is false", ""),
        Switch::True => source(
            name,
            SourceState::OptedOut,
            "is true",
            format!("to take the no back, remove {name} and start again"),
        ),
        Switch::Unclear => {
            let remedy = format!("set {name} to true or false and start again");
            source(name, SourceState::NotEnabled, "is neither true nor false", remedy)
        }
    }
}

fn do_not_track(is_off: bool) -> ConsentSource {
    let remedy = "to turn on, remove the variable or set it to 0, and start again";
    ambient("DO_NOT_TRACK", is_off, "asks not to be tracked", "does not ask for anything", remedy)
}

fn otel_sdk_disabled(is_off: bool) -> ConsentSource {
    let remedy = "to turn on, remove the variable or set it to false, and start again";
    ambient("OTEL_SDK_DISABLED", is_off, "is true or cannot be read", "is not true", remedy)
}

/// A variable that others may have set for other reasons: it silences, but it is no no.
fn ambient(name: &'static str, is_off: bool, off: &str, neutral: &str, remedy: &str) -> ConsentSource {
    if is_off {
        source(name, SourceState::NotEnabled, off, remedy)
    } else {
        source(name, SourceState::Neutral, neutral, "")
    }
}

fn faults(faults: &[Fault]) -> ConsentSource {
    if faults.is_empty() {
        return source(SETTINGS, SourceState::Neutral, "have no fault", "");
    }
    let sentences: Vec<_> = faults.iter().map(|fault| fault.sentence.as_str()).collect();
    let (number, noun) = (faults.len(), if faults.len() == 1 { "fault" } else { "faults" });
    let detail = format!("have {number} {noun}: {}", sentences.join("; "));
    source(
        SETTINGS,
        SourceState::NotEnabled,
        detail,
        "mend what is said and start again; `headcount check` looks at the settings",
    )
}

fn consent_file(inputs: &Inputs<'_>) -> ConsentSource {
    const NAME: &str = "the consent file";
    const UNREAD: ConsentFile = ConsentFile::Unclear(FileProblem::NotRead);
    let file = match (inputs.file, &inputs.settings.consent_file) {
        (Some(file), _) => file,
        (None, Some(_)) => &UNREAD,
        (None, None) => return source(NAME, SourceState::Neutral, "is not asked for", ""),
    };
    match file {
        ConsentFile::Denied => {
            source(NAME, SourceState::OptedOut, "says denied", "to take the no back, write `granted` as its first word")
        }
        ConsentFile::Unclear(problem) => {
            source(NAME, SourceState::NotEnabled, problem.to_string(), file_remedy(*problem))
        }
        ConsentFile::Granted(approval) => {
            let problems = disagreements(approval, inputs);
            if problems.is_empty() {
                return source(NAME, SourceState::Enabled, "says granted", "");
            }
            let (detail, remedy): (Vec<_>, Vec<_>) = problems.into_iter().unzip();
            source(
                NAME,
                SourceState::NotEnabled,
                format!("says granted, but {}", detail.join(", and ")),
                remedy.join("; "),
            )
        }
    }
}

fn file_remedy(problem: FileProblem) -> &'static str {
    match problem {
        FileProblem::NotRead => "it is read as soon as `headcount run` or `headcount once` starts",
        FileProblem::Absent => "write the file, with `granted` or `denied` as its first word, or mount it there",
        FileProblem::NotAFile => "name a regular file, or a symbolic link to one",
        FileProblem::Unreadable(_) => "let headcount's user read it",
        FileProblem::TooLarge => "take comments out of it, or name the right file",
        FileProblem::ByteOrderMark | FileProblem::Utf16 | FileProblem::NotUtf8 => {
            "save it as UTF-8 without a byte order mark"
        }
        FileProblem::Empty | FileProblem::Word => "write `granted` or `denied`, in lower case, as its first word",
        FileProblem::AfterWord => "leave `granted` alone in its line; what it is bound to stands in lines of its own",
        FileProblem::Line { .. } => "mend that line or take it out",
    }
}

/// Where the approval names another contract or another recipient: what it says, and what to do.
fn disagreements(approval: &Approval, inputs: &Inputs<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some(approved) = approval.contract.as_deref()
        && !approved.eq_ignore_ascii_case(inputs.contract)
    {
        let detail = format!("for the contract {approved}, and this program has {}", inputs.contract);
        let remedy = "read what `headcount disclose` prints and, if you approve it, write its hash into the file";
        found.push((detail, remedy.to_owned()));
    }
    if let Some(approved) = approval.recipient.as_deref()
        && !inputs.settings.recipient.as_ref().is_some_and(|recipient| is_approved(recipient, approved))
    {
        let actual = inputs.settings.recipient.as_ref().map_or("nobody".to_owned(), Recipient::to_string);
        let detail = format!("for the recipient {approved}, and reports would go to {actual}");
        found.push((detail, "name the same recipient in the file and in HEADCOUNT_OTLP_ENDPOINT".to_owned()));
    }
    found
}

/// Whether `approved`, a host or host:port, is this recipient. `export` alone approves exported files, never a host of that
/// name: nobody should send by an approval that was meant for a machine with no way out.
fn is_approved(recipient: &Recipient, approved: &str) -> bool {
    match recipient {
        Recipient::Export => approved == "export",
        Recipient::Endpoint { host, port } => {
            let is_host = approved.eq_ignore_ascii_case(host) && approved != "export";
            is_host || approved.eq_ignore_ascii_case(&format!("{host}:{port}"))
        }
    }
}
