//! TLS for connections that go out: whom to trust and who to be, from the system or from PEM files. The one place where it
//! is set up, for the service, the endpoint and the operator's collector alike.
//!
//! Knows neither peers nor protocols; the caller says which settings name the files, so that errors can.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};

use crate::config::ClientIdentity;
use crate::mounted::{self, MountedError};

/// The settings that name a client's PEM files.
#[derive(Debug, Clone, Copy)]
pub struct IdentityNames {
    /// Names the certificate chain.
    pub certificate: &'static str,
    /// Names the key.
    pub key: &'static str,
}

/// Why TLS cannot be set up. Something has to be mended; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] MountedError),
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
        "{} and {} cannot be used together; check that the key is the certificate's",
        names.certificate,
        names.key
    )]
    ClientIdentity {
        /// The settings that name them.
        names: IdentityNames,
        /// What is wrong with them.
        source: rustls::Error,
    },
    /// The system has no certificates to trust.
    #[error("this system has no trusted certificates; mount a PEM file and name it in {setting}")]
    NoRoots {
        /// The setting that would name it.
        setting: &'static str,
    },
    /// TLS cannot be set up at all.
    #[error("TLS cannot be set up; this build of headcount is faulty")]
    Unusable(#[source] rustls::Error),
}

/// Whom to trust: the certificates of the file, or else the system's. `setting` is what names the file, or would.
///
/// # Errors
/// If the file cannot be used, or the system has none.
pub fn roots(certificate: Option<&Path>, setting: &'static str) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    match certificate {
        Some(path) => {
            for certificate in read_certificates(setting, path)? {
                roots.add(certificate).map_err(|_| pem_error(setting, "valid certificate", path))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(TlsError::NoRoots { setting });
            }
        }
    }
    Ok(Arc::new(roots))
}

/// A client that trusts these and shows no certificate. It names no application protocol.
///
/// # Errors
/// If this build has no TLS.
pub fn client(roots: &Arc<RootCertStore>) -> Result<ClientConfig, TlsError> {
    Ok(without_resumption(builder(roots)?.with_no_client_auth()))
}

/// The same, with a certificate to show if one is asked for.
///
/// # Errors
/// If its files cannot be used.
pub fn client_as(
    roots: &Arc<RootCertStore>,
    identity: Option<&ClientIdentity>,
    names: IdentityNames,
) -> Result<ClientConfig, TlsError> {
    let Some(identity) = identity else { return client(roots) };
    let chain = read_certificates(names.certificate, &identity.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&mounted::read(names.key, &identity.key)?)
        .map_err(|_| pem_error(names.key, "private key", &identity.key))?;
    let config = builder(roots)?.with_client_auth_cert(chain, key);
    Ok(without_resumption(config.map_err(|source| TlsError::ClientIdentity { names, source })?))
}

fn builder(roots: &Arc<RootCertStore>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(TlsError::Unusable)?.with_root_certificates(Arc::clone(roots)))
}

/// A ticket would let the peer join one day's connection to another's.
fn without_resumption(mut config: ClientConfig) -> ClientConfig {
    config.resumption = rustls::client::Resumption::disabled();
    config
}

fn read_certificates(setting: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let contents = mounted::read(setting, path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(pem_error(setting, "certificate", path)),
    }
}

fn pem_error(setting: &'static str, expected: &'static str, path: &Path) -> TlsError {
    TlsError::Pem { setting, expected, path: path.to_owned() }
}
