//! Connections to the endpoint: TCP (or a test's stream), a proxy if one is set, TLS if the URL has it, then HTTP/1.1 or
//! HTTP/2.
//!
//! Must not know what is sent over them.

use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use super::error::DeliveryError;
use super::prepare::{PrepareError, TlsConfigs};
use super::proxy::Proxy;
use super::stream_error::StreamError;
use crate::config::{BaseUrl, EndpointSettings, OTLP_ENDPOINT, Transport};
use crate::net::{Dialer, Stream};

/// hyper's buffer for HTTP/1: an OTLP answer's headers are small, and its default would let a peer make it 400 kB.
const HTTP1_BUFFER_BYTES: usize = 16 * 1024;
/// HTTP/2's own default for windows, where hyper's is 2 to 5 MiB: answers are a few bytes.
const HTTP2_WINDOW_BYTES: u32 = 65_535;
/// HTTP/2's default frame size, the smallest there is.
const HTTP2_FRAME_BYTES: u32 = 16_384;
/// As for HTTP/1.
const HTTP2_HEADER_BYTES: u32 = 16 * 1024;

/// Opens connections to one endpoint.
pub(super) struct Connector {
    dialer: Dialer,
    transport: Transport,
    endpoint: Uri,
    /// `host:port`, for CONNECT.
    target: String,
    proxy: Option<ProxyHop>,
    tls: Option<PeerTls>,
}

struct ProxyHop {
    proxy: Proxy,
    tls: Option<PeerTls>,
}

/// How to speak TLS with one peer.
struct PeerTls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Connector {
    /// Reads the PEM files and picks the proxy; connects nowhere.
    pub(super) fn new(settings: &EndpointSettings, dialer: &Dialer) -> Result<Self, PrepareError> {
        let url = &settings.url;
        let endpoint = url.join("/").map_err(PrepareError::Url)?;
        let proxy = Proxy::choose(&settings.proxy, url, &endpoint)?;
        let alpn: &[u8] = match settings.transport {
            Transport::HttpProtobuf => b"http/1.1",
            Transport::Grpc => b"h2",
        };
        let needs_tls = url.is_tls() || proxy.as_ref().is_some_and(Proxy::is_tls);
        // Plain text needs no roots, and reading the system's takes a moment and some memory.
        let configs = needs_tls.then(|| TlsConfigs::read(&settings.tls, alpn, dialer)).transpose()?;
        let mut tls = None;
        if let Some(configs) = configs.as_ref().filter(|_| url.is_tls()) {
            tls = Some(PeerTls::new(&configs.endpoint, url.host(), OTLP_ENDPOINT.variable)?);
        }
        let proxy = proxy.map(|proxy| ProxyHop::new(proxy, configs.as_ref())).transpose()?;
        Ok(Self { dialer: dialer.clone(), transport: settings.transport, endpoint, target: target(url), proxy, tls })
    }

    /// The proxy that requests are sent to with their whole URL, if one is.
    pub(super) fn forwarding(&self) -> Option<&Proxy> {
        let forwards = self.tls.is_none() && self.transport == Transport::HttpProtobuf;
        self.proxy.as_ref().filter(|_| forwards).map(|hop| &hop.proxy)
    }

    /// Opens a connection.
    pub(super) async fn open(&self) -> Result<Connection, DeliveryError> {
        let stream = match &self.proxy {
            None => self.dial(&self.endpoint).await.map_err(|error| DeliveryError::connect(&error))?,
            Some(hop) => hop.through(self).await.map_err(DeliveryError::with_proxy)?,
        };
        let stream_error = StreamError::default();
        let stream = match &self.tls {
            None => Stream::new(stream_error.recorded_on(TokioIo::new(stream), self.transport)),
            Some(tls) => {
                Stream::new(stream_error.recorded_on(tls.secure(stream, self.transport).await?, self.transport))
            }
        };
        Connection::handshake(stream, self.transport, stream_error).await
    }

    async fn dial(&self, uri: &Uri) -> std::io::Result<Stream> {
        self.dialer.clone().call(uri.clone()).await
    }
}

