//! What the self-metrics record: the outcomes of the steps.
//!
//! Numbers about the sidecar only. Must not know where they are sent.

use super::pipeline::ScrapeEnd;
use super::rounds::{DeliveryRound, RoundEnd};
use crate::ops::self_metrics::{DeliveryOutcome, Meter, ScrapeOutcome, StoreReadings};
use crate::store::Store;

/// How a scrape ended.
pub(super) const fn outcome_of(end: ScrapeEnd) -> ScrapeOutcome {
    match end {
        ScrapeEnd::Complete { .. } => ScrapeOutcome::Complete,
        ScrapeEnd::Stopped => ScrapeOutcome::Stopped,
        ScrapeEnd::NotReady => ScrapeOutcome::NotReady,
        ScrapeEnd::Failed(_) => ScrapeOutcome::Failed,
    }
}

/// Counts a round's attempts.
pub(super) fn count(meter: &Meter, round: &DeliveryRound) {
    meter.delivered(DeliveryOutcome::Delivered, round.delivered);
    meter.delivered(DeliveryOutcome::PartiallyAccepted, round.partially_accepted);
    meter.delivered(DeliveryOutcome::Refused, round.refused + round.left_behind);
    meter.delivered(DeliveryOutcome::Held, round.held);
    meter.delivered(DeliveryOutcome::GateRefused, round.gate_refused);
    if matches!(round.end, RoundEnd::Retry { .. } | RoundEnd::Revoked) {
        meter.delivered(DeliveryOutcome::WillRetry, 1);
    }
}

/// The state of the store, if it can be read.
pub(super) fn readings(store: &Store) -> Option<StoreReadings> {
    let (installation, outbox) =
        store.read(|snapshot| Ok((snapshot.installation()?, snapshot.outbox_summary()?))).ok()?;
    Some(StoreReadings {
        last_scrape_at: installation.last_scrape_at,
        outbox_depth: outbox.depth,
        oldest_made_at: outbox.oldest_made_at,
        bytes: store.size()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn the_store_is_read_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let readings = readings(&store).unwrap();
        assert_eq!((readings.last_scrape_at, readings.outbox_depth, readings.oldest_made_at), (None, 0, None));
        let on_disk = std::fs::metadata(directory.path().join("headcount.db")).unwrap().len();
        assert!(on_disk > 0 && readings.bytes >= on_disk, "{readings:?}");
        let now = Timestamp::from_unix_seconds(1_800_000_000);
        store.write(|writer| writer.record_failure(now, "code", &"x".repeat(100_000))).unwrap();
        assert!(super::readings(&store).unwrap().bytes > readings.bytes, "the log counts too");
    }
}
