//! Why Frigate could not be read, in words for its operator.
//!
//! An error names the request, what came back, and what to do; never a part of a response.

use super::api_error::{Meaning, give_the_role};
use super::responses::Version;
use super::settings::FRIGATE_URL;
use crate::error_chain::{Describe, Description};
use crate::net::secret_file::SecretFileError;
use crate::source::http::{HttpError, Requested};
use crate::source::{Retry, SourceError};

/// Why Frigate could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FrigateError {
    /// What can go wrong with any HTTP service.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The service returned another status than 200.
    #[error("{requested} returned {status}: {meaning}")]
    Answered {
        /// The request.
        requested: Requested,
        /// The HTTP status.
        status: u16,
        /// What that means.
        meaning: Meaning,
    },
    /// The session is not an administrator's.
    #[error("the session does not have the role admin, and may not read everything")]
    NotAdmin,
    /// A version without face recognition.
    #[error("version {found} of Frigate is older than {}", Version::FIRST)]
    TooOld {
        /// The version.
        found: Version,
    },
    /// The password file cannot be read or used.
    #[error(transparent)]
    Password(#[from] SecretFileError),
    /// A sign-in without a token.
    #[error("{requested}: response has no cookie with a token")]
    NoToken {
        /// The request.
        requested: Requested,
    },
    /// A sign-in with more than one token.
    #[error("{requested}: response has several cookies with a token")]
    SeveralTokens {
        /// The request.
        requested: Requested,
    },
}

/// No person is left, as if the folder of faces were gone.
#[derive(Debug, thiserror::Error)]
#[error("{requested}: response lists no person, though there were persons before")]
pub struct LibraryGone {
    /// The request.
    pub requested: Requested,
}

impl Describe for LibraryGone {
    fn describe(&self) -> Description {
        Description::new("library_gone").remedy(
            "check that the volume with Frigate's clips/faces is mounted; if every person was deleted, zero is reported \
             after 24 hours",
        )
    }
}

impl FrigateError {
    /// Whether the service is not ready yet: the operator has nothing to fix, unless this lasts.
    const fn is_starting(&self) -> bool {
        matches!(self, Self::Http(HttpError::NotListening { .. }) | Self::Answered { meaning: Meaning::Starting, .. })
    }

    /// How soon the service may be read again. Each sign-in gives a token that cannot be revoked, and the service may limit
    /// sign-ins.
    const fn retry(&self) -> Retry {
        match self {
            Self::NotAdmin | Self::TooOld { .. } | Self::NoToken { .. } | Self::SeveralTokens { .. } => Retry::Sparing,
            Self::Answered { meaning: Meaning::SignInLimited | Meaning::Forbidden, .. } => Retry::Sparing,
            _ => Retry::Usual,
        }
    }
}

impl From<FrigateError> for SourceError {
    fn from(error: FrigateError) -> Self {
        let (is_starting, retry) = (error.is_starting(), error.retry());
        match error {
            FrigateError::Http(HttpError::Sink(error)) => Self::Sink(error),
            error => Self::of(error, is_starting, retry),
        }
    }
}

impl Describe for FrigateError {
    fn describe(&self) -> Description {
        match self {
            Self::Http(error) => error.describe(),
            Self::Answered { requested, meaning, .. } => meaning.describe(requested.setting),
            Self::NotAdmin => {
                Description::new("insufficient_role").remedy(give_the_role(FRIGATE_URL.variable))
            }
            Self::TooOld { .. } => Description::new("version_too_old").remedy("update Frigate"),
            Self::Password(error) => error.describe(),
            Self::NoToken { requested } => Description::new("no_token").remedy(format!(
                "set {} to a URL that leads to Frigate without a proxy that removes cookies",
                requested.setting
            )),
            Self::SeveralTokens { requested } => Description::new("several_tokens").remedy(format!(
                "set {} to a URL that leads to Frigate without the proxy in front of it, which sets a cookie of its own",
                requested.setting
            )),
        }
    }
}
