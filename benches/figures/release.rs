//! The binary that is released, for benchmarks to measure.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds it, into the directory that this benchmark was built into.
pub fn build() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_headcount")).ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--bin", "headcount", "--target-dir"]).arg(target);
    assert!(cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success(), "it does not build");
    target.join("release/headcount")
}
