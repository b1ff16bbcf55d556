//! The files outside of the code that name each setting, made from the table of settings: the chart's values and their schema, the
//! compose files, and the dictionary of the fuzzers. What is written by hand in them stays: the generated parts are between
//! markers, or are the value, comment and schema of a setting's own path.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use headcount::config::{AMBIENT, Accepts, DefaultValue, Setting};
use headcount::source::{SERVICES, all_settings};

use super::gateway::replace;
use super::is_reference;

const VALUES: &str = "helm/headcount/values.yaml";
const SCHEMA: &str = "helm/headcount/values.schema.json";
const DICTIONARY: &str = "fuzz/seeds/settings.dict";

/// The compose files, each with the service that it is for.
pub const COMPOSE_FILES: [(&str, &str); 4] = [
    ("compose/headcount.yml", "compreface"),
    ("compose/headcount-single.yml", "compreface"),
    ("compose/frigate.yml", "frigate"),
    ("compose/inventory.yml", "inventory"),
];

/// Not passed on to a container; each file's comments say why.
pub const NOT_PASSED: [&str; 1] = ["HEADCOUNT_STATE_DIR"];

/// Lines of the chart's comments are at most this long.
const WIDTH: usize = 135;

/// All files, with their generated parts as they should be.
pub fn files() -> Vec<(String, String)> {
    let compose = COMPOSE_FILES.map(|(name, service)| (name, fill_compose(&read(name), service)));
    let others = [
        (VALUES, fill_values(&read(VALUES))),
        (SCHEMA, fill_schema(&read(SCHEMA))),
        (DICTIONARY, fill_dictionary(&read(DICTIONARY))),
    ];
    others.into_iter().chain(compose).map(|(name, text)| (name.to_owned(), text)).collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The settings that are values of the chart as they stand.
fn chart_settings() -> Vec<&'static Setting> {
    let settings = all_settings(&SERVICES).into_iter();
    settings.filter(|setting| !setting.chart.is_empty() && !is_reference(setting)).collect()
}

/// What the chart says of a value: the help, what is expected, and the detail.
pub fn chart_comment(setting: &Setting) -> String {
    let expects = match setting.accepts {
        Accepts::Words(_) | Accepts::Duration { .. } | Accepts::Form(_) => format!(" Expects {}.", setting.accepts),
        Accepts::Boolean => String::new(),
    };
    let required = if setting.default == DefaultValue::Required { " Required." } else { "" };
    let detail = if setting.detail.is_empty() { String::new() } else { format!(" {}", setting.detail) };
    format!("{}.{expects}{required}{detail}", setting.help)
}

