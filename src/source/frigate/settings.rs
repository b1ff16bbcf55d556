//! Frigate's rows of the settings table, and what is read by them.
//!
//! Must not know the settings of the report.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::Accepts::Form;
use crate::config::DefaultValue::{None as Without, Required};
use crate::config::{BaseUrl, Group, Invalid, Parsed, Setting, SettingsReader, settings, values};
use crate::source::PasswordSource;

settings! {
    FRIGATE_URL: BaseUrl = url, {
        flag: Some("frigate-url"), group: Group::Service("Frigate"), value: "URL",
        default: Required, accepts: Form("a URL such as http://frigate:5000"),
        help: "Address of Frigate",
        detail: "Port 5000 needs no account and must be reachable in the container network alone. Port 8971 needs an account, and \
                 https:// unless TLS is turned off in Frigate.",
        chart: "frigate.url",
    };
    FRIGATE_USER: SecretString = user, {
        flag: Some("frigate-user"), group: Group::Service("Frigate"), value: "USER",
        default: Without("no sign-in"), accepts: Form("the name of a user"),
        help: "User with the role admin; without one, no sign-in", chart: "frigate.user",
    };
    FRIGATE_PASSWORD_FILE: PathBuf = values::path, {
        flag: Some("frigate-password-file"), group: Group::Service("Frigate"), value: "FILE",
        accepts: Form("the path of a file with the password"),
        help: "File with the user's password",
        detail: "A regular file, read again at each sign-in. Set this or HEADCOUNT_FRIGATE_PASSWORD, if a user is set.",
        chart: "frigate.existingSecret",
    };
    FRIGATE_PASSWORD: SecretString = |_, text| Ok(SecretString::from(text)), {
        group: Group::Service("Frigate"), help: "The user's password, if it is in no file",
    };
    FRIGATE_CERTIFICATE: PathBuf = values::path, {
        flag: Some("frigate-certificate"), group: Group::Service("Frigate"), value: "FILE",
        default: Without("the system's"), accepts: Form("the path of a file"),
        help: "PEM file with trusted certificates of an https:// service",
        detail: "Frigate's own certificate (fullchain.pem) is accepted whatever name it is for, also after it has expired, \
                 if it is the first of the file.",
        chart: "frigate.certificate.existingSecret",
    };
}

/// The service that is read, and the account that reads it.
#[derive(Debug, Clone)]
pub struct FrigateSettings {
    /// The base of `/api/...`.
    pub url: BaseUrl,
    /// The account; without one nothing is signed in.
    pub account: Option<FrigateAccount>,
    /// A PEM file with the trusted certificates; the system's if absent. It is read before connections are opened.
    pub certificate: Option<PathBuf>,
}

/// An account of the service.
#[derive(Debug, Clone)]
pub struct FrigateAccount {
    /// Its name: personal, so it is never shown.
    pub user: SecretString,
    /// Its password.
    pub password: PasswordSource,
}

/// Reads the service's settings. What is missing or invalid is recorded by the reader, and the result is absent.
pub(super) fn configure(reader: &mut SettingsReader<'_>) -> Option<FrigateSettings> {
    let url = reader.read(&FRIGATE_URL);
    if !url.is_set() {
        reader.require(&FRIGATE_URL);
    }
    let account = account(reader);
    let certificate = reader.read(&FRIGATE_CERTIFICATE).optional();
    Some(FrigateSettings { url: url.valid()?, account: account?, certificate: certificate? })
}

/// Reads the account; none inside if there is no user. A user without a password, and a password without a user, are errors.
fn account(reader: &mut SettingsReader<'_>) -> Option<Option<FrigateAccount>> {
    let user = reader.read(&FRIGATE_USER);
    let password = PasswordSource::configure(reader, &FRIGATE_PASSWORD_FILE, &FRIGATE_PASSWORD);
    if user.is_set() && !password.is_set() {
        reader.require(&FRIGATE_PASSWORD_FILE);
    }
    if let (Parsed::Unset, Parsed::Valid(password)) = (&user, &password) {
        let setting = match password {
            PasswordSource::File(_) => &FRIGATE_PASSWORD_FILE.setting,
            PasswordSource::Value(_) => &FRIGATE_PASSWORD.setting,
        };
        let predicate = format!("is set without {}", FRIGATE_USER.variable);
        reader.conflict(setting, predicate, "set the user, or remove it");
    }
    match (user, password) {
        (Parsed::Unset, Parsed::Unset) => Some(None),
        (user, password) => Some(Some(FrigateAccount { user: user.valid()?, password: password.valid()? })),
    }
}

/// The ends of paths that a browser's address bar shows, and of the API's own. No base ends so.
const OWN_PATHS: [&str; 2] = ["/api", "/login"];

/// Reads the base of the API.
fn url(_: &Setting, text: &str) -> Result<BaseUrl, Invalid> {
    let (user, password) = (FRIGATE_USER.variable, FRIGATE_PASSWORD_FILE.variable);
    let url = values::base_url(text, format_args!("set {user} and {password}"))?;
    let path = url.path().to_ascii_lowercase();
    if OWN_PATHS.iter().any(|end| path.ends_with(end)) {
        return Err(Invalid::because(
            "ends in a path of the service, such as /api or /login",
            "remove that path, since headcount appends its own",
        ));
    }
    Ok(url)
}

fn user(setting: &Setting, text: &str) -> Result<SecretString, Invalid> {
    if text.chars().any(char::is_control) { Err(Invalid::expected(setting)) } else { Ok(SecretString::from(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_with_credentials_names_the_settings_for_them() {
        let error = format!("{:?}", url(&FRIGATE_URL, "https://user:hunter2@a.example").unwrap_err());
        assert!(error.contains(FRIGATE_USER.variable) && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn url_with_a_path_of_the_service_is_invalid() {
        for path in ["/api", "/api/", "/API", "/frigate/api", "/login"] {
            let error = format!("{:?}", url(&FRIGATE_URL, &format!("http://a.example:5000{path}")).unwrap_err());
            assert!(error.contains("path of the service"), "{path}: {error}");
        }
        for path in ["", "/", "/frigate", "/frigate/"] {
            assert!(url(&FRIGATE_URL, &format!("http://a.example:5000{path}")).is_ok(), "{path}");
        }
    }

    #[test]
    fn user_has_no_control_characters() {
        assert!(user(&FRIGATE_USER, "reader").is_ok());
        assert!(user(&FRIGATE_USER, "rea\nder").is_err());
    }
}
