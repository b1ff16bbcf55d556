//! From flags and environment to a [`Configuration`], with every error recorded.

use std::path::PathBuf;

use super::consent::ConsentSettings;
use super::destination::{self, NamedDestination};
use super::environment::Variable;
use super::error::SettingError;
use super::otel_env::{self, SelfMetricsSettings};
use super::reader::{SettingsReader, default};
use super::setting::Setting;
use super::settings::{Destination, HealthAddress, LoggingSettings, ScheduleSettings};
use super::table::{
    CONSENT_FILE, DISABLED, DO_NOT_TRACK, FIRST_REPORT_AFTER, HEALTH_ADDR, INSTALL_GUID, KEEP, LOG_FORMAT, LOG_LEVEL,
    OTEL_SDK_DISABLED, REPORT_INTERVAL, REPORT_WINDOW, SCRAPE_INTERVAL, STATE_DIR,
};
use super::unknown;
use super::values::BoolSetting;
use crate::model::InstallGuid;

/// All settings of headcount's own. An invalid setting has its default or is absent, and `errors` lists it.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The log.
    pub logging: LoggingSettings,
    /// The address of the health endpoint, or its error, which is also in `errors`.
    pub health: Result<HealthAddress, SettingError>,
    /// The directory of the store.
    pub state_dir: PathBuf,
    /// The settings and variables that the decision depends on.
    pub consent: ConsentSettings,
    /// The destination of reports; absent if there is none, or if a part of it is invalid.
    pub destination: Option<Destination>,
    /// The schedule.
    pub schedule: ScheduleSettings,
    /// The operator's own install_guid.
    pub install_guid: Option<InstallGuid>,
    /// The self-metrics that the operator's OTEL_* variables request.
    pub self_metrics: SelfMetricsSettings,
    /// All errors. While there is one, headcount is not enabled.
    pub errors: Vec<SettingError>,
    /// The settings that reading the service requires and that are not set. They are in `errors` only if there is a
    /// destination, since headcount is not enabled without one. `preview` and `check` require them in either case.
    pub missing: Vec<SettingError>,
}

/// Reads all settings of headcount's own, with a reader that may have read those of a service before. `settings` are all that
/// exist, so that other variables of a similar name are found.
#[must_use]
pub fn load(mut reader: SettingsReader<'_>, settings: &[&'static Setting]) -> Configuration {
    let named = destination::read(&mut reader);
    let state_dir = reader.get(&STATE_DIR);
    let schedule = schedule(&mut reader);
    let consent = consent(&mut reader, &named);
    let install_guid = reader.read(&INSTALL_GUID).valid();
    let health = reader.try_read(&HEALTH_ADDR).map(|address| address.unwrap_or_else(|| default(&HEALTH_ADDR)));
    reader.add_errors(health.as_ref().err().cloned());
    let logging = LoggingSettings { level: reader.get(&LOG_LEVEL), format: reader.get(&LOG_FORMAT) };
    reader.add_errors(unknown::errors(settings, reader.environment()));
    let self_metrics = otel_env::read(reader.environment(), &consent);
    let (mut errors, missing) = reader.into_errors();
    if named.is_named {
        errors.extend(missing.iter().cloned());
    }
    let destination = named.destination;
    Configuration {
        logging,
        health,
        state_dir,
        consent,
        destination,
        schedule,
        install_guid,
        self_metrics,
        errors,
        missing,
    }
}

fn schedule(reader: &mut SettingsReader<'_>) -> ScheduleSettings {
    ScheduleSettings {
        scrape_interval: reader.get(&SCRAPE_INTERVAL),
        report_interval: reader.get(&REPORT_INTERVAL),
        report_window: reader.read(&REPORT_WINDOW).valid(),
        first_report_after: reader.get(&FIRST_REPORT_AFTER),
        keep: reader.get(&KEEP),
    }
}

/// Reads what the decision depends on. Unclear values are no errors here: `consent` shows them, and headcount is not
/// enabled.
fn consent(reader: &mut SettingsReader<'_>, named: &NamedDestination) -> ConsentSettings {
    let environment = reader.environment();
    ConsentSettings {
        disabled_variable: match environment.get(DISABLED.variable) {
            Variable::Unset => BoolSetting::Unset,
            Variable::Text(text) => BoolSetting::parse_opt_out(text),
            Variable::Unreadable => BoolSetting::Unclear,
        },
        disabled_flag: reader.flag(&DISABLED).map_or(BoolSetting::Unset, BoolSetting::parse_opt_out),
        do_not_track: match environment.get(DO_NOT_TRACK) {
            Variable::Unset | Variable::Text("0" | "false") => false,
            Variable::Text(_) | Variable::Unreadable => true,
        },
        otel_sdk_disabled: match environment.get(OTEL_SDK_DISABLED) {
            Variable::Unset => false,
            Variable::Text(text) => text.eq_ignore_ascii_case("true"),
            Variable::Unreadable => true,
        },
        consent_file: reader.read(&CONSENT_FILE).valid(),
        has_destination: named.is_named,
        recipient: named.recipient.clone(),
    }
}

#[cfg(test)]
mod tests;
