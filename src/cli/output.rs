//! The only place that prints: data to stdout, messages to stderr.

use std::io::{self, Write};

use super::exit::Exit;
use crate::error_chain::{Describe, causes};

/// Prints data. A reader that ended early (`| head`) is no error.
pub(super) fn data(bytes: &[u8]) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Done,
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(cause) => {
            error(&format!("cannot write to standard output: {cause}"));
            Exit::Unexpected
        }
    }
}

/// Prints a note.
pub(super) fn note(message: &str) {
    // There is no other place for a message that cannot be printed.
    let _ = writeln!(io::stderr().lock(), "{message}");
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
    error(&causes(failure));
    if let Some(remedy) = failure.describe().remedy {
        hint(&remedy);
    }
    exit
}

/// Prints a remedy.
pub(super) fn hint(remedy: &str) {
    note(&format!("hint: {remedy}"));
}
