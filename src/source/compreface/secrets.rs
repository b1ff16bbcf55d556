//! The secrets that pass through: the account's credentials and the keys of recognition services.
//!
//! Every copy made here is redacted when shown and zeroed when dropped.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use super::settings::{COMPREFACE_PASSWORD_FILE, ServiceSettings};
use crate::net::secret_file::SecretFileError;
use crate::source::http::secret_header;

/// What an account signs in with, for the time of one sign-in.
#[derive(Debug)]
pub(super) struct Credentials {
    email: SecretString,
    password: SecretString,
}

impl Credentials {
    /// Reads them; the password file is read each time, so that it can be rotated.
    pub(super) fn read(settings: &ServiceSettings) -> Result<Self, SecretFileError> {
        let password = settings.password.read(COMPREFACE_PASSWORD_FILE.variable)?;
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
        let mut text = Zeroizing::new([0; uuid::fmt::Hyphenated::LENGTH]);
        Uuid::from_bytes_ref(&self.0).as_hyphenated().encode_lower(&mut *text);
        secret_header(&[&*text])
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
