//! The settings of Frigate, and those of another service next to them.

use std::collections::BTreeMap;

use headcount::cli::app::App;
use headcount::config::{Environment, Flags};
use headcount::source::SERVICES;

use crate::support::world::{SteppedClock, context};

const URL: (&str, &str) = ("HEADCOUNT_FRIGATE_URL", "http://frigate:5000");
const USER: (&str, &str) = ("HEADCOUNT_FRIGATE_USER", "headcount");
const PASSWORD: (&str, &str) = ("HEADCOUNT_FRIGATE_PASSWORD", "open sesame");
const FILE: (&str, &str) = ("HEADCOUNT_FRIGATE_PASSWORD_FILE", "/secrets/password");

/// Setting and kind of each error of these variables, and whether the service can be opened.
fn load(variables: &[(&str, &str)]) -> (Vec<(String, &'static str)>, bool) {
    let common = [("HEADCOUNT_SERVICE", "frigate"), ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org")];
    let all = common.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment::from(all.collect::<BTreeMap<_, _>>());
    let context = context(SteppedClock::at("2026-01-01T00:00:00Z"), 1);
    let app = App::load(&Flags::default(), &environment, context, &SERVICES);
    let errors = app.configuration.errors.iter().inspect(|error| {
        assert!(
            !error.explanation.to_string().contains("sesame") && !error.explanation.to_string().contains("/secrets"),
            "{}",
            error.explanation.to_string()
        );
    });
    (errors.map(|error| (error.setting.clone(), error.kind.name())).collect(), app.open_service.is_some())
}

fn error(setting: (&str, &str), code: &'static str) -> (Vec<(String, &'static str)>, bool) {
    (vec![(setting.0.to_owned(), code)], false)
}

#[test]
fn account_is_whole_or_absent() {
    assert_eq!(load(&[URL]), (vec![], true));
    assert_eq!(load(&[URL, USER, PASSWORD]), (vec![], true));
    assert_eq!(load(&[URL, USER, FILE]), (vec![], true));
    assert_eq!(load(&[URL, USER]), error(FILE, "missing"));
    assert_eq!(load(&[URL, PASSWORD]), error(PASSWORD, "conflict"));
    assert_eq!(load(&[URL, FILE]), error(FILE, "conflict"));
    assert_eq!(load(&[URL, USER, FILE, PASSWORD]), error(FILE, "conflict"));
}

#[test]
fn address_is_required_and_has_no_path_of_the_service() {
    assert_eq!(load(&[]), error(URL, "missing"));
    assert_eq!(load(&[("HEADCOUNT_FRIGATE_URL", "http://frigate:5000/api")]), error(URL, "invalid"));
}

#[test]
fn setting_of_another_service_is_an_error() {
    let other = ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com");
    assert_eq!(load(&[URL, other]).0, error(other, "conflict").0);
}
