//! Ambiguous responses, over real sockets and both protocols: which reports are at fault is shown by those that the endpoint
//! accepts, and nothing is lost where the endpoint is at fault.

use std::time::Duration;

use bytes::Bytes;
use headcount::config::Transport;
use headcount::store::AuditOutcome::{self, Delivered, Held, Made, Refused, Skipped, WillRetry};
use tonic::Code;

use super::{Peers, json};
use crate::program::{Program, eventually, told};
use crate::support::compreface::{Model, Simulated};
use crate::support::endpoint::{Answer, Endpoint};

const TRANSPORTS: [Transport; 2] = [Transport::HttpProtobuf, Transport::Grpc];

async fn peers(transport: Transport) -> Peers {
    let service = Simulated::start().await;
    Peers { service, endpoint: Endpoint::plain(transport).await, directory: tempfile::tempdir().unwrap() }
}

/// Calls `once` in another hour, with another number to report.
fn later(peers: &Peers, transport: Transport) -> Program {
    if peers.path().join("headcount.db").exists() {
        peers.let_an_hour_pass();
    }
    peers.service.change(Model::add_user);
    once(peers, transport)
}

fn once(peers: &Peers, transport: Transport) -> Program {
    let protocol = if transport == Transport::Grpc { "grpc" } else { "http/protobuf" };
    peers.call(&["once"]).env("HEADCOUNT_OTLP_PROTOCOL", protocol).env("HEADCOUNT_OTLP_TIMEOUT", "1s")
}

fn sent(peers: &Peers) -> Vec<Bytes> {
    peers.endpoint.requests().into_iter().map(|request| request.message).collect()
}

/// The audit without the hours that had a report already.
fn attempts(peers: &Peers) -> Vec<AuditOutcome> {
    peers.outcomes().into_iter().filter(|outcome| *outcome != Skipped).collect()
}

/// Leaves one pending report that the endpoint answers with a text, now and later, and other reports with `answer`.
fn leave_a_poisonous_one(peers: &Peers, transport: Transport, answer: Answer) -> Bytes {
    peers.endpoint.always(Answer::text(400));
    let (exit, _, said) = told(&later(peers, transport).output());
    assert_eq!((exit, peers.waiting()), (Some(4), 1), "{said}");
    let poison = sent(peers).remove(0);
    let at_fault = poison.clone();
    peers.endpoint.always_by(
        move |request| {
            if request.message == at_fault { Answer::text(400) } else { answer.clone() }
        },
    );
    poison
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_at_fault_delays_the_next_by_nothing_and_is_never_sent_again() {
    for transport in TRANSPORTS {
        let peers = peers(transport).await;
        let poison = leave_a_poisonous_one(&peers, transport, Answer::ok());
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 0), "{said}");
        assert_eq!(peers.outcomes(), [Made, Held, Made, Held, Delivered, Refused]);
        let status = json(&told(&peers.call(&["status", "--format", "json"]).output()).1);
        assert!(status["last_failure"]["code"] == "report_left_behind", "{status}");
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(0), 0), "{said}");
        let sent = sent(&peers);
        assert_eq!(sent.len(), 4);
        assert_eq!(sent.iter().map(|message| *message == poison).collect::<Vec<_>>(), [true, true, false, false]);
        let status = json(&told(&peers.call(&["status", "--format", "json"]).output()).1);
        assert!(status["last_failure"].is_null(), "{status}");
    }
}

/// A filter in front of the receiver forbids one report, or the token of all reports lacks a permission.
#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_report_is_refused_once_a_later_one_is_accepted() {
    for transport in TRANSPORTS {
        let forbidden =
            if transport == Transport::Grpc { Answer::grpc(Code::PermissionDenied, "") } else { Answer::text(403) };
        let peers = peers(transport).await;
        peers.endpoint.always(forbidden.clone());
        later(&peers, transport).output();
        later(&peers, transport).output();
        assert_eq!((peers.waiting(), attempts(&peers)), (2, vec![Made, Held, Made, Held, Held]));
        peers.endpoint.answer(forbidden.clone()).answer(forbidden).always(Answer::ok());
        later(&peers, transport).output();
        assert_eq!(attempts(&peers)[5..], [Made, Held, Held, Delivered, Refused, Refused]);
        assert_eq!((peers.waiting(), sent(&peers).len()), (0, 6));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_at_fault_loses_nothing_and_is_sent_each_report_once_a_call() {
    for transport in TRANSPORTS {
        for answer in [Answer::text(400), Answer::html(), Answer::text(413)] {
            let peers = peers(transport).await;
            peers.endpoint.always(answer);
            for pending in 1..=3 {
                let (exit, _, said) = told(&later(&peers, transport).output());
                assert_eq!((exit, peers.waiting()), (Some(4), pending), "{said}");
            }
            assert_eq!(peers.outcomes(), [Made, Held, Made, Held, Held, Made, Held, Held, Held]);
            let before = sent(&peers);
            assert_eq!((&before[1..3], &before[3..5]), (&[before[0].clone(), before[2].clone()][..], &before[1..3]));
            peers.endpoint.always(Answer::ok());
            let (exit, _, said) = told(&later(&peers, transport).output());
            assert_eq!((exit, peers.waiting()), (Some(0), 0), "{said}");
            assert_eq!(sent(&peers)[6..9], before[3..6]);
            assert!(!peers.outcomes().contains(&Refused));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_new_report_the_pending_ones_are_not_sent_past_one_that_is_held() {
    let transport = Transport::HttpProtobuf;
    let peers = peers(transport).await;
    peers.endpoint.always(Answer::text(400));
    for _ in 0..2 {
        later(&peers, transport).output();
    }
    let before = sent(&peers).len();
    let (exit, _, said) = told(&once(&peers, transport).output());
    assert_eq!((exit, peers.waiting(), sent(&peers).len()), (Some(4), 2, before + 1), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_ambiguous_ends_the_round_and_decides_nothing() {
    for transport in TRANSPORTS {
        let peers = peers(transport).await;
        leave_a_poisonous_one(&peers, transport, Answer::status(401));
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 2), "{said}");
        peers.endpoint.always(Answer::ok());
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(0), 0), "{said}");
        assert_eq!(peers.outcomes()[3..], [Held, Held, Made, Delivered, Delivered, Delivered]);
    }
}

/// Were it sent again, the older report could arrive after the newer one.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_may_have_arrived_comes_before_the_one_it_was_sent_past() {
    for transport in TRANSPORTS {
        let peers = peers(transport).await;
        peers.endpoint.answer(Answer::text(400));
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 1), "{said}");
        peers.endpoint.answer(Answer::text(400)).answer(Answer::hang()).always(Answer::ok());
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 0), "{said}");
        assert_eq!(peers.outcomes(), [Made, Held, Made, Held, WillRetry, Delivered, Refused]);
        let sent = sent(&peers);
        assert_eq!((sent.len(), &sent[2]), (4, &sent[3]));
    }
}

