//! The ways of being off, each with the reason that it must be off for.

use std::fs;
use std::path::PathBuf;

use headcount::source::SERVICES;
use tempfile::TempDir;

use crate::peers::Peers;
use crate::program::Program;
use crate::support::compreface::{EMAIL, PASSWORD};

/// One way of being off.
pub(crate) struct Way {
    /// What it is called in messages.
    name: &'static str,
    /// The consent file's text; none is no file. Without a consent file at all, it is not asked for.
    consent: Consent,
    variables: &'static [(&'static str, &'static str)],
    /// Flags after the command.
    flags: &'static [&'static str],
    /// A part of the reason that `run` gives.
    pub(crate) reason: &'static str,
}

#[derive(Clone, Copy)]
enum Consent {
    NotAskedFor,
    Absent,
    Says(&'static str),
}

const ENDPOINT: (&str, &str) = ("HEADCOUNT_OTLP_ENDPOINT", "https://telemetry.example.org");
/// The operator's own collector, which the sidecar's self-metrics go to: opting out ends those too.
const SELF_METRICS: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example.org:4317");
const SELF_METRICS_OFTEN: (&str, &str) = ("OTEL_METRIC_EXPORT_INTERVAL", "1000");
const OTHER_CONTRACT: &str = "granted\ncontract = 0000000000000000000000000000000000000000000000000000000000000000\n";

const fn by_variable(name: &'static str, variables: &'static [(&str, &str)], reason: &'static str) -> Way {
    Way { name, consent: Consent::Says("granted\n"), variables, flags: &[], reason }
}

const fn by_file(name: &'static str, consent: Consent, reason: &'static str) -> Way {
    Way { name, consent, variables: &[ENDPOINT], flags: &[], reason }
}

/// Every way of being off.
const WAYS: [Way; 18] = [
    Way {
        name: "nothing set",
        consent: Consent::NotAskedFor,
        variables: &[],
        flags: &[],
        reason: "HEADCOUNT_OTLP_ENDPOINT",
    },
    by_variable("no endpoint", &[], "HEADCOUNT_OTLP_ENDPOINT"),
    by_variable("HEADCOUNT_DISABLED", &[ENDPOINT, ("HEADCOUNT_DISABLED", "true")], "(opted out): HEADCOUNT_DISABLED"),
    by_variable(
        "an unclear switch",
        &[ENDPOINT, ("HEADCOUNT_DISABLED", "perhaps")],
        "(not enabled): HEADCOUNT_DISABLED",
    ),
    Way {
        name: "--disabled",
        consent: Consent::Says("granted\n"),
        variables: &[ENDPOINT],
        flags: &["--disabled"],
        reason: "(opted out): --disabled",
    },
    by_variable("DO_NOT_TRACK", &[ENDPOINT, ("DO_NOT_TRACK", "1")], "(not enabled): DO_NOT_TRACK"),
    by_variable("OTEL_SDK_DISABLED", &[ENDPOINT, ("OTEL_SDK_DISABLED", "true")], "(not enabled): OTEL_SDK_DISABLED"),
    by_file("denied", Consent::Says("denied\n"), "(opted out): consent file"),
    by_file("no consent file", Consent::Absent, "(not enabled): consent file does not exist"),
    by_file("nonsense", Consent::Says("Granted please\n"), "(not enabled): consent file must start with"),
    by_file("another contract", Consent::Says(OTHER_CONTRACT), "(not enabled): consent file is granted for contract"),
    by_file(
        "another recipient",
        Consent::Says("granted\nrecipient = elsewhere.example.org\n"),
        "(not enabled): consent file is granted for recipient",
    ),
    by_variable("a misspelt variable", &[ENDPOINT, ("HEADCOUNT_DISABELD", "true")], "HEADCOUNT_DISABLED"),
    by_variable("a wrong setting", &[ENDPOINT, ("HEADCOUNT_KEEP", "for ever")], "HEADCOUNT_KEEP"),
    by_variable(
        "two that disagree",
        &[ENDPOINT, ("HEADCOUNT_OTLP_PROTOCOL", "export")],
        "protocol export sends nothing",
    ),
    by_variable(
        "HEADCOUNT_DISABLED, with self-metrics",
        &[ENDPOINT, SELF_METRICS, SELF_METRICS_OFTEN, ("HEADCOUNT_DISABLED", "true")],
        "(opted out): HEADCOUNT_DISABLED",
    ),
    by_variable(
        "DO_NOT_TRACK, with self-metrics",
        &[ENDPOINT, SELF_METRICS, SELF_METRICS_OFTEN, ("DO_NOT_TRACK", "1")],
        "(not enabled): DO_NOT_TRACK",
    ),
    by_variable(
        "OTEL_SDK_DISABLED, with self-metrics",
        &[ENDPOINT, SELF_METRICS, SELF_METRICS_OFTEN, ("OTEL_SDK_DISABLED", "true")],
        "(not enabled): OTEL_SDK_DISABLED",
    ),
];

/// A way of being off with files of its own.
pub(crate) struct Room {
    directory: TempDir,
    /// Elsewhere: a trace that is written beside the consent file would stir its watch with every line.
    traces: TempDir,
    /// `run`.
    pub(crate) run: Program,
    /// `once`, with the same settings and a store of its own.
    pub(crate) once: Program,
}

impl Room {
    /// Everything that telemetry of CompreFace needs, and the consent file with this text.
    pub(crate) fn granted(peers: &Peers) -> Self {
        Self::granted_for(peers, "compreface")
    }

