//! A row of the closed table of requests that can be made to a service.

use std::fmt;

use serde::Serialize;

/// A request that can be made to the service: one row of the closed table that `disclose` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RequestTemplate {
    /// The HTTP method.
    pub method: &'static str,
    /// The path and query, with `{...}` where an id stands.
    pub path: &'static str,
    /// What the response is used for.
    pub why: &'static str,
}

impl RequestTemplate {
    /// A row of the table.
    #[must_use]
    pub const fn new(method: &'static str, path: &'static str, why: &'static str) -> Self {
        Self { method, path, why }
    }
}

impl fmt::Display for RequestTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
