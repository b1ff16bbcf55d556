//! What the kernel says of a process: memory, CPU time, threads and wake-ups.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Clock ticks of proc(5) in a second: the same on every architecture that Linux runs on today.
const TICKS: f64 = 100.0;

/// A field of /proc/PID/status in KiB; none if the process has no memory any more.
pub fn memory_kib(pid: u32, field: &str) -> Option<u64> {
    number(format!("/proc/{pid}/status"), field)
}

/// The most memory that a process took, once it has ended, in KiB; it is looked at so often until then.
pub fn peak_kib(pid: u32, every: Duration) -> u64 {
    let mut peak = 0;
    while let Some(later) = memory_kib(pid, "VmHWM") {
        peak = later;
        std::thread::sleep(every);
    }
    peak
}

/// User and system time of all threads so far, those that have ended too.
pub fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The second field is a name in brackets, which may hold blanks. The times are fields 14 and 15, counted from 1.
    let after_name: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    [14, 15].map(|field| after_name[field - 3].parse::<f64>().unwrap()).iter().sum::<f64>() / TICKS
}

/// The same of the threads that live, more finely.
pub fn scheduled_seconds(pid: u32) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let times = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("schedstat")).ok());
    times.map(|times| times.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9).sum()
}

/// How long the first thread was ready and had no CPU so far: what other work on the machine took from it.
pub fn kept_waiting_seconds(pid: u32) -> f64 {
    let times = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    times.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1e9
}

/// User and system time of all children that were waited for, more finely than /proc has it.
pub fn cpu_seconds_of_children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    [usage.user_time(), usage.system_time()].map(|time| time.num_microseconds() as f64).iter().sum::<f64>() / 1e6
}

/// The number of threads.
pub fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).unwrap().count()
}

/// The number of open file descriptors.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// How often a thread of the process stopped waiting so far: those that live.
pub fn wake_ups(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks.map(|task| number(task.unwrap().path().join("status"), "voluntary_ctxt_switches").unwrap()).sum()
}

fn number(path: impl AsRef<Path>, field: &str) -> Option<u64> {
    let status = fs::read_to_string(path).ok()?;
    let line = status.lines().find(|line| line.split(':').next() == Some(field))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
