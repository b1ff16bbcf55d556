//! The four, as their operators would run them, on a calendar in which a day takes some seconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::Options;
use crate::program::{Program, Running};
use crate::support::compreface::{EMAIL, PASSWORD};
use crate::world::World;

/// Between two rounds of those that stay.
const INTERVAL: Duration = Duration::from_secs(2);

/// Who reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Headcount,
    Python,
    Collector,
    Shell,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Headcount, Self::Python, Self::Collector, Self::Shell];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Headcount => "headcount",
            Self::Python => "Python, OpenTelemetry SDK",
            Self::Collector => "Collector, sqlquery",
            Self::Shell => "curl and jq",
        }
    }
}

/// One of them, with a directory that outlives its restarts.
pub struct Sidecar<'a> {
    pub kind: Kind,
    options: &'a Options,
    directory: TempDir,
    running: Option<Running>,
    /// How many days headcount's clock is ahead.
    days: u32,
}

impl<'a> Sidecar<'a> {
    pub fn new(options: &'a Options, kind: Kind) -> Self {
        Self { kind, options, directory: tempfile::tempdir().unwrap(), running: None, days: 0 }
    }

    /// What an operator would run to have it for good: for headcount, `run`.
    pub fn command(&self, world: &World, interval: Duration) -> Command {
        let seconds = interval.as_secs_f64();
        let mut command = match self.kind {
            Kind::Headcount => return self.headcount(world, "run").command(),
            Kind::Python => {
                let mut command = Command::new(&self.options.python);
                command.arg(own("sidecar.py"));
                command
            }
            Kind::Collector => {
                let mut command = Command::new(&self.options.collector);
                command.arg("--config").arg(own("collector.yaml"));
                command
            }
            Kind::Shell => Command::new(own("sidecar.sh")),
        };
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("SERVICE_URL", world.service_url())
            .env("SERVICE_EMAIL", EMAIL)
            .env("SERVICE_PASSWORD", PASSWORD)
            .env("SCRAPE_SECONDS", seconds.to_string())
            .env("STATE_DIR", self.directory.path())
            .env("INSTALL_GUID", GUID)
            .env("OTEL_RESOURCE_ATTRIBUTES", format!("service.instance.id={GUID}"))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", world.endpoint_url())
            .env("OTEL_METRIC_EXPORT_INTERVAL", interval.as_millis().to_string())
            .env("DATASOURCE", world.database.datasource())
            .env("INTERVAL", format!("{}ms", interval.as_millis()))
            .env("ENDPOINT", world.endpoint_url());
        command
    }

    fn headcount(&self, world: &World, word: &str) -> Program {
        Program::of(&self.options.headcount, &[word])
            .state(&self.state())
            .env("HEADCOUNT_COMPREFACE_URL", world.service_url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", world.endpoint_url())
    }

    /// Where headcount's store is.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// How far its calendar is ahead of the clock on the wall.
    pub fn ahead(&self) -> Duration {
        Duration::from_secs(u64::from(self.days) * 24 * 3600)
    }

    /// Starts what stays. headcount is called once a day instead, as by a CronJob: each day is a new process.
    pub fn start(&mut self, world: &World) {
        if self.kind != Kind::Headcount {
            self.running = Some(Running::of(self.command(world, INTERVAL)));
        }
    }

    /// Begins the next day of one that is called once a day; those that stay do by themselves.
    pub fn begin_day(&mut self, world: &World) {
        if self.kind != Kind::Headcount {
            return;
        }
        self.days += 1;
        let mut once = self.headcount(world, "once").command();
        once.env("LD_PRELOAD", &self.options.faketime)
            .env("FAKETIME", format!("+{}d", self.days))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
        self.running = Some(Running::of(once));
    }

    /// Waits for the end of the day's call.
    pub fn end_day(&mut self) {
        if self.kind == Kind::Headcount {
            if let Some(running) = &mut self.running {
                running.wait();
            }
            self.running = None;
        }
    }

    /// Ends it as a pod ends.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.signal("TERM");
            running.wait();
        }
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.signal("KILL");
            running.wait();
        }
    }

    pub fn log(&mut self) -> String {
        self.running.as_mut().map_or_else(String::new, |running| running.log().to_owned())
    }

    /// What has to be installed for it, in bytes, and what that leaves out.
    pub fn installed(&self) -> (u64, &'static str) {
        match self.kind {
            Kind::Headcount => (fs::metadata(&self.options.headcount).unwrap().len(), ""),
            Kind::Collector => (fs::metadata(&self.options.collector).unwrap().len(), ""),
            Kind::Python => (size_of(&self.options.python.ancestors().nth(2).unwrap().join("lib")), " and Python"),
            Kind::Shell => (packages(&["curl", "jq", "libcurl4", "libjq1", "libonig5"]), " and bash"),
        }
    }
}

const GUID: &str = "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30";

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(name)
}

fn size_of(path: &Path) -> u64 {
    let metadata = fs::symlink_metadata(path).unwrap();
    if !metadata.is_dir() {
        return metadata.len();
    }
    fs::read_dir(path).unwrap().map(|entry| size_of(&entry.unwrap().path())).sum()
}

/// What Debian says that its packages take.
fn packages(names: &[&str]) -> u64 {
    let mut dpkg = Command::new("dpkg-query");
    let output = dpkg.args(["-W", "-f", "${Installed-Size}\n"]).args(names).stderr(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.parse::<u64>().ok()).sum::<u64>() * 1024
}
