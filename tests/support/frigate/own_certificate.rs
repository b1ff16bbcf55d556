//! A certificate as the service makes it for itself at its first start: for the name `*`, without a subjectAltName, and as
//! that of an authority.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
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
        Self::valid_until(2099)
    }

    pub fn expired() -> Self {
        Self::valid_until(2001)
    }

    fn valid_until(year: i32) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(year, 1, 1));
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

    /// A file with all these files.
    pub fn bundle(&self, files: [PathBuf; 2]) -> PathBuf {
        let path = self.directory.path().join("bundle.pem");
        std::fs::write(&path, files.map(|file| std::fs::read_to_string(file).unwrap()).concat()).unwrap();
        path
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
