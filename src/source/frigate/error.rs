//! Why Frigate could not be read, in words for its operator.
//!
//! An error names the request, what came back, and what to do; never a part of a response.

use super::api_error::{Meaning, insufficient_role};
use super::catalog::kinds;
use super::responses::Version;
use crate::error_chain::{Describe, Description};
use crate::net::secret_file::SecretFileError;
use crate::source::http::{HttpError, Requested};
use crate::source::{Retry, ServiceError, SourceError};

/// Why Frigate could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrigateError {
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
    #[error("Frigate {found} is older than {}", Version::FIRST)]
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
    /// No person, no attempt, and no face, as if the folder were gone.
    #[error("{requested}: response is empty, though there were persons before")]
    LibraryGone {
        /// The request.
        requested: Requested,
    },
}

impl FrigateError {
    /// Whether the service is not ready yet: the operator has nothing to fix, unless this lasts.
    const fn is_starting(&self) -> bool {
        matches!(self, Self::Http(HttpError::NotListening { .. }) | Self::Answered { meaning: Meaning::Starting, .. })
    }

    /// How soon the service may be read again. A sign-in leaves nothing behind in the service, so that only its own limit
    /// matters.
    const fn retry(&self) -> Retry {
        match self {
            Self::Answered { meaning: Meaning::SignInLimited, .. } => Retry::Sparing,
            _ => Retry::Usual,
        }
    }
}

impl From<FrigateError> for SourceError {
    fn from(error: FrigateError) -> Self {
        let (is_starting, retry) = (error.is_starting(), error.retry());
        match error {
            FrigateError::Http(HttpError::Sink(error)) => Self::Sink(error),
            FrigateError::LibraryGone { .. } => {
                Self::NoneLeft { kind: kinds::SUBJECT, error: ServiceError::new(error, retry) }
            }
            error if is_starting => Self::NotReady(ServiceError::new(error, retry)),
            error => Self::Failed(ServiceError::new(error, retry)),
        }
    }
}

impl Describe for FrigateError {
    fn describe(&self) -> Description {
        match self {
            Self::Http(error) => error.describe(),
            Self::Answered { meaning, .. } => meaning.describe(),
            Self::NotAdmin => insufficient_role(),
            Self::TooOld { .. } => Description::new("version_too_old").remedy("update Frigate"),
            Self::Password(error) => error.describe(),
            Self::NoToken { requested } => Description::new("no_token").remedy(format!(
                "set {} to a URL that leads to Frigate without a proxy that removes cookies",
                requested.setting
            )),
            Self::LibraryGone { .. } => Description::new("library_gone").remedy(
                "check that the volume with Frigate's clips/faces is mounted; if every person was deleted, zero is reported \
                 after 24 hours",
            ),
        }
    }
}
