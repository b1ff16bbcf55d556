//! Why a handshake failed, or a peer's certificate was not accepted, in words that lead to the mistake.
//!
//! Nothing of the certificate is repeated: it is what a peer sent.

use std::error::Error;
use std::{fmt, io};

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, OtherError};

/// The settings that a sentence about a peer's certificate names.
#[derive(Debug, Clone, Copy)]
pub struct PeerNames {
    /// Names the peer.
    pub url: &'static str,
    /// Names the certificates to trust.
    pub certificate: &'static str,
}

/// Why a certificate was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No trusted certificate vouches for it.
    UnknownIssuer,
    /// It is for other names.
    OtherName,
    /// The peer is named by an address that it is not for.
    OtherAddress,
    /// It is for no name at all.
    NoName,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It was revoked.
    Revoked,
    /// It is an authority's.
    IsAuthority,
    /// It was issued by a certificate that is no authority's.
    IssuerIsNoAuthority,
    /// It is of version 1.
    Version1,
    /// It is signed in a way that is not supported.
    Algorithm,
    /// Its signature is not its issuer's, or made with a short key.
    Signature,
    /// It is for another use.
    Purpose,
    /// Its authority may not vouch for this name.
    NameConstraint,
    /// It cannot be read.
    Malformed,
    /// Something else.
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

    /// A predicate, and what to do.
    #[must_use]
    pub const fn explained(self, names: PeerNames) -> Explained {
        Explained { problem: self, names }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "is not trusted: its CA is unknown, it is self-signed, or intermediate certificates are missing"
            }
            Self::OtherName => "is for another name",
            Self::OtherAddress => "is not for this IP address",
            Self::NoName => "has no subjectAltName, and its CN is not used",
            Self::Expired => "has expired, or a certificate of its chain has",
            Self::NotYetValid => "is not valid yet",
            Self::Revoked => "was revoked",
            Self::IsAuthority => {
                "is a CA certificate (CA:TRUE, as `openssl req -x509` makes it), which is not accepted as a server's"
            }
            Self::IssuerIsNoAuthority => "was issued by a certificate that is not a CA's (CA:FALSE)",
            Self::Version1 => "is an X.509 version 1 certificate",
            Self::Algorithm => "is signed with an algorithm that is not supported, such as SHA-1",
            Self::Signature => "has an invalid signature, or one by a key that is too short",
            Self::Purpose => "is not for servers (extendedKeyUsage)",
            Self::NameConstraint => "is for a name that its CA may not issue certificates for",
            Self::Malformed => "is malformed",
            Self::Other => "is not acceptable",
        }
    }
}

/// A problem in the words of one peer's settings.
#[derive(Debug, Clone, Copy)]
pub struct Explained {
    problem: CertificateProblem,
    names: PeerNames,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use CertificateProblem as Problem;
        let PeerNames { url, certificate } = self.names;
        write!(f, "{}; ", self.problem.what())?;
        match self.problem {
            Problem::UnknownIssuer => write!(
                f,
                "set {certificate} to a PEM file with the CA's certificate (the server's own if it is self-signed), and \
                 have the server send its whole chain"
            ),
            Problem::OtherName => {
                write!(f, "use a name of the certificate in {url}, or issue one with this name in its subjectAltName")
            }
            Problem::OtherAddress => write!(
                f,
                "use a host name of the certificate in {url}, or issue one with the address in its subjectAltName (IP:…)"
            ),
            Problem::NoName => f.write_str("issue one with `-addext subjectAltName=DNS:NAME`"),
            Problem::Expired => f.write_str("renew it on the server, and check this host's clock"),
            Problem::NotYetValid => f.write_str("check this host's clock and the certificate's dates"),
            Problem::Revoked => f.write_str("replace it on the server"),
            Problem::IsAuthority => write!(
                f,
                "make one with `openssl req -x509 -addext basicConstraints=critical,CA:FALSE -addext \
                 subjectAltName=DNS:NAME`, and set {certificate} to it"
            ),
            Problem::IssuerIsNoAuthority => {
                f.write_str("issue it with a CA certificate (basicConstraints=critical,CA:TRUE)")
            }
            Problem::Version1 => {
                f.write_str("issue a version 3 certificate, with extensions (`openssl x509 -req -extfile FILE`)")
            }
            Problem::Algorithm | Problem::Signature => f.write_str(
                "issue one with SHA-256 or better and RSA with at least 2048 bits, ECDSA with P-256 or P-384, or Ed25519",
            ),
            Problem::Purpose => f.write_str("issue one with extendedKeyUsage=serverAuth"),
            Problem::NameConstraint | Problem::Malformed | Problem::Other => {
                f.write_str("check it with `openssl verify`, and issue another one")
            }
        }
    }
}

/// Why a handshake failed for another reason than the peer's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandshakeProblem {
    /// The peer and this program have no version, cipher suite or kind of key in common.
    NothingInCommon,
    /// The peer has no such name.
    UnknownName,
    /// The peer wants a certificate of this program, or another one.
    ClientCertificate,
    /// What answers does not speak TLS, or something else is wrong.
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

    /// Why, and what to do where `url` is the setting that names the peer.
    #[must_use]
    pub fn explained(self, url: &str) -> String {
        match self {
            Self::NothingInCommon => {
                "no TLS version, cipher suite or kind of key in common; the server needs TLS 1.2 or 1.3, and a key of RSA, \
                 ECDSA (P-256 or P-384) or Ed25519"
                    .to_owned()
            }
            Self::UnknownName => format!("the server does not know this host name; check the host in {url}"),
            Self::ClientCertificate => {
                format!("the server asks for a client certificate, or does not accept it; check {url} and the server")
            }
            Self::Other => format!("check that {url} uses a port that speaks TLS, or http://"),
        }
    }
}

/// Why TLS with a peer failed, if that is among the causes of `error`, and what to do.
#[must_use]
pub fn explain(error: &(dyn Error + 'static), names: PeerNames) -> Option<String> {
    let tls = std::iter::successors(Some(error), |error| inner(*error)).find_map(|error| error.downcast_ref())?;
    Some(match tls {
        rustls::Error::InvalidCertificate(fault) => {
            format!("its certificate {}", CertificateProblem::of(fault).explained(names))
        }
        other => format!("TLS handshake failed: {}", HandshakeProblem::of(other).explained(names.url)),
    })
}

/// The next error inward. An `io::Error` hides the one it was made of from `source`.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|wrapped| wrapped as &(dyn Error + 'static)),
        None => error.source(),
    }
}

/// The alerts by which a server turns down a client's certificate, or the want of one.
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