    fn granted_for(peers: &Peers, service: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("password"), PASSWORD).unwrap();
        fs::write(path("consent"), "granted\n").unwrap();
        let run = Program::new(&["run"])
            .env("HEADCOUNT_HEALTH_ADDR", "127.0.0.1:0")
            .env("HEADCOUNT_LOG_LEVEL", "trace")
            .env("HEADCOUNT_SERVICE", service)
            .env("HEADCOUNT_CONSENT_FILE", path("consent").to_str().unwrap())
            .env("HEADCOUNT_SCRAPE_INTERVAL", "1m")
            .state(&path("state"));
        let password = path("password").to_str().unwrap().to_owned();
        let run = match service {
            "compreface" => run
                .env("HEADCOUNT_COMPREFACE_URL", peers.service_url())
                .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
                .env("HEADCOUNT_COMPREFACE_PASSWORD_FILE", password),
            "frigate" => run
                .env("HEADCOUNT_FRIGATE_URL", peers.service_url())
                .env("HEADCOUNT_FRIGATE_USER", "reader")
                .env("HEADCOUNT_FRIGATE_PASSWORD_FILE", password),
            "inventory" => {
                run.env("HEADCOUNT_INVENTORY_URL", peers.service_url()).env("HEADCOUNT_INVENTORY_TOKEN_FILE", password)
            }
            other => panic!("{other} has no settings here"),
        };
        let once = run.with_arguments(&["once"]).state(&path("once")).env("HEADCOUNT_HEALTH_ADDR", "off");
        Self { directory, traces: tempfile::tempdir().unwrap(), run, once }
    }

    /// Every service, turned off in every way, each with a name for messages.
    pub(crate) fn all_off(peers: &Peers) -> Vec<(String, &'static Way, Self)> {
        let all = SERVICES.iter().flat_map(|service| WAYS.iter().map(move |way| (service.name(), way)));
        all.map(|(service, way)| (format!("{service}: {}", way.name), way, Self::off(peers, service, way))).collect()
    }

    fn off(peers: &Peers, service: &str, way: &Way) -> Self {
        let mut room = Self::granted_for(peers, service);
        match way.consent {
            Consent::NotAskedFor => room.change(|program| program.without("HEADCOUNT_CONSENT_FILE")),
            Consent::Absent => fs::remove_file(room.consent()).unwrap(),
            Consent::Says(text) => fs::write(room.consent(), text).unwrap(),
        }
        for (name, value) in way.variables {
            room.change(|program| program.env(name, value));
        }
        room.run = room.run.with_arguments(&[&["run"], way.flags].concat());
        room.once = room.once.with_arguments(&[&["once"], way.flags].concat());
        room
    }

    /// Changes both calls.
    pub(crate) fn change(&mut self, change: impl Fn(Program) -> Program) {
        self.run = change(self.run.clone());
        self.once = change(self.once.clone());
    }

    /// The consent file.
    pub(crate) fn consent(&self) -> PathBuf {
        self.directory.path().join("consent")
    }

    /// The state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Where strace writes to.
    pub(crate) fn trace(&self) -> PathBuf {
        self.traces.path().join("trace")
    }

    /// Another file beside the consent file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes the watch of the consent file stir, without changing what it says.
    pub(crate) fn stir(&self) {
        match fs::read(self.consent()) {
            Ok(text) => fs::write(self.consent(), text).unwrap(),
            Err(_) => fs::write(self.file("neighbour"), "").unwrap(),
        }
    }
}
