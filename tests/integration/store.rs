//! The store on real file systems and with other processes: locks, permissions, full and read-only disks, and kills.

#![expect(clippy::unwrap_used, reason = "in a test's helpers, too, a panic is the message")]

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use headcount::clock::Timestamp;
use headcount::error_chain::Describe;
use headcount::model::{IdHash, IdKey, InstallGuid, Range, ScrapeSink};
use headcount::source::compreface::{CONTRACT, FACES, kinds};
use headcount::store::{
    AuditOutcome, Counting, NewReport, PendingReport, Purge, Residue, Staging, Store, StoreError, Writer,
};

const DAY: Duration = Duration::from_secs(24 * 3600);
const BODY: &[u8] = b"a report's bytes, which no file has after opting out";
const KEY: [u8; 16] = *b"a key like none!";
/// Says where a test that started itself again is to work, and that it is the second one.
const AGAIN: &str = "STORE_TEST_DIRECTORY";

fn at(day: u32) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000).plus(DAY * day)
}

fn guid() -> InstallGuid {
    InstallGuid::parse("0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30").unwrap()
}

fn key() -> IdKey {
    IdKey::from_bytes(KEY)
}

fn stage(staging: &Staging, ids: std::ops::Range<u64>) {
    for first in ids.clone().step_by(10_000) {
        let batch = first..ids.end.min(first + 10_000);
        let mut hashes = batch.map(|id| staging.key().hash(kinds::USER, &id.to_le_bytes())).collect();
        staging.objects(kinds::USER, &mut hashes).unwrap();
    }
}

fn scrape(store: &Store, ids: std::ops::Range<u64>, day: u32) {
    let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
    stage(&staging, ids);
    staging.commit(at(day), Counting::Count).unwrap();
}

fn enqueue(store: &Store, day: u32) -> i64 {
    let new =
        NewReport { hour: at(day).hour(), made_at: at(day), body: BODY, sha256: [u8::try_from(day).unwrap(); 32] };
    store.write(|writer| writer.enqueue(new)).unwrap()
}

/// A store with an identity and a baseline.
fn begun(directory: &Path) -> Store {
    let store = Store::open(directory).unwrap();
    scrape(&store, 0..10, 0);
    store.write(|writer| writer.set_identity(guid())).unwrap();
    store
}

fn outcomes(store: &Store) -> Vec<AuditOutcome> {
    let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
    lines.iter().map(|line| line.outcome).collect()
}

fn depth(store: &Store) -> u64 {
    store.read(|snapshot| snapshot.outbox_summary()).unwrap().depth
}

fn oldest(store: &Store) -> Option<PendingReport> {
    store.read(|snapshot| snapshot.next_pending(0)).unwrap()
}

// --- the test's own process again, where it needs another one or another view of the file system

#[expect(clippy::disallowed_methods, reason = "how a test finds out that it is the second process")]
fn is_again() -> Option<PathBuf> {
    std::env::var_os(AGAIN).map(PathBuf::from)
}

fn again(test: &str, directory: &Path, wrapper: &[&str]) -> Command {
    let mut words: Vec<OsString> = wrapper.iter().map(OsString::from).collect();
    words.push(std::env::current_exe().unwrap().into());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args([&format!("store::{test}"), "--exact", "--nocapture", "--test-threads=1"]);
    command.env(AGAIN, directory);
    command
}

/// Runs the test again in a mount namespace of its own, after `mount`, a shell command in which `$DIR` is the directory.
fn again_in_a_namespace(test: &str, directory: &Path, mount: &str) {
    let script = format!("DIR=\"${AGAIN}\"; {mount}; exec \"$0\" \"$@\"");
    passes_again(test, directory, &["unshare", "--user", "--map-root-user", "--mount", "sh", "-e", "-c", &script]);
}

/// Where the wrapper is not permitted, no test was made: that is a failure, not a pass.
fn passes_again(test: &str, directory: &Path, wrapper: &[&str]) {
    let output = again(test, directory, wrapper).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

// --- opening

#[test]
fn state_directory_and_files_are_private() {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("a b?#%25/ü&=1");
    let store = begun(&directory);
    enqueue(&store, 1);
    assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
    let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap()).collect();
    assert!(files.len() >= 4, "database, log, shared memory and lock: {files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600, "{file:?}");
    }
}

