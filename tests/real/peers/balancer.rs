//! The real nginx and the real HAProxy before several gateways, as otel-config/gateways/ configures them.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::child::Running;
use super::collector::{Gateway, shipped};
use super::free_port;

/// Which program balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Haproxy,
}

/// A running balancer.
pub struct Balancer {
    directory: TempDir,
    /// The ports for OTLP over HTTP and over gRPC; with nginx the same.
    pub http: u16,
    pub grpc: u16,
    running: Option<Running>,
}

impl Balancer {
    /// Starts it before three gateways, which have the same certificate.
    pub fn before(kind: Kind, gateways: &[Gateway]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let http = free_port();
        let (grpc, running) = match kind {
            Kind::Nginx => (http, nginx("gateways/nginx.conf", &of_nginx(gateways, http), http, directory.path())),
            Kind::Haproxy => {
                let grpc = free_port();
                (grpc, haproxy(&of_haproxy(gateways, [http, grpc]), http, directory.path()))
            }
        };
        Self { directory, http, grpc, running: Some(running) }
    }

    /// What it printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("balancer.log")).unwrap()
    }
}

impl Drop for Balancer {
    /// In order: a killed nginx leaves its workers.
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

/// Text of a configuration, and what stands there in a test.
type Replacements = [(String, String)];

/// Writes a configuration of otel-config/ with these replacements.
fn write(name: &str, replacements: &Replacements, directory: &Path) -> PathBuf {
    let mut text = fs::read_to_string(shipped(name)).unwrap();
    for (from, to) in replacements {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    let path = directory.join("balancer");
    fs::write(&path, text).unwrap();
    path
}

/// Waits for a connection, without a request.
fn ready(command: &mut Command, port: u16, directory: &Path) -> Running {
    let mut running = Running::start(command, &directory.join("balancer.log"));
    running.ready(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
    running
}

/// Starts nginx with a configuration of otel-config/.
pub fn nginx(name: &str, replacements: &Replacements, port: u16, directory: &Path) -> Running {
    let mut command = Command::new("/usr/sbin/nginx");
    command.args(["-e", "stderr", "-g"]).arg(format!("daemon off; pid {};", directory.join("nginx.pid").display()));
    ready(command.arg("-c").arg(write(name, replacements, directory)), port, directory)
}

fn haproxy(replacements: &Replacements, port: u16, directory: &Path) -> Running {
    let mut command = Command::new("/usr/sbin/haproxy");
    command.arg("-db").arg("-f").arg(write("gateways/haproxy.cfg", replacements, directory)).env("LIMIT_SEED", "7");
    ready(&mut command, port, directory)
}

/// The addresses of the gateways as a configuration has them, with those of a test.
fn addresses(gateways: &[Gateway], check: impl Fn(u16) -> String) -> Vec<(String, String)> {
    let each = (1..).zip(gateways).flat_map(|(number, gateway)| {
        [(4318, gateway.http), (4317, gateway.grpc)].map(|(port, of_test)| {
            let from = format!("gateway-{number}.internal:{port}{}", check(13133));
            (from, format!("127.0.0.1:{of_test}{}", check(gateway.health)))
        })
    });
    each.collect()
}

fn of_nginx(gateways: &[Gateway], port: u16) -> Vec<(String, String)> {
    let file = |name: &str| gateways[0].certificates.path(name).display().to_string();
    let mut all = addresses(gateways, |_| String::new());
    all.push(("0.0.0.0:443".to_owned(), format!("127.0.0.1:{port}")));
    all.push(("/etc/headcount/tls.crt".to_owned(), file("server.pem")));
    all.push(("/etc/headcount/tls.key".to_owned(), file("server.key")));
    all.push(("/etc/headcount/gateways-ca.crt".to_owned(), file("ca.pem")));
    all.push(("gateway.internal".to_owned(), "localhost".to_owned()));
    all
}

fn of_haproxy(gateways: &[Gateway], [http, grpc]: [u16; 2]) -> Vec<(String, String)> {
    let mut all = addresses(gateways, |port| format!(" check port {port}"));
    all.push(("0.0.0.0:4318".to_owned(), format!("127.0.0.1:{http}")));
    all.push(("0.0.0.0:4317".to_owned(), format!("127.0.0.1:{grpc}")));
    all
}
