//! What is to happen in a run, and when: drawn before it begins.

use std::time::Duration;

use crate::endpoint_faults::EndpointFault;
use headcount::model::InstallGuid;

use crate::recipe::{CALM, DAY, HOUR, MINUTE, Recipe};
use crate::service::Fault;
use crate::support::world::Seeded;
use crate::usage::{self, Usage};

/// Something to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    ServiceFault(Fault, bool),
    EndpointFault(EndpointFault, bool),
    /// The service comes up or goes down within a fault.
    ServiceUp(bool),
    /// People create and delete.
    Life,
    /// The agent ends, by a signal or where it stands.
    End {
        number: usize,
        by_signal: bool,
    },
    /// It is started again, if it is that end that lasts.
    Start {
        number: usize,
    },
    /// `once` is called, if nothing else runs.
    Once,
    /// The state directory is emptied between two processes.
    LoseStore,
    /// The mount of the state directory vanishes under the agent.
    Unmount {
        number: usize,
    },
    /// It is back, if it is that time that lasts.
    Mount {
        number: usize,
    },
    /// The operator sets another install_guid, or none, between two processes.
    Identify(Option<InstallGuid>),
    /// The consent file says something else.
    Take {
        number: usize,
        no: bool,
    },
    /// It says yes again, if it is that silence that lasts.
    Give {
        number: usize,
    },
    /// The consent file is without a yes for some seconds.
    Blink(Duration),
    /// The wall clock is set by so many seconds.
    Step {
        number: usize,
        seconds: i64,
    },
    /// It is set right, if it is that step that lasts.
    SetRight {
        number: usize,
    },
}

/// Everything, in its order, up to the calm days.
pub(crate) fn draw(recipe: &Recipe, random: &Seeded) -> Vec<(Duration, Action)> {
    let each = recipe.each();
    let mut plan = Vec::new();
    for (number, (service, endpoint)) in recipe.pairs.iter().enumerate() {
        let from = each * u32::try_from(number).unwrap();
        let within = |least: u32, most: u32| from + random.between(each * least / 100, each * most / 100);
        let ([begins, ends], [endpoint_begins, endpoint_ends]) =
            ([within(0, 20), within(60, 95)], [within(0, 20), within(60, 98)]);
        plan.push((begins, Action::ServiceFault(*service, true)));
        plan.push((ends, Action::ServiceFault(*service, false)));
        plan.push((endpoint_begins, Action::EndpointFault(*endpoint, true)));
        plan.push((endpoint_ends, Action::EndpointFault(*endpoint, false)));
        if service.restarts() {
            restarts(&mut plan, random, begins, ends);
        }
        for _ in 0..3 + random.below(3) {
            plan.push((within(0, 99), Action::Life));
        }
        for (after, action) in operators(number, recipe, random) {
            plan.push((within(0, 90), action));
            for (after, action) in after {
                let at = plan[plan.len() - 1].0 + after;
                plan.push((at, action));
            }
        }
    }
    let is_kept = |action: &Action| matches!(action, Action::Mount { .. });
    plan.retain(|(at, action)| *at < recipe.pairs_end() || is_kept(action) && *at < recipe.calm_begins());
    outage(&mut plan, recipe, random);
    plan.extend(calls(recipe, random, Duration::ZERO, recipe.calm_begins()));
    plan.sort_by_key(|(at, _)| *at);
    plan
}

/// Calls of `once` where nothing else is used, during the calm days.
pub(crate) fn draw_calm(recipe: &Recipe, random: &Seeded, from: Duration) -> Vec<(Duration, Action)> {
    calls(recipe, random, from, from + CALM)
}

/// `once`, called at times that differ by a minute or so, as a CronJob's do.
fn calls(recipe: &Recipe, random: &Seeded, from: Duration, until: Duration) -> Vec<(Duration, Action)> {
    let Usage::Once { every } = recipe.usage else { return Vec::new() };
    let times = std::iter::successors(Some(from), |at| Some(*at + every)).take_while(|at| *at < until);
    times.map(|at| (at + random.between(Duration::ZERO, MINUTE), Action::Once)).collect()
}

/// The outage after the pairs, in which people and machines do what they always do.
fn outage(plan: &mut Vec<(Duration, Action)>, recipe: &Recipe, random: &Seeded) {
    let Some((fault, lasts)) = recipe.outage else { return };
    let from = recipe.pairs_end();
    plan.push((from, Action::EndpointFault(fault, true)));
    for day in 0..lasts.as_secs() / DAY.as_secs() {
        let number = recipe.pairs.len() + usize::try_from(day).unwrap();
        let at = from + DAY * u32::try_from(day).unwrap() + random.between(HOUR, 20 * HOUR);
        plan.push((at, Action::Life));
        if random.percent(10) {
            plan.push((at, Action::End { number, by_signal: random.percent(50) }));
            plan.push((at + random.between(MINUTE, 3 * HOUR), Action::Start { number }));
        }
    }
}

fn restarts(plan: &mut Vec<(Duration, Action)>, random: &Seeded, begins: Duration, ends: Duration) {
    let mut at = begins;
    let mut is_up = false;
    loop {
        at += random.between(MINUTE, HOUR);
        if at >= ends {
            break;
        }
        is_up = !is_up;
        plan.push((at, Action::ServiceUp(is_up)));
    }
}

/// What follows an action, and how long after it.
type Then = Vec<(Duration, Action)>;

/// What operators and machines do besides.
fn operators(number: usize, recipe: &Recipe, random: &Seeded) -> Vec<(Then, Action)> {
    let mut actions = Vec::new();
    if random.percent(40) {
        let after = random.between(Duration::from_secs(1), 3 * HOUR);
        let mut then = vec![(after, Action::Start { number })];
        if recipe.usage == Usage::RunAndOnce {
            then.push((random.between(Duration::ZERO, after), Action::Once));
        }
        actions.push((then, Action::End { number, by_signal: random.percent(50) }));
    }
    if random.percent(10) {
        actions.push((Vec::new(), Action::Blink(random.between(Duration::from_secs(5), Duration::from_secs(40)))));
    }
    if random.percent(20) {
        let most = random.pick(&[2 * HOUR, DAY]);
        let lasts = random.between(5 * MINUTE, most);
        actions.push((vec![(lasts, Action::Give { number })], Action::Take { number, no: random.percent(25) }));
    }
    if random.percent(15) {
        let lasts = random.between(10 * MINUTE, 10 * HOUR);
        actions.push((vec![(lasts, Action::SetRight { number })], Action::Step { number, seconds: step(random) }));
    }
    if random.percent(3) {
        actions.push((Vec::new(), Action::LoseStore));
    }
    if recipe.mount_vanishes && random.percent(15) {
        let after = random.between(5 * MINUTE, 10 * HOUR);
        actions.push((vec![(after, Action::Mount { number })], Action::Unmount { number }));
    }
    if recipe.install_guid.is_some() && random.percent(20) {
        let wanted = random.percent(70).then(|| usage::draw_install_guid(random));
        actions.push((Vec::new(), Action::Identify(wanted)));
    }
    actions
}

/// By how much a clock may be wrong: it is wrong into the past by more than into the future, since a report that was made
/// in the future is the last one until then.
fn step(random: &Seeded) -> i64 {
    let up_to = |seconds: usize| i64::try_from(random.below(seconds)).unwrap();
    match random.below(4) {
        0 => up_to(180) - 90,
        1 => up_to(6000) - 3000,
        2 => up_to(10 * 3600) - 5 * 3600,
        _ => -up_to(3 * 86_400),
    }
}
