//! What the recording rules claim, computed from the delivered reports in another way: report by report, without PromQL.

use std::collections::{BTreeMap, BTreeSet};

use headcount::clock::Hour;
use headcount::model::Kind;
use headcount::report::round_down;
use headcount::source::compreface::{CONTRACT, FACES, kinds};

use super::world::Delivery;

const DAY: u32 = 24;
const KINDS: [(&str, Kind); 5] = [
    ("user", kinds::USER),
    ("application", kinds::APPLICATION),
    ("detection", kinds::DETECTION),
    ("verification", kinds::VERIFICATION),
    ("recognition", kinds::RECOGNITION),
];

/// Each installation's reports, by hour.
pub struct Ledger<'a> {
    reports: BTreeMap<String, BTreeMap<u32, &'a Delivery>>,
    now: u32,
}

impl<'a> Ledger<'a> {
    /// Of these reports, some time after `now` and within its hour.
    pub fn of(deliveries: &'a [Delivery], now: Hour) -> Self {
        let mut reports: BTreeMap<String, BTreeMap<u32, &Delivery>> = BTreeMap::new();
        for delivery in deliveries {
            reports.entry(delivery.guid.to_string()).or_default().insert(delivery.at.unix_hours(), delivery);
        }
        Self { reports, now: now.unix_hours() }
    }

