//! An endpoint whose answer the fuzzer writes, and the one attempt that meets it.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::{Clock, Timestamp};
use headcount::config::{BaseUrl, Compression, EndpointSettings, HeaderSettings, ProxySettings, Transport};
use headcount::consent::ExplicitCommand;
use headcount::delivery::{MAX_RETRY_AFTER, SendOutcome, Sender};
use headcount::net::tls::TlsFiles;
use headcount::net::{Dialer, Stream};
use headcount::source::compreface::CONTRACT;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::JoinSet;

/// When an answer comes: 2026-01-02T03:04:05Z.
pub const NOW: i64 = 1_767_323_045;

/// A compressed message has so many bytes at most once it is plain: twice of what is read.
const LARGEST_PLAIN: usize = 8 * 1024 * 1024;

#[derive(Debug)]
struct At;

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(NOW)
    }
}

/// Makes one attempt at an endpoint that answers these bytes over HTTP/1.1 and hangs up.
#[must_use]
pub fn attempt_http(answer: Vec<u8>) -> SendOutcome {
    attempt(settings(Transport::HttpProtobuf), move |stream| answer_http(stream, answer.clone(), Vec::new()))
}

/// Makes one attempt through a proxy that answers these bytes to CONNECT. The attempt is one over gRPC, since a request over
/// HTTP without TLS is forwarded and not tunnelled.
#[must_use]
pub fn attempt_through_proxy(answer: Vec<u8>) -> SendOutcome {
    let proxy = ProxySettings { http: Some("http://proxy.example.com:3128".into()), ..ProxySettings::default() };
    let settings = EndpointSettings { proxy, ..settings(Transport::Grpc) };
    let success = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec();
    attempt(settings, move |stream| answer_http(stream, answer.clone(), success.clone()))
}

/// Makes one attempt at an endpoint that answers so over gRPC.
#[must_use]
pub fn attempt_grpc(answer: &Answer) -> SendOutcome {
    let answer = Arc::new(answer.clone());
    let compression = if answer.gzip { Compression::Gzip } else { Compression::None };
    attempt(EndpointSettings { compression, ..settings(Transport::Grpc) }, move |stream| {
        answer_grpc(stream, Arc::clone(&answer))
    })
}

/// Makes one attempt, and checks what holds for every outcome.
fn attempt<F>(settings: EndpointSettings, serve: impl Fn(DuplexStream) -> F + Send + Sync + 'static) -> SendOutcome
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let outcome = crate::run(async {
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let serving = Arc::clone(&connections);
        let dialer = Dialer::new(move |_| {
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            serving.lock().expect("no thread panicked").spawn(serve(theirs));
            Box::pin(async { Ok(Stream::new(ours)) })
        });
        let sender =
            Sender::open(&settings, CONTRACT.user_agent, &dialer, Arc::new(At)).expect("these settings are good");
        let permit = ExplicitCommand::CheckEndpoint.send_permit().expect("this command may send");
        let outcome = sender.send_empty(&permit).await;
        // A connection that stays open is found as a hang.
        drop(sender);
        let mut connections = std::mem::take(&mut *connections.lock().expect("no thread panicked"));
        while connections.join_next().await.is_some() {}
        outcome
    });
    crate::assert_tells_no_secret(&format!("{outcome} {outcome:?}"));
    if let SendOutcome::Retry { after: Some(after), .. } = &outcome {
        assert!(*after <= MAX_RETRY_AFTER, "it asked for {after:?}");
    }
    if let SendOutcome::PartiallyAccepted { rejected } = &outcome {
        assert!(*rejected > 0);
    }
    assert_ne!(outcome, SendOutcome::Revoked);
    outcome
}

fn settings(transport: Transport) -> EndpointSettings {
    EndpointSettings {
        url: BaseUrl::parse("http://telemetry.example.org:4318").expect("a URL"),
        transport,
        headers: HeaderSettings::default(),
        compression: Compression::None,
        timeout: Duration::from_secs(10),
        tls: TlsFiles::default(),
        proxy: ProxySettings::default(),
    }
}

