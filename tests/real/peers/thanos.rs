//! The real Thanos with the flags of otel-config/thanos/: receivers, the program that answers queries, the one that evaluates the
//! rules, the store of a bucket, and nginx between the gateways and the receivers.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use super::child::{Running, program};
use super::collector::shipped;
use super::free_port;
use super::http::Peer;
use super::queries::Queries;
use crate::support::tls::Certificates;

/// Starts a component with a file of flags and more flags; `at` is its address for HTTP.
fn start(component: &str, flags: Option<&str>, more: &[String], at: u16, directory: &Path) -> Running {
    let mut command = Command::new(program("thanos"));
    command.arg(component);
    command.args(flags.map(|name| format!("@{}", shipped("thanos").join(name).display())));
    command.args(more).arg(format!("--http-address=127.0.0.1:{at}")).arg("--log.level=warn");
    command.current_dir(directory).env_clear();
    let mut running = Running::start(&mut command, &directory.join(format!("{component}-{at}.log")));
    let peer = Peer::plain(at);
    running.ready(|| peer.get("/-/ready").is_some_and(|answer| answer.status == 200));
    running
}

/// One of the receivers.
pub struct Receiver {
    number: usize,
    directory: PathBuf,
    grpc: u16,
    http: u16,
    capnproto: u16,
    otlp: u16,
    bucket: Option<PathBuf>,
    running: Option<Running>,
}

impl Receiver {
    /// Starts it, or starts it again.
    pub fn up(&mut self) {
        let grpc = format!("127.0.0.1:{}", self.grpc);
        let mut flags = vec![
            format!("--tsdb.path={}", self.directory.join(format!("receive-{}", self.number)).display()),
            format!("--label=receive_replica=\"{}\"", self.number),
            format!("--receive.local-endpoint={grpc}"),
            format!("--grpc-address={grpc}"),
            format!("--remote-write.address=127.0.0.1:{}", self.otlp),
            format!("--receive.capnproto-address=127.0.0.1:{}", self.capnproto),
        ];
        flags.extend(self.bucket.as_ref().map(|file| format!("--objstore.config-file={}", file.display())));
        self.running = Some(start("receive", Some("receive.flags"), &flags, self.http, &self.directory));
    }

    /// Kills it; what it has on the disk stays.
    pub fn kill(&mut self) {
        drop(self.running.take().unwrap());
    }

    /// Stops it in order: it writes its blocks, and puts them into the bucket.
    pub fn stop(&mut self) {
        self.running.take().unwrap().stop();
    }
}

/// Receivers and the program that answers queries.
pub struct Thanos {
    pub receivers: Vec<Receiver>,
    queries: Queries,
    port: u16,
    /// One at a time: the rules, or the store of a bucket.
    beside: u16,
    running: Vec<Running>,
    nginx: Option<Running>,
    pub directory: TempDir,
}

impl Thanos {
    /// Starts three receivers, the first with a bucket or without, and what answers queries.
    pub fn start(has_bucket: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (port, beside) = (free_port(), free_port());
        let bucket = has_bucket.then(|| bucket(directory.path()));
        let receiver = |number| Receiver {
            number,
            directory: directory.path().to_owned(),
            grpc: free_port(),
            http: free_port(),
            capnproto: free_port(),
            otlp: free_port(),
            bucket: bucket.clone().filter(|_| number == 0),
            running: None,
        };
        let receivers: Vec<_> = (0..3).map(receiver).collect();
        hashring(directory.path(), &receivers);
        let queries = Queries::of(port);
        let mut thanos = Self { receivers, queries, port, beside, running: Vec::new(), nginx: None, directory };
        thanos.receivers.iter_mut().for_each(Receiver::up);
        let sources = thanos.receivers.iter().map(|receiver| receiver.grpc).chain([beside]);
        let mut flags: Vec<_> = sources.map(|port| format!("--endpoint=127.0.0.1:{port}")).collect();
        flags.push(format!("--grpc-address=127.0.0.1:{}", free_port()));
        thanos.run("query", Some("query.flags"), &flags, port);
        thanos
    }

