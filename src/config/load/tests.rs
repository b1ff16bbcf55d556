//! Every rule of the settings, those of the service included, and that no value is ever repeated.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::config::{
    Compression, EndpointSettings, Environment, Flags, LogFormat, LogLevel, Recipient, ReportWindow, SettingErrorKind,
    Transport,
};
use crate::source::compreface::{self, ServiceSettings};
use crate::source::{SERVICES, all_settings, choose};

/// The settings of headcount and of the service, as the program reads them.
#[derive(Debug)]
struct Loaded {
    configuration: Configuration,
    service: Option<ServiceSettings>,
}

impl Deref for Loaded {
    type Target = Configuration;

    fn deref(&self) -> &Configuration {
        &self.configuration
    }
}

fn load(flags: &Flags, environment: &Environment) -> Loaded {
    let settings = SERVICES[0].settings_in_force();
    let mut reader = SettingsReader::new(flags, environment);
    choose(&mut reader, &SERVICES);
    let service = compreface::configure(&mut reader);
    Loaded { configuration: super::load(reader, &settings), service }
}

/// All settings that are required to enable headcount.
const COMPLETE: [(&str, &str); 4] = [
    ("HEADCOUNT_COMPREFACE_URL", "http://127.0.0.1:8080/face"),
    ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com"),
    ("HEADCOUNT_COMPREFACE_PASSWORD", "open sesame"),
    ("HEADCOUNT_OTLP_ENDPOINT", "https://Telemetry.example.org"),
];

fn variables(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    COMPLETE.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn with(more: &[(&str, &str)]) -> Loaded {
    load(&Flags::default(), &Environment::from(variables(more)))
}

fn only(variables: &[(&str, &str)]) -> Loaded {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Flags::default(), &Environment::from(variables))
}

fn endpoint(configuration: &Configuration) -> &EndpointSettings {
    match configuration.destination.as_ref() {
        Some(Destination::Endpoint(endpoint)) => endpoint,
        other => panic!("{other:?} with {:?}", configuration.errors),
    }
}

fn kinds(configuration: &Configuration) -> Vec<(&str, SettingErrorKind)> {
    configuration.errors.iter().map(|error| (error.setting.as_str(), error.kind)).collect()
}

#[test]
fn nothing_else_set_gives_the_defaults() {
    let configuration = with(&[]);
    assert_eq!(configuration.errors, []);
    assert_eq!(configuration.missing, []);
    assert_eq!(configuration.logging, LoggingSettings { level: LogLevel::Info, format: LogFormat::Text });
    assert_eq!(configuration.health, Ok(HealthAddress::Listen("127.0.0.1:13233".parse().unwrap())));
    assert_eq!(configuration.state_dir, PathBuf::from("/var/lib/headcount"));
    assert_eq!(configuration.install_guid, None);
    let hour = Duration::from_secs(3600);
    let schedule = ScheduleSettings {
        scrape_interval: hour,
        report_interval: 24 * hour,
        report_window: None,
        first_report_after: hour,
        keep: 30 * 24 * hour,
    };
    assert_eq!(configuration.schedule, schedule);
    let service = configuration.service.as_ref().unwrap();
    assert_eq!(service.core_url, service.admin_url);
    assert_eq!(service.admin_url.join("/admin/apps").unwrap(), "http://127.0.0.1:8080/face/admin/apps");
    assert_eq!(service.email.expose_secret(), "owner@example.com");
    let endpoint = endpoint(&configuration);
    assert_eq!(endpoint.transport, Transport::HttpProtobuf);
    assert_eq!(endpoint.compression, Compression::None);
    assert_eq!(endpoint.timeout, Duration::from_secs(10));
    assert!(endpoint.headers.values.is_empty() && endpoint.headers.file.is_none());
    assert!(endpoint.tls.certificate.is_none() && endpoint.tls.client.is_none());
    let recipient = Recipient::Endpoint { host: "telemetry.example.org".to_owned(), port: 443 };
    let consent = ConsentSettings { has_destination: true, recipient: Some(recipient), ..ConsentSettings::default() };
    assert_eq!(configuration.consent, consent);
}

