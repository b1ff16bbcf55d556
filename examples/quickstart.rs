//! The main job, whole, on loopback: a simulated CompreFace and an OTLP receiver, the real pipeline between them, and a few
//! simulated days with creations, deletions, a failed scrape and an outage of the receiver. `-- frigate` shows the same with a
//! simulated Frigate.
//!
//! Only the wall clock is simulated, so that days pass in seconds. Sockets, the store, the schedule, the gate and the audit are
//! the program's own, and what `status` and `audit` print is what the commands print. `-- inventory` shows the same for a service
//! that offers an inventory document.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a demonstration: a panic is the message")]

#[path = "quickstart/inventory.rs"]
mod inventory;
#[path = "../tests/support/mod.rs"]
mod support;

#[path = "quickstart/frigate.rs"]
mod frigate;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use headcount::agent::{Step, Worker};
use headcount::cli::app::App;
use headcount::cli::{Format, audit, render, status};
use headcount::clock::Clock;
use headcount::config::{Environment, Flags, Transport};
use headcount::consent::ConsentMonitor;
use headcount::contract::{ApprovedReport, Contract};
use headcount::source::SERVICES;
use headcount::source::compreface::{CONTRACT, kinds};
use support::compreface::{Answer as ServiceAnswer, Door, EMAIL, Model, PASSWORD, Simulated, Trouble, When};
use support::endpoint::{Answer, Endpoint};
use support::world::{SteppedClock, context};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match std::env::args().nth(1).as_deref() {
        None => runtime.block_on(demonstrate()),
        Some("frigate") => runtime.block_on(frigate::demonstrate()),
        Some("inventory") => runtime.block_on(inventory::demonstrate()),
        Some(_) => panic!("run it without an argument, with `frigate`, or with `inventory`"),
    }
}

async fn demonstrate() {
    let service = Simulated::start().await;
    let receiver = Endpoint::plain(Transport::HttpProtobuf).await;
    let directory = tempfile::tempdir().unwrap();
    let clock = SteppedClock::at("2026-01-01T09:20:00Z");
    let variables = [
        ("HEADCOUNT_COMPREFACE_URL", service.url()),
        ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL.to_owned()),
        ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD.to_owned()),
    ];
    let app = configure(&variables, &receiver, directory.path(), &clock);
    let mut days = Days::begin(&service, &receiver, &app, Arc::clone(&clock));

    title("Two peers on loopback");
    println!("a simulated CompreFace at {} and an OTLP receiver at {}", service.url(), receiver.settings().url);

    title("Day 1: the baseline. What is there now is known, not counted");
    let (application, service_id) = service.change(fill);
    days.pass(DAY).await;

    title("Day 2: a user, an application and a recognition service are created, one service is deleted");
    service.change(|model| {
        model.add_user();
        let second = model.add_application();
        model.add_service(second, kinds::RECOGNITION, 7);
        model.remove_service(service_id);
    });
    days.pass(DAY).await;

    title("Day 3: CompreFace answers with errors. No report is made; a failed scrape is not a zero");
    service.change(Model::add_user);
    service.trouble(Door::Applications, When::Always, Trouble::Answer(ServiceAnswer::html()));
    days.pass(DAY).await;
    service.behave();

    title("Day 4: CompreFace is well again, but the receiver is down. The report waits");
    service.change(|model| model.add_service(application, kinds::DETECTION, 0));
    receiver.always(Answer::status(503));
    days.pass(DAY).await;

    title("Day 5: the receiver is back. What waited arrives first, byte for byte as it was written");
    receiver.always(Answer::ok());
    days.pass(DAY).await;

    title("headcount status");
    status::status(&app, Format::Text).unwrap();
    title("headcount audit");
    audit::audit(&app, None, Format::Text).unwrap();
    days.end().await;
    check(&service, &receiver);
}

/// Twelve users, three services, one large collection.
fn fill(model: &mut Model) -> (uuid::Uuid, uuid::Uuid) {
    for _ in 0..11 {
        model.add_user();
    }
    let app = model.add_application();
    model.add_service(app, kinds::RECOGNITION, 120);
    let removed = model.add_service(app, kinds::RECOGNITION, 3);
    model.add_service(app, kinds::VERIFICATION, 0);
    // Of three services, one is used.
    model.use_service(removed, "2025-12-30".parse().unwrap(), 40);
    (app, removed)
}

