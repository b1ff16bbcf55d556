//! What each of them costs: to install, to start, at rest, at its peak, and each time it looks and reports.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use headcount::clock::{Clock as _, SystemClock};
use headcount::store::{Store, StoreError};

use crate::Options;
use crate::process;
use crate::program::Running;
use crate::sidecar::{Kind, Sidecar};
use crate::world::World;

/// As in the other figures: 50 users, 10 applications, 30 services.
const USERS: usize = 49;

/// What happens once costs the difference of a long run and a short one nothing.
const CYCLES: (usize, usize) = (2, 22);

/// As short as the Collector's receiver and the Python reader take, so that a run is short.
const CYCLE: Duration = Duration::from_secs(1);

/// How often it is started; medians are shown.
const TIMES: usize = 5;

/// Between two rounds of one at rest.
const REST: Duration = Duration::from_secs(20);

/// Longer than a run of any of them takes, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(900);

/// The table.
pub fn measure(options: &Options, world: &mut World) -> String {
    let mut table =
        "| | to install | memory at rest | at its peak | start | CPU of a cycle |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for kind in Kind::ALL {
        world.renew(USERS);
        let (installed, besides) = Sidecar::new(options, kind).installed();
        let (rest, peak) = memory(options, world, kind);
        let start = start(options, world, kind);
        let cycle = cycle(options, world, kind);
        let line = format!(
            "| {} | {:.1} MB{besides} | {rest:.1} MiB | {peak:.1} MiB | {start:.0} ms | {cycle:.1} ms |",
            kind.name(),
            installed as f64 / 1e6,
        );
        println!("{line}");
        writeln!(table, "{line}").unwrap();
    }
    table
}

/// At rest, and at the peak of two rounds, in MiB: of all its processes together.
fn memory(options: &Options, world: &World, kind: Kind) -> (f64, f64) {
    let mut sidecar = Sidecar::new(options, kind);
    let mut running = start_of(&mut sidecar, world, REST);
    let deadline = Instant::now() + PATIENCE;
    let before = world.received().len();
    let mut peak = 0;
    while world.received().len() < before + 2 - usize::from(kind == Kind::Headcount) {
        peak = peak.max(tree_kib(running.pid(), "VmRSS"));
        assert!(Instant::now() < deadline, "nothing came; the log:\n{}", running.log());
    }
    // The middle of the time between two rounds. headcount's threads for blocking work have ended then, too.
    sleep(REST / 2 + Duration::from_secs(5));
    let rest = tree_kib(running.pid(), "VmRSS");
    let peak = peak.max(process::memory_kib(running.pid(), "VmHWM").unwrap());
    let mib = |kib: u64| kib as f64 / 1024.0;
    running.signal("TERM");
    running.wait();
    (mib(rest), mib(peak))
}

fn start_of(sidecar: &mut Sidecar<'_>, world: &World, interval: Duration) -> Running {
    if sidecar.kind == Kind::Headcount {
        bring_report_forward(sidecar);
    }
    Running::of(sidecar.command(world, interval))
}

/// Its first report is due as soon as there is a baseline, where it would be an hour or more later.
fn bring_report_forward(sidecar: &Sidecar<'_>) {
    let store = Store::open(&sidecar.state()).unwrap();
    let due = Some(SystemClock.now().minus(Duration::from_secs(60)));
    store.write::<_, StoreError>(|writer| writer.set_next_report(due)).unwrap();
}

/// The memory of a process and all that come from it, together.
fn tree_kib(pid: u32, field: &str) -> u64 {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let Ok(child) = entry.unwrap().file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{child}/stat")) else { continue };
        let parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
        children.entry(parent).or_default().push(child);
    }
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(pid) = all.get(next) {
        all.extend(children.get(pid).cloned().unwrap_or_default());
        next += 1;
    }
    all.into_iter().filter_map(|pid| process::memory_kib(pid, field)).sum()
}

/// From exec until it first asks the service; of the Collector, until it says that it is ready. In milliseconds.
fn start(options: &Options, world: &World, kind: Kind) -> f64 {
    let taken = (0..TIMES).map(|_| {
        let sidecar = Sidecar::new(options, kind);
        let command = sidecar.command(world, REST);
        let (asked, begun) = (world.asked(), Instant::now());
        let mut running = Running::of(command);
        if kind == Kind::Collector {
            running.wait_for("Everything is ready");
        } else {
            while world.asked() == asked {
                assert!(begun.elapsed() < PATIENCE, "it never asked; the log:\n{}", running.log());
                sleep(Duration::from_micros(500));
            }
        }
        let taken = begun.elapsed().as_secs_f64() * 1000.0;
        running.signal("TERM");
        running.wait();
        taken
    });
    median(taken.collect())
}

/// The CPU time of one look at everything and one report of it, in milliseconds.
fn cycle(options: &Options, world: &World, kind: Kind) -> f64 {
    if kind == Kind::Headcount {
        return median((0..TIMES).map(|_| cycle_of_headcount(options, world)).collect());
    }
    let (short, long) = CYCLES;
    let used = |cycles| {
        let mut sidecar = Sidecar::new(options, kind);
        let before = process::cpu_seconds_of_children();
        let mut child = sidecar_alone(&mut sidecar, world).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let first = world.received().len();
        let deadline = Instant::now() + PATIENCE;
        while world.received().len() < first + cycles {
            assert!(Instant::now() < deadline, "{}: nothing came", kind.name());
            sleep(Duration::from_millis(5));
        }
        assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        child.wait().unwrap();
        process::cpu_seconds_of_children() - before
    };
    (used(long) - used(short)) * 1000.0 / (long - short) as f64
}

fn sidecar_alone(sidecar: &mut Sidecar<'_>, world: &World) -> std::process::Command {
    sidecar.command(world, CYCLE)
}

/// Its shortest interval is a minute, so one round of a process that runs is looked at: the second scrape and its report.
fn cycle_of_headcount(options: &Options, world: &World) -> f64 {
    let sidecar = Sidecar::new(options, Kind::Headcount);
    bring_report_forward(&sidecar);
    let mut running = Running::of(sidecar.command(world, REST));
    running.wait_for("baseline recorded");
    let before = process::scheduled_seconds(running.pid());
    running.wait_for("reports delivered");
    let used = process::scheduled_seconds(running.pid()) - before;
    running.signal("TERM");
    running.wait();
    used * 1000.0
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
