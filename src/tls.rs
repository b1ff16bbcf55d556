//! TLS for connections that go out: whom to trust and who to be, from the system or from PEM files.
//!
//! Knows neither peers nor protocols; the caller says which settings name the files, so that errors can.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::config::{ClientIdentity, TlsSettings};
use crate::mounted::{self, MountedError};

/// The settings that name the PEM files.
#[derive(Debug, Clone, Copy)]
pub struct TlsNames {
    /// Names whom to trust.
    pub certificate: &'static str,
    /// Names the client's certificate chain.
    pub client_certificate: &'static str,
    /// Names the client's key.
    pub client_key: &'static str,
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
        names.client_certificate,
        names.client_key
    )]
    ClientIdentity {
        /// The settings that name them.
        names: TlsNames,
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

/// Whom to trust: the certificates of the file, or else the system's.
///
/// # Errors
/// If the file cannot be used, or the system has none.
pub fn roots(settings: &TlsSettings, names: TlsNames) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    let setting = names.certificate;
    match &settings.certificate {
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

/// A client that trusts these, and that is somebody if an identity is given. It names no application protocol.
///
/// # Errors
/// If the identity's files cannot be used.
pub fn client_config(
    roots: &Arc<RootCertStore>,
    identity: Option<&ClientIdentity>,
    names: TlsNames,
) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?
        .with_root_certificates(Arc::clone(roots));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain = read_certificates(names.client_certificate, &identity.certificate)?;
            let key = PrivateKeyDer::from_pem_slice(&mounted::read(names.client_key, &identity.key)?)
                .map_err(|_| pem_error(names.client_key, "private key", &identity.key))?;
            builder.with_client_auth_cert(chain, key).map_err(|source| TlsError::ClientIdentity { names, source })?
        }
    };
    // A ticket would let the receiver join one day's connection to another's.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
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
