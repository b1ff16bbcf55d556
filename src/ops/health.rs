//! The health endpoint, and its client for `headcount healthcheck`.
//!
//! Health means that the loop runs, not that the service responds or that the endpoint accepts reports: an unhealthy sidecar
//! makes its pod unready, and no failure of reporting justifies that.
//!
//! The same endpoint takes a request to sign out of the service: a native sidecar gets its signal only after the service has
//! ended, when it is too late to sign out.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::server::{ServerLimits, serve};
use crate::config::HealthAddress;
use crate::error_chain::{Describe, Description};

/// The path of the health check, by GET.
const PATH: &str = "/healthz";

/// The path of a request to sign out, by POST.
const SIGN_OUT: &str = "/sign-out";

/// The minimum of hyper; a probe's request is a tenth of it.
const MAX_BUFFER: usize = 8 * 1024;

/// A probe is one request and its response, with about five headers. Probes come one at a time; more are accepted, so that one
/// that hangs does not make the next one fail.
const LIMITS: ServerLimits =
    ServerLimits { connections: 4, time: Duration::from_secs(10), headers: 32, head: MAX_BUFFER };

/// The prober limits the time of its command. This limit is longer, so that a command without a prober ends as well.
const PROBE_TIMEOUT: Duration = Duration::from_secs(120);

/// A hook that waits for this response delays the end of its pod.
const SIGN_OUT_TIMEOUT: Duration = Duration::from_secs(10);

/// When the loop last ran, and the request to sign out. Cheap to clone; all clones share one state.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    origin: Instant,
    /// Milliseconds from the origin to the last beat.
    last: Arc<AtomicU64>,
    allowed: Duration,
    sign_out: Arc<Notify>,
}

impl Heartbeat {
    /// Beats now; the loop counts as stopped when it has not beaten for longer than `allowed`.
    #[must_use]
    pub fn new(allowed: Duration) -> Self {
        Self { origin: Instant::now(), last: Arc::default(), allowed, sign_out: Arc::default() }
    }

    /// Called in each iteration of the loop.
    pub fn beat(&self) {
        let millis = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(millis, Ordering::Relaxed);
    }

    /// Requests that the loop signs out, since the service is about to end.
    pub fn ask_to_sign_out(&self) {
        self.sign_out.notify_one();
    }

    /// Resolves when a sign-out was requested, also before this call.
    pub async fn asked_to_sign_out(&self) {
        self.sign_out.notified().await;
    }

    /// Whether the last beat is recent enough. Timers stand still while a machine sleeps, and so does this.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.origin.elapsed().saturating_sub(last) <= self.allowed
    }
}

/// The endpoint, listening but not answering yet.
#[derive(Debug)]
pub struct Health {
    listener: TcpListener,
    address: SocketAddr,
}

impl Health {
    /// Listens, if an address is given, and logs where.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn listen(address: HealthAddress) -> io::Result<Option<Self>> {
        let HealthAddress::Listen(address) = address else { return Ok(None) };
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        tracing::info!("health is served at http://{address}{PATH}");
        Ok(Some(Self { listener, address }))
    }

    /// Where it listens; with the port that was picked, if port 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped. Wakes up for connections alone.
    pub async fn serve(self, heartbeat: Heartbeat) {
        let respond = move |request: &Request<Incoming>| respond(request.method(), request.uri().path(), &heartbeat);
        serve(self.listener, LIMITS, respond).await;
    }
}

fn respond(method: &Method, path: &str, heartbeat: &Heartbeat) -> http::Result<Response<Full<Bytes>>> {
    let response = Response::builder();
    let only =
        |allowed| Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(http::header::ALLOW, allowed);
    let (response, text) = match (path, method) {
        (PATH, &Method::GET) if heartbeat.is_alive() => (response, "ok\n"),
        (PATH, &Method::GET) => (response.status(StatusCode::SERVICE_UNAVAILABLE), "the loop has stopped\n"),
        (PATH, _) => (only("GET"), "only GET\n"),
        (SIGN_OUT, &Method::POST) => {
            heartbeat.ask_to_sign_out();
            (response, "asked\n")
        }
        (SIGN_OUT, _) => (only("POST"), "only POST\n"),
        _ => (response.status(StatusCode::NOT_FOUND), "not found\n"),
    };
    response.header(http::header::CONTENT_TYPE, "text/plain").body(Full::from(text))
}

