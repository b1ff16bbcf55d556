//! The settings and variables that the decision depends on.
//!
//! Must not know how the decision is made.

use std::fmt;
use std::path::PathBuf;

use super::values::BoolSetting;

/// The sources of the decision that do not change while the process runs, and the path of the consent file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsentSettings {
    /// HEADCOUNT_DISABLED.
    pub disabled_variable: BoolSetting,
    /// `--disabled`. It can opt out, and cannot undo an opt-out.
    pub disabled_flag: BoolSetting,
    /// Whether DO_NOT_TRACK is set to a value other than `0` and `false`.
    pub do_not_track: bool,
    /// Whether OTEL_SDK_DISABLED is `true` in any case, or not valid UTF-8.
    pub otel_sdk_disabled: bool,
    /// The path of the consent file, if one is configured.
    pub consent_file: Option<PathBuf>,
    /// Whether an endpoint, valid or not, or the export protocol is set.
    pub has_destination: bool,
    /// The recipient, if it is valid.
    pub recipient: Option<Recipient>,
}

/// The recipient of reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Exported files.
    Export,
    /// An endpoint.
    Endpoint {
        /// Its host as in the URL, in lower case; an IPv6 address is in brackets.
        host: String,
        /// Its port.
        port: u16,
    },
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export => f.write_str("export"),
            Self::Endpoint { host, port } => write!(f, "{host}:{port}"),
        }
    }
}