#[test]
fn a_store_that_others_could_read_is_closed_to_them() {
    let directory = tempfile::tempdir().unwrap();
    drop(begun(directory.path()));
    let file = directory.path().join("headcount.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
    drop(Store::open(directory.path()).unwrap());
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn the_second_one_is_locked_out_and_the_others_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    let error = Store::open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    assert_eq!(error.describe().code, "locked");
    let reader = Store::open_to_read(directory.path()).unwrap().unwrap();
    let report = enqueue(&store, 1);
    assert_eq!(depth(&reader), 1);
    let exporting = Store::open_to_write(directory.path()).unwrap().unwrap();
    let settle =
        |day| exporting.write(|writer| writer.finish(report, at(day), AuditOutcome::Exported, "", Some("a file")));
    assert!(settle(1).unwrap());
    assert!(!settle(2).unwrap(), "a second time it no longer waits");
    assert_eq!(depth(&store), 0);
    drop(store);
    Store::open(directory.path()).unwrap();
}

#[test]
fn looking_makes_no_store_and_changes_none() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Store::open_to_read(directory.path()).unwrap().is_none());
    assert!(Store::open_to_read(&directory.path().join("none")).unwrap().is_none());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    fs::write(directory.path().join("headcount.db"), "").unwrap();
    assert!(Store::open_to_read(directory.path()).unwrap().is_none(), "a sidecar is just making it");

    drop(begun(directory.path()));
    let file = directory.path().join("headcount.db");
    let before = fs::read(&file).unwrap();
    let reader = Store::open_to_read(directory.path()).unwrap().unwrap();
    let error = reader.write(|writer| writer.record_decision("yes")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
    let preview = reader.staging_for_preview(&CONTRACT.catalog, key()).unwrap();
    stage(&preview, 0..20);
    let promised = preview.totals(Counting::Count).unwrap();
    assert_eq!(promised.creations[kinds::USER], 10);
    drop((preview, reader));
    assert_eq!(fs::read(&file).unwrap(), before);

    let store = Store::open(directory.path()).unwrap();
    let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
    stage(&staging, 0..20);
    assert_eq!(staging.commit(at(1), Counting::Count).unwrap().totals, promised);
}

#[test]
fn a_preview_without_a_store_shows_a_first_report() {
    let staging = Staging::without_store(&CONTRACT.catalog, key()).unwrap();
    stage(&staging, 0..7);
    staging.measured(FACES, 10);
    assert!(matches!(staging.totals(Counting::Count), Err(StoreError::Inconsistent { .. })));
    staging.objects(kinds::RECOGNITION, &mut vec![IdHash(1)]).unwrap();
    let totals = staging.totals(Counting::Count).unwrap();
    assert_eq!(
        (totals.creations[kinds::USER], totals.current[kinds::USER], totals.buckets[(FACES, Range::ALL[1])]),
        (0, 7, 1)
    );
}

