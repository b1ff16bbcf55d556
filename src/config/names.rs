//! The names of all settings, once: what is read, what is known, and what a misspelt name is compared with.

/// A setting's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The flag with its two dashes; secrets given by value have none, since command lines are world-readable.
    pub flag: Option<&'static str>,
    /// The environment variable.
    pub variable: &'static str,
}

const fn both(flag: &'static str, variable: &'static str) -> Setting {
    Setting { flag: Some(flag), variable }
}

const fn variable(variable: &'static str) -> Setting {
    Setting { flag: None, variable }
}

macro_rules! settings {
    ($($name:ident = $setting:expr;)*) => {
        $(pub(super) const $name: Setting = $setting;)*
        /// Every setting, in the order in which the documentation lists them.
        pub const SETTINGS: &[Setting] = &[$($name),*];
    };
}

settings! {
    COMPREFACE_URL = both("--compreface-url", "HEADCOUNT_COMPREFACE_URL");
    COMPREFACE_CORE_URL = both("--compreface-core-url", "HEADCOUNT_COMPREFACE_CORE_URL");
    COMPREFACE_EMAIL = both("--compreface-email", "HEADCOUNT_COMPREFACE_EMAIL");
    COMPREFACE_PASSWORD_FILE = both("--compreface-password-file", "HEADCOUNT_COMPREFACE_PASSWORD_FILE");
    COMPREFACE_PASSWORD = variable("HEADCOUNT_COMPREFACE_PASSWORD");
    COMPREFACE_CERTIFICATE = both("--compreface-certificate", "HEADCOUNT_COMPREFACE_CERTIFICATE");
    OTLP_ENDPOINT = both("--otlp-endpoint", "HEADCOUNT_OTLP_ENDPOINT");
    OTLP_PROTOCOL = both("--otlp-protocol", "HEADCOUNT_OTLP_PROTOCOL");
    OTLP_HEADERS_FILE = both("--otlp-headers-file", "HEADCOUNT_OTLP_HEADERS_FILE");
    OTLP_HEADERS = variable("HEADCOUNT_OTLP_HEADERS");
    OTLP_COMPRESSION = both("--otlp-compression", "HEADCOUNT_OTLP_COMPRESSION");
    OTLP_TIMEOUT = both("--otlp-timeout", "HEADCOUNT_OTLP_TIMEOUT");
    OTLP_CERTIFICATE = both("--otlp-certificate", "HEADCOUNT_OTLP_CERTIFICATE");
    OTLP_CLIENT_CERTIFICATE = both("--otlp-client-certificate", "HEADCOUNT_OTLP_CLIENT_CERTIFICATE");
    OTLP_CLIENT_KEY = both("--otlp-client-key", "HEADCOUNT_OTLP_CLIENT_KEY");
    OTLP_INSECURE = both("--otlp-insecure", "HEADCOUNT_OTLP_INSECURE");
    STATE_DIR = both("--state-dir", "HEADCOUNT_STATE_DIR");
    SCRAPE_INTERVAL = both("--scrape-interval", "HEADCOUNT_SCRAPE_INTERVAL");
    REPORT_INTERVAL = both("--report-interval", "HEADCOUNT_REPORT_INTERVAL");
    REPORT_WINDOW = both("--report-window", "HEADCOUNT_REPORT_WINDOW");
    FIRST_REPORT_AFTER = both("--first-report-after", "HEADCOUNT_FIRST_REPORT_AFTER");
    KEEP = both("--keep", "HEADCOUNT_KEEP");
    DISABLED = both("--disabled", "HEADCOUNT_DISABLED");
    CONSENT_FILE = both("--consent-file", "HEADCOUNT_CONSENT_FILE");
    INSTALL_GUID = both("--install-guid", "HEADCOUNT_INSTALL_GUID");
    HEALTH_ADDR = both("--health-addr", "HEADCOUNT_HEALTH_ADDR");
    LOG_LEVEL = both("--log-level", "HEADCOUNT_LOG_LEVEL");
    LOG_FORMAT = both("--log-format", "HEADCOUNT_LOG_FORMAT");
}

/// Not headcount's own, but honoured: any value but empty, `0` or `false` is off.
pub(super) const DO_NOT_TRACK: &str = "DO_NOT_TRACK";
/// Not headcount's own, but honoured: `true` in any case is off.
pub(super) const OTEL_SDK_DISABLED: &str = "OTEL_SDK_DISABLED";

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
