//! Real reports, made by the code that makes them in the sidecar and passed by its gate.

use std::sync::OnceLock;

use headcount::clock::{Clock, Hour, SystemClock};
use headcount::model::{Buckets, InstallGuid, PerKind, Totals};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;

/// The hour in which the tests began: the same for all that one of them sends and expects, whenever it does.
pub fn now() -> Hour {
    static BEGUN: OnceLock<Hour> = OnceLock::new();
    *BEGUN.get_or_init(this_hour)
}

/// The hour it is by now.
pub fn this_hour() -> Hour {
    SystemClock.now().hour()
}

/// So many hours before.
pub fn hours_ago(hours: u32) -> Hour {
    Hour::from_unix_hours(now().unix_hours() - hours)
}

/// A guid for each number.
pub fn guid(number: u64) -> InstallGuid {
    let mut bytes = [0x5a; 16];
    bytes[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    InstallGuid::from_random_bytes(bytes)
}

/// Totals with these creations of users, this many users, and a few collections.
pub fn totals(creations: u64, users: u64) -> Totals {
    let mut buckets = Buckets::default();
    for faces in [0, 7, 60, 199, 2_000_000] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    Totals { creations: PerKind::from([creations, 2, 0, 1, 3]), current: PerKind::from([users, 9, 4, 1, 5]), buckets }
}

/// A report, as the sidecar makes it; the gate has seen it.
pub fn report(guid: &InstallGuid, start: Hour, at: Hour, totals: &Totals) -> ExportMetricsServiceRequest {
    let request = report::build(&CONTRACT, guid, start, at, totals);
    CONTRACT.approve(report::encode(&request)).expect("the gate passes what the report room makes");
    request
}
