//! Settings: raw flags and environment become valid settings once, with every fault listed.
//!
//! Knows no clock and no socket; the environment is passed in.

mod command;
mod consent;
mod duration;
mod environment;
mod fault;
mod flags;
pub mod headers;
mod load;
mod names;
mod reader;
mod self_metrics;
mod settings;
mod switch;
mod unknown;
mod url;
mod window;

pub use command::{Cli, Command, DiscloseFormat, Format, PreviewFormat};
pub use consent::{ConsentSettings, Recipient};
pub use environment::{Environment, Variable};
pub use fault::{Fault, FaultKind};
pub use flags::Flags;
pub use load::{Configuration, health_address, load};
pub use names::{AMBIENT, SETTINGS, Setting};
pub use self_metrics::{CollectorAddress, CollectorSettings, SelfMetricsSettings};
pub use settings::*;
pub use switch::Switch;
pub(crate) use url::port;
pub use url::{BaseUrl, BaseUrlError};
