//! Why a handshake failed, or a peer's certificate was not accepted.
//!
//! Nothing of the certificate is repeated, since a peer sent it.

use std::borrow::Cow;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, OtherError};

use crate::error_chain::Description;

/// The settings that a remedy names.
#[derive(Debug, Clone, Copy)]
pub struct PeerNames {
    /// Names the peer.
    pub url: &'static str,
    /// Names the certificates to trust.
    pub certificate: &'static str,
}

/// Why a certificate was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// No trusted certificate vouches for it.
    #[error("is not trusted: unknown CA, self-signed, or intermediate certificates missing")]
    UnknownIssuer,
    /// It is for other names.
    #[error("is for another name")]
    OtherName,
    /// The peer is named by an address that it is not for.
    #[error("is not for this IP address")]
    OtherAddress,
    /// It is for no name at all.
    #[error("has no subjectAltName, and its CN is not used")]
    NoName,
    /// Its time is over.
    #[error("has expired, or a certificate of its chain has")]
    Expired,
    /// Its time has not begun.
    #[error("is not valid yet")]
    NotYetValid,
    /// It was revoked.
    #[error("was revoked")]
    Revoked,
    /// It is an authority's.
    #[error("is a CA certificate (CA:TRUE, by `openssl req -x509`), not a server's")]
    IsAuthority,
    /// It was issued by a certificate that is no authority's.
    #[error("was issued by a certificate that is not a CA's (CA:FALSE)")]
    IssuerIsNoAuthority,
    /// It is of version 1.
    #[error("is an X.509 version 1 certificate")]
    Version1,
    /// It is signed in a way that is not supported.
    #[error("is signed with an unsupported algorithm, such as SHA-1")]
    Algorithm,
    /// Its signature is not its issuer's, or made with a short key.
    #[error("has an invalid signature, or one by a key that is too short")]
    Signature,
    /// It is for another use.
    #[error("is not for servers (extendedKeyUsage)")]
    Purpose,
    /// Its authority may not vouch for this name.
    #[error("is for a name that its CA may not issue certificates for")]
    NameConstraint,
    /// It cannot be read.
    #[error("is malformed")]
    Malformed,
    /// Something else.
    #[error("is not acceptable")]
    Other,
}

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

    /// The code and the remedy, with the settings of the peer.
    #[must_use]
    pub fn describe(self, PeerNames { url, certificate }: PeerNames) -> Description {
        let (code, remedy): (_, Cow<'static, str>) = match self {
            Self::UnknownIssuer => (
                "certificate_untrusted",
                format!(
                    "set {certificate} to a PEM file with the CA's certificate, and have the server send its chain"
                )
                .into(),
            ),
            Self::OtherName => (
                "certificate_other_name",
                format!("use a name of the certificate in {url}, or add this name to its subjectAltName").into(),
            ),
            Self::OtherAddress => (
                "certificate_other_address",
                format!("use a name of the certificate in {url}, or add the address to its subjectAltName (IP:…)")
                    .into(),
            ),
            Self::NoName => ("certificate_no_name", "issue one with `-addext subjectAltName=DNS:NAME`".into()),
            Self::Expired => ("certificate_expired", "renew it on the server, and check this host's clock".into()),
            Self::NotYetValid => {
                ("certificate_not_yet_valid", "check this host's clock and the certificate's dates".into())
            }
            Self::Revoked => ("certificate_revoked", "replace it on the server".into()),
            Self::IsAuthority => (
                "certificate_of_ca",
                format!(
                    "add `-addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:NAME`, and set \
                     {certificate} to it"
                )
                .into(),
            ),
            Self::IssuerIsNoAuthority => (
                "certificate_issuer_not_ca",
                "issue it with a CA certificate (basicConstraints=critical,CA:TRUE)".into(),
            ),
            Self::Version1 => ("certificate_version_1", super::VERSION_3.into()),
            Self::Algorithm | Self::Signature => (
                "certificate_signature",
                "use SHA-256 or better, and RSA with at least 2048 bits, ECDSA with P-256 or P-384, or Ed25519".into(),
            ),
            Self::Purpose => ("certificate_purpose", "issue one with extendedKeyUsage=serverAuth".into()),
            Self::NameConstraint | Self::Malformed | Self::Other => {
                ("certificate_invalid", "check it with `openssl verify`, and issue another one".into())
            }
        };
        Description::new(code).remedy(remedy)
    }
}

/// Why a handshake failed for another reason than the peer's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeProblem {
    /// The peer and this program have no version, cipher suite or kind of key in common.
    #[error("no TLS version, cipher suite or kind of key in common")]
    NothingInCommon,
    /// The peer has no such name.
    #[error("the server does not know this host name")]
    UnknownName,
    /// The peer requires a certificate of this program, or another one.
    #[error("the server requires a client certificate, or rejects it")]
    ClientCertificate,
    /// The peer does not speak TLS, or something else is wrong.
    #[error("the peer may not use TLS")]
    Other,
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

    /// The code and the remedy, with the setting that names the peer.
    #[must_use]
    pub fn describe(self, url: &str) -> Description {
        let (code, remedy): (_, Cow<'static, str>) = match self {
            Self::NothingInCommon => (
                "tls_nothing_in_common",
                "use TLS 1.2 or 1.3 on the server, and a key of RSA, ECDSA (P-256 or P-384) or Ed25519".into(),
            ),
            Self::UnknownName => ("tls_unknown_name", format!("check the host in {url}").into()),
            Self::ClientCertificate => ("tls_client_certificate", format!("check {url} and the server").into()),
            Self::Other => {
                ("tls_handshake", format!("check that {url} uses a TLS port, or begins with http://").into())
            }
        };
        Description::new(code).remedy(remedy)
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
