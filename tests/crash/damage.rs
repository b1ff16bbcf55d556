//! A file that a bad disk, or a copy that was cut short, left damaged: the database or its log is cut off anywhere, or its last
//! page is garbage. What comes of it is what was there before, or a refusal that says what to do; never other numbers.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

use crate::acts::Act;
use crate::asked::{Asked, asked};
use crate::check;
use crate::play::must;
use crate::scene::{Past, Scene, ServiceKind};

const PAGE: u64 = 4096;

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// It ends here.
    CutTo(u64),
    /// From here to its end every byte is this one.
    FilledFrom(u64, u8),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It went on from what was there before.
    Recovered,
    /// It said that the store is damaged, and what to do.
    Refused,
    /// Nothing was left, and it began anew.
    BeganAnew,
}

/// A store whose log holds the last report and that it was delivered, as a killed sidecar leaves it.
fn with_a_log() -> Past {
    let mut scene = Scene::after(&Act::Run.past(ServiceKind::CompreFace).unwrap());
    let mut running = scene.call(&["run"]).start();
    crate::program::eventually("the delivery", || scene.is_delivered());
    running.signal("KILL");
    running.wait();
    scene.is_due();
    scene.past()
}

fn damages(length: u64) -> Vec<Damage> {
    let from_the_end = [1, 7, 24, 511, 512, 2048, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, length / 2 + 1];
    let cuts = [0, 1, 17, 31, 33, 99, 1000, PAGE, PAGE + 25].into_iter();
    let cuts = cuts.chain(from_the_end.into_iter().map(|less| length.saturating_sub(less)));
    let filled = [1, 8, 512, 2048, PAGE]
        .into_iter()
        .flat_map(|last| [0, 0xA5, 0xFF].map(|byte| Damage::FilledFrom(length - last, byte)));
    cuts.filter(|cut| *cut < length).map(Damage::CutTo).chain(filled).collect()
}

fn damage(scene: &Scene, name: &str, damage: Damage) {
    let file = OpenOptions::new().write(true).open(scene.state().join(name)).unwrap();
    match damage {
        Damage::CutTo(length) => file.set_len(length).unwrap(),
        Damage::FilledFrom(from, byte) => {
            let length = usize::try_from(file.metadata().unwrap().len() - from).unwrap();
            file.write_all_at(&vec![byte; length], from).unwrap();
        }
    }
}

/// The installation goes on with the damaged file. Whatever it says, it says it without other numbers.
fn go_on(scene: &mut Scene) -> Result<End, String> {
    // What the damage took may be reported once more, byte for byte, or be lost.
    scene.truth.due.clear();
    must(scene, &["status"], &[0, 5])?;
    let output = scene.call(&["once"]).output();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let end = match output.status.code() {
        Some(0) => match scene.installation().and_then(|installation| installation.start) {
            Some(start) if start == scene.now().hour() => End::BeganAnew,
            _ => End::Recovered,
        },
        Some(5) if said.contains("headcount erase") => {
            must(scene, &["erase", "--yes"], &[0])?;
            End::Refused
        }
        _ => return Err(format!("`once` ended with {}: {said}", output.status)),
    };
    if end == End::BeganAnew {
        scene.begins();
    }
    for day in 0..2 {
        scene.next_day();
        if end == End::Refused && day == 0 {
            scene.begins();
        }
        must(scene, &["once"], &[0])?;
        scene.is_due();
    }
    check::in_the_end(scene)?;
    Ok(end)
}

#[test]
fn a_damaged_file_is_mended_or_refused_and_never_makes_other_numbers() {
    let stride = match asked() {
        Asked::Sample => 5,
        Asked::Every | Asked::Each(_) => 1,
        Asked::Case { .. } | Asked::Seed(_) => return,
    };
    let past = with_a_log();
    let mut ends = Vec::new();
    for name in ["headcount.db", "headcount.db-wal"] {
        let length = fs::metadata(Scene::after(&past).state().join(name)).unwrap().len();
        assert!(length > 2 * PAGE, "{name} has {length} bytes");
        for what in damages(length).into_iter().step_by(stride) {
            let mut scene = Scene::after(&past);
            damage(&scene, name, what);
            match go_on(&mut scene) {
                Ok(end) => ends.push(end),
                Err(violation) => panic!("{name} of {length} bytes, {what:?}: {violation}"),
            }
        }
    }
    for end in [End::Recovered, End::Refused, End::BeganAnew] {
        println!("{} damaged files: {end:?}", ends.iter().filter(|other| **other == end).count());
    }
    for end in [End::Recovered, End::Refused] {
        assert!(ends.contains(&end), "none was {end:?}");
    }
}
