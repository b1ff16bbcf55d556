//! One check: each kind of request that scrapes make, once, down to the faces of one collection and the use of one service.

use std::cell::Cell;

use uuid::Uuid;

use super::api::Api;
use super::api_error::ApiError;
use super::error::CompreFaceError;
use super::responses::{DEMO_APPLICATION, Role};
use super::services::{Recognition, ServiceObject, Statistics};
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
    /// Whether the statistics of a service were read.
    pub statistics: CheckedStatistics,
}

/// Whether a check read the statistics of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckedStatistics {
    /// Those of the first service that was found, of whichever kind.
    Service,
    /// None: no service was found.
    NoService,
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

impl Checked {
    /// A line for each of the two APIs, and one for the statistics.
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
        let statistics = match self.statistics {
            CheckedStatistics::Service => "returns the days on which a service was used",
            CheckedStatistics::NoService => "not checked: no service was found",
        };
        vec![
            CheckedPart { name: "service", found: format!("sign-in works (role {role})") },
            CheckedPart { name: "core", found: core },
            CheckedPart { name: "statistics", found: statistics.to_owned() },
        ]
    }
}

/// Reads the account's role, the applications, the number of faces in one collection, and the statistics of one service. A
/// scrape fails where this fails.
pub(super) async fn check(api: &Api<'_>) -> Result<Checked, CompreFaceError> {
    let own = api.account().await?;
    let role = api.users(own, None).await?;
    let search = Search { api, has_statistics: Cell::new(false) };
    let faces = search.applications().await?;
    let statistics =
        if search.has_statistics.get() { CheckedStatistics::Service } else { CheckedStatistics::NoService };
    Ok(Checked { role, faces, statistics })
}

/// Looks for a recognition service, and reads the statistics of the first service of any kind on the way.
struct Search<'a> {
    api: &'a Api<'a>,
    has_statistics: Cell<bool>,
}

impl Search<'_> {
    async fn applications(&self) -> Result<CheckedFaces, CompreFaceError> {
        let applications = self.api.applications().await?;
        let (has_demo, ids) = (applications.has_demo(), applications.into_ids());
        for id in ids.iter().take(SEARCHED) {
            if self.faces_below(*id).await? {
                return Ok(CheckedFaces::Collection);
            }
        }
        if has_demo && self.faces_below(DEMO_APPLICATION).await? {
            return Ok(CheckedFaces::Demo);
        }
        Ok(if ids.len() > SEARCHED { CheckedFaces::NotFound(SEARCHED) } else { CheckedFaces::NoService })
    }

    /// Reads the number of faces of one recognition service of an application; false if it has none. A key that the core
    /// does not know may have been renewed or deleted between the two requests.
    async fn faces_below(&self, application: Uuid) -> Result<bool, CompreFaceError> {
        let Some(service) = self.recognition(application).await? else { return Ok(false) };
        let unknown = match self.api.faces(&service.key).await {
            Err(error) if error.api_error() == Some(ApiError::KeyUnknown) => error,
            outcome => return outcome.map(|_| true),
        };
        match self.recognition(application).await? {
            None => Ok(false),
            Some(Recognition { key, .. }) if key == service.key => Err(unknown),
            Some(other) => self.api.faces(&other.key).await.map(|_| true),
        }
    }

    /// The first recognition service of an application, the demo's included; none if there is none.
    async fn recognition(&self, application: Uuid) -> Result<Option<Recognition>, CompreFaceError> {
        let first = self.api.services(application, FirstServices::default).await?;
        let Some(FirstServices { any: Some(any), recognition }) = first else { return Ok(None) };
        if !self.has_statistics.get() {
            let statistics = self.api.statistics(application, any, Statistics::unused).await?;
            self.has_statistics.set(statistics.is_some());
        }
        Ok(recognition)
    }
}

/// Finds one service, and one recognition service, in `GET /admin/app/{id}/models`, the demo's included.
#[derive(Debug, Default)]
struct FirstServices {
    any: Option<Uuid>,
    recognition: Option<Recognition>,
}

impl ItemSink for FirstServices {
    type Item = ServiceObject;

    fn take(&mut self, service: ServiceObject) -> Result<(), Stop> {
        self.any = self.any.or(Some(service.id()?));
        self.recognition = service.into_recognition()?;
        Ok(())
    }

    fn is_stored(&self) -> bool {
        false
    }

    fn is_done(&self) -> bool {
        self.recognition.is_some()
    }
}
