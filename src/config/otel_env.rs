//! The operator's standard OTEL_* variables, which configure the self-metrics and nothing of the report.
//!
//! The official exporter reads its own variables from the process's environment when it is built: address, headers and
//! compression of HTTP, resource attributes. This module reads the others by the same rules (an empty variable is unset, an
//! invalid one is ignored): whether there is an exporter, its connections and its timer. None of them is an error, since a
//! variable that a platform sets in every pod must not stop the report.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum as _;
use http::Uri;
use http::uri::{PathAndQuery, Scheme};
use opentelemetry_sdk::metrics::Temporality;

use super::consent::ConsentSettings;
use super::environment::{Environment, Variable};
use super::settings::Transport;
use super::url;
use crate::net::tls::{ClientIdentity, TlsFiles};

/// Without one of these there are no self-metrics. The first is for metrics only and wins.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const INSECURE: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"];
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
const CERTIFICATES: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"];
const CLIENT_CERTIFICATES: [&str; 2] =
    ["OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"];
const CLIENT_KEYS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"];
const TEMPORALITY: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
const INTERVAL: &str = "OTEL_METRIC_EXPORT_INTERVAL";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const EXPORTERS: &str = "OTEL_METRICS_EXPORTER";

/// The specification's default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The specification's default.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
/// A shorter interval has no use: the loop runs once a minute.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// The longest timeout and interval, so that no sum of times overflows.
const MAX_DURATION: Duration = Duration::from_secs(24 * 3600);

/// The self-metrics that the OTEL_* variables configure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelfMetricsSettings {
    /// None: no endpoint is set.
    Unasked,
    /// None, for this reason (a sentence), although an endpoint is set.
    Silenced(&'static str),
    /// Self-metrics, until the operator opts out.
    Collector(Box<CollectorSettings>),
}

/// The operator's own collector, and how to send to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorSettings {
    /// Its address.
    pub address: CollectorAddress,
    /// The protocol.
    pub transport: Transport,
    /// The time limit of one export, from the connection to the last byte of the response; a day at most.
    pub timeout: Duration,
    /// Time between two exports, 1 second to a day.
    pub interval: Duration,
    /// Whether sums and histograms continue from one export to the next.
    pub temporality: Temporality,
    /// OTEL_SERVICE_NAME.
    pub service_name: Option<String>,
    /// PEM files, which the exporter does not read itself.
    pub tls: TlsFiles,
    /// Invalid variables, which are ignored.
    pub ignored: Vec<&'static str>,
}

/// The collector's address. Its URL may contain a password, so only host and port are shown.
#[derive(Clone, PartialEq, Eq)]
pub struct CollectorAddress(Uri);

impl CollectorAddress {
    /// Parses the URL. Without a scheme (which gRPC allows), TLS is used unless `insecure`.
    fn parse(text: &str, transport: Transport, insecure: bool) -> Option<Self> {
        let mut parts = text.parse::<Uri>().ok()?.into_parts();
        url::port(parts.authority.as_ref().filter(|authority| !authority.host().is_empty())?).ok()?;
        let known = match &parts.scheme {
            Some(scheme) => *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS,
            None => transport == Transport::Grpc,
        };
        if parts.scheme.is_none() {
            parts.scheme = Some(if insecure { Scheme::HTTP } else { Scheme::HTTPS });
            parts.path_and_query = Some(PathAndQuery::from_static("/"));
        }
        Uri::from_parts(parts).ok().filter(|_| known).map(Self)
    }

    /// The URL itself.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }
}

impl fmt::Display for CollectorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.0.host().unwrap_or_default(), self.0.port_u16());
        match port {
            Some(port) => write!(f, "{host}:{port}"),
            None => f.write_str(host),
        }
    }
}

impl fmt::Debug for CollectorAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CollectorAddress({self})")
    }
}

/// Reads the variables.
#[must_use]
pub(super) fn read(environment: &Environment, consent: &ConsentSettings) -> SelfMetricsSettings {
    if ENDPOINTS.iter().all(|name| environment.get(name) == Variable::Unset) {
        return SelfMetricsSettings::Unasked;
    }
    if let Some(reason) = reason_for_none(environment, consent) {
        return SelfMetricsSettings::Silenced(reason);
    }
    match collector(environment) {
        Ok(settings) => SelfMetricsSettings::Collector(Box::new(settings)),
        Err(reason) => SelfMetricsSettings::Silenced(reason),
    }
}

/// Returns why there are no self-metrics, whatever else is set.
fn reason_for_none(environment: &Environment, consent: &ConsentSettings) -> Option<&'static str> {
    if consent.do_not_track {
        return Some("DO_NOT_TRACK is set");
    }
    if consent.otel_sdk_disabled {
        return Some("OTEL_SDK_DISABLED is true or not valid UTF-8");
    }
    let names_otlp = |list: &str| list.split(',').any(|exporter| exporter.trim().eq_ignore_ascii_case("otlp"));
    match environment.get(EXPORTERS) {
        Variable::Unset => None,
        Variable::Text(list) if names_otlp(list) => None,
        Variable::Text(_) | Variable::Unreadable => Some("OTEL_METRICS_EXPORTER does not name otlp"),
    }
}

