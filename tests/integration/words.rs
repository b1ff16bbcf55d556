//! Words that the sources, the documents, the charts and the alerts do not use: they are unclear, or claim too much.

use std::path::{Path, PathBuf};

/// Each has a common word that says the same.
pub(crate) const FORBIDDEN: [&str; 20] = [
    "mend",
    "talk",
    "somebody",
    "nobody",
    "whoever",
    "anew",
    "half-way",
    "makes no sense",
    "a yes",
    "a no",
    "missing yes",
    "makers",
    "liar",
    "silence",
    "beside",
    "but for",
    "way out",
    "look at",
    "twenty numbers",
    "anonymous",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is searched: all text that a person reads, but not the tests of the program.
const PLACES: [&str; 8] = ["src", "docs", "helm", "compose", "otel-config", "examples", "justfile", "Dockerfile"];

const ENDS: [&str; 11] = ["rs", "md", "yaml", "yml", "tpl", "txt", "gotmpl", "toml", "conf", "cfg", "flags"];

/// All files below a path that hold text.
fn texts(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_text = path.extension().is_none() || ENDS.iter().any(|end| name.ends_with(&format!(".{end}")));
        return if is_text || name == "values.schema.json" { vec![path.to_owned()] } else { Vec::new() };
    }
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let kept = entries.filter(|path| !path.ends_with("charts"));
    kept.flat_map(|path| texts(&path)).collect()
}

fn pages() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// Returns the words of a text in lower case, with what marks a comment at the start of a line removed. What is joined by
/// `_`, `-` or `/` is one word, so that names of files and functions are no matches.
fn words(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '#', '!', '*', '>', ' ']));
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
    lines
        .flat_map(|line| line.split_whitespace())
        .flat_map(|word| {
            let spaced = word.replace(|c| !is_part(c), " . ");
            spaced.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>()
        })
        .collect()
}

/// Returns the first forbidden words of a text.
fn found(text: &str) -> Option<&'static str> {
    let words = words(text);
    FORBIDDEN.into_iter().find(|forbidden| {
        let forbidden: Vec<_> = forbidden.split(' ').collect();
        words.windows(forbidden.len()).any(|window| window == forbidden)
    })
}

#[test]
fn text_has_no_forbidden_word() {
    let files = PLACES.iter().flat_map(|place| texts(&root().join(place))).chain(pages());
    let mut count = 0;
    for file in files {
        count += 1;
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if let Ok(text) = std::fs::read_to_string(&file) {
            assert_eq!(found(&text), None, "{name}");
        }
    }
    assert!(count > 150, "{count} files");
}

#[test]
fn forbidden_words_are_found_across_lines_and_in_any_case() {
    let texts = [
        ("/// What makes no\n/// sense here.", Some("makes no sense")),
        ("# All but\n# for one", Some("but for")),
        ("Nobody knows", Some("nobody")),
        ("`talk(\"x\")`", Some("talk")),
        ("is a no.", Some("a no")),
        ("a no-op", None),
        ("tests/silence/run, open_beside, besides, amend", None),
        ("a (yes)", None),
    ];
    for (text, expected) in texts {
        assert_eq!(found(text), expected, "{text}");
    }
}
