//! One scrape: every user, and the numbers of persons and of their faces. And one check, which makes the same requests.

use std::sync::Arc;

use super::api::FrigateApi;
use super::catalog::{FACES, kinds};
use super::error::FrigateError;
use super::requests::{self, requested};
use crate::model::ScrapeSink;
use crate::source::CheckedPart;

/// Reads everything, and passes it to the sink. The role is read before the lists and after them: an account without it is
/// shown less, or an answer that was kept for another one.
pub(super) async fn scrape(api: &FrigateApi<'_>, sink: Arc<dyn ScrapeSink>) -> Result<(), FrigateError> {
    api.version().await?;
    api.require_admin().await?;
    let library = api.library().await?;
    api.users(Some(Arc::clone(&sink))).await?;
    api.require_admin().await?;
    sink.counted(kinds::SUBJECT, library.subjects);
    sink.counted(kinds::COLLECTION, 1);
    sink.measured(FACES, library.faces);
    // A folder that is gone looks like an installation without faces.
    if library.is_bare() { Err(FrigateError::LibraryGone { requested: requested(requests::FACES) }) } else { Ok(()) }
}

/// Makes each request of a scrape once.
pub(super) async fn check(api: &FrigateApi<'_>, is_signed_in: bool) -> Result<Vec<CheckedPart>, FrigateError> {
    let version = api.version().await?;
    api.require_admin().await?;
    let library = api.library().await?;
    api.users(None).await?;
    let access = if is_signed_in { "sign-in works" } else { "works without a sign-in" };
    let faces = if library.is_bare() { "lists no person and no face" } else { "lists persons and faces" };
    Ok(vec![
        CheckedPart { name: "service", found: format!("{access} (version {version}, role admin)") },
        CheckedPart { name: "faces", found: faces.to_owned() },
    ])
}
