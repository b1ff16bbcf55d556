//! The consent file and what else may be wrong, through the built binary: what makes no sense is off or a clear error, never
//! on; it deletes nothing that only a no would; and the sidecar stays up. Invariant 2.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use headcount::config::Transport;
use headcount::contract;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::{Program, Running, eventually, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::Endpoint;

/// What an operator was promised.
const PROMISED: Duration = Duration::from_secs(2);
/// A user without any rights, where the tests themselves run as root.
const NOBODY: u32 = 65534;

/// Everything that telemetry needs, with a consent file that says `granted`.
struct World {
    runtime: Runtime,
    service: Simulated,
    endpoint: Endpoint,
    directory: TempDir,
    program: Program,
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) =
            runtime.block_on(async { (Simulated::start().await, Endpoint::plain(Transport::HttpProtobuf).await) });
        service.change(|model| model.populate(2, 1, 1));
        let directory = tempfile::tempdir().unwrap();
        let consent = directory.path().join("consent");
        fs::write(&consent, "granted\n").unwrap();
        let program = Program::new(&["once"])
            .env("HEADCOUNT_COMPREFACE_URL", service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", endpoint.address()))
            .env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap())
            .state(&directory.path().join("state"));
        Self { runtime, service, endpoint, directory, program }
    }

    fn consent(&self) -> PathBuf {
        self.directory.path().join("consent")
    }

    /// Whose reports arrived, in order.
    fn identities(&self) -> Vec<String> {
        let approved = |message: &bytes::Bytes| contract::approve(message.clone()).unwrap();
        let requests = self.endpoint.requests();
        requests.iter().map(|request| approved(&request.message).contents().install_guid.to_string()).collect()
    }

    /// What the store holds, by `status`: whatever a no would have deleted.
    fn kept(&self) -> (String, String, String) {
        let output = self.program.with_arguments(&["status", "--format", "json"]).output();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let field = |name: &str| status[name].to_string();
        (field("install_guid"), field("baseline"), field("last_report"))
    }

    /// `once` is off for this reason, `run` too and stays up, and neither asks anything or deletes anything.
    fn assert_off(&self, program: &Program, why: &str, status: i32) {
        let (before, asked) = (self.kept(), self.service.requests().len());
        let (found, _, stderr) = told(&program.with_arguments(&["once"]).output());
        assert_eq!(found, Some(status), "{why}: {stderr}");
        assert!(stderr.contains(why), "{why}: {stderr}");
        let mut running = program.with_arguments(&["run"]).start();
        let line = running.wait_for("nothing is read and nothing is sent");
        assert!(line.contains(why), "{why}: {line}");
        assert!(running.is_running());
        running.signal("TERM");
        assert_eq!(running.wait().0, Some(0));
        assert_eq!(self.service.requests().len(), asked, "{why}");
        assert_eq!(self.kept(), before, "{why}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
    }
}

type Make = fn(&Path);

/// A table of files that say neither yes nor no.
const NEITHER: [(&str, Make); 11] = [
    ("is not a regular file", |path| fs::create_dir(path).unwrap()),
    ("is larger than 4 kB", |path| fs::write(path, format!("granted\n{}", "# \n".repeat(3_500_000))).unwrap()),
    ("is saved as UTF-16", |path| {
        let utf16 = "\u{feff}granted\n".encode_utf16().flat_map(u16::to_le_bytes);
        fs::write(path, utf16.collect::<Vec<_>>()).unwrap();
    }),
    ("must start with", |path| fs::write(path, "Granted\n").unwrap()),
    ("has something after granted", |path| fs::write(path, "granted please\n").unwrap()),
    ("its key is neither contract nor recipient", |path| fs::write(path, "granted\nexpires = never\n").unwrap()),
    ("its hash does not have 64 hexadecimal digits", |path| fs::write(path, "granted\ncontract = 9f2c\n").unwrap()),
    ("its recipient is not a host", |path| fs::write(path, "granted\nrecipient = https://x.example\n").unwrap()),
    ("is empty", |path| fs::write(path, "# granted\n").unwrap()),
    ("does not exist", |_| {}),
    ("does not exist", |path| symlink("nowhere", path).unwrap()),
];

