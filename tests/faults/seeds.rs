//! Plays seeds with each service: some of them in the tests, and as many as asked for by `FAULTS_SEEDS` and `FAULTS_DAYS`.

use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use headcount::config::Transport;

use crate::check::check;
use crate::endpoint_faults::EndpointFault;
use crate::journal::{Entry, Journal, Side};
use crate::recipe::{Recipe, SEEDS, SEEDS_OF_ANOTHER, SHORT};
use crate::service::{Fault, ServiceKind};
use crate::setting::play;
use crate::statistics::Statistics;
use crate::support::tls::Certificates;

/// So many violations of one seed are told.
const MOST: usize = 12;

/// A variable of the tests' own.
#[expect(clippy::disallowed_methods, reason = "the tests' own settings; the program has its environment passed in")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `17`, or `1-1000`; so many if nothing was asked for.
fn seeds(usual: u64) -> RangeInclusive<u64> {
    let Some(text) = variable("FAULTS_SEEDS") else { return 1..=usual };
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("FAULTS_SEEDS is a number, or two: 1-1000"));
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    number(first)..=number(last)
}

fn days() -> u64 {
    variable("FAULTS_DAYS").map_or(SHORT, |text| text.parse().expect("FAULTS_DAYS is a number of days"))
}

/// Plays one seed. Whether an invariant broke: that is printed at once, since many seeds take their time, with the command that
/// repeats it.
fn breaks(recipe: &Recipe, test: &str, certificates: &Certificates, statistics: &mut Statistics) -> bool {
    let played = catch_unwind(AssertUnwindSafe(|| play(recipe, certificates)));
    let found = match played {
        Ok(journal) => {
            statistics.take(&journal);
            let violations = check(&journal);
            violations.first().into_iter().for_each(|first| print_before(&journal, first.lived));
            violations.iter().map(ToString::to_string).collect()
        }
        Err(_) => vec!["it panicked".to_owned()],
    };
    if found.is_empty() {
        return false;
    }
    let Recipe { seed, days, .. } = recipe;
    let command = format!("FAULTS_SEEDS={seed} FAULTS_DAYS={days} cargo test --test faults {test} -- --nocapture");
    let (times, first) = (found.len(), found[..found.len().min(MOST)].join("\n"));
    println!("seed {seed} breaks {times} times, repeat it by\n    {command}\n{first}\n");
    true
}

/// What happened before something broke.
fn print_before(journal: &Journal, lived: Duration) {
    let until = journal.entries.partition_point(|entry| entry.lived <= lived);
    for Entry { lived, wall, what, .. } in &journal.entries[until.saturating_sub(40)..until] {
        println!("{:>8} s, {wall}: {}", lived.as_secs(), format!("{what:?}").chars().take(300).collect::<String>());
    }
}

#[test]
fn every_seed_keeps_the_invariants() {
    let total = play_seeds("every_seed_keeps", SEEDS, |_| ServiceKind::CompreFace);
    if total.runs() as u64 >= SEEDS {
        assert_nothing_is_left_out(&total, &ServiceKind::CompreFace.faults());
    }
}

#[test]
fn every_seed_of_frigate_keeps_the_invariants() {
    let total = play_seeds("every_seed_of_frigate", SEEDS_OF_ANOTHER, |_| ServiceKind::Frigate);
    if total.runs() as u64 >= SEEDS {
        assert_nothing_is_left_out(&total, &ServiceKind::Frigate.faults());
    }
}

/// One seed in two reads it from a server, and the other one from a file.
#[test]
fn every_seed_of_an_inventory_document_keeps_the_invariants() {
    let kinds = [ServiceKind::DocumentServer, ServiceKind::DocumentFile];
    let total = play_seeds("every_seed_of_an_inventory", SEEDS_OF_ANOTHER, |seed| kinds[usize::from(seed % 2 == 0)]);
    if total.runs() as u64 >= 2 * SEEDS {
        assert_nothing_is_left_out(&total, &kinds.map(ServiceKind::faults).concat());
    }
}

/// Plays the seeds that were asked for, on as many threads as there are processors.
fn play_seeds(test: &str, usual: u64, service: impl Fn(u64) -> ServiceKind + Sync) -> Statistics {
    let (seeds, days) = (seeds(usual), days());
    let next = AtomicU64::new(*seeds.start());
    let certificates = Certificates::new();
    let (broken, total) = (Mutex::new(Vec::new()), Mutex::new(Statistics::default()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut statistics = Statistics::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > *seeds.end() {
                        break;
                    }
                    if breaks(&Recipe::new(service(seed), seed, days), test, &certificates, &mut statistics) {
                        broken.lock().unwrap().push(seed);
                    }
                }
                total.lock().unwrap().add(statistics);
            });
        }
    });
    let (broken, total) = (broken.into_inner().unwrap(), total.into_inner().unwrap());
    total.print();
    assert!(broken.is_empty(), "{} seeds break an invariant: {broken:?}", broken.len());
    total
}

/// A matrix that leaves something out proves less than it says.
fn assert_nothing_is_left_out(total: &Statistics, faults: &[Fault]) {
    for Fault(name) in faults {
        assert!(total.faults(Side::Service, name) > 0, "{name}");
    }
    for transport in [Transport::HttpProtobuf, Transport::Grpc] {
        for fault in EndpointFault::all(transport, true) {
            assert!(total.faults(Side::Endpoint, fault.name()) > 0, "{}", fault.name());
        }
    }
    for outcome in
        ["delivered", "partially_accepted", "refused", "will_retry", "held", "expired", "deleted", "not_made"]
    {
        assert!(total.count(outcome) > 0, "{outcome}");
    }
    for what in [
        "calls of once",
        "mounts that vanished",
        "runs with a set install_guid",
        "ended by a signal",
        "ended where it stood",
        "a no",
        "steps of the clock",
        "state directories lost",
    ] {
        assert!(total.count(what) > 0, "{what}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let certificates = Certificates::new();
    for (service, seed) in [
        (ServiceKind::CompreFace, 2),
        (ServiceKind::CompreFace, 7),
        (ServiceKind::Frigate, 2),
        (ServiceKind::DocumentServer, 2),
        (ServiceKind::DocumentFile, 2),
    ] {
        let hash = || play(&Recipe::new(service, seed, 20), &certificates).hash();
        assert_eq!(hash(), hash(), "{service:?}, seed {seed}");
    }
}