fn collector(environment: &Environment) -> Result<CollectorSettings, &'static str> {
    let mut reader = OtelEnv { environment, ignored: Vec::new() };
    let transport =
        reader.first(&PROTOCOLS, |text| Transport::from_str(text, true).ok()).unwrap_or(Transport::HttpProtobuf);
    let insecure = reader.first(&INSECURE, |text| Some(text.eq_ignore_ascii_case("true"))).unwrap_or(false);
    let parse = |text: &str| CollectorAddress::parse(text, transport, insecure);
    let address = reader.set(&ENDPOINTS).and_then(|text| parse(text?)).ok_or(
        "OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is invalid; expected a URL such as \
         http://127.0.0.1:4318",
    )?;
    let tls = reader.tls().ok_or("a path in the OTEL_EXPORTER_OTLP_* variables is not valid UTF-8")?;
    Ok(CollectorSettings {
        address,
        transport,
        timeout: reader.first(&TIMEOUTS, milliseconds).unwrap_or(DEFAULT_TIMEOUT),
        interval: reader.first(&[INTERVAL], milliseconds).unwrap_or(DEFAULT_INTERVAL).max(MIN_INTERVAL),
        temporality: reader.first(&[TEMPORALITY], |text| text.parse().ok()).unwrap_or_default(),
        service_name: reader.first(&[SERVICE_NAME], |text| Some(text.to_owned())),
        tls,
        ignored: reader.ignored,
    })
}

fn milliseconds(text: &str) -> Option<Duration> {
    let milliseconds = text.parse().ok().filter(|milliseconds| *milliseconds > 0)?;
    Some(Duration::from_millis(milliseconds).min(MAX_DURATION))
}

/// Reads variables as the exporter does: the first one that is set and valid.
struct OtelEnv<'a> {
    environment: &'a Environment,
    ignored: Vec<&'static str>,
}

impl<'a> OtelEnv<'a> {
    fn first<T>(&mut self, names: &[&'static str], parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        for name in names {
            let parsed = match self.environment.get(name) {
                Variable::Unset => continue,
                Variable::Text(text) => parse(text),
                Variable::Unreadable => None,
            };
            match parsed {
                Some(value) => return Some(value),
                None => self.ignored.push(name),
            }
        }
        None
    }

