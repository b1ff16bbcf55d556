//! Whether the store could be written now. Nothing is made or changed.
//!
//! A store that cannot be written cannot record that either, so `status` checks it each time.

use std::fs;
use std::path::Path;

use rustix::fs::{Access, StatVfs, access, statvfs};

use super::StoreError;
use super::state_dir::StateDir;

/// With less than this, in bytes, a disk is called full: SQLite's shared memory alone takes 32 KiB, and what one scrape and one
/// report write takes some pages more.
const NEEDED: u64 = 64 * 1024;

/// Fails with what would prevent the store from being written. A quota that the file system does not report is not seen.
pub(super) fn check_writable(state_dir: &StateDir) -> Result<(), StoreError> {
    // What is not there yet would be made in the folder above it.
    let existing = state_dir.directory().ancestors().find(|folder| fs::symlink_metadata(folder).is_ok());
    let Some(there) = existing else { return Ok(()) };
    let may_write = may(there, Access::WRITE_OK | Access::EXEC_OK);
    let may_write = may_write.and_then(|()| match state_dir.database_id()? {
        Some(_) => may(&state_dir.database(), Access::READ_OK | Access::WRITE_OK),
        None => Ok(()),
    });
    may_write.and_then(|()| has_space(there))
}

fn may(path: &Path, wanted: Access) -> Result<(), StoreError> {
    access(path, wanted).map_err(|error| StoreError::from_io(path, error.into()))
}

fn has_space(folder: &Path) -> Result<(), StoreError> {
    let found = statvfs(folder).map_err(|error| StoreError::from_io(folder, error.into()))?;
    match shortage(&found) {
        Some(shortage) => Err(StoreError::Full(shortage.into())),
        None => Ok(()),
    }
}

/// File systems without a limit say that they have no blocks and no files at all.
fn shortage(found: &StatVfs) -> Option<String> {
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    if found.f_blocks > 0 && free < NEEDED {
        return Some(format!("{free} bytes are free"));
    }
    (found.f_files > 0 && found.f_favail == 0).then(|| "no more files can be created".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMY: StatVfs = StatVfs {
        f_bsize: 4096,
        f_frsize: 4096,
        f_blocks: 1000,
        f_bfree: 1000,
        f_bavail: 1000,
        f_files: 1000,
        f_ffree: 1000,
        f_favail: 1000,
        f_fsid: 0,
        f_flag: rustix::fs::StatVfsMountFlags::empty(),
        f_namemax: 255,
    };

    #[test]
    fn a_disk_is_full_when_what_a_scrape_writes_has_no_room() {
        assert_eq!(shortage(&ROOMY), None);
        assert_eq!(shortage(&StatVfs { f_bavail: 16, ..ROOMY }), None);
        // What is kept for root is of no use.
        let full = StatVfs { f_bavail: 15, f_bfree: 1000, ..ROOMY };
        assert_eq!(shortage(&full).as_deref(), Some("61440 bytes are free"));
        assert_eq!(shortage(&StatVfs { f_favail: 0, ..ROOMY }).as_deref(), Some("no more files can be created"));
    }

    #[test]
    fn a_file_system_without_limits_is_not_full() {
        let none = StatVfs { f_blocks: 0, f_bfree: 0, f_bavail: 0, f_files: 0, f_ffree: 0, f_favail: 0, ..ROOMY };
        assert_eq!(shortage(&none), None);
    }

    #[test]
    fn missing_directory_is_checked_at_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        assert!(check_writable(&StateDir::new(&directory.path().join("not/made/yet"))).is_ok());
        assert!(fs::read_dir(directory.path()).unwrap().next().is_none(), "it was made");
        fs::write(directory.path().join("a-file"), "").unwrap();
        let below_a_file = check_writable(&StateDir::new(&directory.path().join("a-file/state")));
        assert!(matches!(below_a_file, Err(StoreError::File { .. } | StoreError::Permission(_))), "{below_a_file:?}");
    }

    #[test]
    fn unwritable_path_is_an_error() {
        let named = may(Path::new("/proc/sys/kernel/ostype"), Access::WRITE_OK);
        assert!(matches!(named, Err(StoreError::Permission(_) | StoreError::ReadOnly(_))), "{named:?}");
        assert!(may(Path::new("/proc/sys/kernel/ostype"), Access::READ_OK).is_ok());
        assert!(check_writable(&StateDir::new(Path::new("/proc/self"))).is_err());
        let directory = tempfile::tempdir().unwrap();
        let state_dir = StateDir::new(directory.path());
        std::os::unix::fs::symlink("/proc/sys/kernel/ostype", state_dir.database()).unwrap();
        assert!(check_writable(&state_dir).is_err());
    }

    #[test]
    fn unknown_free_space_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(has_space(&directory.path().join("missing")), Err(StoreError::File { .. })));
    }
}
