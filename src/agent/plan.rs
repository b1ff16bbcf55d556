//! Which step is due, and when the next report is planned. Must not know how a step is done.

use std::time::Duration;

use super::backoff::{DeliveryBackoff, ScrapeSchedule};
use super::pipeline::WorkerConfig;
use super::schedule;
use crate::clock::Timestamp;
use crate::config::{Destination, ScheduleSettings};
use crate::random;
use crate::store::{Installation, Store, StoreError};

/// The loop waits only for so long, since timers stand still while a machine sleeps.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// What the worker does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Scrape; and make the report that was planned for this moment, if one was.
    Scrape {
        /// When the report that is due was planned for.
        report: Option<Timestamp>,
    },
    /// Deliver the pending reports.
    Deliver,
    /// Nothing, for this time.
    Wait(Duration),
}

/// The step that is due.
pub(super) fn next_step(
    store: &Store,
    config: &WorkerConfig,
    scrapes: &ScrapeSchedule,
    deliveries: &DeliveryBackoff,
    now: Timestamp,
) -> Result<Step, StoreError> {
    let installation = store.read(|snapshot| snapshot.installation())?;
    let planned = plan_report(store, config, &installation, now)?;
    let due = planned.filter(|planned| *planned <= now);
    if scrapes.is_due(now) || (due.is_some() && !scrapes.is_failing()) {
        return Ok(Step::Scrape { report: due });
    }
    let mut wait = scrapes.wait(now);
    if let Some(planned) = planned.filter(|planned| *planned > now) {
        wait = wait.min(planned.since(now));
    }
    let waits = store.read(|snapshot| snapshot.outbox_summary())?.depth > 0;
    let delivers = matches!(config.destination, Some(Destination::Endpoint(_)));
    if waits
        && delivers
        && may_send_now(now, &Installation { next_report_at: planned, ..installation }, &config.schedule)
    {
        if deliveries.is_due(now) {
            return Ok(Step::Deliver);
        }
        wait = deliveries.wait(now).map_or(wait, |delivery| wait.min(delivery));
    }
    Ok(Step::Wait(wait.clamp(Duration::from_secs(1), MINUTE)))
}

/// Whether this installation may send now. Without a planned report, none can be pending.
pub(super) fn may_send_now(now: Timestamp, installation: &Installation, schedule: &ScheduleSettings) -> bool {
    let last_made = installation.last_report.map(|last| last.made_at);
    installation.next_report_at.is_some_and(|planned| schedule::may_send_now(now, planned, last_made, schedule))
}

/// The moment of the next report: as stored, or drawn again where there is none or it cannot be right any more.
fn plan_report(
    store: &Store,
    config: &WorkerConfig,
    installation: &Installation,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(baseline) = installation.baseline_at else { return Ok(None) };
    let is_first = installation.last_report.is_none();
    let schedule = &config.schedule;
    let kept = installation.next_report_at.filter(|kept| !schedule::is_implausible(*kept, now, schedule, is_first));
    let planned = match kept {
        Some(kept) => schedule::current_slot(kept, now, schedule),
        None => {
            let Ok(random) = random::number(config.context.random.as_ref()) else { return Ok(None) };
            // A baseline in the future was made before the clock stepped back.
            let earliest = baseline.min(now).plus(schedule.first_report_after);
            schedule::first_slot(if is_first { earliest.max(now) } else { now }, schedule, random)
        }
    };
    if installation.next_report_at == Some(planned) {
        return Ok(Some(planned));
    }
    store.write(|writer| writer.set_next_report(Some(planned)))?;
    Ok(Some(planned))
}
