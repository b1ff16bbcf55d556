use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use super::*;
use crate::config::{BaseUrl, PasswordSource};
use crate::connect::Stream;
use crate::inventory::{IdHash, IdKey, Kind};
use crate::source::ObserverError;

#[derive(Debug)]
struct Nobody(IdKey);

impl Observer for Nobody {
    fn key(&self) -> &IdKey {
        &self.0
    }

    fn objects(&self, _: Kind, _: &mut Vec<IdHash>) -> Result<(), ObserverError> {
        panic!("nothing was read")
    }

    fn collection(&self, _: u64) {
        panic!("nothing was read")
    }
}

fn nobody() -> Arc<dyn Observer> {
    Arc::new(Nobody(IdKey::from_bytes([0; 16])))
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

#[tokio::test]
async fn a_permit_that_has_ended_opens_no_connection() {
    let dialled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dialled);
    let mut service = service(Dialer::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::pending())
    }));
    let (permit, revoke) = ReadPermit::revocable();
    revoke.cancel();
    assert!(service.scrape(&permit, nobody()).await.unwrap_err().is_revoked());
    assert!(service.check(&permit).await.unwrap_err().is_revoked());
    assert_eq!(dialled.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_permit_that_ends_half_way_stops_reading_and_closes_the_connection() {
    let (sender, mut connections) = mpsc::unbounded_channel();
    let mut service = service(Dialer::new(move |_| {
        let (ours, theirs) = tokio::io::duplex(1024);
        sender.send(theirs).unwrap();
        Box::pin(async { Ok(Stream::new(ours)) })
    }));
    let (permit, revoke) = ReadPermit::revocable();
    let server = async {
        let mut connection = connections.recv().await.unwrap();
        let mut asked = [0; 18];
        connection.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"GET /admin/status ");
        revoke.cancel();
        connection
    };
    let (outcome, mut connection) = tokio::join!(service.scrape(&permit, nobody()), server);
    assert!(outcome.unwrap_err().is_revoked());
    // What is left of the request, and then the end.
    connection.read_to_end(&mut Vec::new()).await.unwrap();
}
