//! What the recording rules claim, computed from the delivered reports in another way: report by report, without PromQL.

use std::collections::{BTreeMap, BTreeSet};

use headcount::clock::Hour;

use super::world::Delivery;

const DAY: u32 = 24;

/// What there is now, by the metric that says it. Collections have a metric for each range.
const CURRENT: [(&str, &str); 9] = [
    ("user", "face_recognition.user.current"),
    ("subject", "face_recognition.subject.current"),
    ("application", "face_recognition.application.current"),
    ("detection", "face_recognition.service.detection.current"),
    ("verification", "face_recognition.service.verification.current"),
    ("detection_active", "face_recognition.service.detection.active"),
    ("verification_active", "face_recognition.service.verification.active"),
    ("recognition_active", "face_recognition.service.recognition.active"),
    ("collection", COLLECTIONS),
];

const ACTIVE: [(&str, &str); 3] = [
    ("detection", "face_recognition.service.detection.active"),
    ("verification", "face_recognition.service.verification.active"),
    ("recognition", "face_recognition.service.recognition.active"),
];

const COLLECTIONS: &str = "face_recognition.collection.faces.";

const CREATED: [(&str, &str); 5] = [
    ("user", "face_recognition.user.creations"),
    ("application", "face_recognition.application.creations"),
    ("detection", "face_recognition.service.detection.creations"),
    ("verification", "face_recognition.service.verification.creations"),
    ("recognition", "face_recognition.service.recognition.creations"),
];

