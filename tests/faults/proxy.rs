//! A proxy in memory, on the way to the endpoint: it opens tunnels, passes requests on, or does neither.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use headcount::net::{Dialer, Stream};
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tower_service::Service as _;

use crate::support::endpoint::{HOST, Observer};

/// Its host.
pub(crate) const PROXY: &str = "proxy.example.com";
/// Its user and password, as a URL has them.
pub(crate) const CREDENTIALS: &str = "reporter:hopscotch";

/// So many bytes pass through a tunnel before it breaks.
const BREAKS_AFTER: u64 = 100;

/// What the proxy does with those who connect to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    Passes,
    Refused,
    /// Nobody answers that it is connected.
    Lost,
    Hangs,
    Cuts,
    Answers(u16),
    /// It goes away in the middle of what is said.
    Breaks,
}

#[derive(Clone)]
struct State {
    hop: Hop,
    /// Is told of each who connects and is not passed on.
    dialed: Observer,
    /// Is told of each who wants to go anywhere but to the endpoint.
    strayed: Observer,
}

/// The proxy. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Proxy {
    endpoint: Dialer,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Passes everything on to what this reaches.
    pub(crate) fn to(endpoint: Dialer) -> Self {
        let (dialed, strayed): (Observer, Observer) = (Arc::new(|| {}), Arc::new(|| {}));
        Self { endpoint, state: Arc::new(Mutex::new(State { hop: Hop::Passes, dialed, strayed })) }
    }

    /// How it is from now on.
    pub(crate) fn be(&self, hop: Hop, dialed: Observer, strayed: Observer) {
        *self.state.lock().unwrap() = State { hop, dialed, strayed };
    }

    /// Connects to it.
    pub(crate) async fn dial(self) -> io::Result<Stream> {
        let State { hop, dialed, strayed } = self.state.lock().unwrap().clone();
        if !matches!(hop, Hop::Passes | Hop::Breaks) {
            dialed();
        }
        match hop {
            Hop::Refused => return Err(io::ErrorKind::ConnectionRefused.into()),
            Hop::Lost => match std::future::pending::<Infallible>().await {},
            _ => {}
        }
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(self.serve(hop, far, strayed));
        Ok(Stream::new(near))
    }

    /// Serves one connection; whatever ends it is what the script wanted.
    async fn serve(self, hop: Hop, mut client: DuplexStream, strayed: Observer) {
        let Ok(head) = head(&mut client).await else { return };
        let target = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        if !target.windows(HOST.len()).any(|window| window == HOST.as_bytes()) {
            strayed();
        }
        match hop {
            Hop::Passes => drop(self.pass(&head, client, u64::MAX).await),
            Hop::Breaks => drop(self.pass(&head, client, BREAKS_AFTER).await),
            Hop::Answers(status) => answer(client, status).await,
            Hop::Hangs => drop(tokio::io::copy(&mut client, &mut tokio::io::sink()).await),
            Hop::Refused | Hop::Lost | Hop::Cuts => {}
        }
    }

    async fn pass(mut self, head: &[u8], mut client: DuplexStream, bytes: u64) -> io::Result<()> {
        let Ok(endpoint) = self.endpoint.call(Uri::from_static("http://endpoint.test")).await else {
            answer(client, 502).await;
            return Ok(());
        };
        let mut endpoint = TokioIo::new(endpoint);
        if head.starts_with(b"CONNECT ") {
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
        } else if bytes == u64::MAX {
            endpoint.write_all(head).await?;
        }
        if bytes == u64::MAX {
            tokio::io::copy_bidirectional(&mut client, &mut endpoint).await?;
        } else {
            tokio::io::copy(&mut client.take(bytes), &mut endpoint).await?;
        }
        Ok(())
    }
}

/// A request's head, or an error if there is none.
async fn head(client: &mut DuplexStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    Ok(head)
}

/// Answers in place of the endpoint, and listens until the client is gone.
async fn answer(mut client: DuplexStream, status: u16) {
    let body = "<html><title>Olga's proxy</title></html>";
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} No\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n{body}");
    let _ = client.write_all(answer.as_bytes()).await;
    let _ = client.shutdown().await;
    let _ = tokio::io::copy(&mut client, &mut tokio::io::sink()).await;
}
