//! The simulated services that are not CompreFace as a program of its own, for tests in containers. Each has what it has, and
//! writes a line for each request.
//!
//!     simulated_services frigate       2 users, 5 persons, 120 faces; 0.0.0.0:8971, where a sign-in is needed
//!     simulated_services document      a server of an inventory document of 5 users; 0.0.0.0:8000
//!     simulated_services file FILE     the same document with 10 users in a file

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a peer for tests: a panic is the message")]
#![allow(clippy::disallowed_methods, reason = "a program of its own, which ends at once when it is told to")]

#[path = "../tests/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_debug_implementations,
    reason = "two peers of several are used"
)]
mod support;

use std::path::Path;
use std::time::Duration;

use support::frigate::{Port, SimulatedFrigate};
use support::inventory::{DocumentServer, Installation};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};

/// How often it is seen whether there was another request.
const LOOK: Duration = Duration::from_millis(200);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut end = signal(SignalKind::terminate()).unwrap();
        match arguments[..] {
            ["frigate"] => {
                let service = SimulatedFrigate::start(Port::External).await;
                service.change(|model| {
                    for (name, faces) in [("Mila", 10), ("Anton", 40), ("Рита", 0), ("Zoë", 69), ("Grace", 1)] {
                        model.add_person(name, faces);
                    }
                });
                tokio::spawn(relay("0.0.0.0:8971", service.url().replace("http://", "")));
                tokio::spawn(tell(move || service.requests().len()));
            }
            ["document"] => {
                let server = DocumentServer::start();
                server.change(|installation| *installation = something(5));
                tokio::spawn(relay("0.0.0.0:8000", server.address().to_string()));
                tokio::spawn(tell(move || server.requests().len()));
            }
            ["file", file] => replace(Path::new(file), &something(10).document()),
            _ => panic!("say frigate, document, or file and which"),
        }
        end.recv().await;
        std::process::exit(0);
    });
}

/// So many users, an application, and a service of each type.
fn something(users: usize) -> Installation {
    let mut installation = Installation::default();
    installation.users.extend((0..users).map(|user| format!("user {user}")));
    installation.applications.push("door".to_owned());
    installation.add_collection("gate", 7);
    installation.add_service("camera", "detection");
    installation.add_service("desk", "verification");
    installation
}

/// Writes a new file and renames it over the old one.
fn replace(file: &Path, text: &str) {
    let new = file.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, file).unwrap();
}

/// The service itself listens on loopback alone; this is its door to the network.
async fn relay(address: &'static str, to: String) {
    let listener = TcpListener::bind(address).await.unwrap();
    println!("serves on {address}");
    while let Ok((mut outer, _)) = listener.accept().await {
        let to = to.clone();
        tokio::spawn(async move {
            if let Ok(mut inner) = TcpStream::connect(to).await {
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            }
        });
    }
}

/// Writes a line for each request.
async fn tell(requests: impl Fn() -> usize) {
    let mut told = 0;
    loop {
        while told < requests() {
            told += 1;
            println!("request {told}");
        }
        tokio::time::sleep(LOOK).await;
    }
}
