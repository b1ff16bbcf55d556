//! Three real gateways behind the real nginx and the real HAProxy, with a simulated fleet before them and the real Prometheus behind:
//! whatever fails, each report arrives, and each of its numbers is right.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prost::Message;

use crate::fleet::points;
use crate::fleet::world::{Delivery, World};
use crate::peers::balancer::{Balancer, Kind};
use crate::peers::collector::Gateway;
use crate::peers::http::Peer;
use crate::peers::prometheus::Prometheus;
use crate::peers::reports::{guid, hours_ago, now, report, totals};
use crate::peers::{PATIENCE, eventually, free_port};
use crate::sidecar::{once, service};
use crate::support::tls::Certificates;

/// As many installations send at the same time.
const SENDERS: usize = 6;

/// Everything from the balancer to the back end.
struct Site {
    prometheus: Prometheus,
    gateways: Vec<Gateway>,
    balancer: Balancer,
}

impl Site {
    /// Starts it, with the gateways' text altered, for what a test cannot wait for.
    fn start(kind: Kind, alter: impl Fn(String) -> String) -> Self {
        let prometheus = Prometheus::start();
        let certificates = Arc::new(Certificates::new());
        let gateways = (0..3).map(|_| Gateway::one_of(&certificates, &prometheus.otlp(), &alter)).collect();
        Self::with(kind, prometheus, gateways)
    }

    /// Starts the balancer before these.
    fn with(kind: Kind, prometheus: Prometheus, gateways: Vec<Gateway>) -> Self {
        let balancer = Balancer::before(kind, &gateways);
        let site = Self { prometheus, gateways, balancer };
        // HAProxy takes a gateway in after two answers of its health check.
        let empty = site.peer();
        eventually("a gateway behind the balancer", || {
            empty.post_metrics("/v1/metrics", b"").is_ok_and(|answer| answer.status == 200).then_some(())
        });
        site
    }

    /// OTLP over HTTP, as the world sees it.
    fn peer(&self) -> Peer {
        Peer::tls(self.balancer.http, &self.gateways[0].certificates.ca())
    }
}

/// Senders at work: how many reports were taken, and how often one was not.
struct Progress {
    reports: usize,
    taken: AtomicUsize,
    refused: AtomicUsize,
}

impl Progress {
    /// Waits until so much of all reports was taken.
    fn wait_for(&self, share: usize, of: usize) {
        eventually("the next reports", || {
            (self.taken.load(Ordering::Relaxed) * of >= self.reports * share).then_some(())
        });
    }
}

/// Each installation's reports, the oldest first.
fn by_installation(deliveries: &[Delivery]) -> Vec<Vec<&Delivery>> {
    let mut all: BTreeMap<String, Vec<&Delivery>> = BTreeMap::new();
    for delivery in deliveries {
        all.entry(delivery.contents.install_guid.to_string()).or_default().push(delivery);
    }
    all.values_mut().for_each(|reports| reports.sort_by_key(|report| report.contents.time));
    all.into_values().collect()
}

/// Sends one installation's reports as its sidecar does: one at a time, and the same bytes again until the response is 200.
fn send(peer: &Peer, reports: &[&Delivery], progress: &Progress) {
    // Each attempt is from an address of its own: the limits for each client have their own test.
    static ADDRESS: AtomicU32 = AtomicU32::new(0x7f01_0001);
    for report in reports {
        let (body, begun) = (report.request().encode_to_vec(), Instant::now());
        loop {
            let peer = peer.from(Ipv4Addr::from_bits(ADDRESS.fetch_add(1, Ordering::Relaxed)));
            if peer.post_metrics("/v1/metrics", &body).is_ok_and(|answer| answer.status == 200) {
                break;
            }
            progress.refused.fetch_add(1, Ordering::Relaxed);
            assert!(begun.elapsed() < PATIENCE, "a report was never taken");
            std::thread::sleep(Duration::from_millis(200));
        }
        progress.taken.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends a fleet's reports of four weeks while something happens to the site, and compares every point.
fn play(name: &str, mut site: Site, happen: impl FnOnce(&mut Site, &Progress)) -> usize {
    let deliveries = World::simulate(now(), 30, 28).deliveries();
    let installations = Mutex::new(by_installation(&deliveries));
    let (taken, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let progress = Progress { reports: deliveries.len(), taken, refused };
    let (peer, begun) = (site.peer(), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                loop {
                    let next = installations.lock().unwrap().pop();
                    let Some(reports) = next else { return };
                    send(&peer, &reports, &progress);
                }
            });
        }
        happen(&mut site, &progress);
    });
    let (sent, refused) = (begun.elapsed(), progress.refused.into_inner());
    let expected = points::of(&deliveries);
    points::assert_same(&expected, &points::settled(&site.prometheus, &expected));
    println!(
        "{name}: {} reports in {:.1} s, {refused} attempts failed, {} points, none lost",
        progress.reports,
        sent.as_secs_f64(),
        points::count(&expected)
    );
    refused
}

/// One gateway is killed at work, and is there again later.
fn kill_one(site: &mut Site, progress: &Progress) {
    progress.wait_for(1, 4);
    site.gateways[1].kill();
    progress.wait_for(3, 4);
    site.gateways[1].up();
}

/// Each gateway is stopped in order and started again, one after the other.
fn restart_each(site: &mut Site, progress: &Progress) {
    for number in 0..3 {
        progress.wait_for(number + 1, 5);
        site.gateways[number].take_down();
        site.gateways[number].up();
    }
}

/// A gateway's configuration with a queue that is full soon.
fn with_short_queue(text: &str, reports: u32) -> String {
    assert!(text.contains("queue_size: 1000000"));
    text.replace("queue_size: 1000000", &format!("queue_size: {reports}"))
}

