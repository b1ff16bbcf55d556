//! What the documents say of the contract, the settings and the self-metrics, made from the code's own tables: the part between each pair
//! of markers, `<!-- name:begin -->` and `<!-- name:end -->`.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use std::fmt::Write as _;

use clap::{Args as _, Command};
use headcount::cli::render::{report as rendered, terms_markdown as markdown};
use headcount::clock::Hour;
use headcount::config::{AMBIENT, Flags, SETTINGS, Setting};
use headcount::model::{Buckets, InstallGuid, PerKind, Totals};
use headcount::ops::self_metrics::{SELF_METRICS, SelfMetricKind};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES};

/// The documents that have such parts.
pub const DOCUMENTS: [&str; 5] =
    ["README.md", "PRIVACY.md", "docs/operating.md", "docs/reports.md", "docs/settings.md"];

/// The generated parts, by the names of their markers.
pub fn parts() -> [(&'static str, String); 9] {
    let terms = CONTRACT.terms();
    [
        ("contract", format!("{}\n{}", markdown::frame(&terms), markdown::instruments(&terms))),
        ("carriers", markdown::carriers(&terms)),
        ("requests", markdown::requests(&terms)),
        ("kept", markdown::kept(&terms)),
        ("version", markdown::version(&terms)),
        ("self-metrics", self_metrics()),
        ("settings", settings()),
        ("ambient", format!("`{}`", AMBIENT.join("`, `"))),
        ("sample", sample()),
    ]
}

/// A document with its generated parts replaced.
pub fn fill(document: &str) -> String {
    parts().iter().fold(document.to_owned(), |document, (name, part)| replace(&document, name, part))
}

/// A small installation's report as `preview` prints it: the first numbers of each section, without what they count.
fn sample() -> String {
    let mut buckets = Buckets::default();
    for faces in [7, 120] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    let totals =
        Totals { creations: PerKind::from([1, 1, 0, 0, 1]), current: PerKind::from([12, 2, 0, 1, 2]), buckets };
    let guid = InstallGuid::parse("4cc6a0d4-8142-4f1f-8be6-935e10256e00").unwrap();
    let (start, at) = (Hour::from_unix_hours(490_905), Hour::from_unix_hours(490_945));
    let report = CONTRACT.approve(report::encode(&report::build(&CONTRACT, &guid, start, at, &totals))).unwrap();
    rendered::text(&report).split("\n\n").fold(String::new(), |mut text, section| {
        let is_cut = section.lines().count() > 5;
        for line in section.lines().take(if is_cut { 5 } else { usize::MAX }) {
            let line = if line.contains("face_recognition.") { line.rsplit_once("  ").unwrap().0 } else { line };
            writeln!(text, "    {}", line.trim_end()).unwrap();
        }
        text.push_str(if is_cut { "      …\n\n" } else { "\n" });
        text
    })
}

/// A table of all settings, with the help texts of the command line.
fn settings() -> String {
    let flags = Flags::augment_args(Command::new("headcount"));
    let mut table = "| variable | flag | value | default | what it sets |\n|---|---|---|---|---|\n".to_owned();
    for setting in SETTINGS {
        let argument =
            flags.get_arguments().find(|argument| argument.get_long() == setting.flag.map(|flag| &flag[2..]));
        let (value, help) = match argument.filter(|_| setting.flag.is_some()) {
            Some(argument) => (argument.get_value_names().unwrap()[0].to_string(), help_of(argument, setting)),
            None => ("TEXT".to_owned(), secret(setting).to_owned()),
        };
        let (help, default) = help.split_once("; default: ").unwrap_or_else(|| match help.strip_suffix("; required") {
            Some(help) => (help, "required"),
            None => (&help, ""),
        });
        let flag = setting.flag.map_or(String::new(), |flag| format!("`{flag}`"));
        writeln!(table, "| `{}` | {flag} | {value} | {default} | {help} |", setting.variable).unwrap();
    }
    table
}

/// A flag's help without the variable at its end, which has a column of its own.
fn help_of(argument: &clap::Arg, setting: &Setting) -> String {
    let help = argument.get_help().unwrap().to_string();
    help.trim_end_matches(&format!(" ({})", setting.variable)).replace('|', "\\|")
}

/// What the settings without a flag are: secrets, which a command line would show to every user of the machine.
fn secret(setting: &Setting) -> &'static str {
    match setting.variable {
        "HEADCOUNT_COMPREFACE_PASSWORD" => {
            "The account's password, if no file has it; no flag, since command lines are visible to all users; default: none"
        }
        "HEADCOUNT_OTLP_HEADERS" => {
            "Request headers, name=value, separated by commas; no flag, since command lines are visible to all users; default: none"
        }
        other => panic!("{other} has no flag and no help: describe it here"),
    }
}

fn self_metrics() -> String {
    let mut table =
        "| metric | in Prometheus | kind | unit | attribute | what it tells |\n|---|---|---|---|---|---|\n".to_owned();
    for instrument in SELF_METRICS {
        let kind = match instrument.kind {
            SelfMetricKind::Counter => "counter",
            SelfMetricKind::UpDownCounter => "up-down counter",
            SelfMetricKind::Gauge => "gauge",
            SelfMetricKind::Histogram => "histogram",
        };
        let attribute = instrument
            .attribute
            .map_or(String::new(), |attribute| format!("`{}`: {}", attribute.key, attribute.values.join(", ")));
        let (name, prometheus) = (instrument.name, instrument.prometheus);
        let row = format!(
            "`{name}` | `{prometheus}` | {kind} | `{}` | {attribute} | {}",
            instrument.unit, instrument.description
        );
        table.push_str(&format!("| {row} |\n"));
    }
    table
}

fn replace(document: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let Some((before, rest)) = document.split_once(&begin) else { return document.to_owned() };
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{begin} has no end"));
    format!("{before}{begin}\n\n{}\n\n{end}{after}", part.trim_end())
}
