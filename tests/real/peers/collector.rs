//! The real OpenTelemetry Collector: with a configuration of otel-config/, or as a back end that writes what it gets to a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use super::child::{Running, program, succeed};
use super::http::Peer;
use super::points::{self, Point};
use super::{eventually, free_port};
use crate::support::tls::Certificates;

/// A configuration of otel-config/.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("otel-config").join(name)
}

/// The points that the gateway adds to each report: the version of its contract.
pub const ADDED: usize = 1;

/// A back end: takes OTLP on a port of its own, and writes a line of JSON for each request.
pub struct Backend {
    directory: TempDir,
    pub port: u16,
    running: Option<Running>,
    processors: &'static str,
}

impl Backend {
    /// Starts one.
    pub fn start() -> Self {
        Self::with_processors("")
    }

    /// Starts one with these processors (YAML of their section) before the file.
    pub fn with_processors(processors: &'static str) -> Self {
        let mut backend = Self::down();
        backend.processors = processors;
        backend.up();
        backend
    }

    /// One that is not there yet.
    pub fn down() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), port: free_port(), running: None, processors: "" }
    }

    /// Starts it, or starts it again at the same address.
    pub fn up(&mut self) {
        let names = serde_yaml_keys(self.processors);
        let file = self.file();
        let configuration = format!(
            "receivers: {{ otlp: {{ protocols: {{ http: {{ endpoint: '127.0.0.1:{}' }} }} }} }}\n\
             processors:\n{}\n\
             exporters: {{ file: {{ path: '{}', append: true, flush_interval: 50ms }} }}\n\
             service:\n  pipelines: {{ metrics: {{ receivers: [otlp], processors: [{names}], exporters: [file] }} }}\n  \
             telemetry: {{ metrics: {{ level: none }} }}\n",
            self.port,
            self.processors,
            file.display()
        );
        let path = self.directory.path().join("backend.yaml");
        fs::write(&path, configuration).unwrap();
        let mut command = Command::new(program("otelcol"));
        command.arg("--config").arg(path).env_clear();
        let mut running = Running::start(&mut command, &self.directory.path().join("log"));
        running.ready(|| Peer::plain(self.port).get("/").is_some());
        self.running = Some(running);
    }

    /// Takes it down; what it wrote stays.
    pub fn take_down(&mut self) {
        self.running.take().unwrap().stop();
    }

    /// Its address, as an OTLP endpoint.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("written.jsonl")
    }

    /// What it has written.
    pub fn lines(&self) -> Vec<Value> {
        points::lines(&self.file())
    }

    /// The points that it has written, in order.
    pub fn points(&self) -> Vec<Point> {
        points::points(&self.lines())
    }

    /// Waits until so many points are there.
    pub fn wait_for_points(&self, number: usize) -> Vec<Point> {
        eventually(&format!("the arrival of {number} points"), || {
            Some(self.points()).filter(|points| points.len() >= number)
        })
    }

    /// Waits for anything of this installation.
    pub fn wait_for_guid(&self, guid: &str) {
        eventually("the arrival of an installation's points", || {
            self.points().iter().any(|point| point.guid() == guid).then_some(())
        });
    }
}

/// The names of the first level of a YAML section that is indented by two.
fn serde_yaml_keys(section: &str) -> String {
    let keys = section.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    keys.filter(|key| !key.starts_with(' ')).collect::<Vec<_>>().join(", ")
}

/// The gateway, as otel-config/gateway.yaml has it.
pub struct Gateway {
    pub certificates: Arc<Certificates>,
    pub http: u16,
    pub grpc: u16,
    pub health: u16,
    pub metrics: u16,
    directory: TempDir,
    backend: String,
    configuration: String,
    overlay: Option<PathBuf>,
    running: Option<Running>,
}

impl Gateway {
    /// Starts it before a back end at this address.
    pub fn before(backend: &str) -> Self {
        Self::altered(backend, |text| text)
    }

    /// Starts it with its text altered, for what a test cannot wait for.
    pub fn altered(backend: &str, alter: impl Fn(String) -> String) -> Self {
        Self::one_of(&Arc::new(Certificates::new()), backend, alter)
    }

    /// Starts one of several that have the same certificate.
    pub fn one_of(certificates: &Arc<Certificates>, backend: &str, alter: impl Fn(String) -> String) -> Self {
        let mut gateway = Self::down(certificates, backend, alter);
        gateway.up();
        gateway
    }

