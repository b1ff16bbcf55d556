//! Nothing of a document is sent, kept, logged or printed. Invariant 7.

use std::fs;

use headcount::config::Transport;
use serde_json::json;
use tokio::runtime::Builder;

use super::Peers;
use crate::secrecy::needles::Needles;
use crate::secrecy::{LETTERS, PLAIN, files, word};
use crate::support::endpoint::Endpoint;
use crate::support::world::Seeded;

/// Ids that are names and addresses, names that are not read at all, a token, and a part of the URL.
struct Secrets {
    ids: Vec<String>,
    names: Vec<String>,
    token: String,
    path: String,
}

impl Secrets {
    fn new(seeded: &Seeded) -> Self {
        Self {
            ids: (0..90).map(|_| word(seeded, LETTERS, 14)).collect(),
            names: (0..30).map(|_| word(seeded, LETTERS, 14)).collect(),
            token: word(seeded, PLAIN, 30),
            path: word(seeded, PLAIN, 20),
        }
    }

    fn needles(&self) -> Needles {
        let mut needles = Needles::default();
        self.ids.iter().for_each(|id| needles.add_text("an id", id));
        self.names.iter().for_each(|name| needles.add_text("a name", name));
        needles.add_text("the token", &self.token);
        needles.add_text("the path", &self.path);
        needles
    }

    /// Well made, then with each sort of problem.
    fn documents(&self) -> [String; 5] {
        let (users, rest) = self.ids.split_at(40);
        let (applications, services) = rest.split_at(20);
        let services: Vec<_> = services
            .iter()
            .zip(&self.names)
            .map(|(id, name)| json!({ "id": id, "name": name, "type": "recognition", "faces": 7, (name): [name] }))
            .collect();
        let name = &self.names[0];
        let document = |users: serde_json::Value, services: serde_json::Value| {
            json!({
                "inventory": 1, "users": users, "applications": applications, "services": services,
                (name): { "people": self.names },
            })
            .to_string()
        };
        [
            document(json!(users), json!(services)),
            document(json!([users[0], users[0], { (name): name }]), json!(name)),
            document(json!(users), json!([{ "id": users[0], "type": name, "faces": name }])),
            document(json!(users), json!(services)).replace("\"inventory\"", &format!("{}\"x\":", json!(name))),
            document(json!(users), json!(services)).chars().take(450).collect(),
        ]
    }
}

