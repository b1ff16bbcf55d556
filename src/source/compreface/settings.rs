//! CompreFace's rows of the settings table, and what is read by them.
//!
//! Must not know the settings of the report.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::Accepts::Form;
use crate::config::DefaultValue::{None as Without, Required};
use crate::config::{BaseUrl, Group, Invalid, Setting, SettingsReader, settings, values};
use crate::source::PasswordSource;

settings! {
    COMPREFACE_URL: BaseUrl = url, {
        flag: Some("compreface-url"), group: Group::Service("CompreFace"), value: "URL",
        default: Required, accepts: Form("a URL such as http://127.0.0.1:8080"),
        help: "Address of the admin API",
        detail: "It leads to the front end, which serves both APIs, or to the admin service.", chart: "compreface.url",
    };
    COMPREFACE_CORE_URL: BaseUrl = url, {
        flag: Some("compreface-core-url"), group: Group::Service("CompreFace"), value: "URL",
        default: Without("the address of the admin API"), accepts: Form("a URL such as http://127.0.0.1:8080"),
        help: "Address of the core API, if different", chart: "compreface.coreUrl",
    };
    COMPREFACE_EMAIL: SecretString = email, {
        flag: Some("compreface-email"), group: Group::Service("CompreFace"), value: "EMAIL",
        default: Required, accepts: Form("an email address such as name@example.org"),
        help: "Email of an owner or administrator account", chart: "compreface.email",
    };
    COMPREFACE_PASSWORD_FILE: PathBuf = values::path, {
        flag: Some("compreface-password-file"), group: Group::Service("CompreFace"), value: "FILE",
        accepts: Form("the path of a file with the password"),
        help: "File with the account's password",
        detail: "A regular file, read again at each sign-in. Set this or HEADCOUNT_COMPREFACE_PASSWORD.",
        chart: "compreface.existingSecret",
    };
    COMPREFACE_PASSWORD: SecretString = |_, text| Ok(SecretString::from(text)), {
        group: Group::Service("CompreFace"), help: "The account's password, if it is in no file",
    };
    COMPREFACE_CERTIFICATE: PathBuf = values::path, {
        flag: Some("compreface-certificate"), group: Group::Service("CompreFace"), value: "FILE",
        default: Without("the system's"), accepts: Form("the path of a file"),
        help: "PEM file with trusted certificates of an https:// service",
        chart: "compreface.certificate.existingSecret",
    };
}

/// The service that is read, and the account that reads it.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// The base of `/admin/...`.
    pub admin_url: BaseUrl,
    /// The base of `/api/v1/...`.
    pub core_url: BaseUrl,
    /// The account's email address: personal, so it is never shown.
    pub email: SecretString,
    /// The account's password.
    pub password: PasswordSource,
    /// A PEM file with the trusted certificates; the system's if absent. It is read before connections are opened.
    pub certificate: Option<PathBuf>,
}

/// Reads the service's settings. What is missing or invalid is recorded by the reader, and the result is absent.
pub fn configure(reader: &mut SettingsReader<'_>) -> Option<ServiceSettings> {
    let admin_url = reader.read(&COMPREFACE_URL);
    let core_url = reader.read(&COMPREFACE_CORE_URL);
    let email = reader.read(&COMPREFACE_EMAIL);
    let password = PasswordSource::configure(reader, &COMPREFACE_PASSWORD_FILE, &COMPREFACE_PASSWORD);
    let certificate = reader.read(&COMPREFACE_CERTIFICATE);
    let required: [(bool, &Setting); 3] = [
        (admin_url.is_set(), &COMPREFACE_URL),
        (email.is_set(), &COMPREFACE_EMAIL),
        (password.is_set(), &COMPREFACE_PASSWORD_FILE),
    ];
    for (_, setting) in required.into_iter().filter(|(is_set, _)| !is_set) {
        reader.require(setting);
    }
    let admin_url = admin_url.valid()?;
    let core_url = core_url.optional()?.unwrap_or_else(|| admin_url.clone());
    let certificate = certificate.optional()?;
    Some(ServiceSettings { admin_url, core_url, email: email.valid()?, password: password.valid()?, certificate })
}

/// The paths of the two APIs, and those of the pages that a browser's address bar shows before the sign-in. No base ends so.
const OWN_PATHS: [&str; 4] = ["/admin", "/api/v1", "/login", "/sign-up"];
/// The start of the core API's paths. Below another segment a base may end so, as `/team/api` does.
const CORE_PATH: &str = "/api";

/// Reads the base of one of the APIs.
fn url(_: &Setting, text: &str) -> Result<BaseUrl, Invalid> {
    let (email, password) = (COMPREFACE_EMAIL.variable, COMPREFACE_PASSWORD_FILE.variable);
    let url = values::base_url(text, format_args!("set {email} and {password}"))?;
    let path = url.path().to_ascii_lowercase();
    if path == CORE_PATH || OWN_PATHS.iter().any(|end| path.ends_with(end)) {
        return Err(Invalid::because(
            "ends in a path of the service, such as /admin, /api/v1 or /login",
            "remove that path, since headcount appends its own",
        ));
    }
    Ok(url)
}

fn email(setting: &Setting, text: &str) -> Result<SecretString, Invalid> {
    let is_address = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(|character: char| character.is_whitespace() || character.is_control());
    if is_address { Ok(SecretString::from(text)) } else { Err(Invalid::expected(setting)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BaseUrlError;

    #[test]
    fn url_with_credentials_names_the_settings_for_them() {
        for text in ["https://user:hunter2@a.example", "https://user@a.example:4318", "https://u:p@rt@a.example"] {
            let error = format!("{:?}", url(&COMPREFACE_URL, text).unwrap_err());
            assert!(error.contains(COMPREFACE_EMAIL.variable) && !error.contains("hunter2"), "{error}");
        }
        for text in ["https://a.example?token=hunter2", "https://a.example/v1/metrics?x", "https://a.example/?"] {
            let error = url(&COMPREFACE_URL, text).unwrap_err();
            assert_eq!(error, Invalid::from(BaseUrlError::Query), "{text}");
        }
    }

    #[test]
    fn url_with_a_path_of_the_service_is_invalid() {
        for path in [
            "/admin",
            "/admin/",
            "/Admin",
            "/faces/admin",
            "/api",
            "/api/v1",
            "/api/v1/",
            "/team/api/v1",
            "/faces/login",
            "/login",
            "/login/",
            "/sign-up",
        ] {
            let text = format!("http://a.example:8000{path}");
            let error = format!("{:?}", url(&COMPREFACE_URL, &text).unwrap_err());
            assert!(error.contains("path of the service"), "{text}: {error}");
            assert!(BaseUrl::endpoint(&text).is_ok(), "{text}");
        }
        for path in [
            "",
            "/",
            "/faces",
            "/administration",
            "/compreface/core",
            "/admin/compreface",
            "/team/api",
            "/api/faces",
            "/api/v1/faces",
        ] {
            assert!(url(&COMPREFACE_URL, &format!("http://a.example:8000{path}")).is_ok(), "{path}");
        }
    }
}
