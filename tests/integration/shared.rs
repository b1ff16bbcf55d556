//! A state directory that is shared: by users of one group, as a volume with an fsGroup, and with file systems that lack
//! what SQLite needs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use crate::commands::Peers;
use crate::program::{Program, told};

/// Users of a platform that gives each namespace a range of its own, and the group that a volume is opened to.
const USERS: [u32; 2] = [65532, 1_000_710_000];
const GROUP: u32 = 4000;

/// A call as this user, in the group, with the most careful of file mode masks.
fn as_user(program: &Program, user: u32) -> std::process::Command {
    let user = user.to_string();
    let script = "umask 077; exec \"$0\" \"$@\"";
    let group = GROUP.to_string();
    let words = ["setpriv", "--reuid", &user, "--regid", &user, "--groups", &group, "sh", "-c", script];
    program.command_after(&words)
}

fn modes(directory: &Path) -> Vec<(String, u32)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().mode() & 0o777)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_user_of_the_group_continues_the_store() {
    let peers = Peers::start().await;
    fs::set_permissions(peers.path(), Permissions::from_mode(0o755)).unwrap();
    let (binary, state) = (peers.path().join("headcount"), peers.path().join("state"));
    peers.call(&[]).copy_binary_to(&binary);
    fs::create_dir(&state).unwrap();
    chown(&state, Some(0), Some(GROUP)).expect("two users and a group need root");
    fs::set_permissions(&state, Permissions::from_mode(0o2770)).unwrap();
    let call = |arguments: &[&str]| peers.call_of(&binary, arguments).state(&state);
    for user in USERS {
        let (exit, _, said) = told(&as_user(&call(&["once"]), user).output().unwrap());
        assert_eq!(exit, Some(0), "{user}: {said} {:?}", modes(&state));
        let (exit, status, said) = told(&as_user(&call(&["status"]), user).output().unwrap());
        assert!(exit == Some(0) && status.contains("receipt"), "{user}: {status} {said}");
        assert!(modes(&state).iter().all(|(_, mode)| *mode == 0o660), "{:?}", modes(&state));
    }
    let (exit, _, said) = told(&as_user(&call(&["once"]).env("HEADCOUNT_DISABLED", "1"), USERS[0]).output().unwrap());
    assert_eq!(exit, Some(0), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_user_without_the_group_gets_a_remedy() {
    let peers = Peers::start().await;
    fs::set_permissions(peers.path(), Permissions::from_mode(0o755)).unwrap();
    let (binary, state) = (peers.path().join("headcount"), peers.path().join("state"));
    peers.call(&[]).copy_binary_to(&binary);
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, Permissions::from_mode(0o755)).unwrap();
    let (exit, _, said) = told(&as_user(&peers.call_of(&binary, &["once"]).state(&state), USERS[0]).output().unwrap());
    assert_eq!(exit, Some(5), "{said}");
    assert!(said.contains("fsGroup"), "{said}");
}

/// What SQLite meets on SMB, NFS and 9p, played by strace: the calls on this file of the state directory, and what they
/// are answered.
const LACKING: [(&str, &str); 6] = [
    ("headcount.db", "fcntl:error=EACCES"),
    ("headcount.db", "fcntl:error=ENOLCK"),
    ("headcount.db-shm", "mmap:error=ENODEV"),
    ("headcount.lock", "flock:error=ENOLCK"),
    ("headcount.lock", "flock:error=EOPNOTSUPP"),
    ("headcount.lock", "flock:error=ENOSYS"),
];

#[tokio::test(flavor = "multi_thread")]
async fn file_system_without_locks_is_reported() {
    for (file, answer) in LACKING {
        let peers = Peers::start().await;
        let (trace, state) = (peers.path().join("trace"), peers.path().join("state"));
        let (path, inject) = (state.join(file), format!("inject={answer}"));
        let words = ["strace", "-f", "-qq", "-o", trace.to_str().unwrap(), "-P", path.to_str().unwrap(), "-e", &inject];
        let (exit, _, said) = told(&peers.call(&["once"]).state(&state).command_after(&words).output().unwrap());
        assert!(fs::read_to_string(&trace).unwrap().contains("INJECTED"), "{answer} was not played");
        assert_eq!(exit, Some(5), "{file} {answer}: {said}");
        assert!(said.contains("file system") || said.contains("local disk"), "{file} {answer}: {said}");
    }
}
