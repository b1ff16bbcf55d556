//! Watching the consent file: says that it may have changed, never what it says.
//!
//! inotify watches the directories that the path leads through, since a ConfigMap mount swaps a symbolic link and an editor
//! renames, and the file itself, since a bind mount may be written elsewhere. Where that fails, the file is looked at
//! every second. Neither sees everything (a network file system, a directory above that is moved away), so whoever looks
//! at the clock now and then should read the file again too.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use inotify::{EventOwned, EventStream, Inotify, WatchDescriptor, WatchMask};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::resolve::{Resolution, resolve};

/// Between two looks where inotify does not work: a change must act within 2 s.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A write comes as several events, the first of which may show an empty file. Long enough for the rest to follow, and
/// short beside the 2 s.
const SETTLING: Duration = Duration::from_millis(100);

/// How often to look again whether the path led elsewhere while its directories were being watched one by one.
const ARMING_ATTEMPTS: usize = 3;

/// Opening and reading are no changes. They are not asked for either: every look at the file would wake the process up.
const CHANGES: WatchMask = WatchMask::ATTRIB
    .union(WatchMask::CLOSE_WRITE)
    .union(WatchMask::CREATE)
    .union(WatchMask::DELETE)
    .union(WatchMask::DELETE_SELF)
    .union(WatchMask::MODIFY)
    .union(WatchMask::MOVE)
    .union(WatchMask::MOVE_SELF);

/// Room for some events; one with the longest name that Linux allows takes 272 bytes.
const BUFFER_BYTES: usize = 1024;

/// Watches one path. Ends with the value.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    teller: Teller,
    /// None where inotify does not work, or not yet.
    armed: Option<Armed>,
    /// The file as it was when polling last looked.
    seen: Option<Fingerprint>,
    /// When polling looks again.
    looks_at: Instant,
    /// A change was noticed, which the caller is told of then. Both moments are kept here, since a caller that waits for
    /// other things too may come and go more often than either is far away.
    tells_at: Option<Instant>,
}

/// How a resolved path is watched.
type MakeWatcher = fn(&Resolution) -> io::Result<Armed>;

/// Who tells of changes.
#[derive(Debug)]
enum Teller {
    /// inotify, or polling where that does not work.
    System(MakeWatcher),
    /// Whoever has the other end. Keeps one message until it is taken.
    Other(Arc<Notify>),
}

/// A watcher at work.
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

impl Watch {
    /// Begins to watch. What happens from now on is told, so read the file after this. A path that does not exist, or
    /// cannot be watched, is looked at every second instead.
    #[must_use]
    pub fn start(path: &Path) -> Self {
        Self::start_with(path, Teller::System(Armed::new))
    }

    /// The same where somebody else tells of changes: a simulation, in which the system's own moments would be the one
    /// thing that no seed repeats.
    #[must_use]
    pub fn told_by(path: &Path, told: Arc<Notify>) -> Self {
        Self::start_with(path, Teller::Other(told))
    }

    fn start_with(path: &Path, teller: Teller) -> Self {
        // Without a working directory a relative path leads nowhere, which reading it will say.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut watch =
            Self { path, teller, armed: None, seen: None, looks_at: Instant::now() + POLL_INTERVAL, tells_at: None };
        watch.arm();
        watch.seen = Fingerprint::of(&watch.path);
        watch
    }

    /// Whether inotify tells of changes; if not, polling does.
    #[must_use]
    pub fn is_by_inotify(&self) -> bool {
        self.armed.is_some()
    }

    /// Resolves when the file may have changed since the last time it did; several changes at once are one. Read the file
    /// then. It may be dropped at any point: nothing is lost.
    pub async fn changed(&mut self) {
        tokio::time::sleep_until(self.noticed().await).await;
        // Before the caller reads: what happens after this is told the next time.
        self.arm();
        self.seen = Fingerprint::of(&self.path);
        self.tells_at = None;
    }

    /// Waits for a change; says when to tell of it.
    async fn noticed(&mut self) -> Instant {
        loop {
            if let Some(moment) = self.tells_at {
                return moment;
            }
            let is_changed = if let Teller::Other(told) = &self.teller {
                told.notified().await;
                true
            } else if let Some(armed) = &mut self.armed {
                armed.changed().await;
                true
            } else {
                tokio::time::sleep_until(self.looks_at).await;
                self.looks_at = Instant::now() + POLL_INTERVAL;
                self.arm();
                Fingerprint::of(&self.path) != self.seen
            };
            self.tells_at = is_changed.then(|| Instant::now() + SETTLING);
        }
    }

