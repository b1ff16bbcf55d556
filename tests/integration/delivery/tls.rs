//! TLS: who is trusted, who we are, and what a handshake tells.

use headcount::config::{BaseUrl, Transport};
use headcount::delivery::{SendOutcome, Sender};
use headcount::net::Dialer;
use headcount::net::tls::TlsFiles;
use headcount::source::compreface::CONTRACT;

use super::{REPORT, Stopped, TRANSPORTS, deliver, held};
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::tls::Certificates;

#[tokio::test]
async fn reports_travel_over_tls() {
    let certificates = Certificates::new();
    for transport in TRANSPORTS {
        let endpoint = Endpoint::builder(transport).tls(&certificates).start().await;
        assert_eq!(deliver(&endpoint.settings()).await, SendOutcome::Delivered);
        assert_eq!(endpoint.only_request().message, REPORT);
        assert!(!endpoint.wire()[0].windows(9).any(|window| window == b"headcount"));
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate_when_it_has_one() {
    let certificates = Certificates::new();
    for transport in TRANSPORTS {
        let endpoint = Endpoint::builder(transport).mutual_tls(&certificates).start().await;
        assert_eq!(deliver(&endpoint.settings()).await, SendOutcome::Delivered);
        let mut settings = endpoint.settings();
        settings.tls.client = None;
        assert_eq!(held(&deliver(&settings).await), "client_certificate_rejected");
        assert_eq!(endpoint.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_held_and_nothing_is_sent() {
    let certificates = Certificates::new();
    for transport in TRANSPORTS {
        let endpoint = Endpoint::builder(transport).tls(&certificates).start().await;
        let mut settings = endpoint.settings();
        settings.tls.certificate = Some(certificates.path("other-ca.pem"));
        assert_eq!(held(&deliver(&settings).await), "certificate_untrusted");
        assert!(endpoint.requests().is_empty());
    }
}

#[tokio::test]
async fn the_systems_roots_do_not_trust_a_strangers_authority() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::HttpProtobuf).tls(&certificates).start().await;
    let mut settings = endpoint.settings();
    settings.tls = TlsFiles::default();
    // A machine without any roots says so when the round is opened.
    if let Ok(sender) = Sender::open(&settings, CONTRACT.user_agent, &Dialer::system(), std::sync::Arc::new(Stopped)) {
        held(&sender.send(&super::permit(), &super::report()).await);
    }
    assert!(endpoint.requests().is_empty());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_held() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::HttpProtobuf).misnamed_tls(&certificates).start().await;
    assert_eq!(held(&deliver(&endpoint.settings()).await), "certificate_other_address");
}

#[tokio::test]
async fn plain_text_where_tls_is_expected_is_held() {
    let certificates = Certificates::new();
    for transport in TRANSPORTS {
        let endpoint = Endpoint::builder(transport).raw_answer("HTTP/1.1 400 Bad Request\r\n\r\n").start().await;
        let mut settings = endpoint.settings();
        settings.url = BaseUrl::parse(&format!("https://{}", endpoint.address())).unwrap();
        settings.tls.certificate = Some(certificates.ca());
        assert_eq!(held(&deliver(&settings).await), "tls_handshake");
    }
}

#[tokio::test]
async fn grpc_needs_an_endpoint_that_offers_http_2() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::Grpc).tls_without_alpn(&certificates).start().await;
    assert_eq!(held(&deliver(&endpoint.settings()).await), "no_http2");
    assert!(endpoint.requests().is_empty());
}

#[tokio::test]
async fn handshake_has_only_the_endpoints_name() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::HttpProtobuf).tls(&certificates).start().await;
    let mut settings = endpoint.settings();
    settings.url = BaseUrl::parse(&format!("https://localhost:{}", endpoint.address().port())).unwrap();
    // Twice by one sender, which could resume the first session.
    let sender = super::open(&settings);
    for connection in 0..2 {
        endpoint.answer(Answer::ok().then_close());
        assert_eq!(sender.send(&super::permit(), &super::report()).await, SendOutcome::Delivered);
        endpoint.closed(connection).await;
    }
    assert_eq!(endpoint.wire().len(), 2);
    for wire in endpoint.wire() {
        let hello = client_hello(&wire);
        assert!(hello.extensions.iter().any(|(kind, data)| *kind == SERVER_NAME && data.ends_with(b"localhost")));
        for (kind, _) in &hello.extensions {
            assert!(EXPECTED.contains(kind), "unexpected extension {kind}");
        }
        let names = hello.extensions.iter().filter(|(kind, _)| *kind == SERVER_NAME).count();
        assert_eq!(names, 1);
    }
}

const SERVER_NAME: u16 = 0;
/// Server name, status request, groups, point formats, signatures, ALPN, extended master secret, session ticket (empty),
/// versions, key exchange modes, key share. No pre-shared key: it would join two days' connections.
const EXPECTED: [u16; 11] = [SERVER_NAME, 5, 10, 11, 13, 16, 23, 35, 43, 45, 51];

struct ClientHello {
    extensions: Vec<(u16, Vec<u8>)>,
}

/// The extensions of the first handshake message of a connection (RFC 8446, 4.1.2).
fn client_hello(wire: &[u8]) -> ClientHello {
    fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(length);
        *bytes = rest;
        taken
    }
    fn number(bytes: &mut &[u8], length: usize) -> usize {
        take(bytes, length).iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }
    let mut rest = wire;
    assert_eq!(number(&mut rest, 1), 22, "no handshake record");
    take(&mut rest, 4);
    assert_eq!(number(&mut rest, 1), 1, "no ClientHello");
    take(&mut rest, 3 + 2 + 32);
    for prefix in [1, 2, 1] {
        let length = number(&mut rest, prefix);
        take(&mut rest, length);
    }
    let length = number(&mut rest, 2);
    let mut rest = take(&mut rest, length);
    let mut extensions = Vec::new();
    while !rest.is_empty() {
        let kind = u16::try_from(number(&mut rest, 2)).unwrap();
        let length = number(&mut rest, 2);
        extensions.push((kind, take(&mut rest, length).to_vec()));
    }
    ClientHello { extensions }
}
