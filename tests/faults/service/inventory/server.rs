//! A server that offers the document, to those who have a token.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::Timestamp;
use headcount::net::Dialer;
use headcount::source::inventory::CONTRACT;
use http::request::Parts;

use super::document_faults::{self, STRANGE, WRONG};
use super::found;
use super::life::Life;
use crate::journal::Told;
use crate::service::peer::{self, Peer};
use crate::service::web_faults::{self, Paths};
use crate::service::{Change, Counted, Fault, HOST, Surroundings};
use crate::support::compreface::{Answer, Health, Trouble, When};
use crate::support::inventory::{Installation, PATH};
use crate::support::world::Seeded;

/// Faults that only a server can have.
const OWN: [&str; 5] = ["token refused", "304 without a document", "no such path", "another content type", "starting"];

const PATHS: Paths = Paths {
    all: &[PATH],
    json: &[(PATH, &[b"null", b"{}", b"[]", b"7", b"\"Olga\"", br#"{"inventory":1}"#, b"[\"\xff\xfe\"]"])],
    for_ever: Duration::from_secs(40 * 60),
};

const TOKEN: &str = "hopscotch-for-headcount-alone";

/// Every fault that it can have.
pub(in crate::service) fn faults() -> Vec<Fault> {
    web_faults::NAMES.into_iter().chain(OWN).chain(WRONG).chain(STRANGE).map(Fault).collect()
}

/// What stands behind its port.
struct Server {
    installation: Installation,
    token: &'static str,
    /// What is strange or wrong about the document.
    fault: &'static str,
    content_type: &'static str,
    random: Arc<Seeded>,
}

impl peer::Model for Server {
    fn is_listed(&self, request: &Parts) -> bool {
        let names: Vec<_> = request.headers.keys().map(|name| name.as_str()).collect();
        let carries_no_more = names.len() == 3 && names.contains(&"authorization") && names.contains(&"host");
        let is_it = request.method == "GET" && request.uri.path_and_query().is_some_and(|path| path == PATH);
        is_it && carries_no_more && request.headers.get("user-agent").is_some_and(|agent| agent == CONTRACT.user_agent)
    }

    fn begins_scrape(&self, _: &Parts) -> bool {
        true
    }

    fn answer(&mut self, request: &Parts, _: &Bytes) -> (Answer, Told) {
        let expected = format!("Bearer {}", self.token);
        if request.headers.get("authorization").is_none_or(|token| *token != *expected) {
            return (Answer::unauthorized(), Told::Refused);
        }
        let body = document_faults::write(&self.installation, self.fault, &self.random);
        let headers = vec![("content-type", self.content_type.to_owned())];
        let is_wrong = WRONG.contains(&self.fault);
        let answer = Answer { status: 200, headers, body: String::from_utf8_lossy(&body).into_owned() };
        (answer, if is_wrong { Told::Spoiled } else { Told::Document(Box::new(found(&self.installation))) })
    }
}

pub(in crate::service) struct DocumentServer {
    peer: Peer<Server>,
    life: Life,
    token_file: PathBuf,
}

impl DocumentServer {
    pub(in crate::service) fn new(surroundings: &Surroundings<'_>) -> Self {
        let server = Server {
            installation: Installation::default(),
            token: TOKEN,
            fault: STRANGE[0],
            content_type: "application/json",
            random: Seeded::new(surroundings.recipe.seed),
        };
        let token_file = surroundings.directory.join("token");
        fs::write(&token_file, format!("{TOKEN}\n")).unwrap();
        Self { peer: Peer::new(server, surroundings), life: Life::new(Arc::clone(&surroundings.random)), token_file }
    }
}

impl Counted for DocumentServer {
    fn dialer(&self) -> Dialer {
        self.peer.dialer()
    }

    fn variables(&self, scheme: &str, authority: Option<String>) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("HEADCOUNT_SERVICE", "inventory".to_owned()),
            ("HEADCOUNT_INVENTORY_URL", format!("{scheme}://{HOST}:8000{PATH}")),
            ("HEADCOUNT_INVENTORY_TOKEN_FILE", self.token_file.to_str().unwrap().to_owned()),
        ];
        variables.extend(authority.map(|authority| ("HEADCOUNT_INVENTORY_CERTIFICATE", authority)));
        variables
    }

    fn populate(&mut self) {
        let life = &mut self.life;
        self.peer.change(|server| life.populate(&mut server.installation));
    }

    fn live(&mut self, _: Timestamp) {
        let life = &mut self.life;
        self.peer.change(|server| life.goes_on(&mut server.installation));
    }

    fn begin<'a>(&'a mut self, Fault(name): Fault, random: &'a Seeded) -> Change<'a> {
        Box::pin(async move {
            let answer = |status: u16| Trouble::Answer(Answer { status, headers: Vec::new(), body: String::new() });
            match name {
                "token refused" => self.peer.change(|server| server.token = "another"),
                "another content type" => {
                    let other = random.pick(&["text/plain", "application/octet-stream", "", "*"]);
                    self.peer.change(|server| server.content_type = other);
                }
                "304 without a document" => self.peer.trouble(PATH, When::Always, answer(304)),
                "no such path" => self.peer.trouble(PATH, When::Always, answer(random.pick(&[404, 410]))),
                "starting" => self.peer.trouble(PATH, When::Always, answer(random.pick(&[502, 503, 504]))),
                _ if WRONG.contains(&name) || STRANGE.contains(&name) => {
                    self.peer.change(|server| server.fault = name);
                }
                _ => web_faults::begin(name, &self.peer, &PATHS, random).await,
            }
        })
    }

    fn end(&mut self) -> Change<'_> {
        Box::pin(async move {
            self.peer.behave().await;
            self.peer.change(|server| {
                server.token = TOKEN;
                server.fault = STRANGE[0];
                server.content_type = "application/json";
            });
        })
    }

    fn set_up(&mut self, is_up: bool) -> Change<'_> {
        Box::pin(self.peer.set_health(if is_up { Health::Up } else { Health::Down }))
    }

    fn most_at_once(&self) -> usize {
        self.peer.most_at_once()
    }
}
