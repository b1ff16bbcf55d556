//! The table of headcount's own settings, and the variables of others that are read too.
//!
//! Must not know the settings of a service: those are in the service's folder, in a table of the same form.

use std::path::PathBuf;
use std::time::Duration;

use super::headers::Header;
use super::setting::Accepts::{Boolean, Duration as Between, Form, Words};
use super::setting::DefaultValue::{None as Without, Text};
use super::setting::{Group, Invalid, Setting, settings, words};
use super::settings::{Compression, HealthAddress, LogFormat, LogLevel, Protocol, ReportWindow};
use super::url::{BaseUrl, BaseUrlError};
use super::values::{self, BoolSetting};
use crate::model::InstallGuid;

settings! {
    OTLP_ENDPOINT: BaseUrl = endpoint, {
        flag: Some("otlp-endpoint"), group: Group::Destination, value: "URL",
        default: Without("none, nothing is sent"), accepts: Form("a URL such as https://telemetry.example.org"),
        help: "URL of the recipient; nothing is sent without it",
        detail: "It may end in /v1/metrics.", chart: "otlp.endpoint",
    };
    OTLP_PROTOCOL: Protocol = values::word, {
        flag: Some("otlp-protocol"), group: Group::Destination, value: "PROTOCOL",
        default: Text("http/protobuf"), accepts: Words(words::<Protocol>),
        help: "Protocol, or export to keep reports for `export`", chart: "otlp.protocol",
    };
    OTLP_HEADERS_FILE: PathBuf = values::path, {
        flag: Some("otlp-headers-file"), group: Group::Destination, value: "FILE",
        accepts: Form("the path of a file"), help: "File with request headers, one name=value per line",
        detail: "Added to the headers in HEADCOUNT_OTLP_HEADERS.", chart: "otlp.headers.existingSecret",
    };
    OTLP_HEADERS: Vec<Header> = values::headers, {
        group: Group::Destination, accepts: Form("name=value pairs separated by commas"),
        help: "Request headers, as name=value separated by commas", detail: "Values are percent-encoded.",
    };
    OTLP_COMPRESSION: Compression = values::word, {
        flag: Some("otlp-compression"), group: Group::Destination, value: "COMPRESSION",
        default: Text("none"), accepts: Words(words::<Compression>),
        help: "Compression of requests", chart: "otlp.compression",
    };
    OTLP_TIMEOUT: Duration = values::duration, {
        flag: Some("otlp-timeout"), group: Group::Destination, value: "DURATION",
        default: Text("10s"), accepts: Between { least: "1s", most: "5m", whole_hours: false },
        help: "Time limit of one delivery attempt", chart: "otlp.timeout",
    };
    OTLP_CERTIFICATE: PathBuf = values::path, {
        flag: Some("otlp-certificate"), group: Group::Destination, value: "FILE",
        default: Without("the system's"), accepts: Form("the path of a file"),
        help: "PEM file with trusted certificates", chart: "otlp.tls.caKey",
    };
    OTLP_CLIENT_CERTIFICATE: PathBuf = values::path, {
        flag: Some("otlp-client-certificate"), group: Group::Destination, value: "FILE",
        accepts: Form("the path of a file"),
        help: "PEM file with the client certificate", chart: "otlp.tls.certificateKey",
    };
    OTLP_CLIENT_KEY: PathBuf = values::path, {
        flag: Some("otlp-client-key"), group: Group::Destination, value: "FILE", accepts: Form("the path of a file"),
        help: "PEM file with the client certificate's private key", chart: "otlp.tls.privateKeyKey",
    };
    OTLP_INSECURE: bool = values::boolean, {
        flag: Some("otlp-insecure"), group: Group::Destination, value: "BOOLEAN",
        default: Text("false"), accepts: Boolean,
        help: "Allow unencrypted delivery to other hosts", chart: "otlp.insecure",
    };
    DISABLED: BoolSetting = |_, text| Ok(BoolSetting::parse_opt_out(text)), {
        flag: Some("disabled"), group: Group::Consent, value: "BOOLEAN", default: Text("false"), accepts: Boolean,
        help: "Opt out and delete stored data; overrides all settings",
        detail: "Receipts are kept. No other setting undoes an opt-out.", chart: "disabled",
    };
    CONSENT_FILE: PathBuf = values::path, {
        flag: Some("consent-file"), group: Group::Consent, value: "FILE", accepts: Form("the path of a file"),
        help: "Watched file that starts with granted or denied",
        detail: "A change takes effect within two seconds.", chart: "consent.existingConfigMap",
    };
    SCRAPE_INTERVAL: Duration = values::duration, {
        flag: Some("scrape-interval"), group: Group::Schedule, value: "DURATION",
        default: Text("1h"), accepts: Between { least: "1m", most: "24h", whole_hours: false },
        help: "Time between two scrapes", chart: "scrapeInterval",
    };
    REPORT_INTERVAL: Duration = values::duration, {
        flag: Some("report-interval"), group: Group::Schedule, value: "DURATION",
        default: Text("24h"), accepts: Between { least: "1h", most: "7d", whole_hours: true },
        help: "Time between two reports", chart: "reportInterval",
    };
    REPORT_WINDOW: ReportWindow = values::window, {
        flag: Some("report-window"), group: Group::Schedule, value: "WINDOW",
        default: Without("none, any time"), accepts: Form("a time range such as 01:00-02:00"),
        help: "Daily time range for sending, in UTC", chart: "reportWindow",
    };
    // A longer delay than the longest retention would only hide that nothing is ever sent.
    FIRST_REPORT_AFTER: Duration = values::duration, {
        flag: Some("first-report-after"), group: Group::Schedule, value: "DURATION",
        default: Text("1h"), accepts: Between { least: "0s", most: "30d", whole_hours: false },
        help: "Delay before the first report", detail: "It leaves time to opt out.", chart: "firstReportAfter",
    };
    STATE_DIR: PathBuf = values::path, {
        flag: Some("state-dir"), group: Group::Storage, value: "DIRECTORY",
        default: Text("/var/lib/headcount"), accepts: Form("the path of a directory"), help: "Directory of the store",
    };
    KEEP: Duration = values::duration, {
        flag: Some("keep"), group: Group::Storage, value: "DURATION",
        default: Text("30d"), accepts: Between { least: "1d", most: "30d", whole_hours: false },
        help: "Retention of pending reports and the audit log", chart: "keep",
    };
    INSTALL_GUID: InstallGuid = values::install_guid, {
        flag: Some("install-guid"), group: Group::Storage, value: "UUID",
        default: Without("created with the first report"), accepts: Form("a random UUID (version 4)"),
        help: "Fixed install_guid (UUID version 4)", chart: "installGuid.existingSecret",
    };
    HEALTH_ADDR: HealthAddress = values::health_address, {
        flag: Some("health-addr"), group: Group::Operation, value: "ADDRESS:PORT", default: Text("127.0.0.1:13233"),
        accepts: Form("an address and port such as 127.0.0.1:13233 or [::1]:13233, or off"),
        help: "Address of the health endpoint, or off",
    };
    LOG_LEVEL: LogLevel = values::word, {
        flag: Some("log-level"), group: Group::Operation, value: "LEVEL",
        default: Text("info"), accepts: Words(words::<LogLevel>), help: "Log level", chart: "logLevel",
    };
    LOG_FORMAT: LogFormat = values::word, {
        flag: Some("log-format"), group: Group::Operation, value: "FORMAT",
        default: Text("text"), accepts: Words(words::<LogFormat>), help: "Log format", chart: "logFormat",
    };
}

