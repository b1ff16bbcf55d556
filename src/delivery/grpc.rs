//! OTLP/gRPC: one unary call that carries the stored bytes as they are.
//!
//! tonic's `Channel` would add its own name to the user-agent, and a generated client would encode the report again; so
//! tonic's call goes, with a codec that passes bytes through, over this crate's own HTTP/2 connection.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use flate2::read::GzDecoder;
use http::header::USER_AGENT;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::combinators::WithTrailers;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::SendRequest;
use tonic::Status;
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tower_service::Service;

use super::MAX_RESPONSE_BYTES;
use super::body;
use super::classify::Attempt;
use super::error::DeliveryError;
use super::prepare::PrepareError;
use crate::config::{BaseUrl, Compression};

/// The method of OTLP's metrics service.
const PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
/// The header with what a status says beyond its code, such as when to come back.
const DETAILS: &str = "grpc-status-details-bin";
/// The field with a status's code, in headers or trailers.
const STATUS: &str = "grpc-status";
/// The header that says how messages are compressed.
const ENCODING: &str = "grpc-encoding";
/// A message begins with a flag and its length.
const PREFIX_BYTES: usize = 5;

/// What every call of a round has in common.
pub(super) struct GrpcCalls {
    origin: Uri,
    user_agent: &'static str,
    headers: HeaderMap,
    compression: Compression,
    timeout: Duration,
}

impl GrpcCalls {
    /// The URL must have no path: gRPC has no place for one, and leaving it out silently could reach another receiver
    /// than the operator meant.
    pub(super) fn new(
        url: &BaseUrl,
        user_agent: &'static str,
        headers: HeaderMap,
        compression: Compression,
        timeout: Duration,
    ) -> Result<Self, PrepareError> {
        let origin = url.join("/").map_err(PrepareError::Url)?;
        if origin.path() != "/" {
            return Err(PrepareError::GrpcPath);
        }
        Ok(Self { origin, user_agent, headers, compression, timeout })
    }

    /// Makes the call and reads the answer.
    pub(super) async fn call(
        &self,
        sender: &mut SendRequest<tonic::body::Body>,
        body: Bytes,
    ) -> Result<Attempt, DeliveryError> {
        sender.ready().await?;
        let connection =
            Http2Calls { sender: sender.clone(), user_agent: self.user_agent, headers: self.headers.clone() };
        let mut client =
            Grpc::with_origin(connection, self.origin.clone()).max_decoding_message_size(MAX_RESPONSE_BYTES);
        if self.compression == Compression::Gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        let mut request = tonic::Request::new(body);
        request.set_timeout(self.timeout);
        match client.unary(request, PathAndQuery::from_static(PATH), PassThrough).await {
            Ok(response) => Ok(Attempt::Grpc(Ok(response.into_inner()))),
            Err(status) => match failure(&status) {
                Some(failure) => Err(failure),
                None => Ok(Attempt::Grpc(Err(Box::new(status)))),
            },
        }
    }
}

/// tonic returns errors of this side as a status, too; it keeps the cause.
fn failure(status: &Status) -> Option<DeliveryError> {
    std::error::Error::source(status)?.downcast_ref::<DeliveryError>().cloned()
}

/// The connection as tonic's client uses it: adds the headers, and reads the whole response, so that a broken connection is
/// not taken for a status of the endpoint.
struct Http2Calls {
    sender: SendRequest<tonic::body::Body>,
    user_agent: &'static str,
    headers: HeaderMap,
}

/// A body that has arrived to its end, with its trailers.
type Whole = WithTrailers<Full<Bytes>, Ready<Option<Result<HeaderMap, Infallible>>>>;