/// Answers the first request with these bytes, a second one with those.
async fn answer_http(mut stream: DuplexStream, first: Vec<u8>, second: Vec<u8>) -> io::Result<()> {
    for answer in [first, second] {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        stream.write_all(&answer).await?;
        if !head.starts_with(b"CONNECT ") {
            break;
        }
    }
    stream.shutdown().await
}

/// A gRPC answer, as the fuzzer writes it.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Whether compressed messages were asked for.
    pub gzip: bool,
    status: StatusCode,
    headers: HeaderMap,
    trailers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Reads an answer: a line with the HTTP status and perhaps `gzip`, headers up to an empty line, trailers up to
    /// another, and the body. `deflate` in the first line stands for the body compressed, with gRPC's prefix, over and over
    /// as often as the last byte says, so that a bomb is within reach.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = line(bytes);
        let mut words = first.split(|byte| *byte == b' ');
        let status = StatusCode::from_bytes(words.next()?).ok().filter(|status| status.as_u16() >= 200)?;
        let words: Vec<_> = words.collect();
        let (headers, rest) = fields(rest);
        let (trailers, rest) = fields(rest);
        let body = if words.contains(&&b"deflate"[..]) { compressed(rest) } else { Bytes::copy_from_slice(rest) };
        Some(Self { gzip: words.contains(&&b"gzip"[..]), status, headers, trailers, body })
    }

    /// Whether it may pass for a success.
    #[must_use]
    pub fn may_be_success(&self) -> bool {
        let is_zero = |fields: &HeaderMap| fields.get("grpc-status").is_some_and(|status| status == "0");
        self.status == StatusCode::OK && (is_zero(&self.headers) || is_zero(&self.trailers))
    }
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.map_or((bytes, &[]), |end| (&bytes[..end], &bytes[end + 1..]))
}

fn fields(mut bytes: &[u8]) -> (HeaderMap, &[u8]) {
    let mut fields = HeaderMap::new();
    loop {
        let (field, rest) = line(bytes);
        bytes = rest;
        if field.is_empty() {
            return (fields, rest);
        }
        let mut parts = field.splitn(2, |byte| *byte == b':');
        let name = parts.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = parts.next().and_then(|value| HeaderValue::from_bytes(value.trim_ascii()).ok());
        if let (Some(name), Some(value)) = (name, value) {
            fields.append(name, value);
        }
    }
}

fn compressed(bytes: &[u8]) -> Bytes {
    let wanted = bytes.last().map_or(1, |last| usize::from(*last) * 1024 + 1);
    let times = wanted.min(LARGEST_PLAIN / bytes.len().max(1) + 1);
    let mut encoder = flate2::write::GzEncoder::new(vec![1, 0, 0, 0, 0], flate2::Compression::fast());
    for _ in 0..times {
        encoder.write_all(bytes).expect("memory takes it");
    }
    let mut message = encoder.finish().expect("memory takes it");
    let length = u32::try_from(message.len() - 5).expect("it is small");
    message[1..5].copy_from_slice(&length.to_be_bytes());
    message.into()
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.body.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.body)))));
        }
        let trailers = std::mem::take(&mut self.trailers);
        Poll::Ready((!trailers.is_empty()).then(|| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_empty() && self.trailers.is_empty()
    }
}

async fn answer_grpc(stream: DuplexStream, answer: Arc<Answer>) -> io::Result<()> {
    let service = service_fn(move |_| {
        let body = Answer::clone(&answer);
        let mut response = Response::new(());
        *response.status_mut() = body.status;
        *response.headers_mut() = body.headers.clone();
        async { Ok::<_, Infallible>(response.map(|()| body)) }
    });
    let served = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    served.map_err(io::Error::other)
}
