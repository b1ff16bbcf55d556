//! No packet leaves a sidecar that is off.

use std::fs;
use std::thread::sleep;

use crate::network::{Record, apart};
use crate::peers::Peers;
use crate::program::{Running, eventually, told};
use crate::ways::Room;
use crate::{A_MOMENT, MORE_THAN_A_ROUND};

/// A record that drops packets would prove nothing.
#[test]
fn the_record_holds_every_packet_of_a_burst() {
    apart(|| {
        let mut record = Record::begin();
        Record::burst(5_000);
        let sent = record.packets().iter().filter(|line| line.contains(" way-out ")).count();
        assert_eq!(sent, 5_000);
    });
}

#[test]
fn no_packet_leaves_while_off() {
    apart(|| {
        let peers = Peers::start();
        let rooms = Room::all_off(&peers);
        let mut record = Record::begin();
        let mut sidecars: Vec<_> = rooms.iter().map(|(.., room)| room.run.start()).collect();
        for ((name, way, room), sidecar) in rooms.iter().zip(&mut sidecars) {
            let line = sidecar.wait_for("no requests are made");
            assert!(line.contains(way.reason), "{name}: {line}");
            room.stir();
        }
        sleep(MORE_THAN_A_ROUND);
        for (name, _, room) in &rooms {
            let (status, ..) = told(&room.once.output());
            assert!(matches!(status, Some(0 | 2)), "{name}: {status:?}");
        }
        for sidecar in &mut sidecars {
            sidecar.signal("TERM");
            assert_eq!(sidecar.wait().0, Some(0));
        }
        assert_eq!(record.packets(), Vec::<String>::new());
        peers.assert_untouched();
    });
}

#[test]
fn packets_leave_while_enabled() {
    apart(|| {
        let peers = Peers::start();
        let room = Room::granted(&peers);
        let mut record = Record::begin();
        let once = room.once.env("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org:4318");
        let mut running = once.start();
        // The look-up of the endpoint's name goes out by the default route, where nobody answers.
        eventually("a packet to the service and one to the outside", || {
            let packets = record.packets();
            packets.iter().any(|line| line.contains("127.0.0.1")) && packets.iter().any(|line| line.contains("way-out"))
        });
        running.signal("TERM");
        running.wait();
        assert!(!peers.service.requests().is_empty());
    });
}

#[test]
fn after_opting_out_only_the_sign_out_leaves() {
    apart(|| {
        let peers = Peers::start();
        let room = Room::granted(&peers);
        let mut record = Record::begin();
        let mut running = scraped(&peers, &room);
        let asked = peers.service.requests().len();
        fs::write(room.consent(), "denied\n").unwrap();
        running.wait_for("telemetry=\"opted_out\"");
        eventually("the sign-out", || peers.service.open_sessions() == 0);
        sleep(A_MOMENT);
        let until_then = record.packets();
        assert!(!until_then.is_empty());
        room.stir();
        sleep(MORE_THAN_A_ROUND);
        running.signal("TERM");
        running.wait();
        assert_eq!(record.packets(), until_then);
        let after: Vec<_> = peers.service.requests()[asked..].iter().map(|request| request.method.clone()).collect();
        assert_eq!(after, ["DELETE"]);
    });
}

/// A sidecar that is on and has a session at the service.
fn scraped(peers: &Peers, room: &Room) -> Running {
    let mut running = room.run.clone().env("HEADCOUNT_OTLP_ENDPOINT", peers.endpoint_by_name()).start();
    running.wait_for("baseline recorded");
    assert_eq!(peers.service.open_sessions(), 1);
    running
}
