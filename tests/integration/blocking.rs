//! A named pipe in the place of any file that a setting names: opening one waits for a writer, on the thread that does
//! everything. Health has to answer, and a signal has to end `run`.

#![allow(clippy::disallowed_methods, reason = "another process is waited for, on a thread of the test's own")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::commands::Peers;
use crate::program::Program;

/// What an orchestrator would notice.
const LIMIT: Duration = Duration::from_secs(2);

/// The variable that names the pipe, and what else it takes for the file to be read. `{tls}` is an address with https://.
const FILES: [(&str, &[(&str, &str)]); 11] = [
    ("HEADCOUNT_COMPREFACE_PASSWORD_FILE", &[]),
    ("HEADCOUNT_COMPREFACE_CERTIFICATE", &[("HEADCOUNT_COMPREFACE_URL", "{tls}")]),
    ("HEADCOUNT_CONSENT_FILE", &[]),
    ("HEADCOUNT_OTLP_HEADERS_FILE", &[]),
    ("HEADCOUNT_OTLP_CERTIFICATE", &[("HEADCOUNT_OTLP_ENDPOINT", "{tls}")]),
    (
        "HEADCOUNT_OTLP_CLIENT_CERTIFICATE",
        &[("HEADCOUNT_OTLP_ENDPOINT", "{tls}"), ("HEADCOUNT_OTLP_CLIENT_KEY", "/key")],
    ),
    (
        "HEADCOUNT_OTLP_CLIENT_KEY",
        &[("HEADCOUNT_OTLP_ENDPOINT", "{tls}"), ("HEADCOUNT_OTLP_CLIENT_CERTIFICATE", "{certificate}")],
    ),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "{tls}"), EVERY_SECOND]),
    (
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "{tls}"), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key"), EVERY_SECOND],
    ),
    (
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "{tls}"),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "{certificate}"),
            EVERY_SECOND,
        ],
    ),
    ("SSL_CERT_FILE", &[("HEADCOUNT_COMPREFACE_URL", "{tls}")]),
];

const EVERY_SECOND: (&str, &str) = ("OTEL_METRIC_EXPORT_INTERVAL", "1000");

#[tokio::test(flavor = "multi_thread")]
async fn pipe_as_a_file_blocks_neither_health_nor_signal() {
    let peers = Peers::start().await;
    peers.leave_one_waiting();
    let certificates = crate::support::tls::Certificates::new();
    let pipe = peers.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let tls = format!("https://{}", nobody.local_addr().unwrap());
    for (variable, others) in FILES {
        // Reports wait in the peers' store, and a new one is scraped for at once.
        let fresh = tempfile::tempdir().unwrap();
        let store = if variable.starts_with("HEADCOUNT_OTLP_") { peers.path() } else { fresh.path() };
        let mut call = peers.call(&["run"]).state(store).env(variable, pipe.to_str().unwrap());
        if variable == "HEADCOUNT_COMPREFACE_PASSWORD_FILE" {
            call = call.without("HEADCOUNT_COMPREFACE_PASSWORD");
        }
        for (other, value) in others {
            let value = value.replace("{tls}", &tls);
            call = call.env(other, value.replace("{certificate}", certificates.path("client.pem").to_str().unwrap()));
        }
        assert_answers_and_ends(call, variable);
    }
}

fn assert_answers_and_ends(call: Program, variable: &str) {
    let mut running = call.env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0").start();
    let line = running.wait_for("health is served at");
    let (address, path) = line.split("http://").nth(1).unwrap().split_once('/').unwrap();
    let (address, path) = (address.to_owned(), path.trim().to_owned());
    // The consent file has no name of its own in what is said of it.
    let named = if variable == "HEADCOUNT_CONSENT_FILE" { "consent file" } else { variable };
    let begun = Instant::now();
    while !running.log().contains(named) && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(running.log().contains(named), "{variable} is not named: {}", running.log());
    assert!(running.log().contains("not a regular file"), "{variable}: {}", running.log());
    assert!(health_answers(&address, &path), "{variable}: health does not answer");
    let begun = Instant::now();
    running.signal("TERM");
    let (exit, _) = running.wait();
    assert_eq!(exit, Some(0), "{variable}: {}", running.log());
    assert!(begun.elapsed() < LIMIT, "{variable}: it ended after {:?}", begun.elapsed());
}

fn health_answers(address: &str, path: &str) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
        .write_all(format!("GET /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).is_ok() && answer.starts_with(b"HTTP/1.1 ")
}