    fn run(&mut self, component: &str, flags: Option<&str>, more: &[String], at: u16) {
        self.running.push(start(component, flags, more, at, self.directory.path()));
    }

    /// Starts the evaluation of these rules.
    pub fn evaluate(&mut self, rules: &str) {
        fs::write(self.directory.path().join("prometheus-rules.yaml"), rules).unwrap();
        let flags = [
            format!("--data-dir={}", self.directory.path().join("rule").display()),
            format!("--query=http://127.0.0.1:{}", self.port),
            format!("--grpc-address=127.0.0.1:{}", self.beside),
        ];
        self.run("rule", Some("rule.flags"), &flags, free_port());
    }

    /// Starts what reads the bucket.
    pub fn read_bucket(&mut self) {
        let flags = [
            format!("--data-dir={}", self.directory.path().join("store").display()),
            format!("--objstore.config-file={}", self.directory.path().join("bucket.yaml").display()),
            format!("--grpc-address=127.0.0.1:{}", self.beside),
            "--sync-block-duration=1s".to_owned(),
        ];
        self.run("store", None, &flags, free_port());
    }

    /// The directory of the bucket.
    pub fn bucket(&self) -> PathBuf {
        self.directory.path().join("bucket")
    }

    /// Starts nginx before the receivers; gives what gateways send to.
    pub fn write_address(&mut self, certificates: &Arc<Certificates>) -> String {
        let (port, directory) = (free_port(), self.directory.path());
        let file = |name: &str| certificates.path(name).display().to_string();
        let writers = directory.join("writers");
        // What the tests' gateways have.
        fs::write(&writers, "gateway:{PLAIN}of-this-test\n").unwrap();
        let mut all = vec![
            ("0.0.0.0:19290".to_owned(), format!("127.0.0.1:{port}")),
            ("/etc/headcount/tls.crt".to_owned(), file("server.pem")),
            ("/etc/headcount/tls.key".to_owned(), file("server.key")),
            ("/etc/headcount/writers".to_owned(), writers.display().to_string()),
        ];
        let receivers = self.receivers.iter();
        all.extend(
            receivers.map(|one| (format!("thanos-receive-{}:19291", one.number), format!("127.0.0.1:{}", one.otlp))),
        );
        self.nginx = Some(super::balancer::nginx("thanos/nginx.conf", &all, port, directory));
        format!("https://localhost:{port}/api/v1/otlp")
    }
}

impl Drop for Thanos {
    /// In order: a killed nginx leaves its workers.
    fn drop(&mut self) {
        if let Some(nginx) = self.nginx.take() {
            nginx.stop();
        }
    }
}

/// It answers queries.
impl Deref for Thanos {
    type Target = Queries;

    fn deref(&self) -> &Queries {
        &self.queries
    }
}

/// The configuration of a bucket in a directory.
fn bucket(directory: &Path) -> PathBuf {
    let file = directory.join("bucket.yaml");
    fs::create_dir(directory.join("bucket")).unwrap();
    let text = format!("type: FILESYSTEM\nconfig: {{ directory: '{}' }}\n", directory.join("bucket").display());
    fs::write(&file, text).unwrap();
    file
}

/// The shipped hashring with the addresses of these receivers.
fn hashring(directory: &Path, receivers: &[Receiver]) {
    let text = fs::read_to_string(shipped("thanos/hashring.json")).unwrap();
    let mut rings: serde_json::Value = serde_json::from_str(&text).unwrap();
    let addresses: Vec<_> =
        rings[0]["endpoints"].as_array().unwrap().iter().map(|one| one["address"].clone()).collect();
    assert_eq!(addresses, ["thanos-receive-0:10901", "thanos-receive-1:10901", "thanos-receive-2:10901"]);
    let own = receivers.iter().map(|one| serde_json::json!({ "address": format!("127.0.0.1:{}", one.grpc) }));
    rings[0]["endpoints"] = own.collect();
    fs::write(directory.join("hashring.json"), rings.to_string()).unwrap();
}
