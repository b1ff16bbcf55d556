//! What can go wrong with any HTTP service: the connection, the response's body, the time limit.
//!
//! An error names the request (never the id in it) and what came back. It never has a part of a response: responses repeat
//! tokens and keys, and have names.

use std::error::Error;
use std::fmt;

use crate::contract::RequestTemplate;
use crate::error_chain::{Describe, Description};
use crate::model::SinkError;
use crate::net::tls::{CertificateProblem, HandshakeProblem, PeerNames, TlsError};

type Cause = Box<dyn Error + Send + Sync>;

/// A request that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested {
    /// Its row of the contract.
    pub template: RequestTemplate,
    /// The setting that its address comes from.
    pub setting: &'static str,
}

impl fmt::Display for Requested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.template.fmt(f)
    }
}

/// Why a service could not be read over HTTP.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing listens at the address.
    #[error("{requested}: connection refused")]
    NotListening {
        /// The request.
        requested: Requested,
        /// What the system returned.
        #[source]
        source: Cause,
    },
    /// No connection could be opened, for another reason than that nothing listens.
    #[error("{requested}: no connection")]
    Unreachable {
        /// The request.
        requested: Requested,
        /// What the system returned.
        #[source]
        source: Cause,
    },
    /// The certificate was not accepted. What TLS returned is not kept: it repeats names.
    #[error("{requested}: the service's certificate {problem}")]
    Certificate {
        /// The request.
        requested: Requested,
        /// Why it was not accepted.
        problem: CertificateProblem,
        /// The settings that the remedy names.
        names: PeerNames,
    },
    /// The TLS handshake failed for another reason.
    #[error("{requested}: the TLS handshake failed: {problem}")]
    Handshake {
        /// The request.
        requested: Requested,
        /// Why.
        problem: HandshakeProblem,
    },
    /// The connection ended before the response did.
    #[error("{requested}: connection closed before the response was complete")]
    CutOff {
        /// The request.
        requested: Requested,
        /// What the connection returned.
        #[source]
        source: Cause,
    },
    /// The response's body cannot be used.
    #[error("{requested}: response {error}")]
    Body {
        /// The request.
        requested: Requested,
        /// What is wrong with it.
        error: BodyError,
    },
    /// The settings make no request: a URL that cannot be joined with a path, for example.
    #[error("{requested} cannot be built")]
    Unbuildable {
        /// The request.
        requested: Requested,
        /// Why.
        #[source]
        source: Cause,
    },
    /// TLS cannot be initialized.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The response took too long.
    #[error("{what} timed out after {seconds} s")]
    TimeLimit {
        /// What took so long.
        what: &'static str,
        /// The limit, in seconds.
        seconds: u64,
    },
    /// What was read could not be stored.
    #[error("what was read could not be stored")]
    Sink(#[source] SinkError),
    /// A thread that decodes a response ended early.
    #[error("decoding a response stopped unexpectedly")]
    Decoder(#[source] Cause),
}

impl HttpError {
    /// Makes an error of a request that cannot be built.
    pub(in crate::source) fn unbuildable(requested: Requested) -> impl Fn(http::Error) -> Self {
        move |source| Self::Unbuildable { requested, source: source.into() }
    }

    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NotListening { .. }
                | Self::Unreachable { .. }
                | Self::CutOff { .. }
                | Self::TimeLimit { .. }
                | Self::Body { error: BodyError::WebPage, .. }
        )
    }
}

impl Describe for HttpError {
    fn describe(&self) -> Description {
        let check = |code, requested: &Requested, more: &str| {
            Description::new(code).remedy(format!("check {}{more}", requested.setting))
        };
        match self {
            Self::NotListening { requested, .. } => {
                let setting = requested.setting;
                Description::new("connection_refused")
                    .remedy(format!("wait until the service has started, or check {setting}"))
            }
            Self::Unreachable { requested, .. } => check("no_connection", requested, " and the network"),
            Self::Certificate { problem, names, .. } => problem.describe(*names),
            Self::Handshake { problem, requested } => problem.describe(requested.setting),
            Self::CutOff { .. } => Description::new("connection_closed").remedy("check the service's log"),
            Self::Body { requested, error } => error.describe(requested.setting),
            Self::Unbuildable { requested, .. } => check("invalid_request", requested, ""),
            Self::Tls(error) => error.describe(),
            Self::TimeLimit { .. } => Description::new("timed_out").remedy("check the load and log of the service"),
            Self::Sink(_) => Description::new("not_stored"),
            Self::Decoder(_) => Description::bug("decoder_failed"),
        }
    }
}

/// A place in a body, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in bytes.
    pub column: usize,
}

impl Position {
    /// Before the first byte.
    pub(super) const START: Self = Self { line: 1, column: 0 };

    /// Moves past a byte.
    pub(super) const fn advance(&mut self, byte: u8) {
        *self = match byte {
            b'\n' => Self { line: self.line + 1, column: 0 },
            _ => Self { column: self.column + 1, ..*self },
        };
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What is wrong with a response's body, or with a file in its place. Nothing of it is repeated, only where the error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Another content type.
    #[error("is not JSON")]
    NotJson,
    /// A page for a browser.
    #[error("is a web page, not JSON")]
    WebPage,
    /// A content encoding, though none was requested.
    #[error("is compressed, which headcount did not request")]
    Encoded,
    /// More bytes than a response may have.
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
    /// More headers, or longer ones, than a response may have.
    #[error("has too many or too long headers")]
    HeadTooLarge,
    /// More objects than can be requested one by one.
    #[error("lists more than {0} objects that take a request each")]
    TooMany(usize),
    /// Arrays or objects within each other.
    #[error("is nested too deeply at {0}")]
    TooDeep(Position),
    /// A string that no name or key is as long as.
    #[error("has a string of more than {bytes} bytes at {position}")]
    StringTooLong {
        /// The limit.
        bytes: usize,
        /// Where it is passed.
        position: Position,
    },
    /// No JSON.
    #[error("is malformed JSON at {0}")]
    Malformed(Position),
    /// It ends too early.
    #[error("ends too early")]
    Truncated,
    /// JSON, but not what was expected.
    #[error("has unexpected content at {0}")]
    Shape(Position),
    /// A value that the service does not return.
    #[error("has {what}")]
    Value {
        /// Names the error, as in a description.
        code: &'static str,
        /// What the value is, in words of the service's folder.
        what: &'static str,
    },
}

impl BodyError {
    /// The code and the remedy. `setting` names the address.
    #[must_use]
    pub fn describe(self, setting: &str) -> Description {
        let check = |code| Description::new(code).remedy(format!("check {setting}"));
        let version = |code| Description::new(code).remedy("check the service's version");
        match self {
            Self::NotJson => check("not_json"),
            Self::WebPage => Description::new("web_page").remedy(format!(
                "check {setting}: a front end returns a page where nothing matches, and so does a sign-in page"
            )),
            Self::Encoded => Description::new("compressed")
                .remedy(format!("set {setting} to a URL that bypasses the proxy that compresses responses")),
            Self::TooLarge(_) => check("too_large"),
            Self::HeadTooLarge => check("headers_too_large"),
            Self::TooMany(_) => check("too_many_objects"),
            Self::TooDeep(_) => check("nested_too_deeply"),
            Self::StringTooLong { .. } => check("string_too_long"),
            Self::Malformed(_) => check("malformed_json"),
            Self::Truncated => Description::new("truncated").remedy("check the service's log if this happens again"),
            Self::Shape(_) => version("unexpected_content"),
            Self::Value { code, .. } => version(code),
        }
    }
}
