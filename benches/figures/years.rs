//! Years of scrapes and daily reports at the default intervals, on a clock that is stepped from one thing that is due to the
//! next. The sidecar's worker runs in this process; what it reads and where it reports are processes of their own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use headcount::agent::{Step, Worker};
use headcount::cli::setup::Setup;
use headcount::clock::Clock as _;
use headcount::config::{self, Environment, Flags};
use headcount::store::Store;

use crate::Options;
use crate::growth::{self, Sample};
use crate::peers::{Installation, Peer, Way};
use crate::support::compreface::{EMAIL, PASSWORD};
use crate::support::world::{self, SteppedClock};
use crate::table::{Figure, Limit};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is called a month here.
const DAYS: u64 = 30;

/// Until then the audit and the outbox have not been full: what is old is deleted after thirty days.
const FIRST_MONTH: usize = 3;

pub fn measure(options: &Options) -> Vec<Figure> {
    let Some(years) = options.years else { return Vec::new() };
    assert!(years > 0, "no year is no measure");
    let service = Peer::service(Installation { users: 50, applications: 10, services: 1 });
    let endpoint = Peer::endpoint(Way::Http);
    let directory = tempfile::tempdir().unwrap();
    let clock = SteppedClock::at("2026-01-01T09:20:30Z");
    let environment = environment(&service, &endpoint, directory.path());
    let configuration = config::load(&Flags::default(), &environment);
    assert!(configuration.faults.is_empty(), "{:?}", configuration.faults);
    let setup = Setup { configuration, surroundings: world::surroundings(clock.clone(), 11) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let months = runtime.block_on(pass(&setup, &clock, directory.path(), years * 365 / DAYS));
    let (earlier, later) = (&months[FIRST_MONTH - 1], &months[months.len() - 1]);
    let name = format!("{years} years, more in month {} than in month {FIRST_MONTH}", months.len());
    let mut figures = growth::figures(&name, earlier, later);
    let store = Store::open_beside(directory.path()).unwrap().unwrap();
    let receipts = store.read(|snapshot| snapshot.receipts()).unwrap();
    let missing =
        (months.len() as u64 * DAYS).saturating_sub(1 + receipts.iter().map(|receipt| receipt.reports).sum::<u64>());
    figures.push(Figure::new(
        format!("{years} years: days without a report"),
        "",
        [missing as f64],
        Limit::AtMost(0.0),
    ));
    figures
}

/// Lets the months pass; gives the middle of each one's days.
async fn pass(setup: &Setup, clock: &SteppedClock, directory: &Path, months: u64) -> Vec<Sample> {
    let desk = setup.desk();
    let (read, send) = desk.permits().unwrap();
    let mut worker = Worker::new(setup.tools()).unwrap();
    worker.open_store().unwrap();
    println!("month  {}", growth::HEAD);
    let mut samples = Vec::new();
    for month in 1..=months {
        let mut days = Vec::new();
        for _ in 0..DAYS {
            let end = clock.now().plus(DAY);
            while clock.now() < end {
                worker.tend(clock.now());
                match worker.next_step(clock.now()) {
                    Step::Wait(wait) => clock.advance(wait.min(end.since(clock.now())).max(Duration::from_secs(1))),
                    step => worker.perform(step, &read, &send).await,
                }
            }
            days.push(Sample::of(std::process::id(), directory));
        }
        let sample = Sample::middle(&days);
        println!("{month:5}  {}", sample.line());
        samples.push(sample);
    }
    worker.sign_out().await;
    samples
}

fn environment(service: &Peer, endpoint: &Peer, directory: &Path) -> Environment {
    let variables = [
        ("HEADCOUNT_COMPREFACE_URL", service.url.as_str()),
        ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL),
        ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD),
        ("HEADCOUNT_OTLP_ENDPOINT", &endpoint.url),
        ("HEADCOUNT_STATE_DIR", directory.to_str().unwrap()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Environment::from(BTreeMap::from(variables))
}
