//! One check: each kind of request that a scrape makes, once, down to the faces of one collection.

use uuid::Uuid;

use super::api::Api;
use super::api_error::ApiError;
use super::error::CompreFaceError;
use super::responses::{DEMO_APPLICATION, Recognition, ServiceObject};
use crate::source::CheckedPart;
use crate::source::http::json_stream::{ItemSink, Stop};

/// Applications that are searched for a recognition service. Each takes a request, one after the other, and a check is run
/// by a person who waits for it.
const SEARCHED: usize = 32;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// The account's own role.
    pub role: Role,
    /// How the number of faces was read.
    pub faces: CheckedFaces,
}

/// Which collection's number of faces a check read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckedFaces {
    /// One that is counted.
    Collection,
    /// The demo collection, since there is no other. Its key is the same in every installation.
    Demo,
    /// None: there is no recognition service.
    NoService,
    /// None: so many applications have no recognition service, and there are more.
    NotFound(usize),
}

/// What an account may do: only these two see every application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The owner of the whole installation.
    Owner,
    /// An administrator of the whole installation.
    Administrator,
}

impl Checked {
    /// A line for each of the two APIs.
    pub(super) fn parts(self) -> Vec<CheckedPart> {
        let role = match self.role {
            Role::Owner => "OWNER",
            Role::Administrator => "ADMINISTRATOR",
        };
        let core = match self.faces {
            CheckedFaces::Collection => "returns the number of faces of a collection".to_owned(),
            CheckedFaces::Demo => {
                "returns the number of faces of the demo collection; there is no other yet".to_owned()
            }
            CheckedFaces::NoService => "not checked: there is no recognition service yet".to_owned(),
            CheckedFaces::NotFound(searched) => {
                format!("not checked: the first {searched} applications have no recognition service")
            }
        };
        vec![
            CheckedPart { name: "service", found: format!("sign-in works (role {role})") },
            CheckedPart { name: "core", found: core },
        ]
    }
}

/// Reads the account's role, the applications, and the number of faces in one collection. A scrape fails where this fails.
pub(super) async fn check(api: &Api<'_>) -> Result<Checked, CompreFaceError> {
    let own = api.account().await?;
    let role = api.users(own, None).await?;
    Ok(Checked { role, faces: faces(api).await? })
}

async fn faces(api: &Api<'_>) -> Result<CheckedFaces, CompreFaceError> {
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
async fn faces_below(api: &Api<'_>, application: Uuid) -> Result<bool, CompreFaceError> {
    let Some(service) = api.recognition(application).await? else { return Ok(false) };
    let unknown = match api.faces(&service.key).await {
        Err(error) if error.api_error() == Some(ApiError::KeyUnknown) => error,
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

impl ItemSink for FirstRecognition {
    type Item = ServiceObject;

    fn take(&mut self, service: ServiceObject) -> Result<(), Stop> {
        self.0 = service.into_recognition()?;
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.0.is_some()
    }
}
