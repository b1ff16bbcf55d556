//! A fault at the n-th operation on a file, for every n, of every kind, in everything that an installation does.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use crate::acts::Act;
use crate::asked::{Asked, asked, plays};
use crate::case::{Case, play, play_in};
use crate::faults::{FAULT_KINDS, FaultKind};
use crate::scene::{Past, Scene, ServiceKind};

/// All cases are played in so many parts, each from all over the table: whoever looks on has soon seen something of all.
const PARTS: u64 = 10;

/// Where one case in so many is played, it is one in so many times as many with the services that are not CompreFace.
const OF_OTHERS: u64 = 3;

/// Every act has this many operations that any fault can happen to.
const AT_LEAST: u64 = 70;

/// What an act and a kind of fault came to.
struct Row {
    service: ServiceKind,
    act: Act,
    kind: FaultKind,
    /// The greatest number of operations that were seen.
    operations: u64,
    /// How many cases met their fault.
    met: u64,
    violations: u64,
}

/// Some of the cases of one row.
struct Job {
    row: usize,
    cases: Vec<u64>,
}

impl Row {
    /// Plays a case. False if there was no such operation any more.
    fn play(row: &Mutex<Self>, nth: u64, past: &Past) -> bool {
        let case = {
            let row = row.lock().unwrap();
            Case { service: row.service, act: row.act, kind: row.kind, nth }
        };
        let played = play(case, past);
        let mut row = row.lock().unwrap();
        match played {
            Ok((operations, is_met)) => {
                row.operations = row.operations.max(operations);
                row.met += u64::from(is_met);
                is_met
            }
            Err(violation) => {
                println!("{violation}\n  again: CRASHES={case} cargo test --test crash a_fault");
                row.violations += 1;
                true
            }
        }
    }
}

/// Plays what was asked for, on as many threads as there are processors.
fn rows(asked: Asked) -> Vec<Row> {
    let past = |(service, act): (ServiceKind, Act)| {
        act.past(service).unwrap_or_else(|failure| panic!("{}{}: {failure}", service.prefix(), act.name()))
    };
    let pasts: Vec<_> = plays().into_iter().map(past).collect();
    let row = |(service, act): (ServiceKind, Act), kind| {
        Mutex::new(Row { service, act, kind, operations: 0, met: 0, violations: 0 })
    };
    let rows: Vec<_> = plays().into_iter().flat_map(|play| FAULT_KINDS.map(|kind| row(play, kind))).collect();
    let jobs = jobs(asked, &rows);
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    scope(|threads| {
        for _ in 0..available_parallelism().map_or(1, Into::into) {
            threads.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let past = &pasts[job.row / FAULT_KINDS.len()];
                    let _ = job.cases.iter().all(|nth| Row::play(&rows[job.row], *nth, past));
                    if job.row + 1 == rows.len() {
                        let met: u64 = rows.iter().map(|row| row.lock().unwrap().met).sum();
                        println!("{met} faults were met after {:?}", begun.elapsed());
                    }
                }
            });
        }
    });
    rows.into_iter().map(|row| row.into_inner().unwrap()).collect()
}

/// A row's cases end where there is no such operation any more.
fn jobs(asked: Asked, of: &[Mutex<Row>]) -> Vec<Job> {
    const NO_END: u64 = 10_000;
    let each = |first: u64, stride: u64| (first..NO_END).step_by(stride.try_into().unwrap()).collect();
    let rows = 0..of.len();
    let is_compreface = |row: usize| of[row].lock().unwrap().service == ServiceKind::CompreFace;
    match asked {
        Asked::Every => {
            (1..=PARTS).flat_map(|part| rows.clone().map(move |row| Job { row, cases: each(part, PARTS) })).collect()
        }
        // What comes after a scrape is the same with every service, so that fewer of their cases are a sample.
        Asked::Each(stride) => rows
            .map(|row| {
                let stride = if is_compreface(row) { stride } else { OF_OTHERS * stride };
                Job { row, cases: each(1 + row as u64 * 7 % stride, stride) }
            })
            .collect(),
        _ => rows.map(|row| Job { row, cases: vec![1 + row as u64 * 29 % AT_LEAST] }).collect(),
    }
}

fn judge(rows: &[Row]) {
    println!("\n| act | fault | operations | met | violations |\n|---|---|---|---|---|");
    for Row { service, act, kind, operations, met, violations } in rows {
        println!("| {}{} | {} | {operations} | {met} | {violations} |", service.prefix(), act.name(), kind.name);
    }
    let met: u64 = rows.iter().map(|row| row.met).sum();
    let killed: u64 = rows.iter().filter(|row| row.kind.kills()).map(|row| row.met).sum();
    println!("\n{met} faults, {killed} of them kills and power cuts");
    let violations: u64 = rows.iter().map(|row| row.violations).sum();
    assert_eq!(violations, 0, "what was violated is said above");
    assert!(met > 0, "no fault was met");
}

#[test]
fn a_fault_at_any_operation_loses_nothing_and_invents_nothing() {
    match asked() {
        Asked::Case { service, act, kind, nth } => {
            let _ = play(Case { service, act, kind, nth }, &act.past(service).unwrap()).unwrap();
        }
        Asked::Seed(_) => {}
        asked => judge(&rows(asked)),
    }
}

/// A disk that says it has written what it has not is not what the store is made for: here it shows that a power cut does
/// lose what was not synced, and that such a loss is noticed.
#[test]
fn a_power_cut_after_syncs_that_did_nothing_is_found_to_lose_reports() {
    let power_cut = FAULT_KINDS.into_iter().find(|kind| kind.name == "power-cut").unwrap();
    let past = Act::Counted.past(ServiceKind::CompreFace).unwrap();
    let lost = |nth: &u64| {
        let mut scene = Scene::after(&past);
        scene.faults.lie();
        let case = Case { service: ServiceKind::CompreFace, act: Act::Counted, kind: power_cut, nth: *nth };
        play_in(&mut scene, case).is_err_and(|violation| violation.contains("TwoVersions"))
    };
    assert!((70..=100).rev().any(|nth| lost(&nth)), "no lost report was noticed");
}
