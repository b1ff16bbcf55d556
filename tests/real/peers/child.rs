//! A real program as a child process: its log in a file, its end when dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::eventually;

/// Where `tests/real/run` put the programs.
pub fn program(name: &str) -> PathBuf {
    let tools =
        std::env::var_os("HEADCOUNT_TOOLS").expect("HEADCOUNT_TOOLS is not set; start these tests by tests/real/run");
    let path = Path::new(&tools).join(name);
    assert!(path.is_file(), "{} is missing; start these tests by tests/real/run", path.display());
    path
}

/// Runs a program to its end and gives what it printed; panics if it failed.
pub fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}:\n{text}");
    text
}

/// A running program.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it with nothing of this process's environment; its outputs go to the file `log`.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let output = File::options().create(true).append(true).open(log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap();
        Self { child, log: log.to_owned() }
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it answers.
    pub fn ready(&mut self, mut answers: impl FnMut() -> bool) {
        eventually("the program's start", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended with {status}:\n{}", self.log());
            }
            answers().then_some(())
        });
    }

    /// The most memory it has had, in kB.
    pub fn peak_memory_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The CPU time that it has used, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = status.rsplit_once(") ").unwrap();
        // Its own ticks in user and in system mode; Linux has a hundred in a second.
        let ticks: f64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
        ticks / 100.0
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) {
        self.signal("TERM");
        eventually("the program's end", || self.child.try_wait().unwrap());
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        succeed(Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(40).collect();
            eprintln!("the end of {}:\n{}", self.log.display(), tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
    }
}
