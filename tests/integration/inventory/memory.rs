//! Memory does not grow with the document. Invariant 9. benches/figures has the figures of 1,000,000 users.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::Duration;

use super::Peers;
use crate::program::Program;
use crate::support::inventory::write_document;

/// What the pages of the staging file and the buffers may add. Hashes that were kept would add three times as much.
const GROWTH_KIB: u64 = 1024;
const FEW: u64 = 20_000;
const MANY: u64 = 420_000;

/// The peak of a process until now, in KiB; none if it has ended.
fn peak_now(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The peak of a process that has stored its baseline.
fn peak_of_run(program: &Program) -> u64 {
    let mut running = program.clone().env("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1:9").start();
    running.wait_for("baseline recorded");
    peak_now(running.pid()).unwrap()
}

/// The peak of a process that succeeds.
#[expect(clippy::disallowed_methods, reason = "a process is looked at from outside")]
fn peak_until_the_end(program: &Program) -> u64 {
    let mut running = program.start();
    let mut peak = 0;
    while running.is_running() {
        peak = peak_now(running.pid()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(running.wait().0, Some(0), "{}", running.log());
    peak
}

fn assert_flat(peak: impl Fn(u64) -> u64) {
    let (few, many) = (peak(FEW), peak(MANY));
    assert!(many < few + GROWTH_KIB, "{many} KiB for {MANY}, {few} KiB for {FEW}");
}

#[test]
fn memory_is_the_same_for_twenty_times_the_users() {
    assert_flat(|users| {
        let peers = Peers::start();
        peers.server.answer_users(users);
        peak_of_run(&peers.call(&["run"]))
    });
}

#[test]
fn memory_of_a_check_is_the_same_for_a_file_of_twenty_times_the_users() {
    assert_flat(|users| {
        let peers = Peers::start();
        let check = peers.call_with_file(&["check"], "");
        let file = File::create(peers.path("inventory.json")).unwrap();
        write_document(BufWriter::new(file), users).unwrap();
        peak_until_the_end(&check)
    });
}

/// A picture, such as one in an unknown member, is skipped while it arrives.
#[test]
fn memory_is_the_same_for_a_string_of_twenty_times_the_length() {
    assert_flat(|hundreds| {
        let peers = Peers::start();
        let check = peers.call_with_file(&["check"], "");
        let mut file = BufWriter::new(File::create(peers.path("inventory.json")).unwrap());
        file.write_all(br#"{"inventory":1,"users":[],"applications":[],"services":[],"picture":""#).unwrap();
        (0..hundreds).for_each(|_| file.write_all(&[b'A'; 40]).unwrap());
        file.write_all(br#""}"#).unwrap();
        drop(file);
        peak_until_the_end(&check)
    });
}
