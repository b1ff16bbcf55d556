//! The files that a round of deliveries reads before it begins: headers and PEM files. They are read in each round, so that
//! mounted Secrets can be rotated.
//!
//! Must not know what is done with them.

use std::sync::Arc;

use http::HeaderMap;
use rustls::ClientConfig;

use crate::config::headers::{self, HeaderError};
use crate::config::{
    HeaderSettings, OTLP_CERTIFICATE, OTLP_CLIENT_CERTIFICATE, OTLP_CLIENT_KEY, OTLP_ENDPOINT, OTLP_HEADERS_FILE,
};
use crate::error_chain::{Describe, Description};
use crate::net::Dialer;
use crate::net::secret_file::{self, SecretFileError};
use crate::net::tls::{self, IdentityNames, PeerNames, TlsError, TlsFiles};

/// The settings that an error of the endpoint's connection names.
pub(super) static ENDPOINT: PeerNames =
    PeerNames { url: OTLP_ENDPOINT.setting.variable, certificate: OTLP_CERTIFICATE.setting.variable };
static IDENTITY: IdentityNames =
    IdentityNames { certificate: OTLP_CLIENT_CERTIFICATE.setting.variable, key: OTLP_CLIENT_KEY.setting.variable };

/// Why no round of deliveries can begin. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The header file cannot be read.
    #[error(transparent)]
    HeadersFile(#[from] SecretFileError),
    /// The header file is invalid.
    #[error("HEADCOUNT_OTLP_HEADERS_FILE is invalid")]
    Headers(#[source] HeaderError),
    /// The PEM files, or the system's certificates, cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The host of the URL cannot be a name in a certificate.
    #[error("the host in {0} cannot be used with TLS")]
    ServerName(&'static str),
    /// The proxy's URL does not parse, or has a scheme that is not supported.
    #[error("{0} is not the URL of an HTTP proxy")]
    Proxy(&'static str),
    /// The endpoint's URL has a path, which gRPC has no use for.
    #[error("HEADCOUNT_OTLP_ENDPOINT has a path, which gRPC does not use")]
    GrpcPath,
    /// The endpoint's URL cannot be extended.
    #[error("HEADCOUNT_OTLP_ENDPOINT is invalid")]
    Url(#[source] http::Error),
}

impl Describe for PrepareError {
    fn describe(&self) -> Description {
        match self {
            Self::HeadersFile(error) => error.describe(),
            Self::Headers(error) => error.describe(),
            Self::Tls(error) => error.describe(),
            Self::ServerName(_) => Description::new("invalid_server_name").remedy("use a host name or an address"),
            Self::Proxy(_) => Description::new("proxy_invalid").remedy("write it like http://proxy.example.com:3128"),
            Self::GrpcPath => {
                Description::new("grpc_path").remedy("remove the path, or set HEADCOUNT_OTLP_PROTOCOL to http/protobuf")
            }
            Self::Url(_) => Description::new("invalid_endpoint").remedy("write it like https://telemetry.example.com"),
        }
    }
}

/// The operator's headers: those given by value, and those of the file, which wins where both have one.
pub(super) fn read_headers(settings: &HeaderSettings) -> Result<HeaderMap, PrepareError> {
    let mut map: HeaderMap = settings.values.iter().cloned().collect();
    if let Some(path) = &settings.file {
        let contents = secret_file::read(OTLP_HEADERS_FILE.variable, path, secret_file::MAX_BYTES)?;
        let text = secret_file::text(OTLP_HEADERS_FILE.variable, &contents)?;
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
    pub(super) fn read(settings: &TlsFiles, alpn: &[u8], dialer: &Dialer) -> Result<Self, PrepareError> {
        let roots = tls::roots(settings.certificate.as_deref(), OTLP_CERTIFICATE.variable, dialer)?;
        let mut endpoint = tls::client_as(&roots, settings.client.as_ref(), IDENTITY)?;
        endpoint.alpn_protocols = vec![alpn.to_vec()];
        let proxy = tls::client(&roots)?;
        Ok(Self { endpoint: Arc::new(endpoint), proxy: Arc::new(proxy) })
    }
}
