//! The upgrade from contract 1 to contract 2, with a store and a consent that the program before wrote: off until the operator
//! approves the new contract, and then the same series. Invariants 2, 3 and 5.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use headcount::clock::Timestamp;
use headcount::contract::Contents;
use headcount::model::PerKind;
use headcount::source::compreface::{CONTRACT, kinds};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::program::{Program, told};
use crate::support::compreface::{EMAIL, GlobalRole, Model, PASSWORD, Simulated, User};
use crate::support::endpoint::Endpoint;

const OLDER: &str = "e3e5bbb532ca11ed3feae13d40fd3deaed742d01fefc3d20700b3f2ff03ff2fa";
/// The store that the program before contract 2 wrote.
const CONTRACT_1: &str = "store-contract-1";

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000 | number)
}

/// What the service had when the store was written last.
pub(crate) fn fill(model: &mut Model) {
    model.users = (0..9).map(|number| User { id: id(0x100 + number), role: GlobalRole::User }).collect();
    (model.account, model.users[0].role) = (model.users[0].id, GlobalRole::Owner);
    let application = model.add_application();
    for (kind, faces) in [(kinds::RECOGNITION, 12), (kinds::DETECTION, 0), (kinds::VERIFICATION, 0)] {
        model.add_service(application, kind, faces);
    }
    let application = model.applications.last_mut().unwrap();
    application.id = id(0x200);
    for (service, number) in application.services.iter_mut().zip(0x300..) {
        service.id = id(number);
    }
}

/// The folder of a store that an earlier program wrote.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Moves all times of a store by so many hours.
pub(crate) fn shift(database: &Path, hours: i64) {
    let sql = format!(
        "UPDATE installation SET start_hour = start_hour + {hours}, last_report_hour = last_report_hour + {hours},
            baseline_at = baseline_at + {hours} * 3600, last_scrape_at = last_scrape_at + {hours} * 3600,
            next_report_at = next_report_at + {hours} * 3600, failure_at = failure_at + {hours} * 3600,
            last_report_made_at = last_report_made_at + {hours} * 3600;
        UPDATE report SET hour = -(hour + {hours}), made_at = made_at + {hours} * 3600;
        UPDATE report SET hour = -hour;
        UPDATE audit SET at = at + {hours} * 3600;"
    );
    Connection::open(database).unwrap().execute_batch(&sql).unwrap();
}

