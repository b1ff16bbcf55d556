//! The command line: the commands with their own options, and the settings as flags.
//!
//! Must not know what the commands do.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, CommandFactory, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::config::{Accepts, DefaultValue, Flags, Setting};

/// A command line that was parsed.
#[derive(Debug, Clone)]
pub struct Cli {
    /// The command.
    pub command: Command,
    /// The settings, which stand before or after the command.
    pub settings: Flags,
}

impl Cli {
    /// Parses a command line, whose first item is the program's name, with these settings as flags.
    ///
    /// # Errors
    /// If it is invalid, or requests the help or the version. The error's exit code is 2 or 0.
    pub fn read(line: impl IntoIterator<Item = OsString>, settings: &[&'static Setting]) -> Result<Self, clap::Error> {
        let line: Vec<_> = line.into_iter().collect();
        let mut parser = parser(settings);
        let matches = parser.try_get_matches_from_mut(&line)?;
        if let Some(flag) = settings.iter().filter_map(|setting| setting.flag).find(|flag| is_repeated(flag, &line)) {
            let message = format!("the argument '--{flag}' cannot be used multiple times");
            return Err(parser.error(ErrorKind::ArgumentConflict, message));
        }
        let CommandLine { command } = CommandLine::from_arg_matches(&matches)?;
        Ok(Self { command, settings: Flags::from_matches(settings, &matches) })
    }
}

/// Whether a flag is there twice. The parser refuses that on one side of the command. Of two on both sides it uses the
/// latter, so that `--disabled run --disabled=false` would undo an opt-out.
fn is_repeated(flag: &str, line: &[OsString]) -> bool {
    let is_flag = |item: &&OsString| {
        let item = item.as_encoded_bytes().strip_prefix(b"--");
        let rest = item.and_then(|item| item.strip_prefix(flag.as_bytes()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
    };
    line.iter().take_while(|item| *item != "--").filter(is_flag).count() > 1
}

/// Returns the parser of a command line with these settings as flags.
#[must_use]
pub fn parser(settings: &[&'static Setting]) -> clap::Command {
    let long = format!("{}\n\n{MORE}", variables_only(settings));
    let with_ends = |command: clap::Command| command.after_help(SHORT).after_long_help(long.clone());
    let command = CommandLine::command().args(settings.iter().filter_map(|setting| argument(setting)));
    with_ends(command).mut_subcommands(with_ends)
}

/// The end of the help without the settings.
const SHORT: &str = "Settings: see `headcount run --help`";
/// The end of the help with the settings.
const MORE: &str = "Flags win over variables, but no flag undoes an opt-out. docs/settings.md has all rules.";

/// Returns the settings without a flag, a line each.
fn variables_only(settings: &[&'static Setting]) -> String {
    let rows = settings.iter().filter(|setting| setting.flag.is_none());
    let rows = rows.map(|setting| format!("  {}\n          {}", setting.variable, setting.help));
    let title = "Variables without a flag, since command lines are visible to all users:";
    format!("{title}\n{}", rows.collect::<Vec<_>>().join("\n\n"))
}

/// Returns a setting's flag.
fn argument(setting: &'static Setting) -> Option<Arg> {
    let flag = setting.flag?;
    let default = match setting.default {
        DefaultValue::Text(text) => format!("[default: {text}]"),
        DefaultValue::None(words) => format!("[default: {words}]"),
        DefaultValue::Required => "[required]".to_owned(),
    };
    let short = format!("{} [env: {}] {default}", setting.help, setting.variable);
    let long = format!("{short}\n\nExpects {}. {}", setting.accepts, setting.detail);
    let argument = Arg::new(flag).long(flag).global(true).value_name(setting.value);
    let argument = argument.help(short).long_help(long.trim_end().to_owned());
    let argument = argument.help_heading(setting.group.title()).hide_short_help(true);
    Some(match setting.accepts {
        Accepts::Boolean => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Accepts::Words(_) | Accepts::Duration { .. } | Accepts::Form(_) => argument,
    })
}

/// Report usage counts of a face-recognition service over OTLP
#[derive(Debug, Parser)]
#[command(name = "headcount", version, subcommand_required = true, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the sidecar until SIGTERM or SIGINT
    Run {
        /// Exit on invalid settings or an unusable store
        #[arg(long)]
        strict: bool,
    },
    /// Scrape, report and deliver once, then exit
    ///
    /// Delivers pending reports for at most 30 s. The exit status is 5 if the store failed, or if deleted data may remain
    /// on disk after an opt-out.
    Once,
    /// Print the report that would be sent, without sending it
    Preview {
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: PreviewFormat,
    },
    /// Show the decision, the store and recent deliveries
    Status {
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
    /// List every attempt to make or send a report
    Audit {
        /// Print the report of this audit line
        #[arg(long, value_name = "SEQ")]
        show: Option<u64>,
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Format,
    },
    /// Print everything that may be sent or requested
    Disclose {
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: DiscloseFormat,
    },
    /// Show all stored data as a local web page
    ///
    /// Serves the page until SIGTERM or SIGINT, or writes it to one HTML file that needs nothing else. Reads the store alone.
    View {
        /// Output file, or - for stdout, instead of serving the page
        #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "allow_other_hosts"])]
        output: Option<PathBuf>,
        /// Address to serve the page on
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:13234")]
        listen: SocketAddr,
        /// Allow an address that other hosts can reach
        #[arg(long)]
        allow_other_hosts: bool,
    },
    /// Check the settings and the sign-in
    Check {
        /// Also send an empty request to the endpoint
        #[arg(long)]
        endpoint: bool,
    },
    /// Write pending reports as OTLP/JSON lines
    Export {
        /// Output file, or - for stdout
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Mark exported reports as delivered
        #[arg(long)]
        take: bool,
    },
    /// Delete all stored data, after printing the receipts
    Erase {
        /// Skip the confirmation prompt
        #[arg(long)]
        yes: bool,
    },
    /// Query the health endpoint (exit 0: healthy, 1: not)
    ///
    /// Waits at most 120 s for a response.
    Healthcheck {
        /// Sign out and pause scraping (for a preStop hook)
        #[arg(long)]
        sign_out: bool,
    },
}

/// Formats of `status` and `audit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// JSON for programs
    Json,
}

/// Formats of `preview`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// Text for people
    Text,
    /// OTLP/JSON
    Json,
    /// The protobuf bytes of the request
    Binary,
}

/// Formats of `disclose`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiscloseFormat {
    /// Text for people
    Text,
    /// JSON for programs
    Json,
    /// Markdown for documents
    Markdown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SERVICES, all_settings};

    fn settings() -> Vec<&'static Setting> {
        all_settings(&SERVICES)
    }

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::read(std::iter::once("headcount").chain(line.split_whitespace()).map(OsString::from), &settings())
    }

    fn view(output: Option<&str>, listen: &str, allow_other_hosts: bool) -> Command {
        Command::View { output: output.map(PathBuf::from), listen: listen.parse().unwrap(), allow_other_hosts }
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
            ("view", view(None, "127.0.0.1:13234", false)),
            ("view --output -", view(Some("-"), "127.0.0.1:13234", false)),
            ("view --listen [::]:80 --allow-other-hosts", view(None, "[::]:80", true)),
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
    fn invalid_line_has_exit_status_2() {
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
            "view --listen 13234",
            "view --output - --listen 127.0.0.1:1",
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
    fn setting_before_or_after_the_command_is_read() {
        for line in ["--keep 3d run", "run --keep 3d", "--keep=3d run --strict"] {
            assert_eq!(parse(line).unwrap().settings.get("keep"), Some("3d"), "{line}");
        }
        for (line, value) in [("run --disabled", "true"), ("--disabled run", "true"), ("run --disabled=maybe", "maybe")]
        {
            assert_eq!(parse(line).unwrap().settings.get("disabled"), Some(value), "{line}");
        }
        assert_eq!(parse("run --otlp-insecure").unwrap().settings.get("otlp-insecure"), Some("true"));
    }

    #[test]
    fn flag_of_each_setting_reaches_it_alone() {
        for flag in settings().iter().filter_map(|setting| setting.flag) {
            let given = parse(&format!("run --{flag}=seven")).unwrap().settings;
            let read: Vec<_> = settings().iter().filter_map(|other| given.get(other.flag?)).collect();
            assert_eq!((given.get(flag), read.len()), (Some("seven"), 1), "{flag}");
        }
    }

    #[test]
    fn help_lists_each_setting_once_and_short_help_none() {
        let help = |line: String| parse(&line).unwrap_err().render().to_string();
        for command in ["", "run ", "check "] {
            let (long, short) = (help(format!("{command}--help")), help(format!("{command}-h")));
            for setting in settings() {
                let shown = setting
                    .flag
                    .map_or(format!("  {}\n", setting.variable), |_| format!("[env: {}]", setting.variable));
                assert_eq!(long.matches(&shown).count(), 1, "{command}: {shown}");
                assert!(!short.contains(setting.variable), "{command}: {shown}");
            }
            assert_eq!(long.matches("\nSchedule:\n").count(), 1, "{long}");
            assert!(short.contains("Settings: see `headcount run --help`"), "{short}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        let cli = parse("run --compreface-email sesame@example.com --otlp-endpoint https://u:sesame@example.com");
        let shown = format!("{:?}", cli.unwrap());
        assert!(shown.contains("compreface-email") && !shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn parser_is_consistent() {
        parser(&settings()).debug_assert();
    }
}
