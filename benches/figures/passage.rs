//! `run` from its start through the baseline, a second scrape, a report and its delivery: peak memory and CPU time.

use std::fs;
use std::path::Path;
use std::time::Duration;

use headcount::clock::{Clock, SystemClock};
use headcount::store::{Store, StoreError};

use crate::Options;
use crate::peers::{Installation, Peer, Variables, Way};
use crate::process;
use crate::program::{Program, Running};
use crate::table::{Figure, Limit};

const SIZES: [u64; 2] = [10, 1_000_000];

/// Where systems keep the certificates that they trust.
const ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// What one `run` took.
pub struct Passage {
    pub peak_mib: f64,
    pub first_seconds: f64,
    pub again_seconds: f64,
}

/// A call of `run` with everything that an operator would set, and a consent file.
pub fn sidecar(options: &Options, service: &Peer, endpoint: &Peer, way: Way, directory: &Path) -> Program {
    sidecar_of(options, &service.variables(), endpoint, way, directory)
}

/// The same for a service that is read with these settings.
pub fn sidecar_of(options: &Options, service: &Variables, endpoint: &Peer, way: Way, directory: &Path) -> Program {
    let consent = directory.join("consent");
    fs::write(&consent, "granted\n").unwrap();
    let mut program = Program::of(&options.binary, &["run"])
        .state(&directory.join("state"))
        .env("HEADCOUNT_OTLP_ENDPOINT", &endpoint.url)
        .env("HEADCOUNT_OTLP_PROTOCOL", way.protocol())
        .env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap())
        .env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0");
    for (name, value) in service {
        program = program.env(name, value);
    }
    if way == Way::GrpcTlsAndSelfMetrics {
        program = program
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint.url)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", way.protocol())
            .env("OTEL_METRIC_EXPORT_INTERVAL", "1000");
    }
    match &endpoint.authority {
        Some(authority) => program.env("SSL_CERT_FILE", roots(authority, directory)),
        None => program,
    }
}

/// The system's own roots and the endpoint's authority, in one file: what an operator without settings of their own has.
fn roots(authority: &str, directory: &Path) -> String {
    let mut bundle = fs::read(authority).unwrap();
    match ROOTS.iter().find_map(|path| fs::read(path).ok()) {
        Some(system) => bundle.extend(system),
        None => eprintln!("this system has no certificates of its own; TLS is measured with one root alone"),
    }
    let path = directory.join("roots.pem");
    fs::write(&path, bundle).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Brings the first report forward: it is due as soon as there is a baseline, where it would be an hour or more later.
pub fn bring_report_forward(directory: &Path) {
    let store = Store::open(&directory.join("state")).unwrap();
    let now = SystemClock.now();
    let due = Some(now.minus(Duration::from_secs(60)));
    store.write::<_, StoreError>(|writer| writer.set_next_report(due)).unwrap();
}

pub fn measure(options: &Options) -> Vec<Figure> {
    let mut figures = Vec::new();
    let services = SIZES.map(|users| Peer::service(Installation { users, applications: 10, services: 1 }));
    for way in Way::ALL {
        let endpoint = Peer::endpoint(way);
        let mut peaks = Vec::new();
        for (users, service) in SIZES.iter().zip(&services) {
            let name = format!("memory: peak of `run`, {way}, {users} users");
            let cpu = format!("cpu: {users} users, {way}");
            if !options.wants(&name) && !options.wants(&cpu) {
                continue;
            }
            let passages: Vec<_> =
                (0..options.repeat).map(|_| pass(options, &service.variables(), &endpoint, way)).collect();
            let peak = passages.iter().map(|passage| passage.peak_mib);
            peaks.push(Figure::new(name, "MiB", peak, Limit::AtMost(10.0)));
            // How reports go out makes no difference to what reading costs.
            if *users > 1000 && matches!(way, Way::Http | Way::GrpcTlsAndSelfMetrics) {
                let first = passages.iter().map(|passage| passage.first_seconds);
                let again = passages.iter().map(|passage| passage.again_seconds);
                figures.push(Figure::new(format!("{cpu}, first"), "s", first, Limit::AtMost(4.0)));
                figures.push(Figure::new(format!("{cpu}, again"), "s", again, Limit::AtMost(4.0)));
            }
        }
        let apart = match &peaks[..] {
            [small, large] => Some((small.median() - large.median()).abs()),
            _ => None,
        };
        figures.extend(peaks);
        figures.extend(apart.map(|apart| {
            let name = format!("memory: between the two peaks, {way}");
            Figure::new(name, "MiB", [apart], Limit::AtMost(1.0))
        }));
    }
    figures
}

/// Measures one `run`, until its first report was delivered.
pub fn pass(options: &Options, service: &Variables, endpoint: &Peer, way: Way) -> Passage {
    let directory = tempfile::tempdir().unwrap();
    bring_report_forward(directory.path());
    let mut running = sidecar_of(options, service, endpoint, way, directory.path()).start();
    running.wait_for("baseline recorded");
    let first = process::cpu_seconds(running.pid());
    running.wait_for("report created");
    let both = process::cpu_seconds(running.pid());
    running.wait_for("reports delivered");
    let peak_kib = end(&mut running);
    Passage { peak_mib: peak_kib as f64 / 1024.0, first_seconds: first, again_seconds: both - first }
}

/// Ends it as a pod ends, and gives the peak of its memory, the end included.
fn end(running: &mut Running) -> u64 {
    let before = process::memory_kib(running.pid(), "VmHWM").unwrap();
    running.signal("TERM");
    let peak = before.max(process::peak_kib(running.pid(), Duration::ZERO));
    running.wait();
    peak
}