/// A gateway may have passed it on; and the held report would use up a limit on requests again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_whose_answer_does_not_decide_about_it_comes_before_the_one_it_was_sent_past() {
    for (transport, answer, told_as) in [
        (Transport::HttpProtobuf, Answer::status(503), WillRetry),
        (Transport::HttpProtobuf, Answer::status(504), WillRetry),
        (Transport::HttpProtobuf, Answer::status(429), WillRetry),
        (Transport::HttpProtobuf, Answer::status(500), Held),
        (Transport::Grpc, Answer::grpc(Code::Unavailable, ""), WillRetry),
        (Transport::Grpc, Answer::grpc(Code::Internal, ""), Held),
    ] {
        let peers = peers(transport).await;
        leave_a_poisonous_one(&peers, transport, Answer::ok());
        peers.endpoint.answer(Answer::text(400)).answer(answer);
        let (_, _, said) = told(&later(&peers, transport).output());
        if told_as == Held {
            assert_eq!(peers.waiting(), 2, "{said}");
            once(&peers, transport).output();
        }
        assert_eq!(peers.waiting(), 0, "{said}");
        assert_eq!(attempts(&peers), [Made, Held, Made, Held, told_as, Delivered, Refused]);
        let sent = sent(&peers);
        assert_eq!((sent.len(), &sent[2]), (4, &sent[3]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_later_attempt_does_not_show_that_an_earlier_one_did_not_arrive() {
    for transport in TRANSPORTS {
        let peers = peers(transport).await;
        leave_a_poisonous_one(&peers, transport, Answer::ok());
        peers.endpoint.answer(Answer::text(400)).answer(Answer::hang()).answer(Answer::status(401));
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 2), "{said}");
        peers.endpoint.always(Answer::ok());
        once(&peers, transport).output();
        assert_eq!(attempts(&peers), [Made, Held, Made, Held, WillRetry, Held, Delivered, Refused]);
    }
}

/// The operator corrected HEADCOUNT_OTLP_ENDPOINT.
#[tokio::test(flavor = "multi_thread")]
async fn another_endpoint_is_sent_every_report_oldest_first() {
    for transport in TRANSPORTS {
        let mut peers = peers(transport).await;
        leave_a_poisonous_one(&peers, transport, Answer::status(401));
        peers.endpoint.answer(Answer::text(400)).answer(Answer::hang());
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 2), "{said}");
        peers.endpoint = Endpoint::plain(transport).await;
        let (exit, _, said) = told(&once(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(0), 0), "{said}");
        assert_eq!(peers.outcomes()[peers.outcomes().len() - 2..], [Delivered, Delivered]);
        assert_eq!(sent(&peers).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_meanwhile_does_not_change_the_order() {
    for transport in TRANSPORTS {
        let peers = peers(transport).await;
        let poison = leave_a_poisonous_one(&peers, transport, Answer::hang());
        let mut running = later(&peers, transport).env("HEADCOUNT_OTLP_TIMEOUT", "1m").start();
        eventually("the second report", || sent(&peers).len() == 3);
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.signal("KILL");
        running.wait();
        assert_eq!(peers.waiting(), 2);
        peers.endpoint.always(Answer::ok());
        let (exit, _, said) = told(&later(&peers, transport).output());
        assert_eq!((exit, peers.waiting()), (Some(4), 0), "{said}");
        assert!(!sent(&peers)[3..].contains(&poison));
        assert_eq!(peers.outcomes()[4..], [Made, Delivered, Refused, Delivered]);
    }
}
