//! Whatever becomes of the collector, the main job does not notice.

use std::time::Duration;

use headcount::config::Transport;
use tonic::Code;

use super::{Room, TRANSPORTS, end, leave_a_report_waiting, observed, reporting, told_until};
use crate::support::compreface::Simulated;
use crate::support::endpoint::{Answer, Endpoint};

/// A report is scraped for and delivered while the collector behaves so, and the process ends in time.
async fn main_job_is_done(collector: &Endpoint, transport: Transport, address: Option<&str>) {
    let (service, endpoint) = (Simulated::start().await, Endpoint::http().await);
    let room = Room::new();
    let mut program = reporting(observed(collector, transport, &room), &service, &endpoint);
    if let Some(address) = address {
        program = program.env("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    }
    leave_a_report_waiting(&program, &endpoint);
    let mut running = program.env("OTEL_EXPORTER_OTLP_TIMEOUT", "60000").start();
    endpoint.wait_for(2).await;
    // The first export is under way, or has failed.
    match address {
        None => collector.wait_for(1).await,
        Some(_) => drop(running.wait_for("not sent")),
    }
    end(&mut running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_delays_neither_the_report_nor_the_end() {
    for transport in TRANSPORTS {
        let collector = Endpoint::plain(transport).await;
        collector.always(Answer::hang());
        main_job_is_done(&collector, transport, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_delays_nothing() {
    for transport in TRANSPORTS {
        let collector = Endpoint::plain(transport).await;
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        main_job_is_done(&collector, transport, Some(&format!("http://{nobody}"))).await;
        main_job_is_done(&collector, transport, Some("http://collector.invalid:4317")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_ends_them_and_each_trouble_is_said_once() {
    for transport in TRANSPORTS {
        let collector = Endpoint::plain(transport).await;
        let troubles = [
            Answer::status(503).header("retry-after", "86400"),
            Answer::status(503).header("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"),
            Answer::status(401),
            Answer::redirect("http://192.0.2.1/"),
            Answer::html(),
            Answer::message(vec![0xff; 100]),
            Answer::message(vec![b'x'; 5 * 1024 * 1024]),
            Answer::partial(3, "somebody@example.com is not welcome"),
            Answer::grpc(Code::Unauthenticated, "somebody@example.com is not welcome"),
            Answer::grpc_retry(Code::ResourceExhausted, Duration::from_secs(86_400)),
            Answer::grpc(Code::Unavailable, "later").trailer("grpc-status-details-bin", "!"),
            Answer::grpc(Code::Unavailable, "later").trailer("grpc-status-details-bin", "!").trailers_only(),
            Answer::grpc(Code::Unavailable, "later").trailer("grpc-status", "many"),
            Answer::message(vec![b'x'; 8 * 1024 * 1024]).gzip(),
            Answer::endless(200),
            Answer::cut_off(),
            Answer::drop_connection(),
            Answer::go_away(),
            Answer::ok().then_close(),
        ];
        let all = troubles.len();
        for trouble in troubles {
            collector.answer(trouble);
        }
        let room = Room::new();
        let mut running = observed(&collector, transport, &room).env("OTEL_EXPORTER_OTLP_TIMEOUT", "500").start();
        // Two more than there are troubles: it is heard again after the last.
        tokio::time::timeout(Duration::from_secs(60), collector.wait_for(all + 2)).await.unwrap();
        end(&mut running);
        let log = running.log().to_owned();
        assert!(log.contains("not sent") && log.contains("takes the self-metrics again"), "{log}");
        assert!(!log.contains("not welcome"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_said_once_and_its_end_too() {
    let collector = Endpoint::http().await;
    collector.always(Answer::status(503));
    let room = Room::new();
    let mut running = observed(&collector, Transport::HttpProtobuf, &room).start();
    collector.wait_for(5).await;
    collector.always(Answer::ok());
    running.wait_for("takes the self-metrics again");
    assert_eq!(running.log().matches("not sent").count(), 1, "{}", running.log());
    end(&mut running);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_since_the_last_export_is_told_at_the_end() {
    let (service, endpoint, collector) = (Simulated::start().await, Endpoint::http().await, Endpoint::grpc().await);
    let room = Room::new();
    let program = reporting(observed(&collector, Transport::Grpc, &room), &service, &endpoint)
        .env("OTEL_METRIC_EXPORT_INTERVAL", u64::MAX.to_string());
    let mut running = program.start();
    running.wait_for("baseline recorded");
    end(&mut running);
    let told = told_until(&collector, |_| true).await;
    assert_eq!(told.value("headcount.scrapes", Some("complete")), Some(1));
    assert_eq!(told.value("headcount.scrape.duration", Some("complete")), Some(1));
    assert_eq!(collector.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_the_service_and_of_the_endpoint_are_counted() {
    let (service, endpoint, collector) = (Simulated::start().await, Endpoint::http().await, Endpoint::http().await);
    let room = Room::new();
    let program = reporting(observed(&collector, Transport::HttpProtobuf, &room), &service, &endpoint);
    leave_a_report_waiting(&program, &endpoint);
    endpoint.always(Answer::status(403));
    let mut running = program.with_arguments(&["run"]).start();
    let told = told_until(&collector, |told| told.value("headcount.deliveries", Some("held")) == Some(1)).await;
    assert_eq!(told.value("headcount.outbox.depth", None), Some(1));
    end(&mut running);
    let other = Room::new();
    let mut running = program.state(&other.state()).env("HEADCOUNT_COMPREFACE_PASSWORD", "wrong").start();
    let failed = |told: &super::Told| told.value("headcount.scrapes", Some("failed")) == Some(1);
    let told = told_until(&collector, failed).await;
    assert_eq!(told.value("headcount.scrape.age", None), None, "there was no complete scrape");
    end(&mut running);
}
