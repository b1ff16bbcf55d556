//! Files that a setting names, such as mounted Secrets and certificates: read whole, within a bound, zeroed after use.
//!
//! Knows neither the settings nor what the files hold; the caller says which setting names the file.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// More than any header file or certificate bundle needs (the system's bundle is 200 kB); it bounds what a mistaken
/// path, to a device for instance, can cost.
const MAX_BYTES: u64 = 1024 * 1024;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MountedError {
    /// It cannot be read.
    #[error("cannot read {}, which {setting} names ({source}); check the mount and its permissions", path.display())]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It is larger than any such file needs to be.
    #[error("{}, which {setting} names, is larger than 1 MiB; check that it is the right file", path.display())]
    TooLarge {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
    },
}

/// The contents of the file that a setting names.
///
/// # Errors
/// If it cannot be read, or is too large.
pub fn read(setting: &'static str, path: &Path) -> Result<Zeroizing<Vec<u8>>, MountedError> {
    let unreadable = |source| MountedError::Unreadable { setting, path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len().min(MAX_BYTES);
    // Room for all of it from the start: growing would leave copies behind that nothing zeroes.
    let mut contents = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(MAX_BYTES + 1).read_to_end(&mut contents).map_err(unreadable)?;
    if contents.len() as u64 > MAX_BYTES {
        return Err(MountedError::TooLarge { setting, path: path.to_owned() });
    }
    Ok(contents)
}
