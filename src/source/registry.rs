//! The services that headcount can read, and the choice of one.

use super::{Definition, compreface, frigate, inventory};
use crate::config::Accepts::Words;
use crate::config::DefaultValue::Text;
use crate::config::{self, Group, Invalid, Setting, SettingsReader, settings};

/// All of them.
pub static SERVICES: [&Definition; 3] = [&compreface::DEFINITION, &frigate::DEFINITION, &inventory::DEFINITION];

settings! {
    SERVICE: String = |_, text| Ok(text.to_ascii_lowercase()), {
        flag: Some("service"), group: Group::Service("Service"), value: "NAME",
        default: Text("compreface"), accepts: Words(names),
        help: "Service that is read", detail: "Settings of the other services must not be set.", chart: "service",
    };
}

fn names() -> Vec<String> {
    SERVICES.iter().map(|service| service.name().to_owned()).collect()
}

/// Returns every setting: the choice, those of each service, then headcount's own.
#[must_use]
pub fn all_settings(services: &[&'static Definition]) -> Vec<&'static Setting> {
    let of_services = services.iter().flat_map(|service| service.settings);
    SETTINGS.iter().chain(of_services).chain(config::SETTINGS).copied().collect()
}

/// Returns the service that is chosen, or `None` if there is no such service. Each setting of another service that is given is
/// an error, since its operator may expect that the other one is read.
pub fn choose(reader: &mut SettingsReader<'_>, services: &[&'static Definition]) -> Option<&'static Definition> {
    let name = reader.valid_or_default(&SERVICE)?;
    let Some(chosen) = services.iter().copied().find(|service| service.name() == name) else {
        reader.reject(&SERVICE, &Invalid::expected(&SERVICE));
        return None;
    };
    for other in services.iter().filter(|service| service.name() != name) {
        for setting in other.settings.iter().filter(|setting| reader.is_given(setting)).collect::<Vec<_>>() {
            let (variable, other) = (SERVICE.variable, other.name());
            let remedy = format!("remove it, or set {variable} to {other}");
            reader.conflict(setting, "is a setting of another service", remedy);
        }
    }
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags};

    #[test]
    fn default_service_is_the_first_one() {
        let (flags, environment) = (Flags::default(), Environment::default());
        let chosen = choose(&mut SettingsReader::new(&flags, &environment), &SERVICES);
        assert_eq!(chosen.map(Definition::name), Some(SERVICES[0].name()));
    }
}
