//! What commands start from: the configuration and the context, and the parts that are built of them.

use super::exit::Exit;
use super::output::error;
use crate::agent::WorkerConfig;
use crate::config::{self, Configuration, Environment, Flags, SettingsReader};
use crate::consent::ConsentMonitor;
use crate::context::Context;
use crate::contract::Contract;
use crate::source::{Definition, OpenService, Service};

/// Configuration and context.
#[derive(Debug)]
pub struct App {
    /// What flags and environment said.
    pub configuration: Configuration,
    /// The service that is read.
    pub definition: &'static Definition,
    /// Makes the service; absent if one of its settings is missing or invalid.
    pub open_service: Option<OpenService>,
    /// Clock, connections, random bytes.
    pub context: Context,
}

impl App {
    /// Reads all settings from flags and environment.
    #[must_use]
    pub fn load(flags: &Flags, environment: &Environment, context: Context, definition: &'static Definition) -> Self {
        let settings = definition.all_settings();
        let mut reader = SettingsReader::new(&settings, flags, environment);
        let open_service = (definition.configure)(&mut reader);
        Self { configuration: config::load(reader), definition, open_service, context }
    }

    /// The service, if its settings are whole.
    #[must_use]
    pub fn service(&self) -> Option<Box<dyn Service>> {
        Some(self.open_service.as_ref()?.open(self.context.dialer.clone()))
    }

    /// The contract that reports keep to.
    #[must_use]
    pub const fn contract(&self) -> &'static Contract {
        self.definition.contract
    }

    /// Decides about consent.
    #[must_use]
    pub fn monitor(&self) -> ConsentMonitor {
        let hash = self.contract().terms().hash();
        ConsentMonitor::open(self.configuration.consent.clone(), self.configuration.errors.clone(), hash)
    }

    /// What the worker works with.
    #[must_use]
    pub fn worker_config(&self) -> WorkerConfig {
        WorkerConfig {
            context: self.context.clone(),
            state_dir: self.configuration.state_dir.clone(),
            destination: self.configuration.destination.clone(),
            schedule: self.configuration.schedule,
            wanted: self.configuration.install_guid,
            contract: self.contract(),
            service: self.service(),
        }
    }

    /// Prints every fault of the settings, and what is missing to read the service.
    pub fn refuse(&self) -> Exit {
        let Configuration { errors, missing, .. } = &self.configuration;
        for problem in errors.iter().chain(missing.iter().filter(|missing| !errors.contains(missing))) {
            error(&problem.sentence);
        }
        Exit::Settings
    }
}