impl Service<Request<tonic::body::Body>> for Http2Calls {
    type Response = Response<Whole>;
    type Error = DeliveryError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Whole>, DeliveryError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), DeliveryError>> {
        self.sender.poll_ready(context).map_err(DeliveryError::from)
    }

    fn call(&mut self, mut request: Request<tonic::body::Body>) -> Self::Future {
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(self.user_agent));
        request.headers_mut().extend(self.headers.clone());
        let response = self.sender.send_request(request);
        Box::pin(async move {
            let (mut parts, incoming) = response.await?.into_parts();
            parts.headers = without_broken_details(parts.headers);
            if parts.status != StatusCode::OK {
                if is_ambiguous(parts.status) && !parts.headers.contains_key(STATUS) {
                    return Err(DeliveryError::HttpStatus(parts.status));
                }
                // Something before the receiver answered; gRPC gives each HTTP status a meaning, whatever the body is.
                return Ok(Response::from_parts(parts, Full::default().with_trailers(ready(None))));
            }
            let (body, trailers) = body::read(incoming, MAX_RESPONSE_BYTES + PREFIX_BYTES).await?;
            let encoding = parts.headers.remove(ENCODING);
            let body = match first_message(&body, encoding.as_ref()) {
                Ok(message) => message,
                // With a status, the message says nothing that the status does not.
                Err(failure) => match grpc_status(&parts.headers, trailers.as_ref()) {
                    Some(code) if code == "0" => return Err(DeliveryError::UnreadSuccess),
                    None if !body.is_empty() => return Err(failure),
                    _ => Bytes::new(),
                },
            };
            let trailers = trailers.map(without_broken_details);
            let whole = Full::new(body).with_trailers(ready(trailers.map(Ok)));
            Ok(Response::from_parts(parts, whole))
        })
    }
}

/// Whether a status of HTTP, without one of gRPC, may be about this request.
fn is_ambiguous(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 409 | 413 | 422)
}

/// The code of gRPC's status, as it was sent.
fn grpc_status<'a>(headers: &'a HeaderMap, trailers: Option<&'a HeaderMap>) -> Option<&'a HeaderValue> {
    trailers.and_then(|trailers| trailers.get(STATUS)).or_else(|| headers.get(STATUS))
}

/// A status's fields, without details that are not base64: tonic panics at them.
fn without_broken_details(fields: HeaderMap) -> HeaderMap {
    let mut fields = MetadataMap::from_headers(fields);
    if fields.get_bin(DETAILS).is_some_and(|details| details.to_bytes().is_err()) {
        fields.remove_bin(DETAILS);
    }
    fields.into_headers()
}

/// The first message as plain bytes, with its prefix; a call without streams has no other.
///
/// tonic allocates what a prefix announces before it arrives, and returns a message that is too long, or too long when
/// decompressed, as OUT_OF_RANGE of the endpoint. A receiver that was sent gzip may respond in gzip, requested or not.
fn first_message(body: &Bytes, encoding: Option<&HeaderValue>) -> Result<Bytes, DeliveryError> {
    let (prefix, rest) = body.split_at_checked(PREFIX_BYTES).ok_or(DeliveryError::NotGrpc)?;
    let announced = prefix.iter().skip(1).fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
    let length = usize::try_from(announced).map_err(|_| DeliveryError::NotGrpc)?;
    let message = rest.get(..length).ok_or(DeliveryError::NotGrpc)?;
    match prefix.first() {
        Some(0) => Ok(body.slice(..PREFIX_BYTES + length)),
        Some(1) if encoding.is_some_and(|encoding| encoding == "gzip") => plain(message),
        _ => Err(DeliveryError::NotGrpc),
    }
}

fn plain(compressed: &[u8]) -> Result<Bytes, DeliveryError> {
    let mut plain = vec![0; PREFIX_BYTES];
    let mut decoder = GzDecoder::new(compressed).take(MAX_RESPONSE_BYTES as u64 + 1);
    let length = decoder.read_to_end(&mut plain).map_err(|_| DeliveryError::NotGrpc)?;
    let announced =
        u32::try_from(length).ok().filter(|_| length <= MAX_RESPONSE_BYTES).ok_or(DeliveryError::TooLarge)?;
    plain[1..PREFIX_BYTES].copy_from_slice(&announced.to_be_bytes());
    Ok(plain.into())
}

/// A codec that takes messages for what they are here: bytes that are encoded already.
struct PassThrough;

impl Codec for PassThrough {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for PassThrough {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for PassThrough {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
