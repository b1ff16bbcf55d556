//! The settings as flags, raw: texts that nobody has read yet.

#![allow(rustdoc::bare_urls, reason = "the fields' texts are the command line's help, for terminals")]

use std::fmt;

use clap::Args;

/// Every setting that has a flag, as it was written; flags win over variables. `Debug` shows names alone.
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct Flags {
    /// Where the service's admin API is, like http://127.0.0.1:8080; required (HEADCOUNT_COMPREFACE_URL)
    #[arg(long, global = true, value_name = "URL")]
    pub compreface_url: Option<String>,
    /// Where the service's core API is, if elsewhere; default: the same (HEADCOUNT_COMPREFACE_CORE_URL)
    #[arg(long, global = true, value_name = "URL")]
    pub compreface_core_url: Option<String>,
    /// The e-mail address of an owner's or administrator's account; required (HEADCOUNT_COMPREFACE_EMAIL)
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub compreface_email: Option<String>,
    /// A file (no pipe) with the account's password, read at each sign-in; this or HEADCOUNT_COMPREFACE_PASSWORD is required (HEADCOUNT_COMPREFACE_PASSWORD_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub compreface_password_file: Option<String>,
    /// A PEM file with the certificates to trust for an https:// service; default: the system's (HEADCOUNT_COMPREFACE_CERTIFICATE)
    #[arg(long, global = true, value_name = "FILE")]
    pub compreface_certificate: Option<String>,
    /// Where reports go, like https://telemetry.example.org, with or without /v1/metrics; default: none, which is off (HEADCOUNT_OTLP_ENDPOINT)
    #[arg(long, global = true, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// How reports travel: http/protobuf, grpc, or export (no endpoint: reports wait); default: http/protobuf (HEADCOUNT_OTLP_PROTOCOL)
    #[arg(long, global = true, value_name = "PROTOCOL")]
    pub otlp_protocol: Option<String>,
    /// A file with a header, name=value, on each line, beside those of HEADCOUNT_OTLP_HEADERS; default: none (HEADCOUNT_OTLP_HEADERS_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub otlp_headers_file: Option<String>,
    /// How bodies are compressed: gzip or none; default: none (HEADCOUNT_OTLP_COMPRESSION)
    #[arg(long, global = true, value_name = "COMPRESSION")]
    pub otlp_compression: Option<String>,
    /// The time limit of one attempt, 1s to 5m; default: 10s (HEADCOUNT_OTLP_TIMEOUT)
    #[arg(long, global = true, value_name = "DURATION")]
    pub otlp_timeout: Option<String>,
    /// A PEM file of the certificates to trust; default: the system's (HEADCOUNT_OTLP_CERTIFICATE)
    #[arg(long, global = true, value_name = "FILE")]
    pub otlp_certificate: Option<String>,
    /// A PEM file with the client's certificate; default: none (HEADCOUNT_OTLP_CLIENT_CERTIFICATE)
    #[arg(long, global = true, value_name = "FILE")]
    pub otlp_client_certificate: Option<String>,
    /// A PEM file with the client certificate's key; default: none (HEADCOUNT_OTLP_CLIENT_KEY)
    #[arg(long, global = true, value_name = "FILE")]
    pub otlp_client_key: Option<String>,
    /// Whether reports may travel unencrypted beyond this machine; default: false (HEADCOUNT_OTLP_INSECURE)
    #[arg(long, global = true, value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub otlp_insecure: Option<String>,
    /// The directory of the store; default: /var/lib/headcount (HEADCOUNT_STATE_DIR)
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub state_dir: Option<String>,
    /// The time between two scrapes, 1m to 24h; default: 1h (HEADCOUNT_SCRAPE_INTERVAL)
    #[arg(long, global = true, value_name = "DURATION")]
    pub scrape_interval: Option<String>,
    /// The time between two reports, 1h to 7d in whole hours; default: 24h (HEADCOUNT_REPORT_INTERVAL)
    #[arg(long, global = true, value_name = "DURATION")]
    pub report_interval: Option<String>,
    /// The part of the day, in UTC, in which to send, like 01:00-02:00; default: none, which is any time (HEADCOUNT_REPORT_WINDOW)
    #[arg(long, global = true, value_name = "WINDOW")]
    pub report_window: Option<String>,
    /// The time to say no after the first start, 0s to 30d; default: 1h (HEADCOUNT_FIRST_REPORT_AFTER)
    #[arg(long, global = true, value_name = "DURATION")]
    pub first_report_after: Option<String>,
    /// How long undelivered reports and the audit are kept, 1d to 30d; default: 30d (HEADCOUNT_KEEP)
    #[arg(long, global = true, value_name = "DURATION")]
    pub keep: Option<String>,
    /// Whether to be off and delete what is kept: a no, which no other setting undoes; default: false (HEADCOUNT_DISABLED)
    #[arg(long, global = true, value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub disabled: Option<String>,
    /// A file that begins with granted or denied, watched for changes; default: none (HEADCOUNT_CONSENT_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub consent_file: Option<String>,
    /// The random (version 4) UUID to report as; default: one is made at the first report (HEADCOUNT_INSTALL_GUID)
    #[arg(long, global = true, value_name = "UUID")]
    pub install_guid: Option<String>,
    /// Where the health endpoint listens, or off; default: 127.0.0.1:13233 (HEADCOUNT_HEALTH_ADDR)
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub health_addr: Option<String>,
    /// How talkative the log is: error, warn, info, debug or trace; default: info (HEADCOUNT_LOG_LEVEL)
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// What a log line is, on stderr: text or json; default: text (HEADCOUNT_LOG_FORMAT)
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Flags {
    /// What was written for a flag, given with its two dashes.
    #[must_use]
    pub fn get(&self, flag: &str) -> Option<&str> {
        let (_, value) = self.entries().into_iter().find(|(name, _)| *name == flag)?;
        value.as_deref()
    }

    fn entries(&self) -> [(&'static str, &Option<String>); 26] {
        [
            ("--compreface-url", &self.compreface_url),
            ("--compreface-core-url", &self.compreface_core_url),
            ("--compreface-email", &self.compreface_email),
            ("--compreface-password-file", &self.compreface_password_file),
            ("--compreface-certificate", &self.compreface_certificate),
            ("--otlp-endpoint", &self.otlp_endpoint),
            ("--otlp-protocol", &self.otlp_protocol),
            ("--otlp-headers-file", &self.otlp_headers_file),
            ("--otlp-compression", &self.otlp_compression),
            ("--otlp-timeout", &self.otlp_timeout),
            ("--otlp-certificate", &self.otlp_certificate),
            ("--otlp-client-certificate", &self.otlp_client_certificate),
            ("--otlp-client-key", &self.otlp_client_key),
            ("--otlp-insecure", &self.otlp_insecure),
            ("--state-dir", &self.state_dir),
            ("--scrape-interval", &self.scrape_interval),
            ("--report-interval", &self.report_interval),
            ("--report-window", &self.report_window),
            ("--first-report-after", &self.first_report_after),
            ("--keep", &self.keep),
            ("--disabled", &self.disabled),
            ("--consent-file", &self.consent_file),
            ("--install-guid", &self.install_guid),
            ("--health-addr", &self.health_addr),
            ("--log-level", &self.log_level),
            ("--log-format", &self.log_format),
        ]
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.entries().into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name);
        f.write_str("Flags")?;
        f.debug_set().entries(given).finish()
    }
}
