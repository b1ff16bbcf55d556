//! What a seed stands for: the protocol, the settings, the pace of sleep, and which pairs of faults meet.

use std::time::Duration;

use headcount::config::Transport;
use headcount::model::InstallGuid;

use crate::endpoint_faults::EndpointFault;
use crate::service::{Fault, ServiceKind};
use crate::support::compreface::Version;
use crate::support::world::Seeded;
use crate::usage::{self, Usage, Window};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// So many seeds are played by the tests, and meet every setting over every protocol.
pub(crate) const SEEDS: u64 = 100;
/// So many of every other service, which differs in how it is read alone.
pub(crate) const SEEDS_OF_ANOTHER: u64 = 20;
/// So many seeds in a row meet every pair of faults over every protocol.
const SEEDS_OF_ALL_PAIRS: u64 = 350;

/// So many protocols there are.
const OF_PROTOCOLS: u64 = 7;
/// The protocols, each with TLS or without and with a proxy on the way or without.
const PROTOCOLS: [Protocol; 7] = [
    Protocol { name: "HTTP", transport: Transport::HttpProtobuf, is_tls: false, is_proxied: false },
    Protocol { name: "HTTP with TLS", transport: Transport::HttpProtobuf, is_tls: true, is_proxied: false },
    Protocol { name: "gRPC", transport: Transport::Grpc, is_tls: false, is_proxied: false },
    Protocol { name: "gRPC with TLS", transport: Transport::Grpc, is_tls: true, is_proxied: false },
    Protocol { name: "HTTP by a proxy", transport: Transport::HttpProtobuf, is_tls: false, is_proxied: true },
    Protocol { name: "HTTP with TLS by a proxy", transport: Transport::HttpProtobuf, is_tls: true, is_proxied: true },
    Protocol { name: "gRPC with TLS by a proxy", transport: Transport::Grpc, is_tls: true, is_proxied: true },
];

/// How the endpoint is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) name: &'static str,
    pub(crate) transport: Transport,
    pub(crate) is_tls: bool,
    pub(crate) is_proxied: bool,
}

/// What a run is made of.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    /// Which service is read.
    pub(crate) service: ServiceKind,
    pub(crate) seed: u64,
    /// So long, in simulated days.
    pub(crate) days: u64,
    pub(crate) protocol: Protocol,
    pub(crate) gzip: bool,
    /// Which release CompreFace is: the latest, or the oldest that is read.
    pub(crate) version: Version,
    /// Whether the service is reached by TLS.
    pub(crate) is_service_tls: bool,
    pub(crate) keep: Duration,
    pub(crate) scrape_interval: Duration,
    /// Awake for so long, asleep for so long, and so on. Never asleep if zero.
    pub(crate) awake: Duration,
    pub(crate) asleep: Duration,
    /// The part of the day in which reports may be sent, if the operator set one.
    pub(crate) report_window: Option<Window>,
    /// Which of the program's two ways of working are used.
    pub(crate) usage: Usage,
    /// Whether the mount of the state directory vanishes now and then.
    pub(crate) mount_vanishes: bool,
    /// The install_guid that the operator set, which changes later; none if the operator never sets one.
    pub(crate) install_guid: Option<InstallGuid>,
    /// After the pairs, nothing is delivered for so long, for this reason.
    pub(crate) outage: Option<(EndpointFault, Duration)>,
    /// The pairs of faults that meet, one after another.
    pub(crate) pairs: Vec<(Fault, EndpointFault)>,
}

impl Recipe {
    /// The run of this seed with this service over so many days.
    pub(crate) fn new(service: ServiceKind, seed: u64, days: u64) -> Self {
        let random = Seeded::new(seed);
        let protocol = PROTOCOLS[usize::try_from(seed % OF_PROTOCOLS).unwrap()];
        // A machine that sleeps most of its time costs less to simulate; every tenth one never does.
        let always_awake = seed.is_multiple_of(10) && days > SHORT;
        let asleep = if always_awake { Duration::ZERO } else { random.between(4 * HOUR, 7 * HOUR) };
        Self {
            service,
            seed,
            days,
            protocol,
            gzip: random.percent(30),
            keep: random.pick(&[DAY, 2 * DAY, 5 * DAY, 30 * DAY]),
            scrape_interval: random.pick(&[6 * HOUR, 12 * HOUR]),
            awake: random.between(8 * MINUTE, 16 * MINUTE),
            asleep,
            report_window: usage::draw_window(&random),
            version: if random.percent(30) { Version::V1_1 } else { Version::V1_2 },
            is_service_tls: random.percent(30),
            usage: usage::draw_usage(seed / OF_PROTOCOLS, &random),
            install_guid: random.percent(30).then(|| usage::draw_install_guid(&random)),
            mount_vanishes: random.percent(30),
            outage: (days >= LONG && random.percent(20)).then(|| usage::draw_outage(&random)),
            pairs: pairs(service, seed, protocol, days),
        }
    }

