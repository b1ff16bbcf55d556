//! Why a handshake failed, or a peer's certificate was not accepted.
//!
//! Nothing of the certificate is repeated, since a peer sent it.

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, OtherError};

use crate::error_chain::problems;

/// The settings that a remedy names.
#[derive(Debug, Clone, Copy)]
pub struct PeerNames {
    /// Names the peer.
    pub url: &'static str,
    /// Names the certificates to trust.
    pub certificate: &'static str,
}

problems! {
    /// Why a certificate was not accepted.
    pub enum CertificateProblem (names: PeerNames) {
        /// No trusted certificate vouches for it.
        UnknownIssuer: "is not trusted: unknown CA, self-signed, or intermediate certificates missing",
            "certificate_untrusted", format!(
                "set {} to a PEM file with the CA's certificate, and have the server send its chain",
                names.certificate
            );
        /// It is for other names.
        OtherName: "is for another name", "certificate_other_name",
            format!("use a name of the certificate in {}, or add this name to its subjectAltName", names.url);
        /// The peer is named by an address that it is not for.
        OtherAddress: "is not for this IP address", "certificate_other_address", format!(
            "use a name of the certificate in {}, or add the address to its subjectAltName (IP:…)",
            names.url
        );
        /// It is for no name at all.
        NoName: "has no subjectAltName, and its CN is not used", "certificate_no_name",
            "issue one with `-addext subjectAltName=DNS:NAME`";
        /// Its time is over.
        Expired: "has expired, or a certificate of its chain has", "certificate_expired",
            "renew it on the server, and check this host's clock";
        /// Its time has not begun.
        NotYetValid: "is not valid yet", "certificate_not_yet_valid",
            "check this host's clock and the certificate's dates";
        /// It was revoked.
        Revoked: "was revoked", "certificate_revoked", "replace it on the server";
        /// It is an authority's.
        IsAuthority: "is a CA certificate (CA:TRUE, by `openssl req -x509`), not a server's", "certificate_of_ca", format!(
            "add `-addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:NAME`, and set {} to it",
            names.certificate
        );
        /// It was issued by a certificate that is no authority's.
        IssuerIsNoAuthority: "was issued by a certificate that is not a CA's (CA:FALSE)", "certificate_issuer_not_ca",
            "issue it with a CA certificate (basicConstraints=critical,CA:TRUE)";
        /// It is of version 1.
        Version1: "is an X.509 version 1 certificate", "certificate_version_1", super::VERSION_3;
        /// It is signed in a way that is not supported.
        Algorithm: "is signed with an unsupported algorithm, such as SHA-1", "certificate_signature", SIGNATURE;
        /// Its signature is not its issuer's, or made with a short key.
        Signature: "has an invalid signature, or one by a key that is too short", "certificate_signature", SIGNATURE;
        /// It is for another use.
        Purpose: "is not for servers (extendedKeyUsage)", "certificate_purpose",
            "issue one with extendedKeyUsage=serverAuth";
        /// Its authority may not vouch for this name.
        NameConstraint: "is for a name that its CA may not issue certificates for", "certificate_invalid", VERIFY;
        /// It cannot be read.
        Malformed: "is malformed", "certificate_invalid", VERIFY;
        /// Something else.
        Other: "is not acceptable", "certificate_invalid", VERIFY;
    }
}

const SIGNATURE: &str = "use SHA-256 or better, and RSA with at least 2048 bits, ECDSA with P-256 or P-384, or Ed25519";
const VERIFY: &str = "check it with `openssl verify`, and issue another one";

impl CertificateProblem {
    /// What kind of error this is.
    #[must_use]
    pub fn of(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => Self::NoName,
            CertificateError::NotValidForNameContext { expected: ServerName::IpAddress(_), .. } => Self::OtherAddress,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::Revoked => Self::Revoked,
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Self::Algorithm,
            CertificateError::BadSignature => Self::Signature,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Self::Purpose,
            CertificateError::BadEncoding => Self::Malformed,
            CertificateError::Other(OtherError(cause)) => {
                cause.downcast_ref().map_or(Self::Other, Self::of_verification)
            }
            _ => Self::Other,
        }
    }

    /// The kinds that rustls passes on as they are.
    fn of_verification(error: &webpki::Error) -> Self {
        match error {
            webpki::Error::CaUsedAsEndEntity => Self::IsAuthority,
            webpki::Error::EndEntityUsedAsCa => Self::IssuerIsNoAuthority,
            webpki::Error::UnsupportedCertVersion => Self::Version1,
            webpki::Error::NameConstraintViolation => Self::NameConstraint,
            webpki::Error::MalformedExtensions
            | webpki::Error::ExtensionValueInvalid
            | webpki::Error::InvalidSerialNumber
            | webpki::Error::SignatureAlgorithmMismatch => Self::Malformed,
            _ => Self::Other,
        }
    }
}

problems! {
    /// Why a handshake failed for another reason than the peer's certificate.
    pub enum HandshakeProblem (url: &str) {
        /// The peer and this program have no version, cipher suite or kind of key in common.
        NothingInCommon: "no TLS version, cipher suite or kind of key in common", "tls_nothing_in_common",
            "use TLS 1.2 or 1.3 on the server, and a key of RSA, ECDSA (P-256 or P-384) or Ed25519";
        /// The peer has no such name.
        UnknownName: "the server does not know this host name", "tls_unknown_name", format!("check the host in {url}");
        /// The peer requires a certificate of this program, or another one.
        ClientCertificate: "the server requires a client certificate, or rejects it", "tls_client_certificate",
            format!("check {url} and the server");
        /// The peer does not speak TLS, or something else is wrong.
        Other: "the peer may not use TLS", "tls_handshake",
            format!("check that {url} uses a TLS port, or begins with http://");
    }
}

impl HandshakeProblem {
    /// What kind of error this is.
    #[must_use]
    pub fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::PeerIncompatible(_) => Self::NothingInCommon,
            rustls::Error::AlertReceived(
                AlertDescription::HandshakeFailure
                | AlertDescription::ProtocolVersion
                | AlertDescription::InsufficientSecurity,
            ) => Self::NothingInCommon,
            rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => Self::UnknownName,
            rustls::Error::AlertReceived(alert) if is_about_client(*alert) => Self::ClientCertificate,
            _ => Self::Other,
        }
    }
}

/// The alerts by which a server rejects a client's certificate, or the lack of one.
fn is_about_client(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
    )
}
