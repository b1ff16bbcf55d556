//! The table of settings: each setting is one row, and the help, the chart and the messages agree with it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use headcount::cli::Cli;
use headcount::config::{DefaultValue, Environment, Flags, Setting, SettingsReader, load};
use headcount::error_chain::Describe as _;
use headcount::source::{SERVICES, all_settings, compreface};
use serde_json::Value;

use crate::snapshot::assert_snapshot;
use crate::structure::{code, files};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn row_is_complete_and_its_flag_follows_from_the_variable() {
    for setting in all_settings(&SERVICES) {
        let Setting { variable, flag, help, detail, .. } = setting;
        assert!(help.len() <= 60 && !help.ends_with('.') && help.starts_with(char::is_uppercase), "{variable}: {help}");
        assert!(detail.is_empty() || detail.ends_with('.'), "{variable}: {detail}");
        let derived = variable.strip_prefix("HEADCOUNT_").unwrap().to_lowercase().replace('_', "-");
        assert!(flag.is_none_or(|flag| flag == derived), "{variable}: {flag:?}");
    }
}

/// Where the flag that opts out is a source of the decision by itself.
const EXCEPTION: &str = "src/consent/sources.rs";

#[test]
fn setting_is_named_in_its_row_only() {
    let settings = all_settings(&SERVICES);
    let names: Vec<_> = settings.iter().map(|setting| setting.variable.to_owned()).collect();
    let flags = settings.iter().filter_map(|setting| Some(format!("--{}", setting.flag?)));
    let names: Vec<_> = names.into_iter().chain(flags).collect();
    for file in files(&root().join("src")) {
        let relative = file.strip_prefix(root()).unwrap().to_str().unwrap();
        let code = code(&file);
        let found = names.iter().find(|name| code.split('"').any(|literal| literal == *name));
        let is_exception = relative == EXCEPTION && found.is_some_and(|name| name == "--disabled");
        assert!(found.is_none() || is_exception, "{relative}: {found:?}: use the row of the setting");
    }
}

#[test]
fn setting_named_in_a_sentence_exists() {
    let settings = all_settings(&SERVICES);
    for file in files(&root().join("src")) {
        for rest in code(&file).split("HEADCOUNT_").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            let name = format!("HEADCOUNT_{}", &rest[..end]);
            let is_known = settings.iter().any(|setting| setting.variable == name);
            assert!(is_known || name == "HEADCOUNT_", "{name} in {}", file.display());
        }
    }
}

/// Returns the value at a path of `values.yaml`, and the comment above it in one line.
fn chart_value(path: &str) -> Option<(String, String)> {
    let values = read("helm/headcount/values.yaml");
    let (mut keys, mut comment) = (Vec::new(), Vec::new());
    for line in values.lines() {
        let text = line.trim_start();
        if let Some(text) = text.strip_prefix('#') {
            comment.push(text.trim().trim_start_matches("-- ").to_owned());
            continue;
        }
        if let Some((key, value)) = text.split_once(':').filter(|(key, _)| key.chars().all(char::is_alphanumeric)) {
            keys.truncate((line.len() - text.len()) / 2);
            keys.push(key);
            if keys.join(".") == path {
                return Some((value.trim().trim_matches('"').to_owned(), comment.join(" ")));
            }
        }
        comment.clear();
    }
    None
}

/// Returns the schema of the value at a path.
fn chart_schema(path: &str) -> Value {
    let schema: Value = serde_json::from_str(&read("helm/headcount/values.schema.json")).unwrap();
    let found = path.split('.').fold(schema.clone(), |schema, key| schema["properties"][key].clone());
    match found["$ref"].as_str() {
        Some(reference) => schema.pointer(&reference[1..]).unwrap().clone(),
        None => found,
    }
}

fn chart_settings() -> impl Iterator<Item = &'static Setting> {
    all_settings(&SERVICES).into_iter().filter(|setting| !setting.chart.is_empty())
}

#[test]
fn chart_value_has_the_default_of_its_setting() {
    for setting in chart_settings() {
        let (value, _) = chart_value(setting.chart).unwrap_or_else(|| panic!("{} is no value", setting.chart));
        let expected = match setting.default {
            DefaultValue::Text(text) => text,
            DefaultValue::None(_) | DefaultValue::Required => "",
        };
        assert_eq!(value, expected, "{}", setting.chart);
        assert!(chart_schema(setting.chart).is_object(), "{} is not in the schema", setting.chart);
    }
}

fn help(line: &str) -> String {
    let line = std::iter::once("headcount").chain(line.split_whitespace()).map(OsString::from);
    Cli::read(line, &all_settings(&SERVICES)).unwrap_err().render().to_string()
}

