//! The service that is read and the endpoint that is sent to: this program again, in processes of their own.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use headcount::config::Transport;

use crate::support::compreface::{EMAIL, PASSWORD, Requested, Simulated};
use crate::support::endpoint::Endpoint;
use crate::support::frigate::{self, Port, SimulatedFrigate};
use crate::support::inventory::DocumentServer;
use crate::support::tls::Certificates;

const SERVICE: &str = "--serve-installation";
const ENDPOINT: &str = "--serve-endpoint";
const FRIGATE: &str = "--serve-frigate";
const DOCUMENT: &str = "--serve-document";

/// Settings of headcount.
pub type Variables = Vec<(&'static str, String)>;

/// What an installation holds.
#[derive(Clone, Copy)]
pub struct Installation {
    /// With the account that signs in.
    pub users: u64,
    pub applications: usize,
    /// Of each of the three kinds, in each application.
    pub services: usize,
}

/// How the endpoint is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Http,
    HttpTls,
    GrpcTls,
    /// The self-metrics go the same way, once a second.
    GrpcTlsAndSelfMetrics,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Http, Self::HttpTls, Self::GrpcTls, Self::GrpcTlsAndSelfMetrics];

    const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::HttpTls => "https",
            Self::GrpcTls | Self::GrpcTlsAndSelfMetrics => "grpcs",
        }
    }

    /// As HEADCOUNT_OTLP_PROTOCOL has it.
    pub const fn protocol(self) -> &'static str {
        if matches!(self, Self::Http | Self::HttpTls) { "http/protobuf" } else { "grpc" }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            Self::HttpTls => "HTTP with TLS",
            Self::GrpcTls => "gRPC with TLS",
            Self::GrpcTlsAndSelfMetrics => "gRPC with TLS and self-metrics",
        })
    }
}

/// A peer that runs. It ends when this is dropped.
pub struct Peer {
    child: Child,
    /// What it was started as.
    word: String,
    said: BufReader<ChildStdout>,
    pub url: String,
    /// The certificate to trust, as a file.
    pub authority: Option<String>,
}

impl Peer {
    pub fn service(installation: Installation) -> Self {
        let Installation { users, applications, services } = installation;
        Self::start(&[SERVICE, &users.to_string(), &applications.to_string(), &services.to_string()])
    }

    /// A Frigate with so many faces of so many persons.
    pub fn frigate(faces: usize, persons: usize) -> Self {
        Self::start(&[FRIGATE, &faces.to_string(), &persons.to_string()])
    }

    /// A server of a document of so many users.
    pub fn document(users: u64) -> Self {
        Self::start(&[DOCUMENT, &users.to_string()])
    }

    /// The settings with which this service is read.
    pub fn variables(&self) -> Variables {
        let url = self.url.clone();
        match self.word.as_str() {
            FRIGATE => vec![
                ("HEADCOUNT_SERVICE", "frigate".to_owned()),
                ("HEADCOUNT_FRIGATE_URL", url),
                ("HEADCOUNT_FRIGATE_USER", frigate::USER.to_owned()),
                ("HEADCOUNT_FRIGATE_PASSWORD", frigate::PASSWORD.to_owned()),
            ],
            DOCUMENT => vec![("HEADCOUNT_SERVICE", "inventory".to_owned()), ("HEADCOUNT_INVENTORY_URL", url)],
            _ => vec![
                ("HEADCOUNT_COMPREFACE_URL", url),
                ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL.to_owned()),
                ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD.to_owned()),
            ],
        }
    }

    pub fn endpoint(way: Way) -> Self {
        Self::start(&[ENDPOINT, way.word()])
    }

    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let mut words = line.split_whitespace().map(str::to_owned);
        let word = arguments[0].to_owned();
        Self { child, word, said, url: words.next().unwrap(), authority: words.next() }
    }

    /// The requests that an installation got since the last call, and how often it got each of them.
    pub fn requests(&mut self) -> String {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends by itself when there is nothing more to read, and takes its directories with it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves, if this process was started to, until it is told to end.
pub fn is_peer() -> bool {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments[..] {
        [SERVICE, users, applications, services] => {
            let (users, applications, services) = (users.parse(), applications.parse(), services.parse());
            runtime.block_on(installation(Installation {
                users: users.unwrap(),
                applications: applications.unwrap(),
                services: services.unwrap(),
            }));
        }
        [FRIGATE, faces, persons] => {
            runtime.block_on(library(faces.parse().unwrap(), persons.parse().unwrap()));
        }
        [DOCUMENT, users] => runtime.block_on(document(users.parse().unwrap())),
        [ENDPOINT, word] => runtime.block_on(endpoint(word)),
        _ => return false,
    }
    true
}

async fn installation(installation: Installation) {
    let service = Simulated::start().await;
    service.change(|model| {
        model.populate(0, installation.applications, installation.services);
        model.many_users = installation.users - 1;
    });
    println!("{}", service.url());
    let told = move || {
        let mut known = 0;
        for line in std::io::stdin().lines() {
            line.unwrap();
            let requests = service.requests();
            println!("{}", counted(&requests[known..]));
            known = requests.len();
        }
    };
    tokio::task::spawn_blocking(told).await.unwrap();
}

/// How often each request was made, on one line.
fn counted(requests: &[Requested]) -> String {
    let mut counts = BTreeMap::<_, usize>::new();
    for request in requests {
        *counts.entry((&request.method, &request.path)).or_default() += 1;
    }
    format!("{counts:?}")
}

/// One person has all the faces but one of each other.
async fn library(faces: usize, persons: usize) {
    let service = SimulatedFrigate::start(Port::External).await;
    service.change(|model| {
        for person in 1..persons {
            model.add_person(&format!("person {person}"), 1);
        }
        model.add_person("person 0", faces + 1 - persons);
    });
    println!("{}", service.url());
    until_told().await;
}

async fn document(users: u64) {
    let server = DocumentServer::start();
    server.answer_users(users);
    println!("{}", server.url());
    until_told().await;
}

async fn endpoint(word: &str) {
    let certificates = Certificates::new();
    let endpoint = match word {
        "http" => Endpoint::http().await,
        "https" => Endpoint::builder(Transport::HttpProtobuf).tls(&certificates).start().await,
        _ => Endpoint::builder(Transport::Grpc).tls(&certificates).start().await,
    };
    println!("{} {}", endpoint.settings().url, certificates.ca().display());
    until_told().await;
}

async fn until_told() {
    let told = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    told.await.unwrap().unwrap();
}
