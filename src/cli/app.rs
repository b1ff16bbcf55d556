//! What commands start from: the configuration and the context, and the parts that are built of them.

use std::path::Path;
use std::sync::Arc;

use super::exit::Exit;
use super::output::explain;
use crate::agent::WorkerConfig;
use crate::config::{self, Configuration, Environment, Flags, SettingsReader};
use crate::consent::ConsentMonitor;
use crate::context::Context;
use crate::contract::Contract;
use crate::source::{Definition, OpenService, SERVICES, Service, all_settings, choose};
use crate::store::{Store, StoreError};

/// Configuration and context.
#[derive(Debug)]
pub struct App {
    /// What flags and environment said.
    pub configuration: Configuration,
    /// The service that is read; the default one if the choice is invalid.
    pub definition: &'static Definition,
    /// Makes the service; absent if one of its settings is missing or invalid.
    pub open_service: Option<OpenService>,
    /// Clock, connections, random bytes.
    pub context: Context,
}

impl App {
    /// Reads all settings from flags and environment, for a process that can read any one of these services.
    #[must_use]
    pub fn load(flags: &Flags, environment: &Environment, context: Context, services: &[&'static Definition]) -> Self {
        let mut reader = SettingsReader::new(flags, environment);
        let chosen = choose(&mut reader, services);
        let open_service = chosen.and_then(|chosen| (chosen.configure)(&mut reader));
        // Without a valid choice no service is read, and no other setting is wrong because of that.
        let settings = chosen.map_or_else(|| all_settings(services), Definition::settings_in_force);
        let configuration = config::load(reader, &settings);
        Self { configuration, definition: chosen.unwrap_or(SERVICES[0]), open_service, context }
    }

    /// The service, if its settings are whole.
    #[must_use]
    pub fn service(&self) -> Option<Box<dyn Service>> {
        Some(self.open_service.as_ref()?.open(self.context.dialer.clone(), Arc::clone(&self.context.clock)))
    }

    /// Opens the store that is there, if any, by one of the functions of [`Store`].
    ///
    /// # Errors
    /// If it cannot be opened, or has the numbers of another service.
    pub fn open_store(
        &self,
        open: fn(&Path) -> Result<Option<Store>, StoreError>,
    ) -> Result<Option<Store>, StoreError> {
        let store = open(&self.configuration.state_dir)?;
        if let Some(store) = &store {
            store.read(|snapshot| snapshot.require_service(self.definition.name()))?;
        }
        Ok(store)
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
            explain(&problem.explanation);
        }
        Exit::Settings
    }
}
