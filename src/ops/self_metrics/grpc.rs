//! OTLP over gRPC for the self-metrics: the official exporter makes a request for HTTP, and this sends its message as a call.
//!
//! The exporter's own gRPC needs tonic's `Channel`, which panics at a status whose details are not base64, and the release
//! build ends the process at a panic. Here a status is a number, and nothing else of a response is read but its message.

use std::time::Duration;

use bytes::{BufMut, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{Bytes, HttpError};
use tokio::time::timeout;
use tonic::Code;

use crate::net::Dialer;

/// The method of OTLP's metrics service.
const PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
/// A message begins with a flag and its length.
const PREFIX_BYTES: usize = 5;
/// A response is read to this length at most.
const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;
/// HTTP/2's own default for windows, where hyper's is 2 to 5 MiB: responses are a few bytes.
const HTTP2_WINDOW_BYTES: u32 = 65_535;
/// HTTP/2's default, for a header list that is a few fields.
const HTTP2_HEADER_BYTES: u32 = 16 * 1024;

/// Why a call failed. Nothing that the collector wrote is repeated.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error("collector returned {0:?} over gRPC")]
    Status(Code),
    #[error("collector returned {} over HTTP instead of gRPC", .0.as_u16())]
    Http(StatusCode),
    #[error("collector's response is larger than an OTLP response")]
    TooLarge,
    #[error("collector's response is not gRPC")]
    NotGrpc,
    #[error("message is too large for gRPC")]
    Message,
}

/// Makes calls over a connection of its own.
pub(super) struct Calls {
    client: Client<HttpsConnector<Dialer>, Full<Bytes>>,
    target: Uri,
    limit: Duration,
}

impl Calls {
    /// Connects nowhere yet.
    pub(super) fn new(connector: HttpsConnector<Dialer>, address: &Uri, limit: Duration) -> Result<Self, http::Error> {
        let client = Client::builder(TokioExecutor::new())
            .http2_only(true)
            .http2_initial_stream_window_size(HTTP2_WINDOW_BYTES)
            .http2_initial_connection_window_size(HTTP2_WINDOW_BYTES)
            .http2_max_header_list_size(HTTP2_HEADER_BYTES)
            .build(connector);
        let mut parts = address.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::from_static(PATH));
        Ok(Self { client, target: Uri::from_parts(parts)?, limit })
    }

    /// Sends the request's message, and gives a response as HTTP would have it.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let call = self.call(request)?;
        timeout(self.limit, async {
            let (parts, body) = self.client.request(call).await?.into_parts();
            if parts.status != StatusCode::OK {
                return Err(CallError::Http(parts.status).into());
            }
            let (message, trailers) = read(body).await?;
            match status(trailers.as_ref()).or_else(|| status(Some(&parts.headers))) {
                Some(Code::Ok) => Ok(Response::new(plain(&message))),
                Some(code) => Err(CallError::Status(code).into()),
                None => Err(CallError::NotGrpc.into()),
            }
        })
        .await?
    }

    fn call(&self, request: Request<Bytes>) -> Result<Request<Full<Bytes>>, CallError> {
        let (mut parts, message) = request.into_parts();
        parts.uri = self.target.clone();
        parts.version = Version::HTTP_2;
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        parts.headers.insert(TE, HeaderValue::from_static("trailers"));
        let encoding = parts.headers.remove(CONTENT_ENCODING);
        let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
        framed.put_u8(u8::from(encoding.is_some()));
        framed.put_u32(u32::try_from(message.len()).map_err(|_| CallError::Message)?);
        framed.put(message);
        if let Some(encoding) = encoding {
            parts.headers.insert("grpc-encoding", encoding);
        }
        Ok(Request::from_parts(parts, Full::new(framed.freeze())))
    }
}

async fn read(mut body: Incoming) -> Result<(Bytes, Option<HeaderMap>), HttpError> {
    let mut message = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) if data.len() > MAX_RESPONSE_BYTES - message.len() => return Err(CallError::TooLarge.into()),
            Ok(data) => message.extend_from_slice(&data),
            Err(frame) => return Ok((message.freeze(), frame.into_trailers().ok())),
        }
    }
    Ok((message.freeze(), None))
}

fn status(fields: Option<&HeaderMap>) -> Option<Code> {
    let code = fields?.get("grpc-status")?.to_str().ok()?;
    Some(code.parse().map_or(Code::Unknown, Code::from_i32))
}

/// The message, where it is not compressed; it is read for a partial success alone.
fn plain(body: &Bytes) -> Bytes {
    let Some((&[0, a, b, c, d], message)) = body.split_first_chunk::<PREFIX_BYTES>() else { return Bytes::new() };
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    message.get(..length).map(|message| body.slice_ref(message)).unwrap_or_default()
}
