//! One scrape: every user, and the numbers of persons and of their faces. And one check, which makes the same requests.

use std::sync::Arc;

use super::api::FrigateApi;
use super::catalog::{LIBRARY, kinds};
use super::error::{FrigateError, LibraryGone};
use super::requests::requested;
use crate::model::ScrapeSink;
use crate::source::face_recognition::FACES;
use crate::source::{CheckedPart, Emptied, Retry, ServiceError};

/// Reads everything, and passes it to the sink. Returns whether the library may not be there.
pub(super) async fn scrape(api: &FrigateApi<'_>, sink: Arc<dyn ScrapeSink>) -> Result<Option<Emptied>, FrigateError> {
    api.version().await?;
    api.require_admin().await?;
    let library = api.library().await?;
    api.users(Some(Arc::clone(&sink))).await?;
    sink.counted(kinds::SUBJECT, library.subjects);
    sink.counted(kinds::COLLECTION, 1);
    sink.measured(FACES, library.faces);
    // A folder that is gone looks like an installation without persons; the service itself makes the one of attempts again.
    Ok((library.subjects == 0).then(|| Emptied {
        kind: kinds::SUBJECT,
        error: ServiceError::new(LibraryGone { requested: requested(LIBRARY) }, Retry::Regular),
    }))
}

/// Makes each request of a scrape once.
pub(super) async fn check(api: &FrigateApi<'_>, is_signed_in: bool) -> Result<Vec<CheckedPart>, FrigateError> {
    let version = api.version().await?;
    api.require_admin().await?;
    let library = api.library().await?;
    api.users(None).await?;
    let access = if is_signed_in { "sign-in works" } else { "works without a sign-in" };
    let faces = if library.subjects == 0 { "lists no person" } else { "lists persons and faces" };
    Ok(vec![
        CheckedPart { name: "service", found: format!("{access} (version {version}, role admin)") },
        CheckedPart { name: "faces", found: faces.to_owned() },
    ])
}
