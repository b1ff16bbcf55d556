//! What is made of answers, and of none.

use std::sync::Arc;
use std::time::Duration;

use headcount::config::{Compression, EndpointSettings, Transport};
use headcount::delivery::{MAX_RETRY_AFTER, Remark, SendOutcome, Sender};
use headcount::source::compreface::CONTRACT;
use tonic::Code;

use super::{Stopped, TRANSPORTS, ambiguous, deliver, held, permit, report, retry};
use crate::support::endpoint::{Answer, Endpoint};

const SECRET: &str = "a-line-of-the-receiver";

async fn outcome(transport: Transport, answer: Answer) -> SendOutcome {
    let endpoint = Endpoint::plain(transport).await;
    endpoint.answer(answer);
    let outcome = deliver(&endpoint.settings()).await;
    assert_eq!(endpoint.requests().len(), 1, "not one request");
    assert!(!format!("{outcome} {outcome:?}").contains(SECRET), "{outcome:?}");
    outcome
}

async fn http(answer: Answer) -> SendOutcome {
    outcome(Transport::HttpProtobuf, answer).await
}

async fn grpc(answer: Answer) -> SendOutcome {
    outcome(Transport::Grpc, answer).await
}

#[tokio::test]
async fn partial_success_is_a_delivery_without_message() {
    for transport in TRANSPORTS {
        assert_eq!(
            outcome(transport, Answer::partial(3, SECRET)).await,
            SendOutcome::PartiallyAccepted { rejected: 3 }
        );
        // A warning: all was accepted.
        assert_eq!(outcome(transport, Answer::partial(0, SECRET)).await, SendOutcome::DeliveredWith(Remark::Warning));
        assert_eq!(outcome(transport, Answer::partial(0, "")).await, SendOutcome::Delivered);
    }
}

const UNREAD: SendOutcome = SendOutcome::DeliveredWith(Remark::Unread);

