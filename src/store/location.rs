//! Where a store was opened, so that an empty mount point is not taken for an erased store.
//!
//! Must not know SQL.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

use super::state_dir::StateDir;
use super::{Epoch, StoreError};

/// A mounted file system: its device, and its mount number where the kernel has one (Linux 5.8). The number distinguishes
/// two directories of one file system that are mounted at the same path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mount {
    device: u64,
    number: Option<u64>,
}

/// The store that a process opened, and on which mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLocation {
    pub(super) mount: Mount,
    /// The mount that shows at the state directory when this one is gone. None if there is no other.
    pub(super) below: Option<Mount>,
    /// None once that store was erased.
    pub(super) epoch: Option<Epoch>,
}

impl StoreLocation {
    /// The same mount, after the store on it was erased or replaced.
    #[must_use]
    pub const fn without_store(self) -> Self {
        Self { epoch: None, ..self }
    }

    /// Whether this is another installation than the one that was opened before.
    #[must_use]
    pub fn is_other_than(&self, before: &Self) -> bool {
        before.epoch.is_some_and(|epoch| self.epoch != Some(epoch))
    }

    /// Fails if the mount of the store is gone: its mount point shows, whatever lies there, or another mount without a store.
    ///
    /// # Errors
    /// [`StoreError::Unmounted`], or if the directory cannot be read.
    pub fn check(&self, directory: &Path) -> Result<(), StoreError> {
        let state_dir = StateDir::new(directory);
        let here = mount(&state_dir)?;
        if here == self.mount || (self.below != Some(here) && state_dir.database_id()?.is_some()) {
            return Ok(());
        }
        Err(StoreError::Unmounted { directory: directory.to_owned() })
    }
}

/// The mount that the state directory lies on, or would be made on.
pub(super) fn mount(state_dir: &StateDir) -> Result<Mount, StoreError> {
    let missing = || StoreError::from_io(state_dir.directory(), io::ErrorKind::NotFound.into());
    mounts(state_dir).next().ok_or_else(missing)?
}

/// The mount that shows at the state directory when `upper` is gone: that of the nearest folder above it.
pub(super) fn below(state_dir: &StateDir, upper: Mount) -> Result<Option<Mount>, StoreError> {
    mounts(state_dir).find(|found| !matches!(found, Ok(mount) if *mount == upper)).transpose()
}

/// The mounts of the state directory and of the folders above it, as far as they exist.
fn mounts(state_dir: &StateDir) -> impl Iterator<Item = Result<Mount, StoreError>> {
    state_dir.directory().ancestors().filter_map(|folder| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        match mount_of(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            found => Some(found.map_err(|source| StoreError::from_io(folder, source))),
        }
    })
}

fn mount_of(folder: &Path) -> io::Result<Mount> {
    let device = std::fs::metadata(folder)?.dev();
    let found = statx(CWD, folder, AtFlags::empty(), StatxFlags::MNT_ID).ok();
    let number = found.filter(|found| found.stx_mask & StatxFlags::MNT_ID.bits() != 0).map(|found| found.stx_mnt_id);
    Ok(Mount { device, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_directory_has_mount_of_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        let here = mount(&StateDir::new(directory.path())).unwrap();
        assert_eq!(mount(&StateDir::new(&directory.path().join("not/made/yet"))).unwrap(), here);
        assert_ne!(mount(&StateDir::new(Path::new("/proc"))).unwrap(), here);
        assert!(mount(&StateDir::new(Path::new("state"))).is_ok());
    }

    #[test]
    fn empty_directory_passes_only_on_its_mount() {
        let directory = tempfile::tempdir().unwrap();
        let own = mount(&StateDir::new(directory.path())).unwrap();
        let here = StoreLocation { mount: own, below: None, epoch: Some([1; 16]) };
        assert!(here.check(directory.path()).is_ok());
        let elsewhere = StoreLocation { mount: mount(&StateDir::new(Path::new("/proc"))).unwrap(), ..here };
        let error = elsewhere.check(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Unmounted { .. }), "{error:?}");
        std::fs::write(directory.path().join("headcount.db"), "").unwrap();
        assert!(elsewhere.check(directory.path()).is_ok(), "what is there can be opened");
        let uncovered = StoreLocation { below: Some(own), ..elsewhere };
        assert!(uncovered.check(directory.path()).is_err(), "it lay in the mount point before");
    }

    #[test]
    fn mount_below_is_nearest_other_mount() {
        let of = |path: &str| mount(&StateDir::new(Path::new(path))).unwrap();
        assert_eq!(below(&StateDir::new(Path::new("/proc/self")), of("/proc")).unwrap(), Some(of("/")));
        assert_eq!(below(&StateDir::new(Path::new("/")), of("/")).unwrap(), None);
    }

    #[test]
    fn other_epoch_is_other_installation() {
        let mount = mount(&StateDir::new(Path::new("/proc"))).unwrap();
        let location = |epoch| StoreLocation { mount, below: None, epoch: Some([epoch; 16]) };
        assert!(location(2).is_other_than(&location(1)));
        assert!(!location(1).is_other_than(&location(1)));
        assert!(!location(2).is_other_than(&location(1).without_store()), "the first one was erased");
    }
}
