//! A proxy on loopback, for CONNECT and for requests with their whole URL: keeps what it was asked, and passes everything on to one address, whatever the name, so
//! that tests can use names that nothing resolves.
#![allow(dead_code, unreachable_pub, missing_debug_implementations)]
#![allow(clippy::unwrap_used, reason = "here, a panic is the test's message")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use headcount::config::ProxySettings;
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::tls::Certificates;

/// A running proxy; it ends when this is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

struct Shared {
    passes_to: SocketAddr,
    /// The `proxy-authorization` that it wants, if any.
    wants: Option<String>,
    /// What it answers instead of passing on.
    refuses_with: Option<u16>,
    tls: Option<TlsAcceptor>,
    asked: Mutex<Vec<String>>,
}

impl Proxy {
    /// Passes everything on to this address.
    pub async fn to(address: SocketAddr) -> Self {
        Self::start(address, None, None, None).await
    }

    /// The same, for those alone who send this `proxy-authorization`.
    pub async fn with_authorization(address: SocketAddr, authorization: &str) -> Self {
        Self::start(address, Some(authorization.to_owned()), None, None).await
    }

    /// Answers every CONNECT with this status.
    pub async fn refusing(status: u16) -> Self {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 9)), None, Some(status), None).await
    }

    /// Speaks TLS itself.
    pub async fn tls(address: SocketAddr, certificates: &Certificates) -> Self {
        let tls = TlsAcceptor::from(certificates.server(&[], false));
        Self::start(address, None, None, Some(tls)).await
    }

    async fn start(
        passes_to: SocketAddr,
        wants: Option<String>,
        refuses_with: Option<u16>,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { passes_to, wants, refuses_with, tls, asked: Mutex::default() });
        let stop = CancellationToken::new();
        let serving = Arc::clone(&shared);
        let stopped = stop.clone();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = Arc::clone(&serving);
                tokio::spawn(stopped.clone().run_until_cancelled_owned(async move {
                    match serving.tls.clone() {
                        None => serving.pass(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serving.pass(stream).await;
                            }
                        }
                    }
                }));
            }
        }));
        Self { address, shared, _stop: stop.drop_guard() }
    }

    /// Settings that name it for every endpoint; `user` is written before the host, like `user:password@`.
    pub fn settings(&self, user: &str) -> ProxySettings {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{user}{}", self.address);
        ProxySettings {
            https: Some(SecretString::from(url.clone())),
            http: Some(SecretString::from(url)),
            no_proxy: None,
        }
    }

    /// The heads of all requests so far, word for word.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Shared {
    async fn pass(&self, mut client: impl AsyncRead + AsyncWrite + Unpin) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match client.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let authorized =
            self.wants.as_ref().is_none_or(|wanted| head.contains(&format!("authorization: {wanted}\r\n")));
        self.asked.lock().unwrap().push(head.clone());
        let refusal = if authorized { self.refuses_with } else { Some(407) };
        if let Some(status) = refusal {
            let answer = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n");
            let _ = client.write_all(answer.as_bytes()).await;
            return;
        }
        let Ok(mut server) = TcpStream::connect(self.passes_to).await else { return };
        if head.starts_with("CONNECT ") {
            let _ = client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await;
        } else {
            let _ = server.write_all(forwarded(&head).as_bytes()).await;
        }
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

/// A request as a proxy passes it on: with its path alone, and without what is for the proxy.
fn forwarded(head: &str) -> String {
    let (method, rest) = head.split_once(" http://").unwrap();
    let path = &rest[rest.find('/').unwrap()..];
    let lines = path.split_inclusive("\r\n").filter(|line| !line.starts_with("proxy-authorization: "));
    format!("{method} {}", lines.collect::<String>())
}
