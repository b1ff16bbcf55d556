//! What a round of deliveries reads before it begins: the operator's headers and PEM files.
//!
//! They are read at each round, so that mounted Secrets can be rotated. Must not know what is done with them.

use std::sync::Arc;

use http::HeaderMap;
use rustls::ClientConfig;

use crate::config::headers::{self, HeaderError};
use crate::config::{HeaderSettings, TlsSettings};
use crate::net::Dialer;
use crate::net::secret_file::{self, MountedError};
use crate::net::tls::{self, IdentityNames, TlsError};

const HEADERS_FILE: &str = "HEADCOUNT_OTLP_HEADERS_FILE";
const CERTIFICATE: &str = "HEADCOUNT_OTLP_CERTIFICATE";
const IDENTITY: IdentityNames =
    IdentityNames { certificate: "HEADCOUNT_OTLP_CLIENT_CERTIFICATE", key: "HEADCOUNT_OTLP_CLIENT_KEY" };

/// Why no round of deliveries can begin. Something has to be mended; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The header file cannot be read.
    #[error(transparent)]
    HeadersFile(#[from] MountedError),
    /// The header file has a fault.
    #[error("the file that HEADCOUNT_OTLP_HEADERS_FILE names has a fault: {0}")]
    Headers(#[source] HeaderError),
    /// The PEM files, or the system's certificates, cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The host of the URL cannot be a name in a certificate.
    #[error("the host in {0} cannot be used with TLS; write a host name or an address")]
    ServerName(&'static str),
    /// The proxy's URL does not parse, or has a scheme that is not supported.
    #[error("{0} is not the URL of an HTTP proxy; write it like http://proxy.example.com:3128")]
    Proxy(&'static str),
    /// The endpoint's URL has a path, which gRPC has no use for.
    #[error(
        "HEADCOUNT_OTLP_ENDPOINT has a path, which gRPC does not use; leave it out, or set HEADCOUNT_OTLP_PROTOCOL to http/protobuf"
    )]
    GrpcPath,
    /// The endpoint's URL cannot be extended.
    #[error("HEADCOUNT_OTLP_ENDPOINT cannot be used; write it like https://telemetry.example.com")]
    Url(#[source] http::Error),
}

/// The operator's headers: those given by value, and those of the file, which wins where both have one.
pub(super) fn read_headers(settings: &HeaderSettings) -> Result<HeaderMap, PrepareError> {
    let mut map: HeaderMap = settings.values.iter().cloned().collect();
    if let Some(path) = &settings.file {
        let contents = secret_file::read(HEADERS_FILE, path, secret_file::MAX_BYTES)?;
        let text = secret_file::text(HEADERS_FILE, &contents)?;
        for (name, value) in headers::parse_file(text).map_err(PrepareError::Headers)? {
            map.insert(name, value);
        }
    }
    Ok(map)
}

/// TLS towards the endpoint, and towards an `https://` proxy (the same trust, without the client's certificate).
pub(super) struct TlsConfigs {
    pub(super) endpoint: Arc<ClientConfig>,
    pub(super) proxy: Arc<ClientConfig>,
}

impl TlsConfigs {
    /// Reads the PEM files. `alpn` is the protocol to be spoken with the endpoint.
    pub(super) fn read(settings: &TlsSettings, alpn: &[u8], dialer: &Dialer) -> Result<Self, PrepareError> {
        let roots = tls::roots(settings.certificate.as_deref(), CERTIFICATE, dialer)?;
        let mut endpoint = tls::client_as(&roots, settings.client.as_ref(), IDENTITY)?;
        endpoint.alpn_protocols = vec![alpn.to_vec()];
        let proxy = tls::client(&roots)?;
        Ok(Self { endpoint: Arc::new(endpoint), proxy: Arc::new(proxy) })
    }
}
