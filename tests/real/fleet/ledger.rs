//! What the recording rules claim, computed from the delivered reports in another way: report by report, without PromQL.

use std::collections::{BTreeMap, BTreeSet};

use headcount::clock::Hour;
use headcount::inventory::{FacesRange, Kind};
use headcount::report::round_down;

use super::world::Delivery;

const DAY: u32 = 24;
const KINDS: [(&str, Kind); 5] = [
    ("user", Kind::User),
    ("application", Kind::Application),
    ("detection", Kind::Detection),
    ("verification", Kind::Verification),
    ("recognition", Kind::Recognition),
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

    /// Those that reported on three whole days (UTC) of the last 31.
    fn established(&self) -> Vec<&BTreeMap<u32, &'a Delivery>> {
        let last_midnight = self.now / DAY * DAY;
        // A report at midnight belongs to the day that ends then.
        let days = |reports: &BTreeMap<u32, &Delivery>| {
            let hours = reports.keys().filter(|hour| **hour <= last_midnight && **hour + 31 * DAY > last_midnight);
            hours.map(|hour| hour.div_ceil(DAY)).collect::<BTreeSet<_>>().len()
        };
        self.reports.values().filter(|reports| days(reports) >= 3).collect()
    }

    /// The last report of each within so many hours.
    fn last(&self, hours: u32) -> Vec<&'a Delivery> {
        let last = |reports: &&BTreeMap<u32, &'a Delivery>| {
            reports.range(self.now + 1 - hours..=self.now).next_back().map(|(_, report)| *report)
        };
        self.established().iter().filter_map(last).collect()
    }

    /// What each created within so many hours, report by report; where a total fell, it began again at zero.
    fn creations(&self, kind: Kind, hours: u32) -> Vec<u64> {
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
            created
        };
        self.established().into_iter().filter_map(each).collect()
    }

    /// Queries, and what each must say.
    #[expect(clippy::cast_precision_loss, reason = "all are below 2^53, where a float is exact")]
    pub fn recorded(&self) -> BTreeMap<String, f64> {
        let mut all = BTreeMap::new();
        let mut add = |query: String, value: f64| all.insert(query, value);
        for (window, hours) in [("1d", 26), ("7d", 7 * DAY), ("30d", 30 * DAY)] {
            let active = self.last(hours).len() as f64;
            add(format!("headcount:installations:active{window}"), active);
            add(format!("headcount:published:installations{{window=\"{window}\"}}"), active);
        }
        let last = self.last(50);
        for (name, kind) in &KINDS[..4] {
            let values: Vec<_> = last.iter().map(|report| round_down(report.totals.current[*kind]) as f64).collect();
            add(format!("headcount:current{{kind=\"{name}\"}}"), values.iter().sum());
            for (share, label) in [(0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75")] {
                let query = format!("headcount:published:current{{kind=\"{name}\",quantile=\"{label}\"}}");
                add(query, quantile(&values, share));
            }
        }
        for range in FacesRange::all() {
            let number: u64 = last.iter().map(|report| report.totals.collections[range.index()]).sum();
            let words = range.greatest().map_or_else(
                || format!("{}+", range.least()),
                |greatest| if greatest == 0 { "0".to_owned() } else { format!("{}-{greatest}", range.least()) },
            );
            add(format!("headcount:collections{{faces_range=\"{words}\"}}"), number as f64);
            let holders = last.iter().filter(|report| report.totals.collections[range.index()] > 0).count();
            if holders >= 5 {
                let query = format!("headcount:published:installations_with_collections{{faces_range=\"{words}\"}}");
                add(query, holders as f64);
            }
        }
        for (name, kind) in KINDS {
            for (window, hours) in [("1d", DAY), ("7d", 7 * DAY)] {
                let created: u64 = self.creations(kind, hours).iter().sum();
                add(format!("headcount:creations{window}{{kind=\"{name}\"}}"), created as f64);
            }
            let each: Vec<_> = self.creations(kind, 7 * DAY).iter().map(|created| *created as f64).collect();
            let query = format!("headcount:published:creations7d{{kind=\"{name}\",quantile=\"0.5\"}}");
            add(query, quantile(&each, 0.5));
        }
        all
    }
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
