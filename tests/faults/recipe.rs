//! What a seed stands for: the protocol, the settings, the pace of sleep, and which pairs of faults meet.

use std::time::Duration;

use headcount::config::Transport;

use crate::endpoint_faults::EndpointFault;
use crate::service_faults::ServiceFault;
use crate::support::world::Seeded;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// So many seeds in a row meet every pair of faults over every protocol.
pub(crate) const SEEDS: u64 = 100;

/// What a run is made of.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) seed: u64,
    /// So long, in simulated days.
    pub(crate) days: u64,
    pub(crate) transport: Transport,
    pub(crate) is_tls: bool,
    pub(crate) gzip: bool,
    pub(crate) keep: Duration,
    pub(crate) scrape_interval: Duration,
    /// Awake for so long, asleep for so long, and so on. Never asleep if zero.
    pub(crate) awake: Duration,
    pub(crate) asleep: Duration,
    /// The pairs of faults that meet, one after another.
    pub(crate) pairs: Vec<(ServiceFault, EndpointFault)>,
}

impl Recipe {
    /// The run of this seed over so many days.
    pub(crate) fn new(seed: u64, days: u64) -> Self {
        let random = Seeded::new(seed);
        let protocol = seed % 4;
        let transport = if protocol < 2 { Transport::HttpProtobuf } else { Transport::Grpc };
        // A machine that sleeps most of its time costs less to simulate; every tenth one never does.
        let always_awake = seed.is_multiple_of(10) && days > SHORT;
        let asleep = if always_awake { Duration::ZERO } else { random.between(4 * HOUR, 7 * HOUR) };
        Self {
            seed,
            days,
            transport,
            is_tls: protocol % 2 == 1,
            gzip: random.percent(30),
            keep: random.pick(&[DAY, 2 * DAY, 5 * DAY, 30 * DAY]),
            scrape_interval: random.pick(&[6 * HOUR, 12 * HOUR]),
            awake: random.between(8 * MINUTE, 16 * MINUTE),
            asleep,
            pairs: pairs(seed, transport, days),
        }
    }

    /// So much time belongs to each pair of faults; the last days are calm.
    pub(crate) fn window(&self) -> Duration {
        (DAY * u32::try_from(self.days).unwrap() - CALM) / u32::try_from(self.pairs.len()).unwrap()
    }

    /// The protocol, in a word.
    pub(crate) fn protocol(&self) -> &'static str {
        match (self.transport, self.is_tls) {
            (Transport::HttpProtobuf, false) => "HTTP",
            (Transport::HttpProtobuf, true) => "HTTP with TLS",
            (Transport::Grpc, false) => "gRPC",
            (Transport::Grpc, true) => "gRPC with TLS",
        }
    }
}

/// The runs of `cargo test` are this long, in days.
pub(crate) const SHORT: u64 = 14;
/// Runs of two months have time for all the pairs that fall to them.
pub(crate) const LONG: u64 = 60;
/// Nothing is wrong in the last days, in which everything must come right.
pub(crate) const CALM: Duration = Duration::from_secs(3 * 24 * 3600);

/// The seed's part of all pairs. Seeds with the same protocol share them out among themselves.
fn pairs(seed: u64, transport: Transport, days: u64) -> Vec<(ServiceFault, EndpointFault)> {
    let (service, endpoint) = (ServiceFault::all(), EndpointFault::all(transport));
    let all = service.len() * endpoint.len();
    let sharing = usize::try_from(SEEDS / 4).unwrap();
    // A day and a half for each pair, if there is time for all that fall to the seed.
    let each = all.div_ceil(sharing).min(usize::try_from(2 * (days - CALM.as_secs() / 86_400) / 3).unwrap());
    let turn = usize::try_from(seed / 4).unwrap();
    // A step that shares no factor with the number of pairs meets them all, and neighbours are unlike each other.
    let step = (all * 618 / 1000..).find(|step| greatest_common_divisor(*step, all) == 1).unwrap();
    let numbers = (turn * each..(turn + 1) * each).map(|number| number * step % all);
    numbers.map(|number| (service[number % service.len()], endpoint[number / service.len()])).collect()
}

fn greatest_common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

#[test]
fn a_hundred_seeds_of_two_months_meet_every_pair_of_faults_over_every_protocol() {
    use std::collections::BTreeSet;
    let recipes: Vec<_> = (1..=SEEDS).map(|seed| Recipe::new(seed, LONG)).collect();
    for protocol in ["HTTP", "HTTP with TLS", "gRPC", "gRPC with TLS"] {
        let of_it: Vec<_> = recipes.iter().filter(|recipe| recipe.protocol() == protocol).collect();
        let met: BTreeSet<_> = of_it.iter().flat_map(|recipe| recipe.pairs.iter().copied()).collect();
        let endpoint = EndpointFault::all(of_it[0].transport);
        assert_eq!(met.len(), ServiceFault::all().len() * endpoint.len(), "{protocol}");
    }
}