/// Returns the setting before this one that has the same parent in the chart.
fn neighbor(settings: &[&'static Setting], setting: &Setting) -> Option<&'static str> {
    let parent = |setting: &Setting| setting.chart.rsplit_once('.').map_or("", |(parent, _)| parent);
    let before = settings.iter().take_while(|other| other.variable != setting.variable);
    before.filter(|other| parent(other) == parent(setting)).last().map(|other| other.chart)
}

fn fill_values(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let settings = chart_settings();
    for setting in &settings {
        let key = setting.chart.rsplit('.').next().unwrap();
        let indent = " ".repeat(2 * setting.chart.matches('.').count());
        let value = match setting.default {
            DefaultValue::Text(text) => text,
            DefaultValue::None(_) | DefaultValue::Required => "\"\"",
        };
        let mut entry = comment(&indent, &chart_comment(setting));
        entry.push(format!("{indent}{key}: {value}"));
        let at = match value_line(&lines, setting.chart) {
            Some(line) => {
                let comments = lines[..line].iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
                line - comments..line + 1
            }
            None => {
                let before = neighbor(&settings, setting).and_then(|path| value_line(&lines, path));
                let after = before.unwrap_or_else(|| panic!("{} has no place in {VALUES}", setting.chart)) + 1;
                after..after
            }
        };
        lines.splice(at, entry);
    }
    lines.join("\n") + "\n"
}

fn comment(indent: &str, text: &str) -> Vec<String> {
    let mut lines = vec![format!("{indent}# --")];
    for word in text.split(' ') {
        if lines.last().unwrap().len() + 1 + word.len() > WIDTH {
            lines.push(format!("{indent}#"));
        }
        let last = lines.last_mut().unwrap();
        write!(last, " {word}").unwrap();
    }
    lines
}

/// Returns the line of the value at a path.
fn value_line(lines: &[String], path: &str) -> Option<usize> {
    let mut keys: Vec<&str> = Vec::new();
    lines.iter().position(|line| {
        let text = line.trim_start();
        let Some((key, _)) = text.split_once(':').filter(|(key, _)| key.chars().all(char::is_alphanumeric)) else {
            return false;
        };
        keys.truncate((line.len() - text.len()) / 2);
        keys.push(key);
        keys.join(".") == path
    })
}

/// A pattern for a word in any case.
fn in_any_case(word: &str) -> String {
    let pattern = |c: char| match c.is_ascii_alphabetic() {
        true => format!("[{}{c}]", c.to_ascii_uppercase()),
        false => c.to_string(),
    };
    word.chars().map(pattern).collect()
}

/// Returns the description and the pattern of a setting's value, where they follow from its row.
pub fn schema_of(setting: &Setting) -> Option<(String, String)> {
    match setting.accepts {
        Accepts::Words(words) => {
            let words: Vec<_> = words().iter().map(|word| in_any_case(word)).collect();
            Some((format!("Expects {}, in any case.", setting.accepts), format!("^({})?$", words.join("|"))))
        }
        Accepts::Duration { .. } => Some((format!("Expects {}.", setting.accepts), "^([0-9]+[smhd])*$".to_owned())),
        Accepts::Boolean | Accepts::Form(_) => None,
    }
}

fn fill_schema(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let settings = chart_settings();
    for setting in &settings {
        let known = schema_block(&lines, setting.chart);
        let Some((description, pattern)) = schema_of(setting) else {
            // A form has a pattern of its own, which is written by hand.
            assert!(known.is_some(), "{} is not in {SCHEMA}", setting.chart);
            continue;
        };
        let indent = " ".repeat(4 + 4 * setting.chart.matches('.').count());
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let mut entry = vec![
            format!("{indent}{}: {{", quoted(setting.chart.rsplit('.').next().unwrap())),
            format!("{indent}  \"type\": ["),
            format!("{indent}    \"string\","),
            format!("{indent}    \"null\""),
            format!("{indent}  ],"),
            format!("{indent}  \"description\": {},", quoted(&description)),
            format!("{indent}  \"pattern\": {}", quoted(&pattern)),
            format!("{indent}}},"),
        ];
        match known {
            Some(block) => {
                entry.last_mut().unwrap().truncate(lines[block.end - 1].len());
                lines.splice(block, entry);
            }
            None => {
                // Before its neighbor, so that there is always something after it.
                let neighbor = neighbor(&settings, setting).and_then(|path| schema_block(&lines, path));
                let start = neighbor.unwrap_or_else(|| panic!("{} has no place in {SCHEMA}", setting.chart)).start;
                lines.splice(start..start, entry);
            }
        }
    }
    lines.join("\n") + "\n"
}

/// Returns the lines of the property at a path.
fn schema_block(lines: &[String], path: &str) -> Option<Range<usize>> {
    let mut block = 0..lines.len();
    for (depth, key) in path.split('.').enumerate() {
        let indent = " ".repeat(4 + 4 * depth);
        let head = format!("{indent}\"{key}\": {{");
        let properties = format!("{}\"properties\": {{", &indent[2..]);
        let start = block.start + lines[block.clone()].iter().position(|line| *line == properties)?;
        let start = start + lines[start..block.end].iter().position(|line| *line == head)?;
        let end =
            lines[start..block.end].iter().position(|line| line.trim_end_matches(',') == format!("{indent}}}"))?;
        block = start..start + end + 1;
    }
    Some(block)
}

fn fill_compose(text: &str, service: &str) -> String {
    let (by_hand, _) = text.split_once("# settings:begin").unwrap();
    let is_listed = |name: &str| {
        let entries = by_hand.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
        entries.map(|entry| entry.split('=').next().unwrap()).any(|entry| entry == name)
    };
    let service = SERVICES.into_iter().find(|known| known.name() == service).unwrap();
    let mut part = String::new();
    let mut group = None;
    let settings = service.settings_in_force().into_iter();
    for setting in settings.filter(|setting| !NOT_PASSED.contains(&setting.variable) && !is_listed(setting.variable)) {
        if group.replace(setting.group) != Some(setting.group) {
            writeln!(part, "# {}:", setting.group.title()).unwrap();
        }
        writeln!(part, "- {}", setting.variable).unwrap();
    }
    part.push_str("# Variables of others that are read too:\n");
    for variable in AMBIENT.iter().filter(|variable| !is_listed(variable)) {
        writeln!(part, "- {variable}").unwrap();
    }
    replace(text, "settings", &part)
}

fn fill_dictionary(text: &str) -> String {
    let mut part = String::new();
    for setting in all_settings(&SERVICES) {
        writeln!(part, "\"{}=\"", setting.variable).unwrap();
        if let Some(flag) = setting.flag {
            writeln!(part, "\"--{flag}=\"").unwrap();
        }
    }
    replace(text, "settings", &part)
}
