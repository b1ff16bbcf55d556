//! When things are done. What is at fault has its default; the fault itself keeps headcount off.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::duration::{self, days, hours, minutes};
use crate::config::names::{FIRST_REPORT_AFTER, KEEP, REPORT_INTERVAL, REPORT_WINDOW, SCRAPE_INTERVAL, Setting};
use crate::config::reader::Reader;
use crate::config::settings::ScheduleSettings;
use crate::config::window;

pub(super) fn read(reader: &mut Reader<'_>) -> ScheduleSettings {
    ScheduleSettings {
        scrape_interval: between(reader, &SCRAPE_INTERVAL, minutes(1)..=hours(24), hours(1)),
        report_interval: report_interval(reader),
        report_window: reader.read(&REPORT_WINDOW, window::parse).valid(),
        // Longer than reports are kept at most, it would only hide that nothing is ever sent.
        first_report_after: between(reader, &FIRST_REPORT_AFTER, Duration::ZERO..=days(30), hours(1)),
        keep: between(reader, &KEEP, days(1)..=days(30), days(30)),
    }
}

fn between(reader: &mut Reader<'_>, setting: &Setting, range: RangeInclusive<Duration>, default: Duration) -> Duration {
    reader.read(setting, |text| duration::parse_in(text, &range)).valid().unwrap_or(default)
}

/// Whole hours, since the times in a report are.
fn report_interval(reader: &mut Reader<'_>) -> Duration {
    let read = reader.read(&REPORT_INTERVAL, |text| {
        let interval = duration::parse_in(text, &(hours(1)..=days(7)))?;
        let is_whole = interval.as_secs().is_multiple_of(hours(1).as_secs());
        if is_whole { Ok(interval) } else { Err("is not in whole hours; write it like 24h".to_owned()) }
    });
    read.valid().unwrap_or(hours(24))
}
