//! Why a service could not be read, in sentences for whoever runs it.
//!
//! An error says what was asked (never the id in it), what came back, and what to do. It never holds any part of an
//! answer: answers echo tokens and keys, and carry names.

use std::borrow::Cow;
use std::error::Error;

use super::Asked;
use super::content::ContentFault;
use super::meaning::Meaning;
use crate::error_chain::{Describe, Description};
use crate::model::SinkError;
use crate::net::secret_file::SecretFileError;
use crate::net::tls::{CertificateProblem, HandshakeProblem, PeerNames, TlsError};

type Cause = Box<dyn Error + Send + Sync>;

/// Why a service could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The permit ended.
    #[error("scrape stopped: telemetry was turned off")]
    Revoked,
    /// Nothing listens at the address.
    #[error("{asked}: connection refused; wait until the service has started, or check {}", .asked.setting)]
    NotListening {
        /// The request.
        asked: Asked,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// No connection could be opened, for another reason than that nothing listens.
    #[error("{asked}: no connection; check {} and the network", .asked.setting)]
    Unreachable {
        /// The request.
        asked: Asked,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// A connection was opened, and the certificate was not accepted. What TLS said is not kept: it repeats names.
    #[error("{asked} could not be sent: the service's certificate {problem}; {}", remedy(.problem.describe(*.names)))]
    Certificate {
        /// The request.
        asked: Asked,
        /// Why it was not accepted.
        problem: CertificateProblem,
        /// What the remedy names.
        names: PeerNames,
    },
    /// A connection was opened, and TLS did not come about on it for another reason.
    #[error("{asked} could not be sent: the TLS handshake failed: {}", explained(*.problem, .asked.setting))]
    Handshake {
        /// The request.
        asked: Asked,
        /// Why.
        problem: HandshakeProblem,
    },
    /// The connection ended before the answer did.
    #[error("{asked}: connection closed before the response was complete; check the service's log")]
    CutOff {
        /// The request.
        asked: Asked,
        /// What the connection said.
        #[source]
        source: Cause,
    },
    /// The service answered, but not with what was asked for.
    #[error("{asked} was answered with {status}{}: {meaning}{}", in_brackets(*.code), .meaning.remedy().words(.asked.setting))]
    Answered {
        /// The request.
        asked: Asked,
        /// The HTTP status.
        status: u16,
        /// The service's own code, if it gave one.
        code: Option<i64>,
        /// What that means.
        meaning: Meaning,
    },
    /// The answer's body cannot be used.
    #[error("the answer to {asked} cannot be used: {fault}{}", .fault.remedy().words(.asked.setting))]
    Content {
        /// The request.
        asked: Asked,
        /// What is wrong with it.
        fault: ContentFault,
    },
    /// The account sees only its own applications, so its count would be too small.
    #[error(
        "the account is neither OWNER nor ADMINISTRATOR and sees only its own applications; give it the role \
         ADMINISTRATOR, or use another account"
    )]
    Role,
    /// The session ended during a scrape, and could not be refreshed.
    #[error(
        "the service no longer accepts the session that the scrape began with, nor its refresh: its data was restored, \
         or HEADCOUNT_COMPREFACE_URL leads to more than one installation; the scrape is retried"
    )]
    SessionReplaced,
    /// The password file cannot be read or used.
    #[error(transparent)]
    Password(#[from] SecretFileError),
    /// The settings make no request: a URL that cannot be joined with a path, say.
    #[error("{asked} cannot be built; check {}", .asked.setting)]
    Unbuildable {
        /// The request.
        asked: Asked,
        /// What http said.
        #[source]
        source: Cause,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The answer took too long.
    #[error("{what} timed out after {seconds} s; check the load and log of the service")]
    TimeLimit {
        /// What took so long.
        what: &'static str,
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The sign-in took too long.
    #[error("signing in timed out after {seconds} s; check the load and log of the service")]
    SignInTimeLimit {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// What was found could not be kept.
    #[error("what was read could not be kept")]
    Keep(#[source] SinkError),
    /// A thread that decodes an answer came to an end of its own.
    #[error("decoding an answer stopped unexpectedly; please report this")]
    Decoder(#[source] Cause),
}

impl Describe for SourceError {
    fn describe(&self) -> Description {
        match self {
            Self::Password(error) => error.describe(),
            Self::Tls(error) => error.describe(),
            _ => Description::new("unreadable_service"),
        }
    }
}

fn explained(problem: HandshakeProblem, setting: &str) -> String {
    format!("{problem}; {}", remedy(problem.describe(setting)))
}

fn remedy(description: Description) -> Cow<'static, str> {
    description.remedy.unwrap_or_default()
}

fn in_brackets(code: Option<i64>) -> String {
    code.map(|code| format!(" (code {code})")).unwrap_or_default()
}

impl SourceError {
    /// Whether the service is not ready yet: the operator has nothing to fix, unless this lasts.
    #[must_use]
    pub fn is_starting(&self) -> bool {
        let meaning = match self {
            Self::NotListening { .. } => return true,
            Self::Answered { .. } if self.is_given_up_sign_in() => return false,
            Self::Answered { meaning, .. } => meaning,
            _ => return false,
        };
        matches!(meaning, Meaning::Starting | Meaning::NotReady | Meaning::SignInBroken)
    }

    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::NotListening { .. }
                | Self::Unreachable { .. }
                | Self::CutOff { .. }
                | Self::TimeLimit { .. }
                | Self::Answered { status: 429 | 500..=599, .. }
                | Self::Content { fault: ContentFault::WebPage, .. }
        )
    }

    /// Whether a front end stopped waiting for the response to a sign-in or a refresh, which may have opened a session all
    /// the same. 524 is a content delivery network's 504.
    fn is_given_up_sign_in(&self) -> bool {
        matches!(self, Self::Answered { asked, status: 504 | 524, .. } if asked.template.opens_a_session())
    }

    /// How soon the service may be read again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Answered { meaning: Meaning::SessionEnded, .. } => Retry::Rare,
            Self::Answered { asked, status: 200..=299, .. } if asked.template.opens_a_session() => Retry::Rare,
            // A page instead of an answer: nothing reached the service.
            Self::Content { fault: ContentFault::NotJson | ContentFault::WebPage, .. } => Retry::Usual,
            Self::Content { asked, .. } if asked.template.opens_a_session() => Retry::Rare,
            Self::CutOff { asked, .. } if asked.template.opens_a_session() => Retry::Sparing,
            Self::Answered { .. } if self.is_given_up_sign_in() => Retry::Sparing,
            Self::SignInTimeLimit { .. } | Self::SessionReplaced => Retry::Sparing,
            _ => Retry::Usual,
        }
    }

    /// Whether reading stopped because the permit ended.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        matches!(self, Self::Revoked)
    }

    /// What the service's answer means, if it gave one.
    #[must_use]
    pub const fn meaning(&self) -> Option<Meaning> {
        match self {
            Self::Answered { meaning, .. } => Some(*meaning),
            _ => None,
        }
    }
}

/// How soon the service may be read again after an error: each sign-in adds a session to its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No session is lost.
    Usual,
    /// A session may have been opened that cannot be ended.
    Sparing,
    /// Each attempt opens a session that cannot be ended, or used.
    Rare,
}
