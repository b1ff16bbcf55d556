//! Who silences the self-metrics, and who does not.

use std::fs;
use std::time::Duration;

use headcount::config::Transport;

use super::{Room, TRANSPORTS, end, idle, observed, told_until};
use crate::program::Running;
use crate::support::endpoint::Endpoint;

#[tokio::test(flavor = "multi_thread")]
async fn any_no_silences_them() {
    for transport in TRANSPORTS {
        let collector = Endpoint::plain(transport).await;
        let room = Room::new();
        let consent = room.consent();
        fs::write(&consent, "denied\n").unwrap();
        let silenced: [(&str, &str); 6] = [
            ("OTEL_SDK_DISABLED", "True"),
            ("DO_NOT_TRACK", "1"),
            ("HEADCOUNT_DISABLED", "yes"),
            ("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap()),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        ];
        let rooms: Vec<_> = silenced.iter().map(|_| Room::new()).collect();
        let start = |((name, value), room): (&(&str, &str), &Room)| {
            observed(&collector, transport, room).env(name, value).start()
        };
        let mut running: Vec<Running> = silenced.iter().zip(&rooms).map(start).collect();
        for running in &mut running {
            running.wait_for("no requests are made");
        }
        // If they were on, each would have sent by now, and would send once more at its end.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        for running in &mut running {
            end(running);
        }
        assert_eq!(collector.wire().len(), 0, "{transport:?}: somebody connected");
        // The same program, with nothing that silences it, does connect.
        let mut heard = observed(&collector, transport, &room).start();
        collector.wait_for(1).await;
        end(&mut heard);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_go_on_if_only_a_yes_is_missing() {
    let collector = Endpoint::http().await;
    for (name, value) in [
        ("HEADCOUNT_DISABLED", "false"),
        ("HEADCOUNT_DISABLED", "perhaps"),
        ("HEADCOUNT_CONSENT_FILE", "/nowhere/consent"),
        ("HEADCOUNT_KEEP", "for ever"),
    ] {
        let before = collector.requests().len();
        let room = Room::new();
        let mut running = observed(&collector, Transport::HttpProtobuf, &room).env(name, value).start();
        collector.wait_for(before + 1).await;
        let told = told_until(&collector, |_| true).await;
        end(&mut running);
        assert_eq!(told.value("headcount.consent.status", Some("not_enabled")), Some(1), "{name}={value}");
        assert_eq!(told.value("headcount.consent.status", Some("enabled")), Some(0), "{name}={value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_while_it_runs_silences_them_and_a_yes_brings_them_back() {
    for transport in TRANSPORTS {
        let collector = Endpoint::plain(transport).await;
        let room = Room::new();
        let consent = room.consent();
        fs::write(&consent, "granted\n").unwrap();
        let program = observed(&collector, transport, &room).env("HEADCOUNT_CONSENT_FILE", consent.to_str().unwrap());
        let mut running = program.start();
        collector.wait_for(2).await;
        fs::write(&consent, "denied\n").unwrap();
        running.wait_for("telemetry=\"opted_out\"");
        collector.closed(collector.wire().len() - 1).await;
        let before = collector.requests().len();
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert_eq!(collector.requests().len(), before, "something was sent after a no");
        fs::write(&consent, "granted\n").unwrap();
        collector.wait_for(before + 1).await;
        // And the last export at the end is silenced, too.
        fs::write(&consent, "denied\n").unwrap();
        running.wait_for("telemetry=\"opted_out\"");
        collector.closed(collector.wire().len() - 1).await;
        let before = collector.requests().len();
        end(&mut running);
        assert_eq!(collector.requests().len(), before, "something was sent at the end after a no");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_there_is_no_thread_and_no_word_of_them() {
    let room = Room::new();
    let program = idle(&room)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "a=b")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .env("OTEL_METRICS_EXPORTER", "otlp");
    let mut running = program.start();
    running.wait_for("no requests are made");
    let tasks = fs::read_dir(format!("/proc/{}/task", running.pid())).unwrap().count();
    assert_eq!(tasks, 1);
    end(&mut running);
    assert!(!running.log().contains("self-metrics"), "{}", running.log());
}