#[test]
fn a_file_that_says_neither_yes_nor_no_is_off_and_deletes_nothing() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let identity = world.identities();
    assert_eq!(identity.len(), 1);
    for (why, make) in NEITHER {
        let path = world.consent();
        let _ = fs::remove_file(&path);
        make(&path);
        world.assert_off(&world.program, why, 0);
        let _ = fs::remove_dir(&path);
    }
    // The yes comes back, and the installation is the same one.
    let _ = fs::remove_file(world.consent());
    fs::write(world.consent(), "granted\n").unwrap();
    assert_eq!(told(&world.program.output()).0, Some(0));
    assert!(world.kept().0.contains(&identity[0]));
}

#[test]
fn settings_that_disagree_are_off_and_delete_nothing() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let both = world.program.clone().env("HEADCOUNT_COMPREFACE_PASSWORD_FILE", "/run/secrets/password");
    world.assert_off(&both, "HEADCOUNT_COMPREFACE_PASSWORD are both set", 2);
    let export = world.program.clone().env("HEADCOUNT_OTLP_PROTOCOL", "export");
    world.assert_off(&export, "the protocol is export, which sends nothing", 2);
    let misspelt = world.program.clone().env("HEADCOUNT_DISABELD", "true");
    world.assert_off(&misspelt, "HEADCOUNT_DISABLED", 2);
    let unclear = world.program.clone().env("HEADCOUNT_DISABLED", "perhaps");
    world.assert_off(&unclear, "HEADCOUNT_DISABLED is neither true nor false", 0);
    let bound = "granted\ncontract = 0000000000000000000000000000000000000000000000000000000000000000\n";
    fs::write(world.consent(), bound).unwrap();
    world.assert_off(&world.program, "for the contract 0000", 0);
    fs::write(world.consent(), "granted\nrecipient = elsewhere.example.org\n").unwrap();
    world.assert_off(&world.program, "for the recipient elsewhere.example.org", 0);
}

#[test]
fn a_no_outranks_a_flag_that_denies_it() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let program = world.program.clone().env("HEADCOUNT_DISABLED", "true");
    let (status, _, stderr) = told(&program.with_arguments(&["once", "--disabled=false"]).output());
    assert_eq!(status, Some(0));
    assert!(stderr.contains("off, by a no: HEADCOUNT_DISABLED is true"), "{stderr}");
    assert_eq!(world.kept().0, "null", "a no deletes the identity in use");
}

/// The binary where another user can start it, as that user if there can be one.
fn as_another(world: &World, program: &Program) -> Command {
    let open = |path: &Path| fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    let copy = world.directory.path().join("headcount");
    if !copy.exists() {
        program.copy_binary_to(&copy);
    }
    open(world.directory.path());
    open(&copy);
    let own = program.command();
    let mut command = Command::new(copy);
    command.args(own.get_args()).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if fs::metadata(world.directory.path()).unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

#[test]
fn what_another_user_made_is_a_clear_error_and_the_sidecar_stays_up() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let state = world.directory.path().join("state");
    let database = state.join("headcount.db");
    let before = fs::read(&database).unwrap();
    // Nothing of the store can be reached, neither by another user nor, where there is no other one, by this one.
    fs::set_permissions(&state, Permissions::from_mode(0o0)).unwrap();
    let (status, _, stderr) = told(&as_another(&world, &world.program).output().unwrap());
    assert_eq!(status, Some(5), "{stderr}");
    assert!(stderr.contains("may not be read or written by this user"), "{stderr}");
    let mut running = Running::of(as_another(&world, &world.program.with_arguments(&["run"])));
    running.wait_for("may not be read or written by this user");
    assert!(running.is_running());
    running.signal("TERM");
    assert_eq!(running.wait().0, Some(0));
    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn a_consent_file_that_may_not_be_read_is_off() {
    let world = World::new();
    fs::set_permissions(world.consent(), Permissions::from_mode(0o0)).unwrap();
    let (status, _, stderr) = told(&as_another(&world, &world.program).output().unwrap());
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stderr.contains("the consent file cannot be read: permission denied"), "{stderr}");
    assert!(world.service.requests().is_empty());
}

