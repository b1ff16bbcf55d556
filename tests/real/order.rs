//! The gateway's queue: what it took outlasts the back end and the gateway itself, and stays in order.

use prost::Message;

use crate::peers::collector::{Backend, Gateway};
use crate::peers::eventually;
use crate::peers::reports::{guid, hours_ago, report, totals};

const METRIC: &str = "face_recognition.user.creations";

#[test]
fn reports_keep_their_order_while_the_back_end_and_the_gateway_come_and_go() {
    let mut backend = Backend::down();
    let mut gateway = Gateway::before(&backend.url());
    let guid = guid(1);
    let send = |gateway: &Gateway, number: u32| {
        let request = report(&guid, hours_ago(700), hours_ago(600 - number), &totals(u64::from(number), 37));
        gateway.send(&request.encode_to_vec());
    };
    // The back end is down: the gateway takes them all the same, and a restart of its own loses none.
    (0..100).for_each(|number| send(&gateway, number));
    gateway.take_down();
    gateway.up();
    (100..200).for_each(|number| send(&gateway, number));
    backend.up();
    backend.wait_for_points(20 * 50);
    backend.take_down();
    (200..300).for_each(|number| send(&gateway, number));
    backend.up();
    let values = eventually("the arrival of every report", || {
        let points = backend.points().into_iter().filter(|point| point.metric == METRIC);
        let values: Vec<_> = points.map(|point| point.value).collect();
        values.contains(&299).then_some(values)
    });
    let mut once = values.clone();
    once.dedup();
    // The report under way when the gateway or the back end went down may come twice, which is harmless.
    assert!(values.len() <= once.len() + 2, "{values:?}");
    let moved = out_of_place(&once);
    assert!(moved.len() <= 1, "out of order: {moved:?} in {once:?}");
    let mut all = once;
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, (0..300).collect::<Vec<_>>());
}

/// Values that come after a greater one.
fn out_of_place(values: &[i64]) -> Vec<i64> {
    let mut greatest = i64::MIN;
    let mut moved = Vec::new();
    for value in values {
        if *value < greatest {
            moved.push(*value);
        }
        greatest = greatest.max(*value);
    }
    moved
}
