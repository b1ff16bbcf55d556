//! Makes endpoints: on loopback or in memory, with TLS of every kind or without.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use headcount::config::{BaseUrl, Transport};
use headcount::net::tls::TlsFiles;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::super::tls::Certificates;
use super::{Answer, Endpoint, HOST, Line, Shared};

/// An endpoint to be.
pub struct Builder {
    transport: Transport,
    tls: Option<TlsAcceptor>,
    settings: TlsFiles,
    raw_answer: Option<Bytes>,
}

impl Builder {
    /// In plain text, until TLS is added.
    pub(super) fn new(transport: Transport) -> Self {
        Self { transport, tls: None, settings: TlsFiles::default(), raw_answer: None }
    }

    /// Without a socket: it is reached by its [`dialer`](Endpoint::dialer) alone.
    pub fn in_memory(self) -> Endpoint {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.build(&format!("{scheme}://{HOST}"), None)
    }

    /// Speaks TLS with the server's certificate; its issuer goes into the settings.
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(TlsAcceptor::from(certificates.server(self.alpn(), false)));
        self.settings = TlsFiles { certificate: Some(certificates.ca()), client: None };
        self
    }

    /// TLS, and asks for the client's certificate; that one goes into the settings too.
    pub fn mutual_tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(TlsAcceptor::from(certificates.server(self.alpn(), true)));
        self.settings = TlsFiles { certificate: Some(certificates.ca()), client: Some(certificates.client()) };
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