    /// Watches what the path leads through now. Leaves polling to do the work if not all of it can be watched.
    fn arm(&mut self) {
        self.armed = None;
        let Teller::System(make_watcher) = self.teller else { return };
        for _ in 0..ARMING_ATTEMPTS {
            let Some(resolution) = resolve(&self.path) else { return };
            let Ok(armed) = make_watcher(&resolution) else { return };
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

    /// Other files in the directories are nothing to us. What has no name is about the file or a directory themselves, or
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

    use super::super::file::{self, Approval, ConsentFile};
    use super::*;

    const YES: ConsentFile = ConsentFile::Granted(Approval { contract: None, recipient: None });

    /// What an operator was promised.
    const PROMISED: Duration = Duration::from_secs(2);

    fn room() -> (TempDir, PathBuf) {
        let room = tempfile::tempdir().unwrap();
        let root = room.path().canonicalize().unwrap();
        (room, root)
    }

    /// Waits until the file says this, as an agent would that reads it whenever it is told to.
    async fn says(watch: &mut Watch, path: &Path, expected: &ConsentFile) {
        let wait = async {
            loop {
                watch.changed().await;
                if file::read(path) == *expected {
                    break;
                }
            }
        };
        timeout(PROMISED, wait).await.unwrap_or_else(|_| panic!("nobody told of {expected:?}"));
    }

    async fn stays_silent(watch: &mut Watch) {
        assert!(timeout(Duration::from_millis(400), watch.changed()).await.is_err(), "told of nothing");
    }

    #[tokio::test]
    async fn an_in_place_write_is_seen_each_time() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = Watch::start(&path);
        assert!(watch.is_by_inotify());
        for _ in 0..3 {
            fs::write(&path, "denied").unwrap();
            says(&mut watch, &path, &ConsentFile::Denied).await;
            fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap().write_all(b"granted").unwrap();
            says(&mut watch, &path, &YES).await;
        }
    }

    #[tokio::test]
    async fn an_editors_rename_is_seen_each_time() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = Watch::start(&path);
        for (text, file) in [("denied", ConsentFile::Denied), ("granted", YES), ("denied", ConsentFile::Denied)] {
            fs::write(root.join(".consent.swp"), text).unwrap();
            fs::rename(root.join(".consent.swp"), &path).unwrap();
            says(&mut watch, &path, &file).await;
        }
        fs::write(&path, "granted").unwrap();
        says(&mut watch, &path, &YES).await;
    }

    #[tokio::test]
    async fn a_config_maps_swap_is_seen_each_time() {
        let (_room, root) = room();
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
        let mut watch = Watch::start(&path);
        assert!(watch.is_by_inotify());
        for (version, text, file) in
            [("..2", "denied", ConsentFile::Denied), ("..3", "granted", YES), ("..4", "denied", ConsentFile::Denied)]
        {
            publish(version, text);
            says(&mut watch, &path, &file).await;
        }
    }

    #[tokio::test]
    async fn a_links_far_end_is_seen() {
        let (_room, root) = room();
        let (_other_room, elsewhere) = room();
        let target = elsewhere.join("decision");
        fs::write(&target, "granted").unwrap();
        let path = root.join("consent");
        symlink(&target, &path).unwrap();
        let mut watch = Watch::start(&path);
        fs::write(&target, "denied").unwrap();
        says(&mut watch, &path, &ConsentFile::Denied).await;
        fs::write(elsewhere.join("new"), "granted").unwrap();
        fs::rename(elsewhere.join("new"), &target).unwrap();
        says(&mut watch, &path, &YES).await;
    }

    #[tokio::test]
    async fn a_write_by_another_name_of_the_same_file_is_seen() {
        let (_room, root) = room();
        let (_other_room, elsewhere) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        // As a file mounted alone: what is written goes by another directory.
        fs::hard_link(&path, elsewhere.join("original")).unwrap();
        let mut watch = Watch::start(&path);
        fs::write(elsewhere.join("original"), "denied").unwrap();
        says(&mut watch, &path, &ConsentFile::Denied).await;
    }

