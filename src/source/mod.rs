//! The source: what a service must offer to be counted, and one folder for each service that does.
//!
//! Must not know OTLP or SQL: what it finds goes to an [`Observer`], id by id, as keyed hashes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::inventory::{IdHash, IdKey, Kind};

/// What is being read, as a future that ends with it.
pub type Reading<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>;

/// Takes what a scrape finds. Called from the threads that decode answers, so a call may block for a moment.
pub trait Observer: Send + Sync + fmt::Debug {
    /// The key that turns ids into hashes.
    fn key(&self) -> &IdKey;

    /// Takes the hashes of objects that exist now and leaves the vector empty.
    ///
    /// # Errors
    /// If they cannot be kept; the scrape then fails as a whole.
    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), ObserverError>;

    /// Takes the number of faces of one recognition service's collection.
    fn collection(&self, faces: u64);
}

/// What was found could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ObserverError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A request that can be made to the service: one row of the closed table that `disclose` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTemplate {
    /// The HTTP method.
    pub method: &'static str,
    /// The path and query, with `{...}` where an id stands.
    pub path: &'static str,
    /// What it is asked for.
    pub why: &'static str,
}
