//! The simulated world: what every installation truly has, and the reports that it would make and deliver.

use std::sync::Arc;

use headcount::clock::Hour;
use headcount::contract::{Contents, Contract, Number};
use headcount::model::{Buckets, InstallGuid, Kind, PerKind, Totals};
use headcount::random::Random;
use headcount::report;
use headcount::source::SERVICES;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;

use crate::support::world::Seeded;

/// One report, and when it got through.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub delivered: u32,
    pub contents: Contents,
    pub honest: bool,
}

impl Delivery {
    /// Of a report that the gate has seen: the numbers are those that leave.
    fn new(delivered: u32, contract: &'static Contract, guid: InstallGuid, hours: [Hour; 2], totals: &Totals) -> Self {
        let request = report::build(contract, &guid, hours[0], hours[1], totals);
        let contents = *contract.approve(report::encode(&request)).unwrap().contents();
        Self { delivered, contents, honest: true }
    }

    /// The report, by the real code.
    pub fn request(&self) -> ExportMetricsServiceRequest {
        let Contents { contract, install_guid, start, time, totals } = &self.contents;
        report::build(contract, install_guid, *start, *time, totals)
    }

    /// The points that the gateway makes of it: one of each metric, and the version of its contract.
    pub fn points(&self) -> usize {
        self.contents.contract.instruments.len() + 1
    }

    /// The version of its contract.
    pub fn version(&self) -> u32 {
        self.contents.contract.version.parse().unwrap()
    }
}

/// A number that is true of the honest installations, how it is asked for, and how near the answer must be.
#[derive(Debug)]
pub struct Truth {
    pub what: &'static str,
    pub value: f64,
    pub query: &'static str,
    pub least: f64,
    pub most: f64,
}

/// One installation's whole life.
struct Life {
    deliveries: Vec<Delivery>,
    /// Hours in which users came into being.
    users_created: Vec<u32>,
    /// Users and collections there are at the end.
    users: u64,
    collections: u64,
    /// Whether it runs at the end.
    runs: bool,
    honest: bool,
}

/// The whole fleet.
pub struct World {
    lives: Vec<Life>,
}

/// A number below `limit`.
fn below(random: &Seeded, limit: u64) -> u64 {
    random.next() % limit
}

/// A number below `limit`, as hours.
fn hours(random: &Seeded, limit: u32) -> u32 {
    u32::try_from(below(random, u64::from(limit))).unwrap()
}

fn new_guid(random: &Seeded) -> InstallGuid {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).unwrap();
    InstallGuid::from_random_bytes(bytes)
}

impl World {
    /// So many installations over so many days until `end`; the same seed, the same world.
    pub fn simulate(end: Hour, installations: usize, days: u32) -> Self {
        Self::seeded(20_260_101, end, installations, days)
    }

    /// The same with another seed: other installations.
    pub fn seeded(seed: u64, end: Hour, installations: usize, days: u32) -> Self {
        let random = Seeded::new(seed);
        let begin = end.unix_hours() - 24 * days;
        let lives = (0..installations).map(|number| live(number, &random, begin, end.unix_hours()));
        let honest: Vec<_> = lives.collect();
        let liars = (0..20).map(|number| lie(number, &random, begin, end.unix_hours(), 40));
        let passing = (0..60).map(|number| lie(number, &random, end.unix_hours() - 24 * 20, end.unix_hours(), 2));
        let lives = liars.chain(passing).collect::<Vec<_>>().into_iter().chain(honest).collect();
        Self { lives }
    }

    /// Every report that got through until the end, in the order in which they did.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let mut all: Vec<_> = self.lives.iter().flat_map(|life| life.deliveries.iter().cloned()).collect();
        all.sort_by_key(|delivery| (delivery.delivered, delivery.contents.time));
        all
    }

    /// What is true of the honest ones, and what to ask for it.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub fn truth(&self, deliveries: &[Delivery], now: Hour) -> Vec<Truth> {
        let honest = || self.lives.iter().filter(|life| life.honest);
        let running = || honest().filter(|life| life.runs);
        let since = now.unix_hours() - 24 * 7;
        let created: usize = honest().map(|life| life.users_created.iter().filter(|hour| **hour > since).count()).sum();
        let users: u64 = running().map(|life| life.users).sum();
        let mut each: Vec<_> = running().map(|life| life.users).collect();
        each.sort_unstable();
        let collections: u64 = running().map(|life| life.collections).sum();
        assert!(deliveries.iter().any(|delivery| !delivery.honest));
        let truth = |what, value, query, least, most| Truth { what, value, query, least, most };
        vec![
            truth(
                "installations that run",
                running().count() as f64,
                "headcount:published:installations{window=\"1d\"}",
                0.9,
                1.1,
            ),
            truth(
                "users of honest installations, at least",
                users as f64,
                "headcount:current{kind=\"user\"}",
                0.5,
                1.1,
            ),
            truth(
                "users of the middle installation",
                each[each.len() / 2] as f64,
                "headcount:published:current{kind=\"user\",quantile=\"0.5\"}",
                0.4,
                1.1,
            ),
            truth(
                "users created in 7 days, by honest installations",
                created as f64,
                "headcount:creations7d{kind=\"user\"}",
                0.85,
                1.15,
            ),
            truth(
                "collections, of honest installations",
                collections as f64,
                "headcount:current{kind=\"collection\"}",
                0.85,
                1.15,
            ),
        ]
    }
}

