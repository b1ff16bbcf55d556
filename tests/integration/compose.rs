//! The compose files pass on every variable that the program reads: an opt-out in `.env` that stays outside the container is none.

use std::collections::BTreeSet;
use std::path::Path;

use headcount::config::AMBIENT;
use headcount::source::{SERVICES, all_settings};

use crate::support::documents::setting_files::{COMPOSE_FILES, NOT_PASSED};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The names in the `environment` of the first service, which is headcount.
fn passed(file: &str) -> BTreeSet<&str> {
    let (_, rest) = file.split_once("    environment:\n").unwrap();
    let entries = rest.lines().take_while(|line| line.starts_with("      "));
    let entries = entries.filter_map(|line| line.trim_start().strip_prefix("- "));
    entries.map(|entry| entry.split('=').next().unwrap()).collect()
}

#[test]
fn compose_passes_on_every_variable_that_is_read() {
    for (name, service) in COMPOSE_FILES {
        let file = read(name);
        let passed = passed(&file);
        let service = SERVICES.into_iter().find(|known| known.name() == service).unwrap();
        let settings = service.settings_in_force().into_iter().map(|setting| setting.variable);
        let expected = settings.chain(AMBIENT.iter().copied());
        for variable in expected {
            if NOT_PASSED.contains(&variable) {
                let is_explained = file.lines().any(|line| line.trim().starts_with('#') && line.contains(variable));
                assert!(is_explained && !passed.contains(variable), "{name}: {variable}");
            } else {
                assert!(passed.contains(variable), "{name} does not pass on {variable}");
            }
        }
    }
}

#[test]
fn the_compose_files_own_variables_are_no_unknown_settings() {
    for (name, _) in COMPOSE_FILES {
        for rest in read(name).split("${").skip(1) {
            let variable = rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap();
            let is_setting = all_settings(&SERVICES).iter().any(|setting| setting.variable == variable);
            let looks_like_one = variable.to_ascii_uppercase().starts_with("HEADCOUNT_");
            assert!(is_setting || !looks_like_one, "{name}: the program refuses {variable} in an exported .env");
        }
    }
}

#[test]
fn every_variable_named_in_the_code_is_listed() {
    let listed =
        |name: &str| AMBIENT.contains(&name) || all_settings(&SERVICES).iter().any(|setting| setting.variable == name);
    let literals = literals(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(["DO_NOT_TRACK", "OTEL_SERVICE_NAME", "no_proxy"].iter().all(|name| literals.contains(*name)));
    for literal in literals {
        assert!(listed(&literal), "{literal} is missing in config::AMBIENT");
    }
}

/// The string literals below the folder that are variables of OpenTelemetry, of proxies, or DO_NOT_TRACK.
fn literals(folder: &Path) -> BTreeSet<String> {
    let is_name = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let is_ambient = |text: &&str| {
        let is_proxy = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY"].contains(&&*text.to_ascii_uppercase());
        text.starts_with("OTEL_") || is_proxy || *text == "DO_NOT_TRACK"
    };
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(literals(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(text.split('"').filter(is_name).filter(is_ambient).map(str::to_owned));
        }
    }
    found
}
