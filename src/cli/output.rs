//! The one place that prints: data to stdout, talk to stderr.

use std::io::{self, Write};

use super::exit::Exit;
use crate::error_chain::{Describe, sentence};

/// Prints data. A reader that went away early (`| head`) is no error.
pub(super) fn data(bytes: &[u8]) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Done,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => {
            talk(&format!("could not write to standard output: {error}"));
            Exit::Unexpected
        }
    }
}

/// Prints a sentence for the person at the terminal. There is nobody to tell if that fails.
pub(super) fn talk(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "headcount: {sentence}");
}

/// Prints a failure, and gives the exit status back.
pub(super) fn fail(exit: Exit, error: &(dyn Describe + 'static)) -> Exit {
    talk(&sentence(error));
    exit
}
