//! What the program works with once flags and environment have been read: every value here is valid.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;

use super::url::BaseUrl;

/// The service that is read, and the account that reads it.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Where `/admin/...` is.
    pub admin_url: BaseUrl,
    /// Where `/api/v1/...` is.
    pub core_url: BaseUrl,
    /// The account's e-mail address: personal, so it is never shown.
    pub email: SecretString,
    /// The account's password.
    pub password: PasswordSource,
    /// A PEM file with the certificates to trust instead of the system's, read whenever connections are about to be opened.
    pub certificate: Option<PathBuf>,
}

/// Where the password comes from.
#[derive(Debug, Clone)]
pub enum PasswordSource {
    /// A file, read at each sign-in, so that it can be rotated; newlines at its end are dropped.
    File(PathBuf),
    /// The value itself.
    Value(SecretString),
}

/// How reports travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// OTLP/HTTP with protobuf bodies.
    HttpProtobuf,
    /// OTLP/gRPC.
    Grpc,
}

/// How bodies are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
}

/// Where reports go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Nowhere by themselves: they wait until `headcount export` takes them.
    Export,
    /// An OTLP endpoint.
    Endpoint(Box<EndpointSettings>),
}

/// An OTLP endpoint and how it is talked to.
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
    /// The time limit of one attempt, from the connection to the answer's last byte.
    pub timeout: Duration,
    /// PEM files.
    pub tls: TlsSettings,
    /// Proxies, from the environment.
    pub proxy: ProxySettings,
}

/// Headers that the operator configured. A file is read at each round of deliveries.
#[derive(Debug, Clone, Default)]
pub struct HeaderSettings {
    /// Given by value; every value is marked sensitive.
    pub values: Vec<(HeaderName, HeaderValue)>,
    /// A file of `name=value` lines.
    pub file: Option<PathBuf>,
}

/// PEM files for TLS, read when connections are about to be opened, so that they can be rotated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Trusted instead of the system's roots.
    pub certificate: Option<PathBuf>,
    /// The client's certificate chain and key: both or neither.
    pub client: Option<ClientIdentity>,
}

/// A client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
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

/// When things are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// Between two scrapes, 1 minute to 24 hours.
    pub scrape_interval: Duration,
    /// Between two reports, 1 hour to 7 days, in whole hours.
    pub report_interval: Duration,
    /// The hours of the day in which reports are sent, if given.
    pub report_window: Option<ReportWindow>,
    /// Time to say no after the first start.
    pub first_report_after: Duration,
    /// Undelivered reports and the audit are deleted after this; 1 to 30 days.
    pub keep: Duration,
}

/// A part of the day, in UTC; it may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportWindow {
    /// Minutes after midnight at which it opens, 0 to 1439.
    pub opens: u16,
    /// How many minutes it is open, 1 to 1440.
    pub minutes: u16,
}

/// Where the health endpoint listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthAddress {
    /// Nowhere.
    Off,
    /// There; port 0 picks one.
    Listen(SocketAddr),
}

/// How talkative the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Errors only.
    Error,
    /// And warnings.
    Warn,
    /// And changes of state.
    Info,
    /// And each step.
    Debug,
    /// And everything else.
    Trace,
}

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggingSettings {
    /// How talkative the log is.
    pub level: LogLevel,
    /// What a line looks like.
    pub format: LogFormat,
}
