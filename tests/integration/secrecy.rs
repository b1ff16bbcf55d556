//! Nothing but the contract leaves: the whole pipeline is driven with secrets made at random, well and badly, and none of
//! them is found in what was sent, kept, logged or printed.

pub(crate) mod needles;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use headcount::config::Transport;
use proptest::prelude::*;
use proptest::test_runner::Config;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::{Program, Running};
use crate::support::compreface::{Answer, Door, Model, Names, Simulated, Trouble, When};
use crate::support::endpoint::{self, Endpoint};
use crate::support::world::Seeded;
use needles::Needles;

/// What people type: letters of two scripts, digits, and what JSON and forms must escape.
pub(crate) const LETTERS: &str = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789жюяёé \"\\/%&+ß";
/// What stands in addresses and tokens.
pub(crate) const PLAIN: &str = "abcdefghijkmnopqrstuvwxyz23456789";

pub(crate) fn word(seeded: &Seeded, letters: &str, length: usize) -> String {
    let letters: Vec<_> = letters.chars().collect();
    (0..length).map(|_| letters[usize::try_from(seeded.next() % letters.len() as u64).unwrap()]).collect()
}

/// One installation full of secrets, an endpoint, and all that became known of them.
struct World {
    runtime: Runtime,
    service: Simulated,
    endpoint: Endpoint,
    directory: TempDir,
    program: Program,
    /// The operator's token for the endpoint.
    token: String,
    /// What was printed, logged or answered, each with what it is.
    said: Vec<(String, Vec<u8>)>,
}

impl World {
    fn new(seeded: &Seeded, transport: Transport) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) =
            runtime.block_on(async { (Simulated::start().await, Endpoint::plain(transport).await) });
        let names = || word(seeded, LETTERS, 14);
        let (email, password, token) = (
            format!("{}@{}", word(seeded, PLAIN, 12), word(seeded, PLAIN, 14)),
            format!("p{}p", names()),
            word(seeded, PLAIN, 30),
        );
        service.change(|model| {
            model.populate(3, 2, 1);
            (model.email, model.password) = (email.clone(), password.clone());
            model.names = Names {
                first: names(),
                last: names(),
                domain: format!("{}.{}", word(seeded, PLAIN, 9), word(seeded, PLAIN, 9)),
                application: names(),
                service: names(),
                subject: names(),
            };
        });
        let directory = tempfile::tempdir().unwrap();
        let protocol = if transport == Transport::Grpc { "grpc" } else { "http/protobuf" };
        let program = Program::new(&["once"])
            .env("HEADCOUNT_COMPREFACE_URL", service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", &email)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", &password)
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", endpoint.address()))
            .env("HEADCOUNT_OTLP_PROTOCOL", protocol)
            .env("HEADCOUNT_OTLP_HEADERS", format!("authorization=Bearer%20{token}"))
            .env("HEADCOUNT_LOG_LEVEL", "trace")
            .state(&directory.path().join("state"));
        Self { runtime, service, endpoint, directory, program, token, said: Vec::new() }
    }

    /// Runs a command, keeps all that it says, and looks at what it has left on the disk.
    fn command(&mut self, arguments: &[&str]) -> Option<i32> {
        let output = self.program.with_arguments(arguments).output();
        self.said.push((format!("stdout of {arguments:?}"), output.stdout));
        self.said.push((format!("stderr of {arguments:?}"), output.stderr));
        self.keep_files(&format!("after {arguments:?}"));
        output.status.code()
    }

    fn keep_files(&mut self, when: &str) {
        for file in files(self.directory.path()) {
            self.said.push((format!("{} {when}", file.display()), fs::read(&file).unwrap()));
        }
    }

    /// The sidecar itself, with its health endpoint, until it has scraped.
    fn run(&mut self) {
        let program = self.program.with_arguments(&["run"]).env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0");
        let mut running = program.state(&self.directory.path().join("other")).start();
        self.said.push(("/healthz".to_owned(), healthz(&mut running)));
        running.wait_for("baseline recorded");
        self.keep_files("while running");
        running.signal("TERM");
        assert_eq!(running.wait().0, Some(0));
        self.said.push(("the log of run".to_owned(), running.log().as_bytes().to_vec()));
        self.keep_files("after running");
    }

    /// Everything that the service holds and nobody else should.
    fn secrets(&self) -> Needles {
        let mut needles = Needles::default();
        self.service.change(|model| {
            let Names { first, last, domain, application, service, subject } = &model.names;
            for text in [first, last, domain, application, service, subject, &model.email, &model.password] {
                needles.add_text("a name, an address or the password", text);
            }
            for token in &model.tokens {
                needles.add_text("a token", token);
            }
            for user in &model.users {
                needles.add_uuid("a user's id", user.id);
            }
            for application in &model.applications[1..] {
                needles.add_uuid("an application's id", application.id);
                needles.add_uuid("an application's key", application.key);
                for service in &application.services {
                    needles.add_uuid("a service's id", service.id);
                    needles.add_uuid("a service's key", service.key);
                }
            }
        });
        needles
    }

    /// All bytes that went to the endpoint: as they went, and with their headers and messages unpacked.
    fn sent(&self) -> Vec<(String, Vec<u8>)> {
        let mut sent: Vec<_> = self.endpoint.wire().into_iter().map(|bytes| ("the wire".to_owned(), bytes)).collect();
        for request in self.endpoint.requests() {
            sent.push(("a message".to_owned(), request.message.to_vec()));
            sent.push(("headers".to_owned(), format!("{} {}", request.uri, headers(&request)).into_bytes()));
        }
        sent
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
    }
}

