//! The types of settings that were read: every value is valid.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use secrecy::SecretString;

use super::headers::Header;
use super::url::BaseUrl;
use crate::net::tls::TlsFiles;

/// The protocol of requests to a recipient or a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// OTLP/HTTP with protobuf bodies.
    #[value(name = "http/protobuf")]
    HttpProtobuf,
    /// OTLP/gRPC.
    Grpc,
}

/// The protocol of reports, or their export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Protocol {
    #[default]
    #[value(name = "http/protobuf")]
    HttpProtobuf,
    Grpc,
    Export,
}

/// Compression of request bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Compression {
    /// None.
    #[default]
    None,
    /// gzip.
    Gzip,
}

/// The destination of reports.
#[derive(Debug, Clone)]
pub enum Destination {
    /// None: reports stay pending until `headcount export` takes them.
    Export,
    /// An OTLP endpoint.
    Endpoint(Box<EndpointSettings>),
}

/// An OTLP endpoint and how to send to it.
#[derive(Debug, Clone)]
pub struct EndpointSettings {
    /// The base URL; for HTTP, `v1/metrics` is appended.
    pub url: BaseUrl,
    /// The protocol.
    pub transport: Transport,
    /// Extra headers, usually a token.
    pub headers: HeaderSettings,
    /// Compression of bodies.
    pub compression: Compression,
    /// The time limit of one attempt, from the connection to the last byte of the response.
    pub timeout: Duration,
    /// PEM files.
    pub tls: TlsFiles,
    /// Proxies, from the environment.
    pub proxy: ProxySettings,
}

/// Headers that the operator configured. The file is read again before each delivery round.
#[derive(Debug, Clone, Default)]
pub struct HeaderSettings {
    /// Given by value; every value is marked sensitive.
    pub values: Vec<Header>,
    /// A file of `name=value` lines.
    pub file: Option<PathBuf>,
}

/// HTTPS_PROXY, HTTP_PROXY and NO_PROXY (in either case), as they stand; they may hold a password.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    /// For `https://` endpoints.
    pub https: Option<SecretString>,
    /// For `http://` endpoints.
    pub http: Option<SecretString>,
    /// Hosts that are reached directly.
    pub no_proxy: Option<String>,
}

/// The schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// Time between two scrapes, 1 minute to 24 hours.
    pub scrape_interval: Duration,
    /// Time between two reports, 1 hour to 7 days, in whole hours.
    pub report_interval: Duration,
    /// The daily time range in which reports are sent; any time if absent.
    pub report_window: Option<ReportWindow>,
    /// Delay before the first report.
    pub first_report_after: Duration,
    /// Retention of pending reports and the audit log, 1 to 30 days.
    pub keep: Duration,
}

/// A daily time range in UTC; it may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportWindow {
    /// Minutes after midnight at which it opens, 0 to 1439.
    pub opens: u16,
    /// How many minutes it is open, 1 to 1440.
    pub minutes: u16,
}

/// The address of the health endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HealthAddress {
    /// There is no health endpoint.
    #[default]
    Off,
    /// This address; with port 0 the system chooses the port.
    Listen(SocketAddr),
}

/// The log level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogLevel {
    /// Errors only.
    Error,
    /// Also warnings.
    Warn,
    /// Also changes of state.
    #[default]
    Info,
    /// Also each step.
    Debug,
    /// Everything.
    Trace,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggingSettings {
    /// The log level.
    pub level: LogLevel,
    /// The format of log lines.
    pub format: LogFormat,
}