/// The service that an installation has: they take turns.
fn contract(number: usize) -> &'static Contract {
    SERVICES[number % SERVICES.len()].contract
}

/// The contract of its reports, some hours after it began: some are updated late, some never.
fn reported_under(number: usize, age: u32) -> &'static Contract {
    let contract = contract(number);
    let has_earlier = number.is_multiple_of(30) || (number % 30 == 15 && age < 24 * 10);
    contract.earlier.first().filter(|_| has_earlier).unwrap_or(&contract)
}

/// The kind of users.
fn users(contract: &Contract) -> Kind {
    let metric = contract.instruments.iter().find(|metric| metric.name == "face_recognition.user.current").unwrap();
    match metric.number {
        Number::Current(kind) => kind,
        other => panic!("{other:?}"),
    }
}

/// An honest installation. What happens to it depends on its number, so that each thing happens to some.
fn live(number: usize, random: &Arc<Seeded>, begin: u32, end: u32) -> Life {
    let born = if number.is_multiple_of(4) { begin + 24 + hours(random, 24 * 34) } else { begin + hours(random, 24) };
    let dies = if number % 11 == 5 { born + 24 * 8 + hours(random, 24 * 20) } else { u32::MAX };
    // A lost store, a new identity, an outage of the way out; a restart changes nothing that leaves.
    let loses_store = if number % 17 == 3 { born + 24 * 5 + hours(random, 24 * 25) } else { u32::MAX };
    let reinstalled = if number % 19 == 7 { born + 24 * 5 + hours(random, 24 * 25) } else { u32::MAX };
    let outage = if number % 7 == 1 { born + 24 * 4 + hours(random, 24 * 20) } else { u32::MAX };
    let outage_ends = outage.saturating_add(24 + hours(random, 24 * 27));
    let users_a_day = below(random, 5);
    let contract = contract(number);
    let user = users(contract);
    let mut current = PerKind::<u64>::default();
    contract.catalog.kinds().for_each(|kind| current[kind] = below(random, 9));
    current[user] = 1 + below(random, 60);
    let mut buckets = Buckets::default();
    let add_collection = |current: &mut PerKind<u64>, buckets: &mut Buckets| -> Kind {
        let (distribution, term) = contract.catalog.distributions().next().unwrap();
        buckets.count(&contract.catalog, distribution, 1 << below(random, 22));
        current[term.of] = buckets.sum(distribution);
        term.of
    };
    for _ in 0..below(random, 12) {
        add_collection(&mut current, &mut buckets);
    }
    let (mut guid, mut start, mut creations) = (new_guid(random), born, PerKind::<u64>::default());
    let (mut deliveries, mut users_created) = (Vec::new(), Vec::new());
    let mut next_report = born + 1;
    for hour in born..=end.min(dies) {
        if hour == loses_store || hour == reinstalled {
            (start, creations, next_report) = (hour, PerKind::default(), hour + 1);
            if hour == reinstalled {
                guid = new_guid(random);
            }
        } else if hour > born && below(random, 24) < users_a_day {
            (creations[user], current[user]) = (creations[user] + 1, current[user] + 1);
            users_created.push(hour);
        }
        if hour > born && below(random, 24 * 9) == 0 {
            creations[add_collection(&mut current, &mut buckets)] += 1;
        }
        if hour == next_report {
            next_report += 24;
            let delivered = if (outage..outage_ends).contains(&hour) { outage_ends } else { hour };
            let (hours, active) = ([start, hour].map(Hour::from_unix_hours), Some(current));
            let totals = Totals { creations, current, buckets, active };
            deliveries.push(Delivery::new(delivered, reported_under(number, hour - born), guid, hours, &totals));
        }
    }
    deliveries.retain(|delivery| delivery.delivered <= end);
    let collections = contract.catalog.distributions().map(|(distribution, _)| buckets.sum(distribution)).sum();
    Life { deliveries, users_created, users: current[user], collections, runs: dies > end, honest: true }
}

/// A liar for so many days: huge numbers, totals that jump and fall, and a start as it pleases.
fn lie(number: usize, random: &Arc<Seeded>, begin: u32, end: u32, days: u32) -> Life {
    let (guid, contract) = (new_guid(random), contract(number));
    let first = begin + 1 + hours(random, 23);
    let hours = (0..days).map(|day| first + 24 * day).take_while(|hour| *hour <= end);
    let deliveries = hours.map(|hour| {
        let huge = |random: &Seeded| 900_000_000 + below(random, 100_000_000);
        let creations = if hour % 5 == 0 { 0 } else { huge(random) };
        let mut totals = Totals::default();
        for kind in contract.catalog.kinds() {
            (totals.creations[kind], totals.current[kind]) = (creations, huge(random));
            totals.active.get_or_insert_default()[kind] = huge(random);
        }
        for (distribution, term) in contract.catalog.distributions() {
            totals.buckets[(distribution, term.range(u64::MAX))] = huge(random);
        }
        let delivery = Delivery::new(hour, contract, guid, [begin, hour].map(Hour::from_unix_hours), &totals);
        Delivery { honest: false, ..delivery }
    });
    let deliveries = deliveries.collect();
    Life { deliveries, users_created: Vec::new(), users: 0, collections: 0, runs: true, honest: false }
}
