//! Tells when a path may have changed. Must not know what the file holds.
//!
//! inotify watches the directories that the path leads through, since a ConfigMap mount swaps a symbolic link and an editor
//! renames, and the file itself, since a bind mount may be written elsewhere. Where that fails, the file is checked every
//! second. Neither notices everything (a network file system, a directory above that is moved away), so that a caller also
//! reads the file from time to time.

mod path;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use inotify::{EventOwned, EventStream, Inotify, WatchDescriptor, WatchMask};
use tokio::time::Instant;

use path::{Resolution, resolve};

/// Between two checks where inotify does not work: a change must act within 2 s.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A write causes several events, and the file may be empty at the first of them. Long enough for the others to follow, and
/// short compared with the 2 s.
const SETTLING: Duration = Duration::from_millis(100);

/// How often to resolve the path again if it changed while its directories were being watched one by one.
const ARMING_ATTEMPTS: usize = 3;

/// Opening and reading are no changes. They are not watched either: each read of the file would wake the process up.
const CHANGES: WatchMask = WatchMask::ATTRIB
    .union(WatchMask::CLOSE_WRITE)
    .union(WatchMask::CREATE)
    .union(WatchMask::DELETE)
    .union(WatchMask::DELETE_SELF)
    .union(WatchMask::MODIFY)
    .union(WatchMask::MOVE)
    .union(WatchMask::MOVE_SELF);

/// Space for some events; one with the longest name that Linux allows takes 272 bytes.
const BUFFER_BYTES: usize = 1024;

/// Watches files. Simulations replace it, so that a seed repeats the moments of all changes.
pub trait FileWatcher: Send + Sync + fmt::Debug {
    /// Watches a path from now on, so read the file after this call. Needs the runtime.
    fn watch(&self, path: &Path) -> FileChanges;
}

/// The changes of one file. Watching ends with this value.
pub struct FileChanges(BoxStream<'static, ()>);

impl FileChanges {
    /// The changes that this stream tells of.
    #[must_use]
    pub fn new(changes: impl Stream<Item = ()> + Send + 'static) -> Self {
        Self(changes.boxed())
    }

    /// Resolves when the file may have changed since the last time it did; several changes at once are one. It may be
    /// dropped at any point: no change is lost.
    pub async fn next(&mut self) {
        if self.0.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

impl fmt::Debug for FileChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileChanges")
    }
}

/// Watches with inotify, and with polling where that does not work.
#[derive(Debug, Clone, Copy)]
pub struct SystemWatcher;

impl FileWatcher for SystemWatcher {
    fn watch(&self, path: &Path) -> FileChanges {
        PathWatch::start(path, Armed::new).into()
    }
}

/// How a resolved path is watched.
type Arm = fn(&Resolution) -> io::Result<Armed>;

/// Watches one path.
#[derive(Debug)]
struct PathWatch {
    path: PathBuf,
    arm_with: Arm,
    /// None where inotify does not work, or not yet.
    armed: Option<Armed>,
    /// The file as it was at the last check.
    seen: Option<Fingerprint>,
    /// When polling checks next.
    checks_at: Instant,
}

/// inotify at work.
#[derive(Debug)]
struct Armed {
    events: EventStream<[u8; BUFFER_BYTES]>,
    directories: HashMap<WatchDescriptor, PathBuf>,
    /// The links, and the file.
    names: BTreeSet<PathBuf>,
}

/// What tells two states of a file apart without reading it. A change always moves the time of the last change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Fingerprint {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl From<PathWatch> for FileChanges {
    fn from(watch: PathWatch) -> Self {
        Self::new(stream::unfold(watch, |mut watch| async move {
            watch.changed().await;
            Some(((), watch))
        }))
    }
}

impl PathWatch {
    /// A path that does not exist, or cannot be watched, is checked every second instead.
    fn start(path: &Path, arm_with: Arm) -> Self {
        // Without a working directory a relative path leads nowhere, which reading it will say.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let checks_at = Instant::now() + POLL_INTERVAL;
        let mut watch = Self { path, arm_with, armed: None, seen: None, checks_at };
        watch.arm();
        watch.seen = Fingerprint::of(&watch.path);
        watch
    }

    /// Waits for a change, and for the end of the write that caused it.
    async fn changed(&mut self) {
        while !self.noticed().await {}
        tokio::time::sleep(SETTLING).await;
        // Before the caller reads: the next call returns for what happens after this.
        self.arm();
        self.seen = Fingerprint::of(&self.path);
    }

    /// Waits for an event, or for the next check; whether either shows a change.
    async fn noticed(&mut self) -> bool {
        if let Some(armed) = &mut self.armed {
            armed.changed().await;
            return true;
        }
        tokio::time::sleep_until(self.checks_at).await;
        self.checks_at = Instant::now() + POLL_INTERVAL;
        self.arm();
        Fingerprint::of(&self.path) != self.seen
    }