fn with_sqlite(directory: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(directory.join("headcount.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_store_from_the_future_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    drop(begun(directory.path()));
    with_sqlite(directory.path(), "PRAGMA user_version = 1000");
    let before = fs::read(directory.path().join("headcount.db")).unwrap();
    for result in [Store::open(directory.path()).map(Some), Store::open_to_read(directory.path())] {
        assert!(matches!(result, Err(StoreError::Newer { found: 1000, .. })), "{result:?}");
    }
    assert_eq!(fs::read(directory.path().join("headcount.db")).unwrap(), before);
}

#[test]
fn foreign_database_is_refused_and_kept() {
    for sql in ["CREATE TABLE theirs (a)", "PRAGMA application_id = 5"] {
        let directory = tempfile::tempdir().unwrap();
        with_sqlite(directory.path(), sql);
        let before = fs::read(directory.path().join("headcount.db")).unwrap();
        let opened = Store::open(directory.path());
        assert!(matches!(opened, Err(StoreError::Foreign { .. })), "{opened:?}");
        let forgotten = Store::purge_in(directory.path(), Purge::Everything, at(0), DAY);
        assert!(matches!(forgotten, Err(StoreError::Foreign { .. })), "{forgotten:?}");
        assert_eq!(fs::read(directory.path().join("headcount.db")).unwrap(), before);
    }
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("headcount.db")).unwrap();
    assert!(matches!(Store::open(directory.path()), Err(StoreError::Foreign { .. })));
}

/// Each way of damage, as bytes that the file is made to hold.
fn damaged(whole: &[u8]) -> Vec<Vec<u8>> {
    let mut torn = whole.to_vec();
    torn[100..4096].fill(0xA5);
    let mut pages = whole.to_vec();
    pages[4096..].fill(0xA5);
    vec![b"not a database at all, but long enough to be read as one".repeat(100), torn, pages, whole[..5000].to_vec()]
}

#[test]
fn corrupt_store_is_refused_until_erased() {
    let directory = tempfile::tempdir().unwrap();
    drop(begun(directory.path()));
    let file = directory.path().join("headcount.db");
    for bytes in damaged(&fs::read(&file).unwrap()) {
        fs::write(&file, &bytes).unwrap();
        let error = Store::open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
        assert!(error.describe().remedy.unwrap().contains("headcount erase"));
        assert!(matches!(Store::open_to_read(directory.path()), Err(StoreError::Corrupt(_))));
        assert_eq!(fs::read(&file).unwrap(), bytes, "it was replaced");
        let forgotten = Store::purge_in(directory.path(), Purge::KeepReceipts, at(0), DAY).unwrap();
        assert_eq!(forgotten.residue, Residue::FilesRemoved);
        assert!(!file.exists());
    }
    assert!(Store::open(directory.path()).unwrap().read(|snapshot| snapshot.installation()).unwrap().start.is_none());
}

#[test]
fn invalid_text_in_store_is_corrupt() {
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    with_sqlite(directory.path(), "UPDATE installation SET contract = CAST(x'61ff62' AS TEXT)");
    let error = store.read(|snapshot| snapshot.contract()).unwrap_err();
    assert!(error.is_beyond_repair() && error.describe().code == "corrupt", "{error:?}");
}

// --- file systems

#[test]
fn read_only_state_directory_can_be_read() {
    if let Some(directory) = is_again() {
        let error = Store::open(&directory).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
        assert_eq!(error.describe().code, "read_only");
        let error = Store::open(&directory.join("deeper")).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
        let reader = Store::open_to_read(&directory).unwrap().unwrap();
        assert_eq!(depth(&reader), 1);
        let preview = reader.staging_for_preview(&CONTRACT.catalog, key()).unwrap();
        stage(&preview, 0..20);
        assert_eq!(preview.totals(Counting::Count).unwrap().creations[kinds::USER], 10);
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    enqueue(&store, 1);
    let test = "read_only_state_directory_can_be_read";
    let mount = "mount --bind \"$DIR\" \"$DIR\"; mount -o remount,bind,ro \"$DIR\"";
    drop(store);
    again_in_a_namespace(test, directory.path(), mount);
}

#[test]
fn read_only_mount_shows_what_a_sidecar_wrote() {
    if let Some(directory) = is_again() {
        let reader = Store::open_to_read(&directory).unwrap().unwrap();
        assert_eq!(depth(&reader), 1, "the report is in the log alone");
        let preview = reader.staging_for_preview(&CONTRACT.catalog, key()).unwrap();
        stage(&preview, 0..20);
        assert_eq!(preview.totals(Counting::Count).unwrap().creations[kinds::USER], 10);
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    enqueue(&store, 1);
    assert!(fs::metadata(directory.path().join("headcount.db-wal")).unwrap().len() > 0);
    let test = "read_only_mount_shows_what_a_sidecar_wrote";
    again_in_a_namespace(test, directory.path(), "mount --bind \"$DIR\" \"$DIR\"; mount -o remount,bind,ro \"$DIR\"");
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    if let Some(directory) = is_again() {
        let store = begun(&directory);
        let report = enqueue(&store, 1);
        let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
        let mut hashes: Vec<_> = (0..200_000).map(|id: u64| IdHash(id.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
        let error = staging.objects(kinds::USER, &mut hashes).unwrap_err();
        let error = error.0.downcast::<StoreError>().unwrap();
        assert!(matches!(*error, StoreError::Full(_)), "{error:?}");
        drop(staging);
        // Fill what is left, to the last byte.
        let _ = fs::write(directory.join("filling"), vec![1; 1 << 20]);
        let error = store
            .write(|writer| {
                for _ in 0..1000 {
                    writer.record(at(2), AuditOutcome::NotMade, "a long reason ".repeat(10).as_str(), None)?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap_err();
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
        assert_eq!(error.describe().code, "disk_full");
        drop(store);
        assert!(matches!(Store::open(&directory.join("deeper")), Err(StoreError::Full(_))));
        let _ = fs::write(directory.join("more"), vec![1; 1 << 20]);
        let opened = Store::open(&directory);
        assert!(matches!(opened, Err(StoreError::Full(_))), "{opened:?}");
        fs::remove_file(directory.join("filling")).unwrap();
        fs::remove_file(directory.join("more")).unwrap();
        let store = Store::open(&directory).unwrap();
        assert_eq!(oldest(&store).map(|waiting| waiting.report), Some(report));
        assert_eq!(outcomes(&store), [AuditOutcome::Made]);
        scrape(&store, 0..11, 2);
        assert_eq!(store.read(|snapshot| snapshot.totals()).unwrap().creations[kinds::USER], 1);
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let test = "a_full_disk_is_named_and_loses_nothing";
    again_in_a_namespace(test, directory.path(), "mount -t tmpfs -o size=1m tmpfs \"$DIR\"");
}

#[test]
fn a_scrape_needs_no_directory_for_temporary_files() {
    if let Some(directory) = is_again() {
        assert!(fs::write("/tmp/anything", "").is_err(), "/tmp can be written");
        let store = Store::open(&directory).unwrap();
        scrape(&store, 0..1000, 0);
        let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
        stage(&staging, 0..60_000);
        let open: Vec<_> = fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
            .filter(|path| path.to_string_lossy().ends_with("(deleted)"))
            .collect();
        assert_eq!(open, [directory.join("staging.db (deleted)")], "the staging file has a name, or is elsewhere");
        assert!(!directory.join("staging.db").exists());
        staging.commit(at(1), Counting::Count).unwrap();
        // More than any cache holds, to be copied when the file is rebuilt.
        let reason = "a long reason ".repeat(100);
        let fill = |writer: &Writer<'_>| {
            (0..10_000).try_for_each(|_| writer.record(at(1), AuditOutcome::NotMade, reason.as_str(), None))
        };
        store.write(fill).unwrap();
        store.purge(Purge::KeepReceipts, at(2), DAY).unwrap();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let test = "a_scrape_needs_no_directory_for_temporary_files";
    // Everything is read-only but the state directory, which may itself be below /tmp, as may what others have mounted.
    let everywhere = "for d in /tmp /var/tmp /usr/tmp; do if [ -d $d ]; then mount --rbind $d $d; fi; done; \
        mount --bind \"$DIR\" \"$DIR\"; \
        for d in /tmp /var/tmp /usr/tmp; do if [ -d $d ]; then mount -o remount,bind,ro $d; fi; done; \
        unset TMPDIR SQLITE_TMPDIR; cd /proc";
    again_in_a_namespace(test, directory.path(), everywhere);
}

#[test]
fn a_store_of_another_user_is_named_and_never_deleted() {
    if let Some(directory) = is_again() {
        for result in [Store::open(&directory).map(Some), Store::open_to_read(&directory)] {
            assert!(matches!(result, Err(StoreError::Permission(_))), "{result:?}");
        }
        let forgotten = Store::purge_in(&directory, Purge::KeepReceipts, at(0), DAY);
        assert!(matches!(forgotten, Err(StoreError::Permission(_))), "{forgotten:?}");
        assert!(matches!(Store::open(&directory.join("closed/deeper")), Err(StoreError::Permission(_))));
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    drop(store);
    let file = directory.path().join("headcount.db");
    let before = fs::read(&file).unwrap();
    fs::create_dir(directory.path().join("closed")).unwrap();
    for path in ["headcount.db", "closed"] {
        fs::set_permissions(directory.path().join(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    // A user without root's privilege to open everything.
    let wrapper = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
    let test = "a_store_of_another_user_is_named_and_never_deleted";
    passes_again(test, directory.path(), &wrapper);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
}

// --- crashes

#[test]
fn kill_loses_no_written_data() {
    if let Some(directory) = is_again() {
        let store = begun(&directory);
        enqueue(&store, 1);
        let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
        stage(&staging, 0..50_000);
        let never: Result<(), StoreError> = store.write(|writer| {
            let second = NewReport { hour: at(2).hour(), made_at: at(2), body: BODY, sha256: [2; 32] };
            writer.enqueue(second)?;
            println!("ready");
            std::thread::park();
            Ok(())
        });
        unreachable!("{never:?}");
    }
    let directory = tempfile::tempdir().unwrap();
    let test = "kill_loses_no_written_data";
    let mut child = again(test, directory.path(), &["env"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("ready")));
    assert!(matches!(Store::open(directory.path()), Err(StoreError::Locked { .. })));
    child.kill().unwrap();
    child.wait().unwrap();

    let store = Store::open(directory.path()).unwrap();
    assert_eq!(depth(&store), 1);
    assert_eq!(oldest(&store).unwrap().body, BODY);
    assert_eq!(outcomes(&store), [AuditOutcome::Made]);
    let totals = store.read(|snapshot| snapshot.totals()).unwrap();
    assert_eq!((totals.current[kinds::USER], totals.creations[kinds::USER]), (10, 0));
    assert!(!directory.path().join("staging.db").exists());
}

#[test]
fn a_staging_file_that_a_crash_left_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("staging.db"), "left over").unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert!(!directory.path().join("staging.db").exists());
    fs::write(directory.path().join("staging.db"), "left over").unwrap();
    scrape(&store, 0..3, 0);
    assert!(!directory.path().join("staging.db").exists());
}

#[test]
fn a_write_that_fails_is_undone_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    let failed: Result<(), StoreError> = store.write(|writer| {
        writer.record_decision("yes")?;
        let new = NewReport { hour: at(1).hour(), made_at: at(1), body: BODY, sha256: [1; 32] };
        writer.enqueue(new)?;
        assert!(writer.next_pending(0)?.is_some(), "a writer sees what it wrote");
        Err(StoreError::HourReported)
    });
    assert!(failed.is_err());
    assert_eq!((depth(&store), outcomes(&store).len()), (0, 0));
    assert_eq!(store.read(|snapshot| snapshot.decision()).unwrap(), None);
}

// --- with other processes

#[test]
fn scrape_and_reader_do_not_block_writers() {
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
    stage(&staging, 0..20_000);
    let reader = Store::open_to_read(directory.path()).unwrap().unwrap();
    let other = Store::open_to_write(directory.path()).unwrap().unwrap();
    let seen = reader
        .read(|snapshot| {
            let before = snapshot.totals()?;
            other.write(|writer| writer.record_decision("by another"))?;
            staging.commit(at(1), Counting::Count)?;
            assert_eq!(snapshot.totals()?, before, "a snapshot moved");
            assert_eq!(snapshot.decision()?, None);
            Ok(before)
        })
        .unwrap();
    assert_eq!(seen.current[kinds::USER], 10);
    assert_eq!(reader.read(|snapshot| snapshot.totals()).unwrap().current[kinds::USER], 20_000);
}

#[test]
fn the_log_of_a_large_merge_does_not_stay() {
    let directory = tempfile::tempdir().unwrap();
    let store = begun(directory.path());
    scrape(&store, 0..50_000, 1);
    assert_eq!(fs::metadata(directory.path().join("headcount.db-wal")).unwrap().len(), 0);
}
