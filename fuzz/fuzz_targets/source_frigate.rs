//! Any answer of Frigate to any request of a scrape: what is counted is what a second decoder finds, within limits of memory, and
//! an error tells nothing of the answer.
//!
//! Input: a byte for the request and how the answer is framed, and the body; or, in one of the framings, the whole answer.

#![no_main]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use headcount::config::BaseUrl;
use headcount::consent::ExplicitCommand;
use headcount::model::{Distribution, IdHash, IdKey, Kind, ScrapeSink, SinkError};
use headcount::net::{Dialer, Stream};
use headcount::source::frigate::{Frigate, FrigateAccount, FrigateSettings, kinds};
use headcount::source::{Emptied, PasswordSource, Service as _, SourceError};
use headcount_fuzz::{assert_tells_no_secret, memory, told};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// As for other services.
const MEMORY: usize = 1024 * 1024;
const TOKEN: &str = "HTTP/1.1 200 OK\r\nset-cookie: frigate_token=a.b.c; Path=/\r\ncontent-length: 0\r\n\r\n";

/// The requests of a scrape, each with its usual body and content type.
const REQUESTS: [(&str, &str, &str); 5] = [
    ("POST /api/login HTTP/1.1", "", ""),
    ("GET /api/version HTTP/1.1", "0.17.2-3d4dd3ac4", "text/plain; charset=utf-8"),
    ("GET /api/profile HTTP/1.1", r#"{"username":"olga","role":"admin"}"#, "application/json"),
    ("GET /api/faces HTTP/1.1", r#"{"Mila":["a.webp"]}"#, "application/json"),
    ("GET /api/users HTTP/1.1", r#"[{"username":"olga","role":"admin"}]"#, "application/json"),
];
const FACES: usize = 3;
const USERS: usize = 4;

fuzz_target!(|input: &[u8]| {
    let [how, body @ ..] = input else { return };
    let (spoiled, framing) = (usize::from(how % 5), how / 5 % 3);
    let answer = framed(framing, REQUESTS[spoiled].2, body);
    let (found, outcome) = memory::within(MEMORY + 8 * input.len(), || scrape(spoiled, answer));
    match outcome {
        Ok(emptied) => {
            let persons = found.counted.lock().expect("no thread panicked")[0];
            assert_eq!(emptied.is_some(), persons == 0);
            check(framing, spoiled, body, &found);
        }
        Err(error) => assert_tells_no_secret(&told(&error)),
    }
});

/// An answer with this body: with its length, or in chunks; or as it stands.
fn framed(framing: u8, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n").into_bytes();
    match framing {
        0 => {
            answer.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
            answer.extend_from_slice(body);
        }
        1 => {
            answer.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
            for chunk in body.chunks(7) {
                answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                answer.extend_from_slice(chunk);
                answer.extend_from_slice(b"\r\n");
            }
            answer.extend_from_slice(b"0\r\n\r\n");
        }
        _ => return body.to_vec(),
    }
    answer
}

/// What was found.
#[derive(Debug)]
struct Seen {
    key: IdKey,
    names: Mutex<Vec<IdHash>>,
    counted: Mutex<Vec<u64>>,
    faces: Mutex<Vec<u64>>,
}

impl ScrapeSink for Seen {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        assert_eq!(kind, kinds::USER);
        self.names.lock().expect("no thread panicked").append(hashes);
        Ok(())
    }

    fn counted(&self, _: Kind, number: u64) {
        self.counted.lock().expect("no thread panicked").push(number);
    }

    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        unreachable!("Frigate may list a name again")
    }

    fn measured(&self, _: Distribution, faces: u64) {
        self.faces.lock().expect("no thread panicked").push(faces);
    }

    fn active(&self, _: Kind, _: u64) {
        panic!("there are no statistics")
    }
}

#[derive(Deserialize)]
struct User {
    username: String,
}

/// Fails if a scrape that succeeded counted anything else than the answer holds.
fn check(framing: u8, spoiled: usize, body: &[u8], found: &Seen) {
    if framing > 1 {
        return;
    }
    if spoiled == FACES {
        let folders: Folders = serde_json::from_slice(body).expect("an object of arrays");
        let persons = folders.0.iter().filter(|(name, _)| name != "train");
        let (subjects, faces) = persons.fold((0, 0), |(subjects, faces), (_, files)| (subjects + 1, faces + files));
        assert_eq!(*found.counted.lock().expect("no thread panicked"), [subjects, 1]);
        assert_eq!(*found.faces.lock().expect("no thread panicked"), [faces]);
    }
    if spoiled == USERS {
        let users: Vec<User> = serde_json::from_slice(body).expect("a list of users");
        let hashes: Vec<_> = users.iter().map(|user| found.key.hash(kinds::USER, user.username.as_bytes())).collect();
        assert_eq!(*found.names.lock().expect("no thread panicked"), hashes);
    }
}

/// Each folder with its number of files, also where a name is there twice.
struct Folders(Vec<(String, u64)>);

impl<'de> Deserialize<'de> for Folders {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Folders;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Folders, A::Error> {
                let mut folders = Vec::new();
                while let Some((name, files)) = map.next_entry::<String, Vec<String>>()? {
                    folders.push((name, files.len() as u64));
                }
                Ok(Folders(folders))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Scrapes a service that answers as it should, except to one request.
fn scrape(spoiled: usize, answer: Vec<u8>) -> (Arc<Seen>, Result<Option<Emptied>, SourceError>) {
    let seen = Seen {
        key: IdKey::from_bytes([7; 16]),
        names: Mutex::default(),
        counted: Mutex::default(),
        faces: Mutex::default(),
    };
    let (seen, answer) = (Arc::new(seen), Arc::new(answer));
    let sink: Arc<dyn ScrapeSink> = seen.clone();
    let outcome = headcount_fuzz::run(async {
        let dialer = Dialer::new(move |_| {
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            tokio::spawn(serve(theirs, spoiled, Arc::clone(&answer)));
            Box::pin(async { Ok(Stream::new(ours)) })
        });
        let url = BaseUrl::parse("http://frigate.test:8971").expect("a URL");
        let account = FrigateAccount { user: "olga".into(), password: PasswordSource::Value("password".into()) };
        let settings = FrigateSettings { url, account: Some(account), certificate: None };
        Frigate::new(settings, dialer).scrape(&ExplicitCommand::Preview.read_permit(), None, sink).await
    });
    (seen, outcome)
}

/// Errors are of no interest: they mean that the client has gone.
async fn serve(mut stream: DuplexStream, spoiled: usize, answer: Arc<Vec<u8>>) -> io::Result<()> {
    let lines: BTreeMap<_, _> = REQUESTS.iter().enumerate().map(|(number, (line, ..))| (*line, number)).collect();
    while let Some(head) = read_request(&mut stream).await? {
        let line = head.lines().next().unwrap_or_default();
        let number = *lines.get(line).unwrap_or_else(|| panic!("not one of the contract's requests: {line}"));
        if number == spoiled {
            stream.write_all(&answer).await?;
            return stream.shutdown().await;
        }
        let (_, body, content_type) = REQUESTS[number];
        let usual =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(if number == 0 { TOKEN } else { &usual }.as_bytes()).await?;
    }
    Ok(())
}

async fn read_request(stream: &mut DuplexStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let head = String::from_utf8(head).expect("a request is text");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).await?;
    Ok(Some(head))
}
