//! Records the commit that the program is built from, which `headcount --version` and the log name.
//!
//! `SOURCE_REVISION` has it where there is no repository, as in the image's build. A change of anything but the sources
//! makes no other program, so that it starts no build either.

use std::path::Path;
use std::process::Command;

const SOURCES: [&str; 5] = [".cargo/config.toml", "Cargo.lock", "Cargo.toml", "build.rs", "src"];

#[allow(clippy::print_stdout, reason = "this is how a build script returns its results")]
fn main() -> Result<(), &'static str> {
    println!("cargo:rerun-if-env-changed=SOURCE_REVISION");
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    let revision = given_revision()?.or_else(git_revision).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=SOURCE_REVISION={revision}");
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a setting of the build, not of the program")]
fn given_revision() -> Result<Option<String>, &'static str> {
    let given = std::env::var("SOURCE_REVISION").unwrap_or_default();
    let is_hash = given.len() >= 7 && given.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    match given.as_str() {
        "" | "unknown" => Ok(None),
        _ if is_hash => Ok(Some(given)),
        _ => Err("SOURCE_REVISION is invalid; expected the hash of a commit"),
    }
}

/// The repository's commit, marked if a source differs from it. Absent without a repository of this package's own.
fn git_revision() -> Option<String> {
    let has_repository = Path::new(".git").exists();
    let commit = has_repository.then(|| git(&["rev-parse", "HEAD"])).flatten()?;
    let changes = git(&[["status", "--porcelain", "--"].as_slice(), &SOURCES].concat())?;
    Some(if changes.is_empty() { commit } else { format!("{commit}-modified") })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("--no-optional-locks").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
