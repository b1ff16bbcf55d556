//! A back end that turns totals into deltas, in a collector that ran since before the first report: the deltas add up to what
//! was created, whatever happened to the sidecar.

use headcount::clock::Hour;
use headcount::contract::InstrumentKind;
use headcount::model::InstallGuid;
use headcount::source::compreface::CONTRACT;
use prost::Message;

use crate::peers::collector::Backend;
use crate::peers::http::Peer;
use crate::peers::reports::{guid, now, report, totals};

const METRIC: &str = "face_recognition.user.creations";

/// State is kept for longer than any silence; the default, an hour, is shorter than the way from one report to the next.
const PROCESSORS: &str = "  cumulativetodelta:\n    max_staleness: 1000h\n";

/// So many hours ahead: the collector takes a start after its own for one that it saw from the beginning. (It may have started
/// in the hour after the tests did.)
fn ahead(hours: u32) -> Hour {
    Hour::from_unix_hours(now().unix_hours() + 2 + hours)
}

/// A run of one store: its identity, its start, and the totals that it reports a day apart.
struct Run {
    guid: InstallGuid,
    start: u32,
    totals: &'static [u64],
}

#[test]
fn deltas_add_up_to_the_creations() {
    let backend = Backend::with_processors(PROCESSORS);
    let peer = Peer::plain(backend.port);
    let run = |guid: u64, start: u32, totals| Run { guid: self::guid(guid), start, totals };
    let cases = [
        // A restart is nothing that can be seen; the same report twice is harmless.
        ("restart", vec![run(1, 0, &[0, 4, 4, 10])], 10),
        ("lost store", vec![run(2, 0, &[0, 5]), run(2, 50, &[0, 3])], 8),
        ("lost store, more than before at once", vec![run(3, 0, &[0, 2]), run(3, 50, &[0, 1, 6])], 8),
        ("new identity", vec![run(4, 0, &[0, 5]), run(5, 50, &[0, 3])], 8),
        // What an SDK would send after a restart, had it kept its totals: this processor looks at values alone, and others
        // take a new start for a reset, as the data model says. A report never does it.
        ("a total that outlives its start", vec![run(7, 0, &[0, 5]), run(7, 50, &[5, 6])], 6),
        ("three deleted, then a lost store", vec![run(6, 0, &[0, 0]), run(6, 50, &[0, 1])], 1),
    ];
    let mut sent = 0;
    for (_, runs, _) in &cases {
        for run in runs {
            for (day, total) in (0_u32..).zip(run.totals) {
                let at = ahead(run.start + 24 * day);
                let request = report(&run.guid, ahead(run.start), at, &totals(*total, 37)).encode_to_vec();
                for _ in 0..2 {
                    assert_eq!(peer.post_metrics("/v1/metrics", &request).unwrap().status, 200);
                }
                sent += 2;
            }
        }
    }
    // The gauges of each report pass as they are; they show that all has arrived.
    let expected = CONTRACT.instruments.iter().filter(|metric| metric.kind == InstrumentKind::Gauge).count() * sent;
    let points = crate::peers::eventually("the arrival of all reports", || {
        let points = backend.points();
        let gauges = points.iter().filter(|point| point.kind == "gauge").count();
        (gauges == expected).then_some(points)
    });
    for (what, runs, created) in cases {
        let guids: Vec<_> = runs.iter().map(|run| run.guid.to_string()).collect();
        let deltas = points.iter().filter(|point| point.metric == METRIC && guids.contains(&point.guid().to_owned()));
        let deltas: Vec<_> = deltas.inspect(|point| assert_eq!(point.kind, "delta")).map(|point| point.value).collect();
        assert_eq!(deltas.iter().sum::<i64>(), created, "{what}: {deltas:?}");
    }
}
