//! The operator's own OTEL_* variables, which configure the sidecar's metrics about itself and nothing of the report.
//!
//! The official exporter reads its variables by itself, from the process's environment, when it is built: HTTP's address,
//! headers, compression, resource attributes. Read here, by the same rules (otherwise empty is unset, and what makes no
//! sense falls back), is what decides whether there is an exporter at all, and what it leaves to whoever owns its
//! connections and its timer. None of it can be a fault: a variable that a platform puts into every pod must not silence
//! the report.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::Uri;
use http::uri::{PathAndQuery, Scheme};
use opentelemetry_sdk::metrics::Temporality;

use super::consent::ConsentSettings;
use super::environment::{Environment, Variable};
use super::settings::{ClientIdentity, TlsSettings, Transport};
use super::url;

/// Without these two there are no self-metrics. The first is for metrics alone and wins.
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
/// More often than this would be work for nothing: the loop goes round once a minute.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// Nobody waits longer for either; and no sum of times can be too large.
const MAX_DURATION: Duration = Duration::from_secs(24 * 3600);

/// What the OTEL_* variables ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelfMetricsSettings {
    /// Nothing: they name no endpoint.
    Unasked,
    /// They name an endpoint, but this (a sentence) keeps the self-metrics off as long as the process lives.
    Silenced(&'static str),
    /// Self-metrics, as long as nobody says no.
    Collector(Box<CollectorSettings>),
}

/// The operator's own collector, and how it is talked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorSettings {
    /// Where it is.
    pub address: CollectorAddress,
    /// The protocol.
    pub transport: Transport,
    /// The time limit of one export, from the connection to the answer's last byte; a day at most.
    pub timeout: Duration,
    /// Between two exports, 1 second to a day.
    pub interval: Duration,
    /// Whether sums and histograms go on from export to export.
    pub temporality: Temporality,
    /// OTEL_SERVICE_NAME.
    pub service_name: Option<String>,
    /// PEM files, which the exporter does not read.
    pub tls: TlsSettings,
    /// Variables that make no sense; their defaults are used.
    pub ignored: Vec<&'static str>,
}

/// Where the collector is. Its URL may hold a password, so it is shown as host and port alone.
#[derive(Clone, PartialEq, Eq)]
pub struct CollectorAddress(Uri);

impl CollectorAddress {
    /// The URL. Without a scheme (which gRPC allows), TLS is used unless `insecure`; none if it makes no sense.
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
    if let Some(reason) = silence(environment, consent) {
        return SelfMetricsSettings::Silenced(reason);
    }
    match collector(environment) {
        Ok(settings) => SelfMetricsSettings::Collector(Box::new(settings)),
        Err(reason) => SelfMetricsSettings::Silenced(reason),
    }
}

/// What silences them whatever else is set.
fn silence(environment: &Environment, consent: &ConsentSettings) -> Option<&'static str> {
    if consent.do_not_track {
        return Some("DO_NOT_TRACK asks not to be tracked");
    }
    if consent.otel_sdk_disabled {
        return Some("OTEL_SDK_DISABLED is true or cannot be read");
    }
    let names_otlp = |list: &str| list.split(',').any(|exporter| exporter.trim().eq_ignore_ascii_case("otlp"));
    match environment.get(EXPORTERS) {
        Variable::Unset => None,
        Variable::Text(list) if names_otlp(list) => None,
        Variable::Text(_) | Variable::Unreadable => Some("OTEL_METRICS_EXPORTER does not name otlp"),
    }
}

fn collector(environment: &Environment) -> Result<CollectorSettings, &'static str> {
    let mut reader = Reader { environment, ignored: Vec::new() };
    let transport = reader.first(&PROTOCOLS, transport).unwrap_or(Transport::HttpProtobuf);
    let insecure = reader.first(&INSECURE, |text| Some(text.eq_ignore_ascii_case("true"))).unwrap_or(false);
    let parse = |text: &str| CollectorAddress::parse(text, transport, insecure);
    let address = reader.set(&ENDPOINTS).and_then(|text| parse(text?)).ok_or(
        "the endpoint that OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_METRICS_ENDPOINT names is not a URL; write it \
         like http://127.0.0.1:4318",
    )?;
    let tls = reader.tls().ok_or("a path in the OTEL_EXPORTER_OTLP_* variables is not UTF-8")?;
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

fn transport(text: &str) -> Option<Transport> {
    let words = [("grpc", Transport::Grpc), ("http/protobuf", Transport::HttpProtobuf)];
    words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, transport)| *transport)
}

fn milliseconds(text: &str) -> Option<Duration> {
    let milliseconds = text.parse().ok().filter(|milliseconds| *milliseconds > 0)?;
    Some(Duration::from_millis(milliseconds).min(MAX_DURATION))
}

