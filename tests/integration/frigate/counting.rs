//! What the reports of a Frigate say over days, with restarts, outages, and a volume that is not mounted. Invariants 4 and 5.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headcount::cli::Exit;
use headcount::cli::app::App;
use headcount::cli::once::Call;
use headcount::config::{Environment, Flags, Transport};
use headcount::source::SERVICES;
use headcount::source::frigate::CONTRACT;
use headcount::store::{AuditOutcome, Store};
use tempfile::TempDir;

use crate::support::endpoint::Endpoint;
use crate::support::frigate::{Model, PASSWORD, Port, SimulatedFrigate, USER};
use crate::support::world::{SteppedClock, context};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A Frigate, a recipient, a store, and a clock. Each report is made by a process of its own, as after a restart.
struct Life {
    simulated: SimulatedFrigate,
    endpoint: Endpoint,
    directory: TempDir,
    clock: Arc<SteppedClock>,
    said: Mutex<String>,
}

impl Life {
    async fn begin() -> Self {
        let simulated = SimulatedFrigate::start(Port::External).await;
        simulated.change(|model| {
            for (name, faces) in [("Mila", 10), ("Anton", 41), ("Рита", 0)] {
                model.add_person(name, faces);
            }
        });
        Self {
            simulated,
            endpoint: Endpoint::plain(Transport::HttpProtobuf).await,
            directory: tempfile::tempdir().unwrap(),
            clock: SteppedClock::at("2026-03-01T10:00:00Z"),
            said: Mutex::default(),
        }
    }

