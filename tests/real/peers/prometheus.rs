//! The real Prometheus with otel-config/prometheus.yaml.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::child::{Running, program};
use super::collector::shipped;
use super::free_port;
use super::http::Peer;
use super::queries::Queries;

/// A running Prometheus.
pub struct Prometheus {
    pub directory: TempDir,
    pub port: u16,
    queries: Queries,
    features: &'static str,
    running: Option<Running>,
}

impl Prometheus {
    /// Starts it with the shipped configuration and rules.
    pub fn start() -> Self {
        Self::with(|configuration| configuration, |rules| rules)
    }

    /// Starts it with these experimental features, for what it shows by them alone.
    pub fn with_features(features: &'static str) -> Self {
        let mut prometheus = Self::start();
        prometheus.take_down();
        prometheus.features = features;
        prometheus.up();
        prometheus
    }

    /// Starts it with texts altered, for what a test cannot wait for.
    pub fn with(configuration: impl Fn(String) -> String, rules: impl Fn(String) -> String) -> Self {
        let mut prometheus = Self::down(configuration, rules);
        prometheus.up();
        prometheus
    }

    /// One that is not started yet.
    pub fn down(configuration: impl Fn(String) -> String, rules: impl Fn(String) -> String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let read = |name| fs::read_to_string(shipped(name)).unwrap();
        fs::write(directory.path().join("prometheus.yaml"), configuration(read("prometheus.yaml"))).unwrap();
        fs::write(directory.path().join("prometheus-rules.yaml"), rules(read("prometheus-rules.yaml"))).unwrap();
        let port = free_port();
        Self { directory, port, queries: Queries::of(port), features: "", running: None }
    }

    /// Starts it, or starts it again.
    pub fn up(&mut self) {
        let mut command = Command::new(program("prometheus"));
        command
            .arg(format!("--config.file={}", self.directory.path().join("prometheus.yaml").display()))
            .arg(format!("--storage.tsdb.path={}", self.data().display()))
            .arg(format!("--web.listen-address=127.0.0.1:{}", self.port))
            .args(documented_flags())
            .args(["--web.enable-lifecycle", "--log.level=warn"])
            .env_clear();
        if !self.features.is_empty() {
            command.arg(format!("--enable-feature={}", self.features));
        }
        let mut running = Running::start(&mut command, &self.directory.path().join("log"));
        let peer = self.peer();
        running.ready(|| peer.get("/-/ready").is_some_and(|answer| answer.status == 200));
        self.running = Some(running);
    }

    /// Takes it down in order.
    pub fn take_down(&mut self) {
        self.running.take().unwrap().stop();
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        self.running.as_ref().unwrap().signal(name);
    }

    /// Kills it; what it has on the disk stays.
    pub fn kill(&mut self) {
        drop(self.running.take().unwrap());
    }

    /// Where its blocks are.
    pub fn data(&self) -> std::path::PathBuf {
        self.directory.path().join("data")
    }

    /// Writes a rule file beside its configuration.
    pub fn write_rules(&self, text: &str) {
        fs::write(self.directory.path().join("prometheus-rules.yaml"), text).unwrap();
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its OTLP address, without `/v1/metrics`.
    pub fn otlp(&self) -> String {
        format!("{}/api/v1/otlp", self.url())
    }

    /// Its HTTP side.
    pub fn peer(&self) -> Peer {
        Peer::plain(self.port)
    }

    /// Sends OTLP to it directly; gives the status.
    pub fn send(&self, body: &[u8]) -> u16 {
        self.peer().post_metrics("/api/v1/otlp/v1/metrics", body).unwrap().status
    }

    /// For whoever wants to look at it, such as the script that draws the dashboard: writes its address to a file in the
    /// directory, and waits until that is gone.
    pub fn keep(&self, directory: &Path) {
        let file = directory.join("prometheus-url");
        fs::write(&file, self.url()).unwrap();
        while file.exists() {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    }

    /// One of its own counters, summed over labels.
    pub fn counter(&self, name: &str) -> Option<f64> {
        super::http::counter(&self.peer(), name)
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// The running program.
    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// The most memory it has had, in kB.
    pub fn peak_memory_kb(&self) -> u64 {
        self.running.as_ref().unwrap().peak_memory_kb()
    }
}

/// It answers queries.
impl Deref for Prometheus {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.queries
    }
}

/// The flags of the command line that the first lines of prometheus.yaml tell, but for places and for who may come in.
fn documented_flags() -> Vec<String> {
    let text = fs::read_to_string(shipped("prometheus.yaml")).unwrap();
    let (_, rest) = text.split_once("#   prometheus ").unwrap();
    let (command, _) = rest.split_once("\n#\n").unwrap();
    let flags: Vec<_> = command.split_whitespace().filter(|word| word.starts_with("--")).map(str::to_owned).collect();
    assert!(flags.len() >= 5, "{flags:?}");
    let ours = ["--config.file=", "--storage.tsdb.path=", "--web.config.file="];
    flags.into_iter().filter(|flag| !ours.iter().any(|ours| flag.starts_with(ours))).collect()
}

/// Runs promtool with these arguments in a directory.
pub fn promtool(directory: &Path, arguments: &[&str]) -> String {
    super::child::succeed(Command::new(program("promtool")).args(arguments).current_dir(directory))
}
