//! The service behind TLS: what the system trusts is trusted, and no other peer receives a request.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::commands::Peers;
use crate::program::{Program, told};
use crate::support::tls::Certificates;

/// Speaks TLS with this certificate, and passes on what is said.
struct Front {
    address: SocketAddr,
    _connections: JoinSet<()>,
}

impl Front {
    async fn start(certificates: &Certificates, name: &str, service: &str) -> Self {
        Self::start_with(certificates.server_as(name, &[b"http/1.1"], false), service).await
    }

    async fn start_with(config: Arc<ServerConfig>, service: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(config);
        let behind: Arc<str> = service.strip_prefix("http://").unwrap().into();
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), Arc::clone(&behind));
                open.spawn(async move {
                    // A client that does not trust the certificate ends the handshake.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut service = TcpStream::connect(&*behind).await.unwrap();
                    let _ = copy_bidirectional(&mut stream, &mut service).await;
                });
            }
        });
        Self { address, _connections: connections }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_ca_is_trusted_only_by_setting() {
    let (peers, certificates) = (Peers::start().await, Certificates::new());
    let front = Front::start(&certificates, "server", &peers.service.url()).await;
    let once = peers.call(&["once"]).env("HEADCOUNT_COMPREFACE_URL", format!("https://{}", front.address));
    let ca = certificates.ca();
    let ca = ca.to_str().unwrap();
    assert_eq!(told(&once.clone().env("HEADCOUNT_COMPREFACE_CERTIFICATE", ca).output()).0, Some(0));
    assert_eq!(told(&once.with_arguments(&["once", "--compreface-certificate", ca]).output()).0, Some(0));
    // It is trusted instead of the system's roots, and is no setting of the endpoint's.
    let other = certificates.path("other-ca.pem");
    let elsewhere =
        once.clone().env("SSL_CERT_FILE", ca).env("HEADCOUNT_COMPREFACE_CERTIFICATE", other.to_str().unwrap());
    assert_eq!(told(&elsewhere.output()).0, Some(3));
    assert_eq!(told(&once.env("HEADCOUNT_OTLP_CERTIFICATE", ca).output()).0, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn service_requiring_client_certificate_is_described() {
    let (peers, certificates) = (Peers::start().await, Certificates::new());
    let front = Front::start_with(certificates.server(&[b"http/1.1"], true), &peers.service.url()).await;
    let (exit, _, said) = told(&call(&peers, &front, &certificates, "ca.pem").output());
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.contains("client certificate") && said.contains("HEADCOUNT_COMPREFACE_URL"), "{said}");
    assert!(peers.service.requests().is_empty());
}

fn call(peers: &Peers, front: &Front, certificates: &Certificates, authority: &str) -> Program {
    peers
        .call(&["once"])
        .env("HEADCOUNT_COMPREFACE_URL", format!("https://{}", front.address))
        .env("SSL_CERT_FILE", certificates.path(authority).to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_behind_tls_is_read() {
    let (peers, certificates) = (Peers::start().await, Certificates::new());
    let front = Front::start(&certificates, "server", &peers.service.url()).await;
    let once = call(&peers, &front, &certificates, "ca.pem");
    assert_eq!(told(&once.output()).0, Some(0));
    peers.service.change(|model| model.populate(3, 0, 0));
    assert_eq!(told(&once.output()).0, Some(0));
    let totals = peers.store().read(|snapshot| snapshot.totals()).unwrap();
    assert_eq!(totals.creations, [3].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_bundle_may_have_eight_mebibytes() {
    let (peers, certificates) = (Peers::start().await, Certificates::new());
    let front = Front::start(&certificates, "server", &peers.service.url()).await;
    for (mebibytes, expected) in [(7, 0), (9, 3)] {
        let text = "# text\n".repeat(mebibytes * 1024 * 1024 / 7);
        let bundle = text + &std::fs::read_to_string(certificates.ca()).unwrap();
        std::fs::write(certificates.path("large.pem"), bundle).unwrap();
        let (exit, _, said) = told(&call(&peers, &front, &certificates, "large.pem").output());
        assert_eq!(exit, Some(expected), "{mebibytes} MiB: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn untrusted_service_receives_no_request() {
    let (peers, certificates) = (Peers::start().await, Certificates::new());
    for (name, authority, word) in
        [("server", "other-ca.pem", "self-signed"), ("misnamed", "ca.pem", "not for this IP address")]
    {
        let front = Front::start(&certificates, name, &peers.service.url()).await;
        let (exit, _, said) = told(&call(&peers, &front, &certificates, authority).output());
        assert_eq!(exit, Some(3), "{said}");
        assert!(said.contains("certificate") && said.contains(word), "{said}");
        assert!(!said.contains("elsewhere.example.org"), "what the peer sent is repeated: {said}");
        assert!(peers.service.requests().is_empty());
    }
    // Plain text where TLS is expected.
    let address = peers.service.url().replace("http://", "https://");
    let once = peers.call(&["once"]).env("HEADCOUNT_COMPREFACE_URL", address);
    let (exit, _, said) = told(&once.env("SSL_CERT_FILE", certificates.ca().to_str().unwrap()).output());
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.contains("TLS handshake") && said.contains("HEADCOUNT_COMPREFACE_URL"), "{said}");
}
