//! What a receiver concludes: everything that the endpoint took goes on, as it came, to a real Collector that writes it down,
//! once as it is and once with sums turned into deltas.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Running, eventually};
use crate::support::endpoint::Received;

const POINTS: &str = "points.json";
const DELTAS: &str = "deltas.json";

/// The Collector at the receiving end.
pub struct Backend {
    running: Running,
    address: SocketAddr,
    directory: TempDir,
    forwarded: usize,
}

/// What it wrote down.
pub struct Kept {
    pub points: Vec<Point>,
    deltas: Vec<Point>,
}

/// One data point as it was written down.
#[derive(Debug, Clone)]
pub struct Point {
    pub metric: String,
    pub value: i64,
    pub at_nanos: i64,
}

impl Backend {
    pub fn start(collector: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(collector);
        command
            .args(["--config", concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/backend.yaml")])
            .env("LISTEN", address.to_string())
            .env("POINTS", directory.path().join(POINTS))
            .env("DELTAS", directory.path().join(DELTAS))
            .stdin(Stdio::null());
        let running = Running::of(command);
        eventually("the back end listens", || TcpStream::connect(address).is_ok());
        Self { running, address, directory, forwarded: 0 }
    }

    /// Passes on what the endpoint received since the last time, if it was taken.
    pub fn forward(&mut self, received: &[Received], was_taken: bool) {
        for request in &received[self.forwarded..] {
            if was_taken {
                self.post(request);
            }
        }
        self.forwarded = received.len();
    }

    fn post(&self, request: &Received) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let mut head = "POST /v1/metrics HTTP/1.1\r\nhost: backend\r\nconnection: close\r\n".to_owned();
        for name in ["content-type", "content-encoding"] {
            if let Some(value) = request.header(name) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        write!(stream, "{head}content-length: {}\r\n\r\n", request.body.len()).unwrap();
        stream.write_all(&request.body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// Ends it, and gives what it wrote down.
    pub fn conclude(mut self) -> Kept {
        self.running.signal("TERM");
        self.running.wait();
        let read = |name| -> Vec<Point> {
            let text = std::fs::read_to_string(self.directory.path().join(name)).unwrap_or_default();
            text.lines().flat_map(|line| points(&serde_json::from_str(line).unwrap())).collect()
        };
        Kept { points: read(POINTS), deltas: read(DELTAS) }
    }
}

impl Kept {
    /// What was added to a sum, by its deltas.
    pub fn by_deltas(&self, metric: &str) -> i64 {
        self.deltas.iter().filter(|point| point.metric == metric).map(|point| point.value).sum()
    }

    /// What was added to a sum by the rule of Prometheus' functions, without their extrapolation: in the order of time, a
    /// fall is a start at zero.
    pub fn by_resets(&self, metric: &str) -> i64 {
        let mut points: Vec<_> = self.points.iter().filter(|point| point.metric == metric).collect();
        points.sort_by_key(|point| point.at_nanos);
        let grown = points.windows(2).map(|pair| {
            let [before, after] = [pair[0].value, pair[1].value];
            if after < before { after } else { after - before }
        });
        grown.sum()
    }
}

fn points(request: &Value) -> Vec<Point> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let scopes = list(request, "resourceMetrics").into_iter().flat_map(|resource| list(&resource, "scopeMetrics"));
    let metrics = scopes.flat_map(|scope| list(&scope, "metrics"));
    metrics
        .flat_map(|metric| {
            let name = metric["name"].as_str().unwrap().to_owned();
            let data = if metric["sum"].is_object() { &metric["sum"] } else { &metric["gauge"] };
            let points = list(data, "dataPoints").into_iter();
            points.map(move |point| Point { metric: name.clone(), value: value(&point), at_nanos: at(&point) })
        })
        .collect()
}

fn value(point: &Value) -> i64 {
    // 64-bit numbers are strings in OTLP's JSON. None of the four sends fractions.
    point["asInt"].as_str().unwrap().parse().unwrap()
}

fn at(point: &Value) -> i64 {
    point["timeUnixNano"].as_str().map_or(0, |text| text.parse().unwrap())
}
