//! A state directory whose mount comes and goes under `run`: nothing is begun where the volume was, and all goes on when it
//! is back. Each sidecar has a mount namespace of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use headcount::store::{Installation, Store};

use crate::commands::Peers;
use crate::program::{Program, Running, eventually, told};

/// A volume that is mounted at the state directory, and a sidecar that uses it.
struct Mounted {
    peers: Peers,
    running: Running,
    touched: AtomicU32,
}

impl Mounted {
    /// Starts a sidecar for which a directory is mounted.
    async fn start() -> Self {
        let peers = Peers::start().await;
        for folder in ["state", "volume", "other"] {
            fs::create_dir(peers.path().join(folder)).unwrap();
        }
        let consent = peers.path().join("consent");
        fs::write(&consent, "granted\n").unwrap();
        let program = peers
            .call(&["run"])
            .state(&peers.path().join("state"))
            .env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap())
            .env("VOLUME", peers.path().join("volume").to_str().unwrap());
        // The variable is the script's alone: what headcount does not know would be a fault of its settings.
        let script = "mount --bind \"$VOLUME\" \"$HEADCOUNT_STATE_DIR\"; unset VOLUME; exec \"$0\" \"$@\"";
        let words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-e", "-c", script];
        let mut running = Running::of(program.command_after(&words));
        running.wait_for("baseline recorded");
        Self { peers, running, touched: AtomicU32::new(0) }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.peers.path().join(name)
    }

    /// Runs a command in the sidecar's mount namespace, and has the sidecar look around.
    fn mount(&self, words: &[&str]) {
        let pid = self.running.pid().to_string();
        let inside = ["--target", &pid, "--user", "--mount", "--preserve-credentials"];
        let done = Command::new("nsenter").args(inside).args(words).output().unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        self.wake("granted");
    }

    fn unmount(&self) {
        self.mount(&["umount", "--lazy", self.folder("state").to_str().unwrap()]);
    }

    fn bind(&self, volume: &str) {
        let (volume, state) = (self.folder(volume), self.folder("state"));
        self.mount(&["mount", "--bind", volume.to_str().unwrap(), state.to_str().unwrap()]);
    }

    /// The loop goes round at once when the consent file changes.
    fn wake(&self, word: &str) {
        let touched = self.touched.fetch_add(1, Ordering::Relaxed);
        fs::write(self.folder("consent"), format!("{word}\n# {touched}\n")).unwrap();
    }

    fn installation(&self, volume: &str) -> Installation {
        installation(&self.folder(volume)).expect("there is no store")
    }

    fn assert_nothing_was_begun(&self) {
        let made: Vec<_> = fs::read_dir(self.folder("state")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(made.is_empty(), "{made:?}");
    }

    fn end(&mut self) {
        assert!(self.running.is_running(), "{}", self.running.log());
        self.running.signal("TERM");
        assert_eq!(self.running.wait().0, Some(0), "{}", self.running.log());
    }
}

