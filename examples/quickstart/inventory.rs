//! The same for a service of any kind that offers an inventory document: a few simulated days with creations, a document with a
//! problem, and an outage of the receiver.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount::agent::{Step, Worker};
use headcount::cli::app::App;
use headcount::cli::{Format, audit, render, status};
use headcount::clock::Clock as _;
use headcount::config::{Environment, Flags, Transport};
use headcount::source::SERVICES;
use headcount::source::inventory::CONTRACT;

use super::support::endpoint::{Answer, Endpoint};
use super::support::inventory::DocumentServer;
use super::support::world::{SteppedClock, context};
use super::{DAY, in_short, title};

pub(crate) async fn demonstrate() {
    let service = DocumentServer::start();
    let receiver = Endpoint::plain(Transport::HttpProtobuf).await;
    let directory = tempfile::tempdir().unwrap();
    let clock = SteppedClock::at("2026-01-01T09:20:00Z");
    let app = configure(&service, &receiver, directory.path(), &clock);
    let mut days = Days { receiver: &receiver, worker: None, app: &app, clock, shown: 0 };

    title("Two peers on loopback");
    println!("a document at {} and an OTLP receiver at {}", service.url(), receiver.settings().url);

    title("Day 1: the baseline. What is there now is known, not counted");
    service.change(|installation| {
        installation.users = (0..12).map(|user| format!("user-{user}")).collect();
        installation.applications.push("door".to_owned());
        installation.add_collection("gate", 120);
    });
    println!("{}", service.change(|installation| installation.document()));
    days.pass().await;

    title("Day 2: two users and a recognition service are created, one user is deleted");
    service.change(|installation| {
        installation.users.remove(0);
        installation.users.extend(["user-12".to_owned(), "user-13".to_owned()]);
        installation.add_collection("lobby", 7);
    });
    days.pass().await;

    title("Day 3: the document has a problem. No report is made; a failed scrape is not a zero");
    service.answer_body(r#"{"inventory":1,"users":["user-1","user-1"],"applications":[]}"#);
    days.pass().await;
    service.behave();

    title("Day 4: the document is right again, but the receiver is down. The report waits");
    receiver.always(Answer::status(503));
    days.pass().await;

    title("Day 5: the receiver is back. What waited arrives first, byte for byte as it was written");
    receiver.always(Answer::ok());
    days.pass().await;

    title("headcount status");
    status::status(&app, Format::Text).unwrap();
    title("headcount audit");
    audit::audit(&app, None, Format::Text).unwrap();
    check(&receiver);
}

/// The program's own settings, from an environment as an operator would write it.
fn configure(
    service: &DocumentServer,
    receiver: &Endpoint,
    directory: &std::path::Path,
    clock: &Arc<SteppedClock>,
) -> App {
    let variables = [
        ("HEADCOUNT_SERVICE", "inventory".to_owned()),
        ("HEADCOUNT_INVENTORY_URL", service.url()),
        ("HEADCOUNT_OTLP_ENDPOINT", receiver.settings().url.to_string()),
        ("HEADCOUNT_STATE_DIR", directory.to_str().unwrap().to_owned()),
        ("HEADCOUNT_REPORT_WINDOW", "01:00-02:00".to_owned()),
    ];
    let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let context = context(Arc::clone(clock), 5);
    let app = App::load(&Flags::default(), &Environment::from(variables), context, &SERVICES);
    assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
    app
}

/// The sidecar, day by day.
struct Days<'a> {
    receiver: &'a Endpoint,
    worker: Option<Worker>,
    app: &'a App,
    clock: Arc<SteppedClock>,
    shown: usize,
}

impl Days<'_> {
    /// Lets a day pass, does whatever is due, when it is due, and shows what arrived.
    async fn pass(&mut self) {
        let monitor = self.app.monitor();
        let worker = self.worker.get_or_insert_with(|| {
            let mut worker = Worker::new(self.app.worker_config(), monitor.decision()).unwrap();
            worker.open_store().unwrap();
            worker
        });
        let (read, send) = monitor.permits().unwrap();
        let until = self.clock.now().plus(DAY);
        while self.clock.now() < until {
            match worker.next_step(self.clock.now()) {
                Step::Wait(wait) => self.clock.advance(wait),
                step => worker.perform(step, &read, &send).await,
            }
        }
        println!("{}", self.clock.now());
        let requests = self.receiver.requests();
        let mut new: Vec<_> = requests[self.shown..].iter().map(|request| request.message.clone()).collect();
        new.dedup();
        for message in &new {
            let approved = CONTRACT.approve(message.clone()).unwrap();
            match self.shown {
                0 => print!("{}", render::report::text(&approved)),
                _ => print!("{}", in_short(&approved)),
            }
        }
        if new.is_empty() {
            println!("nothing was sent");
        }
        self.shown = requests.len();
    }
}

/// A demonstration that cannot fail shows nothing.
fn check(receiver: &Endpoint) {
    let last = CONTRACT.approve(receiver.requests().last().unwrap().message.clone()).unwrap();
    let number = |name: &str| last.contents().numbers().find(|(instrument, _)| instrument.name == name).unwrap().1;
    assert_eq!(number("face_recognition.user.creations"), 2, "two users were created after the baseline");
    assert_eq!(number("face_recognition.service.recognition.creations"), 1);
    title("Checked: the numbers that arrived are the ones that happened");
}
