//! The same task on paused time, over pipes in memory: when it sends, and what it does about a connection that is dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use headcount::clock::{Clock, Timestamp};
use headcount::config::{Environment, Flags, SETTINGS, SelfMetricsSettings, SettingsReader, Transport, load};
use headcount::consent::ConsentState;
use headcount::net::Dialer;
use headcount::ops::self_metrics::{DeliveryOutcome, Meter, ScrapeOutcome, SelfMetrics, StoreReadings};
use tower_service::Service as _;

use super::TRANSPORTS;
use super::protocol;
use super::received::Told;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::world::SteppedClock;

const MINUTE: Duration = Duration::from_secs(60);

struct Watched {
    collector: Endpoint,
    clock: Arc<SteppedClock>,
    dialed: Arc<AtomicU32>,
    self_metrics: SelfMetrics,
    meter: Meter,
}

/// Started, and not yet told of any decision.
fn start(transport: Transport) -> Watched {
    let clock = SteppedClock::at("2026-01-01T00:00:00Z");
    let (collector, dialed, self_metrics) = start_by(Arc::clone(&clock) as _, transport);
    let meter = self_metrics.meter();
    Watched { collector, clock, dialed, self_metrics, meter }
}

/// The same by this clock.
fn start_by(clock: Arc<dyn Clock>, transport: Transport) -> (Endpoint, Arc<AtomicU32>, SelfMetrics) {
    let collector = Endpoint::in_memory(transport);
    let settings = settings(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example.org"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol(transport)),
    ]);
    let (dialed, dialer) = (Arc::new(AtomicU32::new(0)), collector.dialer());
    let counting = {
        let dialed = Arc::clone(&dialed);
        Dialer::new(move |uri| {
            dialed.fetch_add(1, Ordering::Relaxed);
            dialer.clone().call(uri)
        })
    };
    let self_metrics = SelfMetrics::start(&settings, counting, clock);
    (collector, dialed, self_metrics)
}

fn settings(variables: &[(&str, &str)]) -> SelfMetricsSettings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment::from(variables.collect::<std::collections::BTreeMap<_, _>>());
    load(SettingsReader::new(&Flags::default(), &environment), SETTINGS).self_metrics
}

