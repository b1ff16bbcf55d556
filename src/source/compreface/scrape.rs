//! One scrape: every user, application and service there is, and the faces of each recognition service. Before a report,
//! also which services are active.
//!
//! An application or service that disappears between two requests is as if it had never been read: it is passed to the
//! sink only once everything below it was read.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::ready;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use uuid::Uuid;

use super::api::Api;
use super::api_error::ApiError;
use super::catalog::SERVICES;
use super::error::CompreFaceError;
use super::requests::admin_request;
use super::responses::{room_after, written};
use super::services::{Recognition, Services, Statistics};
use crate::clock::Day;
use crate::model::{IdHash, Kind, PerKind, ScrapeSink, SinkError};
use crate::source::face_recognition::{FACES, kinds};
use crate::source::http::{CONCURRENCY, HttpError};

/// Reads everything, and passes it to the sink. `GET /admin/apps` hides applications from an account without a sufficient
/// role, with no hint in the response. So the role is read directly before that request and after all others: a promotion
/// or a demotion between two responses fails the scrape. Only the last list of users is counted.
pub(super) async fn scrape(
    api: &Api<'_>,
    report: Option<Day>,
    sink: Arc<dyn ScrapeSink>,
) -> Result<(), CompreFaceError> {
    let own = api.account().await?;
    api.users(own, None).await?;
    let active = report.map(|_| PerKind::default());
    let scrape = Scrape { api, report, sink: &sink, found: RefCell::new(Found { active, ..Found::default() }) };
    scrape.applications().await?;
    let found = scrape.found.into_inner();
    api.users(own, Some(&sink)).await?;
    let passed_on = tokio::task::spawn_blocking(move || found.pass_on(&sink)).await;
    Ok(passed_on.map_err(|error| HttpError::Decoder(error.into()))?.map_err(HttpError::Sink)?)
}

struct Scrape<'a> {
    api: &'a Api<'a>,
    /// The day of the report that rests on the scrape, if one does.
    report: Option<Day>,
    sink: &'a Arc<dyn ScrapeSink>,
    found: RefCell<Found>,
}

/// What has been read with all that is below it.
#[derive(Default)]
struct Found {
    /// Applications and services.
    objects: PerKind<Vec<IdHash>>,
    /// The number of faces of each recognition service.
    faces: Vec<u64>,
    /// How many services of each kind are active. None if no report rests on the scrape.
    active: Option<PerKind<u64>>,
    /// Services that were requested one by one, so that one that is listed twice counts once.
    met: HashSet<IdHash>,
}

/// The kinds of services.
const SERVICE_KINDS: [Kind; 3] = [kinds::DETECTION, kinds::VERIFICATION, kinds::RECOGNITION];

impl Found {
    fn pass_on(mut self, sink: &Arc<dyn ScrapeSink>) -> Result<(), SinkError> {
        if let Some(active) = self.active {
            SERVICE_KINDS.into_iter().for_each(|kind| sink.active(kind, active[kind]));
        }
        self.faces.iter().for_each(|faces| sink.measured(FACES, *faces));
        let mut kinds = [kinds::APPLICATION].into_iter().chain(SERVICE_KINDS);
        kinds.try_for_each(|kind| sink.objects(kind, &mut self.objects[kind]))
    }
}

/// Makes all calls, so many at a time.
async fn all(
    calls: impl Iterator<Item = impl Future<Output = Result<(), CompreFaceError>>>,
) -> Result<(), CompreFaceError> {
    stream::iter(calls).buffer_unordered(CONCURRENCY).try_for_each(|()| ready(Ok(()))).await
}

impl Scrape<'_> {
    async fn applications(&self) -> Result<(), CompreFaceError> {
        let ids = self.api.applications().await?.into_ids();
        all(ids.into_iter().map(|id| self.application(id))).await
    }

    async fn application(&self, id: Uuid) -> Result<(), CompreFaceError> {
        let Some(services) = self.api.services(id, Services::default).await? else { return Ok(()) };
        let (recognition, others) = services.into_all();
        all(recognition.into_iter().map(|service| self.collection(id, service))).await?;
        all(others.into_iter().map(|(kind, service)| self.other(id, kind, service))).await?;
        let hash = self.hash(kinds::APPLICATION, id);
        self.found.borrow_mut().objects[kinds::APPLICATION].push(hash);
        Ok(())
    }

    async fn collection(&self, application: Uuid, service: Recognition) -> Result<(), CompreFaceError> {
        let Some(hash) = self.meet(kinds::RECOGNITION, service.id)? else { return Ok(()) };
        let Some(faces) = self.faces(application, &service).await? else { return Ok(()) };
        if self.statistics(application, kinds::RECOGNITION, service.id).await? {
            let found = &mut self.found.borrow_mut();
            found.objects[kinds::RECOGNITION].push(hash);
            found.faces.push(faces);
        }
        Ok(())
    }

    async fn other(&self, application: Uuid, kind: Kind, service: Uuid) -> Result<(), CompreFaceError> {
        let Some(hash) = self.meet(kind, service)? else { return Ok(()) };
        if self.statistics(application, kind, service).await? {
            self.found.borrow_mut().objects[kind].push(hash);
        }
        Ok(())
    }

    fn hash(&self, kind: Kind, id: Uuid) -> IdHash {
        self.sink.key().hash(kind, &written(id))
    }

    /// Reads whether a service is active, if a report rests on the scrape. False if the service was deleted meanwhile.
    async fn statistics(&self, application: Uuid, kind: Kind, service: Uuid) -> Result<bool, CompreFaceError> {
        let Some(report) = self.report else { return Ok(true) };
        let statistics = self.api.statistics(application, service, || Statistics::before(report)).await?;
        let Some(statistics) = statistics else { return Ok(false) };
        if let Some(active) = &mut self.found.borrow_mut().active {
            active[kind] += u64::from(statistics.is_active());
        }
        Ok(true)
    }

    /// The hash of a service that is seen for the first time.
    fn meet(&self, kind: Kind, id: Uuid) -> Result<Option<IdHash>, CompreFaceError> {
        let (met, hash) = (&mut self.found.borrow_mut().met, self.hash(kind, id));
        if met.contains(&hash) {
            return Ok(None);
        }
        room_after(met.len()).map_err(|error| HttpError::Body { requested: admin_request(SERVICES), error })?;
        met.insert(hash);
        Ok(Some(hash))
    }

    /// The number of faces; none if the service was deleted meanwhile. The core returns the same error for a
    /// service that was deleted, a key that was renewed, and a core of another installation: the application's services
    /// tell them apart.
    async fn faces(&self, application: Uuid, service: &Recognition) -> Result<Option<u64>, CompreFaceError> {
        let unknown = match self.api.faces(&service.key).await {
            Err(error) if error.api_error() == Some(ApiError::KeyUnknown) => error,
            outcome => return outcome.map(Some),
        };
        let services = self.api.services(application, Services::default).await?;
        let Some(services) = services else { return Ok(None) };
        match services.into_recognition().into_iter().find(|other| other.id == service.id) {
            None => Ok(None),
            Some(other) if other.key == service.key => Err(unknown),
            Some(renewed) => self.api.faces(&renewed.key).await.map(Some),
        }
    }
}
