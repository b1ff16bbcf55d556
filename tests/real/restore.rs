//! What a back-up has: a copy of Prometheus' directory while it is stopped, and the snapshots that both engines take themselves.

use std::fs;
use std::path::Path;
use std::process::Command;

use prost::Message;

use crate::peers::child::succeed;
use crate::peers::http::Peer;
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::{Queries, Series};
use crate::peers::reports::{guid, hours_ago, report, totals};
use crate::peers::victoriametrics::VictoriaMetrics;

/// All points of all installations, in order.
fn points(engine: &Queries) -> Vec<Series> {
    let mut all = engine.range(r#"{install_guid!=""}[32d]"#);
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// A Prometheus on a copy of these data.
fn restored(data: &Path) -> Prometheus {
    let mut restored = Prometheus::down(|configuration| configuration, |_| "groups: []\n".to_owned());
    succeed(Command::new("cp").arg("-a").arg(data).arg(restored.data()));
    restored.up();
    restored
}

/// Three installations, the newest report first, so that all others are late.
fn send_reports(send: impl Fn(&[u8]) -> u16) {
    for number in 1..=3 {
        for days in [1, 20, 10, 25, 5, 2] {
            let request = report(&guid(number), hours_ago(700), hours_ago(24 * days), &totals(7, 37));
            assert!(matches!(send(&request.encode_to_vec()), 200 | 204));
        }
    }
}

fn assert_complete(series: &[Series]) {
    let each: Vec<_> = series.iter().map(|series| series.1.len()).collect();
    assert!(each.len() > 30 && each.iter().all(|points| *points == 6), "{each:?}");
}

#[test]
fn copy_of_a_stopped_prometheus_has_every_point() {
    let mut prometheus = Prometheus::with(|configuration| configuration, |_| "groups: []\n".to_owned());
    send_reports(|body| prometheus.send(body));
    let before = points(&prometheus);
    assert_complete(&before);

    let answer = prometheus.peer().post_form("/api/v1/admin/tsdb/snapshot", &[]).unwrap().json();
    let snapshot = prometheus.data().join("snapshots").join(answer["data"]["name"].as_str().unwrap());
    let of_snapshot: usize = points(&restored(&snapshot)).iter().map(|series| series.1.len()).sum();
    fs::remove_dir_all(prometheus.data().join("snapshots")).unwrap();

    prometheus.take_down();
    assert_eq!(points(&restored(&prometheus.data())), before);
    // docs/receiving.md warns of the snapshot. If one has it all some day, the page can say so.
    let all = 6 * before.len();
    assert!(of_snapshot < all, "a snapshot has all {all} points: docs/receiving.md says that it lacks late ones");
}

#[test]
fn snapshot_of_victoriametrics_has_every_point() {
    let victoria = VictoriaMetrics::start();
    send_reports(|body| victoria.send(body));
    let answer = Peer::plain(victoria.port).get("/snapshot/create").unwrap().json();
    let snapshot = victoria.data().join("snapshots").join(answer["snapshot"].as_str().unwrap());
    victoria.flush();
    let before = points(&victoria);
    assert_complete(&before);

    let mut restored = VictoriaMetrics::start();
    restored.take_down();
    fs::remove_dir_all(restored.data()).unwrap();
    // A snapshot is made of links into the data.
    succeed(Command::new("cp").arg("-aL").arg(&snapshot).arg(restored.data()));
    restored.up();
    assert_eq!(points(&restored), before);
}
