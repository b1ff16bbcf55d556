//! Every link, command, setting and message in the Markdown files leads to something that exists.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use headcount::cli::Cli;
use headcount::source::{SERVICES, all_settings};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Folders that are built or fetched, not kept in the repository.
const BUILT: [&str; 4] = ["target", "node_modules", "corpus", "artifacts"];

/// All files below a folder with one of these extensions.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.fold(Vec::new(), |mut found, entry| {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') && !BUILT.contains(&name.as_str()) {
                found.extend(files(&path, extensions));
            }
        } else if path.extension().is_some_and(|end| extensions.iter().any(|extension| end == *extension)) {
            found.push(path);
        }
        found
    })
}

/// All Markdown files of the repository with their texts.
fn pages() -> BTreeMap<PathBuf, String> {
    let files = files(root(), &["md"]);
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The lines outside fenced blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    })
}

/// The targets of the links and images on a page. A link's text may hold code, its target cannot.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page).collect::<Vec<_>>().join("\n");
    let after = prose.split("](").skip(1);
    after.map(|rest| rest.split(')').next().unwrap().to_owned()).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    for heading in prose(page).filter(|line| line.starts_with('#')) {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = anchors.iter().filter(|other: &&String| **other == anchor).count();
        anchors.push(if again == 0 { anchor } else { format!("{anchor}-{again}") });
    }
    anchors
}

/// Why a link on a page leads nowhere, if it does.
fn broken(from: &Path, link: &str, pages: &BTreeMap<PathBuf, String>) -> Option<String> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let to = if path.is_empty() { from.to_owned() } else { from.parent().unwrap().join(path) };
    let Ok(to) = to.canonicalize() else { return Some("there is no such file".to_owned()) };
    if !to.starts_with(root().canonicalize().unwrap()) {
        return Some("leads out of the repository".to_owned());
    }
    let anchor = anchor?;
    let page = pages.iter().find(|(name, _)| name.canonicalize().unwrap() == to);
    let has_anchor = page.is_some_and(|(_, page)| anchors(page).iter().any(|other| other == anchor));
    (!has_anchor).then(|| "there is no such heading".to_owned())
}

#[test]
fn every_relative_link_and_anchor_leads_somewhere() {
    let pages = pages();
    let mut relative = 0;
    for (name, page) in &pages {
        for link in links(page).iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            relative += 1;
            assert_eq!(broken(name, link, &pages), None, "{link} in {}", name.display());
        }
    }
    assert!(relative > 30, "{relative} links found");
}

#[test]
fn a_link_to_a_missing_file_or_heading_is_noticed() {
    let page = "# One page\n[a](b.md) and [c](#one-page)\n```\n[d](e.md)\n```\n## It's `x`, too\n## One page\n";
    assert_eq!(links(page), ["b.md", "#one-page"]);
    assert_eq!(anchors(page), ["one-page", "its-x-too", "one-page-1"]);
    let name = root().join("README.md");
    let pages = BTreeMap::from([(name.clone(), page.to_owned())]);
    for (link, is_broken) in [("absent.md", true), ("src/lib.rs", false), ("#one-page-1", false), ("#two", true)] {
        assert_eq!(broken(&name, link, &pages).is_some(), is_broken, "{link}");
    }
}

/// The commands of headcount among these lines, without the comments behind them and without the file that a shell writes.
fn commands<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Vec<OsString>> {
    let lines = lines.map(|line| line.trim_start().split(" #").next().unwrap().split(" > ").next().unwrap());
    let own = lines.filter_map(|line| line.rsplit_once("headcount ").filter(|(before, _)| is_program(before)));
    own.map(|(_, rest)| std::iter::once("headcount").chain(rest.split_whitespace()).map(OsString::from).collect())
        .collect()
}

/// Whether what stands before `headcount` makes it the program that the line runs.
fn is_program(before: &str) -> bool {
    before.is_empty() || before.ends_with("target/release/") || before.ends_with(" ./") || before.ends_with(" /")
}

/// The lines of a page's blocks, indented or fenced. In prose, a line may begin with the program's name by chance.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    page.lines().filter(move |line| {
        is_fenced ^= line.starts_with("```");
        is_fenced || line.starts_with("    ")
    })
}

#[test]
fn every_documented_command_is_understood() {
    let mut count = 0;
    for name in ["README.md", "docs/operating.md", "helm/headcount/README.md"] {
        let page = std::fs::read_to_string(root().join(name)).unwrap();
        for command in commands(blocks(&page)) {
            count += 1;
            let parsed = Cli::read(command.clone(), &all_settings(&SERVICES));
            assert!(parsed.is_ok(), "{name}: {command:?}");
        }
    }
    assert!(count > 10, "{count} commands found");
}

/// Names that are not the program's: they are read by the tests' scripts, or are gone, as the change log says.
const OTHER_NAMES: [&str; 3] = ["HEADCOUNT_TOOLS_CACHE", "HEADCOUNT_IMAGE", "HEADCOUNT_PASSWORD_FILE"];

#[test]
fn every_documented_setting_exists() {
    let settings = all_settings(&SERVICES);
    let is_known = |name: &str| settings.iter().any(|setting| setting.variable == name) || OTHER_NAMES.contains(&name);
    for (name, page) in pages() {
        for (_, rest) in page.match_indices("HEADCOUNT_").map(|(at, _)| page.split_at(at)) {
            let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            let variable = &rest[..end];
            // `HEADCOUNT_*` and `HEADCOUNT_OTLP_*` stand for several.
            assert!(variable.ends_with('_') || is_known(variable), "{variable} in {}", name.display());
        }
    }
}

/// The program's source, with strings that are continued on the next line joined.
fn source() -> String {
    let mut source = String::new();
    for file in files(&root().join("src"), &["rs"]) {
        let text = std::fs::read_to_string(file).unwrap();
        let mut parts = text.split("\\\n");
        source.push_str(parts.next().unwrap());
        parts.for_each(|part| source.push_str(part.trim_start()));
    }
    source
}

#[test]
fn every_message_under_troubleshooting_is_one_of_the_programs() {
    let page = std::fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let (_, section) = page.split_once("\n## Troubleshooting\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let messages: Vec<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(message, _)| message)
        .collect();
    assert!(messages.len() >= 20, "{} messages", messages.len());
    let source = source();
    for message in messages {
        for piece in message.split('…').filter(|piece| !piece.trim().is_empty()) {
            assert!(source.contains(piece.trim()), "no message has: {piece}");
        }
    }
}

#[test]
fn the_readme_is_short_and_begins_with_the_two_commands() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 150, "{} lines", readme.lines().count());
    let commands: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("    ")).take(2).collect();
    assert_eq!(commands, ["cargo run --example quickstart", "cargo test"]);
}
