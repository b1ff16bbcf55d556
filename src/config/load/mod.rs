//! Raw flags and environment become a [`Configuration`], once, with every fault listed.

mod consent;
mod destination;
mod schedule;
mod service;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;

use super::consent::ConsentSettings;
use super::environment::Environment;
use super::fault::Fault;
use super::flags::Flags;
use super::names;
use super::reader::{Read, Reader};
use super::self_metrics::{self, SelfMetricsSettings};
use super::settings::{
    Destination, HealthAddress, LogFormat, LogLevel, LoggingSettings, ScheduleSettings, ServiceSettings,
};
use super::unknown;
use crate::model::InstallGuid;

/// Where the store is unless a setting says otherwise.
const STATE_DIR: &str = "/var/lib/headcount";
/// Where the health endpoint listens unless a setting says otherwise: loopback, for an exec probe.
const HEALTH_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 13233);

/// All settings, read. What is at fault has its default or is absent, and `faults` says so.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// How to log.
    pub logging: LoggingSettings,
    /// Where the health endpoint listens, or what is wrong with the setting (also among `faults`).
    pub health: Result<HealthAddress, Fault>,
    /// The store's directory.
    pub state_dir: PathBuf,
    /// What the settings say of consent.
    pub consent: ConsentSettings,
    /// The service; absent if a part of it is missing or at fault.
    pub service: Option<ServiceSettings>,
    /// Where reports go; absent if nothing was named, or a part of it is at fault.
    pub destination: Option<Destination>,
    /// When things are done.
    pub schedule: ScheduleSettings,
    /// The operator's own install_guid.
    pub install_guid: Option<InstallGuid>,
    /// What the operator's OTEL_* variables ask for.
    pub self_metrics: SelfMetricsSettings,
    /// Everything that is wrong. Not empty means off.
    pub faults: Vec<Fault>,
    /// The settings that reading the service needs and that are missing. They are among `faults` only if a destination was
    /// named: without one, headcount is simply off. `preview` and `check` need them either way.
    pub missing: Vec<Fault>,
}

/// Reads all settings.
#[must_use]
pub fn load(flags: &Flags, environment: &Environment) -> Configuration {
    let mut reader = Reader::new(flags, environment);
    let (service, missing) = service::read(&mut reader);
    let named = destination::read(&mut reader);
    let state_dir = reader.path(&names::STATE_DIR).valid().unwrap_or_else(|| PathBuf::from(STATE_DIR));
    let schedule = schedule::read(&mut reader);
    let consent = consent::read(&mut reader, &named);
    let install_guid = reader.read(&names::INSTALL_GUID, InstallGuid::parse).valid();
    let health = health_address(flags, environment);
    reader.add_faults(health.as_ref().err().cloned());
    let logging = logging(&mut reader);
    reader.add_faults(unknown::faults(environment));
    if named.is_named {
        reader.add_faults(missing.iter().cloned());
    }
    Configuration {
        self_metrics: self_metrics::read(environment, &consent),
        logging,
        health,
        state_dir,
        consent,
        service,
        destination: named.destination,
        schedule,
        install_guid,
        faults: reader.into_faults(),
        missing,
    }
}

/// Reads the health address alone, so that `healthcheck` does not fail for faults in other settings.
///
/// # Errors
/// If that setting itself is at fault.
pub fn health_address(flags: &Flags, environment: &Environment) -> Result<HealthAddress, Fault> {
    let mut reader = Reader::new(flags, environment);
    let address = reader.read(&names::HEALTH_ADDR, |text| {
        if text.eq_ignore_ascii_case("off") {
            return Ok(HealthAddress::Off);
        }
        text.parse()
            .map(HealthAddress::Listen)
            .map_err(|_| "is not an address and port; write it like 127.0.0.1:13233 or [::1]:13233, or off for none")
    });
    match (address, reader.into_faults().pop()) {
        (Read::Valid(address), _) => Ok(address),
        (_, Some(fault)) => Err(fault),
        (_, None) => Ok(HealthAddress::Listen(HEALTH_ADDRESS)),
    }
}

fn logging(reader: &mut Reader<'_>) -> LoggingSettings {
    let levels = [
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("info", LogLevel::Info),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
    ];
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    LoggingSettings {
        level: reader.word(&names::LOG_LEVEL, &levels).valid().unwrap_or(LogLevel::Info),
        format: reader.word(&names::LOG_FORMAT, &formats).valid().unwrap_or(LogFormat::Text),
    }
}
