//! A scripted OTLP endpoint: it answers as it was told, one answer a request (success when nothing is left), and keeps
//! every request for the test to look at.
//!
//! `Endpoint::http().await` and `Endpoint::grpc().await` listen on loopback; `Endpoint::builder(..)` adds TLS;
//! `Endpoint::in_memory(..)` has no socket at all, for tests on paused time.
#![allow(dead_code, unreachable_pub, missing_debug_implementations)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "here, a panic is the test's message")]

mod answer;
mod received;
mod wiretap;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headcount::config::{
    BaseUrl, Compression, EndpointSettings, HeaderSettings, ProxySettings, TlsSettings, Transport,
};
use headcount::connect::{Dialer, Stream};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::answer::Answer;
use self::answer::{Script, Then};
pub use self::received::Received;
use self::received::message;
use self::wiretap::Wiretap;
use super::tls::Certificates;

/// The host of an endpoint without a socket, and one that test certificates are made out to.
pub const HOST: &str = "telemetry.example.org";

/// A running endpoint; it ends when this is dropped.
pub struct Endpoint {
    shared: Arc<Shared>,
    url: BaseUrl,
    address: Option<SocketAddr>,
    tls: TlsSettings,
    _stop: DropGuard,
}

/// An endpoint to be.
pub struct Builder {
    transport: Transport,
    tls: Option<TlsAcceptor>,
    settings: TlsSettings,
    raw_answer: Option<Bytes>,
}

struct Shared {
    transport: Transport,
    tls: Option<TlsAcceptor>,
    raw_answer: Option<Bytes>,
    answers: Mutex<VecDeque<Answer>>,
    usual: Mutex<Choice>,
    line: Mutex<Line>,
    observer: Mutex<Option<Observer>>,
    received: Mutex<Vec<Received>>,
    arrived: Notify,
    wiretaps: Mutex<Vec<Wiretap>>,
    stop: CancellationToken,
}

/// Chooses an answer for a request.
type Choice = Box<dyn FnMut(&Received) -> Answer + Send>;

/// Is told of each who connects to an endpoint in memory, at once.
pub type Observer = Arc<dyn Fn() + Send + Sync>;

/// What becomes of whoever connects to an endpoint in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// It is served.
    Up,
    /// It is refused.
    Refused,
    /// No way leads there.
    Unreachable,
    /// Nobody answers that it is connected.
    Lost,
    /// It is connected, and nothing is ever said.
    Silent,
    /// It is connected, and then not any more.
    Cut,
    /// It is answered with these bytes, whatever it says.
    Raw(&'static [u8]),
}

impl Builder {
    /// Without a socket: it is reached by its [`dialer`](Endpoint::dialer) alone.
    pub fn in_memory(self) -> Endpoint {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.build(&format!("{scheme}://{HOST}"), None)
    }

    /// Speaks TLS with the server's certificate; its issuer goes into the settings.
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(TlsAcceptor::from(certificates.server(self.alpn(), false)));
        self.settings = TlsSettings { certificate: Some(certificates.ca()), client: None };
        self
    }

    /// TLS, and asks for the client's certificate; that one goes into the settings too.
    pub fn mutual_tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(TlsAcceptor::from(certificates.server(self.alpn(), true)));
        self.settings = TlsSettings { certificate: Some(certificates.ca()), client: Some(certificates.client()) };
        self
    }

    /// TLS without ALPN, as a server that knows nothing of HTTP/2.
    pub fn tls_without_alpn(mut self, certificates: &Certificates) -> Self {
        self = self.tls(certificates);
        self.tls = Some(TlsAcceptor::from(certificates.server(&[], false)));
        self
    }

    /// TLS with a certificate that is made out to another name.
    pub fn misnamed_tls(mut self, certificates: &Certificates) -> Self {
        self = self.tls(certificates);
        self.tls = Some(TlsAcceptor::from(certificates.server_as("misnamed", self.alpn(), false)));
        self
    }

    /// Answers every connection's first bytes with these, whatever the protocol.
    pub fn raw_answer(mut self, bytes: impl Into<Bytes>) -> Self {
        self.raw_answer = Some(bytes.into());
        self
    }

    fn alpn(&self) -> &'static [&'static [u8]] {
        match self.transport {
            Transport::HttpProtobuf => &[b"http/1.1"],
            Transport::Grpc => &[b"h2"],
        }
    }

    /// Listens on loopback.
    pub async fn start(self) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let endpoint = self.build(&format!("{scheme}://127.0.0.1:{}", address.port()), Some(address));
        let shared = Arc::clone(&endpoint.shared);
        let stop = shared.stop.clone();
        tokio::spawn(stop.run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.spawn(stream);
            }
        }));
        endpoint
    }

    fn build(self, url: &str, address: Option<SocketAddr>) -> Endpoint {
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            transport: self.transport,
            tls: self.tls,
            raw_answer: self.raw_answer,
            answers: Mutex::default(),
            usual: Mutex::new(Box::new(|_| Answer::ok())),
            line: Mutex::new(Line::Up),
            observer: Mutex::default(),
            received: Mutex::default(),
            arrived: Notify::new(),
            wiretaps: Mutex::default(),
            stop: stop.clone(),
        });
        let url = BaseUrl::parse(url).unwrap();
        Endpoint { shared, url, address, tls: self.settings, _stop: stop.drop_guard() }
    }
}

