//! The service that is read, and the account that reads it.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::fault::{Fault, FaultKind};
use crate::config::names::{
    COMPREFACE_CERTIFICATE, COMPREFACE_CORE_URL, COMPREFACE_EMAIL, COMPREFACE_PASSWORD, COMPREFACE_PASSWORD_FILE,
    COMPREFACE_URL, Setting,
};
use crate::config::reader::{Read, Reader};
use crate::config::settings::{PasswordSource, ServiceSettings};
use crate::config::url::BaseUrl;

/// The service, if all of it is there and valid; and what is missing.
pub(super) fn read(reader: &mut Reader<'_>) -> (Option<ServiceSettings>, Vec<Fault>) {
    let admin_url = reader.read(&COMPREFACE_URL, BaseUrl::service);
    let core_url = reader.read(&COMPREFACE_CORE_URL, BaseUrl::service);
    let email = reader.read(&COMPREFACE_EMAIL, email);
    let password = password(reader);
    let certificate = reader.path(&COMPREFACE_CERTIFICATE);
    let needed = [
        (admin_url.is_set(), &COMPREFACE_URL, "the service's address, like http://127.0.0.1:8080"),
        (email.is_set(), &COMPREFACE_EMAIL, "the address of an owner's or administrator's account"),
        (password.is_set(), &COMPREFACE_PASSWORD_FILE, "a file that holds the account's password"),
    ];
    let missing = needed.into_iter().filter(|(is_set, ..)| !is_set).map(|(_, setting, what)| missing(setting, what));
    (assemble(admin_url, core_url, email, password, certificate), missing.collect())
}

fn assemble(
    admin_url: Read<BaseUrl>,
    core_url: Read<BaseUrl>,
    email: Read<SecretString>,
    password: Read<PasswordSource>,
    certificate: Read<PathBuf>,
) -> Option<ServiceSettings> {
    let admin_url = admin_url.valid()?;
    let core_url = core_url.optional()?.unwrap_or_else(|| admin_url.clone());
    let certificate = certificate.optional()?;
    Some(ServiceSettings { admin_url, core_url, email: email.valid()?, password: password.valid()?, certificate })
}

fn missing(setting: &Setting, what: &str) -> Fault {
    let flag = setting.flag.unwrap_or_default();
    Fault::new(setting.variable, FaultKind::Missing, format!("is not set; set it (or {flag}) to {what}"))
}

fn email(text: &str) -> Result<SecretString, &'static str> {
    let is_address = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(|character: char| character.is_whitespace() || character.is_control());
    if is_address {
        Ok(SecretString::from(text))
    } else {
        Err("is not an e-mail address; write it like name@example.org")
    }
}

/// A password stands in a file or is given by value. Both at once is refused: nobody could say which one counts.
fn password(reader: &mut Reader<'_>) -> Read<PasswordSource> {
    let file = reader.path(&COMPREFACE_PASSWORD_FILE);
    let value = reader.read(&COMPREFACE_PASSWORD, |text| Ok::<_, &str>(SecretString::from(text)));
    if file.is_set() && value.is_set() {
        let predicate = format!("and {} are both set; remove one of them", COMPREFACE_PASSWORD.variable);
        reader.fault(&COMPREFACE_PASSWORD_FILE, FaultKind::Conflict, predicate);
        return Read::Faulty;
    }
    match (file, value) {
        (Read::Valid(path), _) => Read::Valid(PasswordSource::File(path)),
        (_, Read::Valid(value)) => Read::Valid(PasswordSource::Value(value)),
        (Read::Unset, Read::Unset) => Read::Unset,
        (Read::Faulty, _) | (_, Read::Faulty) => Read::Faulty,
    }
}
