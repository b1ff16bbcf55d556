//! One check: each kind of request that a scrape makes, once, down to the faces of one collection.

use uuid::Uuid;

use super::api::Api;
use super::decode::{Sink, Stop};
use super::elements::{DEMO_APPLICATION, Recognition, Service};
use crate::source::{Checked, CheckedFaces, Meaning, SourceError};

/// Applications that are searched for a recognition service. Each takes a request, one after the other, and a check is run
/// by a person who waits for it.
const SEARCHED: usize = 32;

/// Reads the account's role, the applications, and the number of faces in one collection. A scrape fails where this fails.
pub(super) async fn check(api: &Api<'_>) -> Result<Checked, SourceError> {
    let own = api.account().await?;
    let role = api.users(own, None).await?;
    Ok(Checked { role, faces: faces(api).await? })
}

async fn faces(api: &Api<'_>) -> Result<CheckedFaces, SourceError> {
    let applications = api.applications().await?;
    let (has_demo, ids) = (applications.has_demo(), applications.into_ids());
    for id in ids.iter().take(SEARCHED) {
        if faces_below(api, *id).await? {
            return Ok(CheckedFaces::Collection);
        }
    }
    if has_demo && faces_below(api, DEMO_APPLICATION).await? {
        return Ok(CheckedFaces::Demo);
    }
    Ok(if ids.len() > SEARCHED { CheckedFaces::NotFound(SEARCHED) } else { CheckedFaces::NoService })
}

/// Reads the number of faces of one recognition service of an application; false if it has none. A key that the core does
/// not know may have been renewed or deleted between the two requests.
async fn faces_below(api: &Api<'_>, application: Uuid) -> Result<bool, SourceError> {
    let Some(service) = api.recognition(application).await? else { return Ok(false) };
    let unknown = match api.faces(&service.key).await {
        Err(error) if error.meaning() == Some(Meaning::KeyUnknown) => error,
        outcome => return outcome.map(|_| true),
    };
    match api.recognition(application).await? {
        None => Ok(false),
        Some(Recognition { key, .. }) if key == service.key => Err(unknown),
        Some(other) => api.faces(&other.key).await.map(|_| true),
    }
}

/// Finds one recognition service in `GET /admin/app/{id}/models`, the demo's included.
#[derive(Debug, Default)]
pub(super) struct FirstRecognition(Option<Recognition>);

impl FirstRecognition {
    pub(super) fn into_service(self) -> Option<Recognition> {
        self.0
    }
}

impl Sink for FirstRecognition {
    type Element = Service;

    fn take(&mut self, service: Service) -> Result<(), Stop> {
        self.0 = service.into_recognition()?;
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.0.is_some()
    }
}
