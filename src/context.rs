//! What a process is given: clock, connections, random bytes, file watcher. Must not know settings.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::file_watcher::{FileWatcher, SystemWatcher};
use crate::net::Dialer;
use crate::random::{Random, SystemRandom};

/// What simulations replace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// How connections are opened.
    pub dialer: Dialer,
    /// Where random bytes come from.
    pub random: Arc<dyn Random>,
    /// How the consent file is watched.
    pub file_watcher: Arc<dyn FileWatcher>,
}

impl Context {
    /// Those of the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            dialer: Dialer::system(),
            random: Arc::new(SystemRandom),
            file_watcher: Arc::new(SystemWatcher),
        }
    }
}
