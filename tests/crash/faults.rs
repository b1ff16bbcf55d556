//! What the tests tell the preloaded library (`faults.c`, `power.c`), and hear from it: which fault, at which operation, and
//! what time it is.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::SystemTime;

use crate::program::Program;
use headcount::clock::Timestamp;

/// What may happen to an operation on a file. The numbers are those of `faults.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is killed before it.
    KillBefore = 1,
    /// The process is killed after it.
    KillAfter = 2,
    /// The process is killed when half of the bytes are written.
    Torn = 3,
    /// The power fails: nothing that was not synced is on the disk.
    Power = 4,
    /// The power fails: of what was not synced, some sectors are on the disk and some are not.
    PowerSome = 5,
    /// The disk reports an I/O error, of reads too.
    IoError = 6,
    /// The disk is full.
    Full = 7,
    /// The file system is read-only.
    ReadOnly = 8,
}

/// A fault and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FaultKind {
    /// What it is called, here and on the command line.
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    /// Whether all operations that follow meet it too.
    pub(crate) lasts: bool,
}

/// Every kind, those that end the process first.
pub(crate) const FAULT_KINDS: [FaultKind; 10] = [
    FaultKind { name: "kill-before", fault: Fault::KillBefore, lasts: false },
    FaultKind { name: "kill-after", fault: Fault::KillAfter, lasts: false },
    FaultKind { name: "torn-write", fault: Fault::Torn, lasts: false },
    FaultKind { name: "power-cut", fault: Fault::Power, lasts: false },
    FaultKind { name: "power-cut-some", fault: Fault::PowerSome, lasts: false },
    FaultKind { name: "io-error", fault: Fault::IoError, lasts: false },
    FaultKind { name: "io-errors", fault: Fault::IoError, lasts: true },
    FaultKind { name: "disk-full", fault: Fault::Full, lasts: true },
    FaultKind { name: "disk-full-once", fault: Fault::Full, lasts: false },
    FaultKind { name: "read-only", fault: Fault::ReadOnly, lasts: true },
];

impl FaultKind {
    /// Whether the process is over when it happens.
    pub(crate) fn kills(self) -> bool {
        !matches!(self.fault, Fault::IoError | Fault::Full | Fault::ReadOnly)
    }
}

/// Where each number stands in the shared memory, in words of eight bytes.
#[derive(Clone, Copy)]
enum Word {
    ClockOffset,
    Kind,
    At,
    Lasts,
    Lies,
    Operations,
    Met,
    What,
}

/// The library, built once for all tests of this process, where cargo keeps what tests make.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let (target, source) = (Path::new(env!("CARGO_TARGET_TMPDIR")), Path::new(env!("CARGO_MANIFEST_DIR")));
    let (library, new) = (target.join("faults.so"), target.join(format!("faults-{}.so", std::process::id())));
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"])
        .arg(&new)
        .args(["faults.c", "power.c"].map(|file| source.join("tests/crash").join(file)))
        .output()
        .expect("cc is missing: install a C compiler, which building headcount takes too");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    // Another process may be using the old one.
    std::fs::rename(&new, &library).unwrap();
    library
});

/// The disk, the machine and the clock of one program after another.
#[derive(Debug)]
pub(crate) struct Faults {
    shared: File,
    path: PathBuf,
    /// The files that they happen to are below this directory.
    below: PathBuf,
}

impl Faults {
    /// None yet, and the system's clock.
    pub(crate) fn none(path: PathBuf, below: &Path) -> Self {
        let shared = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        shared.write_all_at(&[0; 512], 0).unwrap();
        Self { shared, path, below: below.to_owned() }
    }

    /// The program between this disk, this machine and this clock.
    pub(crate) fn around(&self, program: Program) -> Program {
        program
            .env("LD_PRELOAD", LIBRARY.to_str().unwrap())
            .env("FAULTS_CONTROL", self.path.to_str().unwrap())
            .env("FAULTS_DIRECTORY", self.below.to_str().unwrap())
    }

    fn set(&self, word: Word, value: i64) {
        self.shared.write_all_at(&value.to_ne_bytes(), word as u64 * 8).unwrap();
    }

    fn get(&self, word: Word) -> i64 {
        let mut bytes = [0; 8];
        self.shared.read_exact_at(&mut bytes, word as u64 * 8).unwrap();
        i64::from_ne_bytes(bytes)
    }

    /// Has the nth operation from now on that this can happen to meet it; with 0 they are only counted.
    pub(crate) fn prepare(&self, kind: FaultKind, nth: u64) {
        self.set(Word::Operations, 0);
        self.set(Word::Met, 0);
        self.set(Word::Lasts, i64::from(kind.lasts));
        self.set(Word::Kind, kind.fault as i64);
        self.set(Word::At, nth.try_into().unwrap());
    }

    /// Nothing happens any more.
    pub(crate) fn end(&self) {
        self.set(Word::At, 0);
        self.set(Word::Kind, 0);
    }

    /// From now on the disk says that it has written what it has not.
    pub(crate) fn lie(&self) {
        self.set(Word::Lies, 1);
    }

    /// How many operations there were since the last call of `prepare`.
    pub(crate) fn operations(&self) -> u64 {
        self.get(Word::Operations).try_into().unwrap()
    }

    /// How many operations met the fault.
    pub(crate) fn met(&self) -> u64 {
        self.get(Word::Met).try_into().unwrap()
    }

    /// Which operation met it first, for messages.
    pub(crate) fn what(&self) -> String {
        let mut bytes = [0; 200];
        self.shared.read_exact_at(&mut bytes, Word::What as u64 * 8).unwrap();
        let text = bytes.split(|byte| *byte == 0).next().unwrap();
        String::from_utf8_lossy(text).into_owned()
    }

    /// Sets the wall clock, which goes on from there. Timers do not notice.
    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.set(Word::ClockOffset, now.unix_seconds() - system_seconds());
    }

    /// What the wall clock shows.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(system_seconds() + self.get(Word::ClockOffset))
    }
}

#[expect(clippy::disallowed_methods, reason = "the simulated clock is told as a difference from the system's")]
fn system_seconds() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}