/// A site with such gateways.
fn with_short_queues(kind: Kind) -> Site {
    Site::start(kind, |text| with_short_queue(&text, 100))
}

/// The back end hangs until the queues are full and senders are refused; then two gateways are killed, and all come back.
fn hang(site: &mut Site, progress: &Progress) {
    progress.wait_for(1, 5);
    site.prometheus.signal("STOP");
    let before = progress.refused.load(Ordering::Relaxed);
    eventually("full queues", || (progress.refused.load(Ordering::Relaxed) >= before + 30).then_some(()));
    (0..2).for_each(|number| site.gateways[number].kill());
    (0..2).for_each(|number| site.gateways[number].up());
    site.prometheus.signal("CONT");
}

#[test]
fn behind_nginx_a_killed_gateway_loses_nothing() {
    play("nginx, one gateway killed", Site::start(Kind::Nginx, |text| text), kill_one);
}

#[test]
fn behind_haproxy_a_killed_gateway_loses_nothing() {
    play("HAProxy, one gateway killed", Site::start(Kind::Haproxy, |text| text), kill_one);
}

#[test]
fn behind_nginx_a_rolling_restart_loses_nothing() {
    play("nginx, rolling restart", Site::start(Kind::Nginx, |text| text), restart_each);
}

#[test]
fn behind_haproxy_a_rolling_restart_loses_nothing() {
    play("HAProxy, rolling restart", Site::start(Kind::Haproxy, |text| text), restart_each);
}

#[test]
fn behind_nginx_full_queues_lose_nothing() {
    let refused = play("nginx, full queues", with_short_queues(Kind::Nginx), hang);
    assert!(refused >= 30, "{refused}");
}

#[test]
fn behind_haproxy_full_queues_lose_nothing() {
    let refused = play("HAProxy, full queues", with_short_queues(Kind::Haproxy), hang);
    assert!(refused >= 30, "{refused}");
}

/// Two of the three gateways take no more; the senders do not see that.
#[test]
fn nginx_gives_a_report_to_the_gateway_whose_queue_has_room() {
    let (prometheus, certificates) = (Prometheus::start(), Arc::new(Certificates::new()));
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let full = || Gateway::one_of(&certificates, &nowhere, |text| with_short_queue(&text, 1));
    let gateways = vec![full(), full(), Gateway::one_of(&certificates, &prometheus.otlp(), |text| text)];
    let body = |hours| report(&guid(1), hours_ago(50), hours_ago(hours), &totals(7, 37)).encode_to_vec();
    for gateway in &gateways[..2] {
        let send = || gateway.peer().post_metrics("/v1/metrics", &body(49)).unwrap().status;
        eventually("a full queue", || (send() == 503).then_some(()));
    }
    let site = Site::with(Kind::Nginx, prometheus, gateways);
    let hours = 2..32;
    for hours in hours.clone() {
        assert_eq!(site.peer().post_metrics("/v1/metrics", &body(hours)).unwrap().status, 200);
    }
    let query = format!("count_over_time(face_recognition_user_current{{install_guid=\"{}\"}}[48h])", guid(1));
    let all = f64::from(u32::try_from(hours.len()).unwrap());
    eventually("the arrival of all", || (site.prometheus.value(&query)? >= all).then_some(()));
}

/// The sidecar's own binary, by both protocols.
#[test]
fn the_binary_reports_through_nginx_and_haproxy() {
    let (_runtime, service) = service();
    for (number, kind) in (1..).zip([Kind::Nginx, Kind::Haproxy]) {
        let site = Site::start(kind, |text| text);
        for (protocol, port) in [("http/protobuf", site.balancer.http), ("grpc", site.balancer.grpc)] {
            let state = tempfile::tempdir().unwrap();
            let guid = guid(2 * number + u64::from(protocol == "grpc")).to_string();
            let program = once(&service, state.path())
                .env("HEADCOUNT_INSTALL_GUID", &guid)
                .env("HEADCOUNT_OTLP_PROTOCOL", protocol)
                .env("HEADCOUNT_OTLP_CERTIFICATE", site.gateways[0].certificates.ca().to_str().unwrap())
                .env("HEADCOUNT_OTLP_ENDPOINT", format!("https://localhost:{port}"));
            assert_eq!(program.output().status.code(), Some(0), "{kind:?}, {protocol}");
            site.prometheus
                .wait_for(&format!("last_over_time(face_recognition_user_current{{install_guid=\"{guid}\"}}[1d])"));
        }
    }
}

/// One client is limited, and another is not; a month of reports at once is within the limit. Nothing is written about either.
#[test]
fn the_limits_are_for_each_client_and_no_address_is_written() {
    let month = 30;
    let body = report(&guid(1), hours_ago(50), hours_ago(2), &totals(7, 37)).encode_to_vec();
    for kind in [Kind::Nginx, Kind::Haproxy] {
        let site = Site::start(kind, |text| text);
        let taken = |last: u8| {
            let peer = site.peer().from(Ipv4Addr::new(127, 2, 0, last));
            let answers = (0..150).map(|_| peer.post_metrics("/v1/metrics", &body));
            answers.take_while(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200)).count()
        };
        for client in [1, 2] {
            let taken = taken(client);
            assert!((month..150).contains(&taken), "{kind:?}: {taken}");
        }
        // What is no TLS, a client that leaves, and a path that is not there.
        let plain = Peer::plain(site.balancer.http).from(Ipv4Addr::new(127, 2, 0, 3));
        let _ = plain.get("/");
        drop(plain.connect());
        let _ = site.peer().from(Ipv4Addr::new(127, 2, 0, 4)).get("/elsewhere");
        let log = site.balancer.log();
        assert!(!log.contains("127.2.0."), "{log}");
    }
}