    /// Returns the text of the first variable that is set, or `Some(None)` if it is not valid UTF-8.
    fn set(&self, names: &[&str]) -> Option<Option<&'a str>> {
        let set = names.iter().map(|name| self.environment.get(name)).find(|value| *value != Variable::Unset)?;
        Some(match set {
            Variable::Text(text) => Some(text),
            Variable::Unset | Variable::Unreadable => None,
        })
    }

    /// Returns the PEM files, or `None` if a path is not valid UTF-8, since trusting other certificates would be worse than none.
    fn tls(&mut self) -> Option<TlsFiles> {
        let path = |names| match self.set(names) {
            None => Some(None),
            Some(text) => text.map(|text| Some(PathBuf::from(text))),
        };
        let (certificate, chain, key) = (path(&CERTIFICATES)?, path(&CLIENT_CERTIFICATES)?, path(&CLIENT_KEYS)?);
        let client = match (chain, key) {
            (Some(certificate), Some(key)) => Some(ClientIdentity { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return self.ignore(CLIENT_CERTIFICATES[1], certificate),
            (None, Some(_)) => return self.ignore(CLIENT_KEYS[1], certificate),
        };
        Some(TlsFiles { certificate, client })
    }

    /// Ignores a certificate without its key, or a key without its certificate.
    fn ignore(&mut self, name: &'static str, certificate: Option<PathBuf>) -> Option<TlsFiles> {
        self.ignored.push(name);
        Some(TlsFiles { certificate, client: None })
    }
}

#[cfg(test)]
mod tests {
    use super::super::flags::Flags;
    use super::super::load::{Configuration, load};
    use super::super::reader::SettingsReader;
    use super::super::table::SETTINGS;
    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

    fn load_from<const N: usize>(variables: [(&str, &str); N]) -> Configuration {
        load(SettingsReader::new(&Flags::default(), &Environment::from(variables)), SETTINGS)
    }

    fn asked<const N: usize>(variables: [(&str, &str); N]) -> SelfMetricsSettings {
        load_from(variables).self_metrics
    }

    fn settings<const N: usize>(variables: [(&str, &str); N]) -> CollectorSettings {
        match asked(variables) {
            SelfMetricsSettings::Collector(settings) => *settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn no_endpoint_gives_no_self_metrics() {
        assert_eq!(asked([]), SelfMetricsSettings::Unasked);
        assert_eq!(asked([("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), SelfMetricsSettings::Unasked);
        assert_eq!(asked([("OTEL_METRICS_EXPORTER", "otlp")]), SelfMetricsSettings::Unasked);
        let report = ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org");
        assert_eq!(asked([report]), SelfMetricsSettings::Unasked);
    }

    #[test]
    fn endpoint_alone_gives_the_standard_defaults() {
        let settings = settings([ENDPOINT]);
        assert_eq!(settings.address.to_string(), "127.0.0.1:4318");
        assert_eq!(settings.transport, Transport::HttpProtobuf);
        assert_eq!((settings.timeout.as_secs(), settings.interval.as_secs()), (10, 60));
        assert_eq!((settings.temporality, settings.service_name), (Temporality::Cumulative, None));
        assert_eq!((settings.tls.certificate, settings.ignored), (None, vec![]));
    }

    #[test]
    fn invalid_port_is_not_replaced_by_the_default() {
        for port in ["70000", "4318o", "0", ""] {
            let asked = asked([("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{port}"))]);
            assert!(matches!(asked, SelfMetricsSettings::Silenced(_)), "{port} {asked:?}");
        }
    }

    #[test]
    fn invalid_variable_is_ignored_and_does_not_enable_reports() {
        let variables =
            [ENDPOINT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "telepathy"), ("OTEL_METRIC_EXPORT_INTERVAL", "soon")];
        let configuration = load_from(variables);
        assert!(configuration.errors.is_empty(), "{:?}", configuration.errors);
        assert!(configuration.destination.is_none());
        let SelfMetricsSettings::Collector(settings) = configuration.self_metrics else { panic!() };
        assert_eq!(settings.ignored, ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_METRIC_EXPORT_INTERVAL"]);
    }

    #[test]
    fn variable_that_turns_telemetry_off_gives_none() {
        for off in [
            ("DO_NOT_TRACK", "1"),
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "prometheus,console"),
        ] {
            let asked = asked([ENDPOINT, off]);
            assert!(matches!(asked, SelfMetricsSettings::Silenced(_)), "{off:?} {asked:?}");
        }
        for neutral in [("DO_NOT_TRACK", "0"), ("OTEL_SDK_DISABLED", "1"), ("OTEL_METRICS_EXPORTER", "console, OTLP")] {
            let asked = asked([ENDPOINT, neutral]);
            assert!(matches!(asked, SelfMetricsSettings::Collector(_)), "{neutral:?} {asked:?}");
        }
    }

    #[test]
    fn variable_for_metrics_wins_unless_it_is_invalid() {
        let settings = settings([
            ENDPOINT,
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://metrics.example.org/put"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "smoke signals"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "GRPC"),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", ""),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "10"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"),
            ("OTEL_SERVICE_NAME", "sidecar"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/etc/client.key"),
        ]);
        assert_eq!(settings.address.uri().to_string(), "https://metrics.example.org/put");
        assert_eq!((settings.transport, settings.timeout.as_millis()), (Transport::Grpc, 2500));
        assert_eq!((settings.interval, settings.temporality), (MIN_INTERVAL, Temporality::Delta));
        let longest = u64::MAX.to_string();
        let patient = self::settings([
            ENDPOINT,
            ("OTEL_METRIC_EXPORT_INTERVAL", &longest),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", &longest),
        ]);
        assert_eq!((patient.interval, patient.timeout), (MAX_DURATION, MAX_DURATION));
        assert_eq!(settings.service_name.as_deref(), Some("sidecar"));
        assert_eq!(settings.tls.certificate, Some(PathBuf::from("/etc/ca.pem")));
        assert_eq!(settings.tls.client, None);
        let ignored = ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_CLIENT_KEY"];
        assert_eq!(settings.ignored, ignored);
    }

    #[test]
    fn grpc_without_scheme_uses_tls_unless_insecure() {
        let uri = |endpoint, protocol, insecure| {
            let variables = [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_INSECURE", insecure),
            ];
            match asked(variables) {
                SelfMetricsSettings::Collector(settings) => Some(settings.address.uri().to_string()),
                _ => None,
            }
        };
        assert_eq!(uri("collector:4317", "grpc", "").as_deref(), Some("https://collector:4317/"));
        assert_eq!(uri("collector:4317", "grpc", "True").as_deref(), Some("http://collector:4317/"));
        assert_eq!(uri("http://collector:4317", "grpc", "").as_deref(), Some("http://collector:4317/"));
        assert_eq!(uri("https://collector", "grpc", "true").as_deref(), Some("https://collector/"));
        for (endpoint, protocol) in [
            ("collector:4318", "http/protobuf"),
            ("unix:///run/otlp", "grpc"),
            ("ftp://collector", "http/protobuf"),
            ("http://", "http/protobuf"),
            ("/v1/metrics", "grpc"),
        ] {
            assert_eq!(uri(endpoint, protocol, ""), None, "{endpoint}");
        }
    }

    #[test]
    fn address_is_shown_without_credentials() {
        let settings =
            settings([("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:sesame@collector.example.org:4318/x?y=z")]);
        let shown = format!("{settings:?} {}", settings.address);
        assert!(shown.contains("collector.example.org:4318") && !shown.contains("sesame"), "{shown}");
    }
}
