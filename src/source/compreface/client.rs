//! CompreFace's requests over HTTP: a response with another status than 200 becomes an error.

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::api_error::{ErrorBody, api_error};
use super::error::CompreFaceError;
use super::requests::Request;
use super::settings::{COMPREFACE_CERTIFICATE, ServiceSettings};
use crate::net::Dialer;
use crate::source::http::json_stream::{ItemSink, RESPONSE_BYTES, array};
use crate::source::http::{self as source_http, TrustedCertificates};

/// Sends requests to the service. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct CompreFaceClient {
    http: source_http::Client,
    pub(super) settings: Arc<ServiceSettings>,
}

impl CompreFaceClient {
    /// A client without connections.
    pub(super) fn new(settings: &Arc<ServiceSettings>, dialer: Dialer) -> Result<Self, CompreFaceError> {
        let trusted = TrustedCertificates {
            is_tls: settings.admin_url.is_tls() || settings.core_url.is_tls(),
            file: settings.certificate.as_deref(),
            setting: COMPREFACE_CERTIFICATE.variable,
        };
        Ok(Self { http: source_http::Client::new(trusted, dialer)?, settings: Arc::clone(settings) })
    }

    /// Sends a request and returns a response that is a success.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response<Incoming>, CompreFaceError> {
        let requested = request.requested(&self.settings);
        let built = request.build(&self.settings)?;
        let url = built.uri().clone();
        let response = self.http.send(requested, built).await?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let (head, body) = source_http::error_body(response).await;
        let body = ErrorBody::decode(&body);
        let error = api_error(request, &url, head.status, &head.headers, &body);
        Err(CompreFaceError::Answered { requested, status: head.status.as_u16(), code: body.code(), error })
    }

    /// Sends a sign-in or a refresh, and returns the response's headers: the session is in its cookies. CompreFace 1.1 sends
    /// no body, 1.2 repeats both tokens there.
    pub(super) async fn sign_in(&self, request: &Request<'_>) -> Result<HeaderMap, CompreFaceError> {
        let (head, body) = self.send(request).await?.into_parts();
        source_http::discard(body).await;
        Ok(head.headers)
    }

    /// Sends a request whose response is one small JSON object.
    pub(super) async fn object<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, CompreFaceError> {
        let body = source_http::json(request.requested(&self.settings), self.send(request).await?)?;
        Ok(source_http::object(request.requested(&self.settings), body).await?)
    }

    /// Sends a request whose response is one JSON array, and passes its items to a sink.
    pub(super) async fn array<S: ItemSink>(&self, request: &Request<'_>, items: S) -> Result<S, CompreFaceError> {
        let requested = request.requested(&self.settings);
        let body = source_http::json(requested, self.send(request).await?)?;
        Ok(array(requested, body, RESPONSE_BYTES, items).await?)
    }
}
