//! A server of an inventory document, on a port of 127.0.0.1: it answers the one request of the contract, and as badly as it
//! is told to.
//!
//! It writes down every request. A request that the contract does not list makes it answer with 500 and shows in `requests`.

#![allow(
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    reason = "each of those who share this uses a part"
)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a peer for tests: a panic is the message")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// The path of the document.
pub const PATH: &str = "/inventory";

/// What an installation has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installation {
    pub users: Vec<String>,
    pub applications: Vec<String>,
    pub services: Vec<Service>,
}

/// A service; only one that recognizes has faces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub id: String,
    pub kind: &'static str,
    pub faces: Option<u64>,
}

impl Installation {
    /// Adds a recognition service.
    pub fn add_collection(&mut self, id: &str, faces: u64) {
        self.services.push(Service { id: id.to_owned(), kind: "recognition", faces: Some(faces) });
    }

    /// Adds a service of another type.
    pub fn add_service(&mut self, id: &str, kind: &'static str) {
        self.services.push(Service { id: id.to_owned(), kind, faces: None });
    }

    /// The document.
    pub fn document(&self) -> String {
        let services: Vec<_> = self.services.iter().map(Service::json).collect();
        serde_json::json!({
            "inventory": 1, "users": self.users, "applications": self.applications, "services": services,
        })
        .to_string()
    }
}

impl Service {
    fn json(&self) -> serde_json::Value {
        match self.faces {
            Some(faces) => serde_json::json!({ "id": self.id, "type": self.kind, "faces": faces }),
            None => serde_json::json!({ "id": self.id, "type": self.kind }),
        }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// The first line.
    pub line: String,
    /// The other lines of the head, in lower case up to the colon.
    pub headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered instead of the document.
#[derive(Clone)]
enum Trouble {
    /// These bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// So many users, and one service, without being held.
    Users(u64),
}

#[derive(Default)]
struct State {
    installation: Installation,
    token: Option<String>,
    trouble: Option<Trouble>,
    requests: Vec<Request>,
}

/// A running server; its threads end with the process.
pub struct DocumentServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl DocumentServer {
    /// Offers the document of an empty installation.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let state = Arc::clone(&server.state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || serve(&stream.unwrap(), &state));
            }
        });
        server
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The whole URL of the document.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Changes what the installation has.
    pub fn change<T>(&self, change: impl FnOnce(&mut Installation) -> T) -> T {
        change(&mut self.state().installation)
    }

    /// Answers those alone who have this token.
    pub fn require(&self, token: &str) {
        self.state().token = Some(token.to_owned());
    }

    /// Answers these bytes, head and body, until it behaves again.
    pub fn answer(&self, bytes: impl Into<Vec<u8>>) {
        self.state().trouble = Some(Trouble::Bytes(bytes.into()));
    }

    /// Answers 200 with this body, until it behaves again.
    pub fn answer_body(&self, body: &str) {
        let length = body.len();
        self.answer(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"));
    }

    /// Answers with a document of so many users, until it behaves again.
    pub fn answer_users(&self, users: u64) {
        self.state().trouble = Some(Trouble::Users(users));
    }

    /// Answers with the document again.
    pub fn behave(&self) {
        self.state().trouble = None;
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }
}

/// Answers one request, and closes the connection. Errors mean that the client has gone.
fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let Some(request) = read(stream) else { return };
    let (answer, trouble) = {
        let mut state = state.lock().unwrap();
        let expected = state.token.as_ref().map(|token| format!("Bearer {token}"));
        let answer = if request.line != format!("GET {PATH} HTTP/1.1") {
            head(500, 0)
        } else if expected.is_some() && request.header("authorization") != expected.as_deref() {
            head(401, 0)
        } else {
            let body = state.installation.document();
            head(200, body.len()) + &body
        };
        state.requests.push(request);
        (answer, state.trouble.clone())
    };
    let _ = match trouble {
        None => (&mut &*stream).write_all(answer.as_bytes()),
        Some(Trouble::Bytes(bytes)) => (&mut &*stream).write_all(&bytes),
        Some(Trouble::Users(users)) => write_users(stream, users),
    };
}

fn head(status: u16, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )
}

fn write_users(stream: &TcpStream, users: u64) -> std::io::Result<()> {
    let mut writer = BufWriter::with_capacity(64 * 1024, stream);
    writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")?;
    write_document(&mut writer, users)?;
    writer.flush()
}

/// Writes a document of so many users and one collection. Each user takes as much as a UUID does.
pub fn write_document(mut writer: impl std::io::Write, users: u64) -> std::io::Result<()> {
    writer.write_all(br#"{"inventory":1,"applications":["door"],"services":[{"id":"gate","type":"recognition","faces":7}],"users":["#)?;
    let mut item = String::new();
    for user in 0..users {
        item.clear();
        let separator = if user == 0 { "" } else { "," };
        write!(item, r#"{separator}"5f0f7d6e-3d53-4c69-9d0e-{user:012x}""#).unwrap();
        writer.write_all(item.as_bytes())?;
    }
    writer.write_all(b"]}")
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let line = lines.next()?;
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    });
    Some(Request { line, headers: headers.collect() })
}