    /// Lets time pass, then does what `headcount once` does.
    async fn once_after(&self, time: Duration) -> Exit {
        self.clock.advance(time);
        let environment = Environment::from(BTreeMap::from(
            [
                ("HEADCOUNT_SERVICE", "frigate".to_owned()),
                ("HEADCOUNT_FRIGATE_URL", self.simulated.url()),
                ("HEADCOUNT_FRIGATE_USER", USER.to_owned()),
                ("HEADCOUNT_FRIGATE_PASSWORD", PASSWORD.to_owned()),
                ("HEADCOUNT_OTLP_ENDPOINT", format!("http://{}", self.endpoint.address())),
                ("HEADCOUNT_STATE_DIR", self.directory.path().to_str().unwrap().to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        ));
        let app = App::load(&Flags::default(), &environment, context(Arc::clone(&self.clock), 7), &SERVICES);
        assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
        let say = |sentence: &str| self.said.lock().unwrap().push_str(sentence);
        Call { app: &app, say: &say }.run(app.monitor(), pending()).await
    }

    /// The numbers of the latest report that are not zero, by the ends of their names; and how many reports there were.
    fn arrived(&self) -> (usize, Vec<(String, u64)>) {
        let requests = self.endpoint.requests();
        let Some(last) = requests.last() else { return (0, Vec::new()) };
        let report = CONTRACT.approve(last.message.clone()).unwrap();
        let numbers = report.contents().numbers().filter(|(_, value)| *value > 0);
        let end = |name: &str| name.strip_prefix("face_recognition.").unwrap().to_owned();
        (requests.len(), numbers.map(|(instrument, value)| (end(instrument.name), value)).collect())
    }

    async fn reports_after(&self, time: Duration, number: usize, expected: &[(&str, u64)]) {
        assert_eq!(self.once_after(time).await, Exit::Done, "{}", self.said.lock().unwrap());
        let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        assert_eq!(self.arrived(), (number, expected));
    }

    async fn fails_after(&self, time: Duration) {
        let before = self.arrived();
        assert_eq!(self.once_after(time).await, Exit::Source);
        assert_eq!(self.arrived(), before, "no report is made of a scrape that does not count");
    }

    fn change(&self, change: impl FnOnce(&mut Model)) {
        self.simulated.change(change);
    }

    fn last_failure(&self) -> Option<String> {
        let store = Store::open_to_read(self.directory.path()).unwrap().unwrap();
        store.read(|snapshot| snapshot.last_failure()).unwrap().map(|failure| failure.code)
    }
}

#[tokio::test]
async fn users_are_counted_once_through_restarts_and_outages() {
    let life = Life::begin().await;
    let library = [("subject.current", 2), ("collection.faces.51_200", 1)];
    let with_users = |users: &[(&'static str, u64)]| [users, &library].concat();
    life.reports_after(Duration::ZERO, 1, &with_users(&[("user.current", 2)])).await;
    life.change(|model| {
        model.add_account("nina", "viewer");
        model.add_account("Nina", "viewer");
    });
    life.reports_after(DAY, 2, &with_users(&[("user.creations", 2), ("user.current", 2)])).await;
    // Deleted and made again under the same name is the same id.
    life.change(|model| model.accounts.retain(|account| account.name != "nina"));
    life.reports_after(DAY, 3, &with_users(&[("user.creations", 2), ("user.current", 2)])).await;
    life.change(|model| {
        model.add_account("nina", "admin");
        model.add_account("tomas", "viewer");
    });
    life.simulated.stop().await;
    life.fails_after(DAY).await;
    life.simulated.resume().await;
    life.change(|model| model.is_running = false);
    life.fails_after(HOUR).await;
    life.change(|model| (model.is_running, model.is_database_damaged) = (true, true));
    life.fails_after(HOUR).await;
    life.change(|model| {
        model.is_database_damaged = false;
        model.drop_tokens();
    });
    life.reports_after(HOUR, 4, &with_users(&[("user.creations", 3), ("user.current", 5)])).await;
}

#[tokio::test]
async fn persons_come_and_go_without_creations() {
    let life = Life::begin().await;
    let users = [("user.current", 2)];
    let with = |rest: &[(&'static str, u64)]| [&users, rest].concat();
    life.reports_after(Duration::ZERO, 1, &with(&[("subject.current", 2), ("collection.faces.51_200", 1)])).await;
    // A renamed person is another key.
    life.change(|model| {
        model.persons.remove("Mila");
        model.add_person("Mila_Neu", 10);
        model.add_person("Žofie_Ł", 0);
        model.add_person("Hugo", 150);
        model.attempts = Some(200);
    });
    life.reports_after(DAY, 2, &with(&[("subject.current", 5), ("collection.faces.201_500", 1)])).await;
    // Frigate makes the folder of attempts again where the volume is not mounted.
    life.change(|model| model.persons.clear());
    life.fails_after(DAY).await;
    life.reports_after(DAY, 3, &with(&[("collection.faces.0", 1)])).await;
}

#[tokio::test]
async fn host_that_was_off_begins_the_day_again() {
    let life = Life::begin().await;
    assert_eq!(life.once_after(Duration::ZERO).await, Exit::Done);
    life.change(|model| model.is_mounted = false);
    life.fails_after(HOUR).await;
    life.fails_after(2 * DAY).await;
    life.fails_after(23 * HOUR).await;
    life.reports_after(HOUR, 2, &[("user.current", 2), ("collection.faces.0", 1)]).await;
}

#[tokio::test]
async fn empty_library_is_believed_after_a_day() {
    let life = Life::begin().await;
    let usual = [("user.current", 2), ("subject.current", 2), ("collection.faces.51_200", 1)];
    life.reports_after(Duration::ZERO, 1, &usual).await;
    life.change(|model| model.is_mounted = false);
    life.fails_after(DAY).await;
    assert_eq!(life.last_failure().as_deref(), Some("library_gone"));
    life.fails_after(20 * HOUR).await;
    // Mounted again: nothing happened.
    life.change(|model| model.is_mounted = true);
    life.reports_after(HOUR, 2, &usual).await;
    assert_eq!(life.last_failure(), None);
    // And another day begins with the next time.
    life.change(|model| model.is_mounted = false);
    life.fails_after(3 * HOUR).await;
    life.simulated.stop().await;
    life.fails_after(20 * HOUR).await;
    life.simulated.resume().await;
    life.fails_after(3 * HOUR + Duration::from_secs(3599)).await;
    life.change(|model| model.add_account("nina", "viewer"));
    life.reports_after(
        Duration::from_secs(1),
        3,
        &[("user.creations", 1), ("user.current", 2), ("collection.faces.0", 1)],
    )
    .await;
    // From then on there is nothing that could be missing.
    let none = [("user.creations", 1), ("user.current", 2), ("collection.faces.0", 1)];
    life.reports_after(DAY, 4, &none).await;
    life.change(|model| model.is_mounted = true);
    let back = [("user.creations", 1), ("user.current", 2), ("subject.current", 2), ("collection.faces.51_200", 1)];
    life.reports_after(DAY, 5, &back).await;
}

#[tokio::test]
async fn new_installation_reports_no_person_at_once() {
    let life = Life::begin().await;
    life.change(|model| model.persons.clear());
    life.reports_after(Duration::ZERO, 1, &[("user.current", 2), ("collection.faces.0", 1)]).await;
}

#[tokio::test]
async fn report_that_is_missed_is_in_the_audit_log() {
    let life = Life::begin().await;
    assert_eq!(life.once_after(Duration::ZERO).await, Exit::Done);
    life.change(|model| model.is_mounted = false);
    life.fails_after(DAY).await;
    let store = Store::open_to_read(life.directory.path()).unwrap().unwrap();
    let lines = store.read(|snapshot| snapshot.audit(0, None)).unwrap();
    let last = lines.last().unwrap();
    assert_eq!(last.outcome, AuditOutcome::NotMade);
    assert!(last.reason.contains("clips/faces"), "{}", last.reason);
    assert!(!last.reason.contains("Mila"));
}
