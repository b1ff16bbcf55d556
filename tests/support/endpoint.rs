//! A scripted OTLP endpoint: it answers as it was told, one answer a request (success when nothing is left), and keeps
//! every request for the test to look at.
//!
//! `Endpoint::http().await` and `Endpoint::grpc().await` listen on loopback; `Endpoint::builder(..)` adds TLS;
//! `Endpoint::in_memory(..)` has no socket at all, for tests on paused time.
#![allow(dead_code, unreachable_pub, missing_debug_implementations)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "here, a panic is the test's message")]

mod answer;
mod builder;
mod received;
mod serve;
mod wiretap;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headcount::config::{BaseUrl, Compression, EndpointSettings, HeaderSettings, ProxySettings, Transport};
use headcount::net::tls::TlsFiles;
use headcount::net::{Dialer, Stream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::answer::Answer;
pub use self::builder::Builder;
pub use self::received::Received;
use self::serve::raw;
use self::wiretap::Wiretap;

/// The host of an endpoint without a socket, and one that test certificates are made out to.
pub const HOST: &str = "telemetry.example.org";

/// A running endpoint; it ends when this is dropped.
pub struct Endpoint {
    shared: Arc<Shared>,
    url: BaseUrl,
    address: Option<SocketAddr>,
    tls: TlsFiles,
    _stop: DropGuard,
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
        Builder::new(transport)
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
