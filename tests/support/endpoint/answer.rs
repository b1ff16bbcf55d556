//! What a scripted endpoint answers: made by the test, rendered for the protocol that is spoken.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use flate2::write::GzEncoder;
use headcount::config::Transport;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// One scripted answer. Make one, then add to it: `Answer::status(503).header("retry-after", "7")`.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(super) delay: Duration,
    pub(super) then: Then,
    kind: Kind,
    gzip: bool,
    headers: HeaderMap,
    trailers: HeaderMap,
}

/// What happens to the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    KeepOpen,
    /// HTTP/1 answers `connection: close`, HTTP/2 sends GOAWAY.
    SayGoodBye,
}

#[derive(Debug, Clone)]
enum Kind {
    /// A success with this message, in either protocol.
    Message(Bytes),
    Http {
        status: StatusCode,
        body: Bytes,
    },
    Grpc {
        status: Status,
        trailers_only: bool,
    },
    Endless(StatusCode),
    SilentBody(StatusCode),
    CutOff,
    Hang,
    Drop,
}

impl Answer {
    fn of(kind: Kind) -> Self {
        Self {
            delay: Duration::ZERO,
            then: Then::KeepOpen,
            kind,
            gzip: false,
            trailers: HeaderMap::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Success: an empty response.
    pub fn ok() -> Self {
        Self::of(Kind::Message(Bytes::new()))
    }

    /// Success, but some data points were dropped; the reason is personal text that must not be repeated.
    pub fn partial(rejected: i64, message: &str) -> Self {
        let partial = ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message: message.to_owned() };
        let response = ExportMetricsServiceResponse { partial_success: Some(partial) };
        Self::of(Kind::Message(response.encode_to_vec().into()))
    }

    /// Success whose message is these bytes.
    pub fn message(bytes: impl Into<Bytes>) -> Self {
        Self::of(Kind::Message(bytes.into()))
    }

    /// An HTTP status with a body.
    pub fn http(status: u16, body: impl Into<Bytes>) -> Self {
        Self::of(Kind::Http { status: StatusCode::from_u16(status).unwrap(), body: body.into() })
    }

    /// An HTTP status.
    pub fn status(status: u16) -> Self {
        Self::http(status, Bytes::new())
    }

    /// What a front end answers where nothing matches.
    pub fn html() -> Self {
        Self::http(200, "<!doctype html><title>Welcome</title>").header("content-type", "text/html")
    }

    /// An HTTP status with a body that does not end.
    pub fn endless(status: u16) -> Self {
        Self::of(Kind::Endless(StatusCode::from_u16(status).unwrap()))
    }

    /// An HTTP status with a body that never comes.
    pub fn silent_body(status: u16) -> Self {
        Self::of(Kind::SilentBody(StatusCode::from_u16(status).unwrap()))
    }

    /// With its message compressed, as a gRPC receiver does to whom compressed reports are sent.
    pub fn gzip(mut self) -> Self {
        self.gzip = true;
        self.header("grpc-encoding", "gzip")
    }

    /// With so many headers more.
    pub fn headers(mut self, many: usize) -> Self {
        for number in 0..many {
            self.headers.append(HeaderName::try_from(format!("x-{number}")).unwrap(), HeaderValue::from_static("x"));
        }
        self
    }

    /// OTLP's own refusal of a report, in the protocol that is spoken.
    pub fn refusal(transport: Transport, status: u16, message: &str) -> Self {
        if transport == Transport::Grpc {
            return Self::grpc(Code::InvalidArgument, message);
        }
        let refusal = tonic_types::Status { code: 3, message: message.to_owned(), details: Vec::new() };
        Self::http(status, refusal.encode_to_vec()).header("content-type", "application/x-protobuf")
    }

    /// An HTTP status with a text, as a filter or another service answers.
    pub fn text(status: u16) -> Self {
        Self::http(status, "out of bounds\n").header("content-type", "text/plain; charset=utf-8")
    }

    /// A redirect.
    pub fn redirect(location: &str) -> Self {
        Self::status(307).header("location", location)
    }

    /// A gRPC status in trailers.
    pub fn grpc(code: Code, message: &str) -> Self {
        Self::of(Kind::Grpc { status: Status::new(code, message), trailers_only: false })
    }

    /// A gRPC status with RetryInfo.
    pub fn grpc_retry(code: Code, after: Duration) -> Self {
        let status = Status::with_error_details(code, "later", ErrorDetails::with_retry_info(Some(after)));
        Self::of(Kind::Grpc { status, trailers_only: false })
    }

    /// The same status, in the headers instead of trailers.
    pub fn trailers_only(mut self) -> Self {
        if let Kind::Grpc { trailers_only, .. } = &mut self.kind {
            *trailers_only = true;
        }
        self
    }

    /// Headers and half a body, then the connection breaks.
    pub fn cut_off() -> Self {
        Self::of(Kind::CutOff)
    }

    /// Nothing, ever.
    pub fn hang() -> Self {
        Self::of(Kind::Hang)
    }

    /// The connection (HTTP/1) or stream (HTTP/2) ends without an answer.
    pub fn drop_connection() -> Self {
        Self::of(Kind::Drop)
    }

    /// GOAWAY instead of an answer, then the connection ends.
    pub fn go_away() -> Self {
        Self::hang().then_close()
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    /// With a trailer, in place of that of a gRPC status.
    pub fn trailer(mut self, name: &'static str, value: &str) -> Self {
        self.trailers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    /// After a while.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The connection is closed in good order afterwards.
    pub fn then_close(mut self) -> Self {
        self.then = Then::SayGoodBye;
        self
    }

    /// The response for this protocol; none if there is to be none, an error if the connection is to end.
    pub(super) fn render(self, transport: Transport) -> io::Result<Option<Response<Script>>> {
        let mut response = match self.kind {
            Kind::Hang => return Ok(None),
            Kind::Drop => return Err(io::Error::other("told to")),
            Kind::CutOff => {
                let mut response = Response::new(Script::cut_off());
                response.headers_mut().insert("content-length", HeaderValue::from_static("1000"));
                response
            }
            Kind::Endless(status) => {
                let mut response = Response::new(Script { endless: true, ..Script::default() });
                *response.status_mut() = status;
                response
            }
            Kind::SilentBody(status) => {
                let mut response = Response::new(Script { silent: true, ..Script::default() });
                *response.status_mut() = status;
                response
            }
            Kind::Http { status, body } => {
                let mut response = Response::new(Script::data(body));
                *response.status_mut() = status;
                response
            }
            Kind::Message(message) if transport == Transport::HttpProtobuf => Response::new(Script::data(message)),
            Kind::Message(message) => {
                let mut script = Script::data(frame(&message, self.gzip));
                let trailers = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), HeaderValue::from(0))]);
                script.frames.push_back(Ok(Frame::trailers(trailers)));
                Response::new(script)
            }
            Kind::Grpc { status, trailers_only } => grpc(&status, trailers_only, self.trailers),
        };
        if transport == Transport::Grpc {
            let headers = response.headers_mut();
            headers.entry("content-type").or_insert(HeaderValue::from_static("application/grpc"));
        }
        response.headers_mut().extend(self.headers);
        Ok(Some(response))
    }
}

