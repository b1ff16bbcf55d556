//! The commands: one file each. stdout is data, stderr is talk.
//!
//! Must not know HTTP or SQL.

pub mod app;
mod args;
pub mod audit;
mod check;
pub mod disclose;
mod erase;
mod exit;
mod export;
mod healthcheck;
pub mod once;
mod output;
mod preview;
pub mod render;
mod run;
pub mod status;

use std::ffi::OsString;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use args::{Cli, Command, DiscloseFormat, Format, PreviewFormat, parser};
pub use exit::Exit;

use crate::config::{Configuration, Environment};
use crate::context::Context;
use app::App;
use output::{data, fail, talk};

/// Four answers are decoded at a time, each on a thread of its own; names are resolved and the store is written on others,
/// and the collector of the self-metrics, whose name is looked up apart, can take one. They start when they are needed.
const BLOCKING_THREADS: usize = 7;

/// A scrape's last write may be under way when a signal comes; it is whole or not there.
const BLOCKING_GRACE: Duration = Duration::from_secs(1);

/// Parses the arguments and runs the command.
pub fn main(arguments: impl IntoIterator<Item = OsString>, environment: &Environment, context: Context) -> Exit {
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            talk(error.render().to_string().trim_end());
            return Exit::Settings;
        }
        Err(help) => return data(help.render().to_string().as_bytes()),
    };
    if let Command::Disclose { format } = cli.command {
        return disclose(format);
    }
    let app = App::load(&cli.settings, environment, context);
    if !matches!(cli.command, Command::Healthcheck { .. }) {
        start_log(&app.configuration, &app.context);
    }
    dispatch(cli.command, app)
}

fn dispatch(command: Command, app: App) -> Exit {
    match command {
        Command::Run { strict } => block_on(run::run(app, strict)),
        Command::Once => block_on(once::once(app)),
        Command::Preview { format } => block_on(preview::preview(app, format)),
        Command::Check { endpoint } => block_on(check::check(app, endpoint)),
        Command::Healthcheck { sign_out } => block_on(healthcheck::healthcheck(app, sign_out)),
        // The consent file's watch is a task, so that these need a runtime too.
        Command::Status { format } => block_on(async move { status::status(&app, format) }),
        Command::Audit { show, format } => audit::audit(&app, show, format),
        Command::Export { file, take } => export::export(&app, &file, take),
        Command::Erase { yes } => erase::erase(&app, yes),
        Command::Disclose { format } => disclose(format),
    }
}

fn disclose(format: DiscloseFormat) -> Exit {
    match disclose::disclose(format, app::contract()) {
        Ok(text) => data(text.as_bytes()),
        Err(error) => fail(Exit::Unexpected, &error),
    }
}

/// The log goes to stderr. A process that has one already (a test that runs commands in itself) keeps it.
fn start_log(configuration: &Configuration, context: &Context) {
    let logging = &configuration.logging;
    let _ = crate::ops::log::init(logging.level, logging.format, Arc::clone(&context.clock));
}

fn block_on(command: impl Future<Output = Exit>) -> Exit {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    match built {
        Ok(runtime) => {
            let exit = runtime.block_on(command);
            runtime.shutdown_timeout(BLOCKING_GRACE);
            exit
        }
        Err(error) => {
            talk(&format!("the runtime could not start: {error}"));
            Exit::Unexpected
        }
    }
}
