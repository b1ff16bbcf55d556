//! The sidecar's own binary before the real Collector: every transport, and weeks without a way out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use headcount::agent::{Step, Worker};
use headcount::cli::app::App;
use headcount::clock::Clock;
use headcount::config::{Environment, Flags};
use headcount::source::SERVICES;
use headcount::source::compreface::CONTRACT;
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

use crate::peers::child::{Running, program};
use crate::peers::collector::Backend;
use crate::peers::http::Peer;
use crate::peers::points::{Point, points};
use crate::peers::reports::guid;
use crate::peers::{eventually, free_port, points as written};
use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, Model, PASSWORD, Simulated};
use crate::support::proxy::Proxy;
use crate::support::tls::Certificates;
use crate::support::world::{SteppedClock, context};

/// A collector that takes OTLP plainly, by TLS, and by TLS from those alone who have a certificate.
pub struct Receiver {
    directory: tempfile::TempDir,
    certificates: Certificates,
    /// (gRPC, HTTP) of each.
    pub plain: (u16, u16),
    tls: (u16, u16),
    mutual: (u16, u16),
    running: Running,
}

impl Receiver {
    /// Starts it.
    pub fn start() -> Self {
        let certificates = Certificates::new();
        let directory = tempfile::tempdir().unwrap();
        let ports = || (free_port(), free_port());
        let (plain, tls, mutual) = (ports(), ports(), ports());
        let file = |name: &str| certificates.path(name).display().to_string();
        let keys = format!("cert_file: '{}', key_file: '{}'", file("server.pem"), file("server.key"));
        let receiver = |name: &str, (grpc, http): (u16, u16), tls: &str| {
            format!(
                "  otlp/{name}: {{ protocols: {{ grpc: {{ endpoint: '127.0.0.1:{grpc}'{tls} }}, \
                 http: {{ endpoint: '127.0.0.1:{http}'{tls} }} }} }}\n"
            )
        };
        let configuration = format!(
            "receivers:\n{}{}{}exporters: {{ file: {{ path: '{}', flush_interval: 50ms }} }}\nservice:\n  \
             pipelines: {{ metrics: {{ receivers: [otlp/plain, otlp/tls, otlp/mutual], exporters: [file] }} }}\n  \
             telemetry: {{ metrics: {{ level: none }} }}\n",
            receiver("plain", plain, ""),
            receiver("tls", tls, &format!(", tls: {{ {keys} }}")),
            receiver("mutual", mutual, &format!(", tls: {{ {keys}, client_ca_file: '{}' }}", file("ca.pem"))),
            directory.path().join("written.jsonl").display(),
        );
        let path = directory.path().join("receiver.yaml");
        std::fs::write(&path, configuration).unwrap();
        let mut command = Command::new(program("otelcol"));
        command.arg("--config").arg(path).env_clear();
        let mut running = Running::start(&mut command, &directory.path().join("log"));
        running.ready(|| Peer::plain(plain.1).get("/").is_some());
        Self { directory, certificates, plain, tls, mutual, running }
    }

    /// The lines of what it wrote.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        written::lines(&self.directory.path().join("written.jsonl"))
    }

    fn points_of(&self, guid: &str) -> Vec<Point> {
        points(&self.lines()).into_iter().filter(|point| point.guid() == guid).collect()
    }
}

/// A service with something in it, and a runtime that it answers on.
pub fn service() -> (Runtime, Simulated) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let service = runtime.block_on(Simulated::start());
    service.change(|model: &mut Model| model.populate(37, 4, 3));
    (runtime, service)
}

/// The binary with the settings to report once.
pub fn once(service: &Simulated, state: &Path) -> Program {
    Program::new(&["once"])
        .env("HEADCOUNT_COMPREFACE_URL", service.url())
        .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
        .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
        .state(state)
}

/// Every way on which a report can reach a collector.
#[test]
fn the_binary_reaches_the_real_collector_on_every_way() {
    let (runtime, service) = service();
    let receiver = Receiver::start();
    let file = |name: &str| receiver.certificates.path(name).to_str().unwrap().to_owned();
    let proxies =
        [receiver.tls.0, receiver.tls.1].map(|port| runtime.block_on(Proxy::to(([127, 0, 0, 1], port).into())));
    let mut number = 0;
    for protocol in ["grpc", "http/protobuf"] {
        let port = |(grpc, http): (u16, u16)| if protocol == "grpc" { grpc } else { http };
        for compression in ["none", "gzip"] {
            for way in ["plain", "tls", "mutual TLS", "proxy"] {
                number += 1;
                let guid = guid(number).to_string();
                let state = tempfile::tempdir().unwrap();
                let program = once(&service, state.path())
                    .env("HEADCOUNT_INSTALL_GUID", &guid)
                    .env("HEADCOUNT_OTLP_PROTOCOL", protocol)
                    .env("HEADCOUNT_OTLP_COMPRESSION", compression);
                let at = |ports| format!("https://localhost:{}", port(ports));
                let trusting = |program: Program| program.env("HEADCOUNT_OTLP_CERTIFICATE", file("ca.pem"));
                let program = match way {
                    "plain" => {
                        program.env("HEADCOUNT_OTLP_ENDPOINT", format!("http://127.0.0.1:{}", port(receiver.plain)))
                    }
                    "tls" => trusting(program).env("HEADCOUNT_OTLP_ENDPOINT", at(receiver.tls)),
                    "mutual TLS" => trusting(program)
                        .env("HEADCOUNT_OTLP_CLIENT_CERTIFICATE", file("client.pem"))
                        .env("HEADCOUNT_OTLP_CLIENT_KEY", file("client.key"))
                        .env("HEADCOUNT_OTLP_ENDPOINT", at(receiver.mutual)),
                    _ => {
                        let proxy = proxies[usize::from(protocol != "grpc")].settings("").https.unwrap();
                        trusting(program)
                            .env("HTTPS_PROXY", proxy.expose_secret())
                            .env("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org")
                    }
                };
                let (exit, _, talk) = told(&program.output());
                assert_eq!(exit, Some(0), "{protocol}, {compression}, {way}: {talk}");
                let points = eventually("the arrival of a report", || {
                    Some(receiver.points_of(&guid)).filter(|points| !points.is_empty())
                });
                let names = points.iter().map(|point| point.metric.as_str());
                let listed = CONTRACT.instruments.iter().map(|instrument| instrument.name);
                assert!(names.eq(listed), "{protocol}, {compression}, {way}: {points:?}");
            }
        }
    }
    for proxy in &proxies {
        assert_eq!(proxy.asked().len(), 2, "the proxy was passed by");
        assert!(proxy.asked()[0].starts_with("CONNECT telemetry.example.org:443 "));
    }
}

