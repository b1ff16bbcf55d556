//! Texts that are reviewed as files: `tests/snapshots/NAME.txt`. With `UPDATE_SNAPSHOTS=1` a test writes its file.

use std::path::Path;

/// Fails if the text is not that of the file.
#[expect(clippy::disallowed_methods, reason = "a switch for contributors, not a setting")]
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name).with_extension("txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let first = text.lines().zip(expected.lines()).find(|(actual, expected)| actual != expected);
    assert_eq!(text, expected, "{} differs, first in {first:?}", path.display());
}
