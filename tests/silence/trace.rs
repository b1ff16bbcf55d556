//! Runs the binary under strace, and reads what strace wrote.

use std::fs;
use std::path::Path;

use crate::program::{Program, Running, eventually};

/// A system call as strace wrote it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Seconds since 1970.
    pub(crate) at: f64,
    pub(crate) name: String,
    /// Arguments and result.
    pub(crate) rest: String,
}

impl Call {
    /// Reads a line; none if it tells of something else, such as a signal.
    fn read(line: &str) -> Option<Self> {
        let (at, call) = line.split_once(' ')?;
        let (name, rest) = call.trim_start().split_once('(')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| Self { at: at.parse().unwrap(), name: name.to_owned(), rest: rest.to_owned() })
    }

    /// The texts in quotes.
    pub(crate) fn quoted(&self) -> Vec<&str> {
        self.rest.split('"').skip(1).step_by(2).collect()
    }
}

/// A sidecar under strace.
pub(crate) struct Traced {
    pub(crate) running: Running,
    prefix: String,
}

impl Traced {
    /// Starts it; each of its threads has a file whose name begins with `prefix`.
    pub(crate) fn start(program: &Program, prefix: &Path) -> Self {
        let prefix = prefix.to_str().unwrap().to_owned();
        let strace = ["strace", "-ff", "-ttt", "-yy", "-s", "4096", "-o", &prefix];
        Self { running: Running::of(program.command_after(&strace)), prefix }
    }

    /// Ends it by SIGTERM, and gives every system call that it made, in the order of time.
    pub(crate) fn end(mut self) -> Vec<Call> {
        // strace itself keeps signals out.
        let children = format!("/proc/{0}/task/{0}/children", self.running.pid());
        let sidecar = fs::read_to_string(children).unwrap();
        let sent = std::process::Command::new("kill").arg("-TERM").arg(sidecar.trim()).status().unwrap();
        assert!(sent.success());
        assert_eq!(self.running.wait().0, Some(0), "{}", self.running.log());
        self.calls()
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) -> (Option<i32>, Vec<Call>) {
        let mut status = None;
        eventually("its end", || {
            status = (!self.running.is_running()).then(|| self.running.wait().0).flatten();
            status.is_some()
        });
        (status, self.calls())
    }

    fn calls(&self) -> Vec<Call> {
        let prefix = Path::new(&self.prefix);
        let name = format!("{}.", prefix.file_name().unwrap().to_str().unwrap());
        let mut calls = Vec::new();
        for entry in fs::read_dir(prefix.parent().unwrap()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_str().unwrap().starts_with(&name) {
                let text = fs::read(entry.path()).unwrap();
                calls.extend(String::from_utf8_lossy(&text).lines().filter_map(Call::read));
            }
        }
        calls.sort_by(|one, other| one.at.total_cmp(&other.at));
        assert_eq!(calls[0].name, "execve", "strace missed the beginning");
        calls
    }
}
