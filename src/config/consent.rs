//! What the settings and the environment say of consent. It is not decided here.

use std::fmt;
use std::path::PathBuf;

use super::switch::Switch;

/// The votes of settings and environment, which stand as long as the process does, and where the consent file is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConsentSettings {
    /// HEADCOUNT_DISABLED.
    pub disabled_variable: Switch,
    /// `--disabled`. It can add a no and not take one away.
    pub disabled_flag: Switch,
    /// Whether DO_NOT_TRACK holds anything but nothing, `0` or `false`.
    pub do_not_track: bool,
    /// Whether OTEL_SDK_DISABLED is `true` in any case, or unreadable.
    pub otel_sdk_disabled: bool,
    /// The file to watch, if one was named.
    pub consent_file: Option<PathBuf>,
    /// Whether an endpoint, valid or not, or the export protocol was named.
    pub has_destination: bool,
    /// Who would receive reports, if that can be told.
    pub recipient: Option<Recipient>,
}

/// Who receives reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Nobody over a network: an operator carries exported files.
    Export,
    /// An endpoint.
    Endpoint {
        /// Its host as the URL writes it, in lower case; IPv6 addresses stand in brackets.
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