fn target(url: &BaseUrl) -> String {
    format!("{}:{}", url.host(), url.port())
}

impl ProxyHop {
    fn new(proxy: Proxy, configs: Option<&TlsConfigs>) -> Result<Self, PrepareError> {
        let tls = match configs.filter(|_| proxy.is_tls()) {
            None => None,
            Some(configs) => {
                Some(PeerTls::new(&configs.proxy, proxy.uri.host().unwrap_or_default(), "the proxy's URL")?)
            }
        };
        Ok(Self { proxy, tls })
    }

    async fn through(&self, connector: &Connector) -> Result<Stream, DeliveryError> {
        let dialed = connector.dial(&self.proxy.uri).await;
        let stream = dialed.map_err(|error| DeliveryError::proxy_connect(&error))?;
        let stream = match &self.tls {
            None => stream,
            Some(tls) => Stream::new(tls.secure(stream, Transport::HttpProtobuf).await?),
        };
        if connector.forwarding().is_some() {
            return Ok(stream);
        }
        self.proxy.tunnel(stream, &connector.target).await
    }
}

impl PeerTls {
    fn new(config: &Arc<ClientConfig>, host: &str, setting: &'static str) -> Result<Self, PrepareError> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|_| PrepareError::ServerName(setting))?;
        Ok(Self { config: Arc::clone(config), name })
    }

    async fn secure(&self, stream: Stream, transport: Transport) -> Result<TlsStream<TokioIo<Stream>>, DeliveryError> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector
            .connect(self.name.clone(), TokioIo::new(stream))
            .await
            .map_err(|error| DeliveryError::handshake(&error))?;
        if transport == Transport::Grpc && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(DeliveryError::NoHttp2);
        }
        Ok(stream)
    }
}

/// An open connection. Its tasks end when it is dropped.
pub(super) struct Connection {
    pub(super) protocol: HttpSender,
    pub(super) stream_error: StreamError,
    tasks: Tasks,
}

/// What is spoken over a connection.
pub(super) enum HttpSender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<tonic::body::Body>),
}

impl Connection {
    async fn handshake(stream: Stream, transport: Transport, stream_error: StreamError) -> Result<Self, DeliveryError> {
        let tasks = Tasks(CancellationToken::new());
        let protocol = match transport {
            Transport::HttpProtobuf => {
                let (sender, connection) =
                    http1::Builder::new().max_buf_size(HTTP1_BUFFER_BYTES).handshake(stream).await?;
                tasks.execute(connection);
                HttpSender::Http1(sender)
            }
            Transport::Grpc => {
                let (sender, connection) = http2::Builder::new(tasks.clone())
                    .initial_stream_window_size(HTTP2_WINDOW_BYTES)
                    .initial_connection_window_size(HTTP2_WINDOW_BYTES)
                    .max_frame_size(HTTP2_FRAME_BYTES)
                    .max_header_list_size(HTTP2_HEADER_BYTES)
                    .handshake(stream)
                    .await?;
                tasks.execute(connection);
                HttpSender::Http2(sender)
            }
        };
        Ok(Self { protocol, stream_error, tasks })
    }

    /// Whether another request can be tried on it.
    pub(super) fn is_open(&self) -> bool {
        match &self.protocol {
            HttpSender::Http1(sender) => !sender.is_closed(),
            HttpSender::Http2(sender) => !sender.is_closed(),
        }
    }

    /// Lets an idle connection close by itself.
    pub(super) fn finish(mut self) {
        self.tasks.0 = CancellationToken::new();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.tasks.0.cancel();
    }
}

/// Runs hyper's tasks until the connection is dropped.
#[derive(Clone)]
struct Tasks(CancellationToken);

impl<F> Executor<F> for Tasks
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, future: F) {
        let dropped = self.0.clone();
        tokio::spawn(async move {
            tokio::select! {
                // First, so that not a byte more is written.
                biased;
                () = dropped.cancelled() => {}
                // The request on the connection returns its error.
                _ = future => {}
            }
        });
    }
}
