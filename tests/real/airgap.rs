//! What `headcount export` wrote, carried over and loaded.

use std::fs;
use std::process::Command;

use bytes::Bytes;
use headcount::contract::INSTRUMENTS;
use prost::Message;

use crate::peers::child::succeed;
use crate::peers::collector::{Backend, Collector, shipped};
use crate::peers::free_port;
use crate::peers::reports::{guid, hours_ago, report, totals};

#[test]
fn exported_lines_arrive_in_order() {
    let backend = Backend::start();
    let directory = tempfile::tempdir().unwrap();
    let http = free_port();
    let environment = [
        ("AIRGAP_UPSTREAM", backend.url()),
        ("AIRGAP_DIR", directory.path().to_str().unwrap().to_owned()),
        ("AIRGAP_HTTP", format!("127.0.0.1:{http}")),
    ];
    let airgap = Collector::start("airgap.yaml", directory, &environment, http);
    let exported = airgap.directory.path().join("exported.jsonl");
    let line = |number: u32| {
        let request = report(&guid(1), hours_ago(700), hours_ago(100 - number), &totals(u64::from(number), 37));
        let approved = headcount::contract::approve(Bytes::from(request.encode_to_vec())).unwrap();
        serde_json::to_string(&approved.decode()).unwrap() + "\n"
    };
    fs::write(&exported, (0..30).map(line).collect::<String>()).unwrap();
    let load = || {
        let mut command = Command::new(shipped("airgap-load"));
        command.arg(&exported).arg(format!("http://127.0.0.1:{http}"));
        command
    };
    assert!(succeed(&mut load()).contains("30 reports loaded"));
    let points = backend.wait_for_points(30 * INSTRUMENTS.len());
    let creations = points.iter().filter(|point| point.metric == "face_recognition.user.creations");
    assert_eq!(creations.map(|point| point.value).collect::<Vec<_>>(), (0..30).collect::<Vec<_>>());
    // A line that is none stops it, by its number.
    fs::write(&exported, line(30) + "{]\n" + &line(31)).unwrap();
    let refused = load().output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("line 2"), "{refused:?}");
    backend.wait_for_points(31 * INSTRUMENTS.len());
    assert_eq!(backend.points().len(), 31 * INSTRUMENTS.len());
}
