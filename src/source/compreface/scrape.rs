//! One scrape: every user, application and service there is, and the faces of each recognition service.
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
use super::catalog::{FACES, kinds};
use super::error::CompreFaceError;
use super::requests::{SERVICES, admin_request};
use super::responses::{Recognition, push, room_after};
use crate::model::ScrapeSink;
use crate::source::http::json_stream::Stop;
use crate::source::http::{Batch, CONCURRENCY, HttpError};

/// Reads everything, and passes it to the sink. `GET /admin/apps` hides applications from an account without a sufficient
/// role, with no hint in the response. So the role is read directly before that request and after all others: a promotion
/// or a demotion between two responses fails the scrape. Only the last list of users is counted.
pub(super) async fn scrape(api: &Api<'_>, sink: Arc<dyn ScrapeSink>) -> Result<(), CompreFaceError> {
    let own = api.account().await?;
    api.users(own, None).await?;
    let scrape = Scrape { api, sink: &sink, found: RefCell::default() };
    scrape.applications().await?;
    let found = scrape.found.into_inner();
    api.users(own, Some(&sink)).await?;
    tokio::task::spawn_blocking(move || found.pass_on(&sink)).await.map_err(|error| HttpError::Decoder(error.into()))?
}

struct Scrape<'a> {
    api: &'a Api<'a>,
    sink: &'a Arc<dyn ScrapeSink>,
    found: RefCell<Found>,
}

/// What has been read with all that is below it.
#[derive(Default)]
struct Found {
    applications: Vec<Uuid>,
    collections: Vec<(Uuid, u64)>,
    /// Recognition services that were seen, so that one that is listed twice has one collection.
    met: HashSet<Uuid>,
}

impl Found {
    fn pass_on(self, sink: &Arc<dyn ScrapeSink>) -> Result<(), CompreFaceError> {
        let mut applications = Batch::new(Arc::clone(sink), kinds::APPLICATION);
        let mut recognition = Batch::new(Arc::clone(sink), kinds::RECOGNITION);
        let passed = (|| {
            self.applications.into_iter().try_for_each(|id| push(&mut applications, id))?;
            for (id, faces) in self.collections {
                push(&mut recognition, id)?;
                sink.measured(FACES, faces);
            }
            applications.flush()?;
            Ok(recognition.flush()?)
        })();
        Ok(passed.map_err(|stop| match stop {
            Stop::Sink(error) => HttpError::Sink(error),
            Stop::Body(error) => HttpError::Body { requested: admin_request(SERVICES), error },
        })?)
    }
}

impl Scrape<'_> {
    async fn applications(&self) -> Result<(), CompreFaceError> {
        let ids = self.api.applications().await?.into_ids();
        stream::iter(ids)
            .map(|id| self.application(id))
            .buffer_unordered(CONCURRENCY)
            .try_for_each(|()| ready(Ok(())))
            .await
    }

    async fn application(&self, id: Uuid) -> Result<(), CompreFaceError> {
        let Some(services) = self.api.services(id, Some(self.sink)).await? else { return Ok(()) };
        stream::iter(services.into_recognition())
            .map(|service| self.collection(id, service))
            .buffer_unordered(CONCURRENCY)
            .try_for_each(|()| ready(Ok(())))
            .await?;
        self.found.borrow_mut().applications.push(id);
        Ok(())
    }

    async fn collection(&self, application: Uuid, service: Recognition) -> Result<(), CompreFaceError> {
        if !self.meet(service.id)? {
            return Ok(());
        }
        if let Some(faces) = self.faces(application, &service).await? {
            self.found.borrow_mut().collections.push((service.id, faces));
        }
        Ok(())
    }

    /// Whether a recognition service is seen for the first time.
    fn meet(&self, id: Uuid) -> Result<bool, CompreFaceError> {
        let met = &mut self.found.borrow_mut().met;
        if met.contains(&id) {
            return Ok(false);
        }
        room_after(met.len()).map_err(|error| HttpError::Body { requested: admin_request(SERVICES), error })?;
        Ok(met.insert(id))
    }

    /// The number of faces; none if the service was deleted meanwhile. The core returns the same error for a
    /// service that was deleted, a key that was renewed, and a core of another installation: the application's services
    /// tell them apart.
    async fn faces(&self, application: Uuid, service: &Recognition) -> Result<Option<u64>, CompreFaceError> {
        let unknown = match self.api.faces(&service.key).await {
            Err(error) if error.api_error() == Some(ApiError::KeyUnknown) => error,
            outcome => return outcome.map(Some),
        };
        let Some(services) = self.api.services(application, None).await? else { return Ok(None) };
        match services.into_recognition().into_iter().find(|other| other.id == service.id) {
            None => Ok(None),
            Some(other) if other.key == service.key => Err(unknown),
            Some(renewed) => self.api.faces(&renewed.key).await.map(Some),
        }
    }
}
