//! Settings: flags and environment become valid settings once, with every error listed.
//!
//! Must not know the settings of a service, clocks or sockets. The environment is passed in.

mod consent;
mod destination;
mod environment;
mod error;
mod flags;
pub mod headers;
mod load;
mod otel_env;
mod reader;
mod setting;
mod settings;
mod table;
mod unknown;
mod url;
pub(crate) mod values;

pub use consent::{ConsentSettings, Recipient};
pub use environment::{Environment, Variable};
pub use error::{SettingError, SettingErrorKind};
pub use flags::Flags;
pub use load::{Configuration, load};
pub use otel_env::{CollectorAddress, CollectorSettings, SelfMetricsSettings};
pub use reader::{Parsed, SettingsReader};
pub(crate) use setting::settings;
pub use setting::{Accepts, DefaultValue, Group, Invalid, Setting, Typed};
pub use settings::*;
pub(crate) use table::*;
pub use table::{AMBIENT, SETTINGS};
pub(crate) use url::port;
pub use url::{BaseUrl, BaseUrlError};
pub use values::BoolSetting;
