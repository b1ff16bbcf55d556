//! A sidecar that is off asks nothing of the system but what it needs to stay up.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;

use crate::network::apart;
use crate::peers::Peers;
use crate::program::{Running, eventually};
use crate::rules::{Allowed, violations};
use crate::trace::{Call, Traced};
use crate::ways::Room;
use crate::{A_MOMENT, MORE_THAN_A_ROUND};

#[test]
fn sidecar_that_is_off_makes_no_network_call() {
    apart(|| {
        let peers = Peers::start();
        let rooms = Room::all_off(&peers);
        let mut sidecars: Vec<_> = rooms.iter().map(|(.., room)| Traced::start(&room.run, &room.trace())).collect();
        let mut ports = Vec::new();
        for ((name, way, room), sidecar) in rooms.iter().zip(&mut sidecars) {
            ports.push(health_port(&mut sidecar.running));
            let line = sidecar.running.wait_for("no requests are made");
            assert!(line.contains(way.reason), "{name}: {line}");
            room.stir();
        }
        sleep(MORE_THAN_A_ROUND);
        let mut all = Vec::new();
        for (((name, _, room), sidecar), port) in rooms.iter().zip(sidecars).zip(ports) {
            assert!(healthy(port), "{name}");
            let calls = sidecar.end();
            let allowed = Allowed { health: true, state: &room.state(), files: &[&room.consent()] };
            assert_eq!(violations(&calls, &allowed), Vec::<String>::new(), "{name}");
            all.push(calls);
        }
        peers.assert_untouched();
        println!("{}", table(&all));
    });
}

#[test]
fn once_while_off_makes_no_network_call() {
    apart(|| {
        let peers = Peers::start();
        for (name, _, room) in Room::all_off(&peers) {
            let (status, calls) = Traced::start(&room.once, &room.trace()).ended();
            assert!(matches!(status, Some(0 | 2)), "{name}: {status:?}");
            let allowed = Allowed { health: false, state: &room.file("once"), files: &[&room.consent()] };
            assert_eq!(violations(&calls, &allowed), Vec::<String>::new(), "{name}");
        }
        peers.assert_untouched();
    });
}

/// `view` shows an installation that is enabled, and connects to nothing: it listens on loopback, or writes a file.
#[test]
fn view_of_an_enabled_installation_makes_no_connection() {
    apart(|| {
        let peers = Peers::start();
        let room = Room::granted(&peers);
        let enabled = room.run.clone().env("HEADCOUNT_OTLP_ENDPOINT", peers.endpoint_by_name());
        assert_eq!(enabled.with_arguments(&["once"]).output().status.code(), Some(0));
        let before = (peers.service.requests().len(), peers.endpoint.wire().len());
        let allowed = Allowed { health: true, state: &room.state(), files: &[&room.consent()] };
        let mut served =
            Traced::start(&enabled.with_arguments(&["view", "--listen", "127.0.0.1:0"]), &room.file("served"));
        let port = port_after(&mut served.running, "page is served at http://127.0.0.1:");
        assert!(get(port, "/").contains("Telemetry is on"));
        assert_eq!(violations(&served.end(), &allowed), Vec::<String>::new());
        let output = room.state().join("page.html");
        let written = enabled.with_arguments(&["view", "--output", output.to_str().unwrap()]);
        let (status, calls) = Traced::start(&written, &room.file("written")).ended();
        assert_eq!(status, Some(0));
        assert_eq!(violations(&calls, &Allowed { health: false, ..allowed }), Vec::<String>::new());
        assert_eq!((peers.service.requests().len(), peers.endpoint.wire().len()), before);
    });
}

/// The same look at a sidecar that is on finds what it should.
#[test]
fn trace_of_an_enabled_sidecar_shows_its_calls() {
    apart(|| {
        let peers = Peers::start();
        let room = Room::granted(&peers);
        let once = room.once.clone().env("HEADCOUNT_OTLP_ENDPOINT", peers.endpoint_by_name());
        let (status, calls) = Traced::start(&once, &room.trace()).ended();
        assert_eq!(status, Some(0));
        assert_eq!(peers.endpoint.requests().len(), 1);
        let allowed = Allowed { health: false, state: &room.file("once"), files: &[&room.consent()] };
        let found = violations(&calls, &allowed);
        for part in ["socket(AF_INET", "connect(", "/etc/hosts", room.file("password").to_str().unwrap()] {
            assert!(found.iter().any(|line| line.contains(part)), "{part} in {found:#?}");
        }
    });
}

#[test]
fn after_opting_out_the_sign_out_is_the_last_request() {
    apart(|| {
        let peers = Peers::start();
        let room = Room::granted(&peers);
        let program = room.run.clone().env("HEADCOUNT_OTLP_ENDPOINT", peers.endpoint_by_name());
        let mut sidecar = Traced::start(&program, &room.trace());
        sidecar.running.wait_for("baseline recorded");
        let denied_at = seconds_since_1970();
        fs::write(room.consent(), "denied\n").unwrap();
        eventually("the sign-out", || peers.service.open_sessions() == 0);
        sidecar.running.wait_for("stored data deleted");
        sleep(A_MOMENT);
        let calls = sidecar.end();
        let after: Vec<Call> = calls.into_iter().filter(|call| call.at > denied_at).collect();
        let connected: Vec<_> = after.iter().filter(|call| call.name == "connect").collect();
        assert!(connected.len() <= 1, "{connected:#?}");
        let sent: Vec<_> = after.iter().filter(|call| call.rest.contains("TCP:[") && is_writing(call)).collect();
        assert!(sent.len() == 1 && sent[0].quoted()[0].starts_with("DELETE /admin/oauth/token"), "{sent:#?}");
        let last = sent[0].at;
        let reached = |call: &&Call| ["socket", "connect", "sendto", "sendmsg"].contains(&call.name.as_str());
        let later: Vec<_> = after.iter().filter(|call| call.at > last).filter(reached).collect();
        let later: Vec<_> = later.into_iter().filter(|call| !call.rest.contains("<UNIX")).collect();
        assert!(later.is_empty(), "{later:#?}");
    });
}

fn is_writing(call: &Call) -> bool {
    ["write", "writev", "sendto", "sendmsg"].contains(&call.name.as_str())
}

fn seconds_since_1970() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

fn health_port(running: &mut Running) -> u16 {
    port_after(running, "health is served at http://127.0.0.1:")
}

fn port_after(running: &mut Running, text: &str) -> u16 {
    let line = running.wait_for(text);
    let port = line.split("127.0.0.1:").nth(1).unwrap().split('/').next().unwrap();
    port.parse().unwrap()
}

fn healthy(port: u16) -> bool {
    get(port, "/healthz").starts_with("HTTP/1.1 200 ")
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// How often each system call was made, by one sidecar at least and at most, and by all.
fn table(all: &[Vec<Call>]) -> String {
    let mut counts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, calls) in all.iter().enumerate() {
        for call in calls {
            counts.entry(&call.name).or_insert_with(|| vec![0; all.len()])[index] += 1;
        }
    }
    let mut text = format!(
        "system calls of {} sidecars that are off, from start to SIGTERM, {} s each\n{:<20} {:>6} {:>6} {:>7}\n",
        all.len(),
        MORE_THAN_A_ROUND.as_secs(),
        "system call",
        "least",
        "most",
        "in all"
    );
    for (name, counts) in counts {
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        text.push_str(&format!("{name:<20} {least:>6} {most:>6} {:>7}\n", counts.iter().sum::<usize>()));
    }
    text
}
