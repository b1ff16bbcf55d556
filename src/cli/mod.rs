//! The commands: one file each. Data goes to stdout, messages go to stderr.
//!
//! Must not know HTTP or SQL.

pub mod app;
mod args;
pub mod audit;
pub mod check;
pub mod disclose;
pub mod erase;
mod exit;
pub mod export;
pub mod healthcheck;
pub mod once;
mod output;
pub mod preview;
mod progress;
pub mod render;
pub mod run;
pub mod status;
mod version;
pub mod view;

use std::ffi::OsString;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use args::{Cli, Command, DiscloseFormat, Format, PreviewFormat, parser};
pub use exit::{Ended, Exit};

use clap::error::ErrorKind;

use crate::config::{Configuration, Environment};
use crate::context::Context;
use crate::source::{Definition, all_settings};
use app::App;
use output::{OrExit as _, data};

/// Four long answers can be decoded at a time, each on a thread of its own; names are resolved and the store is written on others,
/// and the collector of the self-metrics, whose name is looked up apart, can take one. They start when they are needed.
const BLOCKING_THREADS: usize = 7;

/// A scrape's last write may be under way when a signal comes; it is whole or not there.
const BLOCKING_GRACE: Duration = Duration::from_secs(1);

/// Parses the arguments, reads the settings and starts the log, for a process that can read any one of these services.
///
/// # Errors
/// The exit status, if the arguments are invalid, or if they request the help or the version, which is printed then.
pub fn start(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    context: Context,
    services: &[&'static Definition],
) -> Result<(Command, App), Exit> {
    let cli = match Cli::read(arguments, &all_settings(services)) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            output::usage(&error.render());
            return Err(Exit::Settings);
        }
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            return Err(data(version::text(services).as_bytes()).err().unwrap_or(Exit::Done));
        }
        Err(help) => return Err(output::help(&help.render()).err().unwrap_or(Exit::Done)),
    };
    let app = App::load(&cli.settings, environment, context, services);
    if !matches!(cli.command, Command::Healthcheck { .. }) {
        start_log(&app.configuration, &app.context);
    }
    Ok((cli.command, app))
}

/// Starts the log, which goes to stderr. A process that has a log keeps it.
fn start_log(configuration: &Configuration, context: &Context) {
    let logging = &configuration.logging;
    let _ = crate::ops::log::init(logging.level, logging.format, Arc::clone(&context.clock));
}

/// Runs a command on a runtime with one thread.
///
/// # Errors
/// The command's exit status.
pub fn block_on(command: impl Future<Output = Ended>) -> Ended {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    let runtime = built.or_exit(Exit::Unexpected)?;
    let ended = runtime.block_on(command);
    runtime.shutdown_timeout(BLOCKING_GRACE);
    ended
}
