//! The only place that prints: data to stdout, messages to stderr. Messages and help are colored where that is wanted: not in a
//! pipe, and not against `NO_COLOR`, `CLICOLOR` or `TERM=dumb`.

use std::io::{self, Write};

use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Style};

use super::exit::{Ended, Exit};
use crate::error_chain::{Describe, Explanation};

/// The words that a message starts with, and how they are shown.
const STARTS: [(&str, Style); 3] = [
    ("error:", AnsiColor::Red.on_default().bold()),
    ("warning:", AnsiColor::Yellow.on_default().bold()),
    ("hint:", AnsiColor::Cyan.on_default()),
];

/// Prints data. A reader that ended early (`| head`) is no error.
pub(super) fn data(bytes: &[u8]) -> Ended {
    write(io::stdout().lock(), bytes)
}

/// Prints the help or the version.
pub(super) fn help(text: &StyledStr) -> Ended {
    write(anstream::stdout().lock(), text.ansi().to_string().as_bytes())
}

/// Prints what is wrong with the arguments.
pub(super) fn usage(text: &StyledStr) {
    let _ = writeln!(anstream::stderr().lock(), "{}", text.ansi().to_string().trim_end());
}

fn write(mut stdout: impl Write, bytes: &[u8]) -> Ended {
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            error(&format!("cannot write to standard output: {cause}"));
            Err(Exit::Unexpected)
        }
        _ => Ok(()),
    }
}

/// Prints a note.
pub(super) fn note(message: &str) {
    let started = STARTS.iter().find_map(|(start, style)| Some((start, style, message.strip_prefix(start)?)));
    // There is no other place for a message that cannot be printed.
    let _ = match started {
        Some((start, style, rest)) => writeln!(anstream::stderr().lock(), "{style}{start}{style:#}{rest}"),
        None => writeln!(anstream::stderr().lock(), "{message}"),
    };
}

/// Prints a warning.
pub(super) fn warning(message: &str) {
    note(&format!("warning: {message}"));
}

/// Prints an error.
pub(super) fn error(message: &str) {
    note(&format!("error: {message}"));
}

/// Prints an error with its causes, and its remedy on a line of its own. Returns the exit status.
pub(super) fn fail(exit: Exit, failure: &(dyn Describe + 'static)) -> Exit {
    explain(&Explanation::of(failure));
    exit
}

/// Ends a command where something failed.
pub(super) trait OrExit<T> {
    /// The value; or prints the error with its causes and its remedy, and returns the exit status.
    fn or_exit(self, exit: Exit) -> Result<T, Exit>;
}

impl<T, E: Describe + 'static> OrExit<T> for Result<T, E> {
    fn or_exit(self, exit: Exit) -> Result<T, Exit> {
        self.map_err(|error| fail(exit, &error))
    }
}

/// Prints a remedy.
pub(super) fn hint(remedy: &str) {
    note(&format!("hint: {remedy}"));
}

/// Prints what failed, and its remedy on a line of its own.
pub(super) fn explain(Explanation { text, remedy }: &Explanation) {
    error(text);
    if let Some(remedy) = remedy {
        hint(remedy);
    }
}
