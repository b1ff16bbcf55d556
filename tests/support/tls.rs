//! Certificates for tests, made anew each time, as PEM files in a directory of their own.
#![allow(dead_code, unreachable_pub, missing_debug_implementations)]
#![allow(clippy::unwrap_used, reason = "here, a panic is the test's message")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use headcount::net::tls::ClientIdentity;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;

/// The names that the server's certificate is made out to.
pub const SERVER_NAMES: [&str; 6] =
    ["localhost", "127.0.0.1", "::1", super::endpoint::HOST, "proxy.example.com", "compreface.test"];

/// An authority, a server's certificate, a client's, and an authority that issued none of them.
pub struct Certificates {
    directory: TempDir,
}

impl Certificates {
    /// Makes them.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificates = Self { directory };
        let authority = certificates.authority("ca");
        certificates.authority("other-ca");
        let issued = |name, names: &[&str], usage| certificates.issue(&authority, name, names, usage);
        issued("server", &SERVER_NAMES, ExtendedKeyUsagePurpose::ServerAuth);
        issued("misnamed", &["elsewhere.example.org"], ExtendedKeyUsagePurpose::ServerAuth);
        issued("client", &["client.example.org"], ExtendedKeyUsagePurpose::ClientAuth);
        certificates
    }

    fn authority(&self, name: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(self.path(&format!("{name}.pem")), authority.pem()).unwrap();
        authority
    }

    fn issue(
        &self,
        authority: &CertifiedIssuer<'static, KeyPair>,
        name: &str,
        names: &[&str],
        usage: ExtendedKeyUsagePurpose,
    ) {
        let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, authority).unwrap();
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    /// A file by its name: `ca.pem`, `other-ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The authority's certificate.
    pub fn ca(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// The client's certificate and key.
    pub fn client(&self) -> ClientIdentity {
        ClientIdentity { certificate: self.path("client.pem"), key: self.path("client.key") }
    }

    /// A server's side of TLS.
    pub fn server(&self, alpn: &[&[u8]], ask_client: bool) -> Arc<ServerConfig> {
        self.server_as("server", alpn, ask_client)
    }

    /// The same, with another certificate: `misnamed` is made out to another name.
    pub fn server_as(&self, name: &str, alpn: &[&[u8]], ask_client: bool) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if ask_client {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(self.ca()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).unwrap()];
        let key = PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Arc::new(config)
    }
}
