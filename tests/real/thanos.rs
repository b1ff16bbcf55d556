//! The simulated fleet through the real gateway into the real Thanos: receivers are killed, and every total is right all the same.
//! Run by `tests/thanos/run`, which builds Thanos.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use prost::Message;
use serde_json::Value;

use crate::fleet::points;
use crate::fleet::world::{Delivery, World};
use crate::fleet::{compare, hurried};
use crate::peers::child::{program, succeed};
use crate::peers::collector::{Gateway, shipped};
use crate::peers::eventually;
use crate::peers::reports::now;
use crate::peers::thanos::{Receiver, Thanos};
use crate::support::tls::Certificates;

const ALL: &str = "{job=\"headcount\"}[32d]";

/// Some reports as one request, as an operator's collector may send them.
fn together(reports: &[Delivery]) -> Vec<u8> {
    let mut request = reports[0].request();
    for report in &reports[1..] {
        request.resource_metrics.append(&mut report.request().resource_metrics);
    }
    request.encode_to_vec()
}

#[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
fn float(count: usize) -> f64 {
    count as f64
}

/// A gateway before Thanos' nginx.
fn gateway(thanos: &mut Thanos) -> Gateway {
    let certificates = Arc::new(Certificates::new());
    let backend = thanos.write_address(&certificates);
    Gateway::overlaid(&certificates, &backend, "thanos/gateway.yaml")
}

/// Waits until so many points were acknowledged to the gateway, of which none may have been given up.
fn wait_for_points(gateway: &Gateway, points: f64) {
    eventually("the arrival of points", || {
        assert_eq!(gateway.counter("otelcol_exporter_send_failed_metric_points").unwrap_or(0.0), 0.0);
        (gateway.counter("otelcol_exporter_sent_metric_points")? >= points).then_some(())
    });
}

#[test]
#[ignore = "needs Thanos: run tests/thanos/run"]
fn killed_receivers_lose_nothing_and_every_total_is_exact() {
    let mut thanos = Thanos::start(false);
    let gateway = gateway(&mut thanos);
    let deliveries = World::simulate(now(), 400, 28).deliveries();
    let expected = points::of(&deliveries);
    let all = float(points::count(&expected));
    deliveries.chunks(60).for_each(|reports| gateway.send(&together(reports)));
    // One receiver is down for the middle of the fleet's days; the last point that was acknowledged is no older than the kill.
    wait_for_points(&gateway, all / 3.0);
    thanos.receivers[1].kill();
    wait_for_points(&gateway, all * 2.0 / 3.0);
    thanos.receivers[1].up();
    wait_for_points(&gateway, all);
    assert_eq!(gateway.counter("otelcol_exporter_sent_metric_points"), Some(all));
    thanos.receivers.iter_mut().for_each(Receiver::kill);
    thanos.receivers.iter_mut().for_each(Receiver::up);
    points::assert_same(&expected, &points::settled(&thanos, &expected));
    println!("{} reports, {all} of {all} points", deliveries.len());
    thanos.evaluate(&hurried(&fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap()));
    compare(&thanos, &deliveries);
}

#[test]
#[ignore = "needs Thanos: run tests/thanos/run"]
fn an_installation_is_deleted_from_the_blocks_of_a_bucket() {
    let mut thanos = Thanos::start(true);
    let gateway = gateway(&mut thanos);
    let deliveries = World::simulate(now(), 12, 6).deliveries();
    let expected = points::of(&deliveries);
    deliveries.chunks(60).for_each(|reports| gateway.send(&together(reports)));
    wait_for_points(&gateway, float(points::count(&expected)));
    // In order, so that its blocks get into the bucket; what came late is in them only after a compaction. None answers any more.
    thanos.receivers[1..].iter_mut().for_each(Receiver::kill);
    thanos.receivers[0].stop();
    thanos.read_bucket();
    let samples = samples(&thanos.bucket());
    let before = eventually("the blocks of the bucket", || {
        Some(points::stored(thanos.range(ALL))).filter(|stored| points::count(stored) == samples)
    });
    assert_eq!(points::lacking(&before, &expected), BTreeMap::new());
    let guids: BTreeSet<_> = before.keys().map(|labels| labels["install_guid"].clone()).collect();
    let (gone, others) = (guids.first().unwrap(), guids.len() - 1);
    assert!(others > 10, "{others}");
    let list = thanos.directory.path().join("forget.txt");
    fs::write(&list, format!("{gone}  asked on 2026-01-02\n")).unwrap();
    let forget = || {
        let mut command = Command::new(shipped("thanos/forget"));
        command.arg(&list).arg(thanos.bucket());
        let tools = program("thanos").parent().unwrap().display().to_string();
        command.env("PATH", format!("{tools}:/usr/local/bin:/usr/bin:/bin"));
        command
    };
    println!("{}", succeed(&mut forget()));
    let mut left = before;
    left.retain(|labels, _| labels["install_guid"] != *gone);
    let stored = eventually("the end of the installation", || {
        let stored = points::stored(thanos.range(ALL));
        (points::count(&stored) == points::count(&left)).then_some(stored)
    });
    points::assert_same(&left, &stored);
    println!("{others} other installations with {} points are whole", points::count(&left));
    fs::write(&list, ".*\n").unwrap();
    assert!(!forget().status().unwrap().success());
}

/// How many samples the blocks of a bucket have.
fn samples(bucket: &Path) -> usize {
    let blocks = fs::read_dir(bucket).unwrap().map(|entry| fs::read(entry.unwrap().path().join("meta.json")).unwrap());
    let counts =
        blocks.map(|meta| serde_json::from_slice::<Value>(&meta).unwrap()["stats"]["numSamples"].as_u64().unwrap());
    usize::try_from(counts.sum::<u64>()).unwrap()
}
