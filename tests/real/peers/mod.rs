//! The real programs, started on loopback and ended when dropped, and the little that tests say to them.

pub mod child;
pub mod collector;
pub mod http;
pub mod points;
pub mod prometheus;
pub mod reports;

use std::net::TcpListener;
use std::time::{Duration, Instant};

/// Longer than anything here should take on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A port of loopback that nothing listens at.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until there is an answer.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not happen within {PATIENCE:?}");
}
