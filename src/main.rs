//! headcount: a table of contents. Parse, build, dispatch; how anything works is the library's.

use std::process::ExitCode;

use headcount::agent::Surroundings;
use headcount::cli;
use headcount::config::Environment;

fn main() -> ExitCode {
    cli::main(std::env::args_os(), &Environment::of_process(), Surroundings::system()).into()
}
