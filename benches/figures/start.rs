//! How long it takes from exec until the health endpoint says yes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::Options;
use crate::passage::sidecar;
use crate::peers::{Installation, Peer, Way};
use crate::process;
use crate::table::{Figure, Limit};

/// Far more often than anything else here: it is the one figure that other work on the machine makes worse.
const STARTS: usize = 20;

const PATIENCE: Duration = Duration::from_secs(30);

pub fn healthy(options: &Options) -> Vec<Figure> {
    if !options.wants("start") {
        return Vec::new();
    }
    let service = Peer::service(Installation { users: 50, applications: 10, services: 1 });
    let endpoint = Peer::endpoint(Way::Http);
    let (taken, kept): (Vec<_>, Vec<_>) = (0..STARTS).map(|_| start(options, &service, &endpoint)).unzip();
    vec![
        Figure::new("start to healthy, by the clock", "ms", taken, Limit::AtMost(50.0)),
        Figure::new("start to healthy: of that, ready to run but without a CPU", "ms", kept, Limit::None),
    ]
}

/// How long it took, and how long of that it was kept waiting for a CPU, in milliseconds.
fn start(options: &Options, service: &Peer, endpoint: &Peer) -> (f64, f64) {
    let directory = tempfile::tempdir().unwrap();
    let address = free_address();
    let program = sidecar(options, service, endpoint, Way::Http, directory.path())
        .env("HEADCOUNT_HEALTH_ADDR", address.to_string());
    let begun = Instant::now();
    let running = program.start();
    while !is_healthy(address) {
        assert!(begun.elapsed() < PATIENCE, "it never was healthy");
        std::thread::sleep(Duration::from_micros(500));
    }
    let taken = begun.elapsed().as_secs_f64();
    (taken * 1000.0, process::kept_waiting_seconds(running.pid()) * 1000.0)
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn is_healthy(address: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok::<_, std::io::Error>(answer.starts_with(b"HTTP/1.1 200 "))
    };
    ask().unwrap_or(false)
}