    /// Starts it with a second configuration of otel-config/ over the first.
    pub fn overlaid(certificates: &Arc<Certificates>, backend: &str, overlay: &str) -> Self {
        let mut gateway = Self::down(certificates, backend, |text| text);
        gateway.overlay = Some(shipped(overlay));
        gateway.up();
        gateway
    }

    /// One that is not started yet.
    fn down(certificates: &Arc<Certificates>, backend: &str, alter: impl Fn(String) -> String) -> Self {
        Self {
            certificates: Arc::clone(certificates),
            http: free_port(),
            grpc: free_port(),
            health: free_port(),
            metrics: free_port(),
            directory: tempfile::tempdir().unwrap(),
            backend: backend.to_owned(),
            configuration: alter(fs::read_to_string(shipped("gateway.yaml")).unwrap()),
            overlay: None,
            running: None,
        }
    }

    /// What its operator sets in its environment.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        vec![
            ("GATEWAY_TLS_CERTIFICATE", text(self.certificates.path("server.pem"))),
            ("GATEWAY_TLS_KEY", text(self.certificates.path("server.key"))),
            ("GATEWAY_BACKEND", self.backend.clone()),
            ("GATEWAY_BACKEND_USER", "gateway".to_owned()),
            ("GATEWAY_BACKEND_PASSWORD", "of-this-test".to_owned()),
            ("GATEWAY_QUEUE_DIR", text(self.directory.path().join("queue"))),
            ("GATEWAY_GRPC", format!("127.0.0.1:{}", self.grpc)),
            ("GATEWAY_HTTP", format!("127.0.0.1:{}", self.http)),
            ("GATEWAY_HEALTH", format!("127.0.0.1:{}", self.health)),
            ("GATEWAY_METRICS_PORT", self.metrics.to_string()),
            // Go's own variable: the authorities by which a back end is known.
            ("SSL_CERT_FILE", text(self.certificates.ca())),
        ]
    }

    /// Starts it, or starts it again.
    pub fn up(&mut self) {
        let path = self.directory.path().join("gateway.yaml");
        fs::write(&path, &self.configuration).unwrap();
        let mut command = Command::new(program("otelcol"));
        command.arg("--config").arg(path).env_clear().envs(self.environment());
        self.overlay.iter().for_each(|overlay| {
            command.arg("--config").arg(overlay);
        });
        let mut running = Running::start(&mut command, &self.directory.path().join("log"));
        let health = Peer::plain(self.health);
        running.ready(|| health.get("/").is_some_and(|answer| answer.status == 200));
        self.running = Some(running);
    }

    /// Takes it down in order.
    pub fn take_down(&mut self) {
        self.running.take().unwrap().stop();
    }

    /// Kills it, as a machine that fails does; its queue stays on the disk.
    pub fn kill(&mut self) {
        drop(self.running.take().unwrap());
    }

    /// The running program.
    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// Its OTLP/HTTP side.
    pub fn peer(&self) -> Peer {
        Peer::tls(self.http, &self.certificates.ca())
    }

    /// Sends it a request and expects 200.
    pub fn send(&self, body: &[u8]) {
        let answer = self.peer().post_metrics("/v1/metrics", body).unwrap();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// One of its own counters, summed over labels; nothing if it is not there.
    pub fn counter(&self, name: &str) -> Option<f64> {
        super::http::counter(&Peer::plain(self.metrics), name)
    }
}

/// A collector with one of the other configurations of otel-config/.
pub struct Collector {
    pub directory: TempDir,
    running: Running,
}

impl Collector {
    /// Starts it with this environment; `port` is one that it will listen at.
    pub fn start(name: &str, directory: TempDir, environment: &[(&str, String)], port: u16) -> Self {
        let mut command = Command::new(program("otelcol"));
        command.arg("--config").arg(shipped(name)).env_clear().envs(environment.iter().cloned());
        let mut running = Running::start(&mut command, &directory.path().join("log"));
        running.ready(|| Peer::plain(port).get("/").is_some());
        Self { directory, running }
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        self.running.log()
    }
}

/// Lets the real Collector judge a configuration.
pub fn validate(name: &str, environment: &[(&str, String)]) {
    let mut command = Command::new(program("otelcol"));
    succeed(command.arg("validate").arg("--config").arg(shipped(name)).env_clear().envs(environment.iter().cloned()));
}
