//! A service's own certificate, as the service made it for itself: for no name, for another one, or as that of an authority.
//!
//! It is accepted if it is, byte for byte, the first certificate of the file that the operator trusts, also after it has
//! expired. Every other certificate is verified as usual.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::{TlsError, add_bundle, bundle, without_resumption};
use crate::net::Dialer;

/// A client that trusts the certificates of this file, and also accepts the first of them as the server's own.
///
/// # Errors
/// If nothing of the file can be used.
pub fn client_accepting(file: &Path, setting: &'static str, dialer: &Dialer) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    let bundle = bundle(setting, file)?;
    let accepted = bundle.certificates.first().map(|(_, certificate)| certificate.clone());
    add_bundle(&mut roots, setting, bundle, dialer)?;
    let provider = Arc::new(ring::default_provider());
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let usual = usual.map_err(|_| TlsError::NoRoots { setting })?;
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Unusable)?;
    let verifier = Arc::new(OwnCertificate { accepted, usual });
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok(without_resumption(builder.with_no_client_auth()))
}

/// Accepts one certificate as it is.
#[derive(Debug)]
struct OwnCertificate {
    accepted: Option<CertificateDer<'static>>,
    /// Verifies all other certificates, and the signature of every handshake.
    usual: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for OwnCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.accepted.as_ref() == Some(end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}
