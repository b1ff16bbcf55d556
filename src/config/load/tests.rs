//! Every rule of the settings, and that no value is ever repeated.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::config::fault::FaultKind;
use crate::config::names::SETTINGS;
use crate::config::settings::{Compression, EndpointSettings, ReportWindow, Transport};
use crate::config::{Recipient, Switch};

/// All that is needed to be on.
const COMPLETE: [(&str, &str); 4] = [
    ("HEADCOUNT_COMPREFACE_URL", "http://127.0.0.1:8080/face"),
    ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com"),
    ("HEADCOUNT_COMPREFACE_PASSWORD", "open sesame"),
    ("HEADCOUNT_OTLP_ENDPOINT", "https://Telemetry.example.org"),
];

fn variables(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    COMPLETE.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn with(more: &[(&str, &str)]) -> Configuration {
    load(&Flags::default(), &Environment::from(variables(more)))
}

fn only(variables: &[(&str, &str)]) -> Configuration {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Flags::default(), &Environment::from(variables))
}

fn endpoint(configuration: &Configuration) -> &EndpointSettings {
    match configuration.destination.as_ref() {
        Some(Destination::Endpoint(endpoint)) => endpoint,
        other => panic!("{other:?} with {:?}", configuration.faults),
    }
}

fn kinds(configuration: &Configuration) -> Vec<(&str, FaultKind)> {
    configuration.faults.iter().map(|fault| (fault.setting.as_str(), fault.kind)).collect()
}

