//! What needs a permit that can be revoked, which only this crate can make.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::*;
use crate::clock::SystemClock;
use crate::config::{BaseUrl, Compression, HeaderSettings, ProxySettings};
use crate::net::Stream;
use crate::net::tls::TlsFiles;
use crate::source::compreface::CONTRACT;

const REPORT: &[u8] = include_bytes!("../../../tests/fixtures/report.pb");
const TRANSPORTS: [Transport; 2] = [Transport::HttpProtobuf, Transport::Grpc];

fn settings(transport: Transport) -> EndpointSettings {
    EndpointSettings {
        url: BaseUrl::parse("http://telemetry.example.org").unwrap(),
        transport,
        headers: HeaderSettings {
            values: crate::config::headers::parse_list("authorization=hunter2").unwrap(),
            file: None,
        },
        compression: Compression::None,
        timeout: Duration::from_secs(10),
        tls: TlsFiles::default(),
        proxy: ProxySettings::default(),
    }
}

/// A peer that reads and never answers; it tells when the first bytes arrive and when the connection ends.
fn silent_peer() -> (Dialer, oneshot::Receiver<()>, oneshot::Receiver<()>) {
    let (arrived, has_arrived) = oneshot::channel();
    let (closed, is_closed) = oneshot::channel();
    let signals = Mutex::new(Some((arrived, closed)));
    let dialer = Dialer::new(move |_| {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let (arrived, closed) = signals.lock().unwrap().take().expect("dialed twice");
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            assert!(far.read(&mut buffer).await.unwrap() > 0);
            arrived.send(()).unwrap();
            while far.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
            let _ = closed.send(());
        });
        Box::pin(async move { Ok(Stream::new(near)) })
    });
    (dialer, has_arrived, is_closed)
}

fn report() -> ApprovedReport {
    CONTRACT.approve(Bytes::from_static(REPORT)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn revoked_permit_ends_attempt_and_connection() {
    for transport in TRANSPORTS {
        let (dialer, arrived, closed) = silent_peer();
        let sender = Sender::open(&settings(transport), CONTRACT.user_agent, &dialer, Arc::new(SystemClock)).unwrap();
        let (permit, revoke) = SendPermit::revocable();
        let began = Instant::now();
        let report = report();
        let (outcome, ()) = tokio::join!(sender.send(&permit, &report), async {
            arrived.await.unwrap();
            revoke.cancel();
        });
        assert_eq!(outcome, SendOutcome::Revoked);
        closed.await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn revoked_permit_sends_no_more_bytes() {
    for transport in TRANSPORTS {
        let (near, mut far) = tokio::io::duplex(64);
        let near = Mutex::new(Some(near));
        let dialer = Dialer::new(move |_| {
            let near = near.lock().unwrap().take().expect("dialed twice");
            Box::pin(async move { Ok(Stream::new(near)) })
        });
        let sender = Sender::open(&settings(transport), CONTRACT.user_agent, &dialer, Arc::new(SystemClock)).unwrap();
        let (permit, revoke) = SendPermit::revocable();
        let report = report();
        let (outcome, ()) = tokio::join!(sender.send(&permit, &report), async {
            assert!(far.read(&mut [0; 1]).await.unwrap() > 0);
            revoke.cancel();
        });
        assert_eq!(outcome, SendOutcome::Revoked);
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).await.unwrap();
        assert!(rest.len() <= 64, "{} bytes followed", rest.len());
    }
}

#[tokio::test]
async fn a_permit_that_is_revoked_already_opens_no_connection() {
    for transport in TRANSPORTS {
        let dialer = Dialer::new(|_| panic!("dialed without a permit"));
        let sender = Sender::open(&settings(transport), CONTRACT.user_agent, &dialer, Arc::new(SystemClock)).unwrap();
        let (permit, revoke) = SendPermit::revocable();
        revoke.cancel();
        assert_eq!(sender.send(&permit, &report()).await, SendOutcome::Revoked);
        assert_eq!(sender.send_empty(&permit).await, SendOutcome::Revoked);
    }
}

#[tokio::test]
async fn opening_connects_nowhere_and_shows_no_secret() {
    let dialer = Dialer::new(|_| panic!("dialed while opening"));
    let sender =
        Sender::open(&settings(Transport::HttpProtobuf), CONTRACT.user_agent, &dialer, Arc::new(SystemClock)).unwrap();
    assert!(!format!("{sender:?} {:?}", settings(Transport::Grpc)).contains("hunter2"));
}

/// Answers this many requests over one connection, reads another one, and hangs up; then it is not there any more.
fn peer_that_leaves(requests: usize) -> Dialer {
    let is_there = AtomicBool::new(true);
    Dialer::new(move |_| {
        if !is_there.swap(false, Ordering::Relaxed) {
            return Box::pin(async { Err(std::io::ErrorKind::ConnectionRefused.into()) });
        }
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(async move {
            let mut buffer = [0; 64 * 1024];
            for _ in 0..requests {
                assert!(far.read(&mut buffer).await.unwrap() > 0);
                far.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
            let _ = far.read(&mut buffer).await;
        });
        Box::pin(async move { Ok(Stream::new(near)) })
    })
}

#[tokio::test]
async fn report_on_broken_connection_may_have_arrived() {
    let endpoint = settings(Transport::HttpProtobuf);
    let sender = Sender::open(&endpoint, CONTRACT.user_agent, &peer_that_leaves(1), Arc::new(SystemClock)).unwrap();
    let (permit, _revoke) = SendPermit::revocable();
    assert_eq!(sender.send(&permit, &report()).await, SendOutcome::Delivered);
    let outcome = sender.send(&permit, &report()).await;
    assert!(outcome.to_string().starts_with("cannot connect"), "{outcome}");
    assert!(sender.may_have_arrived());
    sender.send(&permit, &report()).await;
    assert!(!sender.may_have_arrived());
}

#[tokio::test(start_paused = true)]
async fn nothing_can_have_arrived_before_a_connection_is_open() {
    for transport in TRANSPORTS {
        let (permit, _revoke) = SendPermit::revocable();
        let never = Dialer::new(|_| Box::pin(std::future::pending()));
        let sender = Sender::open(&settings(transport), CONTRACT.user_agent, &never, Arc::new(SystemClock)).unwrap();
        assert!(matches!(sender.send(&permit, &report()).await, SendOutcome::Retry { .. }));
        assert!(!sender.may_have_arrived());
        let (silent, _arrived, _closed) = silent_peer();
        let sender = Sender::open(&settings(transport), CONTRACT.user_agent, &silent, Arc::new(SystemClock)).unwrap();
        let dropped = tokio::time::timeout(Duration::from_secs(1), sender.send(&permit, &report())).await;
        assert!(dropped.is_err() && sender.may_have_arrived());
    }
}