#[tokio::test]
async fn success_is_a_delivery_unless_a_web_page() {
    assert_eq!(ambiguous(&http(Answer::html()).await), "not_otlp");
    assert_eq!(ambiguous(&http(Answer::http(200, "\r\n<HTML>").header("x-note", SECRET)).await), "not_otlp");
    assert_eq!(ambiguous(&grpc(Answer::html()).await), "not_grpc");
    assert_eq!(grpc(Answer::message(&b"<p>"[..])).await, UNREAD);
    let json = |status, body: &'static str| Answer::http(status, body).header("content-type", "application/json");
    assert_eq!(http(json(200, "{}")).await, SendOutcome::Delivered);
    assert_eq!(http(json(201, r#"{"status":"ok"}"#)).await, SendOutcome::Delivered);
    let dropped = r#"{"partialSuccess":{"rejectedDataPoints":"20","errorMessage":"a-line-of-the-receiver"}}"#;
    assert_eq!(http(json(200, dropped)).await, SendOutcome::PartiallyAccepted { rejected: 20 });
    assert_eq!(http(Answer::http(202, SECRET).header("content-type", "text/plain")).await, UNREAD);
    assert_eq!(
        http(Answer::http(200, &[0, 1, 2][..]).header("content-type", "application/octet-stream")).await,
        UNREAD
    );
    assert_eq!(http(Answer::status(204)).await, SendOutcome::Delivered);
}

/// A status of gRPC that is OK is a success, whatever comes with it.
#[tokio::test]
async fn a_grpc_success_is_a_delivery_whatever_its_message_is() {
    let bodies = [&[][..], &[0, 0], &[0, 0, 0, 0, 9, 1], &[1, 0, 0, 0, 2, 7, 7], &[0, 0, 0, 0, 1, 0xff]];
    for body in bodies {
        assert_eq!(grpc(Answer::http(200, body).header("grpc-status", "0")).await, UNREAD, "{body:?}");
    }
    let twice = Answer::http(200, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..]).header("grpc-status", "0");
    assert_eq!(grpc(twice).await, SendOutcome::Delivered);
    let failed = Answer::http(200, &[7, 7][..]).header("grpc-status", "14");
    retry(&grpc(failed).await);
}

#[tokio::test]
async fn success_with_cut_body_is_a_delivery_unless_html() {
    let raw = async |text: &'static str| {
        let endpoint = Endpoint::builder(Transport::HttpProtobuf).raw_answer(text).start().await;
        deliver(&endpoint.settings()).await
    };
    assert_eq!(raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{").await, UNREAD);
    ambiguous(&raw("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<html><title>Wel").await);
    ambiguous(&raw("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n").await);
}

/// The status of a success is known before its body, which may be too long or without an end.
#[tokio::test(start_paused = true)]
async fn a_success_is_a_delivery_however_its_body_ends() {
    for answer in [Answer::endless(200), Answer::silent_body(200)] {
        let endpoint = Endpoint::in_memory(Transport::HttpProtobuf);
        let shown = format!("{answer:?}");
        endpoint.answer(answer.header("content-type", "application/x-protobuf"));
        let sender =
            Sender::open(&endpoint.settings(), CONTRACT.user_agent, &endpoint.dialer(), Arc::new(Stopped)).unwrap();
        assert_eq!(sender.send(&permit(), &report()).await, UNREAD, "{shown}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Endpoint::http().await;
    let location = format!("http://{}/v1/metrics", elsewhere.address());
    assert_eq!(held(&http(Answer::redirect(&location)).await), "redirected");
    held(&grpc(Answer::redirect(&location)).await);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_endpoint_says_when_to_come_back() {
    let after = |outcome| match outcome {
        SendOutcome::Retry { after, .. } => after,
        other => panic!("{other:?}"),
    };
    let http_after = async |value| after(http(Answer::http(503, SECRET).header("retry-after", value)).await);
    assert_eq!(http_after("7").await, Some(Duration::from_secs(7)));
    // The clock of these tests stands at 03:04:05.
    assert_eq!(http_after("Fri, 02 Jan 2026 03:05:00 GMT").await, Some(Duration::from_secs(55)));
    assert_eq!(http_after("86400").await, Some(MAX_RETRY_AFTER));
    assert_eq!(http_after(SECRET).await, None);
    let grpc_after = async |code, seconds| after(grpc(Answer::grpc_retry(code, Duration::from_secs(seconds))).await);
    assert_eq!(grpc_after(Code::Unavailable, 7).await, Some(Duration::from_secs(7)));
    assert_eq!(grpc_after(Code::ResourceExhausted, 86400).await, Some(MAX_RETRY_AFTER));
    held(&grpc(Answer::grpc(Code::ResourceExhausted, SECRET)).await);
}

#[tokio::test]
async fn statuses_in_trailers_and_in_headers_mean_the_same() {
    for code in [Code::Unavailable, Code::InvalidArgument, Code::Unauthenticated] {
        let trailers = grpc(Answer::grpc(code, SECRET)).await;
        assert_eq!(trailers, grpc(Answer::grpc(code, SECRET).trailers_only()).await);
        assert!(!matches!(trailers, SendOutcome::Delivered));
    }
}

#[tokio::test]
async fn http_status_of_a_grpc_gateway_is_classified() {
    retry(&grpc(Answer::http(503, SECRET)).await);
    assert_eq!(held(&grpc(Answer::http(401, SECRET)).await), "unauthorized");
    held(&grpc(Answer::status(404)).await);
}

#[tokio::test]
async fn a_token_that_is_turned_down_holds_the_report() {
    assert_eq!(held(&http(Answer::http(401, SECRET)).await), "unauthorized");
    assert_eq!(held(&grpc(Answer::grpc(Code::Unauthenticated, SECRET)).await), "unauthorized");
}

#[tokio::test]
async fn a_report_that_is_turned_down_for_good_is_refused() {
    for transport in TRANSPORTS {
        for status in [400, 413, 422] {
            let refusal = outcome(transport, Answer::refusal(transport, status, SECRET)).await;
            assert!(matches!(refusal, SendOutcome::Refused { .. }), "{refusal:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_otlps_is_ambiguous() {
    for transport in TRANSPORTS {
        for status in [400, 409, 413, 422] {
            for answer in [Answer::text(status), Answer::status(status), Answer::http(status, SECRET)] {
                assert_eq!(ambiguous(&outcome(transport, answer).await), "not_otlp");
            }
            let page = Answer::http(status, "<html>").header("content-type", "text/html");
            assert_eq!(ambiguous(&outcome(transport, page).await), "not_otlp");
            let endless = Answer::endless(status).header("content-type", "application/x-protobuf");
            ambiguous(&outcome(transport, endless).await);
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_worth_trying_again() {
    for transport in TRANSPORTS {
        for answer in [Answer::cut_off(), Answer::drop_connection(), Answer::go_away()] {
            assert_eq!(retry(&outcome(transport, answer).await), "connection_broken");
        }
    }
}

#[tokio::test]
async fn an_answer_is_read_to_four_mebibytes_at_most() {
    // Unknown field 15 of 4 MiB: it would decode, were it not too long.
    let mut huge = vec![0x7a, 0x80, 0x80, 0x80, 0x02];
    huge.resize(5 + 4 * 1024 * 1024, 0);
    let protobuf = |bytes: Vec<u8>| Answer::message(bytes).header("content-type", "application/x-protobuf");
    assert_eq!(http(protobuf(huge.clone())).await, UNREAD);
    assert_eq!(held(&grpc(Answer::message(huge)).await), "response_too_large");
    for transport in TRANSPORTS {
        let small = Answer::message(&[0x7a, 0x02, 0, 0][..]);
        let small = if transport == Transport::Grpc { small } else { protobuf(vec![0x7a, 0x02, 0, 0]) };
        assert_eq!(outcome(transport, small).await, SendOutcome::Delivered);
    }
}

#[tokio::test]
async fn compressed_grpc_response_is_read() {
    for compression in [Compression::None, Compression::Gzip] {
        for (answer, expected) in [
            (Answer::ok(), SendOutcome::Delivered),
            (Answer::partial(3, SECRET), SendOutcome::PartiallyAccepted { rejected: 3 }),
        ] {
            let endpoint = Endpoint::grpc().await;
            endpoint.answer(answer.gzip());
            let settings = EndpointSettings { compression, ..endpoint.settings() };
            assert_eq!(deliver(&settings).await, expected);
        }
    }
    // The flag and the header say gzip, and it is none.
    let broken = Answer::http(200, &[1, 0, 0, 0, 2, 7, 7][..]).header("grpc-encoding", "gzip");
    assert_eq!(ambiguous(&grpc(broken).await), "not_grpc");
}

#[tokio::test]
async fn details_that_are_not_base64_are_as_none() {
    let broken =
        || Answer::grpc_retry(Code::Unavailable, Duration::from_secs(9)).trailer("grpc-status-details-bin", "!");
    for answer in [broken(), broken().trailers_only()] {
        let outcome = grpc(answer).await;
        assert!(matches!(outcome, SendOutcome::Retry { after: None, .. }), "{outcome:?}");
    }
    let gateway = Answer::status(503).header("grpc-status", "14").header("grpc-status-details-bin", "!");
    assert!(matches!(grpc(gateway).await, SendOutcome::Retry { after: None, .. }));
}

#[tokio::test]
async fn oversized_compressed_response_is_not_unpacked() {
    let mut huge = vec![0x7a, 0x80, 0x80, 0x80, 0x02];
    huge.resize(5 + 4 * 1024 * 1024, 0);
    let endpoint = Endpoint::grpc().await;
    endpoint.answer(Answer::message(huge).gzip());
    // Compressing takes a while where nothing is optimised.
    let settings = EndpointSettings { timeout: Duration::from_secs(300), ..endpoint.settings() };
    assert_eq!(deliver(&settings).await, UNREAD);
}

#[tokio::test]
async fn endless_body_ends_the_attempt() {
    assert_eq!(held(&grpc(Answer::endless(200)).await), "response_too_large");
    for transport in TRANSPORTS {
        assert_eq!(retry(&outcome(transport, Answer::endless(503)).await), "unavailable");
    }
}

#[tokio::test]
async fn a_head_of_ten_thousand_headers_is_given_up() {
    let http = outcome(Transport::HttpProtobuf, Answer::ok().headers(10_000)).await;
    assert_eq!(held(&http), "response_too_large");
    let grpc = outcome(Transport::Grpc, Answer::ok().headers(10_000)).await;
    assert_eq!(retry(&grpc), "connection_broken");
}

#[tokio::test]
async fn short_grpc_message_ends_the_attempt() {
    let answer = Answer::http(200, &[0, 0xff, 0xff, 0xff, 0xff, 0][..]);
    assert_eq!(ambiguous(&grpc(answer).await), "not_grpc");
}

#[tokio::test]
async fn nothing_that_listens_is_worth_trying_again() {
    for transport in TRANSPORTS {
        let settings = Endpoint::plain(transport).await.settings();
        assert_eq!(retry(&deliver(&settings).await), "cannot_connect");
    }
}

#[tokio::test]
async fn what_does_not_speak_http_is_held() {
    let endpoint =
        Endpoint::builder(Transport::HttpProtobuf).raw_answer("220 mail.example.com ESMTP\r\n").start().await;
    assert_eq!(held(&deliver(&endpoint.settings()).await), "not_http");
}

#[tokio::test]
async fn the_other_protocols_port_is_named() {
    // What common HTTP/1 servers answer to the beginning of HTTP/2.
    let bad_request = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let endpoint = Endpoint::builder(Transport::Grpc).raw_answer(bad_request).start().await;
    assert_eq!(held(&deliver(&endpoint.settings()).await), "no_http2");
    // HTTP/2 servers hang up on HTTP/1.
    let endpoint = Endpoint::grpc().await;
    let mut settings = endpoint.settings();
    settings.transport = Transport::HttpProtobuf;
    assert_eq!(retry(&deliver(&settings).await), "connection_broken");
    assert!(endpoint.requests().is_empty());
}
