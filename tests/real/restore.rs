//! What a back-up of Prometheus has: a copy of its directory while it is stopped, and a snapshot that it takes itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use prost::Message;

use crate::peers::child::succeed;
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::Series;
use crate::peers::reports::{guid, hours_ago, report, totals};

/// All points of all installations, in order.
fn points(prometheus: &Prometheus) -> Vec<Series> {
    let mut all = prometheus.range(r#"{install_guid!=""}[32d]"#);
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

#[test]
fn copy_of_a_stopped_prometheus_has_every_point() {
    let mut prometheus = Prometheus::with(|configuration| configuration, |_| "groups: []\n".to_owned());
    // The newest first, so that all others are late, and stay in the memory and in the log of what is late.
    for number in 1..=3 {
        for days in [1, 20, 10, 25, 5, 2] {
            let request = report(&guid(number), hours_ago(700), hours_ago(24 * days), &totals(7, 37));
            assert_eq!(prometheus.send(&request.encode_to_vec()), 200);
        }
    }
    let before = points(&prometheus);
    let times = before.iter().map(|series| series.1.len()).collect::<Vec<_>>();
    assert!(times.len() > 30 && times.iter().all(|points| *points == 6), "{times:?}");

    let answer = prometheus.peer().post_form("/api/v1/admin/tsdb/snapshot", &[]).unwrap().json();
    let snapshot = prometheus.data().join("snapshots").join(answer["data"]["name"].as_str().unwrap());
    let of_snapshot: usize = points(&restored(&snapshot)).iter().map(|series| series.1.len()).sum();
    fs::remove_dir_all(prometheus.data().join("snapshots")).unwrap();

    prometheus.take_down();
    assert_eq!(points(&restored(&prometheus.data())), before);
    // docs/receiving.md warns of the snapshot. If one has it all some day, the page can say so.
    let all: usize = times.iter().sum();
    assert!(of_snapshot < all, "a snapshot has all {all} points: docs/receiving.md says that it lacks late ones");
}