/// Reads the recipient's URL.
fn endpoint(_: &Setting, text: &str) -> Result<BaseUrl, Invalid> {
    const FILE: &str = "in the file that HEADCOUNT_OTLP_HEADERS_FILE names";
    BaseUrl::endpoint(text).map_err(|error| match error {
        BaseUrlError::UserInformation => Invalid::from(error).and(format_args!("put an authorization header {FILE}")),
        BaseUrlError::Query => Invalid::from(error).and(format_args!("put a token {FILE}")),
        other => other.into(),
    })
}

/// Turns headcount off with any value but `0` and `false`.
pub(crate) const DO_NOT_TRACK: &str = "DO_NOT_TRACK";
/// Turns headcount off with the value `true`, in any case.
pub(crate) const OTEL_SDK_DISABLED: &str = "OTEL_SDK_DISABLED";

/// The variables of others that are read too: the two above, the proxies, and what configures the self-metrics, by `config` or by
/// the exporter itself. A deployment that passes variables on by name has to pass on these and those of [`SETTINGS`].
pub const AMBIENT: &[&str] = &[
    DO_NOT_TRACK,
    OTEL_SDK_DISABLED,
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "no_proxy",
    "NO_PROXY",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_INSECURE",
    "OTEL_EXPORTER_OTLP_INSECURE",
    "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
];