fn headers(request: &endpoint::Received) -> String {
    let line =
        |(name, value): (&http::HeaderName, &http::HeaderValue)| format!("{name}: {}\n", value.to_str().unwrap());
    request.headers.iter().map(line).collect()
}

pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn healthz(running: &mut Running) -> Vec<u8> {
    let line = running.wait_for("health is served at http://");
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// What a service says in trouble, with secrets in every place in which the real one has them, and in some more.
fn troubles(model: &Model, token: &str) -> Vec<(Door, Trouble)> {
    let Names { first, application, .. } = &model.names;
    let (id, key) = (model.users[0].id, model.applications[1].services[2].key);
    let text = format!("{first} {application} {} {} {id} {key} {token}", model.email, model.password);
    let quoted = serde_json::Value::from(text.as_str());
    let ascii: String = text.chars().filter(|character| character.is_ascii() && *character != '"').collect();
    let html = Answer { body: format!("<html>{text}</html>"), ..Answer::html() };
    let cookie = Answer::json(200, quoted.to_string());
    let cookie = Answer { headers: vec![("set-cookie", format!("{ascii}=1")), ("content-type", ascii)], ..cookie };
    vec![
        (Door::Roles, Trouble::Answer(Answer::invalid_token(token, true))),
        (Door::Me, Trouble::Answer(Answer::invalid_token(token, false))),
        (Door::Faces, Trouble::Answer(Answer::key_unknown(&key.to_string()))),
        (
            Door::Token,
            Trouble::Answer(Answer::json(400, format!(r#"{{"error":{quoted},"error_description":{quoted}}}"#))),
        ),
        (Door::Applications, Trouble::Answer(html)),
        (Door::Me, Trouble::Answer(Answer::redirect(&format!("http://{key}.invalid/{token}")))),
        (Door::Applications, Trouble::Answer(cookie)),
        (Door::Roles, Trouble::Body(format!(r#"[{{"userId":{quoted},"role":{quoted},"email":{quoted}}}]"#).into())),
        (Door::Services, Trouble::Body(format!(r#"[{{"id":"{id}","apiKey":{quoted},"type":{quoted}}}]"#).into())),
        (Door::Roles, Trouble::Body(format!(r#"[{{{quoted}:{{"userId":[{quoted}]}}}}"#).into())),
        (
            Door::Statistics,
            Trouble::Body(format!(r#"[{{"requestCount":1,"createdDate":{quoted},{quoted}:{quoted}}}]"#).into()),
        ),
        (Door::Me, Trouble::CutOff),
        (Door::Services, Trouble::Answer(Answer::json(404, format!(r#"{{"message":{quoted},"code":99}}"#)))),
    ]
}

/// An endpoint that says all it knows, and more.
fn hostile(transport: Transport, text: &str) -> [endpoint::Answer; 2] {
    match transport {
        Transport::HttpProtobuf => [
            endpoint::Answer::http(401, text.to_owned()).header("www-authenticate", "Bearer realm=\"x\""),
            endpoint::Answer::partial(3, text),
        ],
        Transport::Grpc => {
            [endpoint::Answer::grpc(tonic::Code::PermissionDenied, text), endpoint::Answer::partial(3, text)]
        }
    }
}

fn drive(seed: u64) -> World {
    let seeded = Seeded::new(seed);
    let transport = if seed.is_multiple_of(2) { Transport::HttpProtobuf } else { Transport::Grpc };
    let mut world = World::new(&seeded, transport);
    assert_eq!(world.command(&["preview"]), Some(0));
    let token = world.service.change(|model| model.tokens[0].clone());
    let mut troubles = world.service.change(|model| troubles(model, &token));
    for _ in 0..4 {
        let (door, trouble) = troubles.swap_remove(usize::try_from(seeded.next()).unwrap() % troubles.len());
        world.service.trouble(door, When::Always, trouble);
        assert_eq!(world.command(&["once"]), Some(3), "{door:?}");
        world.service.behave();
    }
    let text = world.service.change(|model| format!("{} {} {token}", model.email, model.names.first));
    for answer in hostile(transport, &text) {
        world.endpoint.answer(answer);
        let status = world.command(&["once"]);
        assert!(matches!(status, Some(0 | 4)), "{status:?}");
    }
    world.run();
    for arguments in [
        &["status"][..],
        &["status", "--format", "json"],
        &["audit"],
        &["audit", "--format", "json"],
        &["audit", "--show", "6"],
        &["check", "--endpoint"],
        &["export", "-"],
    ] {
        world.command(arguments);
    }
    world
}

proptest! {
    // Each case starts a dozen processes. What fails is a secret that was found: a smaller one tells nothing more.
    #![proptest_config(Config { cases: 6, max_shrink_iters: 0, failure_persistence: None, ..Config::default() })]
    #[test]
    fn no_secret_is_sent_kept_logged_or_printed(seed: u64) {
        let world = drive(seed);
        let (secrets, sent) = (world.secrets(), world.sent());
        prop_assert!(sent.iter().any(|(what, _)| what == "a message"), "nothing was sent");
        prop_assert!(world.said.iter().any(|(what, bytes)| what.contains("headcount.db") && bytes.len() > 4096));
        for (what, bytes) in world.said.iter().chain(&sent) {
            prop_assert_eq!(secrets.find(bytes), None, "in {}", what);
        }
        // The operator's own token goes to the endpoint, where the same search finds it, and nowhere else.
        let mut token = Needles::default();
        token.add_text("the operator's token", &world.token);
        prop_assert!(sent.iter().any(|(_, bytes)| token.find(bytes).is_some()), "the search finds nothing");
        for (what, bytes) in &world.said {
            prop_assert_eq!(token.find(bytes), None, "in {}", what);
        }
    }
}