/// Every setting, with another value than its default.
const EVERY: [(&str, &str); 27] = [
    ("HEADCOUNT_COMPREFACE_CORE_URL", "http://core:8080"),
    ("HEADCOUNT_COMPREFACE_CERTIFICATE", "/tls/service-ca.pem"),
    ("HEADCOUNT_OTLP_PROTOCOL", "grpc"),
    ("HEADCOUNT_OTLP_HEADERS", "authorization=Bearer%20x"),
    ("HEADCOUNT_OTLP_HEADERS_FILE", "/secrets/headers"),
    ("HEADCOUNT_OTLP_COMPRESSION", "GZIP"),
    ("HEADCOUNT_OTLP_TIMEOUT", "30s"),
    ("HEADCOUNT_OTLP_CERTIFICATE", "/tls/ca.pem"),
    ("HEADCOUNT_OTLP_CLIENT_CERTIFICATE", "/tls/client.pem"),
    ("HEADCOUNT_OTLP_CLIENT_KEY", "/tls/client.key"),
    ("HEADCOUNT_STATE_DIR", "/state"),
    ("HEADCOUNT_SCRAPE_INTERVAL", "10m"),
    ("HEADCOUNT_REPORT_INTERVAL", "7d"),
    ("HEADCOUNT_REPORT_WINDOW", "23:00-01:00"),
    ("HEADCOUNT_FIRST_REPORT_AFTER", "0s"),
    ("HEADCOUNT_KEEP", "1d"),
    ("HEADCOUNT_DISABLED", "No"),
    ("HEADCOUNT_CONSENT_FILE", "/consent/consent"),
    ("HEADCOUNT_INSTALL_GUID", "0B9E7C1A-5D3F-4C86-9A41-7F2E8D6C5B30"),
    ("HEADCOUNT_HEALTH_ADDR", "OFF"),
    ("HEADCOUNT_LOG_LEVEL", "DEBUG"),
    ("HEADCOUNT_LOG_FORMAT", "json"),
    ("HTTPS_PROXY", "http://upper:1"),
    ("https_proxy", "http://lower:1"),
    ("HTTP_PROXY", "http://upper:2"),
    ("http_proxy", ""),
    ("NO_PROXY", "example.com"),
];

#[test]
fn every_setting_is_read() {
    let configuration = with(&EVERY);
    assert_eq!(configuration.errors, []);
    let service = configuration.service.as_ref().unwrap();
    assert_eq!((service.core_url.host(), &service.certificate), ("core", &Some(PathBuf::from("/tls/service-ca.pem"))));
    let endpoint = endpoint(&configuration);
    assert_eq!((endpoint.transport, endpoint.compression), (Transport::Grpc, Compression::Gzip));
    assert_eq!(endpoint.timeout, Duration::from_secs(30));
    assert_eq!(endpoint.headers.values[0].1, "Bearer x");
    assert_eq!(endpoint.headers.file, Some(PathBuf::from("/secrets/headers")));
    assert_eq!(endpoint.tls.certificate, Some(PathBuf::from("/tls/ca.pem")));
    assert_eq!(endpoint.tls.client.as_ref().unwrap().key, PathBuf::from("/tls/client.key"));
    assert_eq!(endpoint.proxy.https.as_ref().unwrap().expose_secret(), "http://lower:1");
    assert_eq!(endpoint.proxy.http.as_ref().unwrap().expose_secret(), "http://upper:2");
    assert_eq!(endpoint.proxy.no_proxy.as_deref(), Some("example.com"));
    assert_eq!((configuration.state_dir.to_str(), &configuration.health), (Some("/state"), &Ok(HealthAddress::Off)));
    assert_eq!(configuration.schedule.report_window, Some(ReportWindow { opens: 1380, minutes: 120 }));
    assert_eq!(configuration.schedule.report_interval, Duration::from_secs(7 * 86_400));
    assert_eq!(configuration.schedule.first_report_after, Duration::ZERO);
    assert_eq!(configuration.consent.disabled_variable, BoolSetting::False);
    assert_eq!(configuration.consent.consent_file, Some(PathBuf::from("/consent/consent")));
    assert_eq!(configuration.install_guid.unwrap().to_string(), "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30");
    assert_eq!(configuration.logging, LoggingSettings { level: LogLevel::Debug, format: LogFormat::Json });
}

