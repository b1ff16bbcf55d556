//! A service that behaves, but for what the fuzzer answers through one of the doors.

use std::io;
use std::sync::{Arc, Mutex};

use headcount::clock::Day;
use headcount::config::BaseUrl;
use headcount::consent::ExplicitCommand;
use headcount::model::{Distribution, IdHash, IdKey, Kind, ScrapeSink, SinkError};
use headcount::net::{Dialer, Stream};
use headcount::source::compreface::{CompreFace, ServiceSettings, kinds};
use headcount::source::{PasswordSource, Service as _, SourceError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// The requests of one scrape, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `POST /admin/oauth/token`.
    Token,
    /// `GET /admin/user/me`.
    Me,
    /// `GET /admin/apps`.
    Applications,
    /// `GET /admin/app/{id}/models`.
    Services,
    /// `GET /api/v1/recognition/faces`.
    Faces,
    /// `GET /admin/user/roles`.
    Users,
    /// `GET /admin/app/{app}/model/{model}/statistics`.
    Statistics,
    /// `DELETE /admin/oauth/token`.
    SignOut,
}

impl Door {
    /// All doors that a scrape goes through.
    pub const ALL: [Self; 7] =
        [Self::Token, Self::Me, Self::Applications, Self::Services, Self::Faces, Self::Users, Self::Statistics];

    /// The door of a request line, which must be one of the contract's.
    fn of(line: &str) -> Self {
        match line {
            "POST /admin/oauth/token HTTP/1.1" => Self::Token,
            "DELETE /admin/oauth/token HTTP/1.1" => Self::SignOut,
            "GET /admin/user/me HTTP/1.1" => Self::Me,
            "GET /admin/apps HTTP/1.1" => Self::Applications,
            "GET /admin/user/roles HTTP/1.1" => Self::Users,
            "GET /api/v1/recognition/faces?page=0&size=1 HTTP/1.1" => Self::Faces,
            line => {
                let of = |end| line.strip_prefix("GET /admin/app/").and_then(|rest| rest.strip_suffix(end));
                let statistics = of("/statistics HTTP/1.1").and_then(|ids| ids.split_once("/model/"));
                let (ids, door) = match (of("/models HTTP/1.1"), statistics) {
                    (Some(id), _) => (vec![id], Self::Services),
                    (None, Some((application, service))) => (vec![application, service], Self::Statistics),
                    (None, None) => panic!("not one of the contract's requests: {line}"),
                };
                for id in ids {
                    let uuid = uuid::Uuid::try_parse(id).expect("an id in a path is a UUID");
                    assert_eq!(uuid.to_string(), id, "an id in a path is as the service wrote it");
                }
                door
            }
        }
    }

    /// What a service that behaves answers: an owner, two applications with services, and one of each.
    fn usual(self) -> &'static str {
        match self {
            Self::Token | Self::SignOut => "{}",
            Self::Me => r#"{"userId":"b4505f77-ab85-4d83-a0c0-5f90b5427699"}"#,
            Self::Applications => r#"[{"id":"35b1ac44-ce24-4ddb-a2d1-4d4d43c2eb38"}]"#,
            Self::Services => {
                r#"[{"id":"dd27be89-79d6-4a5f-b7c6-2f2b0a7f3c11","apiKey":"0330ffbc-7ec1-4a7b-8dfb-4414212196f2","type":"RECOGNITION"}]"#
            }
            Self::Faces => r#"{"total_elements":6}"#,
            Self::Statistics => r#"[{"requestCount":3,"createdDate":"2026-11-28"}]"#,
            Self::Users => r#"[{"userId":"b4505f77-ab85-4d83-a0c0-5f90b5427699","role":"OWNER"}]"#,
        }
    }
}

/// The day of the report that rests on each scrape.
fn report() -> Day {
    "2026-11-29".parse().expect("a date")
}

/// A request's head, and the door it came through.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The door.
    pub door: Door,
    /// The head: the request line and the headers, without the last empty line.
    pub head: String,
}

/// A service of which the fuzzer writes one answer.
#[derive(Debug)]
pub struct Service {
    door: Door,
    answer: Arc<Vec<u8>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    key: IdKey,
    objects: Mutex<[Vec<IdHash>; kinds::ALL.len()]>,
    collections: Mutex<Vec<u64>>,
    active: Mutex<[u64; kinds::ALL.len()]>,
}

impl Default for Found {
    fn default() -> Self {
        let key = IdKey::from_bytes([7; 16]);
        Self { key, objects: Mutex::default(), collections: Mutex::default(), active: Mutex::default() }
    }
}

