//! A state directory that is copied or restored: said once, in `status` until the operator acts; and what happens to a
//! state directory in ordinary life is not taken for that.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use headcount::store::{AuditOutcome, Store};
use serde_json::Value;

use crate::commands::{Peers, json};
use crate::program::{Program, Running, told};

/// A service, an endpoint, and an installation in a directory of its own that has reported once.
struct World {
    peers: Peers,
}

impl World {
    async fn start() -> Self {
        let world = Self { peers: Peers::start().await };
        world.assert_once("state", false);
        world
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.peers.path().join(name)
    }

    fn call(&self, arguments: &[&str], state: &str) -> Program {
        self.peers.call(arguments).state(&self.folder(state))
    }

    fn status(&self, state: &str) -> Value {
        json(&told(&self.call(&["status", "--format", "json"], state).output()).1)
    }

    fn guid(&self, state: &str) -> String {
        self.status(state)["install_guid"].as_str().unwrap().to_owned()
    }

    /// How often the audit says that the store is a copy.
    fn noted(&self, state: &str) -> usize {
        let store = Store::open_to_read(&self.folder(state)).unwrap().unwrap();
        let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
        lines.iter().filter(|line| line.outcome == AuditOutcome::Copied).count()
    }

    /// Calls `once`, which says that the store is a copy, or does not.
    fn assert_once(&self, state: &str, warns: bool) {
        let (exit, _, said) = told(&self.call(&["once"], state).output());
        assert_eq!((exit, said.contains("copy")), (Some(0), warns), "{state}: {said}");
    }

    /// Runs a sidecar for a while, and gives its log.
    fn run(&self, state: &str) -> String {
        log_of(Running::of(self.call(&["run"], state).command()))
    }

