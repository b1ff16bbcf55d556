//! TLS for outgoing connections: trusted certificates and the client's identity, from the system or from PEM files. It is set
//! up here for the service, the endpoint and the operator's collector.
//!
//! Must not know peers and protocols; the caller passes the names of the settings, for errors.

mod handshake;
mod own;
mod pem;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ConfigBuilder, InconsistentKeys, OtherError, RootCertStore};

pub use handshake::{CertificateProblem, HandshakeProblem, PeerNames};
pub use own::client_accepting;
use pem::Bundle;
pub use pem::PemProblem;

use crate::error_chain::{Describe, Description, problems};
use crate::net::Dialer;
use crate::net::secret_file::{self, SecretFileError};

/// Names the system's bundle, for all programs that read it.
const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// Names directories of certificates.
const SSL_CERT_DIR: &str = "SSL_CERT_DIR";

/// What fixes a certificate of version 1.
const VERSION_3: &str = "issue a version 3 certificate, with extensions (`openssl x509 -req -extfile FILE`)";

/// A bundle may be larger than other files: some systems add the certificates of a whole company to those of the public CAs.
const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024;

/// The PEM files of the connections to one peer, read when a connection is about to be opened, so that they can be rotated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates that are trusted in place of the system's.
    pub certificate: Option<PathBuf>,
    /// The client's certificate chain and key: both or neither.
    pub client: Option<ClientIdentity>,
}

/// A client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The settings that name a client's PEM files.
#[derive(Debug, Clone, Copy)]
pub struct IdentityNames {
    /// Names the certificate chain.
    pub certificate: &'static str,
    /// Names the key.
    pub key: &'static str,
}

/// Why TLS cannot be set up. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// A PEM file does not hold what it should.
    #[error("{setting}: file {problem}")]
    Pem {
        /// The setting that names it.
        setting: &'static str,
        /// What is wrong with it.
        problem: PemProblem,
    },
    /// The client's certificate cannot be used.
    #[error("{setting}: certificate {problem}")]
    ClientCertificate {
        /// The setting that names it.
        setting: &'static str,
        /// What is wrong with it.
        problem: ClientCertificateProblem,
    },
    /// The client's certificate and key cannot be used together.
    #[error("{} does not match {}", .0.key, .0.certificate)]
    ClientIdentity(IdentityNames),
    /// The system has no certificates to trust.
    #[error("no trusted certificates found on this system")]
    NoRoots {
        /// The setting that would name some.
        setting: &'static str,
    },
    /// TLS cannot be set up at all.
    #[error("cannot initialize TLS")]
    Unusable(#[source] rustls::Error),
}

problems! {
    /// What is wrong with a client's certificate.
    pub enum ClientCertificateProblem () {
        /// Another certificate stands before it.
        NotFirst: "is not the first in its file", "client_certificate_not_first",
            "put the client's own certificate before those of its CA";
        /// It is of version 1.
        Version1: "is an X.509 version 1 certificate", "client_certificate_version_1", VERSION_3;
        /// It cannot be read.
        Malformed: "is malformed", "client_certificate_malformed",
            "check it with `openssl x509 -text`, and issue another one";
    }
}

impl Describe for TlsError {
    fn describe(&self) -> Description {
        match self {
            Self::File(error) => error.describe(),
            Self::Pem { problem, .. } => problem.describe(),
            Self::ClientCertificate { problem, .. } => problem.describe(),
            Self::ClientIdentity(_) => {
                Description::new("client_key_mismatch").remedy("use the private key of the certificate")
            }
            Self::NoRoots { setting } => {
                Description::new("no_trusted_certificates").remedy(format!("mount a PEM file and name it in {setting}"))
            }
            Self::Unusable(_) => Description::bug("tls_unavailable"),
        }
    }
}

/// The trusted certificates: those of the file, or else the system's. `setting` names the file. Entries that cannot be used
/// are logged once.
///
/// # Errors
/// If nothing of the file can be used, or the system has none.
pub fn roots(
    certificate: Option<&Path>,
    setting: &'static str,
    dialer: &Dialer,
) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    match certificate {
        Some(path) => add_file(&mut roots, setting, path, dialer)?,
        None => add_system(&mut roots, dialer)?,
    }
    if roots.is_empty() { Err(TlsError::NoRoots { setting }) } else { Ok(Arc::new(roots)) }
}

/// A client for connections without TLS: it reads no file and trusts no certificate.
///
/// # Errors
/// If this build has no TLS.
pub fn unused() -> Result<ClientConfig, TlsError> {
    client(&Arc::new(RootCertStore::empty()))
}

/// A client that trusts these certificates and has none of its own. It offers no application protocol.
///
/// # Errors
/// If this build has no TLS.
pub fn client(roots: &Arc<RootCertStore>) -> Result<ClientConfig, TlsError> {
    Ok(without_resumption(builder(roots)?.with_no_client_auth()))
}