    /// Watches what the path leads through now. Leaves polling to do the work if not all of it can be watched.
    fn arm(&mut self) {
        self.armed = None;
        for _ in 0..ARMING_ATTEMPTS {
            let Some(resolution) = resolve(&self.path) else { return };
            let Ok(armed) = (self.arm_with)(&resolution) else { return };
            if resolve(&self.path).as_ref() == Some(&resolution) {
                self.armed = Some(armed);
                return;
            }
        }
    }
}

impl Armed {
    /// Watches from now on. Needs the runtime.
    fn new(resolution: &Resolution) -> io::Result<Self> {
        let inotify = Inotify::init()?;
        let mut watches = inotify.watches();
        let mut directories = HashMap::new();
        for directory in &resolution.directories {
            directories.insert(watches.add(directory, CHANGES)?, directory.clone());
        }
        // It may be absent; its directory tells when it comes.
        let _ = watches.add(&resolution.file, CHANGES);
        let events = inotify.into_event_stream([0; BUFFER_BYTES])?;
        Ok(Self { events, directories, names: resolution.names.clone() })
    }

    /// Resolves at the next event that says that what the path leads to changed, or that events were lost.
    async fn changed(&mut self) {
        while let Some(Ok(event)) = self.events.next().await {
            if self.is_change(&event) {
                return;
            }
        }
    }

    /// Other files in the directories do not matter. An event without a name is about the file or a directory themselves, or
    /// about events that were lost.
    fn is_change(&self, event: &EventOwned) -> bool {
        match (self.directories.get(&event.wd), &event.name) {
            (Some(directory), Some(name)) => self.names.contains(&directory.join(name)),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;
    use tokio::time::timeout;

    use super::*;

    const WITHOUT_INOTIFY: Arm = |_| Err(io::ErrorKind::Unsupported.into());

    /// What the documents promise.
    const PROMISED: Duration = Duration::from_secs(2);

    fn directory() -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        (directory, root)
    }

    fn watch(path: &Path) -> PathWatch {
        PathWatch::start(path, Armed::new)
    }

    /// Waits until the file holds this text, or is absent, as a caller that reads it after each change.
    async fn holds(watch: &mut PathWatch, path: &Path, expected: Option<&str>) {
        let wait = async {
            loop {
                watch.changed().await;
                if fs::read_to_string(path).ok().as_deref() == expected {
                    break;
                }
            }
        };
        timeout(PROMISED, wait).await.unwrap_or_else(|_| panic!("no change to {expected:?} was noticed"));
    }

    async fn stays_quiet(watch: &mut PathWatch) {
        assert!(timeout(Duration::from_millis(400), watch.changed()).await.is_err(), "there was no change");
    }

    #[tokio::test]
    async fn an_in_place_write_is_seen_each_time() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = watch(&path);
        assert!(watch.armed.is_some());
        for _ in 0..3 {
            fs::write(&path, "denied").unwrap();
            holds(&mut watch, &path, Some("denied")).await;
            fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap().write_all(b"granted").unwrap();
            holds(&mut watch, &path, Some("granted")).await;
        }
    }

