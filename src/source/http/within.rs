//! Bounds a call of a service by its permit and by time.

use std::future::Future;
use std::time::Duration;

use super::HttpError;
use crate::consent::ReadPermit;
use crate::source::SourceError;

/// Reads while the permit and the time limit last. `what` is read, in the words of an error.
///
/// # Errors
/// What reading returns, the permit's end, and the time limit.
pub async fn while_permitted<T, E: From<HttpError>>(
    permit: &ReadPermit,
    (limit, what): (Duration, &'static str),
    reading: impl Future<Output = Result<T, E>>,
) -> Result<T, SourceError>
where
    SourceError: From<E>,
{
    tokio::select! {
        biased;
        () = permit.revoked() => Err(SourceError::Revoked),
        outcome = tokio::time::timeout(limit, reading) => {
            let limit = HttpError::TimeLimit { what, seconds: limit.as_secs() };
            Ok(outcome.unwrap_or(Err(limit.into()))?)
        }
    }
}
