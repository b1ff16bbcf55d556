//! Nothing of the people in a Frigate is sent, stored, logged or printed: the built program is driven with more than a hundred
//! secrets made at random, well and badly. And its memory does not grow with them. Invariants 7 and 9.

use std::path::{Path, PathBuf};

use headcount::config::Transport;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::Program;
use crate::secrecy::needles::Needles;
use crate::support::endpoint::Endpoint;
use crate::support::frigate::{Answer, Port, SimulatedFrigate, Spoiled};
use crate::support::world::Seeded;

/// What people type: letters of two scripts, digits, and what JSON must escape.
const LETTERS: &str = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789жюяёé_\"\\%&+ß";
const PERSONS: usize = 90;
const USERS: usize = 12;

fn name(seeded: &Seeded) -> String {
    let letters: Vec<_> = LETTERS.chars().collect();
    (0..14).map(|_| letters[seeded.below(letters.len())]).collect()
}

struct World {
    runtime: Runtime,
    service: SimulatedFrigate,
    endpoint: Endpoint,
    directory: TempDir,
    program: Program,
    /// What was printed, logged or stored, each with what it is.
    said: Vec<(String, Vec<u8>)>,
}

impl World {
    fn new(port: Port) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) = runtime
            .block_on(async { (SimulatedFrigate::start(port).await, Endpoint::plain(Transport::HttpProtobuf).await) });
        let directory = tempfile::tempdir().unwrap();
        let program = Program::new(&["once"])
            .env("HEADCOUNT_SERVICE", "frigate")
            .env("HEADCOUNT_FRIGATE_URL", service.url())
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", endpoint.address()))
            .env("HEADCOUNT_LOG_LEVEL", "trace")
            .state(&directory.path().join("state"));
        Self { runtime, service, endpoint, directory, program, said: Vec::new() }
    }

    /// Runs a command, and keeps all that it says and leaves on the disk.
    fn command(&mut self, arguments: &[&str]) -> Option<i32> {
        let output = self.program.with_arguments(arguments).output();
        self.said.push((format!("stdout of {arguments:?}"), output.stdout));
        self.said.push((format!("stderr of {arguments:?}"), output.stderr));
        for file in files(self.directory.path()) {
            self.said.push((format!("{} after {arguments:?}", file.display()), std::fs::read(&file).unwrap()));
        }
        output.status.code()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What the service says in trouble, with secrets in every place in which the real one has them, and in some more.
fn spoiled(text: &str) -> Vec<(&'static str, Spoiled)> {
    let answer = |status, body| Spoiled::Answer(Answer::json(status, &body));
    vec![
        ("/api/login", answer(422, json!({"detail": [{"input": text}]}))),
        ("/api/login", answer(401, json!({"message": text, "detail": text}))),
        ("/api/version", Spoiled::Answer(Answer::text(200, &text.chars().take(40).collect::<String>()))),
        ("/api/profile", Spoiled::Body(json!({"username": text, "role": text}).to_string())),
        ("/api/users", Spoiled::Body(json!([{"username": text}, {"username": [text]}]).to_string())),
        ("/api/users", Spoiled::Answer(Answer::page(200, text))),
        ("/api/faces", Spoiled::Body(json!({text: [text], "x": {text: text}}).to_string())),
        ("/api/faces", Spoiled::CutOff),
        ("/api/faces", answer(403, json!({"detail": text}))),
    ]
}

fn drive(seed: u64) -> (World, Needles, Vec<String>) {
    let seeded = Seeded::new(seed);
    let mut world = World::new(Port::External);
    let (user, password) = (name(&seeded), format!("p{}p", name(&seeded)));
    let mut secrets = vec![user.clone(), password.clone()];
    world.service.change(|model| {
        model.accounts.truncate(1);
        model.add_account(&user, "admin");
        model.account(&user).password.clone_from(&password);
        for number in 0..PERSONS + USERS {
            let secret = name(&seeded);
            if number < PERSONS {
                model.add_person(&secret, number % 7);
            } else {
                model.add_account(&secret, "viewer");
            }
            secrets.push(secret);
        }
    });
    world.program =
        world.program.clone().env("HEADCOUNT_FRIGATE_USER", &user).env("HEADCOUNT_FRIGATE_PASSWORD", &password);
    assert_eq!(world.command(&["preview"]), Some(0), "{}", String::from_utf8_lossy(&world.said[1].1));
    for (path, spoiled) in spoiled(&format!("{} {user} {password}", secrets[2])) {
        world.service.spoil(path, spoiled);
        assert_eq!(world.command(&["once"]), Some(3), "{path}");
        world.service.behave();
    }
    assert_eq!(world.command(&["once"]), Some(0));
    world.service.change(|model| model.is_mounted = false);
    assert_eq!(world.command(&["once"]), Some(3));
    for arguments in [&["status", "--format", "json"][..], &["audit"], &["check"], &["export", "-"]] {
        world.command(arguments);
    }
    secrets.extend(world.service.change(|model| model.tokens()));
    let mut needles = Needles::default();
    for secret in &secrets {
        needles.add_text("a name, the password or a token", secret);
    }
    (world, needles, secrets)
}

proptest! {
    // Each case starts two dozen processes. What fails is a secret that was found: a smaller one tells nothing more.
    #![proptest_config(Config { cases: 3, max_shrink_iters: 0, failure_persistence: None, ..Config::default() })]
    #[test]
    fn no_secret_of_a_person_is_sent_stored_logged_or_printed(seed: u64) {
        let (world, needles, secrets) = drive(seed);
        prop_assert!(secrets.len() > 100);
        prop_assert!(needles.find(format!("found in {} there", secrets[2]).as_bytes()).is_some(), "the search finds nothing");
        prop_assert_eq!(world.endpoint.requests().len(), 1);
        let mut sent = world.endpoint.wire();
        sent.push(world.endpoint.requests()[0].message.to_vec());
        prop_assert!(world.said.iter().any(|(what, bytes)| what.contains("headcount.db") && bytes.len() > 4096));
        for bytes in &sent {
            prop_assert_eq!(needles.find(bytes), None, "sent");
        }
        for (what, bytes) in &world.said {
            prop_assert_eq!(needles.find(bytes), None, "in {}", what);
        }
    }
}

/// The most memory that a process takes until its baseline is recorded, in kB.
fn peak(fill: impl FnOnce(&mut crate::support::frigate::Model)) -> u64 {
    let world = World::new(Port::Internal);
    world.service.change(fill);
    let mut running = world.program.with_arguments(&["run"]).env("HEADCOUNT_LOG_LEVEL", "info").start();
    running.wait_for("baseline recorded");
    running.memory_kib("VmHWM")
}

#[test]
fn memory_does_not_grow_with_the_library() {
    let small = peak(|model| model.add_person("Mila", 3));
    let large = peak(|model| {
        for number in 0..1500 {
            model.add_person(&format!("Person number {number}"), if number == 7 { 45_504 } else { 3 });
        }
    });
    assert!(large < small + 512, "{large} kB with 50,001 faces of 1,500 persons, {small} kB with one person");
}
