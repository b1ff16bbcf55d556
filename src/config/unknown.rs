//! Variables that resemble settings and are none, since a misspelled HEADCOUNT_DISABLED must not leave headcount enabled.
//!
//! Must not know any one setting.

use super::environment::Environment;
use super::error::{SettingError, SettingErrorKind};
use super::setting::Setting;
use crate::error_chain::Explanation;

/// The start of every setting's variable.
const PREFIX: &str = "HEADCOUNT_";
/// Its first word, which is compared without separators.
const WORD: &str = "HEADCOUNT";

/// Returns an error for each variable that starts with `HEADCOUNT_`, or resembles a setting with any separators, and is
/// neither a setting nor made by Kubernetes.
pub(super) fn errors(settings: &[&'static Setting], environment: &Environment) -> Vec<SettingError> {
    let looks_like_ours = |name: &&str| {
        let name = in_our_form(name);
        name.starts_with(PREFIX) || resembles_setting(settings, &name)
    };
    let is_known = |name: &str| settings.iter().any(|setting| setting.variable == name);
    environment
        .names()
        .filter(looks_like_ours)
        .filter(|name| !is_known(name) && !is_made_by_kubernetes(name))
        .map(|name| {
            SettingError::new(
                name,
                SettingErrorKind::Unknown,
                &Explanation::new("is not a setting", remedy(settings, name)),
            )
        })
        .collect()
}

/// In upper case, with `_` in place of `.` and `-`, which env files and manifests allow in names.
fn in_our_form(name: &str) -> String {
    name.to_ascii_uppercase().replace(['.', '-'], "_")
}

fn without_separators(name: &str) -> String {
    name.chars().filter(|character| character.is_ascii_alphanumeric()).collect()
}

/// The part of a name after `HEADCOUNT`, both without separators.
fn after_word(name: &str) -> Option<String> {
    without_separators(name).strip_prefix(WORD).map(str::to_owned).filter(|rest| !rest.is_empty())
}

/// Whether a name is a setting's without regard to separators, at most one letter off, or ends as a setting does after
/// `HEADCOUNT`, as HEADCOUNTENDPOINT does.
fn resembles_setting(settings: &[&Setting], name: &str) -> bool {
    let Some(rest) = after_word(name) else { return false };
    settings.iter().any(|setting| {
        let words: Vec<_> = setting.variable[PREFIX.len()..].split('_').collect();
        strsim::damerau_levenshtein(&rest, &words.concat()) <= 1
            || (1..words.len()).any(|first| words[first..].concat() == rest)
    })
}

fn remedy(settings: &[&'static Setting], name: &str) -> String {
    let name = in_our_form(name);
    let name = match after_word(&name).filter(|_| !name.starts_with(PREFIX)) {
        Some(rest) => format!("{PREFIX}{rest}"),
        None => name,
    };
    match nearest(settings, &name) {
        Some(nearest) => format!("rename it to {nearest}, or remove it"),
        None => "remove it (`headcount run --help` lists the settings)".to_owned(),
    }
}

/// The setting that a name in upper case was likely meant to be: one that it is a part of, or else one of which it has more
/// letters right than wrong.
fn nearest(settings: &[&'static Setting], name: &str) -> Option<&'static str> {
    let words = name.get(PREFIX.len()..).filter(|words| !words.is_empty())?;
    let distance = |variable: &&str| strsim::damerau_levenshtein(name, variable);
    let is_part = |variable: &&str| {
        let padded = format!("_{}_", &variable[PREFIX.len()..]);
        padded.contains(&format!("_{words}_"))
    };
    let variables = || settings.iter().map(|setting| setting.variable);
    let whole = variables().filter(is_part).min_by_key(distance);
    whole.or_else(|| variables().min_by_key(distance).filter(|variable| 2 * distance(variable) <= words.len()))
}

/// Whether Kubernetes makes a variable of this name for a Service whose name begins with `headcount`: `X_SERVICE_HOST`,
/// `X_SERVICE_PORT`, `X_SERVICE_PORT_<NAME>`, `X_PORT`, `X_PORT_<n>_<TCP|UDP|SCTP>`, and that with `_PROTO`, `_PORT` or
/// `_ADDR`, where X is the Service's name in upper case with `_` for `-`.
fn is_made_by_kubernetes(name: &str) -> bool {
    let is_service_name = |name: &str| {
        name == "HEADCOUNT" || name.strip_prefix(PREFIX).is_some_and(|rest| is_word(rest) && !rest.ends_with('_'))
    };
    let splits_at = |middle: &str, is_rest: fn(&str) -> bool| {
        let mut positions = (0..name.len()).filter(|at| name.get(*at..).is_some_and(|rest| rest.starts_with(middle)));
        positions.any(|at| is_service_name(&name[..at]) && is_rest(&name[at + middle.len()..]))
    };
    let ends = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"];
    ends.iter().any(|end| name.strip_suffix(end).is_some_and(is_service_name))
        || splits_at("_SERVICE_PORT_", is_word)
        || splits_at("_PORT_", is_port)
}

/// Whether this is what follows `X_PORT_`: `<n>_<TCP|UDP|SCTP>`, with nothing, `_PROTO`, `_PORT` or `_ADDR` after it.
fn is_port(text: &str) -> bool {
    let mut parts = text.split('_');
    let is_number = parts.next().is_some_and(|part| {
        !part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u16>().is_ok()
    });
    let is_protocol = parts.next().is_some_and(|part| ["TCP", "UDP", "SCTP"].contains(&part));
    let is_attribute = parts.next().is_none_or(|part| ["PROTO", "PORT", "ADDR"].contains(&part));
    is_number && is_protocol && is_attribute && parts.next().is_none()
}

/// What a DNS label becomes in a variable's name.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SERVICES;

    fn error_of(name: &str) -> Option<SettingError> {
        errors(&SERVICES[0].settings_in_force(), &Environment::from([(name, "1")])).pop()
    }

    #[test]
    fn kubernetes_variable_is_accepted() {
        let names = [
            "HEADCOUNT_SERVICE_HOST",
            "HEADCOUNT_SERVICE_PORT",
            "HEADCOUNT_SERVICE_PORT_HTTP",
            "HEADCOUNT_PORT",
            "HEADCOUNT_PORT_4318_TCP",
            "HEADCOUNT_PORT_53_UDP",
            "HEADCOUNT_PORT_9_SCTP_ADDR",
            "HEADCOUNT_GATEWAY_SERVICE_HOST",
            "HEADCOUNT_GATEWAY_SERVICE_PORT",
            "HEADCOUNT_GATEWAY_SERVICE_PORT_OTLP_GRPC",
            "HEADCOUNT_GATEWAY_2_PORT",
            "HEADCOUNT_GATEWAY_PORT_4318_TCP_PROTO",
            "HEADCOUNT_GATEWAY_PORT_4318_TCP_PORT",
            "HEADCOUNT_GATEWAY_PORT_4318_TCP_ADDR",
            "HEADCOUNT_PORT_PORT_80_TCP",
            "HEAD_COUNT_SERVICE_HOST",
            "HEAD_COUNT_PORT_4318_TCP_ADDR",
        ];
        for name in names {
            assert_eq!(error_of(name), None, "{name}");
        }
    }

    #[test]
    fn misspelled_setting_names_the_nearest_one() {
        let table = [
            ("HEADCOUNT_DISABLE", "HEADCOUNT_DISABLED"),
            ("HEADCOUNT_DISABELD", "HEADCOUNT_DISABLED"),
            ("HEADCOUNT_DISABLED_", "HEADCOUNT_DISABLED"),
            ("headcount_disabled", "HEADCOUNT_DISABLED"),
            ("Headcount_Disabled", "HEADCOUNT_DISABLED"),
            ("HEADCOUNT_ENDPOINT", "HEADCOUNT_OTLP_ENDPOINT"),
            ("HEADCOUNT_CONSENT_FLIE", "HEADCOUNT_CONSENT_FILE"),
            ("HEADCOUNT_OTLP_HEADER", "HEADCOUNT_OTLP_HEADERS"),
            ("HEADCOUNT_STATEDIR", "HEADCOUNT_STATE_DIR"),
            ("HEADCOUNT_PASSWORD_FILE", "HEADCOUNT_COMPREFACE_PASSWORD_FILE"),
            ("HEADCOUNT_PASSWORD", "HEADCOUNT_COMPREFACE_PASSWORD"),
            ("HEADCOUNT_EMAIL", "HEADCOUNT_COMPREFACE_EMAIL"),
            ("HEADCOUNT_URL", "HEADCOUNT_COMPREFACE_URL"),
            ("HEADCOUNT_HEADERS_FILE", "HEADCOUNT_OTLP_HEADERS_FILE"),
            ("HEADCOUNT_CLIENT_KEY", "HEADCOUNT_OTLP_CLIENT_KEY"),
            ("HEADCOUNT_INTERVAL", "HEADCOUNT_SCRAPE_INTERVAL"),
            ("HEADCOUNT-DISABLED", "HEADCOUNT_DISABLED"),
            ("HEADCOUNT.DISABLED", "HEADCOUNT_DISABLED"),
            ("headcount.disabled", "HEADCOUNT_DISABLED"),
            ("headcount-disabled", "HEADCOUNT_DISABLED"),
            ("headcount.disable", "HEADCOUNT_DISABLED"),
            ("HEADCOUNTDISABLED", "HEADCOUNT_DISABLED"),
            ("HeadcountDisabled", "HEADCOUNT_DISABLED"),
            ("HEADCOUNTDISABELD", "HEADCOUNT_DISABLED"),
            ("HEADCOUNTS_DISABLED", "HEADCOUNT_DISABLED"),
            ("HEAD_COUNT_DISABLED", "HEADCOUNT_DISABLED"),
            ("HEAD-COUNT-DISABLE", "HEADCOUNT_DISABLED"),
            ("HEADCOUNT DISABLED", "HEADCOUNT_DISABLED"),
            ("HEADCOUNT:DISABLED", "HEADCOUNT_DISABLED"),
            ("_HEADCOUNT_DISABLED", "HEADCOUNT_DISABLED"),
            ("headcount.consent.file", "HEADCOUNT_CONSENT_FILE"),
            ("HEAD_COUNT_CONSENT_FILE", "HEADCOUNT_CONSENT_FILE"),
            ("HEADCOUNTCONSENTFILE", "HEADCOUNT_CONSENT_FILE"),
        ];
        for (name, nearest) in table {
            let error = error_of(name).unwrap_or_else(|| panic!("{name} passed"));
            assert_eq!((error.kind, error.setting.as_str()), (SettingErrorKind::Unknown, name));
            assert!(
                error.explanation.to_string().contains(&format!("{nearest},")),
                "{}",
                error.explanation.to_string()
            );
        }
    }

    #[test]
    fn unlike_name_names_no_setting() {
        for name in
            ["HEADCOUNT_IMAGE", "HEADCOUNT_VERSION", "HEADCOUNT_REPLICAS", "HEADCOUNT_X", "HEADCOUNT_", "headcount.x"]
        {
            let error = error_of(name).unwrap_or_else(|| panic!("{name} passed"));
            assert!(
                !error.explanation.to_string().contains("rename") && error.explanation.to_string().contains("--help"),
                "{}",
                error.explanation.to_string()
            );
        }
    }

    #[test]
    fn nearly_kubernetes_variable_is_unknown() {
        let names = [
            "HEADCOUNT_",
            "HEADCOUNT__SERVICE_HOST",
            "HEADCOUNT_SERVICE_PORT_",
            "HEADCOUNT_SERVICE_PORT_http",
            "HEADCOUNT_PORT_TCP",
            "HEADCOUNT_PORT_80",
            "HEADCOUNT_PORT_080_TCP",
            "HEADCOUNT_PORT_65536_TCP",
            "HEADCOUNT_PORT_+1_TCP",
            "HEADCOUNT_PORT_80_ICMP",
            "HEADCOUNT_PORT_80_TCP_HOST",
            "HEADCOUNT_PORT_80_TCP_PORT_X",
            "headcount_gateway_port",
            "HEADCOUNT_gateway_SERVICE_HOST",
            "HEADCOUNT_DISABLED ",
            "HEADCOUNT_É",
        ];
        for name in names {
            assert!(error_of(name).is_some(), "{name} passed");
        }
    }

    #[test]
    fn other_or_empty_variable_is_ignored() {
        for name in [
            "HEADCOUNTER_X",
            "HEADCOUNTER_DISABLED",
            "HEADCOUNT",
            "HEAD_COUNT",
            "HEADCOUNTS",
            "HEAD_COUNT_REPLICAS",
            "MY_HEADCOUNT_DISABLED",
            "PATH",
            "É_HEADCOUNT_",
        ] {
            assert_eq!(error_of(name), None, "{name}");
        }
        assert_eq!(errors(&SERVICES[0].settings_in_force(), &Environment::from([("HEADCOUNT_DISABLE", "")])), []);
    }

    #[test]
    fn start_of_a_setting_is_no_kubernetes_variable() {
        for setting in SERVICES[0].settings_in_force() {
            for end in 0..setting.variable.len() {
                assert!(!is_made_by_kubernetes(&setting.variable[..end]), "{}", &setting.variable[..end]);
            }
            assert!(!is_made_by_kubernetes(setting.variable));
        }
    }

    #[test]
    fn name_with_control_characters_is_escaped() {
        let error = error_of("HEADCOUNT_\u{1b}[2J").unwrap();
        assert!(!error.explanation.to_string().contains('\u{1b}') && !error.setting.contains('\u{1b}'));
    }
}
