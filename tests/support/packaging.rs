//! The man pages and the shells' completions of the package, made from the command line's own table.

use std::io;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use headcount::cli::parser;
use headcount::config::Setting;
use headcount::source::{SERVICES, all_settings};

/// Where the exit status and its meanings stand.
const EXIT_STATUS: &str = include_str!("../../docs/operating.md");
/// Its first version is that of the program, with its date.
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");

const FILES: [(&str, &str); 3] = [
    ("/etc/headcount/headcount.env", "Settings of the service, as installed by the Debian package"),
    ("/etc/headcount", "Password, token, certificate and consent files that settings name"),
    ("/var/lib/headcount", "The store, unless HEADCOUNT_STATE_DIR names another directory"),
];

/// All generated files, with their paths.
pub fn files() -> Vec<(String, String)> {
    let mut command = parser(&all_settings(&SERVICES));
    let completions = [(Shell::Bash, "headcount.bash"), (Shell::Zsh, "_headcount"), (Shell::Fish, "headcount.fish")];
    let completions = completions.map(|(shell, name)| {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "headcount", &mut text);
        (format!("packaging/completions/{name}"), text)
    });
    let pages = pages().into_iter().map(|(name, text)| (format!("packaging/man/{name}.1"), text));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    pages.chain(completions).map(|(path, bytes)| (path, text(bytes))).collect()
}

/// The page of the program, which has the settings, and one for each command, which has its own options.
fn pages() -> Vec<(String, Vec<u8>)> {
    let settings = all_settings(&SERVICES);
    let flags: Vec<_> = settings.iter().filter_map(|setting| setting.flag).collect();
    let mut whole = parser(&settings).disable_help_subcommand(true);
    whole.build();
    let commands = whole.get_subcommands().map(|command| {
        let name = format!("headcount-{}", command.get_name());
        let of_settings = |argument: clap::Arg| {
            let is_setting = flags.iter().any(|flag| argument.get_id() == flag);
            argument.hide(is_setting)
        };
        (name.clone(), page(command.clone().mut_args(of_settings), &name, &command_sections))
    });
    let usage = whole.clone().override_usage("headcount <COMMAND> [OPTION]... [--SETTING VALUE]...");
    let of_program = |roff: &mut Roff| program_sections(roff, &settings);
    let program = ("headcount".to_owned(), page(usage, "headcount", &of_program));
    std::iter::once(program).chain(commands).collect()
}

fn page(command: Command, name: &str, sections: &dyn Fn(&mut Roff)) -> Vec<u8> {
    let has_commands = command.has_subcommands();
    let man = Man::new(command.display_name(name.to_owned())).title(name.to_uppercase()).date(release_date());
    let man = man.source(concat!("headcount ", env!("CARGO_PKG_VERSION"))).manual("headcount");
    let mut text = Vec::new();
    let render = |text: &mut Vec<u8>| -> io::Result<()> {
        man.render_title(text)?;
        man.render_name_section(text)?;
        man.render_synopsis_section(text)?;
        man.render_description_section(text)?;
        if has_commands {
            man.render_subcommands_section(text)?;
        }
        man.render_options_section(text)?;
        let mut own = Roff::new();
        sections(&mut own);
        own.to_writer(text)
    };
    render(&mut text).unwrap();
    text
}

fn command_sections(roff: &mut Roff) {
    roff.control("SH", ["SETTINGS"]);
    roff.text([roman("Each setting of "), bold("headcount"), roman("(1) is an option of this command, too.")]);
    exit_status(roff);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("headcount"), roman("(1)")]);
}

fn program_sections(roff: &mut Roff, settings: &[&'static Setting]) {
    roff.control("SH", ["ENVIRONMENT"]);
    roff.text([roman("Each setting has a variable, which stands with its option. These have no option, since command lines are visible to all users:")]);
    for setting in settings.iter().filter(|setting| setting.flag.is_none()) {
        entry(roff, setting.variable, setting.help);
    }
    roff.control("SH", ["FILES"]);
    FILES.iter().for_each(|(path, what)| entry(roff, path, what));
    exit_status(roff);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold("headcount-run"),
        roman("(1), "),
        bold("headcount-status"),
        roman("(1), "),
        bold("systemd.exec"),
        roman("(5)"),
    ]);
}

fn entry(roff: &mut Roff, name: &str, text: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(text)]);
}

/// The table of docs/operating.md.
fn exit_status(roff: &mut Roff) {
    roff.control("SH", ["EXIT STATUS"]);
    let (_, table) = EXIT_STATUS.split_once("\n## Exit status\n").unwrap();
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        entry(roff, cells[1], &cells[2].replace('`', ""));
    }
}

/// The date of the program's version, from the heading of its changes: `## 0.1.0 - 2026-11-29`.
fn release_date() -> &'static str {
    let heading = concat!("\n## ", env!("CARGO_PKG_VERSION"), " - ");
    let (_, rest) = CHANGELOG.split_once(heading).unwrap();
    rest.lines().next().unwrap()
}