#[test]
fn help_is_the_reviewed_one() {
    let commands =
        ["run", "once", "preview", "status", "audit", "disclose", "view", "check", "export", "erase", "healthcheck"];
    let short = commands.map(|command| format!("$ headcount {command} -h\n{}", help(&format!("{command} -h"))));
    let first = format!("$ headcount -h\n{}", help("-h"));
    assert_snapshot("help", &format!("{first}\n{}", short.join("\n")));
    assert_snapshot("help-run", &help("run --help"));
}

/// Invalid settings, each with all others valid.
const INVALID: [(&str, &str); 34] = [
    ("HEADCOUNT_COMPREFACE_URL", ""),
    ("HEADCOUNT_COMPREFACE_URL", "127.0.0.1:8080"),
    ("HEADCOUNT_COMPREFACE_URL", "http://127.0.0.1:8000/login"),
    ("HEADCOUNT_COMPREFACE_CORE_URL", "http://user:word@core"),
    ("HEADCOUNT_COMPREFACE_EMAIL", ""),
    ("HEADCOUNT_COMPREFACE_EMAIL", "owner"),
    ("HEADCOUNT_COMPREFACE_PASSWORD", ""),
    ("HEADCOUNT_COMPREFACE_PASSWORD_FILE", "/secrets/password"),
    ("HEADCOUNT_COMPREFACE_CERTIFICATE", "\"/tls/ca.pem\""),
    ("HEADCOUNT_OTLP_ENDPOINT", "telemetry.example.org"),
    ("HEADCOUNT_OTLP_ENDPOINT", "http://telemetry.example.org"),
    ("HEADCOUNT_OTLP_ENDPOINT", "https://user:word@example.org"),
    ("HEADCOUNT_OTLP_ENDPOINT", "https://example.org?token=word"),
    ("HEADCOUNT_OTLP_ENDPOINT", "https://example.org:70000"),
    ("HEADCOUNT_OTLP_ENDPOINT", "https://example.org/v1/traces"),
    ("HEADCOUNT_OTLP_PROTOCOL", "http/json"),
    ("HEADCOUNT_OTLP_PROTOCOL", "export"),
    ("HEADCOUNT_OTLP_HEADERS", "Bearer word"),
    ("HEADCOUNT_OTLP_HEADERS", "a=b,a=c"),
    ("HEADCOUNT_OTLP_HEADERS", "host=word"),
    ("HEADCOUNT_OTLP_HEADERS", "accept-encoding=word"),
    ("HEADCOUNT_OTLP_COMPRESSION", "zstd"),
    ("HEADCOUNT_OTLP_TIMEOUT", "10000"),
    ("HEADCOUNT_OTLP_TIMEOUT", "6m"),
    ("HEADCOUNT_OTLP_CLIENT_KEY", "/tls/client.key"),
    ("HEADCOUNT_OTLP_INSECURE", "maybe"),
    ("HEADCOUNT_REPORT_INTERVAL", "90m"),
    ("HEADCOUNT_REPORT_WINDOW", "1-2"),
    ("HEADCOUNT_REPORT_WINDOW", "01:00-01:00"),
    ("HEADCOUNT_INSTALL_GUID", "b5a8556c-e660-11f1-8176-02fc00000001"),
    ("HEADCOUNT_HEALTH_ADDR", "localhost"),
    ("HEADCOUNT_LOG_LEVEL", "loud"),
    ("HEADCOUNT_DISABLE", "true"),
    ("HEADCOUNT_X", "true"),
];

#[test]
fn messages_are_the_reviewed_ones_and_name_the_setting() {
    let mut text = String::new();
    for (variable, value) in INVALID {
        let valid = [
            ("HEADCOUNT_COMPREFACE_URL", "http://127.0.0.1:8080"),
            ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com"),
            ("HEADCOUNT_COMPREFACE_PASSWORD", "open sesame"),
            ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org"),
            (variable, value),
        ];
        let variables = valid.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::from(BTreeMap::from(variables));
        let (settings, flags) = (all_settings(&SERVICES), Flags::default());
        let mut reader = SettingsReader::new(&flags, &environment);
        let service = compreface::configure(&mut reader);
        let errors = load(reader, &settings).errors;
        assert_eq!(errors.len(), 1, "{variable}={value}: {errors:?} {service:?}");
        let sentence = errors[0].explanation.to_string();
        assert!(!sentence.contains("word ") && !sentence.ends_with('.') && sentence.len() <= 250, "{sentence}");
        let remedy = errors[0].describe().remedy.unwrap();
        text.push_str(&format!("{}\n    error: {}\n    hint: {remedy}\n", errors[0].kind.name(), errors[0]));
    }
    assert_snapshot("settings-errors", &text);
}
