//! The same with a simulated Frigate: users, persons and their faces, a volume that is not mounted, and an account that was demoted.

use std::sync::Arc;

use headcount::cli::{Format, audit, status};
use headcount::config::Transport;
use headcount::source::frigate::CONTRACT;

use super::support::endpoint::Endpoint;
use super::support::frigate::{PASSWORD, Port, SimulatedFrigate, USER};
use super::support::world::SteppedClock;
use super::{DAY, Days, Peer, configure, title};

impl Peer for SimulatedFrigate {
    fn requests(&self) -> usize {
        self.requests().len()
    }

    fn sign_ins(&self) -> u64 {
        self.change(|model| model.sign_ins)
    }
}

pub(super) async fn demonstrate() {
    let service = SimulatedFrigate::start(Port::External).await;
    let receiver = Endpoint::plain(Transport::HttpProtobuf).await;
    let directory = tempfile::tempdir().unwrap();
    let clock = SteppedClock::at("2026-01-01T09:20:00Z");
    let variables = [
        ("HEADCOUNT_SERVICE", "frigate".to_owned()),
        ("HEADCOUNT_FRIGATE_URL", service.url()),
        ("HEADCOUNT_FRIGATE_USER", USER.to_owned()),
        ("HEADCOUNT_FRIGATE_PASSWORD", PASSWORD.to_owned()),
    ];
    let app = configure(&variables, &receiver, directory.path(), &clock);
    let mut days = Days::begin(&service, &receiver, &app, Arc::clone(&clock));

    title("Two peers on loopback");
    println!("a simulated Frigate at {} and an OTLP receiver at {}", service.url(), receiver.settings().url);

    title("Day 1: the baseline. What there is now is known, not counted");
    service.change(|model| {
        for (name, faces) in [("Mila", 10), ("Anton", 51), ("Hugo", 0)] {
            model.add_person(name, faces);
        }
        model.attempts = Some(7);
    });
    days.pass(DAY).await;

    title("Day 2: a user is created, a person is renamed, another one is added");
    service.change(|model| {
        model.add_account("nina", "viewer");
        model.persons.remove("Hugo");
        model.add_person("Hugo_B", 0);
        model.add_person("Iris", 200);
    });
    days.pass(DAY).await;

    title(
        "Day 3: the volume with the faces is not mounted. No report is made; an empty list is not believed for a day",
    );
    service.change(|model| model.is_mounted = false);
    days.pass(DAY).await;
    service.change(|model| model.is_mounted = true);

    title("Day 4: the account is demoted. Its old tokens would still be accepted; headcount signs in and notices");
    service.change(|model| model.account(USER).role = "viewer");
    days.pass(DAY).await;
    service.change(|model| model.account(USER).role = "admin");

    title("Day 5: all is well again");
    days.pass(DAY).await;

    title("headcount status");
    status::status(&app, Format::Text).unwrap();
    title("headcount audit");
    audit::audit(&app, None, Format::Text).unwrap();
    days.end().await;
    check(&receiver);
}

/// A demonstration that cannot fail shows nothing.
fn check(receiver: &Endpoint) {
    let last = CONTRACT.approve(receiver.requests().last().unwrap().message.clone()).unwrap();
    let number = |name: &str| last.contents().numbers().find(|(instrument, _)| instrument.name == name).unwrap().1;
    assert_eq!(number("face_recognition.user.creations"), 1, "one user was created after the baseline");
    assert_eq!(number("face_recognition.subject.current"), 2, "four persons, rounded down");
    assert_eq!(number("face_recognition.collection.faces.201_500"), 1, "261 faces in one library");
    title("Checked: the numbers that arrived are the ones that happened");
}
