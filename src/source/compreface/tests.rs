use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc;

use super::*;
use crate::config::BaseUrl;
use crate::model::{Distribution, IdHash, IdKey, Kind, ScrapeSink, SinkError};
use crate::net::Stream;
use crate::source::PasswordSource;

#[derive(Debug)]
struct NoSink(IdKey);

impl ScrapeSink for NoSink {
    fn key(&self) -> &IdKey {
        &self.0
    }

    fn objects(&self, _: Kind, _: &mut Vec<IdHash>) -> Result<(), SinkError> {
        panic!("nothing was read")
    }

    fn counted(&self, _: Kind, _: u64) {
        panic!("nothing was read")
    }

    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        panic!("nothing was read")
    }

    fn measured(&self, _: Distribution, _: u64) {
        panic!("nothing was read")
    }

    fn active(&self, _: Kind, _: u64) {
        panic!("nothing was read")
    }
}

fn no_sink() -> Arc<dyn ScrapeSink> {
    Arc::new(NoSink(IdKey::from_bytes([0; 16])))
}

fn service(dialer: Dialer) -> CompreFace {
    let url = BaseUrl::parse("http://compreface.test:8080").unwrap();
    let settings = ServiceSettings {
        admin_url: url.clone(),
        core_url: url,
        email: "owner@example.com".into(),
        password: PasswordSource::Value("password".into()),
        certificate: None,
    };
    CompreFace::new(settings, dialer)
}

const SIGNED_IN: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nset-cookie: CFSESSION=one\r\n\
                         set-cookie: REFRESH_TOKEN=two\r\ncontent-length: 2\r\n\r\n{}";

/// The head of a request.
async fn head(connection: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn revoked_permit_opens_no_connection() {
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dialled);
    let mut service = service(Dialer::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::pending())
    }));
    let (permit, revoke) = ReadPermit::revocable();
    revoke.cancel();
    assert!(matches!(service.scrape(&permit, None, no_sink()).await, Err(SourceError::Revoked)));
    assert!(matches!(service.check(&permit).await, Err(SourceError::Revoked)));
    assert_eq!(dialled.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn permit_revoked_while_reading_closes_connection() {
    let (sender, mut connections) = mpsc::unbounded_channel();
    let mut service = service(Dialer::new(move |_| {
        let (ours, theirs) = tokio::io::duplex(1024);
        sender.send(theirs).unwrap();
        Box::pin(async { Ok(Stream::new(ours)) })
    }));
    let (permit, revoke) = ReadPermit::revocable();
    let server = async {
        let mut connection = connections.recv().await.unwrap();
        assert!(head(&mut connection).await.starts_with("POST /admin/oauth/token "));
        let form = "grant_type=password&username=owner%40example.com&password=password";
        connection.read_exact(&mut vec![0; form.len()]).await.unwrap();
        connection.write_all(SIGNED_IN.as_bytes()).await.unwrap();
        assert!(head(&mut connection).await.starts_with("GET /admin/user/me "));
        revoke.cancel();
        connection
    };
    let (outcome, mut connection) = tokio::join!(service.scrape(&permit, None, no_sink()), server);
    assert!(matches!(outcome, Err(SourceError::Revoked)));
    // What is left of the request, and then the end.
    connection.read_to_end(&mut Vec::new()).await.unwrap();
}
