//! What a server or a file may hold instead of a document, and what is said of it. Invariants 4 and 11.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{Peers, current, previewed};
use crate::program::{Program, told};

const DOCUMENT: &str = r#"{"inventory":1,"users":["a","b"],"applications":[],"services":[]}"#;

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// The code that `once` records for the failure.
fn failure(program: &Program) -> String {
    let (exit, text, said) = told(&program.with_arguments(&["status", "--format", "json"]).output());
    assert_eq!(exit, Some(0), "{said}");
    let status: serde_json::Value = serde_json::from_str(&text).unwrap();
    status["last_failure"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn answer_without_a_document_fails_with_a_remedy() {
    let peers = Peers::start();
    let once = peers.call(&["once"]).env("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1:9");
    for (answered, code) in [
        (answer("301 -", "location: https://127.0.0.1/inventory\r\n", ""), "redirect_to_https"),
        (answer("302 -", "location: /SECRET/login\r\n", ""), "redirect"),
        (answer("307 -", "location: https://SECRET.example.org/\r\n", ""), "redirect"),
        (answer("304 -", "", ""), "unexpected_response"),
        (answer("401 -", "www-authenticate: Bearer realm=\"SECRET\"\r\n", ""), "token_missing"),
        (answer("401 -", "www-authenticate: Basic realm=\"SECRET\"\r\n", ""), "password_in_front"),
        (answer("401 -", "", "SECRET"), "token_missing"),
        (answer("400 -", "", "SECRET"), "rejected_in_front"),
        (answer("403 -", "", "SECRET"), "forbidden"),
        (answer("404 -", "", "SECRET"), "no_such_path"),
        (answer("407 -", "", ""), "password_in_front"),
        (answer("410 -", "", ""), "no_such_path"),
        (answer("429 -", "retry-after: 60\r\n", ""), "limited_in_front"),
        (answer("204 -", "", ""), "unexpected_response"),
        (answer("206 -", "", DOCUMENT), "unexpected_response"),
        (answer("500 -", "", "SECRET"), "service_failed"),
        (answer("502 -", "", "SECRET"), "not_ready"),
        (answer("503 -", "", "SECRET"), "not_ready"),
        (answer("504 -", "", "SECRET"), "not_ready"),
        (answer("200 -", "content-type: text/html; charset=utf-8\r\n", "<html>SECRET"), "web_page"),
        (answer("200 -", "", "<html>SECRET"), "malformed_json"),
        (answer("200 -", "content-encoding: gzip\r\n", "SECRET"), "compressed"),
        (answer("200 -", "", "\u{1f}\u{8b}SECRET"), "malformed_json"),
        (answer("200 -", "content-type: application/json\r\n", ""), "truncated"),
        (answer("200 -", "", &DOCUMENT[..30]), "truncated"),
        (answer("200 -", "", DOCUMENT).replace("content-length: 6", "content-length: 9"), "connection_closed"),
        ("HTTP/1.1 200 -\r\ncontent-length: 536870913\r\n\r\n{".to_owned(), "too_large"),
        ("SSH-2.0-SECRET\r\n".to_owned(), "connection_closed"),
        (String::new(), "connection_closed"),
    ] {
        peers.server.answer(answered.clone());
        let (exit, text, said) = told(&peers.call(&["check"]).output());
        assert_eq!(exit, Some(3), "{answered}: {text}");
        assert!(said.contains("\nhint: "), "{answered}: {said}");
        let (exit, _, logged) = told(&once.output());
        assert_eq!(exit, Some(3), "{answered}");
        assert_eq!(failure(&once), code, "{answered}: {said}");
        assert!(!said.contains("SECRET") && !logged.contains("SECRET"), "{said} {logged}");
    }
}

#[test]
fn document_is_read_whatever_it_is_called() {
    let peers = Peers::start();
    for headers in [
        "",
        "content-type: application/json; charset=utf-8\r\n",
        "content-type: text/plain\r\n",
        "content-type: application/octet-stream\r\n",
        "content-encoding: identity\r\n",
    ] {
        for document in [DOCUMENT.to_owned(), format!("\u{feff}{DOCUMENT}"), format!("\r\n{DOCUMENT}\r\n\r\n")] {
            peers.server.answer(answer("200 OK", headers, &document));
            let report = previewed(peers.call(&["preview", "--format", "binary"]).output());
            assert_eq!(current(&report), ([2, 0, 0, 0], [0; 11]), "{headers}{document}");
        }
    }
    peers.server.answer(format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        &DOCUMENT[..16],
        DOCUMENT.len() - 16,
        &DOCUMENT[16..]
    ));
    let report = previewed(peers.call(&["preview", "--format", "binary"]).output());
    assert_eq!(current(&report).0, [2, 0, 0, 0]);
}

#[test]
fn document_is_requested_once_by_its_whole_url() {
    let peers = Peers::start();
    peers.server.answer_body(DOCUMENT);
    let url = format!("http://{}/a/b/?format=json&x=%20", peers.server.address());
    let (exit, _, said) = told(&peers.call(&["check"]).env("HEADCOUNT_INVENTORY_URL", url).output());
    assert_eq!(exit, Some(0), "{said}");
    let requests = peers.server.requests();
    let [request] = &requests[..] else { panic!("{} requests", requests.len()) };
    assert_eq!(request.line, "GET /a/b/?format=json&x=%20 HTTP/1.1");
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["host", "user-agent"]);
    assert_eq!(request.header("user-agent"), Some("headcount.inventory/1"));
}

