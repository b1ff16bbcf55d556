//! What can be requested of the service during one scrape, with the session of this scrape.
//!
//! A token stays valid until it expires, whatever becomes of the account meanwhile, and there is no way to revoke it. So each
//! scrape signs in again, which proves the account and its role, and the token is dropped with the scrape.

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use secrecy::SecretString;
use std::sync::Arc;

use bytes::Bytes;

use super::api_error::{FailureBody, meaning};
use super::catalog::{LIBRARY, PROFILE, SIGN_IN, USERS, VERSION};
use super::error::FrigateError;
use super::requests::{self, requested};
use super::responses::{Library, Profile, UserNames, Version};
use super::secrets::{NoToken, sign_in_body, token};
use super::settings::{FRIGATE_CERTIFICATE, FrigateSettings};
use crate::contract::RequestTemplate;
use crate::model::ScrapeSink;
use crate::net::Dialer;
use crate::source::http::json_stream::{self, RESPONSE_BYTES};
use crate::source::http::{self as source_http, BodyError, Client, HttpError, TrustedCertificates, is_html};

/// The service, for as long as one scrape lasts.
#[derive(Debug)]
pub(super) struct FrigateApi<'a> {
    client: Client,
    settings: &'a FrigateSettings,
    token: Option<SecretString>,
}

impl<'a> FrigateApi<'a> {
    /// Opens a session, if there is an account.
    pub(super) async fn open(settings: &'a FrigateSettings, dialer: Dialer) -> Result<Self, FrigateError> {
        let trusted = TrustedCertificates {
            is_tls: settings.url.is_tls(),
            file: settings.certificate.as_deref(),
            setting: FRIGATE_CERTIFICATE.variable,
        };
        let client = Client::accepting_own_certificate(trusted, dialer)?;
        let mut api = Self { client, settings, token: None };
        if let Some(account) = &settings.account {
            let request = requests::sign_in(settings, sign_in_body(account)?)?;
            let (head, body) = api.send(SIGN_IN, request).await?.into_parts();
            let is_page = is_html(&head.headers);
            source_http::discard(body).await;
            let requested = requested(SIGN_IN);
            if is_page {
                return Err(HttpError::Body { requested, error: BodyError::WebPage }.into());
            }
            api.token = Some(token(&head.headers).map_err(|problem| match problem {
                NoToken::Missing => FrigateError::NoToken { requested },
                NoToken::Several => FrigateError::SeveralTokens { requested },
            })?);
        }
        Ok(api)
    }

    /// The version, if it is one that can be counted.
    pub(super) async fn version(&self) -> Result<Version, FrigateError> {
        let text = source_http::text(requested(VERSION), self.read(VERSION).await?).await?;
        let found = Version::parse(&text).map_err(|error| HttpError::Body { requested: requested(VERSION), error })?;
        if found < Version::FIRST { Err(FrigateError::TooOld { found }) } else { Ok(found) }
    }

    /// Fails unless the session is an administrator's: in version 0.16 others get no error for what they may not see.
    pub(super) async fn require_admin(&self) -> Result<(), FrigateError> {
        let body = self.json(PROFILE).await?;
        let profile: Profile = source_http::object(requested(PROFILE), body).await?;
        if profile.is_admin { Ok(()) } else { Err(FrigateError::NotAdmin) }
    }

    /// Passes all users to the sink; without one, reads the list only.
    pub(super) async fn users(&self, sink: Option<Arc<dyn ScrapeSink>>) -> Result<(), FrigateError> {
        let body = self.json(USERS).await?;
        let users = UserNames::new(sink);
        Ok(json_stream::read(requested(USERS), body, RESPONSE_BYTES, |json| users.decode(json)).await?)
    }

    /// Counts persons and faces.
    pub(super) async fn library(&self) -> Result<Library, FrigateError> {
        let body = self.json(LIBRARY).await?;
        Ok(json_stream::read(requested(LIBRARY), body, RESPONSE_BYTES, Library::decode).await?)
    }

    async fn json(&self, template: RequestTemplate) -> Result<Incoming, FrigateError> {
        Ok(source_http::json(requested(template), self.read(template).await?)?)
    }

    async fn read(&self, template: RequestTemplate) -> Result<Response<Incoming>, FrigateError> {
        self.send(template, requests::read(self.settings, template, self.token.as_ref())?).await
    }

    /// Sends a request and returns a response that is a success.
    async fn send(
        &self,
        template: RequestTemplate,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, FrigateError> {
        let requested = requested(template);
        let url = request.uri().clone();
        let response = self.client.send(requested, request).await?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let (head, body) = source_http::error_body(response).await;
        let (is_signed_in, body) = (self.token.is_some(), FailureBody::decode(&body));
        let meaning = meaning(template, is_signed_in, &url, (head.status, &head.headers), &body);
        Err(FrigateError::Answered { requested, status: head.status.as_u16(), meaning })
    }
}
