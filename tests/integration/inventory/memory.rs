//! Memory does not grow with the document. Invariant 9. benches/figures has the figures of 1,000,000 users.

use std::io::BufWriter;

use super::Peers;
use crate::program::Program;
use crate::support::inventory::write_document;

/// The peak of a process that has stored its baseline, in KiB.
fn peak_kib(program: &Program) -> u64 {
    let mut running = program.clone().env("HEADCOUNT_OTLP_ENDPOINT", "http://127.0.0.1:9").start();
    running.wait_for("baseline recorded");
    running.memory_kib("VmHWM")
}

/// What the pages of the staging file and the buffers may add.
const GROWTH_KIB: u64 = 2048;
const FEW: u64 = 20_000;
const MANY: u64 = 200_000;

#[test]
fn memory_is_the_same_for_ten_times_the_users() {
    let peak = |users| {
        let peers = Peers::start();
        peers.server.answer_users(users);
        peak_kib(&peers.call(&["run"]))
    };
    let (few, many) = (peak(FEW), peak(MANY));
    assert!(many < few + GROWTH_KIB, "{many} KiB for {MANY} users, {few} KiB for {FEW}");
}

#[test]
fn memory_is_the_same_for_a_file_ten_times_as_long() {
    let peak = |users| {
        let peers = Peers::start();
        let program = peers.call_with_file(&["run"], "");
        let file = std::fs::File::create(peers.path("inventory.json")).unwrap();
        write_document(BufWriter::new(file), users).unwrap();
        peak_kib(&program)
    };
    let (few, many) = (peak(FEW), peak(MANY));
    assert!(many < few + GROWTH_KIB, "{many} KiB for {MANY} users, {few} KiB for {FEW}");
}
