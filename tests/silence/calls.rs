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
    let line = running.wait_for("health is served at http://127.0.0.1:");
    let port = line.split("127.0.0.1:").nth(1).unwrap().split('/').next().unwrap();
    port.parse().unwrap()
}

fn healthy(port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 200 ")
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
