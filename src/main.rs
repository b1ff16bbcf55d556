//! headcount: the table of contents. It parses, builds and calls one function for each command.

use std::process::ExitCode;

use headcount::cli;
use headcount::cli::app::App;
use headcount::cli::{
    Command, Ended, audit, block_on, check, disclose, erase, export, healthcheck, once, preview, run, status, view,
};
use headcount::config::Environment;
use headcount::context::Context;
use headcount::source::SERVICES;

fn main() -> ExitCode {
    let started = cli::start(std::env::args_os(), &Environment::of_process(), Context::system(), &SERVICES);
    started.and_then(|(command, app)| call(command, app)).map_or_else(ExitCode::from, |()| ExitCode::SUCCESS)
}

fn call(command: Command, app: App) -> Ended {
    match command {
        Command::Run { strict } => block_on(run::run(app, strict)),
        Command::Once => block_on(once::once(app)),
        Command::Preview { format } => block_on(preview::preview(app, format)),
        // Watching the consent file takes a task, and so a runtime.
        Command::Status { format } => block_on(async move { status::status(&app, format) }),
        Command::Audit { show, format } => audit::audit(&app, show, format),
        Command::Disclose { format } => disclose::print(&app, format),
        Command::View { output: Some(file), .. } => block_on(async move { view::write(app, &file).await }),
        Command::View { output: None, listen, allow_other_hosts } => {
            block_on(view::serve(app, listen, allow_other_hosts))
        }
        Command::Check { endpoint } => block_on(check::check(app, endpoint)),
        Command::Export { file, take } => export::export(&app, &file, take),
        Command::Erase { yes } => erase::erase(&app, yes),
        Command::Healthcheck { sign_out } => block_on(healthcheck::healthcheck(app, sign_out)),
    }
}