/// The program's own settings, from an environment as an operator would write it.
fn configure(
    service: &[(&str, String)],
    receiver: &Endpoint,
    directory: &std::path::Path,
    clock: &Arc<SteppedClock>,
) -> App {
    let own = [
        ("HEADCOUNT_OTLP_ENDPOINT", receiver.settings().url.to_string()),
        ("HEADCOUNT_STATE_DIR", directory.to_str().unwrap().to_owned()),
        ("HEADCOUNT_REPORT_WINDOW", "01:00-02:00".to_owned()),
    ];
    let variables = service.iter().chain(&own).map(|(name, value)| ((*name).to_owned(), value.clone()));
    let variables: BTreeMap<_, _> = variables.collect();
    let environment = Environment::from(variables);
    let app = App::load(&Flags::default(), &environment, context(Arc::clone(clock), 5), &SERVICES);
    assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
    app
}

/// What is shown of a simulated service.
trait Peer {
    /// How many requests it received so far.
    fn requests(&self) -> usize;
    /// How many sign-ins succeeded so far.
    fn sign_ins(&self) -> u64;
}

impl Peer for Simulated {
    fn requests(&self) -> usize {
        self.requests().len()
    }

    fn sign_ins(&self) -> u64 {
        self.sign_ins()
    }
}

/// The sidecar, day by day.
struct Days<'a> {
    service: &'a dyn Peer,
    receiver: &'a Endpoint,
    worker: Worker,
    monitor: ConsentMonitor,
    clock: Arc<SteppedClock>,
    contract: &'static Contract,
    shown: usize,
}

impl<'a> Days<'a> {
    fn begin(service: &'a dyn Peer, receiver: &'a Endpoint, app: &'a App, clock: Arc<SteppedClock>) -> Self {
        let mut worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        worker.open_store().unwrap();
        Self { service, receiver, worker, monitor: app.monitor(), clock, contract: app.contract(), shown: 0 }
    }

    /// Lets time pass, and does whatever is due, when it is due.
    async fn pass(&mut self, time: Duration) {
        let (read, send) = self.monitor.permits().unwrap();
        let asked = self.service.requests();
        let until = self.clock.now().plus(time);
        let mut scrapes = 0;
        while self.clock.now() < until {
            match self.worker.next_step(self.clock.now()) {
                Step::Wait(wait) => self.clock.advance(wait),
                step => {
                    scrapes += u32::from(matches!(step, Step::Scrape { .. }));
                    self.worker.perform(step, &read, &send).await;
                }
            }
        }
        println!(
            "{}  {scrapes} scrapes, {} requests to the service, {} sign-ins so far",
            self.clock.now(),
            self.service.requests() - asked,
            self.service.sign_ins()
        );
        self.show_received();
    }

    /// What arrived since the last look: the same bytes once, the first report in full, later ones in short.
    fn show_received(&mut self) {
        let requests = self.receiver.requests();
        let mut new = &requests[self.shown..];
        if new.is_empty() {
            println!("nothing was sent");
        }
        while let Some(request) = new.first() {
            let same = new.iter().take_while(|other| other.message == request.message).count();
            let approved = self.contract.approve(request.message.clone()).unwrap();
            let (bytes, path) = (request.message.len(), request.uri.path());
            println!("\n{bytes} bytes arrived at {path}{}", times(same));
            match self.shown {
                0 => print!("{}", render::report::text(&approved)),
                _ => print!("{}", in_short(&approved)),
            }
            self.shown += same;
            new = &new[same..];
        }
    }

    async fn end(mut self) {
        self.worker.sign_out().await;
    }
}

fn times(attempts: usize) -> String {
    if attempts == 1 { String::new() } else { format!(" in {attempts} attempts, the very same bytes each time") }
}

/// The numbers of a report that are not zero.
fn in_short(report: &ApprovedReport) -> String {
    let contents = report.contents();
    let mut out = format!("  for the hour {}, counted since {}\n", contents.time, contents.start);
    for (instrument, value) in contents.numbers().filter(|(_, value)| *value > 0) {
        out.push_str(&format!("  {value:>4}  {}\n", instrument.name));
    }
    out + "  and zeros\n"
}

/// A demonstration that cannot fail shows nothing.
fn check(service: &Simulated, receiver: &Endpoint) {
    assert_eq!(service.sign_ins(), 1, "one sign-in for all the days");
    assert_eq!(service.open_sessions(), 0, "and it was ended");
    let last = CONTRACT.approve(receiver.requests().last().unwrap().message.clone()).unwrap();
    let users = last.contents().numbers().find(|(instrument, _)| instrument.name == "face_recognition.user.creations");
    assert_eq!(users.unwrap().1, 2, "two users were created after the baseline");
    title("Checked: one sign-in, one session ended, and the numbers that arrived are the ones that happened");
}

fn title(text: &str) {
    println!("\n\n== {text}\n");
}
