//! The inventory document's rows of the settings table, and what is read by them.
//!
//! Must not know the settings of the report.

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use http::Uri;
use percent_encoding::percent_decode_str;

use crate::config::Accepts::Form;
use crate::config::DefaultValue::{None as Without, Required};
use crate::config::{BaseUrl, BaseUrlError, Group, Invalid, Parsed, Setting, SettingsReader, settings, values};

settings! {
    INVENTORY_URL: DocumentLocation = location, {
        flag: Some("inventory-url"), group: Group::Service("Inventory document"), value: "URL",
        default: Required, accepts: Form("a URL such as http://127.0.0.1:8000/inventory or file:/path"),
        help: "Address of the inventory document",
        detail: "The whole URL. `file:` names a file, such as one in a shared volume.", chart: "inventory.url",
    };
    INVENTORY_TOKEN_FILE: PathBuf = values::path, {
        flag: Some("inventory-token-file"), group: Group::Service("Inventory document"), value: "FILE",
        accepts: Form("the path of a file with the token"),
        help: "File with the bearer token for the document",
        detail: "A regular file, read again at each scrape.", chart: "inventory.existingSecret",
    };
    INVENTORY_CERTIFICATE: PathBuf = values::path, {
        flag: Some("inventory-certificate"), group: Group::Service("Inventory document"), value: "FILE",
        default: Without("the system's"), accepts: Form("the path of a file"),
        help: "PEM file with trusted certificates of an https:// URL", chart: "inventory.certificate.existingSecret",
    };
}

/// Where the document is.
#[derive(Clone, PartialEq, Eq)]
pub enum DocumentLocation {
    /// At a URL of a server.
    Url(Uri),
    /// In a file.
    File(PathBuf),
}

impl fmt::Debug for DocumentLocation {
    /// A query may have a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DocumentLocation")
    }
}

/// The document that is read, and what it takes.
#[derive(Debug, Clone)]
pub struct InventorySettings {
    /// Where the document is.
    pub location: DocumentLocation,
    /// A file with the bearer token. It is read at each scrape, so that it can be rotated.
    pub token_file: Option<PathBuf>,
    /// A PEM file with the trusted certificates; the system's if absent.
    pub certificate: Option<PathBuf>,
}

/// Reads the settings. What is missing or invalid is recorded by the reader, and the result is absent.
pub fn configure(reader: &mut SettingsReader<'_>) -> Option<InventorySettings> {
    let location = reader.read(&INVENTORY_URL);
    let token_file = reader.read(&INVENTORY_TOKEN_FILE);
    let certificate = reader.read(&INVENTORY_CERTIFICATE);
    if !location.is_set() {
        reader.require(&INVENTORY_URL);
    }
    if matches!(location, Parsed::Valid(DocumentLocation::File(_))) {
        let given: [(bool, &Setting); 2] =
            [(token_file.is_set(), &INVENTORY_TOKEN_FILE), (certificate.is_set(), &INVENTORY_CERTIFICATE)];
        for (_, setting) in given.into_iter().filter(|(is_set, _)| *is_set) {
            reader.conflict(setting, "has no effect on a file: URL", "remove it");
        }
    }
    let (token_file, certificate) = (token_file.optional()?, certificate.optional()?);
    Some(InventorySettings { location: location.valid()?, token_file, certificate })
}

fn location(setting: &Setting, text: &str) -> Result<DocumentLocation, Invalid> {
    let text = text.trim_ascii();
    match text.split_at_checked("file:".len()) {
        Some((scheme, path)) if scheme.eq_ignore_ascii_case("file:") => file(path).map(DocumentLocation::File),
        _ => url(setting, text).map(DocumentLocation::Url),
    }
}

/// Reads a URL as it stands; a query is a part of it.
fn url(setting: &Setting, text: &str) -> Result<Uri, Invalid> {
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    if BaseUrl::parse(base) == Err(BaseUrlError::Scheme) {
        return Err(Invalid::expected(setting));
    }
    values::base_url(base, format_args!("set {}", INVENTORY_TOKEN_FILE.variable))?;
    if query.contains('#') {
        Err(BaseUrlError::Fragment.into())
    } else if query.contains(|character: char| character.is_whitespace() || character.is_control()) {
        Err(BaseUrlError::Blank.into())
    } else if query.is_ascii() {
        text.parse().map_err(|_| Invalid::expected(setting))
    } else {
        Err(BaseUrlError::NotAscii.into())
    }
}

/// Reads what follows `file:`, an absolute path with or without an empty host before it.
fn file(text: &str) -> Result<PathBuf, Invalid> {
    let path = match text.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => text,
    };
    if !path.starts_with('/') || path.len() == 1 {
        return Err(Invalid::because("has no absolute path after file:", "write it as in `file:/path`"));
    }
    if path.contains(['?', '#']) {
        return Err(Invalid::because("must not contain ? or # after file:", "write them as %3F and %23"));
    }
    let path: Vec<u8> = percent_decode_str(path).collect();
    if path.contains(&0) {
        return Err(Invalid::because("must not contain a NUL character", "remove it"));
    }
    Ok(PathBuf::from(OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DocumentLocation, String> {
        location(&INVENTORY_URL, text).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn url_is_kept_as_it_stands() {
        for (text, kept) in [
            ("http://127.0.0.1:8000/inventory", "http://127.0.0.1:8000/inventory"),
            ("http://127.0.0.1:8000/inventory/", "http://127.0.0.1:8000/inventory/"),
            ("https://a.example/x?format=json&y=%20", "https://a.example/x?format=json&y=%20"),
            (" http://a.example\n", "http://a.example/"),
            ("http://[::1]:8000/a.json", "http://[::1]:8000/a.json"),
        ] {
            assert_eq!(parse(text), Ok(DocumentLocation::Url(kept.parse().unwrap())), "{text}");
        }
    }

    #[test]
    fn file_url_becomes_a_path() {
        for (text, path) in [
            ("file:/run/inventory.json", "/run/inventory.json"),
            ("file:///run/inventory.json", "/run/inventory.json"),
            ("file://localhost/run/inventory.json", "/run/inventory.json"),
            ("FILE:/run/a%20b.json", "/run/a b.json"),
            ("file:/run/a b.json", "/run/a b.json"),
        ] {
            assert_eq!(parse(text), Ok(DocumentLocation::File(PathBuf::from(path))), "{text}");
        }
    }

    #[test]
    fn invalid_location_is_refused_without_repeating_it() {
        for text in [
            "hunter2",
            "ftp://hunter2.example/x",
            "http://",
            "http://user:hunter2@a.example/x",
            "http://a.example/x?hunter2#y",
            "http://a.example/x?hunter2 y",
            "http://a.example/x?hunter2\u{e4}",
            "http://a.example:hunter2/x",
            "file:hunter2",
            "file:",
            "file:/",
            "file:///",
            "file://hunter2/path",
            "file:/hunter2?x",
            "file:/hunter2#x",
            "file:/hunter2%00",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{text}: {error}");
        }
        assert!(parse("http://user:hunter2@a.example/x").unwrap_err().contains(INVENTORY_TOKEN_FILE.variable));
        assert!(!format!("{:?}", parse("http://a.example/x?hunter2").unwrap()).contains("hunter2"));
    }
}
