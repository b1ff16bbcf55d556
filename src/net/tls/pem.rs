//! Reads PEM files as tools and editors leave them: with other sections, damaged entries, text around them, and any blanks
//! and line ends.
//!
//! Must not know the settings. Sections may be keys, so copies are zeroed.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::error_chain::problems;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// The remedy where no tool helps.
const CHECK: &str = "check that it is the right file";

problems! {
    /// What is wrong with a file.
    pub enum PemProblem () {
        /// It has no bytes.
        Empty: "is empty", "pem_empty", CHECK;
        /// It is one object in binary.
        Der: "is in DER form", "pem_der",
            "convert it to PEM with `openssl x509 -inform der` (a key: `openssl pkey -inform der`)";
        /// It is an archive with a password.
        Pkcs12: "is a PKCS#12 archive (.p12, .pfx)", "pem_pkcs12",
            "extract certificates with `openssl pkcs12 -nokeys`, a key with `openssl pkcs12 -nocerts -nodes`";
        /// It is a list of certificates in another container.
        Pkcs7: "is a PKCS#7 container (.p7b)", "pem_pkcs7",
            "extract its certificates with `openssl pkcs7 -print_certs`";
        /// It is a Java keystore.
        Keystore: "is a Java keystore", "pem_keystore", "export its entry as PEM with `keytool -exportcert -rfc`";
        /// OpenSSL's own form of a certificate.
        Trusted: "has certificates in OpenSSL's TRUSTED form (BEGIN TRUSTED CERTIFICATE)", "pem_trusted_form",
            "write the usual form with `openssl x509`";
        /// A request for a certificate.
        Request: "has a certificate request, not a certificate", "pem_request",
            "use the certificate that the CA issued for it";
        /// A key where a certificate should be.
        NoCertificate: "has a key and no certificate", "pem_no_certificate", CHECK;
        /// A certificate where a key should be.
        NoKey: "has a certificate and no private key", "pem_no_key", CHECK;
        /// A key with a passphrase.
        EncryptedKey: "has an encrypted private key", "pem_encrypted_key",
            "write the key without its passphrase with `openssl pkey`";
        /// A key that cannot sign here.
        KeyKind: "has a key of an unsupported kind, such as P-521", "pem_key_kind",
            "use RSA with 2048 to 4096 bits, ECDSA with P-256 or P-384, or Ed25519";
        /// The right section, but nothing can be made of it.
        Damaged {
            /// Where it begins.
            line: usize,
        }: "has a damaged entry at line {line}", "pem_damaged", "copy the file again";
        /// Nothing of the above.
        Nothing: "has nothing in PEM form (-----BEGIN …-----)", "pem_nothing", CHECK;
    }
}

/// The certificates of a bundle, and the lines at which entries begin that cannot be used.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) certificates: Vec<(usize, CertificateDer<'static>)>,
    pub(super) unusable: Vec<usize>,
}

/// The certificates that can be read.
///
/// # Errors
/// If there is none.
pub(super) fn bundle(contents: &[u8]) -> Result<Bundle, PemProblem> {
    let mut bundle = Bundle::default();
    for section in sections(contents) {
        match section.label() {
            b"CERTIFICATE" | b"X509 CERTIFICATE" => match section.certificate() {
                Some(certificate) => bundle.certificates.push((section.line, certificate)),
                None => bundle.unusable.push(section.line),
            },
            b"TRUSTED CERTIFICATE" => bundle.unusable.push(section.line),
            _ => {}
        }
    }
    if bundle.certificates.is_empty() { Err(why_no_certificate(contents)) } else { Ok(bundle) }
}

/// A certificate and those that vouch for it, all of which have to be readable.
///
/// # Errors
/// If one is not, or there is none.
pub(super) fn chain(contents: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemProblem> {
    let bundle = bundle(contents)?;
    match bundle.unusable.first() {
        Some(line) => Err(PemProblem::Damaged { line: *line }),
        None => Ok(bundle.certificates.into_iter().map(|(_, certificate)| certificate).collect()),
    }
}

/// The first private key.
///
/// # Errors
/// If there is none that can be read.
pub(super) fn key(contents: &[u8]) -> Result<PrivateKeyDer<'static>, PemProblem> {
    let Some(section) = sections(contents).find(|section| section.label().ends_with(b"PRIVATE KEY")) else {
        let has_certificate = sections(contents).any(|section| section.label().ends_with(b"CERTIFICATE"));
        return Err(if has_certificate { PemProblem::NoKey } else { why_nothing(contents) });
    };
    if section.is_encrypted() {
        return Err(PemProblem::EncryptedKey);
    }
    if !matches!(section.label(), b"PRIVATE KEY" | b"RSA PRIVATE KEY" | b"EC PRIVATE KEY") {
        return Err(PemProblem::KeyKind);
    }
    PrivateKeyDer::from_pem_slice(&section.text()).map_err(|_| PemProblem::Damaged { line: section.line })
}

/// The likeliest mistake, by the labels.
fn why_no_certificate(contents: &[u8]) -> PemProblem {
    let mistakes = sections(contents).filter_map(|section| match section.label() {
        b"CERTIFICATE" | b"X509 CERTIFICATE" => Some((0, PemProblem::Damaged { line: section.line })),
        b"TRUSTED CERTIFICATE" => Some((1, PemProblem::Trusted)),
        label if label.starts_with(b"PKCS7") || label == b"CMS" => Some((2, PemProblem::Pkcs7)),
        label if label.ends_with(b"CERTIFICATE REQUEST") => Some((3, PemProblem::Request)),
        label if label.ends_with(b"KEY") => Some((4, PemProblem::NoCertificate)),
        _ => None,
    });
    // Of equals, the first.
    let likeliest = mistakes.min_by_key(|(rank, _)| *rank);
    likeliest.map_or_else(|| why_nothing(contents), |(_, problem)| problem)
}