    /// Those that reported on three whole days (UTC) of the last 31, by install_guid.
    fn established(&self) -> BTreeMap<&str, &BTreeMap<u32, &'a Delivery>> {
        let last_midnight = self.now / DAY * DAY;
        // A report at midnight belongs to the day that ends then.
        let days = |reports: &BTreeMap<u32, &Delivery>| {
            let hours = reports.keys().filter(|hour| **hour <= last_midnight && **hour + 31 * DAY > last_midnight);
            hours.map(|hour| hour.div_ceil(DAY)).collect::<BTreeSet<_>>().len()
        };
        let all = self.reports.iter().map(|(guid, reports)| (guid.as_str(), reports));
        all.filter(|(_, reports)| days(reports) >= 3).collect()
    }

    /// The last report of each within so many hours.
    fn last(&self, hours: u32) -> BTreeMap<&str, &'a Delivery> {
        let last = |reports: &BTreeMap<u32, &'a Delivery>| {
            reports.range(self.now + 1 - hours..=self.now).next_back().map(|(_, report)| *report)
        };
        self.established().into_iter().filter_map(|(guid, reports)| Some((guid, last(reports)?))).collect()
    }

    /// Those of which nothing that they have now is more than the limit of its kind.
    fn plausible(&self) -> BTreeSet<&str> {
        let last = self.last(50);
        let implausible: BTreeSet<_> = KINDS
            .into_iter()
            .flat_map(|(_, kind)| {
                let each: BTreeMap<_, _> = last.iter().map(|(guid, report)| (*guid, now(report, kind))).collect();
                let most = limit(each.values().copied());
                each.into_iter().filter(move |(_, value)| *value > most).map(|(guid, _)| guid)
            })
            .collect();
        self.established().into_keys().filter(|guid| !implausible.contains(guid)).collect()
    }

    /// What each created within so many hours, report by report; where a total fell, it began again at zero.
    fn creations(&self, kind: Kind, hours: u32) -> BTreeMap<&str, f64> {
        let each = |reports: &BTreeMap<u32, &Delivery>| {
            let mut created = None;
            let mut before: Option<(u32, u64)> = None;
            for (hour, report) in reports {
                let total = report.totals.creations[kind];
                let base = before.filter(|(earlier, _)| earlier + 31 * DAY >= *hour);
                if *hour + hours > self.now
                    && let Some((_, base)) = base
                {
                    *created.get_or_insert(0) += if base <= total { total - base } else { total };
                }
                before = Some((*hour, total));
            }
            created.map(float)
        };
        self.established().into_iter().filter_map(|(guid, reports)| Some((guid, each(reports)?))).collect()
    }

    /// What the plausible ones created, each within a limit of that.
    fn created(&self, kind: Kind, hours: u32) -> f64 {
        let (each, plausible) = (self.creations(kind, hours), self.plausible());
        let most = limit(each.values().copied());
        each.iter()
            .filter(|(guid, created)| plausible.contains(*guid) && **created <= most)
            .map(|(_, created)| created)
            .sum()
    }

    /// Queries, and what each must say.
    pub fn recorded(&self) -> BTreeMap<String, f64> {
        let mut all = BTreeMap::new();
        let mut add = |query: String, value: f64| all.insert(query, value);
        for (window, hours) in [("1d", 26), ("7d", 7 * DAY), ("30d", 30 * DAY)] {
            let active = float(self.last(hours).len() as u64);
            add(format!("headcount:installations:active{window}"), active);
            add(format!("headcount:published:installations{{window=\"{window}\"}}"), active);
        }
        let (last, plausible) = (self.last(50), self.plausible());
        let summed: Vec<_> =
            last.iter().filter(|(guid, _)| plausible.contains(*guid)).map(|(_, report)| *report).collect();
        for (name, kind) in KINDS {
            add(format!("headcount:current{{kind=\"{name}\"}}"), summed.iter().map(|report| now(report, kind)).sum());
        }
        for (name, kind) in &KINDS[..4] {
            let values: Vec<_> = last.values().map(|report| now(report, *kind)).collect();
            for (share, label) in [(0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75")] {
                let query = format!("headcount:published:current{{kind=\"{name}\",quantile=\"{label}\"}}");
                add(query, quantile(&values, share));
            }
        }
        let sizes = &CONTRACT.catalog.distributions[FACES.index()];
        for range in sizes.ranges() {
            let number: u64 = summed.iter().map(|report| report.totals.buckets[(FACES, range)]).sum();
            let words = sizes.greatest(range).map_or_else(
                || format!("{}+", sizes.least(range)),
                |greatest| if greatest == 0 { "0".to_owned() } else { format!("{}-{greatest}", sizes.least(range)) },
            );
            add(format!("headcount:collections{{faces_range=\"{words}\"}}"), float(number));
            let holders = last.values().filter(|report| report.totals.buckets[(FACES, range)] > 0).count();
            if holders >= 5 {
                let query = format!("headcount:published:installations_with_collections{{faces_range=\"{words}\"}}");
                add(query, float(holders as u64));
            }
        }
        for (name, kind) in KINDS {
            for (window, hours) in [("1d", DAY), ("7d", 7 * DAY)] {
                add(format!("headcount:creations{window}{{kind=\"{name}\"}}"), self.created(kind, hours));
            }
            let each: Vec<_> = self.creations(kind, 7 * DAY).into_values().collect();
            let query = format!("headcount:published:creations7d{{kind=\"{name}\",quantile=\"0.5\"}}");
            add(query, quantile(&each, 0.5));
        }
        all
    }
}

/// What a report says that there is now. Recognition services are not rounded: they are the collections.
fn now(report: &Delivery, kind: Kind) -> f64 {
    match kind {
        kinds::RECOGNITION => float(report.totals.buckets.sum(FACES)),
        _ => float(round_down(report.totals.current[kind])),
    }
}

/// More than this is not plausible, where these are what all established ones have.
fn limit(values: impl Iterator<Item = f64>) -> f64 {
    (100.0 * quantile(&values.collect::<Vec<_>>(), 0.75)).max(1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "all are below 2^53, where a float is exact")]
fn float(value: u64) -> f64 {
    value as f64
}

/// The quantile, between two values where it lies between them, as Prometheus has it.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = share * (values.len() - 1) as f64;
    let (lower, upper) = (rank.floor() as usize, rank.ceil() as usize);
    values[lower] * (1.0 - rank.fract()) + values[upper] * rank.fract()
}
