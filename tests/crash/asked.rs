//! What was asked for, by the variable CRASHES: nothing (a sample), `every`, `each:number` (one in
//! so many), `act:fault:operation`, or `seed:number`.

use crate::acts::Act;
use crate::faults::{FAULT_KINDS, FaultKind};
use crate::scene::ServiceKind;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// A sample that takes seconds.
    Sample,
    /// All of it.
    Every,
    /// One in so many.
    Each(u64),
    /// One case again.
    Case { service: ServiceKind, act: Act, kind: FaultKind, nth: u64 },
    /// One seed again.
    Seed(u64),
}

/// Every act with every service that it is played with.
pub(crate) fn plays() -> Vec<(ServiceKind, Act)> {
    let of = |service| Act::of(service).iter().map(move |act| (service, *act));
    ServiceKind::ALL.into_iter().flat_map(of).collect()
}

#[expect(clippy::disallowed_methods, reason = "how a person asks a test for one case again")]
pub(crate) fn asked() -> Asked {
    let Ok(text) = std::env::var("CRASHES") else { return Asked::Sample };
    let words: Vec<_> = text.split(':').collect();
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("CRASHES: {text} is no number"));
    match words[..] {
        ["every"] => Asked::Every,
        ["each", stride] => Asked::Each(number(stride).max(1)),
        ["seed", seed] => Asked::Seed(number(seed)),
        [name, kind, nth] => {
            let is_it = |(service, act): &(ServiceKind, Act)| format!("{}{}", service.prefix(), act.name()) == name;
            let (service, act) = plays().into_iter().find(is_it).expect("CRASHES: no such act");
            let kind = FAULT_KINDS.into_iter().find(|other| other.name == kind).expect("CRASHES: no such fault");
            Asked::Case { service, act, kind, nth: number(nth) }
        }
        _ => panic!("CRASHES is `every`, `each:number`, `act:fault:operation` or `seed:number`, not {text}"),
    }
}
