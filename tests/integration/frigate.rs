//! Reading a simulated Frigate, well and badly behaved, over real sockets and TLS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests: a panic is the message")]

mod certificate;
mod counting;
mod off;
mod secrecy;
mod settings;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use headcount::consent::{ExplicitCommand, ReadPermit};
use headcount::model::{Distribution, IdHash, IdKey, Kind, ScrapeSink, SinkError};
use headcount::net::Dialer;
use headcount::source::frigate::{CONTRACT, FACES, Frigate, kinds};
use headcount::source::{Service as _, SourceError};

use crate::support::frigate::{PASSWORD, Port, SimulatedFrigate, V016, V017, V018};

#[derive(Debug, Default)]
struct Seen {
    names: BTreeSet<IdHash>,
    counted: BTreeMap<Kind, u64>,
    faces: Vec<u64>,
}

#[derive(Debug)]
struct SeenSink {
    key: IdKey,
    seen: Mutex<Seen>,
}

impl SeenSink {
    fn new() -> Arc<Self> {
        Arc::new(Self { key: IdKey::from_bytes([7; 16]), seen: Mutex::default() })
    }
}

impl ScrapeSink for SeenSink {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        assert_eq!(kind, kinds::USER, "nothing else has ids");
        self.seen.lock().unwrap().names.extend(hashes.drain(..));
        Ok(())
    }

    fn counted(&self, kind: Kind, number: u64) {
        assert_eq!(self.seen.lock().unwrap().counted.insert(kind, number), None);
    }

    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        panic!("Frigate may list a name again")
    }

    fn measured(&self, distribution: Distribution, size: u64) {
        assert_eq!(distribution, FACES);
        self.seen.lock().unwrap().faces.push(size);
    }

    fn active(&self, _: Kind, _: u64) {
        panic!("Frigate has no statistics")
    }
}

fn permit() -> ReadPermit {
    ExplicitCommand::Preview.read_permit()
}

fn reader(simulated: &SimulatedFrigate) -> Frigate {
    Frigate::new(simulated.settings(), Dialer::system())
}

/// Users, persons and faces.
type Counted = (usize, u64, u64);

fn counted(seen: &Seen) -> Counted {
    assert_eq!(seen.counted[&kinds::COLLECTION], 1, "each installation has one library");
    assert_eq!(seen.faces.len(), 1);
    (seen.names.len(), seen.counted[&kinds::SUBJECT], seen.faces[0])
}

async fn scrape(service: &mut Frigate) -> Result<Counted, SourceError> {
    let sink = SeenSink::new();
    let emptied = service.scrape(&permit(), None, sink.clone()).await?;
    assert!(emptied.is_none());
    let seen = sink.seen.lock().unwrap();
    Ok(counted(&seen))
}

/// 4 users, 4 persons, 262 faces, and attempts that no person is assigned to.
async fn populated(port: Port) -> SimulatedFrigate {
    let simulated = SimulatedFrigate::start(port).await;
    simulated.change(|model| {
        model.add_account("nina", "viewer");
        model.add_account("Nina", "viewer");
        for (name, faces) in [("Mila", 10), ("Anton", 51), ("Рита_Ł", 201), (".hidden", 0)] {
            model.add_person(name, faces);
        }
        model.attempts = Some(7);
    });
    simulated
}

const EVERYTHING: Counted = (4, 4, 262);

const SIGNED_IN: [&str; 5] =
    ["POST /api/login", "GET /api/version", "GET /api/profile", "GET /api/faces", "GET /api/users"];

#[tokio::test]
async fn everything_is_counted_at_both_ports_of_each_version() {
    for port in [Port::External, Port::Internal] {
        for version in [V016, V017, V018] {
            let simulated = populated(port).await;
            simulated.change(|model| model.version = version);
            assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING, "{port:?} {version}");
        }
    }
}

#[tokio::test]
async fn requests_are_those_of_the_contract() {
    let simulated = populated(Port::External).await;
    scrape(&mut reader(&simulated)).await.unwrap();
    assert_eq!(simulated.take_paths(), SIGNED_IN);
    let simulated = populated(Port::Internal).await;
    scrape(&mut reader(&simulated)).await.unwrap();
    assert_eq!(simulated.take_paths(), SIGNED_IN[1..], "nothing is signed in where there is no account");
    let listed: BTreeSet<_> = CONTRACT.requests.iter().map(ToString::to_string).collect();
    assert_eq!(listed, SIGNED_IN.into_iter().map(str::to_owned).collect());
}