    #[tokio::test]
    async fn removal_and_return_are_seen() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = Watch::start(&path);
        let absent = ConsentFile::Unclear(file::FileProblem::Absent);
        for _ in 0..2 {
            fs::remove_file(&path).unwrap();
            says(&mut watch, &path, &absent).await;
            fs::write(&path, "granted").unwrap();
            says(&mut watch, &path, &YES).await;
        }
    }

    #[tokio::test]
    async fn a_directory_may_come_later_and_go_and_return() {
        let (_room, root) = room();
        let path = root.join("mount/deep/consent");
        let mut watch = Watch::start(&path);
        assert!(!watch.is_by_inotify());
        let absent = ConsentFile::Unclear(file::FileProblem::Absent);
        for _ in 0..2 {
            fs::create_dir_all(root.join("mount/deep")).unwrap();
            fs::write(&path, "granted").unwrap();
            says(&mut watch, &path, &YES).await;
            assert!(watch.is_by_inotify());
            fs::remove_dir_all(root.join("mount")).unwrap();
            says(&mut watch, &path, &absent).await;
        }
        assert!(!watch.is_by_inotify());
    }

    #[tokio::test]
    async fn a_directory_that_takes_the_place_of_another_is_seen() {
        let (_room, root) = room();
        fs::create_dir(root.join("a")).unwrap();
        fs::create_dir(root.join("b")).unwrap();
        fs::write(root.join("a/consent"), "granted").unwrap();
        fs::write(root.join("b/consent"), "denied").unwrap();
        let path = root.join("a/consent");
        let mut watch = Watch::start(&path);
        fs::rename(root.join("a"), root.join("old")).unwrap();
        fs::rename(root.join("b"), root.join("a")).unwrap();
        says(&mut watch, &path, &ConsentFile::Denied).await;
        fs::write(&path, "granted").unwrap();
        says(&mut watch, &path, &YES).await;
    }

    #[tokio::test]
    async fn polling_sees_what_inotify_would() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = Watch::start_with(&path, Teller::System(|_| Err(io::ErrorKind::Unsupported.into())));
        assert!(!watch.is_by_inotify());
        fs::write(&path, "denied").unwrap();
        says(&mut watch, &path, &ConsentFile::Denied).await;
        fs::remove_file(&path).unwrap();
        says(&mut watch, &path, &ConsentFile::Unclear(file::FileProblem::Absent)).await;
        fs::write(&path, "granted").unwrap();
        says(&mut watch, &path, &YES).await;
        assert!(timeout(Duration::from_millis(2500), watch.changed()).await.is_err(), "told of nothing");
    }

    #[tokio::test]
    async fn reading_the_file_and_its_neighbours_changes_nothing() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let mut watch = Watch::start(&path);
        assert_eq!(file::read(&path), YES);
        fs::write(root.join("headcount.db-wal"), "pages").unwrap();
        fs::remove_file(root.join("headcount.db-wal")).unwrap();
        fs::read_dir(&root).unwrap().for_each(drop);
        stays_silent(&mut watch).await;
        fs::write(&path, "denied").unwrap();
        says(&mut watch, &path, &ConsentFile::Denied).await;
        assert_eq!(file::read(&path), ConsentFile::Denied);
        stays_silent(&mut watch).await;
    }

    #[tokio::test]
    async fn a_caller_that_comes_and_goes_is_told_by_inotify_and_by_polling() {
        let without_inotify: MakeWatcher = |_| Err(io::ErrorKind::Unsupported.into());
        for make_watcher in [Armed::new, without_inotify] {
            let (_room, root) = room();
            let path = root.join("consent");
            fs::write(&path, "granted").unwrap();
            let mut watch = Watch::start_with(&path, Teller::System(make_watcher));
            fs::write(&path, "denied").unwrap();
            let begun = Instant::now();
            while timeout(Duration::from_millis(5), watch.changed()).await.is_err() {
                assert!(begun.elapsed() < PROMISED, "nobody told");
            }
        }
    }

    #[tokio::test]
    async fn many_changes_at_once_are_one() {
        let (_room, root) = room();
        let path = root.join("consent");
        let mut watch = Watch::start(&path);
        for _ in 0..50 {
            fs::write(&path, "granted").unwrap();
        }
        says(&mut watch, &path, &YES).await;
        stays_silent(&mut watch).await;
    }

    #[tokio::test(start_paused = true)]
    async fn polling_looks_once_a_second_and_lets_a_write_settle() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let begun = Instant::now();
        let mut watch = Watch::start_with(&path, Teller::System(|_| Err(io::ErrorKind::Unsupported.into())));
        for (look, text) in [(1, "denied"), (2, "granted"), (3, "denied")] {
            fs::write(&path, text).unwrap();
            watch.changed().await;
            assert_eq!(begun.elapsed(), POLL_INTERVAL * look + SETTLING);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_somebody_else_tells_only_what_is_told_counts() {
        let (_room, root) = room();
        let path = root.join("consent");
        fs::write(&path, "granted").unwrap();
        let told = Arc::<Notify>::default();
        let mut watch = Watch::told_by(&path, Arc::clone(&told));
        fs::write(&path, "denied").unwrap();
        assert!(timeout(Duration::from_secs(3600), watch.changed()).await.is_err(), "nobody told");
        for _ in 0..2 {
            told.notify_one();
            timeout(PROMISED, watch.changed()).await.unwrap();
        }
    }
}