#[test]
fn defaults_are_the_documented_ones() {
    let configuration = with(&[]);
    assert_eq!(configuration.faults, []);
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

#[test]
fn every_setting_is_read() {
    let configuration = with(&[
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
    ]);
    assert_eq!(configuration.faults, []);
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
    assert_eq!(configuration.consent.disabled_variable, Switch::False);
    assert_eq!(configuration.consent.consent_file, Some(PathBuf::from("/consent/consent")));
    assert_eq!(configuration.install_guid.unwrap().to_string(), "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30");
    assert_eq!(configuration.logging, LoggingSettings { level: LogLevel::Debug, format: LogFormat::Json });
}

#[test]
fn each_fault_is_found_under_its_name() {
    let table = [
        ("HEADCOUNT_COMPREFACE_URL", "127.0.0.1:8080", FaultKind::Malformed),
        ("HEADCOUNT_COMPREFACE_CORE_URL", "ftp://core", FaultKind::Malformed),
        ("HEADCOUNT_COMPREFACE_EMAIL", "owner", FaultKind::Malformed),
        ("HEADCOUNT_COMPREFACE_EMAIL", "owner@example.com\n", FaultKind::Malformed),
        ("HEADCOUNT_COMPREFACE_PASSWORD_FILE", "/secrets/password", FaultKind::Conflict),
        ("HEADCOUNT_OTLP_ENDPOINT", "telemetry.example.org", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_ENDPOINT", "https://user:sesame@example.org", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_ENDPOINT", "http://telemetry.example.org", FaultKind::Conflict),
        ("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1.example.org", FaultKind::Conflict),
        ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org:70000", FaultKind::Malformed),
        ("HEADCOUNT_COMPREFACE_URL", "http://127.0.0.1:8000/login", FaultKind::Malformed),
        ("HEADCOUNT_COMPREFACE_CERTIFICATE", "\"/tls/ca.pem\"", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_PROTOCOL", "http/json", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_HEADERS", "Bearer sesame", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_HEADERS", "host=example.org", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_COMPRESSION", "zstd", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_TIMEOUT", "10000", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_TIMEOUT", "0s", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_TIMEOUT", "6m", FaultKind::Malformed),
        ("HEADCOUNT_OTLP_CLIENT_CERTIFICATE", "/tls/client.pem", FaultKind::Conflict),
        ("HEADCOUNT_OTLP_CLIENT_KEY", "/tls/client.key", FaultKind::Conflict),
        ("HEADCOUNT_OTLP_INSECURE", "maybe", FaultKind::Malformed),
        ("HEADCOUNT_SCRAPE_INTERVAL", "59s", FaultKind::Malformed),
        ("HEADCOUNT_SCRAPE_INTERVAL", "25h", FaultKind::Malformed),
        ("HEADCOUNT_REPORT_INTERVAL", "59m", FaultKind::Malformed),
        ("HEADCOUNT_REPORT_INTERVAL", "90m", FaultKind::Malformed),
        ("HEADCOUNT_REPORT_INTERVAL", "169h", FaultKind::Malformed),
        ("HEADCOUNT_REPORT_WINDOW", "01:00-01:00", FaultKind::Malformed),
        ("HEADCOUNT_FIRST_REPORT_AFTER", "31d", FaultKind::Malformed),
        ("HEADCOUNT_KEEP", "23h", FaultKind::Malformed),
        ("HEADCOUNT_KEEP", "31d", FaultKind::Malformed),
        ("HEADCOUNT_INSTALL_GUID", "b5a8556c-e660-11f1-8176-02fc00000001", FaultKind::Malformed),
        ("HEADCOUNT_HEALTH_ADDR", "13233", FaultKind::Malformed),
        ("HEADCOUNT_HEALTH_ADDR", "localhost:13233", FaultKind::Malformed),
        ("HEADCOUNT_LOG_LEVEL", "loud", FaultKind::Malformed),
        ("HEADCOUNT_LOG_FORMAT", "xml", FaultKind::Malformed),
        ("HEADCOUNT_DISABLE", "true", FaultKind::Unknown),
        ("HEADCOUNT_GATEWAY", "x", FaultKind::Unknown),
    ];
    for (name, value, kind) in table {
        let configuration = with(&[(name, value)]);
        assert_eq!(kinds(&configuration), [(name, kind)], "{name}={value}");
        let sentence = &configuration.faults[0].sentence;
        assert!(sentence.starts_with(name) && !sentence.contains("sesame"), "{sentence}");
    }
}

#[test]
fn grpc_and_a_path_contradict_each_other() {
    let endpoint = |path| ("HEADCOUNT_OTLP_ENDPOINT", path);
    let grpc = ("HEADCOUNT_OTLP_PROTOCOL", "grpc");
    let with_path = with(&[grpc, endpoint("https://telemetry.example.org/otlp")]);
    assert_eq!(kinds(&with_path), [("HEADCOUNT_OTLP_ENDPOINT", FaultKind::Conflict)]);
    assert!(with_path.destination.is_none());
    assert_eq!(with(&[grpc, endpoint("https://telemetry.example.org/")]).faults, []);
}

#[test]
fn all_faults_are_reported_in_one_go() {
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
    assert_eq!(configuration.faults.len(), 12, "{:?}", configuration.faults);
    let missing = configuration.faults.iter().filter(|fault| fault.kind == FaultKind::Missing).count();
    assert_eq!(missing, 2);
    assert!(configuration.service.is_none() && configuration.destination.is_none());
}

#[test]
fn what_is_missing_is_a_fault_only_where_something_is_to_be_sent() {
    let nothing = only(&[]);
    assert_eq!((nothing.faults.len(), nothing.missing.len()), (0, 3));
    let export = only(&[("HEADCOUNT_OTLP_PROTOCOL", "export")]);
    assert_eq!(export.faults, export.missing);
    let partly = only(&[("HEADCOUNT_OTLP_ENDPOINT", "https://example.org"), ("HEADCOUNT_COMPREFACE_EMAIL", "a@b")]);
    let names: Vec<_> = partly.faults.iter().map(|fault| fault.setting.as_str()).collect();
    assert_eq!(names, ["HEADCOUNT_COMPREFACE_URL", "HEADCOUNT_COMPREFACE_PASSWORD_FILE"]);
    assert!(partly.faults[1].sentence.contains("--compreface-password-file"));
}

#[test]
fn plain_text_is_for_loopback_or_by_request() {
    for url in ["http://localhost:4318", "http://127.9.9.9", "http://[::1]:4318"] {
        assert_eq!(with(&[("HEADCOUNT_OTLP_ENDPOINT", url)]).faults, [], "{url}");
    }
    let exposed = ("HEADCOUNT_OTLP_ENDPOINT", "http://collector:4318");
    assert!(with(&[exposed, ("HEADCOUNT_OTLP_INSECURE", "yes")]).destination.is_some());
    for value in ["false", "maybe"] {
        let configuration = with(&[exposed, ("HEADCOUNT_OTLP_INSECURE", value)]);
        assert!(configuration.destination.is_none());
        assert_eq!(configuration.faults.len(), 1, "{value}");
    }
}

#[test]
fn exporting_and_sending_contradict_each_other() {
    let both = with(&[("HEADCOUNT_OTLP_PROTOCOL", "export")]);
    assert_eq!(kinds(&both), [("HEADCOUNT_OTLP_ENDPOINT", FaultKind::Conflict)]);
    assert!(both.destination.is_none() && both.consent.recipient.is_none() && both.consent.has_destination);
    let export = with(&[("HEADCOUNT_OTLP_PROTOCOL", "export"), ("HEADCOUNT_OTLP_ENDPOINT", "")]);
    assert!(matches!(export.destination, Some(Destination::Export)));
    assert_eq!(export.consent.recipient, Some(Recipient::Export));
}

#[test]
fn a_fault_in_any_part_of_the_destination_leaves_none() {
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
fn votes_are_read_and_are_no_faults() {
    let table = [
        ("true", Switch::True),
        ("ON", Switch::True),
        ("0", Switch::False),
        ("", Switch::Unset),
        ("treu", Switch::Unclear),
        ("true ", Switch::True),
        ("\"true\"", Switch::True),
        ("'on'", Switch::True),
        ("\"false\"", Switch::Unclear),
        ("false ", Switch::Unclear),
    ];
    for (value, switch) in table {
        let configuration = with(&[("HEADCOUNT_DISABLED", value)]);
        assert_eq!((configuration.consent.disabled_variable, configuration.faults), (switch, vec![]), "{value:?}");
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
fn the_flag_for_no_stands_beside_the_variable() {
    let flags = Flags { disabled: Some("false".to_owned()), ..Flags::default() };
    let configuration = load(&flags, &Environment::from(variables(&[("HEADCOUNT_DISABLED", "true")])));
    assert_eq!(configuration.consent.disabled_flag, Switch::False);
    assert_eq!(configuration.consent.disabled_variable, Switch::True);
    let empty = Flags { disabled: Some(String::new()), ..Flags::default() };
    assert_eq!(load(&empty, &Environment::default()).consent.disabled_flag, Switch::Unclear);
}

#[test]
fn flags_win_over_variables() {
    let flags = Flags {
        compreface_url: Some("http://flag".to_owned()),
        otlp_insecure: Some("true".to_owned()),
        otlp_endpoint: Some("http://flag.example.org".to_owned()),
        keep: Some("2d".to_owned()),
        ..Flags::default()
    };
    let more = [("HEADCOUNT_KEEP", "nonsense"), ("HEADCOUNT_OTLP_INSECURE", "false")];
    let configuration = load(&flags, &Environment::from(variables(&more)));
    assert_eq!(configuration.faults, []);
    assert_eq!(configuration.schedule.keep, Duration::from_secs(2 * 86_400));
    assert_eq!(configuration.service.as_ref().unwrap().admin_url.host(), "flag");
    assert_eq!(endpoint(&configuration).url.host(), "flag.example.org");
}

#[test]
fn values_that_are_not_utf_8_are_faults_and_votes_for_off() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let names = SETTINGS.iter().map(|setting| setting.variable).filter(|name| *name != "HEADCOUNT_DISABLED");
    for name in names.chain(["https_proxy", "HTTP_PROXY", "no_proxy"]) {
        let odd = Environment::from_os([(OsString::from(name), OsString::from_vec(vec![0xff]))]);
        let faults = load(&Flags::default(), &odd).faults;
        assert!(faults.iter().any(|fault| fault.setting == name && fault.kind == FaultKind::Malformed), "{name}");
    }
    let votes = ["HEADCOUNT_DISABLED", "DO_NOT_TRACK", "OTEL_SDK_DISABLED"];
    let odd = Environment::from_os(votes.map(|name| (OsString::from(name), OsString::from_vec(vec![0xff]))));
    let consent = load(&Flags::default(), &odd).consent;
    assert_eq!(consent.disabled_variable, Switch::Unclear);
    assert!(consent.do_not_track && consent.otel_sdk_disabled);
}

#[test]
fn healthcheck_reads_its_own_setting_alone() {
    let environment = Environment::from([("HEADCOUNT_KEEP", "x"), ("HEADCOUNT_NONSENSE", "x")]);
    let address = health_address(&Flags::default(), &environment);
    assert_eq!(address, Ok(HealthAddress::Listen("127.0.0.1:13233".parse().unwrap())));
    let faulty = health_address(&Flags::default(), &Environment::from([("HEADCOUNT_HEALTH_ADDR", "x")]));
    assert_eq!(faulty.unwrap_err().setting, "HEADCOUNT_HEALTH_ADDR");
    let configuration = with(&[("HEADCOUNT_HEALTH_ADDR", "x")]);
    assert_eq!(configuration.faults, [configuration.health.unwrap_err()]);
}

/// Names as they are, and nearly so.
fn names() -> impl Strategy<Value = String> {
    let known: Vec<_> = SETTINGS
        .iter()
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
    fn whatever_the_environment_holds_nothing_panics(held in proptest::collection::btree_map(names(), values(), 0..12)) {
        let configuration = load(&Flags::default(), &Environment::from(held));
        prop_assert!(configuration.faults.iter().all(|fault| fault.sentence.starts_with(&fault.setting)));
        let is_usable = configuration.destination.is_some();
        prop_assert!(!is_usable || configuration.consent.recipient.is_some());
    }

    #[test]
    fn no_value_is_ever_repeated(
        place in proptest::sample::select(SETTINGS.to_vec()),
        secret in "x7[a-z0-9]{12}",
        form in proptest::sample::select(vec!["{}", "https://u:{}@example.org", "{}@example.org", "k={}", "{}:1"]),
    ) {
        let value = form.replace("{}", &secret);
        let paths_and_addresses = ["FILE", "DIR", "CERTIFICATE", "KEY", "URL", "ENDPOINT"];
        let environment = Environment::from(variables(&[(place.variable, &value), ("https_proxy", &value)]));
        let configuration = load(&Flags::default(), &environment);
        let mut shown = format!("{:?} {:?} {environment:?}", configuration.faults, configuration.missing);
        // Paths and addresses are no secrets where they are valid; elsewhere a value may be one.
        if !paths_and_addresses.iter().any(|end| place.variable.ends_with(end)) {
            shown += &format!("{configuration:?}");
        }
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }
}
