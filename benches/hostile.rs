//! Gigabytes of hostile answers before the release binary: what it says, how long it takes, and how much memory.
//!
//! Run it with `cargo bench --bench hostile`. It builds the release binary first; `-- --binary PATH` takes another one, and
//! `--only WORD` measures the answers alone whose names hold the word. It ends with an error if an answer is not refused as it
//! should be, or takes more memory than the limit.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark prints, waits, and ends when something fails"
)]

#[path = "figures/process.rs"]
#[allow(dead_code, reason = "it is the other benchmark's, too")]
mod process;
#[path = "../tests/support/program.rs"]
mod program;
#[path = "figures/release.rs"]
mod release;
#[path = "../tests/support/mod.rs"]
mod support;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use headcount::config::{Compression, Transport};
use program::Program;
use support::compreface::{Door, EMAIL, PASSWORD, Simulated, Trouble, When, Written};
use support::endpoint::{Answer, Endpoint};

/// What a container with 16 MiB has room for, with some to spare; an answer that is read in order to be understood comes on
/// top of it, 4 MiB at most and as much again for the text in it.
const MEMORY_MIB: f64 = 12.0;
const ENDPOINT_MEMORY_MIB: f64 = 24.0;

/// A list that begins like one of users and goes on for ever, of so many bytes each.
fn users() -> Written {
    let name = "Ж".repeat(60);
    let user = move |number: u128| {
        let id = uuid::Uuid::from_u128(number << 32 | 0x4000_8000_0000_0000);
        format!(r#"{{"userId":"{id}","firstName":"{name}","role":"USER"}}"#)
    };
    Written::array((1..=u128::MAX >> 64).map(user))
}

/// The same user for ever, so that little is staged.
fn one_user() -> Written {
    let user = r#"{"userId":"b4505f77-ab85-4d83-a0c0-5f90b5427699","firstName":"Ж","role":"USER"}"#;
    Written::array(std::iter::repeat_with(|| user.to_owned()))
}

fn blanks() -> Written {
    Written::endless("[")
}

fn deep() -> Written {
    Written::new(std::iter::once("[{\"x\":".to_owned()).chain(std::iter::repeat_with(|| "[".repeat(1000))))
}

fn long() -> Written {
    Written::new(std::iter::once("[{\"userId\":\"".to_owned()).chain(std::iter::repeat_with(|| "x".repeat(1000))))
}

fn applications() -> Written {
    Written::array((1000..u128::MAX).map(|number| format!(r#"{{"id":"{}"}}"#, uuid::Uuid::from_u128(number))))
}

fn services() -> Written {
    let service = |number| {
        let id = uuid::Uuid::from_u128(number);
        format!(r#"{{"id":"{id}","apiKey":"{id}","type":"RECOGNITION"}}"#)
    };
    Written::array((1000..u128::MAX).map(service))
}

fn main() {
    let binary = argument("--binary").map_or_else(release::build, PathBuf::from);
    println!("{}\n", binary.display());
    println!("| answer | said | CPU time | peak of memory |\n|---|---|---|---|");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let peers = Peers::start(Transport::HttpProtobuf).await;
        peers.measure(&binary, "the usual ones", 0, "", MEMORY_MIB);
        let large = "larger than 536870912 bytes";
        for (name, door, body, words) in [
            ("a list of users without an end", Door::Roles, users as fn() -> Written, large),
            ("the same user without an end", Door::Roles, one_user, large),
            ("blanks without an end", Door::Applications, blanks, large),
            ("arrays in each other without an end", Door::Applications, deep, "nested too deeply"),
            ("a string without an end", Door::Roles, long, "a string of more than 4096 bytes"),
            ("applications without an end", Door::Applications, applications, "more than 16384 objects"),
            ("recognition services without an end", Door::Services, services, "more than 16384 objects"),
        ] {
            peers.service.trouble(door, When::Always, Trouble::Made(body));
            peers.measure(&binary, name, 3, words, MEMORY_MIB);
            peers.service.behave();
        }
        for (name, trouble, words) in [
            ("a length of 1 TiB", Trouble::Length(1 << 40), large),
            ("10,000 headers", Trouble::Headers(10_000), "its head is larger"),
        ] {
            peers.service.trouble(Door::Roles, When::Always, trouble);
            peers.measure(&binary, name, 3, words, MEMORY_MIB);
            peers.service.behave();
        }
        endpoints(&binary).await;
    });
}

/// An endpoint's answers: without an end, as large as they may be, and small until they are unpacked.
async fn endpoints(binary: &Path) {
    let room = 4 * 1024 * 1024 - 64;
    let mut padded = vec![0x0a, 0x80, 0x80, 0x80, 0x02, 0x12, 0x80, 0x80, 0x80, 0x02];
    let text = u32::try_from(room - 16).unwrap();
    padded[1..5].copy_from_slice(&varint(text + 5));
    padded[6..10].copy_from_slice(&varint(text));
    padded.resize(10 + text as usize, b'x');
    let larger = "larger than an OTLP answer may be";
    for transport in [Transport::HttpProtobuf, Transport::Grpc] {
        let way = if transport == Transport::Grpc { "gRPC" } else { "HTTP" };
        let peers = Peers::start(transport).await;
        for (name, answer, exit, words) in [
            ("without an end", Answer::endless(200), 4, larger),
            ("with 10,000 headers", Answer::ok().headers(10_000), 4, "not delivered"),
            ("with a text of 4 MiB", Answer::message(padded.clone()), 0, ""),
        ] {
            peers.endpoint.always(answer);
            peers.measure(binary, &format!("{way}, the endpoint's, {name}"), exit, words, ENDPOINT_MEMORY_MIB);
        }
        if transport == Transport::Grpc {
            let huge = vec![0; 16 * 1024 * 1024];
            peers.endpoint.always(Answer::message(huge).gzip());
            peers.measure(binary, "gRPC, the endpoint's, 16 MiB in gzip", 4, larger, ENDPOINT_MEMORY_MIB);
        }
    }
}

/// A length in four bytes, as protobuf writes it.
fn varint(number: u32) -> [u8; 4] {
    let part = |shift: u32| u8::try_from(number >> shift & 0x7f).unwrap();
    [part(0) | 0x80, part(7) | 0x80, part(14) | 0x80, part(21)]
}

struct Peers {
    service: Simulated,
    endpoint: Endpoint,
}

impl Peers {
    async fn start(transport: Transport) -> Self {
        let service = Simulated::start().await;
        service.change(|model| model.populate(10, 2, 2));
        Self { service, endpoint: Endpoint::plain(transport).await }
    }

    /// Runs `once` against a new store, prints what came of it, and ends with an error if that is not as it should be.
    fn measure(&self, binary: &Path, name: &str, exit: i32, words: &str, limit: f64) {
        if argument("--only").is_some_and(|word| !name.contains(&word)) {
            return;
        }
        let state = tempfile::tempdir().unwrap();
        let settings = self.endpoint.settings();
        let grpc = settings.transport == Transport::Grpc;
        let call = Program::of(binary, &["once", "--log-level", "error"])
            .env("HEADCOUNT_COMPREFACE_URL", self.service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", settings.url.to_string())
            .env("HEADCOUNT_OTLP_PROTOCOL", if grpc { "grpc" } else { "http/protobuf" })
            .env("HEADCOUNT_OTLP_COMPRESSION", if grpc { "gzip" } else { "none" })
            .state(state.path());
        assert_eq!(settings.compression, Compression::None);
        let (before, begun) = (process::cpu_seconds_of_children(), Instant::now());
        let mut child =
            call.command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let peak = process::peak_kib(child.id(), Duration::from_millis(1));
        let status = child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let (cpu, peak) = (process::cpu_seconds_of_children() - before, peak as f64 / 1024.0);
        let sentence = said.trim().lines().last().unwrap_or("nothing: it is a success");
        println!("| {name} | {sentence} | {cpu:.2} s | {peak:.2} MiB |");
        let elapsed = begun.elapsed();
        assert_eq!(status.code(), Some(exit), "{name}, after {elapsed:?}: {said}");
        assert!(said.contains(words), "{name}: {said}");
        assert!(peak <= limit, "{name}: {peak:.2} MiB");
    }
}

/// What follows a flag.
fn argument(flag: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != flag).nth(1)
}
