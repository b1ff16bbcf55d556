//! TLS for connections that go out: whom to trust and who to be, from the system or from PEM files. The one place where it
//! is set up, for the service, the endpoint and the operator's collector alike.
//!
//! Knows neither peers nor protocols; the caller says which settings name the files, so that errors can.

mod handshake;
mod pem;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ConfigBuilder, InconsistentKeys, OtherError, RootCertStore};

pub use handshake::{CertificateProblem, Explained, HandshakeProblem, PeerNames, explain};
pub use pem::PemProblem;

use crate::config::ClientIdentity;
use crate::net::Dialer;
use crate::net::secret_file::{self, MountedError};

/// Names the system's bundle, for all programs that read it.
const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// Names directories of certificates.
const SSL_CERT_DIR: &str = "SSL_CERT_DIR";

/// A bundle may be larger than other files: some systems add the certificates of a whole company to those of the public CAs.
const MAX_BUNDLE_BYTES: usize = 8 * 1024 * 1024;

/// The settings that name a client's PEM files.
#[derive(Debug, Clone, Copy)]
pub struct IdentityNames {
    /// Names the certificate chain.
    pub certificate: &'static str,
    /// Names the key.
    pub key: &'static str,
}

/// Why TLS cannot be set up. Something has to be fixed; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] MountedError),
    /// A PEM file does not hold what it should.
    #[error("the file that {setting} names {problem}")]
    Pem {
        /// The setting that names it.
        setting: &'static str,
        /// What is wrong with it.
        problem: PemProblem,
    },
    /// The client's certificate cannot be used.
    #[error("the certificate that {setting} names is {what}")]
    ClientCertificate {
        /// The setting that names it.
        setting: &'static str,
        /// What it is, and what to do.
        what: &'static str,
    },
    /// The client's certificate and key cannot be used together.
    #[error("{} and {} cannot be used together; check that the key is the certificate's", .0.certificate, .0.key)]
    ClientIdentity(IdentityNames),
    /// The system has no certificates to trust.
    #[error("this system has no trusted certificates; mount a PEM file and name it in {setting}")]
    NoRoots {
        /// The setting that would name it.
        setting: &'static str,
    },
    /// TLS cannot be set up at all.
    #[error("cannot initialize TLS; this is a bug in headcount, please report it")]
    Unusable(#[source] rustls::Error),
}

/// Whom to trust: the certificates of the file, or else the system's. `setting` is what names the file, or would. What
/// cannot be used of the file is said once in the log, by the dialer.
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
    let pem = |setting| move |problem| TlsError::Pem { setting, problem };
    let chain = pem::chain(&read(names.certificate, &identity.certificate, secret_file::MAX_BYTES)?)
        .map_err(pem(names.certificate))?;
    let key = pem::key(&read(names.key, &identity.key, secret_file::MAX_BYTES)?).map_err(pem(names.key))?;
    check_identity(&chain, &key, names)?;
    let config = builder(roots)?.with_client_auth_cert(chain, key);
    Ok(without_resumption(config.map_err(|_| TlsError::ClientIdentity(names))?))
}

/// Says what is wrong with a client's certificate or key, before rustls says less of it.
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
    let of_certificate = |what| TlsError::ClientCertificate { setting: names.certificate, what };
    match fits(first) {
        // Which key is in it cannot be told of some; then the server finds out.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(()),
        Err(_) if others.iter().any(|other| fits(other).is_ok()) => {
            Err(of_certificate("not the first in its file; put the client's own certificate before those of its CA"))
        }
        Err(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(OtherError(cause))))
            if matches!(cause.downcast_ref(), Some(webpki::Error::UnsupportedCertVersion)) =>
        {
            Err(of_certificate(
                "an X.509 version 1 certificate; issue a version 3 certificate, with extensions (`openssl x509 -req \
                 -extfile FILE`)",
            ))
        }
        Err(rustls::Error::InvalidCertificate(_)) => {
            Err(of_certificate("malformed; check it with `openssl x509 -text`, and issue another one"))
        }
        Err(_) => Err(TlsError::ClientIdentity(names)),
    }
}

fn builder(roots: &Arc<RootCertStore>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Unusable)?;
    Ok(builder.with_root_certificates(Arc::clone(roots)))
}

/// A ticket would let the peer join one day's connection to another's.
fn without_resumption(mut config: ClientConfig) -> ClientConfig {
    config.resumption = rustls::client::Resumption::disabled();
    config
}

/// Adds what can be used of a bundle, as the system's own is read; one damaged entry is no reason to trust nothing.
fn add_file(roots: &mut RootCertStore, setting: &'static str, path: &Path, dialer: &Dialer) -> Result<(), TlsError> {
    let contents = read(setting, path, MAX_BUNDLE_BYTES)?;
    let bundle = pem::bundle(&contents).map_err(|problem| TlsError::Pem { setting, problem })?;
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

/// Adds what the system trusts. The file that SSL_CERT_FILE names is read here, since the library would wait for a pipe.
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
        return Err(MountedError { setting, problem: secret_file::FileProblem::Utf16 }.into());
    }
    Ok(contents)
}
