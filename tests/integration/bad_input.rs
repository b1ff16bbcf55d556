//! Bad input: each gives one clear sentence that says what to do and the right exit status, loses nothing, and is gone as
//! soon as it is mended.

use std::fs;
use std::process::Command;

use headcount::store::Store;
use serde_json::Value;

use crate::commands::{Peers, json};
use crate::program::{Program, told};
use crate::support::compreface::{Answer as ServiceAnswer, Door, GlobalRole, PASSWORD, Trouble, When};
use crate::support::endpoint::Answer;

/// Fails unless the call ends so, with one sentence that has all these words.
fn assert_one_sentence(program: &Program, exit: i32, words: &[&str]) {
    let (found, data, said) = told(&program.output());
    assert_eq!((found, data.as_str()), (Some(exit), ""), "{said}");
    assert_sentence(&said, words);
}

fn assert_sentence(said: &str, words: &[&str]) {
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("error: "), "{said}");
    assert!(lines[1..].iter().all(|line| line.starts_with("hint: ")) && lines.len() <= 2, "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} are not in {said}");
    for secret in [PASSWORD, crate::support::compreface::EMAIL, "panicked", "Error {"] {
        assert!(!said.contains(secret), "{said}");
    }
}

/// Peers with a baseline and nothing that waits, after which three users were created.
async fn begun() -> Peers {
    let peers = Peers::start().await;
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    peers.service.change(|model| model.populate(3, 0, 0));
    peers
}

