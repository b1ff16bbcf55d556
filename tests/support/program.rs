//! The built binary, with an environment of its own. For integration tests and benchmarks: cargo tells only those where
//! it is.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]
#![allow(clippy::disallowed_methods, reason = "another process is waited for, on a thread of the test's own")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longer than anything here should ever take, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(120);

/// For the lines that a process wrote before it ended.
const LAST_LINES: Duration = Duration::from_secs(10);

/// A call of the binary.
#[derive(Debug, Clone)]
pub struct Program {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Program {
    /// A call with these arguments, an empty environment, and no health endpoint. `PROGRAM_UNDER_TEST` names another binary than
    /// that of this build, such as a released one.
    pub fn new(arguments: &[&str]) -> Self {
        let binary = std::env::var_os("PROGRAM_UNDER_TEST").unwrap_or_else(|| env!("CARGO_BIN_EXE_headcount").into());
        Self::of(Path::new(&binary), arguments)
    }

    /// The same of another binary.
    pub fn of(binary: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let environment = BTreeMap::from([("HEADCOUNT_HEALTH_ADDR".to_owned(), "off".to_owned())]);
        Self { binary: binary.to_owned(), arguments, environment }
    }

    /// The same call, with other arguments.
    pub fn with_arguments(&self, arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(ToString::to_string).collect(), ..self.clone() }
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.environment.insert(name.to_owned(), value.as_ref().to_owned());
        self
    }

    /// Removes a variable.
    pub fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Sets the state directory.
    pub fn state(self, directory: &Path) -> Self {
        self.env("HEADCOUNT_STATE_DIR", directory.to_str().unwrap())
    }

    /// Copies the binary to where another user can start it. `cp` writes it, since a file that this process has open for
    /// writing is inherited by what other tests start meanwhile, and cannot be started until that ends.
    pub fn copy_binary_to(&self, copy: &Path) {
        assert!(Command::new("cp").arg(&self.binary).arg(copy).status().unwrap().success());
    }

    /// The command, for tests that wrap it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(&self.arguments).env_clear().envs(&self.environment);
        command
    }

    /// The command as the end of another one, such as `strace -o FILE`. The other one has the same environment.
    pub fn command_after(&self, words: &[&str]) -> Command {
        let own = self.command();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(own.get_program()).args(own.get_args()).env_clear().envs(&self.environment);
        command
    }

    /// Runs it to its end.
    pub fn output(&self) -> Output {
        self.command().stdin(Stdio::null()).output().unwrap()
    }

    /// Runs it to its end, with something to read.
    pub fn output_with_input(&self, input: &str) -> Output {
        let mut child =
            self.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Starts it.
    pub fn start(&self) -> Running {
        Running::of(self.command())
    }
}

/// The exit status and both outputs, for assertions.
pub fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A running sidecar. It is killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    log: String,
}

impl Running {
    /// Starts this command; what it writes to stderr is the log.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, log: String::new() }
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it logged so far.
    pub fn log(&mut self) -> &str {
        while let Ok(line) = self.lines.try_recv() {
            self.log.push_str(&line);
            self.log.push('\n');
        }
        &self.log
    }

    /// Waits for a line with this text, gives the line, and panics with the whole log if none comes.
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.log.push_str(&line);
                    self.log.push('\n');
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no line with {text:?} came; the log:\n{}", self.log),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without {text:?}; the log:\n{}", self.log),
            }
        }
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; gives the exit status and how long it took.
    pub fn wait(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                let took = begun.elapsed();
                self.read_to_the_end();
                return (status.code(), took);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not end; the log:\n{}", self.log());
    }

    /// Its last lines may come after its exit status.
    fn read_to_the_end(&mut self) {
        while let Ok(line) = self.lines.recv_timeout(LAST_LINES) {
            self.log.push_str(&line);
            self.log.push('\n');
        }
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// A field of /proc/PID/status in kB, such as `VmHWM`.
    pub fn memory_kib(&self, field: &str) -> u64 {
        let mut status = String::new();
        let path = format!("/proc/{}/status", self.pid());
        std::fs::File::open(path).unwrap().read_to_string(&mut status).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something holds, and panics with what was waited for if it never does.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} did not happen within {PATIENCE:?}");
}
