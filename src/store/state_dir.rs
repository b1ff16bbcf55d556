//! The state directory and its files: names, permissions, the lock, and the identity of the database file.
//!
//! Must not know SQL.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The one file that everything is in.
pub(super) const DATABASE: &str = "headcount.db";
/// What `run` and `once` lock. A file of its own: closing any handle to the database would drop SQLite's own locks.
const LOCK: &str = "headcount.lock";
/// Where a scrape stages ids. It has no name for longer than it takes to open it, unless a crash comes between.
const STAGING: &str = "staging.db";

const DIRECTORY_MODE: u32 = 0o700;

/// The mode of files in a directory that is this user's own.
const OWN_MODE: u32 = 0o600;
/// The mode of files in a directory that its group shares.
const SHARED_MODE: u32 = 0o660;
/// What a directory has that its group shares on purpose, as a volume with an fsGroup: what is made in it is the group's.
const SHARED: u32 = 0o2020;

/// Which file a path led to when it was opened.
pub(super) type FileId = (u64, u64);

/// The state directory.
#[derive(Debug, Clone)]
pub(super) struct StateDir(PathBuf);

impl StateDir {
    pub(super) fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    pub(super) fn directory(&self) -> &Path {
        &self.0
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// The write-ahead log, as SQLite names it.
    pub(super) fn log(&self) -> PathBuf {
        self.sqlite_file("-wal")
    }

    fn sqlite_file(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(DATABASE);
        name.push(suffix);
        self.0.join(name)
    }

    /// Makes the directory, and those above it, for this user alone. An existing directory stays as it is: a mounted volume
    /// has the permissions that its operator chose.
    pub(super) fn make_directory(&self) -> Result<(), StoreError> {
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(&self.0)
            .map_err(|source| StoreError::from_io(&self.0, source))
    }

    /// Makes the database file for this user alone, or for the group that shares the directory; SQLite gives its log the same
    /// rights. Existing files get these rights too, as far as this user may set them.
    pub(super) fn make_database(&self) -> Result<(), StoreError> {
        let path = self.database();
        match new_file(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let metadata = fs::metadata(&path).map_err(|source| StoreError::from_io(&path, source))?;
                if !metadata.is_file() {
                    return Err(StoreError::Foreign { path });
                }
            }
            Err(error) => return Err(StoreError::from_io(&path, error)),
        }
        for path in [path, self.log(), self.sqlite_file("-shm")] {
            self.set_mode(&path)?;
        }
        Ok(())
    }

    /// Sets a file's rights by whose the directory is. What its owner closed further is left as it is, and so is what
    /// another user made for the group.
    fn set_mode(&self, path: &Path) -> Result<(), StoreError> {
        let directory = fs::metadata(&self.0).map_err(|source| StoreError::from_io(&self.0, source))?;
        let file = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found.map_err(|source| StoreError::from_io(path, source))?,
        };
        let is_shared = directory.mode() & SHARED == SHARED && file.gid() == directory.gid();
        let (wanted, closed) = if is_shared { (SHARED_MODE, 0o007) } else { (OWN_MODE, 0o077) };
        let is_too_open = file.mode() & closed != 0;
        let is_too_closed = is_shared && file.mode() & 0o600 == 0o600 && file.mode() & 0o060 != 0o060;
        if !is_too_open && !is_too_closed {
            return Ok(());
        }
        let is_set = fs::set_permissions(path, Permissions::from_mode(wanted)).is_ok();
        if is_too_open && !is_set {
            tracing::warn!(path = %path.display(), "the store can be read by other users; give it the mode {wanted:04o}");
        }
        Ok(())
    }

    /// How large the database and its log are.
    pub(super) fn size(&self) -> io::Result<u64> {
        let log = fs::metadata(self.log()).map_or(0, |log| log.len());
        Ok(fs::metadata(self.database())?.len().saturating_add(log))
    }

    /// Whether the write-ahead log holds nothing.
    pub(super) fn has_no_log(&self) -> bool {
        fs::metadata(self.log()).map_or(true, |log| log.len() == 0)
    }

    /// Makes the file that a scrape stages ids in, and removes its name. A file that a crash left is removed first.
    pub(super) fn unnamed_file(&self) -> Result<(File, &Path), StoreError> {
        let path = self.0.join(STAGING);
        self.remove_staging()?;
        let file = new_file(&path).map_err(|source| StoreError::from_io(&path, source))?;
        self.remove_staging()?;
        Ok((file, &self.0))
    }

    /// Removes the name of the staging file; a process that has it open continues to use it.
    pub(super) fn remove_staging(&self) -> Result<(), StoreError> {
        remove(&self.0.join(STAGING))
    }

    /// Removes the database and its write-ahead log, open or not.
    pub(super) fn remove_database(&self) -> Result<(), StoreError> {
        remove(&self.database())?;
        remove(&self.log())?;
        remove(&self.sqlite_file("-shm"))
    }

    /// Removes the lock file. Only the holder of the lock may do so.
    pub(super) fn remove_lock(&self) -> Result<(), StoreError> {
        remove(&self.0.join(LOCK))
    }

    /// Which file the database is now; none if there is none.
    pub(super) fn database_id(&self) -> Result<Option<FileId>, StoreError> {
        let path = self.database();
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some((metadata.dev(), metadata.ino()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::from_io(&path, error)),
        }
    }

    /// Takes the lock that `run` and `once` hold for as long as they work. It is gone with the file handle, also after
    /// `kill -9`.
    pub(super) fn lock(&self) -> Result<File, StoreError> {
        let path = self.0.join(LOCK);
        loop {
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(OWN_MODE)
                .open(&path)
                .map_err(|source| StoreError::from_io(&path, source))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { directory: self.0.clone() }),
                // It is open for writing, so that only the file system can be what refuses.
                Err(TryLockError::Error(source)) => return Err(StoreError::FileSystem(source.into())),
            }
            self.set_mode(&path)?;
            // `erase` may have removed the file between the two steps: a lock on a file without a name excludes no other process.
            if is_still_at(&file, &path).map_err(|source| StoreError::from_io(&path, source))? {
                return Ok(file);
            }
        }
    }
}

fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (held.dev(), held.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(OWN_MODE).open(path)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::from_io(path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn files_are_private_to_the_user() {
        let directory = tempfile::tempdir().unwrap();
        let state_dir = StateDir::new(directory.path());
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        state_dir.make_database().unwrap();
        assert_eq!(mode(&state_dir.database()), 0o600);
        fs::set_permissions(state_dir.database(), Permissions::from_mode(0o640)).unwrap();
        state_dir.make_database().unwrap();
        assert_eq!(mode(&state_dir.database()), 0o600);
        // What is closed to others already is left as its owner has it.
        fs::set_permissions(state_dir.database(), Permissions::from_mode(0o400)).unwrap();
        state_dir.make_database().unwrap();
        assert_eq!(mode(&state_dir.database()), 0o400);
        let (staging, _) = state_dir.unnamed_file().unwrap();
        assert_eq!(staging.metadata().unwrap().mode() & 0o777, 0o600);
        assert!(!directory.path().join(STAGING).exists());
    }

    #[test]
    fn files_are_shared_in_a_group_directory() {
        let directory = tempfile::tempdir().unwrap();
        let state_dir = StateDir::new(directory.path());
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        state_dir.make_database().unwrap();
        // Group-writable alone is a habit of some users' umask; setgid alone is inherited.
        for (of_directory, before, after) in [
            (0o0770, 0o660, 0o600),
            (0o2750, 0o660, 0o600),
            (0o2770, 0o600, 0o660),
            (0o2770, 0o660, 0o660),
            (0o2770, 0o666, 0o660),
            (0o2770, 0o644, 0o660),
            (0o2770, 0o400, 0o400),
            (0o2777, 0o600, 0o660),
        ] {
            set(directory.path(), of_directory);
            let files = [state_dir.database(), state_dir.log(), state_dir.sqlite_file("-shm")];
            for file in &files {
                fs::write(file, "").unwrap();
                set(file, before);
            }
            state_dir.make_database().unwrap();
            for file in &files {
                assert_eq!(mode(file), after, "{of_directory:o} {before:o} {file:?}");
                set(file, 0o600);
            }
            let _lock = state_dir.lock().unwrap();
            assert_eq!(mode(&state_dir.0.join(LOCK)), if of_directory & SHARED == SHARED { 0o660 } else { 0o600 });
        }
    }

    #[test]
    fn unreadable_path_is_an_error_not_a_missing_store() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let below_a_file = StateDir::new(&file.path().join("state"));
        assert!(matches!(below_a_file.database_id(), Err(StoreError::File { .. })));
        assert!(matches!(below_a_file.make_database(), Err(StoreError::File { .. })));
        assert!(is_still_at(file.as_file(), file.path()).unwrap());
        assert!(is_still_at(file.as_file(), &file.path().join("lock")).is_err());
        let directory = tempfile::tempdir().unwrap();
        assert!(!is_still_at(file.as_file(), &directory.path().join("lock")).unwrap());
        assert!(remove(&directory.path().join("lock")).is_ok());
        assert!(matches!(remove(directory.path()), Err(StoreError::File { .. } | StoreError::Permission(_))));
        assert!(StateDir::new(directory.path()).database_id().unwrap().is_none());
        assert!(StateDir::new(&directory.path().join("state")).database_id().unwrap().is_none());
    }

    #[test]
    fn lock_is_exclusive_while_its_file_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let holders = AtomicUsize::new(0);
        let taken = AtomicUsize::new(0);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    let state_dir = StateDir::new(directory.path());
                    for _ in 0..3000 {
                        let Ok(lock) = state_dir.lock() else { continue };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold the lock");
                        std::thread::yield_now();
                        // Removing the file releases the lock: the next process makes a file of its own at once.
                        holders.fetch_sub(1, Ordering::SeqCst);
                        state_dir.remove_lock().unwrap();
                        taken.fetch_add(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert!(taken.into_inner() > 0);
    }
}