/// Who has no certificate, or does not trust the collector's, sends nothing; the report waits.
#[test]
fn without_trust_the_real_collector_gets_nothing() {
    let (_runtime, service) = service();
    let receiver = Receiver::start();
    let file = |name: &str| receiver.certificates.path(name).to_str().unwrap().to_owned();
    for (number, (port, authority)) in (1..).zip([(receiver.mutual.1, "ca.pem"), (receiver.tls.1, "other-ca.pem")]) {
        let state = tempfile::tempdir().unwrap();
        let guid = guid(number).to_string();
        let program = once(&service, state.path())
            .env("HEADCOUNT_INSTALL_GUID", &guid)
            .env("HEADCOUNT_OTLP_CERTIFICATE", file(authority))
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("https://localhost:{port}"));
        let (exit, _, talk) = told(&program.output());
        assert_eq!((exit, receiver.points_of(&guid)), (Some(4), Vec::new()), "{talk}");
    }
}

/// The program's own pipeline with its settings, a scrape and a report a day, by a clock that is set.
pub struct Days<'a> {
    service: &'a Simulated,
    clock: Arc<SteppedClock>,
    app: App,
    worker: Worker,
    scrapes: u32,
}

impl<'a> Days<'a> {
    /// With one setting that says where reports go.
    pub fn begin(
        service: &'a Simulated,
        state: &Path,
        clock: &Arc<SteppedClock>,
        destination: (&'static str, String),
    ) -> Self {
        let variables = [
            ("HEADCOUNT_COMPREFACE_URL", service.url()),
            ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL.to_owned()),
            ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD.to_owned()),
            ("HEADCOUNT_STATE_DIR", state.to_str().unwrap().to_owned()),
            ("HEADCOUNT_SCRAPE_INTERVAL", "24h".to_owned()),
            // Nothing is to be sent twice because a machine is slow.
            ("HEADCOUNT_OTLP_TIMEOUT", "2m".to_owned()),
            destination,
        ];
        let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let environment = Environment::from(variables);
        let app = App::load(&Flags::default(), &environment, context(Arc::clone(clock), 7), &SERVICES);
        assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
        let mut worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        worker.open_store().unwrap();
        Self { service, clock: Arc::clone(clock), app, worker, scrapes: 0 }
    }

    /// So many days go by, each with a new user; delivering has a runtime of its own.
    pub fn pass(&mut self, days: u64, runtime: &Runtime, delivering: &Runtime) {
        let monitor = self.app.monitor();
        let (read, send) = monitor.permits().unwrap();
        for _ in 0..days {
            runtime.block_on(async { self.service.change(Model::add_user) });
            let until = self.clock.now().plus(Duration::from_secs(24 * 3600));
            while self.clock.now() < until {
                match self.worker.next_step(self.clock.now()) {
                    Step::Wait(wait) => self.clock.advance(wait),
                    step @ Step::Deliver => {
                        delivering.block_on(async { self.worker.perform(step, &read, &send).await });
                    }
                    step => {
                        runtime.block_on(async { self.worker.perform(step, &read, &send).await });
                        self.scrapes += 1;
                        assert!(self.scrapes <= 60, "the scrapes fail");
                    }
                }
            }
        }
    }
}

/// Four weeks go by on the sidecar's clock while nothing listens at its endpoint; then the real Collector is there.
#[test]
fn after_weeks_without_a_collector_every_report_arrives_in_order_and_once() {
    let (runtime, service) = service();
    let mut backend = Backend::down();
    let state = tempfile::tempdir().unwrap();
    let clock = SteppedClock::at("2026-01-01T09:20:00Z");
    let mut days = Days::begin(&service, state.path(), &clock, ("HEADCOUNT_OTLP_ENDPOINT", backend.url()));
    // Between attempts on an endpoint that is down, back-off waits; on this runtime that takes no time. Connections to nobody
    // need none either, which is not so of the service or of a collector that is there.
    let hurried = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    days.pass(28, &runtime, &hurried);
    assert!(backend.points().is_empty());
    backend.up();
    days.pass(1, &runtime, &runtime);
    let creations = eventually("the arrival of what waited", || {
        let points = backend.points().into_iter().filter(|point| point.metric == "face_recognition.user.creations");
        let points: Vec<_> = points.collect();
        (points.len() >= 29).then_some(points)
    });
    assert_eq!(creations.len(), 29, "each once");
    let values: Vec<_> = creations.iter().map(|point| point.value).collect();
    // The first day's user came before the first scrape, so it is no creation; from then on one a day.
    assert_eq!(values, (0..29).collect::<Vec<_>>());
    assert!(creations.is_sorted_by(|one, other| one.time < other.time && one.start == other.start));
    assert_eq!(backend.points().len(), 29 * CONTRACT.instruments.len());
}