    #[tokio::test]
    async fn an_editors_rename_is_seen_each_time() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = watch(&path);
        for text in ["denied", "granted", "denied"] {
            fs::write(root.join(".consent.swp"), text).unwrap();
            fs::rename(root.join(".consent.swp"), &path).unwrap();
            holds(&mut watch, &path, Some(text)).await;
        }
        fs::write(&path, "granted").unwrap();
        holds(&mut watch, &path, Some("granted")).await;
    }

    #[tokio::test]
    async fn a_config_maps_swap_is_seen_each_time() {
        let (_directory, root) = directory();
        let publish = |version: &str, text: &str| {
            fs::create_dir(root.join(version)).unwrap();
            fs::write(root.join(version).join("consent"), text).unwrap();
            symlink(version, root.join("..data_tmp")).unwrap();
            let before = fs::read_link(root.join("..data"));
            fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
            if let Ok(before) = before {
                fs::remove_dir_all(root.join(before)).unwrap();
            }
        };
        publish("..1", "granted");
        let path = root.join("consent");
        symlink("..data/consent", &path).unwrap();
        let mut watch = watch(&path);
        assert!(watch.armed.is_some());
        for (version, text) in [("..2", "denied"), ("..3", "granted"), ("..4", "denied")] {
            publish(version, text);
            holds(&mut watch, &path, Some(text)).await;
        }
    }

    #[tokio::test]
    async fn a_links_far_end_is_seen() {
        let (_directory, root) = directory();
        let (_other, elsewhere) = directory();
        let target = elsewhere.join("decision");
        fs::write(&target, "granted").unwrap();
        let path = root.join("consent");
        symlink(&target, &path).unwrap();
        let mut watch = watch(&path);
        fs::write(&target, "denied").unwrap();
        holds(&mut watch, &path, Some("denied")).await;
        fs::write(elsewhere.join("new"), "granted").unwrap();
        fs::rename(elsewhere.join("new"), &target).unwrap();
        holds(&mut watch, &path, Some("granted")).await;
    }

    #[tokio::test]
    async fn a_write_by_another_name_of_the_same_file_is_seen() {
        let (_directory, root) = directory();
        let (_other, elsewhere) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        // As a file mounted alone: what is written goes by another directory.
        fs::hard_link(&path, elsewhere.join("original")).unwrap();
        let mut watch = watch(&path);
        fs::write(elsewhere.join("original"), "denied").unwrap();
        holds(&mut watch, &path, Some("denied")).await;
    }

    #[tokio::test]
    async fn removal_and_return_are_seen() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = watch(&path);
        for _ in 0..2 {
            fs::remove_file(&path).unwrap();
            holds(&mut watch, &path, None).await;
            fs::write(&path, "granted").unwrap();
            holds(&mut watch, &path, Some("granted")).await;
        }
    }

    #[tokio::test]
    async fn a_directory_may_come_later_and_go_and_return() {
        let (_directory, root) = directory();
        let path = root.join("mount/deep/consent");
        let mut watch = watch(&path);
        assert!(watch.armed.is_none());
        for _ in 0..2 {
            fs::create_dir_all(root.join("mount/deep")).unwrap();
            fs::write(&path, "granted").unwrap();
            holds(&mut watch, &path, Some("granted")).await;
            assert!(watch.armed.is_some());
            fs::remove_dir_all(root.join("mount")).unwrap();
            holds(&mut watch, &path, None).await;
        }
        assert!(watch.armed.is_none());
    }

    #[tokio::test]
    async fn replaced_directory_is_noticed() {
        let (_directory, root) = directory();
        fs::create_dir(root.join("a")).unwrap();
        fs::create_dir(root.join("b")).unwrap();
        fs::write(root.join("a/consent"), "granted").unwrap();
        fs::write(root.join("b/consent"), "denied").unwrap();
        let path = root.join("a/consent");
        let mut watch = watch(&path);
        fs::rename(root.join("a"), root.join("old")).unwrap();
        fs::rename(root.join("b"), root.join("a")).unwrap();
        holds(&mut watch, &path, Some("denied")).await;
        fs::write(&path, "granted").unwrap();
        holds(&mut watch, &path, Some("granted")).await;
    }

    #[tokio::test]
    async fn polling_sees_what_inotify_would() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = PathWatch::start(&path, WITHOUT_INOTIFY);
        assert!(watch.armed.is_none());
        fs::write(&path, "denied").unwrap();
        holds(&mut watch, &path, Some("denied")).await;
        fs::remove_file(&path).unwrap();
        holds(&mut watch, &path, None).await;
        fs::write(&path, "granted").unwrap();
        holds(&mut watch, &path, Some("granted")).await;
        assert!(timeout(Duration::from_millis(2500), watch.changed()).await.is_err(), "told of nothing");
    }

    #[tokio::test]
    async fn reading_the_file_is_no_change() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = watch(&path);
        assert_eq!(fs::read_to_string(&path).unwrap(), "granted");
        fs::write(root.join("headcount.db-wal"), "pages").unwrap();
        fs::remove_file(root.join("headcount.db-wal")).unwrap();
        fs::read_dir(&root).unwrap().for_each(drop);
        stays_quiet(&mut watch).await;
        fs::write(&path, "denied").unwrap();
        holds(&mut watch, &path, Some("denied")).await;
        assert_eq!(fs::read_to_string(&path).unwrap(), "denied");
        stays_quiet(&mut watch).await;
    }

    #[tokio::test]
    async fn a_caller_that_comes_and_goes_misses_no_change() {
        for arm in [Armed::new, WITHOUT_INOTIFY] {
            let (_directory, root) = directory();
            let path = root.join("consent");
            fs::write(&path, "granted").unwrap();
            let mut changes = FileChanges::from(PathWatch::start(&path, arm));
            fs::write(&path, "denied").unwrap();
            let begun = Instant::now();
            while timeout(Duration::from_millis(5), changes.next()).await.is_err() {
                assert!(begun.elapsed() < PROMISED, "the change was missed");
            }
        }
    }

    #[tokio::test]
    async fn many_changes_at_once_are_one() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        let mut watch = watch(&path);
        for _ in 0..50 {
            fs::write(&path, "granted").unwrap();
        }
        holds(&mut watch, &path, Some("granted")).await;
        stays_quiet(&mut watch).await;
    }

    #[tokio::test(start_paused = true)]
    async fn polling_checks_each_second_and_waits_for_a_write() {
        let (_directory, root) = directory();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let begun = Instant::now();
        let mut watch = PathWatch::start(&path, WITHOUT_INOTIFY);
        for (look, text) in [(1, "denied"), (2, "granted"), (3, "denied")] {
            fs::write(&path, text).unwrap();
            watch.changed().await;
            assert_eq!(begun.elapsed(), POLL_INTERVAL * look + SETTLING);
        }
    }
}