#[test]
fn no_part_of_a_document_is_sent_kept_logged_or_printed() {
    for seed in 0..3 {
        let secrets = Secrets::new(&Seeded::new(seed));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let endpoint = runtime.block_on(Endpoint::plain(Transport::HttpProtobuf));
        let peers = Peers::start();
        let token = peers.path("token");
        fs::write(&token, &secrets.token).unwrap();
        let program = peers
            .call(&[])
            .env(
                "HEADCOUNT_INVENTORY_URL",
                format!("http://{}/{}?{}", peers.server.address(), secrets.path, secrets.path),
            )
            .env("HEADCOUNT_INVENTORY_TOKEN_FILE", token.to_str().unwrap())
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", endpoint.address()))
            .env("HEADCOUNT_LOG_LEVEL", "trace");
        let mut said = Vec::new();
        let mut command = |arguments: &[&str]| {
            let output = program.with_arguments(arguments).output();
            said.extend([output.stdout, output.stderr]);
            output.status.code()
        };
        for (document, exit) in secrets.documents().iter().zip([0, 3, 3, 3, 3]) {
            peers.server.answer_body(document);
            for arguments in [&["check"][..], &["preview"], &["once"]] {
                assert_eq!(command(arguments), Some(exit), "{arguments:?}");
            }
        }
        for arguments in
            [&["status"][..], &["status", "--format", "json"], &["audit", "--format", "json"], &["export", "-"]]
        {
            assert_eq!(command(arguments), Some(0), "{arguments:?}");
        }
        let requests = peers.server.requests();
        assert!(requests.iter().all(|request| request.header("authorization").unwrap().contains(&secrets.token)));
        said.extend(files(&peers.path("state")).into_iter().map(|file| fs::read(file).unwrap()));
        said.extend(endpoint.wire());
        assert_eq!(endpoint.requests().len(), 1);
        let needles = secrets.needles();
        let document = secrets.documents()[0].clone();
        assert!(needles.find(document.as_bytes()).is_some(), "the search finds nothing");
        for bytes in said {
            assert_eq!(needles.find(&bytes), None, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// A place that has no document, or one that cannot be used, and what fails there.
fn broken_places(peers: &Peers, secrets: &Secrets) -> Vec<(String, String, &'static str)> {
    let [good, .., cut] = secrets.documents();
    let (name, path) = (&secrets.names[0], &secrets.path);
    let url = |scheme: &str| format!("{scheme}://{}/{path}?{path}", peers.server.address());
    let head = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\n{more}content-length: {}\r\n\r\n", good.len());
    let folder = peers.path(path);
    fs::create_dir_all(&folder).unwrap();
    let file = |number: u8, contents: &str| {
        let file = folder.join(format!("{number}-{path}.json"));
        fs::write(&file, contents).unwrap();
        format!("file:{}", file.display())
    };
    vec![
        (String::new(), format!("http://127.0.0.1:9/{path}?{path}"), "connection_refused"),
        (good.clone(), url("https"), "no_connection"),
        (String::new(), url("http"), "connection_closed"),
        (head("200 -", "") + &cut, url("http"), "connection_closed"),
        (head("200 -", "content-encoding: gzip\r\n") + &good, url("http"), "compressed"),
        (head("200 -", "content-type: text/html\r\n") + &good, url("http"), "web_page"),
        (head("302 -", &format!("location: https://{name}.example.org/{path}\r\n")) + &good, url("http"), "redirect"),
        (
            head("401 -", &format!("www-authenticate: Basic realm=\"{name}\"\r\n")) + &good,
            url("http"),
            "password_in_front",
        ),
        (head("401 -", "") + &good, url("http"), "token_missing"),
        (head("403 -", "") + &good, url("http"), "forbidden"),
        (head("404 -", "") + &good, url("http"), "no_such_path"),
        (head(&format!("500 {path}"), &format!("x: {name}\r\n")) + &good, url("http"), "service_failed"),
        (head("200 -", &format!("x: {}\r\n", name.repeat(4000))) + &good, url("http"), "headers_too_large"),
        (String::new(), file(1, &cut), "truncated"),
        (String::new(), file(2, name), "malformed_json"),
        (String::new(), file(3, &json!([name]).to_string()), "invalid_document"),
        (String::new(), format!("file:{}/4-{path}.json", folder.display()), "file_missing"),
        (String::new(), format!("file:{}", folder.display()), "file_not_regular"),
    ]
}

#[test]
fn what_fails_shows_no_part_of_an_address_a_path_or_a_response() {
    let secrets = Secrets::new(&Seeded::new(7));
    let needles = secrets.needles();
    let peers = Peers::start();
    for (answer, url, code) in broken_places(&peers, &secrets) {
        assert!(needles.find(url.as_bytes()).is_some(), "the search finds nothing in {url}");
        peers.server.answer(answer);
        let program = peers
            .call(&[])
            .env("HEADCOUNT_INVENTORY_URL", &url)
            .env("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .env("HEADCOUNT_LOG_LEVEL", "trace");
        let mut said = Vec::new();
        for (arguments, exit) in [
            (&["check"][..], 3),
            (&["preview"], 3),
            (&["once"], 3),
            (&["status", "--format", "json"], 0),
            (&["audit"], 0),
        ] {
            let output = program.with_arguments(arguments).output();
            assert_eq!(output.status.code(), Some(exit), "{code}: {}", String::from_utf8_lossy(&output.stderr));
            said.extend([output.stdout, output.stderr]);
        }
        let status: serde_json::Value = serde_json::from_slice(&said[6]).unwrap();
        assert_eq!(status["last_failure"]["code"], code);
        said.extend(files(&peers.path("state")).into_iter().map(|file| fs::read(file).unwrap()));
        for bytes in said {
            assert_eq!(needles.find(&bytes), None, "{code}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}
