//! The password of an account that a service is read with: in a file, or given by value.
//!
//! Must not know any one service; its folder passes the two settings.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::{Parsed, SettingsReader, Typed};
use crate::net::secret_file::{self, SecretFileError};

/// A password file larger than this is none: services accept passwords of a few hundred bytes.
const FILE_BYTES: usize = 4096;

/// The source of a password.
#[derive(Debug, Clone)]
pub enum PasswordSource {
    /// A file. It is read at each sign-in, so that it can be rotated; newlines at its end are dropped.
    File(PathBuf),
    /// The value itself.
    Value(SecretString),
}

impl PasswordSource {
    /// Reads the two settings of a password. Both at once are a conflict, which the reader records.
    pub fn configure(
        reader: &mut SettingsReader<'_>,
        file: &Typed<PathBuf>,
        value: &Typed<SecretString>,
    ) -> Parsed<Self> {
        let (path, text) = (reader.read(file), reader.read(value));
        if path.is_set() && text.is_set() {
            reader.conflict(file, format!("and {} are both set", value.variable), "remove one of them");
            return Parsed::Invalid;
        }
        match (path, text) {
            (Parsed::Valid(path), _) => Parsed::Valid(Self::File(path)),
            (_, Parsed::Valid(text)) => Parsed::Valid(Self::Value(text)),
            (Parsed::Unset, Parsed::Unset) => Parsed::Unset,
            (Parsed::Invalid, _) | (_, Parsed::Invalid) => Parsed::Invalid,
        }
    }

    /// Returns the password as it is now. `setting` names the file.
    ///
    /// # Errors
    /// If the file cannot be read, or does not have one line.
    pub fn read(&self, setting: &'static str) -> Result<SecretString, SecretFileError> {
        match self {
            Self::File(path) => secret_file::line(setting, path, FILE_BYTES),
            Self::Value(value) => Ok(value.clone()),
        }
    }
}
