//! The requests of the contract: every request that the password is used for, and the only way to build one.
//!
//! Must not know what is done with the responses.

use bytes::Bytes;
use http::header::{self, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue, Method};
use http_body_util::Full;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::catalog::{APPLICATIONS, FACE_COUNT, ME, ROLES, SERVICES, SIGN_IN, SIGN_OUT, STATISTICS, USER_AGENT};
use super::secrets::{ApiKey, Credentials};
use super::settings::{COMPREFACE_CORE_URL, COMPREFACE_URL, ServiceSettings};
use crate::config::BaseUrl;
use crate::contract::RequestTemplate;
use crate::source::http::{HttpError, Requested, secret_header};

/// CompreFace's own client id and secret (`CommonClientId:password`), a constant of the product, not a secret of anyone's.
const CLIENT: HeaderValue = HeaderValue::from_static("Basic Q29tbW9uQ2xpZW50SWQ6cGFzc3dvcmQ=");
const AGENT: HeaderValue = HeaderValue::from_static(USER_AGENT);
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The name of the cookie that carries the session.
pub(super) const SESSION_COOKIE: &str = "CFSESSION";
/// The name of the cookie that refreshes it.
pub(super) const REFRESH_COOKIE: &str = "REFRESH_TOKEN";

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
    Statistics { session: &'a SecretString, application: Uuid, service: Uuid },
}

impl Request<'_> {
    /// Its row of the table.
    pub(super) const fn template(&self) -> RequestTemplate {
        match self {
            Self::SignIn(_) | Self::Refresh { .. } => SIGN_IN,
            Self::SignOut { .. } => SIGN_OUT,
            Self::Me { .. } => ME,
            Self::Roles { .. } => ROLES,
            Self::Applications { .. } => APPLICATIONS,
            Self::Services { .. } => SERVICES,
            Self::Faces { .. } => FACE_COUNT,
            Self::Statistics { .. } => STATISTICS,
        }
    }

    /// Whether a scrape begins with it, so that its response shows whether the service is ready. `GET /admin/status` would
    /// say the same, and costs CompreFace 1.1.0 one of its three database connections each time.
    pub(super) const fn is_first(&self) -> bool {
        matches!(self, Self::SignIn(_) | Self::Refresh { .. } | Self::Me { .. })
    }

    /// The request, with the setting that says where it goes.
    pub(super) fn requested(&self, settings: &ServiceSettings) -> Requested {
        // Without a setting of its own, the core API is where the admin API is.
        let is_core = matches!(self, Self::Faces { .. }) && settings.core_url != settings.admin_url;
        Requested {
            template: self.template(),
            setting: if is_core { COMPREFACE_CORE_URL.variable } else { COMPREFACE_URL.variable },
        }
    }

    /// Where it goes.
    const fn base<'a>(&self, settings: &'a ServiceSettings) -> &'a BaseUrl {
        if matches!(self, Self::Faces { .. }) { &settings.core_url } else { &settings.admin_url }
    }

    /// Builds it; method and path come from the table.
    pub(super) fn build(&self, settings: &ServiceSettings) -> Result<http::Request<Full<Bytes>>, HttpError> {
        self.try_build(settings).map_err(HttpError::unbuildable(self.requested(settings)))
    }

    fn try_build(&self, settings: &ServiceSettings) -> Result<http::Request<Full<Bytes>>, http::Error> {
        let template = self.template();
        let path = match self {
            Self::Services { application, .. } => template.path.replace("{id}", &application.to_string()),
            Self::Statistics { application, service, .. } => {
                let path = template.path.replace("{app}", &application.to_string());
                path.replace("{model}", &service.to_string())
            }
            _ => template.path.to_owned(),
        };
        let mut request = http::Request::builder()
            .method(Method::from_bytes(template.method.as_bytes())?)
            .uri(self.base(settings).join(&path)?)
            .header(header::USER_AGENT, AGENT);
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
            | Self::Services { session, .. }
            | Self::Statistics { session, .. } => request.header(COOKIE, cookie(SESSION_COOKIE, session)?),
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
    secret_header(&[name.as_bytes(), b"=", value.expose_secret().as_bytes()])
}

/// A request to the admin API that an error names without the request itself.
pub(super) fn admin_request(template: RequestTemplate) -> Requested {
    Requested { template, setting: COMPREFACE_URL.variable }
}
