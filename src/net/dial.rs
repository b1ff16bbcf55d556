//! Opens connections: by the system's TCP, or as a test does.
//!
//! Must not know what is sent over them. Modules that use HTTP take a [`Dialer`], so that tests can give hyper in-memory pipes
//! and simulate months in a second.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use http::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tower_service::Service;

use crate::state_log::StateLog;

/// So many lines of a file are named in one sentence.
const SHOWN_LINES: usize = 10;

/// Pods are near and proxies respond, so a connection that takes longer will not open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Both directions of a byte stream.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// A future that opens a connection.
pub type Dialing = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

/// Opens a connection to a URI's host and port, without TLS. Cheap to clone. Lives as long as the process, so that what
/// was said in the log of the files that connections need is not said again at each.
#[derive(Clone)]
pub struct Dialer {
    dial: Arc<dyn Fn(Uri) -> Dialing + Send + Sync>,
    said: Arc<Mutex<StateLog>>,
}

impl Dialer {
    /// Connects as `dial` does.
    pub fn new(dial: impl Fn(Uri) -> Dialing + Send + Sync + 'static) -> Self {
        Self { dial: Arc::new(dial), said: Arc::default() }
    }

    /// Says in the log which entries of the certificate file that `setting` names cannot be used, by the lines at which
    /// they begin; or that there are none any more.
    pub(crate) fn note_unusable(&self, setting: &'static str, mut lines: Vec<usize>) {
        lines.sort_unstable();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            said.recovered(setting, &format!("every entry of the file that {setting} names can be used"));
            return;
        }
        let shown: Vec<_> = lines.iter().take(SHOWN_LINES).map(ToString::to_string).collect();
        let more = if lines.len() > SHOWN_LINES { " and others" } else { "" };
        let lines = shown.join(", ");
        let message = format!(
            "the file that {setting} names holds entries that are not valid certificates, at line {lines}{more}; the others \
             are used"
        );
        said.warn(setting, &message);
    }

    /// Connects by the system's resolver and TCP.
    #[must_use]
    pub fn system() -> Self {
        Self::over(HttpConnector::new())
    }

    /// Connects as [`Self::system`] does, but resolves one name at a time. A lookup cannot be canceled: it holds a thread
    /// until the name server responds, so that retries could use all threads.
    #[must_use]
    pub fn resolving_one_at_a_time() -> Self {
        Self::over(HttpConnector::new_with_resolver(OneAtATime::new(|host| (host, 0).to_socket_addrs())))
    }

    fn over<R>(mut connector: HttpConnector<R>) -> Self
    where
        R: Clone + Send + Sync + 'static,
        HttpConnector<R>: Service<Uri, Response = TokioIo<TcpStream>, Future: Send>,
        <HttpConnector<R> as Service<Uri>>::Error: std::error::Error + Send + Sync + 'static,
    {
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        Self::new(move |uri| {
            let mut connector = connector.clone();
            Box::pin(async move {
                let stream = connector.call(uri).await.map_err(io::Error::other)?;
                Ok(Stream::new(stream.into_inner()))
            })
        })
    }
}

type LookUp = dyn Fn(&str) -> io::Result<vec::IntoIter<SocketAddr>> + Send + Sync;

/// A resolver that refuses a lookup while an earlier one is running, even if its caller is gone.
#[derive(Clone)]
struct OneAtATime {
    look_up: Arc<LookUp>,
    free: Arc<Semaphore>,
}

impl OneAtATime {
    fn new(look_up: impl Fn(&str) -> io::Result<vec::IntoIter<SocketAddr>> + Send + Sync + 'static) -> Self {
        Self { look_up: Arc::new(look_up), free: Arc::new(Semaphore::new(1)) }
    }
}

impl Service<Name> for OneAtATime {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (look_up, free) = (Arc::clone(&self.look_up), Arc::clone(&self.free));
        Box::pin(async move {
            let busy = |_| io::Error::new(io::ErrorKind::WouldBlock, "an earlier lookup of a name has not ended");
            let in_flight = free.try_acquire_owned().map_err(busy)?;
            let looking = move || {
                let found = look_up(name.as_str());
                drop(in_flight);
                found
            };
            spawn_blocking(looking).await.map_err(io::Error::other)?
        })
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

impl Service<Uri> for Dialer {
    type Response = Stream;
    type Error = io::Error;
    type Future = Dialing;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Dialing {
        (self.dial)(uri)
    }
}

/// An open connection, as hyper takes it.
pub struct Stream(TokioIo<Box<dyn ByteStream>>);

impl Stream {
    /// Wraps any byte stream.
    pub fn new(stream: impl ByteStream + 'static) -> Self {
        Self(TokioIo::new(Box::new(stream)))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::ops::log::tests::{Lines, captured};

    #[test]
    fn unusable_entries_are_logged_once_per_dialer() {
        let lines = Lines::default();
        tracing::dispatcher::with_default(&captured(&lines), || {
            let dialer = Dialer::system();
            for unusable in [vec![], vec![40, 1], vec![1, 40], vec![40], vec![], vec![]] {
                dialer.clone().note_unusable("HEADCOUNT_OTLP_CERTIFICATE", unusable);
            }
            dialer.note_unusable("HEADCOUNT_COMPREFACE_CERTIFICATE", (1..100).collect());
        });
        let lines = lines.all();
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[0].contains("line 1, 40;") && lines[3].contains("9, 10 and others;"), "{lines:?}");
    }

    #[tokio::test]
    async fn hanging_lookup_takes_one_thread_despite_retries() {
        let (answer, answers) = channel::<()>();
        let answers = Mutex::new(answers);
        let mut resolver = OneAtATime::new(move |_| {
            answers.lock().unwrap().recv().unwrap();
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))].into_iter())
        });
        let name = || "collector.example.org".parse::<Name>().unwrap();
        let mut first = resolver.call(name());
        assert!(futures_util::poll!(&mut first).is_pending());
        drop(first);
        for _ in 0..100 {
            assert_eq!(resolver.call(name()).await.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        }
        answer.send(()).unwrap();
        answer.send(()).unwrap();
        let found = loop {
            match resolver.call(name()).await {
                Ok(mut found) => break found.next(),
                Err(_) => tokio::task::yield_now().await,
            }
        };
        assert_eq!(found.map(|address| address.ip().to_string()).as_deref(), Some("127.0.0.1"));
    }
}
