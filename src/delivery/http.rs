//! OTLP/HTTP: one POST of protobuf bytes, with the contract's headers and the operator's, and nothing else.

use std::io::Write;

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;

use super::MAX_RESPONSE_BYTES;
use super::body::{self, Body};
use super::classify::Attempt;
use super::error::DeliveryError;
use super::prepare::PrepareError;
use super::proxy::Proxy;
use crate::config::{BaseUrl, Compression};

/// What is appended to the endpoint's URL.
const PATH: &str = "/v1/metrics";
/// OTLP's refusal is a code and a sentence.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// What every request of a round has in common.
pub(super) struct HttpRequests {
    /// The path, or the whole URL for a proxy.
    target: Uri,
    host: HeaderValue,
    user_agent: &'static str,
    headers: HeaderMap,
    compression: Compression,
}

impl HttpRequests {
    /// `proxy` is the one that forwards the requests, if one does.
    pub(super) fn new(
        url: &BaseUrl,
        user_agent: &'static str,
        mut headers: HeaderMap,
        compression: Compression,
        proxy: Option<&Proxy>,
    ) -> Result<Self, PrepareError> {
        let uri = url.join(PATH).map_err(PrepareError::Url)?;
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(host).map_err(|error| PrepareError::Url(error.into()))?;
        let Some(proxy) = proxy else {
            // To an origin server, a request names the path alone; its host is in the header.
            let target = uri.path().parse::<Uri>().map_err(|error| PrepareError::Url(error.into()))?;
            return Ok(Self { target, host, user_agent, headers, compression });
        };
        if let Some(authorization) = &proxy.authorization {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        Ok(Self { target: uri, host, user_agent, headers, compression })
    }

    /// Sends the bytes and reads the answer; its body until the deadline, and only where the status leaves something open.
    pub(super) async fn post(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Attempt, DeliveryError> {
        sender.ready().await?;
        let response = sender.send_request(self.request(body)?).await?;
        let (parts, incoming) = response.into_parts();
        let body = match parts.status.as_u16() {
            200..=299 => body::read_what_arrives(incoming, MAX_RESPONSE_BYTES, deadline).await,
            400 | 409 | 413 | 422 => body::read_what_arrives(incoming, MAX_REFUSAL_BYTES, deadline).await,
            _ => Body::unread(),
        };
        Ok(Attempt::Http { status: parts.status, headers: parts.headers, body })
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, DeliveryError> {
        let body = match self.compression {
            Compression::None => body,
            Compression::Gzip => gzip(&body).map_err(|_| DeliveryError::Request)?,
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.target.clone())
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/x-protobuf")
            .header(CONTENT_LENGTH, body.len())
            .header(USER_AGENT, self.user_agent);
        if self.compression == Compression::Gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        request.body(Full::new(body)).map_err(|_| DeliveryError::Request)
    }
}

fn gzip(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body)?;
    encoder.finish().map(Bytes::from)
}