/// One of the ways in which a mounted or edited file changes.
type Change = fn(&Path, &str);

fn in_place(directory: &Path, text: &str) {
    fs::write(directory.join("consent"), text).unwrap();
}

fn by_rename(directory: &Path, text: &str) {
    fs::write(directory.join(".consent.swp"), text).unwrap();
    fs::rename(directory.join(".consent.swp"), directory.join("consent")).unwrap();
}

/// As the kubelet does: a new directory, a link to it that takes the old one's place, and the old directory is removed.
fn by_config_map(directory: &Path, text: &str) {
    let before = fs::read_link(directory.join("..data"));
    let version = if before.as_deref().is_ok_and(|before| before == Path::new("..1")) { "..2" } else { "..1" };
    fs::create_dir(directory.join(version)).unwrap();
    fs::write(directory.join(version).join("consent"), text).unwrap();
    symlink(version, directory.join("..data_tmp")).unwrap();
    fs::rename(directory.join("..data_tmp"), directory.join("..data")).unwrap();
    if !directory.join("consent").exists() {
        symlink("..data/consent", directory.join("consent")).unwrap();
    }
    if let Ok(before) = before {
        fs::remove_dir_all(directory.join(before)).unwrap();
    }
}

#[test]
fn a_change_of_the_file_acts_within_two_seconds_and_without_a_restart() {
    for change in [in_place as Change, by_rename, by_config_map] {
        let world = World::new();
        let mount = world.directory.path().join("mount");
        fs::create_dir(&mount).unwrap();
        change(&mount, "granted\n");
        let program = world.program.clone().env("HEADCOUNT_CONSENT_FILE", mount.join("consent").to_str().unwrap());
        let mut running = program.with_arguments(&["run"]).start();
        running.wait_for("the first complete scrape is the baseline");
        for _ in 0..2 {
            within(PROMISED, || {
                change(&mount, "denied\n");
                running.wait_for("off, by a no: the consent file says denied");
            });
            running.wait_for("everything that was kept is deleted");
            eventually("the sign-out", || world.service.open_sessions() == 0);
            assert_eq!(world.kept().1, "null", "the baseline is still there");
            within(PROMISED, || {
                change(&mount, "granted\n");
                running.wait_for("twenty numbers");
            });
            running.wait_for("the first complete scrape is the baseline");
        }
        within(PROMISED, || {
            change(&mount, "perhaps\n");
            running.wait_for("must start with");
        });
        eventually("the sign-out", || world.service.open_sessions() == 0);
        assert_ne!(world.kept().1, "null", "a missing yes deletes nothing");
        running.signal("TERM");
        assert_eq!(running.wait().0, Some(0));
    }
}

fn within(limit: Duration, work: impl FnOnce()) {
    let begun = Instant::now();
    work();
    assert!(begun.elapsed() < limit, "it took {:?}", begun.elapsed());
}

#[test]
fn coming_back_after_a_no_is_a_new_identity_and_the_old_ones_receipt_stays() {
    let world = World::new();
    for text in ["granted\n", "denied\n", "granted\n"] {
        fs::write(world.consent(), text).unwrap();
        assert_eq!(told(&world.program.output()).0, Some(0), "{text}");
    }
    let identities = world.identities();
    assert_eq!(identities.len(), 2);
    assert_ne!(identities[0], identities[1]);
    let (_, status, _) = told(&world.program.with_arguments(&["status"]).output());
    let receipts: Vec<_> = status.lines().filter(|line| line.starts_with("receipt")).collect();
    assert_eq!(receipts.len(), 2, "{status}");
    assert!(identities.iter().all(|identity| receipts.iter().any(|line| line.contains(identity))), "{status}");
}