impl Endpoint {
    /// OTLP/HTTP on loopback.
    pub async fn http() -> Self {
        Self::builder(Transport::HttpProtobuf).start().await
    }

    /// OTLP/gRPC on loopback.
    pub async fn grpc() -> Self {
        Self::builder(Transport::Grpc).start().await
    }

    /// Plain text on loopback.
    pub async fn plain(transport: Transport) -> Self {
        Self::builder(transport).start().await
    }

    /// To add TLS.
    pub fn builder(transport: Transport) -> Builder {
        Builder { transport, tls: None, settings: TlsSettings::default(), raw_answer: None }
    }

    /// Without a socket: it is reached by its [`dialer`](Self::dialer) alone.
    pub fn in_memory(transport: Transport) -> Self {
        Self::builder(transport).in_memory()
    }

    /// Connects to this endpoint, whatever is dialed, without a socket.
    pub fn dialer(&self) -> Dialer {
        let shared = Arc::clone(&self.shared);
        Dialer::new(move |_| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let line = *shared.line.lock().unwrap();
                shared.dialed();
                let (near, far) = tokio::io::duplex(64 * 1024);
                match line {
                    Line::Up => shared.spawn(far),
                    Line::Refused => return Err(std::io::ErrorKind::ConnectionRefused.into()),
                    Line::Unreachable => return Err(std::io::ErrorKind::HostUnreachable.into()),
                    Line::Lost => match std::future::pending::<Infallible>().await {},
                    Line::Cut => drop(far),
                    Line::Silent => drop(tokio::spawn(raw(far, None))),
                    Line::Raw(bytes) => drop(tokio::spawn(raw(far, Some(bytes)))),
                }
                Ok(Stream::new(near))
            })
        })
    }

    /// Settings that reach this endpoint, and trust it if it speaks TLS.
    pub fn settings(&self) -> EndpointSettings {
        EndpointSettings {
            url: self.url.clone(),
            transport: self.shared.transport,
            headers: HeaderSettings::default(),
            compression: Compression::None,
            timeout: Duration::from_secs(10),
            tls: self.tls.clone(),
            proxy: ProxySettings::default(),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address.expect("an endpoint in memory has no address")
    }

    /// Adds to what will be answered.
    pub fn answer(&self, answer: Answer) -> &Self {
        self.shared.answers.lock().unwrap().push_back(answer);
        self
    }

    /// What is answered when nothing is left of what was added; success, unless told otherwise.
    pub fn always(&self, answer: Answer) {
        self.always_by(move |_| answer.clone());
    }

    /// The same, chosen anew for each request.
    pub fn always_by(&self, choose: impl FnMut(&Received) -> Answer + Send + 'static) {
        *self.shared.usual.lock().unwrap() = Box::new(choose);
    }

    /// What becomes of those who connect from now on, where there is no socket.
    pub fn set_line(&self, line: Line) {
        *self.shared.line.lock().unwrap() = line;
    }

    /// Tells of each who connects. Requests are no longer kept: whoever chooses the answers sees them.
    pub fn observe(&self, observer: Observer) {
        *self.shared.observer.lock().unwrap() = Some(observer);
    }

    /// All requests so far, oldest first.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The only request so far.
    pub fn only_request(&self) -> Received {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "not one request");
        requests.remove(0)
    }

    /// Waits until so many requests have arrived.
    pub async fn wait_for(&self, requests: usize) {
        loop {
            let arrived = self.shared.arrived.notified();
            if self.shared.received.lock().unwrap().len() >= requests {
                return;
            }
            arrived.await;
        }
    }

    /// The bytes that arrived over each connection, below TLS.
    pub fn wire(&self) -> Vec<Vec<u8>> {
        self.shared.wiretaps.lock().unwrap().iter().map(Wiretap::bytes).collect()
    }

    /// Waits until the connection with this number is closed, by either side.
    pub async fn closed(&self, connection: usize) {
        let wiretap = self.shared.wiretaps.lock().unwrap()[connection].clone();
        wiretap.closed().await;
    }
}

