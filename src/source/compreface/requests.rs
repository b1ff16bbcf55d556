//! The closed table of requests: every request that the password is used for, and the only way to build one.
//!
//! Must not know what is done with the answers.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method};
use http_body_util::Full;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::secrets::{ApiKey, Credentials, secret_value};
use super::settings::ServiceSettings;
use crate::config::BaseUrl;
use crate::contract::RequestTemplate;
use crate::source::{Asked, SourceError};

/// CompreFace's own client id and secret (`CommonClientId:password`), a constant of the product, not a secret of anyone's.
const CLIENT: HeaderValue = HeaderValue::from_static("Basic Q29tbW9uQ2xpZW50SWQ6cGFzc3dvcmQ=");
const AGENT: HeaderValue = HeaderValue::from_static(super::catalog::USER_AGENT);
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

const ADMIN_URL: &str = "HEADCOUNT_COMPREFACE_URL";
const CORE_URL: &str = "HEADCOUNT_COMPREFACE_CORE_URL";

/// The name of the cookie that carries the session.
pub(super) const SESSION_COOKIE: &str = "CFSESSION";
/// The name of the cookie that refreshes it.
pub(super) const REFRESH_COOKIE: &str = "REFRESH_TOKEN";

/// Every request that can be made to the service.
pub(super) const REQUESTS: &[RequestTemplate] = &[
    RequestTemplate { method: "POST", path: "/admin/oauth/token", why: "sign in, refresh" },
    RequestTemplate { method: "DELETE", path: "/admin/oauth/token", why: "sign out" },
    RequestTemplate { method: "GET", path: "/admin/user/me", why: "its own role" },
    RequestTemplate { method: "GET", path: "/admin/user/roles", why: "its own role; the ids of users" },
    RequestTemplate { method: "GET", path: "/admin/apps", why: "ids of applications" },
    RequestTemplate {
        method: "GET",
        path: "/admin/app/{id}/models",
        why: "ids, types and, for recognition, keys of services",
    },
    RequestTemplate {
        method: "GET",
        path: "/api/v1/recognition/faces?page=0&size=1",
        why: "the number of faces of one collection",
    },
];

/// A request to the admin API, by its row of the table.
pub(super) const fn asked_of_admin(row: usize) -> Asked {
    Asked { template: REQUESTS[row], setting: ADMIN_URL }
}

/// One request of the table, with what it needs.
#[derive(Debug)]
pub(super) enum Request<'a> {
    SignIn(&'a Credentials),
    Refresh { refresh: &'a SecretString },
    SignOut { session: &'a SecretString },
    Me { session: &'a SecretString },
    Roles { session: &'a SecretString },
    Applications { session: &'a SecretString },
    Services { session: &'a SecretString, application: Uuid },
    Faces { key: &'a ApiKey },
}

impl Request<'_> {
    /// Its row of the table.
    pub(super) const fn template(&self) -> RequestTemplate {
        REQUESTS[match self {
            Self::SignIn(_) | Self::Refresh { .. } => 0,
            Self::SignOut { .. } => 1,
            Self::Me { .. } => 2,
            Self::Roles { .. } => 3,
            Self::Applications { .. } => 4,
            Self::Services { .. } => 5,
            Self::Faces { .. } => 6,
        }]
    }

    /// Whether a scrape begins with it, so that its answer says whether the service is ready. `GET /admin/status` would
    /// say the same, and costs CompreFace 1.1.0 one of its three database connections each time.
    pub(super) const fn is_first(&self) -> bool {
        matches!(self, Self::SignIn(_) | Self::Refresh { .. } | Self::Me { .. })
    }

    /// The request, with the setting that says where it goes.
    pub(super) fn asked(&self, settings: &ServiceSettings) -> Asked {
        // Without a setting of its own, the core API is where the admin API is.
        let is_core = matches!(self, Self::Faces { .. }) && settings.core_url != settings.admin_url;
        Asked { template: self.template(), setting: if is_core { CORE_URL } else { ADMIN_URL } }
    }

    /// Where it goes.
    pub(super) const fn base<'a>(&self, settings: &'a ServiceSettings) -> &'a BaseUrl {
        if matches!(self, Self::Faces { .. }) { &settings.core_url } else { &settings.admin_url }
    }

    /// Builds it; method and path come from the table.
    pub(super) fn build(&self, settings: &ServiceSettings) -> Result<http::Request<Full<Bytes>>, SourceError> {
        self.try_build(settings)
            .map_err(|source| SourceError::Unbuildable { asked: self.asked(settings), source: source.into() })
    }

    fn try_build(&self, settings: &ServiceSettings) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let template = self.template();
        let path = match self {
            Self::Services { application, .. } => {
                template.path.replace("{id}", &application.as_hyphenated().to_string())
            }
            _ => template.path.to_owned(),
        };
        let mut request = http::Request::builder()
            .method(Method::from_bytes(template.method.as_bytes())?)
            .uri(self.base(settings).join(&path)?)
            .header(USER_AGENT, AGENT);
        request = match self {
            Self::SignIn(_) => request.header(AUTHORIZATION, CLIENT).header(CONTENT_TYPE, FORM),
            Self::Refresh { refresh } => request
                .header(AUTHORIZATION, CLIENT)
                .header(CONTENT_TYPE, FORM)
                .header(COOKIE, cookie(REFRESH_COOKIE, refresh)?),
            Self::SignOut { session } => {
                request.header(AUTHORIZATION, CLIENT).header(COOKIE, cookie(SESSION_COOKIE, session)?)
            }
            Self::Me { session }
            | Self::Roles { session }
            | Self::Applications { session }
            | Self::Services { session, .. } => request.header(COOKIE, cookie(SESSION_COOKIE, session)?),
            Self::Faces { key } => request.header(API_KEY, key.header()?),
        };
        request.body(Full::new(self.body()))
    }

    fn body(&self) -> Bytes {
        match self {
            Self::SignIn(credentials) => credentials.form(),
            Self::Refresh { .. } => Bytes::from_static(b"grant_type=refresh_token&scope=all"),
            _ => Bytes::new(),
        }
    }
}

fn cookie(name: &str, value: &SecretString) -> Result<HeaderValue, http::Error> {
    let value = value.expose_secret();
    let mut text = Zeroizing::new(Vec::with_capacity(name.len() + 1 + value.len()));
    text.extend_from_slice(name.as_bytes());
    text.push(b'=');
    text.extend_from_slice(value.as_bytes());
    secret_value(text)
}
