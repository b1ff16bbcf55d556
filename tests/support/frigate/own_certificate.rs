//! A certificate as the service makes it for itself at its first start: for the name `*`, without a subjectAltName, and as
//! that of an authority.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

pub struct OwnCertificate {
    directory: TempDir,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl OwnCertificate {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::OrganizationName, "DEFAULT CERT");
        params.distinguished_name.push(DnType::CommonName, "*");
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("fullchain.pem"), certificate.pem()).unwrap();
        Self { directory, certificate: certificate.into(), key }
    }

    /// The file that the service keeps it in.
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("fullchain.pem")
    }

    /// The service's side of TLS.
    pub fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let config = builder.with_no_client_auth().with_single_cert(vec![self.certificate.clone()], key);
        Arc::new(config.unwrap())
    }
}