/// Says these bytes, or nothing, and listens until the other end is gone.
async fn raw(mut stream: tokio::io::DuplexStream, bytes: Option<&'static [u8]>) {
    if let Some(bytes) = bytes {
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
    }
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

impl Shared {
    /// Tells of somebody who connects, if anybody observes.
    fn dialed(&self) {
        let observer = self.observer.lock().unwrap().clone();
        if let Some(observer) = observer {
            observer();
        }
    }

    fn spawn(self: &Arc<Self>, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let (wiretap, number) = {
            let mut wiretaps = self.wiretaps.lock().unwrap();
            wiretaps.push(Wiretap::default());
            (wiretaps[wiretaps.len() - 1].clone(), wiretaps.len() - 1)
        };
        let shared = Arc::clone(self);
        tokio::spawn(self.stop.clone().run_until_cancelled_owned(async move {
            let stream = wiretap.tap(stream);
            match shared.tls.clone() {
                None => shared.serve(stream, number).await,
                Some(tls) => {
                    // A client that does not trust the certificate ends the handshake; that is what the test wants.
                    if let Ok(stream) = tls.accept(stream).await {
                        shared.serve(stream, number).await;
                    }
                }
            }
        }));
    }

    async fn serve(self: Arc<Self>, mut stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, number: usize) {
        if let Some(bytes) = &self.raw_answer {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
            // To close with something unread would reset the connection, and the answer could be lost.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            return;
        }
        let good_bye = Arc::new(Notify::new());
        let transport = self.transport;
        let service = {
            let good_bye = Arc::clone(&good_bye);
            service_fn(move |request| Arc::clone(&self).respond(request, number, Arc::clone(&good_bye)))
        };
        let stream = TokioIo::new(stream);
        macro_rules! drive {
            ($connection:expr) => {{
                let mut connection = pin!($connection);
                tokio::select! {
                    _ = connection.as_mut() => {}
                    () = good_bye.notified() => {
                        connection.as_mut().graceful_shutdown();
                        let _ = tokio::time::timeout(Duration::from_millis(100), connection).await;
                    }
                }
            }};
        }
        match transport {
            Transport::HttpProtobuf => drive!(http1::Builder::new().serve_connection(stream, service)),
            Transport::Grpc => drive!(http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service)),
        }
    }

    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: usize,
        good_bye: Arc<Notify>,
    ) -> std::io::Result<Response<Script>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let message = message(self.transport, &parts.headers, &body);
        let (method, uri, headers) = (parts.method, parts.uri, parts.headers);
        let received = Received { method, uri, headers, body, message, connection, at: Instant::now() };
        if self.observer.lock().unwrap().is_none() {
            self.received.lock().unwrap().push(received.clone());
        }
        self.arrived.notify_waiters();
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| (self.usual.lock().unwrap())(&received));
        tokio::time::sleep(answer.delay).await;
        if answer.then == Then::SayGoodBye {
            good_bye.notify_one();
        }
        match answer.render(self.transport)? {
            Some(response) => Ok(response),
            None => match std::future::pending::<Infallible>().await {},
        }
    }
}
