//! The source: what a service must offer to be counted, and one folder for each service that does.
//!
//! Must not know OTLP or SQL: what it finds goes to a [`ScrapeSink`], id by id, as keyed hashes.

pub mod compreface;
mod content;
mod error;
mod meaning;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use content::ContentFault;
pub use error::{Retry, SourceError};
pub use meaning::Meaning;

use crate::config::{self, Setting};
use crate::consent::ReadPermit;
use crate::contract::RequestTemplate;
use crate::model::ScrapeSink;

/// Returns every setting: those of the service, then headcount's own.
#[must_use]
pub fn settings() -> Vec<&'static Setting> {
    [compreface::SETTINGS, config::SETTINGS].concat()
}

/// What is being read, as a future that ends with it.
pub type Reading<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>;

/// A service that can be counted.
///
/// Without a permit nothing is read:
///
/// ```compile_fail,E0061
/// # use headcount::{model::ScrapeSink, source::Service};
/// fn read(service: &mut dyn Service, observer: std::sync::Arc<dyn ScrapeSink>) {
///     let _ = service.scrape(observer);
/// }
/// ```
///
/// ```
/// # use headcount::{consent::ReadPermit, model::ScrapeSink, source::Service};
/// fn read(service: &mut dyn Service, permit: &ReadPermit, observer: std::sync::Arc<dyn ScrapeSink>) {
///     let _ = service.scrape(permit, observer);
/// }
/// ```
pub trait Service: fmt::Debug {
    /// Tells the observer everything that the service holds now. All or nothing: after an error, what the observer was
    /// told is to be thrown away. A thread that decodes an answer may tell a little more for a moment after the future
    /// was dropped.
    ///
    /// # Errors
    /// Anything that leaves the count incomplete, and the permit's end.
    fn scrape(&mut self, permit: &ReadPermit, observer: Arc<dyn ScrapeSink>) -> Reading<'_, (), SourceError>;

    /// Makes one request of each kind that a scrape makes, as far as the service has objects for it. Counts nothing.
    ///
    /// # Errors
    /// Anything that makes a scrape fail at these requests.
    fn check(&mut self, permit: &ReadPermit) -> Reading<'_, Checked, SourceError>;

    /// Ends the session, in two seconds at most; does nothing if none is open. Needs no permit: it is what follows when
    /// a permit ends, so that no administrator's session is left behind.
    fn sign_out(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>>;

    /// Whether a session is open, or may have been opened by a request that was cut short.
    fn has_session(&self) -> bool;
}

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

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "OWNER",
            Self::Administrator => "ADMINISTRATOR",
        })
    }
}

/// A request that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its row of the table.
    pub template: RequestTemplate,
    /// The setting that its address came from.
    pub setting: &'static str,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.template.fmt(f)
    }
}