    /// So much time belongs to each pair of faults.
    pub(crate) fn each(&self) -> Duration {
        self.pairs_end() / u32::try_from(self.pairs.len()).unwrap()
    }

    /// When the last pair of faults ends, and the outage begins, if there is one.
    pub(crate) fn pairs_end(&self) -> Duration {
        DAY * u32::try_from(self.days).unwrap() - CALM
    }

    /// How long all of it lasts, in days.
    pub(crate) fn whole_days(&self) -> u64 {
        (self.calm_begins() + CALM).as_secs() / DAY.as_secs()
    }

    /// When the calm days begin.
    pub(crate) fn calm_begins(&self) -> Duration {
        self.pairs_end() + self.outage.map_or(Duration::ZERO, |(_, lasts)| lasts)
    }
}

/// The runs of `cargo test` are this long, in days.
pub(crate) const SHORT: u64 = 14;
/// Runs of two months have time for all the pairs that fall to them.
pub(crate) const LONG: u64 = 60;
/// Nothing is wrong in the last days, in which everything must come right.
pub(crate) const CALM: Duration = Duration::from_secs(3 * 24 * 3600);

/// The seed's part of all pairs. Seeds with the same protocol share them out among themselves.
fn pairs(service: ServiceKind, seed: u64, protocol: Protocol, days: u64) -> Vec<(Fault, EndpointFault)> {
    let (service, endpoint) = (service.faults(), EndpointFault::all(protocol.transport, protocol.is_proxied));
    let all = service.len() * endpoint.len();
    let sharing = usize::try_from(SEEDS_OF_ALL_PAIRS / OF_PROTOCOLS).unwrap();
    // A day and two fifths for each pair, if there is time for all that fall to the seed.
    let each = all.div_ceil(sharing).min(usize::try_from(5 * (days - CALM.as_secs() / 86_400) / 7).unwrap());
    let turn = usize::try_from(seed / OF_PROTOCOLS).unwrap();
    // A step that shares no factor with the number of pairs meets them all, and neighbours are unlike each other.
    let step = (all * 618 / 1000..).find(|step| greatest_common_divisor(*step, all) == 1).unwrap();
    let numbers = (turn * each..(turn + 1) * each).map(|number| number * step % all);
    numbers.map(|number| (service[number % service.len()], endpoint[number / service.len()])).collect()
}

fn greatest_common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

#[test]
fn seeds_of_two_months_meet_every_pair_of_faults_over_every_protocol() {
    use std::collections::BTreeSet;
    for service in ServiceKind::ALL {
        let recipes: Vec<_> = (1..=SEEDS_OF_ALL_PAIRS).map(|seed| Recipe::new(service, seed, LONG)).collect();
        for protocol in PROTOCOLS {
            let of_it = recipes.iter().filter(|recipe| recipe.protocol == protocol);
            let met: BTreeSet<_> = of_it.flat_map(|recipe| recipe.pairs.iter().copied()).collect();
            let endpoint = EndpointFault::all(protocol.transport, protocol.is_proxied);
            assert_eq!(met.len(), service.faults().len() * endpoint.len(), "{service:?}, {protocol:?}");
        }
    }
}

#[test]
fn a_hundred_seeds_of_two_months_meet_every_setting_over_every_protocol() {
    let recipes: Vec<_> = (1..=SEEDS).map(|seed| Recipe::new(ServiceKind::CompreFace, seed, LONG)).collect();
    type IsMet = fn(&Recipe) -> bool;
    let settings: [(&str, IsMet); 12] = [
        ("CompreFace 1.1", |recipe| recipe.version == Version::V1_1),
        ("CompreFace 1.2", |recipe| recipe.version == Version::V1_2),
        ("the service by TLS", |recipe| recipe.is_service_tls),
        ("the service without TLS", |recipe| !recipe.is_service_tls),
        ("no report window", |recipe| recipe.report_window.is_none()),
        ("a report window", |recipe| recipe.report_window.is_some()),
        ("run alone", |recipe| recipe.usage == Usage::Run),
        ("once between runs", |recipe| recipe.usage == Usage::RunAndOnce),
        ("once alone", |recipe| matches!(recipe.usage, Usage::Once { .. })),
        ("an install_guid", |recipe| recipe.install_guid.is_some()),
        ("a mount that vanishes", |recipe| recipe.mount_vanishes),
        ("an outage of a month", |recipe| recipe.outage.is_some_and(|(_, lasts)| lasts > 30 * DAY)),
    ];
    for protocol in PROTOCOLS {
        for (setting, is_met) in settings {
            assert!(
                recipes.iter().any(|recipe| recipe.protocol == protocol && is_met(recipe)),
                "{setting} over {protocol:?}"
            );
        }
    }
}
