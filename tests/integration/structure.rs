//! The code is laid out as docs/design.md says, and the promises that tests cite by number are the ones that stand there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use headcount::source::SERVICES;

/// What the design says of a module.
struct Row {
    floor: u32,
    uses: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn design() -> String {
    std::fs::read_to_string(root().join("docs/design.md")).unwrap()
}

/// The rows of the design's table of modules, by name.
fn rows() -> BTreeMap<String, Row> {
    let design = design();
    let (_, rest) = design.split_once("<!-- modules:begin -->").unwrap();
    let (table, _) = rest.split_once("<!-- modules:end -->").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| floor"));
    rows.map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let uses = words(cells[4]).into_iter().collect();
        (words(cells[2]).remove(0), Row { floor: cells[1].parse().unwrap(), uses })
    })
    .collect()
}

/// What stands between back quotes.
fn words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// All Rust files below a folder, or the file itself.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|entry| files(&entry)).filter(|file| file.extension().is_some_and(|end| end == "rs")).collect()
}

/// The text of a file without its unit tests.
pub(crate) fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    if file.file_name().is_some_and(|name| name == "tests.rs") {
        return String::new();
    }
    text.split_once("\n#[cfg(test)]\nmod tests {").map_or(text.clone(), |(code, _)| code.to_owned())
}

/// The modules that a text names by `crate::`.
fn named(text: &str) -> BTreeSet<String> {
    let after = text.split("crate::").skip(1);
    let names = after.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>());
    names.filter(|name| !name.is_empty()).collect()
}

/// The modules of the library, each with the files that it is made of.
fn modules() -> BTreeMap<String, Vec<PathBuf>> {
    let entries = std::fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap().path());
    let modules = entries.filter(|path| !path.ends_with("lib.rs") && !path.ends_with("main.rs"));
    modules.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), files(&path))).collect()
}

#[test]
fn each_module_uses_what_the_design_says_and_nothing_else() {
    let rows = rows();
    let modules = modules();
    assert_eq!(rows.keys().collect::<Vec<_>>(), modules.keys().collect::<Vec<_>>());
    for (name, files) in modules {
        let mut used: BTreeSet<_> = files.iter().flat_map(|file| named(&code(file))).collect();
        used.remove(&name);
        assert_eq!(used, rows[&name].uses, "what `{name}` uses");
    }
}

#[test]
fn each_module_uses_modules_of_lower_floors_only() {
    let rows = rows();
    for (name, row) in &rows {
        for used in &row.uses {
            assert!(rows[used].floor < row.floor, "`{name}` is on floor {} and uses `{used}`", row.floor);
        }
    }
}

#[test]
fn each_promise_is_cited_by_a_test_and_each_cited_promise_exists() {
    let design = design();
    let (_, rest) = design.split_once("\n## Invariants\n").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let promised: BTreeSet<u32> = section.lines().filter_map(|line| line.split_once(". **")?.0.parse().ok()).collect();
    assert_eq!(promised, (1..=11).collect());
    let cited: BTreeSet<u32> = ["tests", "src", "benches", "fuzz"]
        .iter()
        .flat_map(|folder| files(&root().join(folder)))
        .filter(|file| !file.components().any(|part| part.as_os_str() == "target"))
        .flat_map(|file| citations(&std::fs::read_to_string(file).unwrap()))
        .collect();
    assert_eq!(cited, promised);
}

/// The numbers that follow "invariant" or "invariants" in a text: `invariant 4`, `Invariants 5 and 6`, `Invariants 4, 5 and 8`.
fn citations(text: &str) -> BTreeSet<u32> {
    let text = text.to_ascii_lowercase();
    let mut cited = BTreeSet::new();
    for rest in text.split("invariant").skip(1) {
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        let numbers = rest.split([' ', ',', '\n']).take_while(|word| {
            let word = word.trim_end_matches([':', '.', ')']);
            word.is_empty() || word == "and" || word == "//!" || word.parse::<u32>().is_ok()
        });
        cited.extend(numbers.filter_map(|word| word.trim_end_matches([':', '.', ')']).parse::<u32>().ok()));
    }
    cited
}

#[test]
fn the_check_reads_what_it_should() {
    assert_eq!(citations("Invariants 4, 5 and 8: a thing. invariant 11)"), [4, 5, 8, 11].into());
    assert_eq!(citations("the invariants of 7 things"), [].into());
    assert_eq!(named("use crate::clock::Clock; crate::store::x()"), ["clock".to_owned(), "store".to_owned()].into());
}

/// The types that a text defines.
fn types(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.strip_prefix("pub(super) ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let kinds = ["struct ", "enum ", "trait ", "type "];
        let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
        Some(rest.chars().take_while(|c| c.is_alphanumeric()).collect())
    };
    text.lines().filter_map(name).collect()
}

/// Names that two types share still. None is added.
const SHARED: [&str; 5] = ["Description", "Found", "Reader", "Service", "State"];

#[test]
fn no_two_types_have_one_name() {
    let mut counts = BTreeMap::new();
    for name in files(&root().join("src")).iter().flat_map(|file| types(&code(file))) {
        *counts.entry(name).or_insert(0) += 1;
    }
    let shared: Vec<_> = counts.into_iter().filter(|(name, count)| *count > 1 && !SHARED.contains(&&**name)).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

/// What the services count. Nothing outside of their folders, and of the file that they share, may depend on it.
const SERVICE_WORDS: [&str; 2] = ["faces", "recognition"];

#[test]
fn words_of_a_service_stand_in_its_folder_alone() {
    let words: Vec<_> = SERVICES.iter().map(|service| service.name()).chain(SERVICE_WORDS).collect();
    let folders: Vec<_> = SERVICES.iter().map(|service| root().join("src/source").join(service.name())).collect();
    assert!(folders.iter().all(|folder| folder.is_dir()), "{folders:?}");
    let [registry, shared] = ["registry.rs", "face_recognition.rs"].map(|file| root().join("src/source").join(file));
    // The modules' declarations, and the one-line description of the program.
    let mut allowed: Vec<_> = SERVICES.iter().map(|service| format!("pub mod {};", service.name())).collect();
    allowed.push("mod face_recognition;".to_owned());
    allowed.push("/// Report usage counts of a face-recognition service over OTLP".to_owned());
    let is_of_no_service = |file: &PathBuf| {
        ![&registry, &shared].contains(&file) && !folders.iter().any(|folder| file.starts_with(folder))
    };
    let files = files(&root().join("src")).into_iter().filter(is_of_no_service);
    let strays: Vec<_> = files
        .flat_map(|file| code(&file).lines().map(|line| (file.clone(), line.to_owned())).collect::<Vec<_>>())
        .filter(|(_, line)| !allowed.iter().any(|allowed| allowed == line.trim()))
        .filter(|(_, line)| words.iter().any(|word| line.to_ascii_lowercase().contains(word)))
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
}

/// Longer than this, before its unit tests, no file of the library is.
const LINES: usize = 300;

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = files(&root().join("src"))
        .into_iter()
        .map(|file| (code(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > LINES)
        .collect();
    assert!(long.is_empty(), "split by responsibility: {long:?}");
}
