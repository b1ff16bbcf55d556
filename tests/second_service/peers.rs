//! The gallery's server and the recipient of reports, on ports of their own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tempfile::TempDir;

const KEY: &str = "a-key-of-the-gallery";
const PEOPLE: &str = r#"{"Ada Lovelace":["1.webp","2.webp"],"train":["3.webp"],"Grace Hopper":[],
    "Zeno":["1","2","3","4","5","6","7","8","9","10","11"]}"#;

/// A request: its first line, its headers, its body.
struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                text => lines.push(text.to_owned()),
            }
        }
        let line = lines.remove(0);
        let headers: Vec<_> = lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut request = Self { line, headers, body: Vec::new() };
        request.body = vec![0; request.header("content-length").parse().unwrap_or(0)];
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }
}

/// Answers requests on a port of its own, one connection after the other.
fn serve(answer: impl Fn(&Request) -> (u16, &'static str, Vec<u8>) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(request) = Request::read(&stream) else { continue };
            let (status, content_type, body) = answer(&request);
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    address
}

/// User agents and bodies of reports.
type Reports = Vec<(String, Bytes)>;

/// A gallery, a recipient and a directory for the store.
pub(crate) struct Peers {
    gallery: SocketAddr,
    recipient: SocketAddr,
    received: Arc<Mutex<Reports>>,
    directory: TempDir,
}

impl Peers {
    pub(crate) fn start() -> Self {
        let gallery = serve(|request| {
            assert_eq!(request.line, "GET /api/people HTTP/1.1", "not a listed request");
            assert_eq!(request.header("user-agent"), "headcount.gallery/1");
            if request.header("x-api-key") == KEY {
                (200, "application/json", PEOPLE.into())
            } else {
                (401, "application/json", b"{}".to_vec())
            }
        });
        let received = Arc::new(Mutex::new(Reports::new()));
        let reports = Arc::clone(&received);
        let recipient = serve(move |request| {
            let user_agent = request.header("user-agent").to_owned();
            reports.lock().unwrap().push((user_agent, request.body.clone().into()));
            (200, "application/x-protobuf", Vec::new())
        });
        Self { gallery, recipient, received, directory: tempfile::tempdir().unwrap() }
    }

    /// headcount with the gallery, the recipient and the store as its settings.
    pub(crate) fn call(&self, arguments: &[&str]) -> Command {
        let mut command = super::program(arguments);
        command
            .env("HEADCOUNT_GALLERY_URL", format!("http://{}", self.gallery))
            .env("HEADCOUNT_GALLERY_KEY", KEY)
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", self.recipient))
            .env("HEADCOUNT_STATE_DIR", self.state());
        command
    }

    pub(crate) fn state(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn reports(&self) -> Reports {
        self.received.lock().unwrap().clone()
    }
}
