//! The secrets that pass through: the account's credentials and the keys of recognition services.
//!
//! Every copy made here is redacted when shown and zeroed when dropped.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::config::{PasswordSource, ServiceSettings};
use crate::source::SourceError;

/// A password file larger than this is none: the service's own limit is far below.
const PASSWORD_FILE_BYTES: usize = 4096;

/// A header value that hyper will not print, of bytes that are zeroed after use.
pub(super) fn secret_value(text: Zeroizing<Vec<u8>>) -> Result<HeaderValue, http::Error> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What an account signs in with, for the time of one sign-in.
#[derive(Debug)]
pub(super) struct Credentials {
    email: SecretString,
    password: SecretString,
}

impl Credentials {
    /// Reads them; the password file is read each time, so that it can be rotated.
    pub(super) fn read(settings: &ServiceSettings) -> Result<Self, SourceError> {
        let password = match &settings.password {
            PasswordSource::File(path) => password_file(path).map_err(SourceError::Password)?,
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

/// Reads a password from a mounted Secret; one newline at its end is dropped.
fn password_file(path: &Path) -> io::Result<SecretString> {
    // One byte more than allowed tells a file that is too long; the buffer is never moved.
    let mut bytes = Zeroizing::new(vec![0; PASSWORD_FILE_BYTES + 1]);
    let mut file = File::open(path)?;
    let mut length = 0;
    while length < bytes.len() {
        match file.read(&mut bytes[length..])? {
            0 => break,
            read => length += read,
        }
    }
    if length > PASSWORD_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is larger than 4096 bytes"));
    }
    let text = std::str::from_utf8(&bytes[..length])
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is empty"));
    }
    Ok(SecretString::from(text))
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
        secret_value(text)
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

    fn read(content: &[u8]) -> io::Result<SecretString> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        password_file(file.path())
    }

    #[test]
    fn one_newline_at_the_end_is_dropped() {
        for (content, password) in
            [("pass", "pass"), ("pass\n", "pass"), ("pass\r\n", "pass"), ("pass\n\n", "pass\n"), (" pass ", " pass ")]
        {
            assert_eq!(read(content.as_bytes()).unwrap().expose_secret(), password);
        }
    }

    #[test]
    fn what_is_no_password_is_refused() {
        for content in [&b""[..], b"\n", b"\xff\xfe", &[b'a'; 5000]] {
            assert!(read(content).is_err());
        }
        assert!(password_file(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn the_form_is_percent_encoded() {
        let credentials = Credentials::for_test();
        assert_eq!(credentials.form(), "grant_type=password&username=a%2Bb%40example.com&password=p%26%C3%A4+%3D%25");
        assert!(!format!("{credentials:?}").contains("example"));
    }

    #[test]
    fn only_the_usual_form_in_lower_case_is_an_id() {
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
