//! The operator's own collector: shows, writes down, forwards.

use std::fs;

use headcount::source::compreface::CONTRACT;
use prost::Message;

use crate::peers::collector::{Backend, Collector};
use crate::peers::http::Peer;
use crate::peers::points;
use crate::peers::reports::{guid, hours_ago, report, totals};
use crate::peers::{eventually, free_port};

#[test]
fn it_shows_writes_down_and_forwards_what_passes() {
    let backend = Backend::start();
    let directory = tempfile::tempdir().unwrap();
    let http = free_port();
    let environment = [
        ("OPERATOR_UPSTREAM", backend.url()),
        ("OPERATOR_DIR", directory.path().to_str().unwrap().to_owned()),
        ("OPERATOR_HTTP", format!("127.0.0.1:{http}")),
        ("OPERATOR_GRPC", format!("127.0.0.1:{}", free_port())),
        ("OPERATOR_HEALTH", format!("127.0.0.1:{}", free_port())),
        ("OPERATOR_METRICS_PORT", free_port().to_string()),
    ];
    let operator = Collector::start("operator.yaml", directory, &environment, http);
    let request = report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, 37));
    let answer = Peer::plain(http).post_metrics("/v1/metrics", &request.encode_to_vec()).unwrap();
    assert_eq!(answer.status, 200);
    let metrics = CONTRACT.instruments.len();
    let forwarded = backend.wait_for_points(metrics);
    let record = operator.directory.path().join("reports.jsonl");
    let written = eventually("the line in the file", || Some(points::lines(&record)).filter(|lines| !lines.is_empty()));
    assert_eq!(points::points(&written), forwarded);
    assert_eq!(forwarded.len(), metrics);
    eventually("the report in the log", || operator.log().contains("face_recognition.user.creations").then_some(()));
    // What is no report goes no further: the next report arrives, and nothing that came before it.
    let mut stray = report(&guid(1), hours_ago(50), hours_ago(1), &totals(7, 37));
    for metric in &mut stray.resource_metrics[0].scope_metrics[0].metrics {
        metric.name = format!("headcount.{}", metric.name);
    }
    let next = report(&guid(1), hours_ago(50), hours_ago(1), &totals(7, 37));
    for request in [stray, next] {
        let answer = Peer::plain(http).post_metrics("/v1/metrics", &request.encode_to_vec()).unwrap();
        assert_eq!(answer.status, 200);
    }
    let forwarded = backend.wait_for_points(2 * metrics);
    assert_eq!(forwarded.len(), 2 * metrics);
    assert!(forwarded.iter().all(|point| point.metric.starts_with("face_recognition.")), "{forwarded:?}");
    // Only what was sent: no attribute of a resource was added on the way.
    assert!(!fs::read_to_string(record).unwrap().contains("service.name"));
}
