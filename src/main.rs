//! headcount: a table of contents. Parse, build, dispatch; how anything works is the library's.

use std::process::ExitCode;

use headcount::cli;
use headcount::config::Environment;
use headcount::context::Context;

fn main() -> ExitCode {
    cli::main(std::env::args_os(), &Environment::of_process(), Context::system()).into()
}