/// The column of the installation, as the store has it.
fn stored<T: rusqlite::types::FromSql>(database: &Path, column: &str) -> T {
    let sql = format!("SELECT {column} FROM installation");
    Connection::open(database).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// A copy of the store, as if its last report had been made a day ago.
fn store(directory: &Path, name: &str) -> PathBuf {
    std::fs::create_dir(directory).unwrap();
    let database = directory.join("headcount.db");
    std::fs::copy(fixture(name).join("headcount.db"), &database).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the program reads the system's clock too")]
    let now = Timestamp::from(SystemTime::now());
    shift(&database, i64::from(now.hour().unix_hours()) - 24 - stored::<i64>(&database, "last_report_hour"));
    database
}

/// An installation whose store an earlier program wrote.
pub(crate) struct Upgrade {
    service: Simulated,
    endpoint: Endpoint,
    directory: TempDir,
    install_guid: String,
    start: i64,
}

impl Upgrade {
    /// With the store of this fixture.
    pub(crate) async fn of(name: &str) -> Self {
        let (service, endpoint) = (Simulated::start().await, Endpoint::http().await);
        service.change(fill);
        let directory = tempfile::tempdir().unwrap();
        let database = store(&directory.path().join("state"), name);
        let (install_guid, start) = (stored(&database, "install_guid"), stored(&database, "start_hour"));
        Self { service, endpoint, directory, install_guid, start }
    }

    /// The store.
    pub(crate) fn database(&self) -> PathBuf {
        self.path("state").join("headcount.db")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes the consent file.
    pub(crate) fn consent(&self, text: &str) {
        std::fs::write(self.path("consent"), text).unwrap();
    }

    /// A call of this program.
    pub(crate) fn call(&self, arguments: &[&str]) -> Program {
        Program::new(arguments)
            .state(&self.path("state"))
            .env("HEADCOUNT_COMPREFACE_URL", self.service.url())
            .env("HEADCOUNT_COMPREFACE_EMAIL", EMAIL)
            .env("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD)
            .env("HEADCOUNT_OTLP_ENDPOINT", self.endpoint.settings().url.to_string())
            .env("HEADCOUNT_CONSENT_FILE", self.path("consent").to_str().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (exit, text, said) = told(&self.call(arguments).output());
        assert_eq!(exit, Some(0), "{said}");
        serde_json::from_str(&text).unwrap()
    }

    /// What arrived, in order.
    pub(crate) fn arrived(&self) -> Vec<Contents> {
        let messages = self.endpoint.requests().into_iter().map(|request| request.message);
        messages.map(|message| *CONTRACT.approve_stored(&message).unwrap().contents()).collect()
    }

    /// The outcomes of the report that was pending, after its attempts by the program before.
    pub(crate) fn fate_of_pending(&self) -> Vec<String> {
        let (_, text, _) = told(&self.call(&["audit", "--format", "json"]).output());
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let own = lines
            .filter(|line| line["report"] == 3 && !["made", "will_retry"].contains(&line["outcome"].as_str().unwrap()));
        own.map(|line| line["outcome"].as_str().unwrap().to_owned()).collect()
    }

    /// A report of contract 2 that continues the stored series.
    pub(crate) fn assert_continues(&self, report: &Contents) {
        assert_eq!((report.contract.version, report.install_guid.to_string()), ("2", self.install_guid.clone()));
        assert_eq!(i64::from(report.start.unix_hours()), self.start, "the same start time");
        assert_eq!(report.totals.creations, PerKind::from([3]), "as many as before, and not one more");
        assert_eq!(report.totals.current, PerKind::from([5, 1, 1, 1]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrade_is_off_until_the_new_contract_is_approved() {
    let upgrade = Upgrade::of(CONTRACT_1).await;
    upgrade.consent(&std::fs::read_to_string(fixture(CONTRACT_1).join("consent")).unwrap());

    let (exit, _, said) = told(&upgrade.call(&["once"]).output());
    assert_eq!(exit, Some(0), "off is no failure: {said}");
    assert!(said.contains(OLDER) && said.contains("headcount disclose"), "{said}");
    let mut running = upgrade.call(&["run"]).start();
    let line = running.wait_for("telemetry off");
    assert!(line.contains(OLDER) && line.contains("headcount disclose"), "{line}");
    drop(running);
    let status = upgrade.json(&["status", "--format", "json"]);
    assert_eq!(status["decided_by_run"]["decision"]["state"], "not_enabled");
    assert_eq!(status["contract"]["approved"], OLDER);
    assert_eq!(status["contract"]["current"], CONTRACT.terms().hash());
    let added = status["contract"]["diff"]["added"].as_array().unwrap();
    assert!(added.iter().any(|line| line.as_str().unwrap().contains("recognition.active")), "{added:?}");
    let (_, words, _) = told(&upgrade.call(&["status"]).output());
    assert!(words.contains("new   request GET /admin/app/{app}/model/{model}/statistics"), "{words}");

    assert_eq!(
        (upgrade.service.requests().len(), upgrade.endpoint.requests().len()),
        (0, 0),
        "nothing was requested or sent"
    );
    assert_eq!(status["outbox"]["depth"], 1, "nothing was lost");
    let (exit, exported, _) = told(&upgrade.call(&["export", "-"]).output());
    assert_eq!((exit, exported.lines().count()), (Some(0), 1), "what is pending can be exported");

    upgrade.consent(&format!("granted\ncontract = {}\n", CONTRACT.terms().hash()));
    let (exit, _, said) = told(&upgrade.call(&["once"]).output());
    assert_eq!(exit, Some(0), "{said}");
    let arrived = upgrade.arrived();
    assert_eq!(arrived.len(), 1, "the pending report is of a contract that the consent does not name");
    upgrade.assert_continues(&arrived[0]);
    assert_eq!(upgrade.fate_of_pending(), ["gate_refused"]);
    assert_eq!(upgrade.json(&["status", "--format", "json"])["outbox"]["depth"], 0);
    let shown = upgrade.json(&["audit", "--show", "2", "--format", "json"]);
    assert_eq!(
        shown["resourceMetrics"][0]["scopeMetrics"][0]["scope"]["version"], "1",
        "what was sent before is shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_without_a_contract_covers_pending_reports() {
    let upgrade = Upgrade::of(CONTRACT_1).await;
    upgrade.consent("granted\n");
    assert_eq!(told(&upgrade.call(&["once"]).output()).0, Some(0));
    let arrived = upgrade.arrived();
    let versions: Vec<_> = arrived.iter().map(|report| report.contract.version).collect();
    assert_eq!(versions, ["1", "2"], "oldest first");
    let agents: Vec<_> = upgrade.endpoint.requests();
    let agents: Vec<_> = agents.iter().map(|request| request.header("user-agent").unwrap().to_owned()).collect();
    assert_eq!(agents, ["headcount/1", "headcount/2"], "each as its contract has it");
    assert_eq!(arrived[0].totals.creations, arrived[1].totals.creations);
    upgrade.assert_continues(&arrived[1]);
    assert_eq!(upgrade.fate_of_pending(), ["delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn object_created_after_the_upgrade_is_counted_once() {
    let upgrade = Upgrade::of(CONTRACT_1).await;
    upgrade.consent("granted\n");
    assert_eq!(told(&upgrade.call(&["once"]).output()).0, Some(0));
    upgrade.service.change(Model::add_user);
    let preview = upgrade.json(&["preview", "--format", "json"]);
    let users = &preview["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
    assert_eq!(users["sum"]["dataPoints"][0]["asInt"], "4");
}