/// Time passes in steps, so that everything that is due is done in between.
async fn pass(seconds: u64) {
    for _ in 0..seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_decision_and_then_once_a_minute() {
    for transport in TRANSPORTS {
        let Watched { collector, dialed, self_metrics, meter, .. } = start(transport);
        pass(600).await;
        assert_eq!(dialed.load(Ordering::Relaxed), 0);
        meter.consent(ConsentState::NotEnabled);
        pass(59).await;
        assert_eq!(collector.requests().len(), 0);
        pass(602).await;
        assert_eq!(collector.requests().len(), 11);
        assert_eq!(dialed.load(Ordering::Relaxed), 1, "one connection does");
        self_metrics.finish().await;
        assert_eq!(collector.requests().len(), 12, "and once more at the end");
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_while_nobody_may_hear_them_sets_no_timer() {
    let Watched { collector, self_metrics, meter, .. } = start(Transport::Grpc);
    meter.consent(ConsentState::Enabled);
    pass(61).await;
    meter.consent(ConsentState::OptedOut);
    tokio::time::sleep(MINUTE).await;
    let parked = || tokio::runtime::Handle::current().metrics().worker_park_count(0);
    let before = parked();
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    // Paused time goes from timer to timer: one for the day, where one a minute would be 1,440.
    assert!(parked() - before < 10, "woke up {} times", parked() - before);
    self_metrics.finish().await;
    assert_eq!(collector.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_no_hangs_up_on_what_is_under_way() {
    for transport in TRANSPORTS {
        let Watched { collector, self_metrics, meter, .. } = start(transport);
        collector.always(Answer::hang());
        meter.consent(ConsentState::Enabled);
        collector.wait_for(1).await;
        meter.consent(ConsentState::OptedOut);
        collector.closed(0).await;
        meter.consent(ConsentState::Enabled);
        collector.always(Answer::ok());
        collector.wait_for(2).await;
        self_metrics.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_dead_without_a_sign_of_it_is_given_up_after_three_exports() {
    let Watched { collector, dialed, self_metrics, meter, .. } = start(Transport::Grpc);
    meter.consent(ConsentState::Enabled);
    collector.wait_for(1).await;
    collector.always(Answer::hang());
    collector.wait_for(4).await;
    assert_eq!(dialed.load(Ordering::Relaxed), 1);
    collector.always(Answer::ok());
    collector.wait_for(5).await;
    assert_eq!(dialed.load(Ordering::Relaxed), 2);
    self_metrics.finish().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_at_the_end_is_left_within_two_seconds() {
    for transport in TRANSPORTS {
        let Watched { collector, self_metrics, meter, .. } = start(transport);
        collector.always(Answer::hang());
        meter.consent(ConsentState::Enabled);
        collector.wait_for(1).await;
        let begun = tokio::time::Instant::now();
        self_metrics.finish().await;
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_meter_is_told_is_what_arrives() {
    let Watched { collector, clock, self_metrics, meter, .. } = start(Transport::HttpProtobuf);
    let at = |time: &str| Some(time.parse().unwrap());
    meter.consent(ConsentState::Enabled);
    meter.scraped(ScrapeOutcome::Complete, Duration::from_millis(300));
    meter.scraped(ScrapeOutcome::NotReady, Duration::from_millis(3));
    meter.delivered(DeliveryOutcome::Delivered, 3);
    meter.delivered(DeliveryOutcome::Held, 1);
    let (last_scrape_at, oldest_made_at) = (at("2026-01-01T00:00:00Z"), at("2025-12-31T00:00:00Z"));
    meter.read(Some(StoreReadings { last_scrape_at, outbox_depth: 2, oldest_made_at, bytes: 45_056 }));
    clock.advance(Duration::from_secs(90));
    collector.wait_for(1).await;
    let told = Told::by(&collector.requests()[0].report());
    for (metric, attribute, value) in [
        ("headcount.scrapes", Some("complete"), 1),
        ("headcount.scrapes", Some("not_ready"), 1),
        ("headcount.scrapes", Some("stopped"), 0),
        ("headcount.scrape.duration", Some("complete"), 1),
        ("headcount.deliveries", Some("delivered"), 3),
        ("headcount.deliveries", Some("held"), 1),
        ("headcount.deliveries", Some("refused"), 0),
        ("headcount.scrape.age", None, 90),
        ("headcount.outbox.age", None, 24 * 3600 + 90),
        ("headcount.outbox.depth", None, 2),
        ("headcount.store.size", None, 45_056),
        ("headcount.consent.status", Some("enabled"), 1),
    ] {
        assert_eq!(told.value(metric, attribute), Some(value), "{metric} {attribute:?}");
    }
    // A store that cannot be used any more is not shown as it was.
    meter.read(None);
    collector.wait_for(2).await;
    let told = Told::by(&collector.requests()[1].report());
    for metric in ["headcount.scrape.age", "headcount.outbox.age", "headcount.outbox.depth", "headcount.store.size"] {
        assert_eq!(told.value(metric, None), None, "{metric}");
    }
    assert_eq!(told.value("headcount.scrapes", Some("complete")), Some(1));
    self_metrics.finish().await;
}

/// A clock that fails whoever looks at it, as no clock does.
#[derive(Debug)]
struct Broken;

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        panic!("the clock is broken")
    }
}

/// The meter stays usable and the end comes at once. This holds where a panic unwinds; the release build ends at one, wherever
/// it is, so there it must not come to that: see what collectors answer in the tests of outages.
#[tokio::test(start_paused = true)]
async fn a_panic_in_the_task_ends_the_task_alone() {
    for transport in TRANSPORTS {
        let (collector, dialed, self_metrics) = start_by(Arc::new(Broken), transport);
        let meter = self_metrics.meter();
        let store = StoreReadings {
            last_scrape_at: Some(Timestamp::from_unix_seconds(0)),
            outbox_depth: 0,
            oldest_made_at: None,
            bytes: 1,
        };
        meter.read(Some(store));
        meter.consent(ConsentState::Enabled);
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let before = tasks();
        pass(120).await;
        assert_eq!((tasks(), dialed.load(Ordering::Relaxed)), (before - 1, 0), "it did not panic");
        meter.scraped(ScrapeOutcome::Complete, MINUTE);
        meter.delivered(DeliveryOutcome::Delivered, 1);
        meter.read(None);
        meter.consent(ConsentState::OptedOut);
        meter.consent(ConsentState::Enabled);
        self_metrics.finish().await;
        assert_eq!(collector.requests().len(), 0);
    }
}

#[tokio::test]
async fn where_nothing_is_asked_for_the_meter_tells_nobody() {
    for settings in [settings(&[]), settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x"), ("DO_NOT_TRACK", "1")])] {
        let nobody = Dialer::new(|_| panic!("somebody is called"));
        let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let self_metrics = SelfMetrics::start(&settings, nobody, SteppedClock::at("2026-01-01T00:00:00Z"));
        assert!(!self_metrics.meter().is_on());
        self_metrics.meter().consent(ConsentState::Enabled);
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), before);
        self_metrics.finish().await;
    }
}
