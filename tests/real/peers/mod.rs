//! The real programs, started on loopback and ended when dropped, and the little that tests say to them.

pub mod balancer;
pub mod child;
pub mod collector;
pub mod dashboard;
pub mod http;
pub mod points;
pub mod prometheus;
pub mod queries;
pub mod reports;
pub mod thanos;
pub mod victoriametrics;

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Longer than anything here should take on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// A port of loopback that nothing listens at, and that nobody takes until this process ends: below those that the system gives
/// to connections, and held, against others who ask here, by a UDP socket of the same number.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() % 10_000 * 2;
    for _ in 0..20_000 {
        let offset = (first + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % 20_000;
        let port = 10_000 + u16::try_from(offset).unwrap();
        if let Ok(held) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))
            && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        {
            std::mem::forget(held);
            return port;
        }
    }
    panic!("no port of 10000 to 29999 is free")
}

/// Waits until there is an answer.
pub fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, look)
}

/// Waits until there is an answer, for so long.
pub fn eventually_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} did not happen within {patience:?}");
}