/// Reads variables as the exporter does: the first that is set and makes sense.
struct Reader<'a> {
    environment: &'a Environment,
    ignored: Vec<&'static str>,
}

impl<'a> Reader<'a> {
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

    /// What the first that is set holds; within it, none if that cannot be read.
    fn set(&self, names: &[&str]) -> Option<Option<&'a str>> {
        let set = names.iter().map(|name| self.environment.get(name)).find(|value| *value != Variable::Unset)?;
        Some(match set {
            Variable::Text(text) => Some(text),
            Variable::Unset | Variable::Unreadable => None,
        })
    }

    /// The PEM files; none if a path cannot be read, since to trust others instead would be worse than silence.
    fn tls(&mut self) -> Option<TlsSettings> {
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
        Some(TlsSettings { certificate, client })
    }

    /// A certificate without its key, or a key without its certificate, is nobody.
    fn ignore(&mut self, name: &'static str, certificate: Option<PathBuf>) -> Option<TlsSettings> {
        self.ignored.push(name);
        Some(TlsSettings { certificate, client: None })
    }
}

#[cfg(test)]
mod tests {
    use super::super::flags::Flags;
    use super::super::load::load;
    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

    fn asked<const N: usize>(variables: [(&str, &str); N]) -> SelfMetricsSettings {
        load(&Flags::default(), &Environment::from(variables)).self_metrics
    }

    fn settings<const N: usize>(variables: [(&str, &str); N]) -> CollectorSettings {
        match asked(variables) {
            SelfMetricsSettings::Collector(settings) => *settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_an_endpoint_there_are_none() {
        assert_eq!(asked([]), SelfMetricsSettings::Unasked);
        assert_eq!(asked([("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), SelfMetricsSettings::Unasked);
        assert_eq!(asked([("OTEL_METRICS_EXPORTER", "otlp")]), SelfMetricsSettings::Unasked);
        let report = ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org");
        assert_eq!(asked([report]), SelfMetricsSettings::Unasked);
    }

    #[test]
    fn an_endpoint_alone_gives_the_specifications_defaults() {
        let settings = settings([ENDPOINT]);
        assert_eq!(settings.address.to_string(), "127.0.0.1:4318");
        assert_eq!(settings.transport, Transport::HttpProtobuf);
        assert_eq!((settings.timeout.as_secs(), settings.interval.as_secs()), (10, 60));
        assert_eq!((settings.temporality, settings.service_name), (Temporality::Cumulative, None));
        assert_eq!((settings.tls.certificate, settings.ignored), (None, vec![]));
    }

    #[test]
    fn a_port_that_is_none_is_not_taken_for_the_schemes_own() {
        for port in ["70000", "4318o", "0", ""] {
            let asked = asked([("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{port}"))]);
            assert!(matches!(asked, SelfMetricsSettings::Silenced(_)), "{port} {asked:?}");
        }
    }

    #[test]
    fn they_are_no_fault_and_no_yes_for_the_report() {
        let variables =
            [ENDPOINT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "telepathy"), ("OTEL_METRIC_EXPORT_INTERVAL", "soon")];
        let configuration = load(&Flags::default(), &Environment::from(variables));
        assert!(configuration.faults.is_empty(), "{:?}", configuration.faults);
        assert!(configuration.destination.is_none());
        let SelfMetricsSettings::Collector(settings) = configuration.self_metrics else { panic!() };
        assert_eq!(settings.ignored, ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_METRIC_EXPORT_INTERVAL"]);
    }

    #[test]
    fn whoever_silences_the_report_for_other_reasons_silences_them_too() {
        for silencing in [
            ("DO_NOT_TRACK", "1"),
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_METRICS_EXPORTER", "prometheus,console"),
        ] {
            let asked = asked([ENDPOINT, silencing]);
            assert!(matches!(asked, SelfMetricsSettings::Silenced(_)), "{silencing:?} {asked:?}");
        }
        for neutral in [("DO_NOT_TRACK", "0"), ("OTEL_SDK_DISABLED", "1"), ("OTEL_METRICS_EXPORTER", "console, OTLP")] {
            let asked = asked([ENDPOINT, neutral]);
            assert!(matches!(asked, SelfMetricsSettings::Collector(_)), "{neutral:?} {asked:?}");
        }
    }

    #[test]
    fn what_is_for_metrics_alone_wins_and_nonsense_falls_through() {
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
    fn only_grpc_may_leave_the_scheme_out_and_then_insecure_matters() {
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
    fn an_address_is_shown_without_what_may_be_a_password() {
        let settings =
            settings([("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:sesame@collector.example.org:4318/x?y=z")]);
        let shown = format!("{settings:?} {}", settings.address);
        assert!(shown.contains("collector.example.org:4318") && !shown.contains("sesame"), "{shown}");
    }
}
