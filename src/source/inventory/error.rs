//! Why the inventory document could not be read, in words for its operator, and for those who offer it.

use std::time::Duration;

use super::catalog::requested;
use super::problem::Problems;
use super::settings::{INVENTORY_TOKEN_FILE, INVENTORY_URL};
use crate::error_chain::{Describe, Description, problems};
use crate::net::secret_file::{ReadProblem, SecretFileError};
use crate::source::http::{BodyError, FrontError, HttpError};
use crate::source::{Retry, SourceError};

/// Why the document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// What can go wrong with any HTTP service.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server returned another status than 200.
    #[error("{} returned {status}: {problem}", requested())]
    Answered {
        /// The HTTP status.
        status: u16,
        /// What that means.
        problem: StatusProblem,
    },
    /// The document's file or the token's file cannot be read or used.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// The contents of the document's file are no document.
    #[error("{}: file {error}", INVENTORY_URL.variable)]
    FileContents {
        /// What is wrong with them.
        error: BodyError,
    },
    /// The document's file was written while it was read.
    #[error("{}: file changed while it was read", INVENTORY_URL.variable)]
    FileChanged,
    /// The document's file was last written long ago.
    #[error("{}: file was last written more than {} days ago", INVENTORY_URL.variable, .age_limit.as_secs() / (24 * 3600))]
    FileStale {
        /// The age up to which a file is read.
        age_limit: Duration,
    },
    /// An earlier reading of the document's file has not ended.
    #[error("{}: an earlier reading of the file has not ended", INVENTORY_URL.variable)]
    FileBlocked,
    /// The token's file has something else.
    #[error("{}: file has characters that are not part of a token", INVENTORY_TOKEN_FILE.variable)]
    Token,
    /// The document is JSON, and is wrong at these places.
    #[error("the inventory document has {0}")]
    Document(Problems),
}

const TOKEN_FILE: &str = INVENTORY_TOKEN_FILE.setting.variable;

problems! {
    /// What a response with another status than 200 means.
    pub enum StatusProblem (url: &str) + Front(FrontError, url) {
        /// 401 without a token.
        TokenMissing: "a token is required", "token_missing",
            format!("set {TOKEN_FILE} to a file with a token for the document");
        /// 401 with a token.
        TokenRejected: "the token was rejected", "token_rejected",
            format!("put a valid token into the file that {TOKEN_FILE} names");
        /// 403.
        Forbidden: "access denied", "forbidden", format!("check {TOKEN_FILE}, and the access rules in front of the service");
        /// 502, 503 or 504.
        Starting: "the service is starting, or not ready", "not_ready", "check the service's log if this lasts";
        /// Any other failure of the server.
        Failed: "the service failed", "service_failed", "check the service's log";
        /// Anything else.
        Unexpected: "not a response with a document", "unexpected_response", format!("check {url}");
    }
}

/// For what is wrong in the document itself, once all of it is listed.
const CORRECT: &str = "correct the document as docs/your-own-service.md describes it";
/// For the same, while only the first problems are listed.
const CHECK: &str =
    "run `headcount check` for all problems, and correct the document as docs/your-own-service.md describes it";
/// For a document that ends in the middle.
const INCOMPLETE: &str =
    "check the service's log; a file must be replaced as a whole: write a new file, then rename it";

impl InventoryError {
    /// Whether the service is not ready yet: the operator has nothing to fix, unless this lasts.
    fn is_starting(&self) -> bool {
        match self {
            Self::Http(HttpError::NotListening { .. }) | Self::Answered { problem: StatusProblem::Starting, .. } => {
                true
            }
            Self::File(error) => {
                error.setting == INVENTORY_URL.variable && matches!(error.problem, ReadProblem::Absent)
            }
            _ => false,
        }
    }
}

impl From<InventoryError> for SourceError {
    fn from(error: InventoryError) -> Self {
        if let InventoryError::Http(HttpError::Sink(error)) = error {
            return Self::Sink(error);
        }
        let is_starting = error.is_starting();
        let retry = if matches!(error, InventoryError::FileStale { .. }) { Retry::Regular } else { Retry::Usual };
        Self::of(error, is_starting, retry)
    }
}

impl Describe for InventoryError {
    fn describe(&self) -> Description {
        match self {
            Self::Http(HttpError::Body { error, .. }) | Self::FileContents { error } => {
                let description = error.describe(INVENTORY_URL.variable);
                match error {
                    BodyError::Truncated => description.remedy(INCOMPLETE),
                    BodyError::Malformed(_) | BodyError::TooDeep(_) | BodyError::StringTooLong { .. } => {
                        description.remedy(CORRECT)
                    }
                    _ => description,
                }
            }
            Self::Http(error) => error.describe(),
            Self::Answered { problem, .. } => problem.describe(INVENTORY_URL.variable),
            Self::File(error) => error.describe(),
            Self::FileChanged => {
                Description::new("file_changed").remedy("write a new file, then rename it over the old one")
            }
            Self::FileStale { .. } => Description::new("file_stale")
                .remedy("check that the service still runs, and that it writes the file at least daily"),
            Self::FileBlocked => Description::new("file_blocked")
                .remedy("check the file system that the file is on, such as a network mount"),
            Self::Token => Description::new("token_malformed")
                .remedy("write the token alone into the file, without `Bearer` and without spaces"),
            Self::Document(problems) => {
                let remedy = if problems.are_all_listed() { CORRECT } else { CHECK };
                Description::new("invalid_document").remedy(remedy)
            }
        }
    }
}
