//! Rounds of deliveries: one connection, time limits, retries, and files that are read again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headcount::config::{EndpointSettings, Transport};
use headcount::delivery::{PrepareError, SendOutcome, Sender};
use headcount::error_chain::{self, Describe};
use headcount::net::Dialer;
use headcount::source::compreface::CONTRACT;
use tokio::time::Instant;

use super::{Stopped, TRANSPORTS, open, permit, report, retry};
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::tls::Certificates;

fn open_in_memory(endpoint: &Endpoint) -> Sender {
    Sender::open(&endpoint.settings(), CONTRACT.user_agent, &endpoint.dialer(), Arc::new(Stopped)).unwrap()
}

#[tokio::test]
async fn a_round_takes_one_connection_and_closes_it() {
    for transport in TRANSPORTS {
        let endpoint = Endpoint::plain(transport).await;
        let sender = open(&endpoint.settings());
        for _ in 0..3 {
            assert_eq!(sender.send(&permit(), &report()).await, SendOutcome::Delivered);
        }
        drop(sender);
        endpoint.closed(0).await;
        assert!(endpoint.requests().iter().all(|request| request.connection == 0));
    }
}

#[tokio::test]
async fn closed_connection_is_opened_again() {
    for transport in TRANSPORTS {
        let endpoint = Endpoint::plain(transport).await;
        endpoint.answer(Answer::ok().then_close()).answer(Answer::ok());
        let sender = open(&endpoint.settings());
        assert_eq!(sender.send(&permit(), &report()).await, SendOutcome::Delivered);
        endpoint.closed(0).await;
        assert_eq!(sender.send(&permit(), &report()).await, SendOutcome::Delivered);
        assert_eq!(endpoint.requests()[1].connection, 1);
    }
}

#[tokio::test]
async fn connection_broken_on_reuse_is_replaced() {
    for transport in TRANSPORTS {
        let endpoint = Endpoint::plain(transport).await;
        endpoint.answer(Answer::ok()).answer(Answer::drop_connection()).answer(Answer::ok());
        let sender = open(&endpoint.settings());
        for _ in 0..2 {
            assert_eq!(sender.send(&permit(), &report()).await, SendOutcome::Delivered);
        }
        let connections: Vec<_> = endpoint.requests().iter().map(|request| request.connection).collect();
        assert_eq!(connections, [0, 0, 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_at_its_time_limit() {
    for transport in TRANSPORTS {
        let endpoint = Endpoint::in_memory(transport);
        endpoint.answer(Answer::hang());
        let began = Instant::now();
        let code = retry(&open_in_memory(&endpoint).send(&permit(), &report()).await);
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        assert_eq!(code, "timed_out");
        endpoint.closed(0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_connect_ends_at_the_time_limit() {
    let endpoint = Endpoint::in_memory(Transport::Grpc);
    let dialer = Dialer::new(|_| Box::pin(std::future::pending()));
    let sender = Sender::open(&endpoint.settings(), CONTRACT.user_agent, &dialer, Arc::new(Stopped)).unwrap();
    let began = Instant::now();
    retry(&sender.send(&permit(), &report()).await);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
}

#[tokio::test]
async fn rotated_headers_are_read_at_the_next_round() {
    let endpoint = Endpoint::http().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("headers");
    let mut settings = endpoint.settings();
    settings.headers.file = Some(file.clone());
    for token in ["one", "two"] {
        std::fs::write(&file, format!("x-token={token}")).unwrap();
        assert_eq!(super::deliver(&settings).await, SendOutcome::Delivered);
    }
    let tokens: Vec<_> =
        endpoint.requests().iter().map(|request| request.header("x-token").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["one", "two"]);
}

#[tokio::test]
async fn a_headers_file_is_read_as_editors_save_it() {
    let endpoint = Endpoint::http().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("headers");
    let mut settings = endpoint.settings();
    settings.headers.file = Some(file.clone());
    for text in
        ["\u{feff}x-token=one\r\n", "# a token\r\n\r\nx-token = one \r\n\r\n", "x-token=one\n\n\n", "x-token=one"]
    {
        std::fs::write(&file, text).unwrap();
        assert_eq!(super::deliver(&settings).await, SendOutcome::Delivered);
        let requests = endpoint.requests();
        assert_eq!(requests.last().unwrap().header("x-token"), Some("one"), "{text:?}");
    }
    let utf16: Vec<u8> = "\u{feff}x-token=hunter2".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, code) in [
        (utf16, "file_utf16"),
        (b"x-token=hunter2\0".to_vec(), "file_not_text"),
        (vec![b'#'; 2_000_000], "file_too_large"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(problem(&settings), (code, "HEADCOUNT_OTLP_HEADERS_FILE".to_owned()));
    }
}

/// The code of the error, and the setting that it names first.
fn problem(settings: &EndpointSettings) -> (&'static str, String) {
    let error: PrepareError =
        Sender::open(settings, CONTRACT.user_agent, &Dialer::system(), Arc::new(Stopped)).unwrap_err();
    let sentence = error_chain::sentence(&error);
    assert!(!format!("{sentence} {error:?}").contains("hunter2"), "{error:?}");
    let setting = sentence.split([':', ' ']).next().unwrap().to_owned();
    (error.describe().code, setting)
}

#[tokio::test]
async fn unusable_file_names_its_setting() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::HttpProtobuf).mutual_tls(&certificates).start().await;
    let wrong = certificates.path("wrong");
    std::fs::write(&wrong, "Bearer hunter2").unwrap();
    let with = |change: &dyn Fn(&mut EndpointSettings, &Path)| {
        let mut settings = endpoint.settings();
        change(&mut settings, &wrong);
        problem(&settings)
    };
    let headers = with(&|settings, wrong| settings.headers.file = Some(wrong.to_owned()));
    assert_eq!(headers, ("invalid_headers", "HEADCOUNT_OTLP_HEADERS_FILE".to_owned()));
    let missing = with(&|settings, wrong| settings.headers.file = Some(wrong.with_extension("missing")));
    assert_eq!(missing, ("file_missing", "HEADCOUNT_OTLP_HEADERS_FILE".to_owned()));
    let roots = with(&|settings, wrong| settings.tls.certificate = Some(wrong.to_owned()));
    assert_eq!(roots, ("pem_nothing", "HEADCOUNT_OTLP_CERTIFICATE".to_owned()));
    let chain = with(&|settings, wrong| settings.tls.client.as_mut().unwrap().certificate = wrong.to_owned());
    assert_eq!(chain, ("pem_nothing", "HEADCOUNT_OTLP_CLIENT_CERTIFICATE".to_owned()));
    let key = with(&|settings, wrong| settings.tls.client.as_mut().unwrap().key = wrong.to_owned());
    assert_eq!(key, ("pem_nothing", "HEADCOUNT_OTLP_CLIENT_KEY".to_owned()));
    let others = certificates.path("server.key");
    let pair = with(&|settings, _| settings.tls.client.as_mut().unwrap().key = others.clone());
    assert_eq!(pair, ("client_key_mismatch", "HEADCOUNT_OTLP_CLIENT_KEY".to_owned()));
    let device = with(&|settings, _| settings.headers.file = Some("/dev/zero".into()));
    assert_eq!(device, ("file_not_regular", "HEADCOUNT_OTLP_HEADERS_FILE".to_owned()));
}

#[tokio::test]
async fn a_path_has_no_place_in_grpc() {
    let mut settings = Endpoint::grpc().await.settings();
    settings.url = headcount::config::BaseUrl::parse("http://localhost:4317/otlp").unwrap();
    assert_eq!(problem(&settings).0, "grpc_path");
}