/// The same, with a certificate for servers that require one.
///
/// # Errors
/// If its files cannot be used.
pub fn client_as(
    roots: &Arc<RootCertStore>,
    identity: Option<&ClientIdentity>,
    names: IdentityNames,
) -> Result<ClientConfig, TlsError> {
    let Some(identity) = identity else { return client(roots) };
    let pem = |setting| move |problem| TlsError::Pem { setting, problem };
    let chain = pem::chain(&read(names.certificate, &identity.certificate, secret_file::MAX_BYTES)?)
        .map_err(pem(names.certificate))?;
    let key = pem::key(&read(names.key, &identity.key, secret_file::MAX_BYTES)?).map_err(pem(names.key))?;
    check_identity(&chain, &key, names)?;
    let config = builder(roots)?.with_client_auth_cert(chain, key);
    Ok(without_resumption(config.map_err(|_| TlsError::ClientIdentity(names))?))
}

/// Checks a client's certificate and key, with more exact errors than rustls has.
fn check_identity(
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
    names: IdentityNames,
) -> Result<(), TlsError> {
    let signer = ring::sign::any_supported_type(key)
        .map_err(|_| TlsError::Pem { setting: names.key, problem: PemProblem::KeyKind })?;
    let fits = |certificate: &CertificateDer<'static>| {
        CertifiedKey::new(vec![certificate.clone()], Arc::clone(&signer)).keys_match()
    };
    let Some((first, others)) = chain.split_first() else { return Err(TlsError::ClientIdentity(names)) };
    let of_certificate = |problem| TlsError::ClientCertificate { setting: names.certificate, problem };
    match fits(first) {
        // Some keys are not comparable; then the server finds out.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
        Err(_) if others.iter().any(|other| fits(other).is_ok()) => {
            Err(of_certificate(ClientCertificateProblem::NotFirst))
        }
        Err(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(OtherError(cause))))
            if matches!(cause.downcast_ref(), Some(webpki::Error::UnsupportedCertVersion)) =>
        {
            Err(of_certificate(ClientCertificateProblem::Version1))
        }
        Err(rustls::Error::InvalidCertificate(_)) => Err(of_certificate(ClientCertificateProblem::Malformed)),
        Err(_) => Err(TlsError::ClientIdentity(names)),
    }
}

fn builder(roots: &Arc<RootCertStore>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Unusable)?;
    Ok(builder.with_root_certificates(Arc::clone(roots)))
}

/// A session ticket would let the peer link the connections of two days.
fn without_resumption(mut config: ClientConfig) -> ClientConfig {
    config.resumption = rustls::client::Resumption::disabled();
    config
}

fn add_file(roots: &mut RootCertStore, setting: &'static str, path: &Path, dialer: &Dialer) -> Result<(), TlsError> {
    add_bundle(roots, setting, bundle(setting, path)?, dialer)
}

/// The entries of a bundle that can be read.
fn bundle(setting: &'static str, path: &Path) -> Result<Bundle, TlsError> {
    let contents = read(setting, path, MAX_BUNDLE_BYTES)?;
    pem::bundle(&contents).map_err(|problem| TlsError::Pem { setting, problem })
}

/// Adds the entries that can be used; one damaged entry does not invalidate the others.
fn add_bundle(
    roots: &mut RootCertStore,
    setting: &'static str,
    bundle: Bundle,
    dialer: &Dialer,
) -> Result<(), TlsError> {
    let mut unusable = bundle.unusable;
    let first = bundle.certificates.first().map_or(1, |(line, _)| *line);
    for (line, certificate) in bundle.certificates {
        if roots.add(certificate).is_err() {
            unusable.push(line);
        }
    }
    if roots.is_empty() {
        return Err(TlsError::Pem { setting, problem: PemProblem::Damaged { line: first } });
    }
    dialer.note_unusable(setting, unusable);
    Ok(())
}

/// Adds the system's certificates. The file of SSL_CERT_FILE is read here, since the library would block on a pipe.
#[expect(clippy::disallowed_methods, reason = "the library that reads the system's certificates reads these as well")]
fn add_system(roots: &mut RootCertStore, dialer: &Dialer) -> Result<(), TlsError> {
    let set = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
    let Some(file) = set(SSL_CERT_FILE) else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(());
    };
    let added = add_file(roots, SSL_CERT_FILE, Path::new(&file), dialer);
    for directory in set(SSL_CERT_DIR).iter().flat_map(std::env::split_paths) {
        roots.add_parsable_certificates(rustls_native_certs::load_certs_from_paths(None, Some(&directory)).certs);
    }
    if roots.is_empty() { added } else { Ok(()) }
}

fn read(setting: &'static str, path: &Path, limit: usize) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    let contents = secret_file::read(setting, path, limit)?;
    if secret_file::is_utf16(&contents) {
        return Err(SecretFileError { setting, problem: secret_file::ReadProblem::Utf16 }.into());
    }
    Ok(contents)
}