/// What a file without a section is.
fn why_nothing(contents: &[u8]) -> PemProblem {
    match contents {
        _ if contents.trim_ascii().is_empty() => PemProblem::Empty,
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => PemProblem::Keystore,
        // A sequence whose length has one to three bytes, or is indefinite; an archive begins with its version, 3.
        [0x30, 0x80, 0x02, 0x01, 0x03, ..]
        | [0x30, 0x81, _, 0x02, 0x01, 0x03, ..]
        | [0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..]
        | [0x30, 0x83, _, _, _, 0x02, 0x01, 0x03, ..] => PemProblem::Pkcs12,
        [0x30, 0x80..=0x83, ..] => PemProblem::Der,
        // A short key: its version, 0 or 1, comes first.
        [0x30, _, 0x02, 0x01, 0 | 1, ..] => PemProblem::Der,
        _ => PemProblem::Nothing,
    }
}

/// What stands between a BEGIN and the next one. What follows its END is not read.
struct Section<'a> {
    /// Counted from 1.
    line: usize,
    bytes: &'a [u8],
}

impl<'a> Section<'a> {
    fn label(&self) -> &'a [u8] {
        let rest = &self.bytes[BEGIN.len()..];
        rest.split(|byte| b"-\r\n".contains(byte)).next().unwrap_or_default().trim_ascii()
    }

    /// Its lines, without blanks around them.
    fn text(&self) -> Zeroizing<Vec<u8>> {
        // Each line is copied with one end, and had one; so the text is never moved, and no copy stays behind.
        let mut text = Zeroizing::new(Vec::with_capacity(self.bytes.len() + 1));
        for line in self.bytes.split(|byte| b"\r\n".contains(byte)).map(<[u8]>::trim_ascii) {
            text.extend_from_slice(line);
            text.push(b'\n');
            if line.starts_with(END) {
                break;
            }
        }
        text
    }

    fn certificate(&self) -> Option<CertificateDer<'static>> {
        CertificateDer::from_pem_slice(&self.text()).ok()
    }

    fn is_encrypted(&self) -> bool {
        let header: &[u8] = b"ENCRYPTED";
        let says = |line: &[u8]| line.starts_with(b"Proc-Type:") && line.ends_with(header);
        self.label() == b"ENCRYPTED PRIVATE KEY" || self.text().split(|byte| *byte == b'\n').any(says)
    }
}

/// Finds the sections in one walk over the file.
fn sections(contents: &[u8]) -> impl Iterator<Item = Section<'_>> {
    let find = |bytes: &[u8]| bytes.windows(BEGIN.len()).position(|window| window == BEGIN);
    let line_ends = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    let start = find(contents).unwrap_or(contents.len());
    let (mut line, mut rest) = (1 + line_ends(&contents[..start]), &contents[start..]);
    std::iter::from_fn(move || {
        let after = rest.get(BEGIN.len()..)?;
        let end = find(after).map_or(rest.len(), |at| BEGIN.len() + at);
        let section = Section { line, bytes: &rest[..end] };
        line += line_ends(section.bytes);
        rest = &rest[end..];
        Some(section)
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_is_found_by_its_line() {
        let text =
            b"text\n\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n?\n";
        let found: Vec<_> = sections(text).map(|section| (section.line, section.label())).collect();
        assert_eq!(found, [(3, &b"CERTIFICATE"[..]), (6, b"CERTIFICATE")]);
        assert_eq!(bundle(text).unwrap().unusable, [6]);
    }

    /// Counting lines from the start for each section takes minutes for these.
    #[test]
    fn a_file_of_a_mebibyte_is_read_in_one_walk() {
        let begun = Instant::now();
        for (label, problem) in [
            ("X", PemProblem::Nothing),
            ("", PemProblem::Nothing),
            ("CERTIFICATE", PemProblem::Damaged { line: 2 }),
            ("PRIVATE KEY", PemProblem::NoCertificate),
        ] {
            let line = format!("-----BEGIN {label}\n");
            let text = format!("\n{}", line.repeat(1024 * 1024 / line.len()));
            assert_eq!(bundle(text.as_bytes()).err(), Some(problem), "{label}");
            assert!(key(text.as_bytes()).is_err(), "{label}");
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?}");
    }

    #[test]
    fn the_likeliest_mistake_is_named_whatever_comes_first() {
        let entry = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        let labels = ["PRIVATE KEY", "CERTIFICATE REQUEST", "CMS", "TRUSTED CERTIFICATE"];
        let problems = [PemProblem::NoCertificate, PemProblem::Request, PemProblem::Pkcs7, PemProblem::Trusted];
        for (last, problem) in problems.into_iter().enumerate() {
            let text: String = labels[..=last].iter().map(|label| entry(label)).collect();
            assert_eq!(bundle(text.as_bytes()).err(), Some(problem));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), text in "(-----(BEGIN|END) [A-Z0-9]{0,8}( KEY)?-{0,5}|[\\PC\\n]{0,12}){0,8}") {
            for contents in [bytes.as_slice(), text.as_bytes()] {
                let _ = (bundle(contents).is_ok(), chain(contents).is_ok(), key(contents).is_ok());
            }
        }
    }
}