    fn shell(&self, script: &str) {
        let done = Command::new("sh").args(["-e", "-c", script]).current_dir(self.peers.path()).output().unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

fn log_of(mut running: Running) -> String {
    running.wait_for("telemetry=\"enabled\"");
    // What is said of the store follows before the loop looks for a signal.
    running.signal("TERM");
    assert_eq!(running.wait().0, Some(0), "{}", running.log());
    running.log().to_owned()
}

/// The ways in which people copy and restore directories; each leaves the copy in `there`.
const COPIES: [&str; 7] = [
    "cp -a state there",
    "cp -r state there",
    "mkdir there; tar -C state -cf - . | tar -C there -xpf -",
    "mkdir there; cp --reflink=auto state/headcount.db there",
    "mkdir there; cat state/headcount.db > there/headcount.db",
    // A backup that is restored in place of the original.
    "tar -cf backup.tar state; rm -r state; tar -xf backup.tar; mv state there",
    // A copy that takes the place of the original file, as editors and sync programs do.
    "cp -a state there; cp -p there/headcount.db there/new; mv there/new there/headcount.db",
];

#[tokio::test(flavor = "multi_thread")]
async fn copy_is_logged_once_and_shown_until_erase() {
    for copy in COPIES {
        let world = World::start().await;
        let guid = world.guid("state");
        world.shell(copy);
        let shown = world.status("there");
        assert!(shown["copied"]["at"].is_null() && shown["copied"]["what"].is_string(), "{copy}: {shown}");
        assert_eq!(world.noted("there"), 0, "{copy}: `status` changes nothing");
        world.assert_once("there", true);
        world.assert_once("there", false);
        let shown = world.status("there");
        assert!(shown["copied"]["at"].is_string(), "{copy}: {shown}");
        assert_eq!((world.noted("there"), world.guid("there")), (1, guid.clone()), "{copy}");
        let text = told(&world.call(&["status"], "there").output()).1;
        assert!(text.lines().any(|line| line.starts_with("copied ") && line.contains("headcount erase")), "{text}");
        assert_eq!(told(&world.call(&["erase", "--yes"], "there").output()).0, Some(0));
        world.assert_once("there", false);
        assert!(world.status("there")["copied"].is_null(), "{copy}");
        assert_ne!(world.guid("there"), guid, "{copy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_is_logged_once() {
    let world = World::start().await;
    world.shell("cp -a state there");
    let log = world.run("there");
    assert_eq!((log.matches("copy").count(), log.matches("WARN").count()), (1, 1), "{log}");
    let log = world.run("there");
    assert_eq!((log.matches("copy").count(), world.noted("there")), (0, 1), "{log}");
    let log = world.run("state");
    assert_eq!((log.matches("copy").count(), world.noted("state")), (0, 0), "the original is none: {log}");
    assert!(world.status("state")["copied"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_backup_is_logged_by_the_running_sidecar() {
    let world = World::start().await;
    let consent = world.folder("consent");
    fs::write(&consent, "granted\n").unwrap();
    let mut running = world.call(&["run"], "state").env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap()).start();
    running.wait_for("telemetry=\"enabled\"");
    world.shell("cp -a state backup; rm state/headcount.db*; cp -a backup/headcount.db* state");
    fs::write(&consent, "granted\n# the loop goes round\n").unwrap();
    running.wait_for("restored from a backup");
    running.signal("TERM");
    assert_eq!((running.wait().0, world.noted("state")), (Some(0), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_events_are_no_copy() {
    type Happens = fn(&World);
    let events: [(&str, Happens); 9] = [
        ("it is called again", |_| {}),
        ("it runs, is killed and runs again", |world| {
            let mut running = world.call(&["run"], "state").start();
            running.wait_for("telemetry=\"enabled\"");
            running.signal("KILL");
            running.wait();
            assert!(!world.run("state").contains("copy"));
        }),
        ("the directory is renamed", |world| {
            world.shell("mv state away; mkdir above; mv away above/; mv above/away state");
        }),
        ("a link leads to it", |world| {
            fs::rename(world.folder("state"), world.folder("volume")).unwrap();
            symlink("volume", world.folder("state")).unwrap();
        }),
        ("it is mounted elsewhere", |world| {
            fs::create_dir(world.folder("elsewhere")).unwrap();
            let log = log_of(Running::of(mounted(world, "elsewhere")));
            assert!(!log.contains("copy"), "{log}");
        }),
        ("its files change owners, modes and times", |world| {
            world.shell(
                "chmod 2770 state; chmod 660 state/*; touch -d 2001-01-01 state state/*; chgrp 4000 state state/*",
            );
        }),
        ("a backup reads it, and another program compacts it", |world| {
            world.shell("tar -cf backup.tar state; cp -a state backup");
            let file = rusqlite::Connection::open(world.folder("state/headcount.db")).unwrap();
            file.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        }),
        ("the log is lost", |world| {
            world.shell("rm -f state/headcount.db-wal state/headcount.db-shm state/headcount.lock");
        }),
        ("telemetry is off for a while", |world| {
            let (exit, ..) = told(&world.call(&["once"], "state").env("DO_NOT_TRACK", "1").output());
            assert_eq!(exit, Some(0));
        }),
    ];
    let world = World::start().await;
    for (name, happens) in events {
        happens(&world);
        let (exit, _, said) = told(&world.call(&["once"], "state").output());
        assert_eq!((exit, said.contains("copy"), world.noted("state")), (Some(0), false, 0), "{name}: {said}");
        assert!(world.status("state")["copied"].is_null(), "{name}");
    }
}

/// A sidecar for which the state directory is mounted at another place.
fn mounted(world: &World, at: &str) -> Command {
    let volume = world.folder("state");
    let program = world.call(&["run"], at).env("VOLUME", volume.to_str().unwrap());
    let script = "mount --bind \"$VOLUME\" \"$HEADCOUNT_STATE_DIR\"; unset VOLUME; exec \"$0\" \"$@\"";
    program.command_after(&["unshare", "--user", "--map-root-user", "--mount", "sh", "-e", "-c", script])
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_note_ends_with_opting_out() {
    let world = World::start().await;
    world.shell("cp -a state there");
    world.assert_once("there", true);
    let opt_out = |state: &str| told(&world.call(&["once"], state).env("HEADCOUNT_DISABLED", "true").output());
    assert_eq!(opt_out("there").0, Some(0));
    assert!(world.status("there")["copied"].is_null());
    world.shell("cp -a there third");
    world.assert_once("third", false);
    assert_eq!(world.noted("third"), world.noted("there"));
    let (exit, _, said) = opt_out("state");
    assert_eq!((exit, said.contains("copy")), (Some(0), false), "{said}");
    assert!(Path::new(&world.folder("state")).join("headcount.db").exists());
}
