//! The command line: the commands and their own options. What they do is not known here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use super::flags::Flags;
use super::names::SETTINGS;

/// A command line that was understood.
#[derive(Debug, Clone)]
pub struct Cli {
    /// What to do.
    pub command: Command,
    /// The settings, which stand before or after the command.
    pub settings: Flags,
}

impl Cli {
    /// Reads a command line, whose first item is the program's name.
    ///
    /// # Errors
    /// If it is not understood, or asks for help or the version: print the error and end with its exit code, 2 or 0.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let line: Vec<_> = line.into_iter().collect();
        let CommandLine { command, settings } = CommandLine::try_parse_from(&line)?;
        match SETTINGS.iter().filter_map(|setting| setting.flag).find(|flag| is_repeated(flag, &line)) {
            None => Ok(Self { command, settings }),
            Some(flag) => {
                let message = format!("the argument '{flag}' cannot be used multiple times");
                Err(CommandLine::command().error(ErrorKind::ArgumentConflict, message))
            }
        }
    }
}

/// Whether a flag is there twice. The parser refuses that on one side of the command; of two on both sides, it silently
/// takes the latter, and `--disabled run --disabled=false` would undo a no.
fn is_repeated(flag: &str, line: &[OsString]) -> bool {
    let is_flag = |item: &&OsString| {
        let rest = item.as_encoded_bytes().strip_prefix(flag.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
    };
    line.iter().take_while(|item| *item != "--").filter(is_flag).count() > 1
}

/// Reports how a face-recognition service is used, in numbers that name nobody.
#[derive(Debug, Parser)]
#[command(name = "headcount", version, subcommand_required = true, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Flags,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the sidecar: scrape, report and deliver until SIGTERM or SIGINT.
    Run {
        /// End with an exit status for a fault in the settings or the store, instead of staying up and idle.
        #[arg(long)]
        strict: bool,
    },
    /// Scrape once, make one report at most, deliver what waits within 30 s, and exit: with 5 if the store failed, or if
    /// deleted data may remain readable after an opt-out.
    Once,
    /// Scrape now and print exactly what a report would carry; sends nothing, changes nothing, works while off.
    Preview {
        /// How to print it: json is OTLP/JSON, binary the request's protobuf bytes.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: PreviewFormat,
    },
    /// Show what is decided and why, and how the store and the deliveries stand.
    Status {
        /// How to print it.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
    /// List every attempt to report, with its outcome, reason and the bytes' SHA-256.
    Audit {
        /// Print what was in the report with this sequence number.
        #[arg(long, value_name = "SEQ")]
        show: Option<u64>,
        /// How to print it: json is one object a line.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
    /// Print everything that could ever leave and every request that could ever be made; needs no settings.
    Disclose {
        /// How to print it.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DiscloseFormat,
    },
    /// Validate the settings, sign in to the service and out, and say what would happen.
    Check {
        /// Also send an empty request to the endpoint.
        #[arg(long)]
        endpoint: bool,
    },
    /// Write the reports that wait as OTLP/JSON lines, for machines with no way out.
    Export {
        /// The file to write; - is stdout.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Count what was written as delivered, once it is flushed.
        #[arg(long)]
        take: bool,
    },
    /// Delete everything headcount keeps, after printing the receipts.
    Erase {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Ask the running sidecar's health endpoint: exit 0 if healthy, 1 if not, or if no answer comes within 120 s.
    Healthcheck {
        /// Ask it instead to sign out of the service, which is about to end: for a native sidecar's preStop hook.
        #[arg(long)]
        sign_out: bool,
    },
}

/// How `status` and `audit` print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How `preview` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// For people.
    Text,
    /// OTLP/JSON.
    Json,
    /// The request's protobuf bytes.
    Binary,
}

/// How `disclose` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiscloseFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For documents.
    Markdown,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::read(std::iter::once("headcount").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn every_command_parses() {
        let table = [
            ("run", Command::Run { strict: false }),
            ("run --strict", Command::Run { strict: true }),
            ("once", Command::Once),
            ("preview", Command::Preview { format: PreviewFormat::Text }),
            ("preview --format binary", Command::Preview { format: PreviewFormat::Binary }),
            ("status --format json", Command::Status { format: Format::Json }),
            ("audit", Command::Audit { show: None, format: Format::Text }),
            ("audit --show 7 --format=json", Command::Audit { show: Some(7), format: Format::Json }),
            ("disclose --format markdown", Command::Disclose { format: DiscloseFormat::Markdown }),
            ("check", Command::Check { endpoint: false }),
            ("check --endpoint", Command::Check { endpoint: true }),
            ("export -", Command::Export { file: PathBuf::from("-"), take: false }),
            ("export reports.jsonl --take", Command::Export { file: PathBuf::from("reports.jsonl"), take: true }),
            ("erase --yes", Command::Erase { yes: true }),
            ("healthcheck", Command::Healthcheck { sign_out: false }),
            ("healthcheck --sign-out", Command::Healthcheck { sign_out: true }),
        ];
        for (line, command) in table {
            assert_eq!(parse(line).unwrap().command, command, "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_ends_with_status_2() {
        let lines = [
            "",
            "walk",
            "run --stric",
            "run --compreface-password x",
            "run --keep 1d --keep 2d",
            "run --keep",
            "--keep 1d run --keep 2d",
            "--disabled run --disabled=false",
            "--disabled=false run --disabled=false",
            "run --disabled false",
            "status --format xml",
            "audit --show -1",
            "export",
            "once --strict",
        ];
        for line in lines {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
        for (line, kind) in [("--version", ErrorKind::DisplayVersion), ("run --help", ErrorKind::DisplayHelp)] {
            let error = parse(line).unwrap_err();
            assert_eq!((error.kind(), error.exit_code()), (kind, 0), "{line}");
        }
    }

    #[test]
    fn settings_stand_before_or_after_the_command() {
        for line in ["--keep 3d run", "run --keep 3d", "--keep=3d run --strict"] {
            assert_eq!(parse(line).unwrap().settings.keep.as_deref(), Some("3d"), "{line}");
        }
        for (line, value) in [("run --disabled", "true"), ("--disabled run", "true"), ("run --disabled=maybe", "maybe")]
        {
            assert_eq!(parse(line).unwrap().settings.disabled.as_deref(), Some(value), "{line}");
        }
        assert_eq!(parse("run --otlp-insecure").unwrap().settings.otlp_insecure.as_deref(), Some("true"));
    }

    #[test]
    fn the_flags_are_those_of_the_table_and_their_help_names_the_variable() {
        let command = CommandLine::command();
        let flags: BTreeSet<_> = command.get_arguments().filter_map(|flag| flag.get_long()).collect();
        let table: BTreeSet<_> = SETTINGS.iter().filter_map(|setting| setting.flag).map(|flag| &flag[2..]).collect();
        assert_eq!(flags, table);
        for setting in SETTINGS.iter().filter(|setting| setting.flag.is_some()) {
            let flag = command.get_arguments().find(|flag| flag.get_long() == setting.flag.map(|flag| &flag[2..]));
            let help = flag.unwrap().get_help().unwrap().to_string();
            assert!(help.ends_with(&format!("({})", setting.variable)), "{help}");
        }
    }

    #[test]
    fn every_flag_reaches_its_setting() {
        for setting in SETTINGS {
            let Some(flag) = setting.flag else { continue };
            let settings = parse(&format!("run {flag}=seven")).unwrap().settings;
            assert_eq!(settings.get(flag), Some("seven"), "{flag}");
            let others = SETTINGS.iter().filter_map(|other| other.flag).filter(|other| *other != flag);
            assert!(others.into_iter().all(|other| settings.get(other).is_none()), "{flag}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let cli = parse("run --compreface-email sesame@example.com --otlp-endpoint https://u:sesame@example.com");
        let shown = format!("{:?}", cli.unwrap());
        assert!(shown.contains("--compreface-email") && !shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
