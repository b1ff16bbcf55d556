//! Real file systems that fail under a running sidecar: one that is full, and one that the kernel makes read-only.
//!
//! Needs root, for mounts in a namespace of the test's own: `tests/crash/run` as root runs this.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use nix::sched::{CloneFlags, unshare};

use crate::acts::Act;
use crate::check;
use crate::play::Sidecar;
use crate::scene::{Scene, ServiceKind};

/// Does this where mounts are seen by this thread, and the processes that it starts, alone.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let done = scope.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNS).expect("mounts of its own need root: tests/crash/run says how");
            sh("mount --make-rprivate /", Path::new("/"));
            work()
        });
        done.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs a line of shell in a directory; gives what it printed.
fn sh(line: &str, directory: &Path) -> String {
    let done = Command::new("sh").args(["-ec", line]).current_dir(directory).output().unwrap();
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// An installation whose state directory is mounted by this line, on the day of a report.
fn mounted(mount: &str) -> Scene {
    let past = Act::Run.past(ServiceKind::CompreFace).unwrap();
    let scene = Scene::after(&past);
    sh(&format!("mv state kept; mkdir state; {mount}; cp -p kept/* state/; rm -r kept"), scene.path());
    scene
}

#[test]
fn a_disk_that_is_full_is_named_and_costs_nothing_once_there_is_room() {
    apart(|| {
        let mut scene = mounted("mount -t tmpfs -o size=400k,mode=0700 none state");
        let sidecar = &mut Sidecar::start(&scene);
        sidecar.wait(&scene, "a report", true, |scene| scene.is_delivered());
        scene.is_due();
        // To the last byte.
        let _ = fs::write(scene.state().join("filling"), vec![1; 1 << 20]);
        scene.next_day();
        sidecar.wait_for_line(&scene, "disk full", true);
        fs::remove_file(scene.state().join("filling")).unwrap();
        sidecar.wait(&scene, "the next report", true, |scene| scene.is_delivered());
        scene.is_due();
        assert_eq!(sidecar.log().matches("disk full").count(), 1, "{}", sidecar.log());
        sidecar.ends(&mut scene);
        check::in_the_end(&scene).unwrap();
        sh("umount state", scene.path());
    });
}

#[test]
fn a_file_system_that_the_kernel_makes_read_only_is_named_and_costs_nothing_once_it_is_mended() {
    apart(|| {
        let make = "truncate -s 8M disk; mkfs.ext4 -q disk";
        let mount = "mount -o loop,errors=remount-ro disk state; rmdir state/lost+found";
        let mut scene = mounted(&format!("{make}; {mount}"));
        let sidecar = &mut Sidecar::start(&scene);
        sidecar.wait(&scene, "a report", true, |scene| scene.is_delivered());
        scene.is_due();
        // As a kernel does that has met an error on the disk: whoever has files open for writing keeps them, in vain.
        sh("echo 1 > /sys/fs/ext4/$(basename $(findmnt -n -o SOURCE state))/trigger_fs_error", scene.path());
        scene.next_day();
        sidecar.wait_for_line(&scene, "read-only", true);
        // What is on the disk, mended, on top of it: there is no moment at which the directory is empty.
        sh(
            "cp disk mended; e2fsck -fy mended >/dev/null || [ $? -le 2 ]; mount -o loop mended state; \
             rmdir state/lost+found",
            scene.path(),
        );
        sidecar.wait(&scene, "the next report", true, |scene| scene.is_delivered());
        scene.is_due();
        sidecar.ends(&mut scene);
        check::in_the_end(&scene).unwrap();
        sh("umount state; umount state", scene.path());
    });
}
