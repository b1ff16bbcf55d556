//! The secrets that pass through: the account's credentials and the keys of recognition services.
//!
//! Every copy made here is redacted when shown and zeroed when dropped.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use super::settings::{COMPREFACE_PASSWORD_FILE, PasswordSource, ServiceSettings};
use crate::net::secret_file::{self, ReadProblem, SecretFileError};
use crate::source::http::secret_header;

/// A password file larger than this is none: the service's own limit is far below.
const PASSWORD_FILE_BYTES: usize = 4096;

/// What an account signs in with, for the time of one sign-in.
#[derive(Debug)]
pub(super) struct Credentials {
    email: SecretString,
    password: SecretString,
}

impl Credentials {
    /// Reads them; the password file is read each time, so that it can be rotated.
    pub(super) fn read(settings: &ServiceSettings) -> Result<Self, SecretFileError> {
        let password = match &settings.password {
            PasswordSource::File(path) => password_file(path)?,
            PasswordSource::Value(value) => value.clone(),
        };
        Ok(Self { email: settings.email.clone(), password })
    }

    #[cfg(test)]
    pub(super) fn for_test() -> Self {
        Self { email: "a+b@example.com".into(), password: "p&ä =%".into() }
    }

    /// The form that the service expects.
    pub(super) fn form(&self) -> Bytes {
        let (email, password) = (self.email.expose_secret(), self.password.expose_secret());
        // Room for every byte percent-encoded, so that the text is never moved and no copy stays behind.
        let mut text = Zeroizing::new(String::with_capacity(64 + 3 * (email.len() + password.len())));
        form_urlencoded::Serializer::new(&mut *text)
            .append_pair("grant_type", "password")
            .append_pair("username", email)
            .append_pair("password", password)
            .finish();
        Bytes::from_owner(ZeroizedText(text))
    }
}

struct ZeroizedText(Zeroizing<String>);

impl AsRef<[u8]> for ZeroizedText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Reads a password from a mounted Secret: one line. Its end is dropped, however often it is there, and so is a byte order
/// mark; blanks are a password's own.
fn password_file(path: &Path) -> Result<SecretString, SecretFileError> {
    let setting = COMPREFACE_PASSWORD_FILE.variable;
    let contents = secret_file::read(setting, path, PASSWORD_FILE_BYTES)?;
    let password = secret_file::text(setting, &contents)?.trim_end_matches(['\r', '\n']);
    let problem = match password {
        "" => ReadProblem::Empty,
        lines if lines.contains(['\r', '\n']) => ReadProblem::Lines,
        line => return Ok(SecretString::from(line)),
    };
    Err(SecretFileError { setting, problem })
}

/// The key of a recognition service, with which its faces can be read and changed.
/// Boxed, so that moving it leaves no copy behind.
#[derive(Clone, ZeroizeOnDrop, PartialEq, Eq)]
pub(super) struct ApiKey(Box<[u8; 16]>);

impl ApiKey {
    /// Reads a key: a UUID in lower case. The service does not know the same key in upper case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut uuid = canonical_uuid(text)?.into_bytes();
        let key = Self(Box::new(uuid));
        uuid.zeroize();
        Some(key)
    }

    /// As the service wants it.
    pub(super) fn header(&self) -> Result<HeaderValue, http::Error> {
        let mut text = Zeroizing::new(vec![0; uuid::fmt::Hyphenated::LENGTH]);
        Uuid::from_bytes_ref(&self.0).as_hyphenated().encode_lower(&mut text);
        secret_header(text)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

/// A UUID in its usual form of 36 characters in lower case, as CompreFace writes every id: any other form would be
/// another id to it once it stands in a path.
pub(super) fn canonical_uuid(text: &str) -> Option<Uuid> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn read(content: &[u8]) -> Result<SecretString, ReadProblem> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        password_file(file.path()).map_err(|error| error.problem)
    }

    #[test]
    fn password_is_read_without_line_ends() {
        for (content, password) in [
            ("pass", "pass"),
            ("pass\n", "pass"),
            ("pass\r\n", "pass"),
            ("pass\n\n", "pass"),
            ("pass\r\n\r\n", "pass"),
            ("pass\r", "pass"),
            (" pass ", " pass "),
            (" pass \n", " pass "),
            ("pass\t", "pass\t"),
            ("\u{feff}pass\r\n", "pass"),
            ("p\u{e4}ss\n", "p\u{e4}ss"),
        ] {
            assert_eq!(read(content.as_bytes()).unwrap().expose_secret(), password, "{content:?}");
        }
    }

    #[test]
    fn unusable_password_file_is_refused_with_its_problem() {
        let utf16: Vec<u8> = "\u{feff}pass\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(read(&utf16), Err(ReadProblem::Utf16)));
        for content in ["", "\n", "\r\n\n", "\u{feff}", "\u{feff}\r\n"] {
            assert!(matches!(read(content.as_bytes()), Err(ReadProblem::Empty)), "{content:?}");
        }
        for content in ["pass\nword", "\npass", "# the password\npass\n"] {
            assert!(matches!(read(content.as_bytes()), Err(ReadProblem::Lines)), "{content:?}");
        }
        for content in [&b"pass\xe4"[..], b"pa\0ss", b"pass\n\0"] {
            assert!(matches!(read(content), Err(ReadProblem::NotText)), "{content:?}");
        }
        assert!(matches!(read(&[b'a'; 5000]), Err(ReadProblem::TooLarge(_))));
        assert!(password_file(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn form_is_percent_encoded() {
        let credentials = Credentials::for_test();
        assert_eq!(credentials.form(), "grant_type=password&username=a%2Bb%40example.com&password=p%26%C3%A4+%3D%25");
        assert!(!format!("{credentials:?}").contains("example"));
    }

    #[test]
    fn id_is_accepted_in_lower_case_only() {
        let id = "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30";
        assert!(canonical_uuid(id).is_some());
        for other in [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), "x".repeat(36), String::new()] {
            assert_eq!(canonical_uuid(&other), None);
        }
        let key = ApiKey::parse(id).unwrap();
        let header = key.header().unwrap();
        assert_eq!(header, id);
        assert_eq!(format!("{key:?} {header:?}"), "ApiKey(redacted) Sensitive");
    }
}
