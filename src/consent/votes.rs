//! How each source votes, in words that an operator can act on. What follows from the votes is not decided here.

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

/// How one source votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vote {
    /// It asks for nothing else than on.
    Yes,
    /// It says nothing.
    Neutral,
    /// It does not say the yes that is needed.
    MissingYes,
    /// It says no.
    No,
}

/// A source, what it said and how that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVote {
    /// Its name as operators write it.
    pub source: Cow<'static, str>,
    /// What it said: a predicate, so that name and predicate are a sentence.
    pub said: String,
    /// How that counts.
    pub vote: Vote,
    /// What to do to change that; empty where nothing needs to be done.
    pub advice: String,
}

/// The source that the faults of all settings are shown with.
const SETTINGS: &str = "the settings";

impl SourceVote {
    /// What it said, without the faults themselves where it is the settings.
    pub(super) fn summary(&self) -> &str {
        match self.said.split_once(": ") {
            Some((summary, _)) if self.source == SETTINGS => summary,
            _ => &self.said,
        }
    }
}

/// Every source's vote, in the order in which `status` shows them.
pub(super) fn all(inputs: &Inputs<'_>) -> Vec<SourceVote> {
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

fn vote(source: &'static str, vote: Vote, said: impl Into<String>, advice: impl Into<String>) -> SourceVote {
    SourceVote { source: Cow::Borrowed(source), said: said.into(), vote, advice: advice.into() }
}

fn endpoint(has_destination: bool, recipient: Option<&Recipient>) -> SourceVote {
    const SOURCE: &str = "HEADCOUNT_OTLP_ENDPOINT";
    match recipient {
        _ if !has_destination => {
            let advice = "to turn on, name the endpoint that reports go to; nothing is built in";
            vote(SOURCE, Vote::MissingYes, "names no endpoint", advice)
        }
        None => {
            vote(SOURCE, Vote::MissingYes, "names no usable endpoint", "mend the fault that is shown with the settings")
        }
        Some(Recipient::Export) => {
            let said = "is not needed, since the protocol is export: reports wait for `headcount export`";
            vote(SOURCE, Vote::Yes, said, "")
        }
        Some(recipient) => vote(SOURCE, Vote::Yes, format!("names {recipient}"), ""),
    }
}

fn disabled(source: &'static str, switch: Switch) -> SourceVote {
    match switch {
        Switch::Unset => vote(source, Vote::Neutral, "is not set", ""),
        Switch::False => vote(source, Vote::Neutral, "is false", ""),
        Switch::True => {
            vote(source, Vote::No, "is true", format!("to take the no back, remove {source} and start again"))
        }
        Switch::Unclear => {
            let advice = format!("set {source} to true or false and start again");
            vote(source, Vote::MissingYes, "is neither true nor false", advice)
        }
    }
}

fn do_not_track(is_off: bool) -> SourceVote {
    let advice = "to turn on, remove the variable or set it to 0, and start again";
    ambient("DO_NOT_TRACK", is_off, "asks not to be tracked", "does not ask for anything", advice)
}

fn otel_sdk_disabled(is_off: bool) -> SourceVote {
    let advice = "to turn on, remove the variable or set it to false, and start again";
    ambient("OTEL_SDK_DISABLED", is_off, "is true or cannot be read", "is not true", advice)
}

/// A variable that others may have set for other reasons: it silences, but it is no no.
fn ambient(source: &'static str, is_off: bool, off: &str, neutral: &str, advice: &str) -> SourceVote {
    if is_off { vote(source, Vote::MissingYes, off, advice) } else { vote(source, Vote::Neutral, neutral, "") }
}

fn faults(faults: &[Fault]) -> SourceVote {
    if faults.is_empty() {
        return vote(SETTINGS, Vote::Neutral, "have no fault", "");
    }
    let sentences: Vec<_> = faults.iter().map(|fault| fault.sentence.as_str()).collect();
    let (number, noun) = (faults.len(), if faults.len() == 1 { "fault" } else { "faults" });
    let said = format!("have {number} {noun}: {}", sentences.join("; "));
    vote(SETTINGS, Vote::MissingYes, said, "mend what is said and start again; `headcount check` looks at the settings")
}

fn consent_file(inputs: &Inputs<'_>) -> SourceVote {
    const SOURCE: &str = "the consent file";
    const UNREAD: ConsentFile = ConsentFile::Unclear(FileProblem::NotRead);
    let file = match (inputs.file, &inputs.settings.consent_file) {
        (Some(file), _) => file,
        (None, Some(_)) => &UNREAD,
        (None, None) => return vote(SOURCE, Vote::Neutral, "is not asked for", ""),
    };
    match file {
        ConsentFile::Denied => {
            vote(SOURCE, Vote::No, "says denied", "to take the no back, write `granted` as its first word")
        }
        ConsentFile::Unclear(problem) => vote(SOURCE, Vote::MissingYes, problem.to_string(), file_advice(*problem)),
        ConsentFile::Granted(approval) => {
            let problems = disagreements(approval, inputs);
            if problems.is_empty() {
                return vote(SOURCE, Vote::Yes, "says granted", "");
            }
            let (said, advice): (Vec<_>, Vec<_>) = problems.into_iter().unzip();
            vote(SOURCE, Vote::MissingYes, format!("says granted, but {}", said.join(", and ")), advice.join("; "))
        }
    }
}

fn file_advice(problem: FileProblem) -> &'static str {
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
        let said = format!("for the contract {approved}, and this program has {}", inputs.contract);
        let advice = "read what `headcount disclose` prints and, if you approve it, write its hash into the file";
        found.push((said, advice.to_owned()));
    }
    if let Some(approved) = approval.recipient.as_deref()
        && !inputs.settings.recipient.as_ref().is_some_and(|recipient| is_approved(recipient, approved))
    {
        let actual = inputs.settings.recipient.as_ref().map_or("nobody".to_owned(), Recipient::to_string);
        let said = format!("for the recipient {approved}, and reports would go to {actual}");
        found.push((said, "name the same recipient in the file and in HEADCOUNT_OTLP_ENDPOINT".to_owned()));
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
