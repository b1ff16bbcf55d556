use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use super::*;
use crate::config::BaseUrl;
use crate::model::{Distribution, IdHash, IdKey, Kind, SinkError};
use crate::net::Stream;
use crate::source::PasswordSource;

#[derive(Debug)]
struct NothingRead(IdKey);

impl ScrapeSink for NothingRead {
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

fn sink() -> Arc<dyn ScrapeSink> {
    Arc::new(NothingRead(IdKey::from_bytes([0; 16])))
}

fn service(dialer: Dialer) -> Frigate {
    let url = BaseUrl::parse("http://frigate.test:8971").unwrap();
    let account = FrigateAccount { user: "olga".into(), password: PasswordSource::Value("hunter22".into()) };
    Frigate::new(FrigateSettings { url, account: Some(account), certificate: None }, dialer)
}

#[tokio::test]
async fn revoked_permit_opens_no_connection() {
    let dialed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&dialed);
    let dialer = Dialer::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) })
    });
    let (permit, revoke) = ReadPermit::revocable();
    revoke.cancel();
    let mut service = service(dialer);
    assert!(matches!(service.scrape(&permit, None, sink()).await, Err(SourceError::Revoked)));
    assert!(matches!(service.check(&permit).await, Err(SourceError::Revoked)));
    assert_eq!(dialed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn permit_revoked_while_signing_in_closes_the_connection() {
    let (sender, mut connections) = mpsc::unbounded_channel();
    let dialer = Dialer::new(move |_| {
        let (ours, theirs) = tokio::io::duplex(4096);
        sender.send(theirs).unwrap();
        Box::pin(async move { Ok(Stream::new(ours)) })
    });
    let (permit, revoke) = ReadPermit::revocable();
    let mut service = service(dialer);
    let peer = async {
        let mut connection = connections.recv().await.unwrap();
        let mut buffer = [0; 4096];
        assert!(connection.read(&mut buffer).await.unwrap() > 0);
        revoke.cancel();
        while connection.read(&mut buffer).await.unwrap() > 0 {}
    };
    let (outcome, ()) = tokio::join!(service.scrape(&permit, None, sink()), peer);
    assert!(matches!(outcome, Err(SourceError::Revoked)));
    assert!(!service.has_session());
}

#[test]
fn settings_and_account_show_no_secret() {
    let service = service(Dialer::system());
    let shown = format!("{service:?}");
    assert!(!shown.contains("olga") && !shown.contains("hunter22"), "{shown}");
}
