//! Why a service could not be read, in sentences for whoever runs it.
//!
//! An error says what was asked (never the id in it), what came back, and what to do. It never holds any part of an
//! answer: answers echo tokens and keys, and carry names.

use std::error::Error;

use super::{ObserverError, RequestTemplate};
use crate::mounted::MountedError;
use crate::tls::{Explained, HandshakeProblem, TlsError};

type Cause = Box<dyn Error + Send + Sync>;

/// Why a service could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The permit ended.
    #[error("reading was stopped, because telemetry is off now")]
    Revoked,
    /// Nothing listens at the address.
    #[error("{asked} was refused a connection: the service is still starting, or {setting} names another address")]
    NotListening {
        /// The request.
        asked: RequestTemplate,
        /// The setting that has the address.
        setting: &'static str,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// No connection could be opened, for another reason than that nothing listens.
    #[error("{asked} could not be sent: there is no connection to the address in {setting}; check it, and the network")]
    Unreachable {
        /// The request.
        asked: RequestTemplate,
        /// The setting that has the address.
        setting: &'static str,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// A connection was opened, and the certificate was not accepted. What TLS said is not kept: it repeats names.
    #[error("{asked} could not be sent: the service's certificate {problem}")]
    Certificate {
        /// The request.
        asked: RequestTemplate,
        /// Why it was not accepted.
        problem: Explained,
    },
    /// A connection was opened, and TLS did not come about on it for another reason.
    #[error("{asked} could not be sent: the TLS handshake failed: {}", .problem.explained(.setting))]
    Handshake {
        /// The request.
        asked: RequestTemplate,
        /// The setting that has the address.
        setting: &'static str,
        /// Why.
        problem: HandshakeProblem,
    },
    /// The connection ended before the answer did.
    #[error("{asked} was cut off before its answer was complete; look at the service's log if it happens again")]
    CutOff {
        /// The request.
        asked: RequestTemplate,
        /// What the connection said.
        #[source]
        source: Cause,
    },
    /// The service answered, but not with what was asked for.
    #[error("{asked} was answered with {status}{}: {meaning}", in_brackets(*.code))]
    Answered {
        /// The request.
        asked: RequestTemplate,
        /// The HTTP status.
        status: u16,
        /// The service's own code, if it gave one.
        code: Option<i64>,
        /// What that means.
        meaning: Meaning,
    },
    /// The answer's body cannot be used.
    #[error("the answer to {asked} cannot be used: {fault}")]
    Content {
        /// The request.
        asked: RequestTemplate,
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
    Password(#[from] MountedError),
    /// The settings make no request: a URL that cannot be joined with a path, say.
    #[error("{asked} cannot be built; check --compreface-url and --compreface-core-url")]
    Unbuildable {
        /// The request.
        asked: RequestTemplate,
        /// What http said.
        #[source]
        source: Cause,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The answer took too long.
    #[error("{what} took longer than {seconds} s and was given up; look at the service's log and load")]
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
    Keep(#[source] ObserverError),
    /// A thread that decodes an answer came to an end of its own.
    #[error("decoding an answer stopped unexpectedly; please report this")]
    Decoder(#[source] Cause),
}

fn in_brackets(code: Option<i64>) -> String {
    code.map(|code| format!(" (code {code})")).unwrap_or_default()
}

impl SourceError {
    /// Whether the service is not ready yet: the operator has nothing to fix, unless this lasts.
    #[must_use]
    pub const fn is_starting(&self) -> bool {
        let meaning = match self {
            Self::NotListening { .. } => return true,
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
        )
    }

    /// How soon the service may be read again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Answered { meaning: Meaning::SessionEnded, .. } => Retry::Rare,
            Self::Answered { asked, status: 200..=299, .. } if asked.opens_a_session() => Retry::Rare,
            // A page instead of an answer: nothing reached the service.
            Self::Content { fault: ContentFault::NotJson, .. } => Retry::Usual,
            Self::Content { asked, .. } if asked.opens_a_session() => Retry::Rare,
            Self::CutOff { asked, .. } if asked.opens_a_session() => Retry::Sparing,
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

/// What an answer means, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Meaning {
    /// The front end is up, the service behind it is not.
    #[error("the service behind the front end is still starting")]
    Starting,
    /// A failure inside the service at the first requests of a scrape.
    #[error("the service is not ready: it is starting, or its database is down; check its log if this lasts")]
    NotReady,
    /// Wrong user or password.
    #[error("bad credentials: correct --compreface-email and the password")]
    WrongCredentials,
    /// The account is disabled.
    #[error("the account is disabled: enable it in the service, or use another account")]
    AccountDisabled,
    /// The account is gone while its session lives on.
    #[error("the account does not exist any more: make it again in the service, or use another account")]
    AccountDeleted,
    /// The account's role does not allow it.
    #[error("the account may not read this: give it the role ADMINISTRATOR, or use another account")]
    NoPrivilege,
    /// Something took the Authorization header away.
    #[error("the Authorization header did not arrive: let --compreface-url lead to the service without such a proxy")]
    AuthorizationMissing,
    /// The sign-in failed inside the service.
    #[error(
        "the service cannot check sign-ins: its database is down, or its client secret was changed; look at its log"
    )]
    SignInBroken,
    /// A session is needed, or this one has ended.
    #[error("the service does not accept the session it gave: let --compreface-url lead to one installation only")]
    SessionEnded,
    /// The session cannot be refreshed; a new sign-in is needed.
    #[error("the session cannot be refreshed any more: headcount signs in again")]
    RefreshRefused,
    /// The object was deleted between two requests.
    #[error("it was deleted while headcount was reading")]
    Gone,
    /// The core does not know a key that the admin API gives.
    #[error(
        "the core does not know a key that the admin API gives: let --compreface-core-url lead to the core of the \
         same installation"
    )]
    KeyUnknown,
    /// The key's header is missing or changed.
    #[error(
        "the x-api-key header did not arrive whole: let --compreface-core-url lead to the core without such a proxy"
    )]
    KeyMissing,
    /// A redirect.
    #[error("a redirect, which headcount does not follow: let the URL in the settings be the one it leads to")]
    Redirect,
    /// A failure inside the service.
    #[error("the service failed, or its database is down: look at its log")]
    Failed,
    /// Anything else.
    #[error("not an answer that CompreFace 1.2 gives: check --compreface-url and --compreface-core-url")]
    Unexpected,
}

