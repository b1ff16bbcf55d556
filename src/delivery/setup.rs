//! What a round of deliveries reads before it begins: the operator's headers and PEM files.
//!
//! They are read at each round, so that mounted Secrets can be rotated. Must not know what is done with them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::HeaderMap;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use zeroize::Zeroizing;

use crate::config::headers::{self, HeaderError};
use crate::config::{ClientIdentity, HeaderSettings, TlsSettings};

/// More than any header file or certificate bundle needs (the system's bundle is 200 kB); it bounds what a mistaken
/// path, to a device for instance, can cost.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

const HEADERS_FILE: &str = "HEADCOUNT_OTLP_HEADERS_FILE";
const CERTIFICATE: &str = "HEADCOUNT_OTLP_CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "HEADCOUNT_OTLP_CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "HEADCOUNT_OTLP_CLIENT_KEY";

/// Why no round of deliveries can begin. Something has to be mended; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file cannot be read.
    #[error("cannot read {}, which {setting} names ({source}); check the mount and its permissions", path.display())]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is larger than any such file needs to be.
    #[error("{}, which {setting} names, is larger than 1 MiB; check that it is the right file", path.display())]
    TooLarge {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The header file has a fault.
    #[error("the file that HEADCOUNT_OTLP_HEADERS_FILE names has a fault: {0}")]
    Headers(#[source] HeaderError),
    /// The header file is not text.
    #[error("the file that HEADCOUNT_OTLP_HEADERS_FILE names is not UTF-8; write it as name=value lines")]
    HeadersNotText,
    /// A PEM file does not hold what it should.
    #[error("{}, which {setting} names, holds no {expected} in PEM form; check that it is the right file", path.display())]
    Pem {
        /// The setting that names it.
        setting: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The client's certificate and key cannot be used together.
    #[error(
        "HEADCOUNT_OTLP_CLIENT_CERTIFICATE and HEADCOUNT_OTLP_CLIENT_KEY cannot be used together; check that the key is the certificate's"
    )]
    ClientIdentity(#[source] rustls::Error),
    /// The system has no certificates to trust.
    #[error("this system has no trusted certificates; mount a PEM file and name it in HEADCOUNT_OTLP_CERTIFICATE")]
    NoRoots,
    /// TLS cannot be set up at all.
    #[error("TLS cannot be set up; this build of headcount is faulty")]
    Tls(#[source] rustls::Error),
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
pub(super) fn read_headers(settings: &HeaderSettings) -> Result<HeaderMap, SetupError> {
    let mut map: HeaderMap = settings.values.iter().cloned().collect();
    if let Some(path) = &settings.file {
        let contents = read(HEADERS_FILE, path)?;
        let text = str::from_utf8(&contents).map_err(|_| SetupError::HeadersNotText)?;
        for (name, value) in headers::parse_file(text).map_err(SetupError::Headers)? {
            map.insert(name, value);
        }
    }
    Ok(map)
}

/// TLS towards the endpoint, and towards an `https://` proxy (the same trust, without the client's certificate).
pub(super) struct Tls {
    pub(super) endpoint: Arc<ClientConfig>,
    pub(super) proxy: Arc<ClientConfig>,
}

impl Tls {
    /// Reads the PEM files. `alpn` is the protocol to be spoken with the endpoint.
    pub(super) fn read(settings: &TlsSettings, alpn: &[u8]) -> Result<Self, SetupError> {
        let roots = Arc::new(match &settings.certificate {
            Some(path) => read_roots(path)?,
            None => system_roots()?,
        });
        let mut endpoint = client_config(&roots, settings.client.as_ref())?;
        endpoint.alpn_protocols = vec![alpn.to_vec()];
        let proxy = client_config(&roots, None)?;
        Ok(Self { endpoint: Arc::new(endpoint), proxy: Arc::new(proxy) })
    }
}

fn client_config(roots: &Arc<RootCertStore>, identity: Option<&ClientIdentity>) -> Result<ClientConfig, SetupError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Tls)?
        .with_root_certificates(Arc::clone(roots));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain = read_certificates(CLIENT_CERTIFICATE, &identity.certificate)?;
            let key = PrivateKeyDer::from_pem_slice(&read(CLIENT_KEY, &identity.key)?)
                .map_err(|_| pem_error(CLIENT_KEY, "private key", &identity.key))?;
            builder.with_client_auth_cert(chain, key).map_err(SetupError::ClientIdentity)?
        }
    };
    // A ticket would let the receiver join one day's connection to another's.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

fn read_roots(path: &Path) -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(CERTIFICATE, path)? {
        roots.add(certificate).map_err(|_| pem_error(CERTIFICATE, "valid certificate", path))?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, SetupError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(SetupError::NoRoots) } else { Ok(roots) }
}

fn read_certificates(setting: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let contents = read(setting, path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(pem_error(setting, "certificate", path)),
    }
}

fn pem_error(setting: &'static str, expected: &'static str, path: &Path) -> SetupError {
    SetupError::Pem { setting, expected, path: path.to_owned() }
}

/// A file's contents, zeroed after use.
fn read(setting: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let unreadable = |source| SetupError::Unreadable { setting, path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len().min(MAX_FILE_BYTES);
    // Room for all of it from the start: growing would leave copies behind that nothing zeroes.
    let mut contents = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut contents).map_err(unreadable)?;
    if contents.len() as u64 > MAX_FILE_BYTES {
        return Err(SetupError::TooLarge { setting, path: path.to_owned() });
    }
    Ok(contents)
}