#[tokio::test]
async fn user_names_are_hashed_as_the_service_writes_them() {
    let simulated = populated(Port::External).await;
    let sink = SeenSink::new();
    reader(&simulated).scrape(&permit(), None, sink.clone()).await.unwrap();
    let names = ["admin", "olga", "nina", "Nina"].map(|name| sink.key.hash(kinds::USER, name.as_bytes()));
    assert_eq!(sink.seen.lock().unwrap().names, names.into());
}

#[tokio::test]
async fn new_installation_is_one_user_without_faces() {
    let simulated = SimulatedFrigate::start(Port::Internal).await;
    simulated.change(|model| model.accounts.truncate(1));
    let sink = SeenSink::new();
    let emptied = reader(&simulated).scrape(&permit(), None, sink.clone()).await.unwrap();
    // Everything was passed on. Whether it counts depends on what was there before.
    assert_eq!(emptied.map(|emptied| emptied.kind), Some(kinds::SUBJECT));
    assert_eq!(counted(&sink.seen.lock().unwrap()), (1, 0, 0));
}

#[tokio::test]
async fn sign_in_that_is_turned_off_changes_no_account() {
    let simulated = populated(Port::Internal).await;
    simulated.change(|model| model.has_sign_in = false);
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING);
    // A new installation without a sign-in makes no account.
    simulated.change(|model| model.accounts.clear());
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), (0, 4, 262));
}

/// Frigate makes the folder of attempts as soon as it sees a face, also where the volume is not mounted.
#[tokio::test]
async fn folder_of_attempts_alone_is_a_missing_library() {
    let simulated = populated(Port::External).await;
    simulated.change(|model| model.persons.clear());
    let sink = SeenSink::new();
    let emptied = reader(&simulated).scrape(&permit(), None, sink.clone()).await.unwrap();
    assert_eq!(emptied.map(|emptied| emptied.kind), Some(kinds::SUBJECT));
    assert_eq!(counted(&sink.seen.lock().unwrap()), (4, 0, 0));
    let parts = reader(&simulated).check(&permit()).await.unwrap();
    assert!(parts.iter().any(|part| part.found == "lists no person"), "{parts:?}");
}

#[tokio::test]
async fn each_scrape_signs_in_and_leaves_no_session() {
    let simulated = populated(Port::External).await;
    let mut service = reader(&simulated);
    for sign_ins in 1..=3 {
        scrape(&mut service).await.unwrap();
        assert_eq!(simulated.change(|model| model.sign_ins), sign_ins);
        assert!(!service.has_session());
    }
    // Signing out has nothing to do: it makes no request.
    simulated.take_paths();
    service.sign_out().await;
    assert!(simulated.take_paths().is_empty());
}

#[tokio::test]
async fn cookie_may_have_a_name_of_the_operators_own() {
    let simulated = populated(Port::External).await;
    simulated.change(|model| model.cookie = "our_token");
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), EVERYTHING);
}

#[tokio::test]
async fn password_file_is_read_at_each_sign_in() {
    use headcount::source::PasswordSource;
    let simulated = populated(Port::External).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut settings = simulated.settings();
    settings.account.as_mut().unwrap().password = PasswordSource::File(file.path().to_owned());
    let mut service = Frigate::new(settings, Dialer::system());
    for password in [PASSWORD, "rotated"] {
        simulated.change(|model| model.account("olga").password = password.to_owned());
        std::fs::write(file.path(), format!("{password}\n")).unwrap();
        assert_eq!(scrape(&mut service).await.unwrap(), EVERYTHING);
    }
}

#[tokio::test]
async fn check_makes_each_request_once_and_shows_no_name() {
    let simulated = populated(Port::External).await;
    let parts = reader(&simulated).check(&permit()).await.unwrap();
    assert_eq!(simulated.take_paths(), SIGNED_IN);
    let text = format!("{parts:?}");
    assert!(text.contains("0.17") && !text.contains("Mila") && !text.contains("olga"), "{text}");
}

#[tokio::test]
async fn library_of_1500_persons_and_50_001_faces_is_counted() {
    let simulated = SimulatedFrigate::start(Port::Internal).await;
    simulated.change(|model| {
        for number in 0..1500 {
            model.add_person(&format!("P{number:04}"), if number == 7 { 45_504 } else { 3 });
        }
    });
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), (2, 1500, 50_001));
}
