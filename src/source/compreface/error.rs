//! Why CompreFace could not be read, in words for its operator.
//!
//! An error names the request (never the id in it), what came back, and what to do.

use crate::error_chain::{Describe, Description};
use crate::net::secret_file::SecretFileError;
use crate::source::http::{BodyError, HttpError, Requested};
use crate::source::{Retry, SourceError};

use super::api_error::ApiError;

/// Why CompreFace could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CompreFaceError {
    /// The permit ended.
    #[error("scrape stopped: telemetry was turned off")]
    Revoked,
    /// What can go wrong with any HTTP service.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The service returned another status than 200.
    #[error("{requested} returned {status}{}: {error}", in_brackets(*.code))]
    Answered {
        /// The request.
        requested: Requested,
        /// The HTTP status.
        status: u16,
        /// The service's own code, if it gave one.
        code: Option<i64>,
        /// What that means.
        error: ApiError,
    },
    /// The account sees only its own applications, so that its count would be too small.
    #[error("the account is neither OWNER nor ADMINISTRATOR and sees only its own applications")]
    Role,
    /// The session ended during a scrape, and could not be refreshed.
    #[error("the service no longer accepts the session that the scrape began with, nor its refresh")]
    SessionReplaced,
    /// The password file cannot be read or used.
    #[error(transparent)]
    Password(#[from] SecretFileError),
    /// The sign-in took too long.
    #[error("signing in timed out after {seconds} s")]
    SignInTimeLimit {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// A sign-in without the cookie that refreshes its session.
    #[error("{requested}: response has no REFRESH_TOKEN cookie")]
    NoRefreshCookie {
        /// The request.
        requested: Requested,
    },
    /// A sign-in without its cookies.
    #[error("{requested}: response has no session cookies")]
    NoCookies {
        /// The request.
        requested: Requested,
    },
}

fn in_brackets(code: Option<i64>) -> String {
    code.map(|code| format!(" (code {code})")).unwrap_or_default()
}

/// Whether the response to this request opens a session.
fn opens_a_session(requested: &Requested) -> bool {
    requested.template.method == "POST"
}

impl CompreFaceError {
    /// What the service's error response means, if it returned one.
    pub(super) const fn api_error(&self) -> Option<ApiError> {
        match self {
            Self::Answered { error, .. } => Some(*error),
            _ => None,
        }
    }

    /// Whether the same request may succeed a moment later.
    pub(super) const fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => error.is_transient(),
            Self::Answered { status, .. } => matches!(status, 429 | 500..=599),
            _ => false,
        }
    }

    /// Whether the service is not ready yet: the operator has nothing to fix, unless this lasts.
    fn is_starting(&self) -> bool {
        match self {
            Self::Http(HttpError::NotListening { .. }) => true,
            Self::Answered { error, .. } if !self.is_abandoned_sign_in() => {
                matches!(error, ApiError::Starting | ApiError::NotReady | ApiError::SignInBroken)
            }
            _ => false,
        }
    }

    /// Whether a front end stopped waiting for the response to a sign-in or a refresh, which may have opened a session all
    /// the same. 524 is a content delivery network's 504.
    fn is_abandoned_sign_in(&self) -> bool {
        matches!(self, Self::Answered { requested, status: 504 | 524, .. } if opens_a_session(requested))
    }

    /// How soon the service may be read again.
    pub(super) fn retry(&self) -> Retry {
        match self {
            Self::NoCookies { .. } | Self::NoRefreshCookie { .. } => Retry::Rare,
            Self::Answered { error: ApiError::SessionEnded, .. } => Retry::Rare,
            Self::Answered { requested, status: 200..=299, .. } if opens_a_session(requested) => Retry::Rare,
            // A page instead of a response: nothing reached the service.
            Self::Http(HttpError::Body { error: BodyError::NotJson | BodyError::WebPage, .. }) => Retry::Usual,
            Self::Http(HttpError::Body { requested, .. }) if opens_a_session(requested) => Retry::Rare,
            Self::Http(HttpError::CutOff { requested, .. }) if opens_a_session(requested) => Retry::Sparing,
            Self::Answered { .. } if self.is_abandoned_sign_in() => Retry::Sparing,
            Self::SignInTimeLimit { .. } | Self::SessionReplaced => Retry::Sparing,
            _ => Retry::Usual,
        }
    }
}

impl From<CompreFaceError> for SourceError {
    fn from(error: CompreFaceError) -> Self {
        match error {
            CompreFaceError::Revoked => Self::Revoked,
            CompreFaceError::Http(HttpError::Sink(error)) => Self::Sink(error),
            error => {
                let (is_starting, retry) = (error.is_starting(), error.retry());
                Self::of(error, is_starting, retry)
            }
        }
    }
}

impl Describe for CompreFaceError {
    fn describe(&self) -> Description {
        match self {
            Self::Revoked => Description::new("revoked"),
            Self::Http(error) => error.describe(),
            Self::Answered { requested, error, .. } => error.describe(requested.setting),
            Self::Role => Description::new("insufficient_role")
                .remedy("give the account the role ADMINISTRATOR, or use another account"),
            Self::SessionReplaced => Description::new("session_replaced").remedy(
                "the scrape is retried; if this happens again, point HEADCOUNT_COMPREFACE_URL at a single installation",
            ),
            Self::Password(error) => error.describe(),
            Self::SignInTimeLimit { .. } => {
                Description::new("sign_in_timed_out").remedy("check the load and log of the service")
            }
            Self::NoRefreshCookie { .. } => Description::new("no_refresh_cookie")
                .remedy("use CompreFace 1.1 or later, or bypass a proxy that removes the cookie"),
            Self::NoCookies { requested } => Description::new("no_session_cookies")
                .remedy(format!("set {} to a URL that bypasses the proxy that removes cookies", requested.setting)),
        }
    }
}