const QUANTILES: [(f64, &str); 3] = [(0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75")];

/// An installation: its product and its install_guid.
type Installation<'a> = (&'static str, &'a str);

/// Queries, and what each must say.
pub type Recorded = BTreeMap<String, f64>;

/// What rules say within the hour `now` that were started some time after the hour before `begun`: one of these.
pub fn recorded(deliveries: &[Delivery], begun: Hour, now: Hour) -> impl Iterator<Item = Recorded> {
    let since = (begun.unix_hours() - 1..=now.unix_hours()).rev().map(Hour::from_unix_hours);
    since.map(move |since| Ledger::of(deliveries, since, now).recorded())
}

/// A product, or all together.
#[derive(Clone, Copy)]
struct Group(Option<&'static str>);

impl Group {
    fn has(self, product: &str) -> bool {
        self.0.is_none_or(|one| one == product)
    }

    /// Adds what is recorded of the group under a name, if there is anything.
    fn add(self, all: &mut Recorded, prefix: &str, name: &str, labels: &[(&str, &str)], value: Option<f64>) {
        let (level, product) = self.0.map_or(("", None), |product| ("product:", Some(("product", product))));
        let labels = labels.iter().copied().chain(product).map(|(key, value)| format!("{key}=\"{value}\""));
        let query = format!("{prefix}{level}{name}{{{}}}", labels.collect::<Vec<_>>().join(","));
        all.extend(value.map(|value| (query, value)));
    }
}

/// Each installation's reports, by hour.
struct Ledger<'a> {
    reports: BTreeMap<(&'static str, String), BTreeMap<u32, &'a Delivery>>,
    since: u32,
    now: u32,
}

impl<'a> Ledger<'a> {
    /// Of these reports, some time after `now` and within its hour. The rules have run since the hour `since`, a day ago at most: who
    /// counts, and who is implausible, is recorded once a day, and holds for that day.
    fn of(deliveries: &'a [Delivery], since: Hour, now: Hour) -> Self {
        let mut reports: BTreeMap<_, BTreeMap<u32, &Delivery>> = BTreeMap::new();
        for delivery in deliveries {
            let contents = &delivery.contents;
            let installation = (contents.contract.catalog.service, contents.install_guid.to_string());
            reports.entry(installation).or_default().insert(contents.time.unix_hours(), delivery);
        }
        Self { reports, since: since.unix_hours(), now: now.unix_hours() }
    }

    /// Those that reported on three whole days (UTC) of 31, before a midnight that the rules have seen by that hour.
    fn established(&self, until: u32) -> BTreeMap<Installation<'_>, &BTreeMap<u32, &'a Delivery>> {
        // A report at midnight belongs to the day that ends then.
        let days = |reports: &BTreeMap<u32, &Delivery>, midnight: u32| {
            let hours = reports.keys().filter(|hour| **hour <= midnight && **hour + 31 * DAY > midnight);
            hours.map(|hour| hour.div_ceil(DAY)).collect::<BTreeSet<_>>().len()
        };
        let midnights = (self.since / DAY..=until / DAY).map(|day| day * DAY);
        let all = self.reports.iter().map(|((product, guid), reports)| ((*product, guid.as_str()), reports));
        all.filter(|(_, reports)| midnights.clone().any(|midnight| days(reports, midnight) >= 3)).collect()
    }

    /// The last report of each within so many hours.
    fn last(&self, hours: u32) -> BTreeMap<Installation<'_>, &'a Delivery> {
        self.last_until(self.now, hours)
    }

    fn last_until(&self, until: u32, hours: u32) -> BTreeMap<Installation<'_>, &'a Delivery> {
        let last = |reports: &BTreeMap<u32, &'a Delivery>| {
            reports.range(until + 1 - hours..=until).next_back().map(|(_, report)| *report)
        };
        self.established(until).into_iter().filter_map(|(of, reports)| Some((of, last(reports)?))).collect()
    }

    /// Those of which nothing that they had at a time is more than the limit of its kind, which is one for all products.
    fn plausible(&self) -> BTreeSet<Installation<'_>> {
        let implausible: BTreeSet<_> = (self.since..=self.now).flat_map(|hour| self.implausible(hour)).collect();
        self.established(self.now).into_keys().filter(|of| !implausible.contains(of)).collect()
    }

    fn implausible(&self, hour: u32) -> BTreeSet<Installation<'_>> {
        let last = self.last_until(hour, 50);
        let over = |metric: &str| {
            let each = last.iter().filter_map(|(of, report)| Some((*of, number(report, metric)?)));
            let each: BTreeMap<_, _> = each.collect();
            let most = limit(each.values().copied());
            each.into_iter().filter(move |(_, value)| *value > most).map(|(of, _)| of)
        };
        CURRENT.into_iter().flat_map(|(_, metric)| over(metric)).collect()
    }

    /// What each created within so many hours, report by report; where a total fell, it began again at zero.
    fn creations(&self, metric: &str, hours: u32) -> BTreeMap<Installation<'_>, f64> {
        let each = |reports: &BTreeMap<u32, &Delivery>| {
            let mut created = None;
            let mut before: Option<(u32, f64)> = None;
            for (hour, report) in reports {
                let total = number(report, metric)?;
                let base = before.filter(|(earlier, _)| earlier + 31 * DAY >= *hour);
                if *hour + hours > self.now
                    && let Some((_, base)) = base
                {
                    *created.get_or_insert(0.0) += if base <= total { total - base } else { total };
                }
                before = Some((*hour, total));
            }
            created
        };
        self.established(self.now).into_iter().filter_map(|(of, reports)| Some((of, each(reports)?))).collect()
    }

    /// What the plausible ones created, each within a limit of that.
    fn created(&self, metric: &str, hours: u32) -> BTreeMap<Installation<'_>, f64> {
        let (mut each, plausible) = (self.creations(metric, hours), self.plausible());
        let most = limit(each.values().copied());
        each.retain(|of, created| plausible.contains(of) && *created <= most);
        each
    }

    /// Queries, and what each must say.
    fn recorded(&self) -> Recorded {
        let mut all = Recorded::new();
        let products: BTreeSet<_> = self.reports.keys().map(|(product, _)| *product).collect();
        for group in products.into_iter().map(Some).chain([None]).map(Group) {
            self.installations(group, &mut all);
            self.contracts(group, &mut all);
            self.current(group, &mut all);
            self.collections_and_active(group, &mut all);
            self.created_in(group, &mut all);
        }
        all
    }

    fn installations(&self, group: Group, all: &mut Recorded) {
        for (window, hours) in [("1d", 26), ("7d", 7 * DAY), ("30d", 30 * DAY)] {
            let active = self.last(hours).into_keys().filter(|(product, _)| group.has(product)).count();
            group.add(all, "headcount:", &format!("installations:active{window}"), &[], Some(float(active)));
            let enough = self.enough(hours).into_iter().filter(|(product, _)| group.has(product));
            let published = sum(enough.map(|(_, installations)| float(installations)));
            group.add(all, "headcount:published:", "installations", &[("window", window)], published);
        }
    }

    /// Of one product: how many have each version of the contract. The five with the oldest versions count with the newest one among
    /// them, and nothing is published unless five or more have each version then.
    fn contracts(&self, group: Group, all: &mut Recorded) {
        if group.0.is_none() {
            return;
        }
        let last = self.last(26).into_iter().filter(|((product, _), _)| group.has(product));
        let mut versions: Vec<_> = last.map(|(_, report)| report.version()).collect();
        versions.sort_unstable();
        let Some(oldest) = versions.get(4).or(versions.last()).copied() else { return };
        group.add(all, "headcount:", "oldest_contract", &[], Some(oldest.into()));
        for (version, installations) in count_each(versions.iter().copied()) {
            let labels = [("contract", &*version.to_string())];
            group.add(all, "headcount:", "installations_by_contract", &labels, Some(installations));
        }
        let counted = count_each(versions.into_iter().map(|version| version.max(oldest)));
        let is_published = counted.values().all(|installations| *installations >= 5.0);
        for (version, installations) in counted {
            let labels = [("contract", &*version.to_string())];
            group.add(all, "headcount:", "installations_by_contract_or_older", &labels, Some(installations));
            let published = is_published.then_some(installations);
            group.add(all, "headcount:published:", "installations_by_contract", &labels, published);
        }
    }

    /// The last report of each of a group, and of the plausible ones of it.
    fn reports_of(&self, group: Group) -> (Vec<(Installation<'_>, &'a Delivery)>, Vec<&'a Delivery>) {
        let plausible = self.plausible();
        let last: Vec<_> = self.last(50).into_iter().filter(|((product, _), _)| group.has(product)).collect();
        let summed = last.iter().filter(|(of, _)| plausible.contains(of)).map(|(_, report)| *report).collect();
        (last, summed)
    }

    fn current(&self, group: Group, all: &mut Recorded) {
        let ((last, summed), enough) = (self.reports_of(group), self.enough(26));
        for (kind, metric) in CURRENT {
            let values = summed.iter().filter_map(|report| number(report, metric));
            group.add(all, "headcount:", "current", &[("kind", kind)], sum(values));
            let published = last.iter().filter(|((product, _), _)| enough.contains_key(product));
            let published: Vec<_> = published.filter_map(|(_, report)| number(report, metric)).collect();
            for (share, label) in QUANTILES {
                let labels = [("kind", kind), ("quantile", label)];
                group.add(all, "headcount:published:", "current", &labels, quantile(&published, share));
            }
        }
    }

    fn collections_and_active(&self, group: Group, all: &mut Recorded) {
        let (last, summed) = self.reports_of(group);
        for (words, metric) in ranges(last.iter().map(|(_, report)| *report)) {
            let (range, values) =
                ([("faces_range", &*words)], summed.iter().filter_map(|report| number(report, &metric)));
            group.add(all, "headcount:", "collections", &range, sum(values));
            group.add(all, "headcount:published:", "installations_with_collections", &range, holders(&last, &metric));
        }
        for (kind, metric) in ACTIVE {
            let name = "installations_with_active_services";
            group.add(all, "headcount:published:", name, &[("kind", kind)], holders(&last, metric));
        }
    }

    fn created_in(&self, group: Group, all: &mut Recorded) {
        let enough = self.enough(7 * DAY);
        for (kind, metric) in CREATED {
            for (window, hours) in [("1d", DAY), ("7d", 7 * DAY)] {
                let created = self.created(metric, hours).into_iter().filter(|((product, _), _)| group.has(product));
                let created = sum(created.map(|(_, created)| created));
                group.add(all, "headcount:", &format!("creations{window}"), &[("kind", kind)], created);
            }
            let each = self.creations(metric, 7 * DAY).into_iter();
            let each = each.filter(|((product, _), _)| group.has(product) && enough.contains_key(product));
            let each: Vec<_> = each.map(|(_, created)| created).collect();
            for (share, label) in QUANTILES {
                let labels = [("kind", kind), ("quantile", label)];
                group.add(all, "headcount:published:", "creations7d", &labels, quantile(&each, share));
            }
        }
    }

    /// The products with five installations within so many hours, and how many each has: what is published rests on no fewer.
    fn enough(&self, hours: u32) -> BTreeMap<&'static str, usize> {
        let mut each = BTreeMap::new();
        self.last(hours).into_keys().for_each(|(product, _)| *each.entry(product).or_default() += 1);
        each.retain(|_, installations| *installations >= 5);
        each
    }
}