#[test]
fn token_is_sent_and_read_again_each_time() {
    let peers = Peers::start();
    peers.server.require("first-token");
    let file = peers.path("token");
    let check = peers.call(&["check"]).env("HEADCOUNT_INVENTORY_TOKEN_FILE", file.to_str().unwrap());
    for (contents, exit) in [("first-token\n", 0), ("second-token", 3)] {
        std::fs::write(&file, contents).unwrap();
        let (status, _, said) = told(&check.output());
        assert_eq!(status, Some(exit), "{said}");
        assert!(!said.contains("first-token") && !said.contains("second-token"), "{said}");
    }
    peers.server.require("second-token");
    assert_eq!(told(&check.output()).0, Some(0));
    for contents in ["Bearer second-token", "second-token\nanother", "", "second-t\u{f6}ken", "second\u{7f}token"] {
        let before = peers.server.requests().len();
        std::fs::write(&file, contents).unwrap();
        let (status, _, said) = told(&check.output());
        assert_eq!(status, Some(3), "{contents}");
        assert!(said.contains("HEADCOUNT_INVENTORY_TOKEN_FILE") && !said.contains("second"), "{said}");
        assert_eq!(peers.server.requests().len(), before, "nothing is sent");
    }
}

#[test]
fn file_is_read_and_its_problems_are_named() {
    let peers = Peers::start();
    let preview = ["preview", "--format", "binary"];
    let report = previewed(peers.call_with_file(&preview, DOCUMENT).output());
    assert_eq!(current(&report).0, [2, 0, 0, 0]);
    let marked = format!("\u{feff}{DOCUMENT}\n");
    assert_eq!(current(&previewed(peers.call_with_file(&preview, marked).output())).0, [2, 0, 0, 0]);
    let once =
        |document: &str| peers.call_with_file(&["once"], document).env("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1:9");
    for (document, code) in
        [("", "truncated"), ("{", "truncated"), ("SECRET", "malformed_json"), ("[]", "invalid_document")]
    {
        let once = once(document);
        let (exit, _, said) = told(&once.output());
        assert_eq!(exit, Some(3));
        assert!(!said.contains("GET") && !said.contains("response"), "a file is no response: {said}");
        assert_eq!(failure(&once), code, "{document}");
    }
    assert!(peers.server.requests().is_empty());
    let (pipe, large) = (peers.path("pipe"), peers.path("endless"));
    std::fs::File::create(&large).unwrap().set_len(512 * 1024 * 1024 + 1).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, code) in [
        (pipe, "file_not_regular"),
        (large, "too_large"),
        (peers.path("absent"), "file_missing"),
        (peers.path("."), "file_not_regular"),
    ] {
        let once = once(DOCUMENT).env("HEADCOUNT_INVENTORY_URL", format!("file:{}", path.display()));
        let begun = Instant::now();
        let (exit, _, said) = told(&once.output());
        assert_eq!(exit, Some(3), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(30), "it waited for {}", path.display());
        assert_eq!(failure(&once), code, "{said}");
        assert!(!said.contains(path.file_name().map_or("/./", |name| name.to_str().unwrap())), "{said}");
    }
}

#[test]
fn settings_that_have_no_effect_on_a_file_are_invalid() {
    let peers = Peers::start();
    for setting in ["HEADCOUNT_INVENTORY_TOKEN_FILE", "HEADCOUNT_INVENTORY_CERTIFICATE"] {
        let (exit, _, said) = told(&peers.call_with_file(&["check"], DOCUMENT).env(setting, "/x").output());
        assert_eq!(exit, Some(2), "{said}");
        assert!(said.contains(setting), "{said}");
    }
    let (exit, _, said) = told(&peers.call(&["check"]).without("HEADCOUNT_INVENTORY_URL").output());
    assert_eq!(exit, Some(2));
    assert!(said.contains("HEADCOUNT_INVENTORY_URL"), "{said}");
}

/// A check that fails lists the problems, and repeats nothing of the document.
#[test]
fn check_lists_problems_without_values() {
    let peers = Peers::start();
    peers.server.answer_body(
        r#"{"inventory":1,"users":["SECRET","SECRET"],"SECRET":1,"applications":"SECRET","services":[{"id":"SECRET","type":"SECRET"},{"id":"x","type":"recognition"}]}"#,
    );
    let (exit, _, said) = told(&peers.call(&["check"]).output());
    assert_eq!(exit, Some(3));
    for line in ["  users[1]: ", "  applications: ", "  services[0].type: ", "  services[1].faces: missing"] {
        assert!(said.lines().any(|said| said.starts_with(line)), "{line}: {said}");
    }
    assert!(!said.contains("SECRET"), "{said}");
    assert!(!said.contains("run `headcount check`"), "it was run: {said}");
}