/// Nothing was lost: the next scrape counts all three, whatever went wrong before.
fn assert_nothing_lost(peers: &Peers) {
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!(exit, Some(0), "{said}");
    let totals = peers.store().read(|snapshot| snapshot.totals()).unwrap();
    assert_eq!(totals.creations, [3].into());
    assert_eq!(peers.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password() {
    let peers = begun().await;
    let once = peers.call(&["once"]).env("HEADCOUNT_COMPREFACE_PASSWORD", "wrong");
    assert_one_sentence(&once, 3, &["POST /admin/oauth/token", "bad credentials", "HEADCOUNT_COMPREFACE_EMAIL"]);
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_file_that_is_not_there() {
    let peers = begun().await;
    let once = peers.call(&["once"]).without("HEADCOUNT_COMPREFACE_PASSWORD");
    let once = once.env("HEADCOUNT_COMPREFACE_PASSWORD_FILE", "/nowhere/password");
    assert_one_sentence(&once, 3, &["HEADCOUNT_COMPREFACE_PASSWORD_FILE", "does not exist"]);
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_without_a_scheme() {
    let peers = begun().await;
    for (variable, value) in
        [("HEADCOUNT_COMPREFACE_URL", "compreface:8080"), ("HEADCOUNT_OTLP_ENDPOINT", "telemetry.example.org:4318")]
    {
        for command in ["once", "check", "preview"] {
            assert_one_sentence(&peers.call(&[command]).env(variable, value), 2, &[variable, "http"]);
        }
    }
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_sees_only_its_own_applications() {
    let peers = begun().await;
    peers.service.change(|model| model.set_role(GlobalRole::User));
    assert_one_sentence(&peers.call(&["once"]), 3, &["neither OWNER nor ADMINISTRATOR", "ADMINISTRATOR"]);
    assert_one_sentence(&peers.call(&["preview"]), 3, &["neither OWNER nor ADMINISTRATOR"]);
    peers.service.change(|model| model.set_role(GlobalRole::Administrator));
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_answers_401() {
    let peers = Peers::start().await;
    peers.endpoint.always(Answer::http(401, "unknown tenant 4711"));
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, peers.waiting()), (Some(4), 1), "{said}");
    let said: Vec<_> = said.lines().filter(|line| !line.contains("report created for the hour")).collect();
    assert_sentence(&said.join("\n"), &["not delivered", "401", "HEADCOUNT_OTLP_HEADERS"]);
    assert!(!said[0].contains("4711"), "{said:?}");
    peers.endpoint.always(Answer::ok());
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    assert_eq!(peers.waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_json() {
    let peers = begun().await;
    peers.service.trouble(Door::Applications, When::Always, Trouble::Answer(ServiceAnswer::html()));
    assert_one_sentence(&peers.call(&["once"]), 3, &["GET /admin/apps", "not JSON", "URL"]);
    peers.service.behave();
    peers.service.trouble(Door::Roles, When::Always, Trouble::Body(b"[{\"userId\": ".to_vec()));
    assert_one_sentence(&peers.call(&["once"]), 3, &["GET /admin/user/roles"]);
    peers.service.behave();
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there() {
    let peers = begun().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let once = peers.call(&["once"]).env("HEADCOUNT_COMPREFACE_URL", format!("http://{closed}"));
    let (exit, _, said) = told(&once.output());
    assert_eq!(exit, Some(3));
    assert_sentence(&said, &["connection refused", "HEADCOUNT_COMPREFACE_URL"]);
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_from_the_future_or_a_damaged_one_is_left_as_it_is() {
    let peers = begun().await;
    let database = peers.path().join("headcount.db");
    let good = fs::read(&database).unwrap();
    let version = |version: u32| {
        let file = rusqlite::Connection::open(&database).unwrap();
        file.pragma_update(None, "user_version", version).unwrap();
    };
    version(99);
    for command in ["once", "status", "audit", "preview"] {
        assert_one_sentence(&peers.call(&[command]), 5, &["newer than supported version", "headcount erase"]);
    }
    version(1);
    let mut bad = good.clone();
    bad[100..].fill(0xff);
    fs::write(&database, &bad).unwrap();
    for command in ["once", "status"] {
        assert_one_sentence(&peers.call(&[command]), 5, &["corrupt", "headcount erase"]);
    }
    assert_eq!(fs::read(&database).unwrap(), bad, "it was changed");
    fs::write(&database, &good).unwrap();
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_on_one_store() {
    let peers = begun().await;
    let held = Store::open(peers.path()).unwrap();
    // A second `run` is among what `run` does.
    assert_one_sentence(&peers.call(&["once"]), 5, &["locked by another", "HEADCOUNT_STATE_DIR"]);
    drop(held);
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_that_are_unknown_or_there_twice() {
    let peers = begun().await;
    for arguments in [&["once", "--keeep", "3d"][..], &["--keep", "3d", "once", "--keep", "4d"], &["twice"]] {
        let (exit, data, said) = told(&peers.call(arguments).output());
        assert_eq!((exit, data.as_str()), (Some(2), ""), "{said}");
        assert!(said.starts_with("error: "), "{said}");
    }
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_variable_names_the_right_one() {
    let peers = begun().await;
    let once = peers.call(&["once"]).env("HEADCOUNT_DISABELD", "true");
    assert_one_sentence(&once, 2, &["HEADCOUNT_DISABELD", "HEADCOUNT_DISABLED"]);
    assert_nothing_lost(&peers);
}

/// Runs the call in a mount namespace of its own, after `mount`, a shell command in which `$HEADCOUNT_STATE_DIR` is the
/// directory.
fn mounted(program: &Program, mount: &str) -> (Option<i32>, String) {
    let (exit, data, said) = told_where_mounted(program, mount);
    assert_eq!(data, "");
    (exit, said)
}

/// The same, with what it printed.
fn told_where_mounted(program: &Program, mount: &str) -> (Option<i32>, String, String) {
    let inner = program.command();
    let script = format!("{mount}; exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-e", "-c", &script]);
    command.arg(inner.get_program()).args(inner.get_args()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    told(&command.output().unwrap())
}

/// What `status` says of the store after `mount`: the line of the text, and the same in JSON.
fn store_as_status_sees_it(peers: &Peers, mount: &str) -> (String, Value) {
    let (exit, text, said) = told_where_mounted(&peers.call(&["status"]), mount);
    assert_eq!((exit, said.as_str()), (Some(0), ""), "{text}");
    let line = text.lines().find(|line| line.starts_with("store ")).unwrap();
    let (exit, json, said) = told_where_mounted(&peers.call(&["status", "--format", "json"]), mount);
    assert_eq!((exit, said.as_str()), (Some(0), ""), "{json}");
    let status: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(status["store"]["directory"], peers.path().to_str().unwrap());
    (line.to_owned(), status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_state_directory() {
    let peers = begun().await;
    let read_only = "mount --bind \"$HEADCOUNT_STATE_DIR\" \"$HEADCOUNT_STATE_DIR\"; \
                     mount -o remount,bind,ro \"$HEADCOUNT_STATE_DIR\"";
    let (exit, said) = mounted(&peers.call(&["once"]), read_only);
    assert_eq!(exit, Some(5), "{said}");
    assert_sentence(&said, &["read-only", "HEADCOUNT_STATE_DIR"]);
    let (exit, said) = mounted(&peers.call(&["run", "--strict", "--log-level", "error"]), read_only);
    assert_eq!(exit, Some(5), "{said}");
    assert_sentence(&said, &["read-only", "HEADCOUNT_STATE_DIR"]);
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_says_what_keeps_the_store_from_being_written_where_that_cannot_be_written_down() {
    let peers = begun().await;
    let copies = tempfile::tempdir().unwrap();
    let identity = json(&told(&peers.call(&["status", "--format", "json"]).output()).1)["install_guid"].clone();
    let fill = "! dd if=/dev/zero of=\"$HEADCOUNT_STATE_DIR/ballast\" bs=4k 2>&-";
    let empty = format!("mount -t tmpfs -o size=256k none \"$HEADCOUNT_STATE_DIR\"; {fill}");
    let kept = format!(
        "cp \"$HEADCOUNT_STATE_DIR\"/headcount.db {0}/; mount -t tmpfs -o size=1m none \"$HEADCOUNT_STATE_DIR\"; \
         cp {0}/headcount.db \"$HEADCOUNT_STATE_DIR\"/; {fill}",
        copies.path().display()
    );
    let read_only = "mount --bind \"$HEADCOUNT_STATE_DIR\" \"$HEADCOUNT_STATE_DIR\"; \
                     mount -o remount,bind,ro \"$HEADCOUNT_STATE_DIR\"";
    // Another user, whose the directory is not to write to.
    let foreign = "mount -t tmpfs -o mode=0555 none \"$HEADCOUNT_STATE_DIR\"; \
                   set -- --user --map-user=1000 \"$0\" \"$@\"; exec unshare \"$@\"";
    for (mount, words, guid) in [
        (empty.as_str(), &["disk full", "free space", "0 bytes are free"][..], &Value::Null),
        (&kept, &["disk full", "free space", "0 bytes are free"], &identity),
        (read_only, &["read-only", "HEADCOUNT_STATE_DIR"], &identity),
        (foreign, &["cannot be read or written by this user"], &Value::Null),
    ] {
        let (line, status) = store_as_status_sees_it(&peers, mount);
        let trouble = status["store"]["problem"].as_str().unwrap_or_default();
        assert!(words.iter().all(|word| trouble.contains(word)), "{words:?} are not in {status}");
        let directory = peers.path().display();
        let exists = status["store"]["exists"] == true;
        let place = if exists { directory.to_string() } else { format!("none ({directory})") };
        assert!(line.ends_with(&format!("{place}: {trouble}")), "{line}");
        assert_eq!(&status["install_guid"], guid, "{mount}");
    }
    let (line, status) = store_as_status_sees_it(&peers, "true");
    assert_eq!((&status["store"]["problem"], line.contains(": ")), (&Value::Null, false), "{line}");
    assert_nothing_lost(&peers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let peers = begun().await;
    let copies = tempfile::tempdir().unwrap();
    let full = |kib: u32| {
        format!(
            "cp \"$HEADCOUNT_STATE_DIR\"/* {0}/; \
             mount -t tmpfs -o size={kib}k none \"$HEADCOUNT_STATE_DIR\"; cp {0}/headcount.db \"$HEADCOUNT_STATE_DIR\"/",
            copies.path().display()
        )
    };
    let database = fs::metadata(peers.path().join("headcount.db")).unwrap().len();
    let just_fits = u32::try_from(database.div_ceil(4096) * 4).unwrap() + 4;
    let (exit, said) = mounted(&peers.call(&["once"]), &full(just_fits));
    assert_eq!(exit, Some(5), "{said}");
    assert_sentence(&said, &["disk full", "free space"]);
    assert_nothing_lost(&peers);
}