fn installation(directory: &Path) -> Option<Installation> {
    let store = Store::open_to_read(directory).unwrap()?;
    Some(store.read(|snapshot| snapshot.installation()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn vanished_mount_starts_no_installation() {
    let mut mounted = Mounted::start().await;
    let before = mounted.installation("volume").baseline_at;
    mounted.unmount();
    mounted.running.wait_for("no longer mounted");
    let asked = mounted.peers.service.requests().len();
    for _ in 0..3 {
        mounted.wake("granted");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    mounted.assert_nothing_was_begun();
    assert_eq!(mounted.running.log().matches("no longer mounted").count(), 1, "{}", mounted.running.log());
    mounted.bind("volume");
    mounted.running.wait_for("store recovered");
    assert_eq!(mounted.peers.service.requests().len(), asked, "it was scraped meanwhile, or begins from the start");
    mounted.end();
    assert_eq!(mounted.installation("volume").baseline_at, before);
    mounted.assert_nothing_was_begun();
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_out_without_the_mount_deletes_when_it_is_back() {
    let mut mounted = Mounted::start().await;
    mounted.unmount();
    mounted.running.wait_for("no longer mounted");
    mounted.wake("denied");
    mounted.running.wait_for("cannot delete stored data");
    mounted.assert_nothing_was_begun();
    let (volume, state) = (mounted.folder("volume"), mounted.folder("state"));
    let pid = mounted.running.pid().to_string();
    let inside = ["--target", &pid, "--user", "--mount", "--preserve-credentials", "mount", "--bind"];
    assert!(Command::new("nsenter").args(inside).args([&volume, &state]).status().unwrap().success());
    mounted.wake("denied");
    mounted.running.wait_for("stored data deleted");
    mounted.end();
    assert_eq!(mounted.installation("volume").baseline_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_volume_continues_its_own_installation() {
    let mut mounted = Mounted::start().await;
    let other = mounted.peers.call(&["once"]).state(&mounted.folder("other"));
    assert_eq!(told(&other.output()).0, Some(0));
    let before = mounted.installation("other");
    mounted.unmount();
    mounted.bind("other");
    mounted.running.wait_for("another store");
    eventually("the decision is recorded", || {
        let store = Store::open_to_read(&mounted.folder("other")).unwrap().unwrap();
        store.read(|snapshot| snapshot.decision()).unwrap().is_some_and(|text| text.contains("starts with granted"))
    });
    let after = mounted.installation("other");
    assert_eq!((after.install_guid, after.baseline_at), (before.install_guid, before.baseline_at));
    mounted.unmount();
    mounted.mount(&["mount", "-t", "tmpfs", "none", mounted.folder("state").to_str().unwrap()]);
    mounted.running.wait_for("no longer mounted");
    mounted.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn store_in_the_mount_point_is_not_used() {
    let mut mounted = Mounted::start().await;
    let hidden = mounted.peers.call(&["once"]).state(&mounted.folder("state"));
    assert_eq!(told(&hidden.output()).0, Some(0), "a start without the volume, seen from outside of the namespace");
    let before = mounted.installation("state");
    mounted.peers.service.change(|model| model.populate(3, 0, 0));
    mounted.unmount();
    mounted.running.wait_for("no longer mounted");
    mounted.wake("granted");
    mounted.bind("volume");
    mounted.running.wait_for("store recovered");
    mounted.end();
    let after = mounted.installation("state");
    assert_eq!((after.last_scrape_at, after.last_report), (before.last_scrape_at, before.last_report));
    assert!(!mounted.running.log().contains("another store"), "{}", mounted.running.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_mount_is_logged_until_it_is_writable() {
    let mut mounted = Mounted::start().await;
    let before = mounted.installation("volume").baseline_at;
    let (volume, state) = (mounted.folder("volume"), mounted.folder("state").to_str().unwrap().to_owned());
    mounted.unmount();
    mounted.running.wait_for("no longer mounted");
    let script = "mount --bind \"$0\" \"$1\"; mount -o remount,bind,ro \"$1\"";
    mounted.mount(&["sh", "-e", "-c", script, volume.to_str().unwrap(), &state]);
    mounted.running.wait_for("read-only");
    mounted.mount(&["mount", "-o", "remount,bind,rw", &state]);
    mounted.running.wait_for("store recovered");
    mounted.end();
    assert_eq!(mounted.installation("volume").baseline_at, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_store_is_a_new_installation() {
    type Delete = fn(&Path);
    let ways: [Delete; 3] = [
        |state| fs::remove_file(state.join("headcount.db")).unwrap(),
        |state| fs::remove_dir_all(state).unwrap(),
        |state| {
            fs::remove_dir_all(state).unwrap();
            // The sidecar may have made it first.
            fs::create_dir_all(state).unwrap();
        },
    ];
    let peers = Peers::start().await;
    let (state, consent) = (peers.path().join("state"), peers.path().join("consent"));
    fs::write(&consent, "granted\n").unwrap();
    let program: Program = peers.call(&["run"]).state(&state).env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap());
    let mut running = program.start();
    running.wait_for("baseline recorded");
    for (number, delete) in ways.into_iter().enumerate() {
        delete(&state);
        fs::write(&consent, format!("granted\n# {number}\n")).unwrap();
        running.wait_for("baseline recorded");
        assert!(installation(&state).unwrap().baseline_at.is_some());
    }
    running.signal("TERM");
    assert_eq!(running.wait().0, Some(0));
}