#[test]
fn invalid_setting_is_reported_under_its_name() {
    let table = [
        ("HEADCOUNT_COMPREFACE_URL", "127.0.0.1:8080", SettingErrorKind::Invalid),
        ("HEADCOUNT_COMPREFACE_CORE_URL", "ftp://core", SettingErrorKind::Invalid),
        ("HEADCOUNT_COMPREFACE_EMAIL", "owner", SettingErrorKind::Invalid),
        ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com\n", SettingErrorKind::Invalid),
        ("HEADCOUNT_COMPREFACE_PASSWORD_FILE", "/secrets/password", SettingErrorKind::Conflict),
        ("HEADCOUNT_OTLP_ENDPOINT", "telemetry.example.org", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_ENDPOINT", "https://user:sesame@example.org", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_ENDPOINT", "http://telemetry.example.org", SettingErrorKind::Conflict),
        ("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1.example.org", SettingErrorKind::Conflict),
        ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org:70000", SettingErrorKind::Invalid),
        ("HEADCOUNT_COMPREFACE_URL", "http://127.0.0.1:8000/login", SettingErrorKind::Invalid),
        ("HEADCOUNT_COMPREFACE_CERTIFICATE", "\"/tls/ca.pem\"", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_PROTOCOL", "http/json", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_HEADERS", "Bearer sesame", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_HEADERS", "host=example.org", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_COMPRESSION", "zstd", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_TIMEOUT", "10000", SettingErrorKind::Invalid),
        ("HEADCOUNT_OTLP_TIMEOUT", "0s", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_OTLP_TIMEOUT", "6m", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_OTLP_CLIENT_CERTIFICATE", "/tls/client.pem", SettingErrorKind::Conflict),
        ("HEADCOUNT_OTLP_CLIENT_KEY", "/tls/client.key", SettingErrorKind::Conflict),
        ("HEADCOUNT_OTLP_INSECURE", "maybe", SettingErrorKind::Invalid),
        ("HEADCOUNT_SCRAPE_INTERVAL", "59s", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_SCRAPE_INTERVAL", "25h", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_REPORT_INTERVAL", "59m", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_REPORT_INTERVAL", "90m", SettingErrorKind::Invalid),
        ("HEADCOUNT_REPORT_INTERVAL", "169h", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_REPORT_WINDOW", "01:00-01:00", SettingErrorKind::Invalid),
        ("HEADCOUNT_FIRST_REPORT_AFTER", "31d", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_KEEP", "23h", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_KEEP", "31d", SettingErrorKind::OutOfRange),
        ("HEADCOUNT_INSTALL_GUID", "b5a8556c-e660-11f1-8176-02fc00000001", SettingErrorKind::Invalid),
        ("HEADCOUNT_HEALTH_ADDR", "13233", SettingErrorKind::Invalid),
        ("HEADCOUNT_HEALTH_ADDR", "localhost:13233", SettingErrorKind::Invalid),
        ("HEADCOUNT_LOG_LEVEL", "loud", SettingErrorKind::Invalid),
        ("HEADCOUNT_LOG_FORMAT", "xml", SettingErrorKind::Invalid),
        ("HEADCOUNT_DISABLE", "true", SettingErrorKind::Unknown),
        ("HEADCOUNT_GATEWAY", "x", SettingErrorKind::Unknown),
    ];
    for (name, value, kind) in table {
        let configuration = with(&[(name, value)]);
        assert_eq!(kinds(&configuration), [(name, kind)], "{name}={value}");
        let sentence = configuration.errors[0].explanation.to_string();
        assert!(sentence.starts_with(name) && !sentence.contains("sesame"), "{sentence}");
    }
}

#[test]
fn grpc_with_a_path_is_a_conflict() {
    let endpoint = |path| ("HEADCOUNT_OTLP_ENDPOINT", path);
    let grpc = ("HEADCOUNT_OTLP_PROTOCOL", "grpc");
    let with_path = with(&[grpc, endpoint("https://telemetry.example.org/otlp")]);
    assert_eq!(kinds(&with_path), [("HEADCOUNT_OTLP_ENDPOINT", SettingErrorKind::Conflict)]);
    assert!(with_path.destination.is_none());
    assert_eq!(with(&[grpc, endpoint("https://telemetry.example.org/")]).errors, []);
}

#[test]
fn several_errors_are_reported_at_once() {
    let configuration = only(&[
        ("HEADCOUNT_COMPREFACE_URL", "no"),
        ("HEADCOUNT_OTLP_ENDPOINT", "no"),
        ("HEADCOUNT_OTLP_TIMEOUT", "no"),
        ("HEADCOUNT_OTLP_HEADERS", "no"),
        ("HEADCOUNT_OTLP_COMPRESSION", "zip"),
        ("HEADCOUNT_SCRAPE_INTERVAL", "no"),
        ("HEADCOUNT_INSTALL_GUID", "no"),
        ("HEADCOUNT_HEALTH_ADDR", "no"),
        ("HEADCOUNT_LOG_LEVEL", "no"),
        ("HEADCOUNT_NO", "no"),
    ]);
    assert_eq!(configuration.errors.len(), 12, "{:?}", configuration.errors);
    let missing = configuration.errors.iter().filter(|error| error.kind == SettingErrorKind::Missing).count();
    assert_eq!(missing, 2);
    assert!(configuration.service.is_none() && configuration.destination.is_none());
}

#[test]
fn missing_setting_without_destination_is_no_error() {
    let nothing = only(&[]);
    assert_eq!((nothing.errors.len(), nothing.missing.len()), (0, 3));
    let export = only(&[("HEADCOUNT_OTLP_PROTOCOL", "export")]);
    assert_eq!(export.errors, export.missing);
    let partly = only(&[("HEADCOUNT_OTLP_ENDPOINT", "https://example.org"), ("HEADCOUNT_COMPREFACE_EMAIL", "a@b")]);
    let names: Vec<_> = partly.errors.iter().map(|error| error.setting.as_str()).collect();
    assert_eq!(names, ["HEADCOUNT_COMPREFACE_URL", "HEADCOUNT_COMPREFACE_PASSWORD_FILE"]);
    assert!(partly.errors[1].explanation.to_string().contains("--compreface-password-file"));
}

#[test]
fn unencrypted_endpoint_needs_loopback_or_permission() {
    for url in ["http://localhost:4318", "http://127.9.9.9", "http://[::1]:4318"] {
        assert_eq!(with(&[("HEADCOUNT_OTLP_ENDPOINT", url)]).errors, [], "{url}");
    }
    let exposed = ("HEADCOUNT_OTLP_ENDPOINT", "http://collector:4318");
    assert!(with(&[exposed, ("HEADCOUNT_OTLP_INSECURE", "yes")]).destination.is_some());
    for value in ["false", "maybe"] {
        let configuration = with(&[exposed, ("HEADCOUNT_OTLP_INSECURE", value)]);
        assert!(configuration.destination.is_none());
        assert_eq!(configuration.errors.len(), 1, "{value}");
    }
}

#[test]
fn export_with_an_endpoint_is_a_conflict() {
    let both = with(&[("HEADCOUNT_OTLP_PROTOCOL", "export")]);
    assert_eq!(kinds(&both), [("HEADCOUNT_OTLP_ENDPOINT", SettingErrorKind::Conflict)]);
    assert!(both.destination.is_none() && both.consent.recipient.is_none() && both.consent.has_destination);
    let export = with(&[("HEADCOUNT_OTLP_PROTOCOL", "export"), ("HEADCOUNT_OTLP_ENDPOINT", "")]);
    assert!(matches!(export.destination, Some(Destination::Export)));
    assert_eq!(export.consent.recipient, Some(Recipient::Export));
}

#[test]
fn destination_with_an_error_is_absent() {
    for (name, value) in [
        ("HEADCOUNT_OTLP_TIMEOUT", "x"),
        ("HEADCOUNT_OTLP_HEADERS", "x"),
        ("HEADCOUNT_OTLP_PROTOCOL", "x"),
        ("HEADCOUNT_OTLP_COMPRESSION", "x"),
        ("HEADCOUNT_OTLP_INSECURE", "x"),
        ("HEADCOUNT_OTLP_CLIENT_KEY", "x"),
    ] {
        assert!(with(&[(name, value)]).destination.is_none(), "{name}");
    }
}

#[test]
fn unclear_opt_out_is_no_error() {
    let table = [
        ("true", BoolSetting::True),
        ("ON", BoolSetting::True),
        ("0", BoolSetting::False),
        ("", BoolSetting::Unset),
        ("treu", BoolSetting::Unclear),
        ("true ", BoolSetting::True),
        ("\"true\"", BoolSetting::True),
        ("'on'", BoolSetting::True),
        ("\"false\"", BoolSetting::Unclear),
        ("false ", BoolSetting::Unclear),
    ];
    for (value, switch) in table {
        let configuration = with(&[("HEADCOUNT_DISABLED", value)]);
        assert_eq!(
            (configuration.consent.disabled_variable, configuration.errors.as_slice()),
            (switch, [].as_slice()),
            "{value:?}"
        );
    }
    for (value, is_off) in [("", false), ("0", false), ("false", false), ("1", true), ("False", true), ("no", true)] {
        assert_eq!(with(&[("DO_NOT_TRACK", value)]).consent.do_not_track, is_off, "{value:?}");
    }
    for (value, is_off) in [("", false), ("1", false), ("yes", false), ("false", false), ("true", true), ("TRUE", true)]
    {
        assert_eq!(with(&[("OTEL_SDK_DISABLED", value)]).consent.otel_sdk_disabled, is_off, "{value:?}");
    }
}

#[test]
fn opt_out_flag_and_variable_are_both_read() {
    let flags = Flags::from([("disabled", "false")]);
    let configuration = load(&flags, &Environment::from(variables(&[("HEADCOUNT_DISABLED", "true")])));
    assert_eq!(configuration.consent.disabled_flag, BoolSetting::False);
    assert_eq!(configuration.consent.disabled_variable, BoolSetting::True);
    let empty = Flags::from([("disabled", "")]);
    assert_eq!(load(&empty, &Environment::default()).consent.disabled_flag, BoolSetting::Unclear);
}

#[test]
fn flag_wins_over_variable() {
    let flags = Flags::from([
        ("compreface-url", "http://flag"),
        ("otlp-insecure", "true"),
        ("otlp-endpoint", "http://flag.example.org"),
        ("keep", "2d"),
    ]);
    let more = [("HEADCOUNT_KEEP", "nonsense"), ("HEADCOUNT_OTLP_INSECURE", "false")];
    let configuration = load(&flags, &Environment::from(variables(&more)));
    assert_eq!(configuration.errors, []);
    assert_eq!(configuration.schedule.keep, Duration::from_secs(2 * 86_400));
    assert_eq!(configuration.service.as_ref().unwrap().admin_url.host(), "flag");
    assert_eq!(endpoint(&configuration).url.host(), "flag.example.org");
}

#[test]
fn invalid_utf_8_is_an_error_or_not_enabled() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let settings = SERVICES[0].settings_in_force();
    let names = settings.iter().map(|setting| setting.variable).filter(|name| *name != "HEADCOUNT_DISABLED");
    for name in names.chain(["https_proxy", "HTTP_PROXY", "no_proxy"]) {
        let odd = Environment::from_os([(OsString::from(name), OsString::from_vec(vec![0xff]))]);
        let errors = load(&Flags::default(), &odd).configuration.errors;
        assert!(errors.iter().any(|error| error.setting == name && error.kind == SettingErrorKind::Invalid), "{name}");
    }
    let sources = ["HEADCOUNT_DISABLED", "DO_NOT_TRACK", "OTEL_SDK_DISABLED"];
    let odd = Environment::from_os(sources.map(|name| (OsString::from(name), OsString::from_vec(vec![0xff]))));
    let consent = load(&Flags::default(), &odd).configuration.consent;
    assert_eq!(consent.disabled_variable, BoolSetting::Unclear);
    assert!(consent.do_not_track && consent.otel_sdk_disabled);
}

#[test]
fn health_address_is_read_in_spite_of_other_errors() {
    let loaded = only(&[("HEADCOUNT_KEEP", "x"), ("HEADCOUNT_NONSENSE", "x")]);
    assert_eq!(loaded.health, Ok(HealthAddress::Listen("127.0.0.1:13233".parse().unwrap())));
    let loaded = with(&[("HEADCOUNT_HEALTH_ADDR", "x")]);
    assert_eq!(loaded.health.as_ref().unwrap_err().setting, "HEADCOUNT_HEALTH_ADDR");
    assert_eq!(loaded.errors, [loaded.health.clone().unwrap_err()]);
}

/// Reads the default of a row by the row's own function.
macro_rules! assert_defaults_parse {
    ($($setting:expr),* $(,)?) => {$({
        let setting = &$setting;
        if let DefaultValue::Text(text) = setting.default {
            assert!((setting.parse)(setting, text).is_ok(), "{}", setting.variable);
        }
    })*};
}

#[test]
fn each_default_is_valid() {
    use crate::config::DefaultValue;
    use crate::config::table::*;

    assert_defaults_parse!(
        OTLP_PROTOCOL,
        OTLP_COMPRESSION,
        OTLP_TIMEOUT,
        OTLP_INSECURE,
        DISABLED,
        SCRAPE_INTERVAL,
        REPORT_INTERVAL,
        FIRST_REPORT_AFTER,
        STATE_DIR,
        KEEP,
        HEALTH_ADDR,
        LOG_LEVEL,
        LOG_FORMAT,
    );
    let defaults = SETTINGS.iter().filter(|setting| matches!(setting.default, DefaultValue::Text(_)));
    assert_eq!(defaults.count(), 13, "a new default belongs into the list above");
}

/// Names as they are, and nearly so.
fn names() -> impl Strategy<Value = String> {
    let known: Vec<_> = all_settings(&SERVICES)
        .into_iter()
        .map(|setting| setting.variable)
        .chain(["DO_NOT_TRACK", "OTEL_SDK_DISABLED", "https_proxy", "NO_PROXY"])
        .collect();
    prop_oneof![
        4 => proptest::sample::select(known).prop_map(str::to_owned),
        1 => "HEADCOUNT_[A-Z_]{0,12}",
        1 => "\\PC{0,12}",
    ]
}

/// Values that are valid somewhere, and any others.
fn values() -> impl Strategy<Value = String> {
    let valid =
        ["true", "off", "export", "grpc", "1h", "30d", "https://example.org", "http://example.org", "01:00-02:00"];
    prop_oneof![
        proptest::sample::select(valid.to_vec()).prop_map(str::to_owned),
        "[0-9]{0,22}[smhd:-]{0,2}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn any_environment_loads(held in proptest::collection::btree_map(names(), values(), 0..12)) {
        let configuration = load(&Flags::default(), &Environment::from(held));
        prop_assert!(configuration.errors.iter().all(|error| error.explanation.to_string().starts_with(&error.setting)));
        let is_usable = configuration.destination.is_some();
        prop_assert!(!is_usable || configuration.consent.recipient.is_some());
    }

    #[test]
    fn error_never_repeats_a_value(
        setting in proptest::sample::select(all_settings(&SERVICES)),
        secret in "x7[a-z0-9]{12}",
        form in proptest::sample::select(vec!["{}", "https://u:{}@example.org", "{}@example.org", "k={}", "{}:1"]),
    ) {
        let value = form.replace("{}", &secret);
        let paths_and_addresses = ["FILE", "DIR", "CERTIFICATE", "KEY", "URL", "ENDPOINT"];
        let environment = Environment::from(variables(&[(setting.variable, &value), ("https_proxy", &value)]));
        let configuration = load(&Flags::default(), &environment);
        let mut shown = format!("{:?} {:?} {environment:?}", configuration.errors, configuration.missing);
        // Paths and addresses are no secrets where they are valid; elsewhere a value may be one.
        if !paths_and_addresses.iter().any(|end| setting.variable.ends_with(end)) {
            shown += &format!("{configuration:?}");
        }
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }
}