/// What a report says of a metric; of collections, all ranges together. Nothing if its contract does not have it.
fn number(report: &Delivery, metric: &str) -> Option<f64> {
    let is_it = |name: &str| if metric == COLLECTIONS { name.starts_with(metric) } else { name == metric };
    sum(report.contents.numbers().filter(|(one, _)| is_it(one.name)).map(|(_, value)| float(value)))
}

/// The sum, if there is anything to add up.
fn sum(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// The ranges of faces in these reports, in words, with the metric of each.
fn ranges<'a>(reports: impl Iterator<Item = &'a Delivery>) -> BTreeMap<String, String> {
    let names = reports.flat_map(|report| report.contents.contract.instruments).map(|metric| metric.name);
    let ranges = names.filter_map(|name| Some((name, name.strip_prefix(COLLECTIONS)?)));
    ranges.map(|(name, range)| (range.replace("_or_more", "+").replace('_', "-"), name.to_owned())).collect()
}

/// How often each version occurs.
fn count_each(versions: impl Iterator<Item = u32>) -> BTreeMap<u32, f64> {
    let mut each = BTreeMap::new();
    versions.for_each(|version| *each.entry(version).or_default() += 1.0);
    each
}

/// In how many installations the number is more than zero: by product, where that is five or more.
fn holders(last: &[(Installation<'_>, &Delivery)], metric: &str) -> Option<f64> {
    let mut each: BTreeMap<&str, usize> = BTreeMap::new();
    let holders = last.iter().filter(|(_, report)| number(report, metric).is_some_and(|number| number > 0.0));
    holders.for_each(|((product, _), _)| *each.entry(product).or_default() += 1);
    sum(each.into_values().filter(|holders| *holders >= 5).map(float))
}

/// More than this is not plausible, where these are what all established ones have.
fn limit(values: impl Iterator<Item = f64>) -> f64 {
    (100.0 * quantile(&values.collect::<Vec<_>>(), 0.75).unwrap_or(0.0)).max(1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "all are below 2^53, where a float is exact")]
fn float<T: TryInto<u64>>(value: T) -> f64 {
    value.try_into().ok().unwrap() as f64
}

/// The quantile, between two values where it lies between them, as Prometheus has it; of nothing there is none.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = share * values.len().checked_sub(1)? as f64;
    let (lower, upper) = (rank.floor() as usize, rank.ceil() as usize);
    Some(values[lower] * (1.0 - rank.fract()) + values[upper] * rank.fract())
}