fn grpc(status: &Status, trailers_only: bool, trailers: HeaderMap) -> Response<Script> {
    let mut fields = HeaderMap::new();
    status.add_header(&mut fields).unwrap();
    fields.extend(trailers);
    let mut response = Response::new(Script::default());
    if trailers_only {
        response.headers_mut().extend(fields);
    } else {
        response.body_mut().frames.push_back(Ok(Frame::trailers(fields)));
    }
    response
}

fn frame(message: &[u8], gzip: bool) -> Bytes {
    let mut framed = BytesMut::new();
    let compressed = gzip.then(|| {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(message).unwrap();
        encoder.finish().unwrap()
    });
    let message = compressed.as_deref().unwrap_or(message);
    framed.put_u8(u8::from(gzip));
    framed.put_u32(u32::try_from(message.len()).unwrap());
    framed.put_slice(message);
    framed.freeze()
}

/// A body that is a list of frames, the last of which may be a failure; or one that does not end.
#[derive(Debug, Default)]
pub(super) struct Script {
    frames: VecDeque<io::Result<Frame<Bytes>>>,
    endless: bool,
    silent: bool,
}

impl Script {
    fn data(data: Bytes) -> Self {
        let frames = if data.is_empty() { VecDeque::new() } else { VecDeque::from([Ok(Frame::data(data))]) };
        Self { frames, ..Self::default() }
    }

    fn cut_off() -> Self {
        let frames = [Ok(Frame::data(Bytes::from_static(b"\x0a"))), Err(io::Error::other("told to"))];
        Self { frames: VecDeque::from(frames), ..Self::default() }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.endless {
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 16 * 1024])))));
        }
        if self.silent {
            return Poll::Pending;
        }
        Poll::Ready(self.frames.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty() && !self.endless && !self.silent
    }
}