impl ScrapeSink for Found {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        self.objects.lock().expect("no thread panicked")[kind.index()].append(hashes);
        Ok(())
    }

    fn counted(&self, _: Kind, _: u64) {
        unreachable!("every kind of this service has ids")
    }

    fn repeated(&self, kind: Kind) -> Result<u64, SinkError> {
        let taken = self.objects.lock().expect("no thread panicked")[kind.index()].len();
        Ok((taken - self.hashes(kind).len()) as u64)
    }

    fn measured(&self, _: Distribution, faces: u64) {
        self.collections.lock().expect("no thread panicked").push(faces);
    }

    fn active(&self, kind: Kind, objects: u64) {
        self.active.lock().expect("no thread panicked")[kind.index()] = objects;
    }
}

impl Found {
    /// The hashes of one kind, each once, in order.
    #[must_use]
    pub fn hashes(&self, kind: Kind) -> Vec<IdHash> {
        distinct(self.objects.lock().expect("no thread panicked")[kind.index()].clone())
    }

    /// The hashes that these ids have, each once, in order.
    #[must_use]
    pub fn hashes_of<'a>(&self, kind: Kind, ids: impl IntoIterator<Item = &'a str>) -> Vec<IdHash> {
        distinct(ids.into_iter().map(|id| self.key.hash(kind, id.as_bytes())).collect())
    }

    /// How many objects of a kind are active.
    #[must_use]
    pub fn active_of(&self, kind: Kind) -> u64 {
        self.active.lock().expect("no thread panicked")[kind.index()]
    }

    /// The numbers of faces, in the order in which they were found.
    #[must_use]
    pub fn collections(&self) -> Vec<u64> {
        self.collections.lock().expect("no thread panicked").clone()
    }
}

fn distinct(mut hashes: Vec<IdHash>) -> Vec<IdHash> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

impl Service {
    /// Answers these bytes, all of an answer, through one door; then hangs up.
    #[must_use]
    pub fn answering(door: Door, answer: Vec<u8>) -> Self {
        Self { door, answer: Arc::new(answer), asked: Arc::default() }
    }

    /// Every request so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no thread panicked").clone()
    }

    /// Scrapes it and signs out. Gives what was found, and what the scrape came to.
    pub fn scrape(&self) -> (Arc<Found>, Result<(), SourceError>) {
        let found = Arc::new(Found::default());
        let observer: Arc<dyn ScrapeSink> = found.clone();
        let outcome = crate::run(async {
            let mut service = CompreFace::new(settings(), self.dialer());
            let outcome = service.scrape(&ExplicitCommand::Preview.read_permit(), Some(report()), observer).await;
            let outcome = outcome.map(|emptied| assert!(emptied.is_none()));
            service.sign_out().await;
            assert!(!service.has_session(), "a session was left behind");
            outcome
        });
        (found, outcome)
    }

    fn dialer(&self) -> Dialer {
        let (door, answer, asked) = (self.door, Arc::clone(&self.answer), Arc::clone(&self.asked));
        Dialer::new(move |_| {
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            tokio::spawn(serve(theirs, door, Arc::clone(&answer), Arc::clone(&asked)));
            Box::pin(async { Ok(Stream::new(ours)) })
        })
    }
}

fn settings() -> ServiceSettings {
    let url = BaseUrl::parse("http://compreface.test:8080").expect("a URL");
    ServiceSettings {
        admin_url: url.clone(),
        core_url: url,
        email: "owner@example.com".into(),
        password: PasswordSource::Value("password".into()),
        certificate: None,
    }
}

/// Errors are of no interest: they mean that the client has gone.
async fn serve(
    mut stream: DuplexStream,
    door: Door,
    answer: Arc<Vec<u8>>,
    asked: Arc<Mutex<Vec<Asked>>>,
) -> io::Result<()> {
    while let Some(request) = read_request(&mut stream).await? {
        let through = request.door;
        asked.lock().expect("no thread panicked").push(request);
        if through == door {
            stream.write_all(&answer).await?;
            return stream.shutdown().await;
        }
        let cookies = if through == Door::Token {
            "set-cookie: CFSESSION=one; Max-Age=2399\r\nset-cookie: REFRESH_TOKEN=two\r\n"
        } else {
            ""
        };
        let body = through.usual();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{cookies}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
    }
    Ok(())
}

async fn read_request(stream: &mut DuplexStream) -> io::Result<Option<Asked>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let head = String::from_utf8(head).expect("a request is text");
    let head = head.trim_end().to_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    stream.read_exact(&mut body).await?;
    let door = Door::of(head.lines().next().unwrap_or_default());
    Ok(Some(Asked { door, head }))
}
