//! Kills at random moments of many days in a row, several a day, as a seed has them: at an operation on a file, at a request
//! to the service or to the endpoint, or after so many milliseconds.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::asked::{Asked, asked};
use crate::check;
use crate::faults::{FAULT_KINDS, FaultKind};
use crate::play::{must, run};
use crate::program::Running;
use crate::scene::{Scene, ServiceKind};
use crate::support::compreface::Door;
use crate::support::endpoint::Answer;
use crate::support::world::Seeded;

/// How a process ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// At an operation on a file.
    AtOperation(FaultKind, u64),
    /// Before this request to the service is answered.
    AtRequest(Door, u64),
    /// When a report is on its way; the endpoint has answered, or has not.
    AtDelivery { is_answered: bool },
    /// After so long, wherever it is then.
    After(Duration),
    /// When everything is done, without a signal that it could drain on.
    Idle,
}

const DOORS: [Door; 5] = [Door::Token, Door::Me, Door::Roles, Door::Applications, Door::Services];

/// No process has this number.
const NOBODY: u32 = 0;

fn end(random: &Seeded) -> End {
    let below = |limit: u64| random.next() % limit;
    match below(8) {
        0..=3 => {
            let killers: Vec<_> = FAULT_KINDS.into_iter().filter(|kind| kind.kills()).collect();
            End::AtOperation(killers[usize::try_from(below(killers.len() as u64)).unwrap()], 1 + below(140))
        }
        4 => End::AtRequest(DOORS[usize::try_from(below(DOORS.len() as u64)).unwrap()], 1 + below(2)),
        5 => End::AtDelivery { is_answered: below(2) == 0 },
        6 => End::After(Duration::from_millis(below(60))),
        _ => End::Idle,
    }
}

/// Starts a process and has it end like this, if it comes that far.
fn kill(scene: &mut Scene, command: &str, end: End) -> Result<(), String> {
    let process = Arc::new(AtomicU32::new(NOBODY));
    scene.endpoint.always(Answer::ok());
    match end {
        End::AtOperation(kind, nth) => scene.faults.prepare(kind, nth),
        End::AtRequest(door, nth) => {
            let process = Arc::clone(&process);
            scene.service.compreface().before(door, nth, move |_| kill_at_once(process.load(Ordering::SeqCst)));
        }
        End::AtDelivery { is_answered: false } => scene.endpoint.always(Answer::hang()),
        End::AtDelivery { .. } | End::After(_) | End::Idle => {}
    }
    let arrived = scene.endpoint.requests().len();
    let begun = Instant::now();
    let mut running = scene.call(&[command]).start();
    process.store(running.pid(), Ordering::SeqCst);
    let deadline = begun + Duration::from_secs(120);
    while running.is_running() {
        let is_time = match end {
            End::AtOperation(..) | End::AtRequest(..) => false,
            End::AtDelivery { .. } => scene.endpoint.requests().len() > arrived,
            End::After(time) => begun.elapsed() >= time,
            End::Idle => scene.is_delivered(),
        };
        // A sidecar that has nothing to do does not come to the moment that was meant.
        if is_time || is_idle(scene, &mut running) {
            running.signal("KILL");
        }
        if Instant::now() > deadline {
            return Err(format!("{command} came to nothing: {}", running.log()));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    process.store(NOBODY, Ordering::SeqCst);
    scene.faults.end();
    scene.endpoint.always(Answer::ok());
    match running.wait().0 {
        None => scene.kills += 1,
        Some(0) if !running.log().contains("panicked") => {}
        Some(exit) => return Err(format!("{command} ended with {exit}: {}", running.log())),
    }
    check::after_a_crash(scene, true)
}

fn kill_at_once(process: u32) {
    if process != NOBODY {
        Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
    }
}

/// Whether a sidecar is up and its next report is for another day.
fn is_idle(scene: &Scene, running: &mut Running) -> bool {
    let is_planned = |scene: &Scene| {
        let planned = scene.installation().and_then(|installation| installation.next_report_at);
        planned.is_some_and(|planned| planned > scene.now())
            && scene.waiting().is_some_and(|waiting| waiting.is_empty())
    };
    running.log().contains("telemetry=") && is_planned(scene)
}

/// So many days of one installation; gives how many processes were killed.
fn days(seed: u64, days: u32) -> Result<usize, String> {
    let random = Seeded::new(seed);
    let mut scene = Scene::new(ServiceKind::CompreFace);
    for day in 0..days {
        scene.next_day();
        if day == 0 {
            scene.begins();
        }
        for _ in 0..random.next() % 4 {
            let command = if random.next().is_multiple_of(3) { "once" } else { "run" };
            kill(&mut scene, command, end(&random))?;
            if day > 0 && random.next().is_multiple_of(2) {
                scene.somebody_is_born();
            }
        }
        // Each day has a report in the end, by the one command or the other.
        let is_planned = scene.installation().and_then(|installation| installation.next_report_at);
        if is_planned.is_some_and(|planned| planned <= scene.now()) && random.next().is_multiple_of(2) {
            run(&mut scene, None, |scene| scene.is_delivered())?;
        } else {
            must(&scene, &["once"], &[0])?;
        }
        scene.is_due();
    }
    scene.next_day();
    must(&scene, &["once"], &[0])?;
    scene.is_due();
    check::in_the_end(&scene)?;
    Ok(scene.kills)
}

#[test]
fn kills_at_random_moments_lose_nothing_and_invent_nothing() {
    let (seeds, length) = match asked() {
        Asked::Sample => (1..=2, 8),
        Asked::Every => (1..=100, 20),
        Asked::Each(stride) => (1..=(100 / stride).max(1), 20),
        Asked::Seed(seed) => (seed..=seed, 20),
        Asked::Case { .. } => return,
    };
    let mut kills = 0;
    let mut violations = Vec::new();
    for seed in seeds.clone() {
        match days(seed, length) {
            Ok(killed) => kills += killed,
            Err(violation) => {
                println!("seed {seed}: {violation}\n  again: CRASHES=seed:{seed} cargo test --test crash random");
                violations.push(seed);
            }
        }
    }
    println!("\n{kills} kills at random moments of {} installations, {length} days each", seeds.count());
    assert!(violations.is_empty(), "violations with the seeds {violations:?}");
    assert!(kills > 0, "nothing was killed");
}