/// Why the sidecar does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// Port 0 means a port that only the running sidecar knows.
    #[error("health address has port 0")]
    PortUnknown,
    /// Nothing listens there.
    #[error("cannot reach health endpoint {address}")]
    Unreachable {
        /// Where it was asked.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It took too long.
    #[error("health endpoint {address} did not respond within {} s", .limit.as_secs())]
    Slow {
        /// Where it was asked.
        address: SocketAddr,
        /// How long it was waited for.
        limit: Duration,
    },
    /// What answered does not speak HTTP.
    #[error("health endpoint {address} returned no HTTP")]
    NotHttp {
        /// Where it was asked.
        address: SocketAddr,
        /// What went wrong.
        #[source]
        source: hyper::Error,
    },
    /// It answered, but not with yes.
    #[error("health endpoint {address} returned {status}")]
    Unhealthy {
        /// Where it was asked.
        address: SocketAddr,
        /// What it answered.
        status: StatusCode,
    },
}

impl Describe for HealthError {
    fn describe(&self) -> Description {
        Description::new("unhealthy").remedy(match self {
            Self::PortUnknown => "set a fixed port in HEADCOUNT_HEALTH_ADDR",
            Self::Unreachable { .. } => "check that `headcount run` uses the same address",
            Self::Slow { .. } => "check the load of this host: the sidecar hangs or lacks CPU",
            Self::NotHttp { .. } => "set HEADCOUNT_HEALTH_ADDR to an unused address",
            Self::Unhealthy { .. } => "check the sidecar's log; 503 means that its loop has stopped",
        })
    }
}

/// Asks the sidecar that was started with this health address whether it is alive. One that is started without a health
/// endpoint counts as healthy.
///
/// # Errors
/// If it cannot be asked, or does not say yes.
pub async fn ask(address: HealthAddress) -> Result<(), HealthError> {
    request(address, Method::GET, PATH, PROBE_TIMEOUT).await
}

/// Asks the sidecar that was started with this health address to sign out of the service, and to leave it alone for a while.
///
/// # Errors
/// If it cannot be asked, or does not say yes.
pub async fn ask_to_sign_out(address: HealthAddress) -> Result<(), HealthError> {
    request(address, Method::POST, SIGN_OUT, SIGN_OUT_TIMEOUT).await
}

async fn request(
    address: HealthAddress,
    method: Method,
    path: &'static str,
    limit: Duration,
) -> Result<(), HealthError> {
    let HealthAddress::Listen(address) = address else { return Ok(()) };
    if address.port() == 0 {
        return Err(HealthError::PortUnknown);
    }
    let address = reachable(address);
    let status = status(address, method, path);
    let status = timeout(limit, status).await.map_err(|_| HealthError::Slow { address, limit })??;
    if status == StatusCode::OK { Ok(()) } else { Err(HealthError::Unhealthy { address, status }) }
}

/// An endpoint that listens on every address is queried on the loopback one.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

async fn status(address: SocketAddr, method: Method, path: &'static str) -> Result<StatusCode, HealthError> {
    let unreachable = |source| HealthError::Unreachable { address, source };
    let not_http = |source| HealthError::NotHttp { address, source };
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    let handshake = hyper::client::conn::http1::Builder::new().max_buf_size(MAX_BUFFER).handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(not_http)?;
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = method;
    *request.uri_mut() = http::Uri::from_static(path);
    if let Ok(host) = http::HeaderValue::try_from(address.to_string()) {
        request.headers_mut().insert(http::header::HOST, host);
    }
    let response = sender.send_request(request);
    tokio::pin!(response);
    tokio::select! {
        // The answer first: the connection may end together with it.
        biased;
        response = &mut response => response.map(|response| response.status()).map_err(not_http),
        ended = connection => {
            ended.map_err(not_http)?;
            response.await.map(|response| response.status()).map_err(not_http)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_heart_that_does_not_beat_stops() {
        let heartbeat = Heartbeat::new(Duration::from_secs(180));
        tokio::time::advance(Duration::from_secs(180)).await;
        assert!(heartbeat.is_alive());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!heartbeat.is_alive());
        heartbeat.clone().beat();
        assert!(heartbeat.is_alive());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_probe_sets_no_timer() {
        let any_port = HealthAddress::Listen("127.0.0.1:0".parse().unwrap());
        let health = Health::listen(any_port).await.unwrap().unwrap();
        let _serving = tokio::spawn(health.serve(Heartbeat::new(Duration::from_secs(180))));
        tokio::task::yield_now().await;
        let parked = || tokio::runtime::Handle::current().metrics().worker_park_count(0);
        let before = parked();
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
        // Paused time goes from timer to timer: one for the day, where one a minute would be 1,440.
        assert!(parked() - before < 10, "woke up {} times", parked() - before);
    }

    #[test]
    fn an_address_for_all_is_asked_on_loopback() {
        let loopback = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(loopback("0.0.0.0:13233"), "127.0.0.1:13233");
        assert_eq!(loopback("[::]:13233"), "[::1]:13233");
        assert_eq!(loopback("10.1.2.3:13233"), "10.1.2.3:13233");
    }
}
