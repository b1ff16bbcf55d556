//! The real VictoriaMetrics and vmalert with the settings of otel-config/victoriametrics.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::child::{Running, program};
use super::collector::shipped;
use super::free_port;
use super::http::Peer;
use super::queries::Queries;

/// A running VictoriaMetrics.
pub struct VictoriaMetrics {
    pub directory: TempDir,
    pub port: u16,
    queries: Queries,
    scrape: PathBuf,
    running: Option<Running>,
}

impl VictoriaMetrics {
    /// Starts it with the shipped settings. It scrapes nothing.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let scrape = directory.path().join("scrape.yaml");
        fs::write(&scrape, "scrape_configs: []\n").unwrap();
        Self::started(directory, scrape)
    }

    /// Starts it with the shipped settings and scrapes the gateway whose metrics are at this port, but more often.
    pub fn scraping(gateway: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let scrape = directory.path().join("scrape.yaml");
        let text = fs::read_to_string(shipped("victoriametrics/scrape.yaml")).unwrap();
        let text = text.replace("127.0.0.1:8888", &format!("127.0.0.1:{gateway}"));
        fs::write(&scrape, text.replace("scrape_interval: 1m", "scrape_interval: 1s")).unwrap();
        Self::started(directory, scrape)
    }

    fn started(directory: TempDir, scrape: PathBuf) -> Self {
        let port = free_port();
        let mut own = Self { directory, port, queries: Queries::of(port), scrape, running: None };
        own.up();
        own
    }

    /// Starts it, or starts it again.
    pub fn up(&mut self) {
        let mut command = Command::new(program("victoria-metrics"));
        command
            .args(["-envflag.enable", "-envflag.prefix=VM_", "-loggerLevel=WARN"])
            .arg(format!("-storageDataPath={}", self.data().display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{}", self.port))
            .arg(format!("-promscrape.config={}", self.scrape.display()));
        let mut running = settings(&mut command, "victoria-metrics.env", &self.directory.path().join("log"));
        let peer = Peer::plain(self.port);
        running.ready(|| peer.get("/health").is_some_and(|answer| answer.status == 200));
        self.running = Some(running);
    }

    /// Takes it down in order.
    pub fn take_down(&mut self) {
        self.running.take().unwrap().stop();
    }

    /// Kills it; what it has on the disk stays.
    pub fn kill(&mut self) {
        drop(self.running.take().unwrap());
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its OTLP address, without `/v1/metrics`.
    pub fn otlp(&self) -> String {
        format!("{}/opentelemetry", self.url())
    }

    /// Sends OTLP to it directly; gives the status.
    pub fn send(&self, body: &[u8]) -> u16 {
        Peer::plain(self.port).post_metrics("/opentelemetry/v1/metrics", body).unwrap().status
    }

    /// Makes what has arrived visible to queries at once.
    pub fn flush(&self) {
        assert_eq!(Peer::plain(self.port).get("/internal/force_flush").unwrap().status, 200);
    }

    /// Evaluates these rules in vmalert from now on.
    pub fn evaluate(&self, rules: &str) -> Running {
        let (file, port) = (self.directory.path().join("rules.yaml"), free_port());
        fs::write(&file, rules).unwrap();
        let mut command = Command::new(program("vmalert"));
        command
            .args(["-envflag.enable", "-envflag.prefix=VMALERT_", "-loggerLevel=WARN"])
            .arg(format!("-rule={}", file.display()))
            .args(["datasource", "remoteWrite", "remoteRead"].map(|what| format!("-{what}.url={}", self.url())))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"));
        let mut running = settings(&mut command, "vmalert.env", &self.directory.path().join("vmalert.log"));
        running.ready(|| Peer::plain(port).get("/health").is_some_and(|answer| answer.status == 200));
        running
    }

    /// Where its data are.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The running program.
    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }
}

/// It answers queries.
impl Deref for VictoriaMetrics {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.queries
    }
}

/// Starts a program with a file of settings, in the folder that their paths begin at.
fn settings(command: &mut Command, name: &str, log: &Path) -> Running {
    let folder = shipped("victoriametrics");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    Running::start(command.env_clear().envs(lines).current_dir(folder), log)
}

/// Whether vmalert accepts a file of rules.
pub fn check_rules(rules: &Path) {
    let mut command = Command::new(program("vmalert"));
    super::child::succeed(command.arg("-dryRun").arg(format!("-rule={}", rules.display())).env_clear());
}
