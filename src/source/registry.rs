//! The services that headcount can read.

use super::{Definition, compreface};

/// All of them. The program reads the first one.
pub static SERVICES: [&Definition; 1] = [&compreface::DEFINITION];