/// What is wrong with an answer's body. Nothing of the body is repeated, but for where the fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentFault {
    /// Another content type.
    #[error("it is not JSON; a front end answers like this where nothing matches, so check the URLs in the settings")]
    NotJson,
    /// A content encoding, though none was asked for.
    #[error("it is compressed, which headcount did not ask for; let the URL lead to the service without such a proxy")]
    Encoded,
    /// More bytes than an answer may have.
    #[error("it is larger than {0} bytes; check that the URL leads to the service")]
    TooLarge(u64),
    /// More headers, or longer ones, than any of the service's answers has.
    #[error("its head is larger than any of the service's; check that the URL leads to the service")]
    HeadTooLarge,
    /// More objects than can be asked about one by one.
    #[error("it lists more than {0} objects that take a request each; check that the URL leads to the service")]
    TooMany(usize),
    /// Arrays or objects within each other.
    #[error("it is nested too deeply; check that the URL leads to the service")]
    TooDeep,
    /// A string that no name or key is as long as.
    #[error("it holds a string of more than {0} bytes; check that the URL leads to the service")]
    StringTooLong(usize),
    /// No JSON.
    #[error("it is malformed JSON at line {line}, column {column}; check that the URL leads to the service")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It ends too early.
    #[error("it ends in the middle; look at the service's log if it happens again")]
    Truncated,
    /// JSON, but not what was expected.
    #[error("line {line}, column {column} is not what CompreFace 1.2 gives; check the service's version")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// An id or key in another form.
    #[error("an id or key in it is not a UUID in lower case; check the service's version")]
    NotUuid,
    /// A service of a type that is not counted.
    #[error("it names a type of service that headcount does not know; check the service's version")]
    UnknownType,
    /// A sign-in without the cookie that refreshes its session.
    #[error(
        "it sets no REFRESH_TOKEN cookie: CompreFace 1.1 is the oldest supported version; upgrade the service, or let \
         HEADCOUNT_COMPREFACE_URL lead to it without a proxy that removes cookies"
    )]
    NoRefreshCookie,
    /// A sign-in without its cookies.
    #[error("it has no session cookies; let --compreface-url lead to the service without a proxy that removes them")]
    NoCookies,
}
