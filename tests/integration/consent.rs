//! The consent file and invalid settings, through the built binary: invalid is off or a clear error, never on; only opting out
//! deletes stored data; and the sidecar stays up. Invariant 2.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use headcount::config::Transport;
use headcount::consent::file::{FileProblem, LineProblem};
use headcount::source::compreface::CONTRACT;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::program::{Program, Running, eventually, told};
use crate::support::compreface::{EMAIL, PASSWORD, Simulated};
use crate::support::endpoint::Endpoint;

/// What the documents promise.
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
        let approved = |message: &bytes::Bytes| CONTRACT.approve(message.clone()).unwrap();
        let requests = self.endpoint.requests();
        requests.iter().map(|request| approved(&request.message).contents().install_guid.to_string()).collect()
    }

    /// What the store holds, by `status`: what opting out would delete.
    fn kept(&self) -> (String, String, String) {
        let output = self.program.with_arguments(&["status", "--format", "json"]).output();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let field = |name: &str| status[name].to_string();
        (field("install_guid"), field("baseline_at"), field("last_report"))
    }

    /// `once` is off for this reason, `run` too and stays up, and neither asks anything or deletes anything.
    fn assert_off(&self, program: &Program, why: &str, status: i32) {
        let (before, asked) = (self.kept(), self.service.requests().len());
        let (found, _, stderr) = told(&program.with_arguments(&["once"]).output());
        assert_eq!(found, Some(status), "{why}: {stderr}");
        assert!(stderr.contains(why), "{why}: {stderr}");
        let mut running = program.with_arguments(&["run"]).start();
        let line = running.wait_for("no requests are made");
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

const fn line(problem: LineProblem) -> FileProblem {
    FileProblem::Line { line: 2, problem }
}

/// Files that neither grant nor deny.
const NEITHER: [(FileProblem, Make); 11] = [
    (FileProblem::NotAFile, |path| fs::create_dir(path).unwrap()),
    (FileProblem::TooLarge, |path| fs::write(path, format!("granted\n{}", "# \n".repeat(3_500_000))).unwrap()),
    (FileProblem::Utf16, |path| {
        let utf16 = "\u{feff}granted\n".encode_utf16().flat_map(u16::to_le_bytes);
        fs::write(path, utf16.collect::<Vec<_>>()).unwrap();
    }),
    (FileProblem::Word, |path| fs::write(path, "Granted\n").unwrap()),
    (FileProblem::AfterWord, |path| fs::write(path, "granted please\n").unwrap()),
    (line(LineProblem::Key), |path| fs::write(path, "granted\nexpires = never\n").unwrap()),
    (line(LineProblem::Hash), |path| fs::write(path, "granted\ncontract = 9f2c\n").unwrap()),
    (line(LineProblem::Recipient), |path| fs::write(path, "granted\nrecipient = https://x.example\n").unwrap()),
    (FileProblem::Empty, |path| fs::write(path, "# granted\n").unwrap()),
    (FileProblem::Absent, |_| {}),
    (FileProblem::Absent, |path| symlink("nowhere", path).unwrap()),
];

#[test]
fn file_that_neither_grants_nor_denies_keeps_stored_data() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let identity = world.identities();
    assert_eq!(identity.len(), 1);
    for (why, make) in NEITHER {
        let path = world.consent();
        let _ = fs::remove_file(&path);
        make(&path);
        world.assert_off(&world.program, &why.to_string(), 0);
        let _ = fs::remove_dir(&path);
    }
    // Telemetry is enabled again, and the installation is the same one.
    let _ = fs::remove_file(world.consent());
    fs::write(world.consent(), "granted\n").unwrap();
    assert_eq!(told(&world.program.output()).0, Some(0));
    assert!(world.kept().0.contains(&identity[0]));
}

#[test]
fn contradictory_settings_keep_stored_data() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let both = world.program.clone().env("HEADCOUNT_COMPREFACE_PASSWORD_FILE", "/run/secrets/password");
    world.assert_off(&both, "HEADCOUNT_COMPREFACE_PASSWORD are both set", 2);
    let export = world.program.clone().env("HEADCOUNT_OTLP_PROTOCOL", "export");
    world.assert_off(&export, "protocol export sends nothing", 2);
    let misspelt = world.program.clone().env("HEADCOUNT_DISABELD", "true");
    world.assert_off(&misspelt, "HEADCOUNT_DISABLED", 2);
    let unclear = world.program.clone().env("HEADCOUNT_DISABLED", "perhaps");
    world.assert_off(&unclear, "HEADCOUNT_DISABLED", 0);
    let bound = "granted\ncontract = 0000000000000000000000000000000000000000000000000000000000000000\n";
    fs::write(world.consent(), bound).unwrap();
    world.assert_off(&world.program, "contract 0000", 0);
    fs::write(world.consent(), "granted\nrecipient = elsewhere.example.org\n").unwrap();
    world.assert_off(&world.program, "recipient elsewhere.example.org", 0);
}

#[test]
fn opt_out_outranks_a_contrary_flag() {
    let world = World::new();
    assert_eq!(told(&world.program.output()).0, Some(0));
    let program = world.program.clone().env("HEADCOUNT_DISABLED", "true");
    let (status, _, stderr) = told(&program.with_arguments(&["once", "--disabled=false"]).output());
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(world.kept().0, "null", "opting out deletes the identity");
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
    assert!(stderr.contains("cannot be read or written by this user"), "{stderr}");
    let mut running = Running::of(as_another(&world, &world.program.with_arguments(&["run"])));
    running.wait_for("cannot be read or written by this user");
    assert!(running.is_running());
    running.signal("TERM");
    assert_eq!(running.wait().0, Some(0));
    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn unreadable_consent_file_is_off() {
    let world = World::new();
    fs::set_permissions(world.consent(), Permissions::from_mode(0o0)).unwrap();
    let (status, _, stderr) = told(&as_another(&world, &world.program).output().unwrap());
    assert_eq!(status, Some(0), "{stderr}");
    let problem = FileProblem::Unreadable(std::io::ErrorKind::PermissionDenied);
    assert!(stderr.contains(&problem.to_string()), "{stderr}");
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
fn consent_file_change_acts_within_two_seconds() {
    for change in [in_place as Change, by_rename, by_config_map] {
        let world = World::new();
        let mount = world.directory.path().join("mount");
        fs::create_dir(&mount).unwrap();
        change(&mount, "granted\n");
        let program = world.program.clone().env("HEADCOUNT_CONSENT_FILE", mount.join("consent").to_str().unwrap());
        let mut running = program.with_arguments(&["run"]).start();
        running.wait_for("baseline recorded");
        for _ in 0..2 {
            within(PROMISED, || {
                change(&mount, "denied\n");
                running.wait_for("telemetry=\"opted_out\"");
            });
            running.wait_for("stored data deleted");
            eventually("the sign-out", || world.service.open_sessions() == 0);
            assert_eq!(world.kept().1, "null", "the baseline is still there");
            within(PROMISED, || {
                change(&mount, "granted\n");
                running.wait_for("telemetry=\"enabled\"");
            });
            running.wait_for("baseline recorded");
        }
        within(PROMISED, || {
            change(&mount, "perhaps\n");
            running.wait_for("telemetry=\"not_enabled\"");
        });
        eventually("the sign-out", || world.service.open_sessions() == 0);
        assert_ne!(world.kept().1, "null", "not enabled keeps stored data");
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
fn enable_after_opt_out_is_a_new_identity() {
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
