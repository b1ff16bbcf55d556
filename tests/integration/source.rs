//! Reading a simulated CompreFace, well and badly behaved.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests: a panic is the message")]

mod active;
mod between;
mod session;
mod trouble;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use headcount::consent::{ExplicitCommand, ReadPermit};
use headcount::error_chain::{Describe as _, sentence};
use headcount::model::{Distribution, IdHash, IdKey, Kind, ScrapeSink, SinkError};
use headcount::source::compreface::{CONTRACT, Checked, CheckedFaces, CheckedStatistics, CompreFace, Role, kinds};
use headcount::source::{Service as _, SourceError};

use crate::support::compreface::{DEMO, Door, GlobalRole, Layout, Simulated};

#[derive(Debug)]
struct Noted {
    key: IdKey,
    objects: Mutex<[BTreeSet<IdHash>; 5]>,
    collections: Mutex<Vec<u64>>,
    active: Mutex<[Option<u64>; 5]>,
    largest_batch: Mutex<usize>,
    refuses: bool,
}

impl Noted {
    fn new(refuses: bool) -> Arc<Self> {
        Arc::new(Self {
            key: IdKey::from_bytes([7; 16]),
            objects: Mutex::default(),
            collections: Mutex::default(),
            active: Mutex::default(),
            largest_batch: Mutex::default(),
            refuses,
        })
    }
}

impl ScrapeSink for Noted {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        if self.refuses {
            return Err(SinkError("the disk is full".into()));
        }
        let mut largest = self.largest_batch.lock().unwrap();
        *largest = hashes.len().max(*largest);
        self.objects.lock().unwrap()[kind.index()].extend(hashes.drain(..));
        Ok(())
    }

    fn counted(&self, _: Kind, _: u64) {
        unreachable!("every kind of this service has ids");
    }

    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        panic!("CompreFace may list an object again")
    }

    fn measured(&self, _: Distribution, faces: u64) {
        self.collections.lock().unwrap().push(faces);
    }

    fn active(&self, kind: Kind, objects: u64) {
        let before = self.active.lock().unwrap()[kind.index()].replace(objects);
        assert_eq!(before, None, "each kind once");
    }
}

fn permit() -> ReadPermit {
    ExplicitCommand::Preview.read_permit()
}

/// The code that an error has in JSON, the log and the audit log.
pub(crate) fn code(error: &SourceError) -> &'static str {
    error.describe().code
}

/// Whether the service is not ready yet, and the operator has nothing to fix.
pub(crate) const fn is_starting(error: &SourceError) -> bool {
    matches!(error, SourceError::NotReady(_))
}

/// Users, applications, detection, verification and recognition services; and the collections' sizes.
pub(crate) type Counted = ([usize; 5], Vec<u64>);

pub(crate) async fn scrape(service: &mut CompreFace) -> Result<Counted, SourceError> {
    let (counted, active) = scrape_for(service, None).await?;
    assert_eq!(active, [None; 5], "no report rests on it");
    Ok(counted)
}

/// The day of the report in these tests.
pub(crate) const REPORT: &str = "2026-11-29";

/// With the day of the report, if one rests on the scrape: also how many services of each kind are active.
pub(crate) async fn scrape_for(
    service: &mut CompreFace,
    report: Option<&str>,
) -> Result<(Counted, [Option<u64>; 5]), SourceError> {
    let noted = Noted::new(false);
    service.scrape(&permit(), report.map(|day| day.parse().unwrap()), noted.clone()).await?;
    let counts = noted.objects.lock().unwrap().each_ref().map(BTreeSet::len);
    let mut collections = noted.collections.lock().unwrap().clone();
    collections.sort_unstable();
    assert_eq!(counts[kinds::RECOGNITION.index()], collections.len(), "every recognition service has one collection");
    let active = *noted.active.lock().unwrap();
    Ok(((counts, collections), active))
}

/// The same before a report, with what every scrape counts: it makes each kind of request.
pub(crate) async fn scrape_report(service: &mut CompreFace) -> Result<Counted, SourceError> {
    scrape_for(service, Some(REPORT)).await.map(|(counted, _)| counted)
}

pub(crate) fn reader(simulated: &Simulated) -> CompreFace {
    CompreFace::new(simulated.settings(), simulated.dialer())
}

/// 4 users with the account's own, 2 applications, 4 services of each kind.
pub(crate) fn populated() -> Simulated {
    populated_in(Layout::One)
}

fn populated_in(layout: Layout) -> Simulated {
    let simulated = Simulated::in_memory_with(layout);
    simulated.change(|model| model.populate(3, 2, 2));
    simulated
}

fn everything() -> Counted {
    ([4, 2, 4, 4, 4], vec![0, 7, 14, 21])
}

#[tokio::test]
async fn everything_but_the_demo_is_counted() {
    for layout in [Layout::One, Layout::Separate, Layout::FrontEnd] {
        let simulated = Simulated::start_with(layout).await;
        simulated.change(|model| model.populate(3, 2, 2));
        assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), everything());
        assert_eq!(simulated.requests().first().unwrap().door, Some(Door::Token));
        assert_eq!(simulated.requests().last().unwrap().door, Some(Door::Roles), "the role is read last");
    }
}

#[tokio::test]
async fn an_empty_installation_is_one_user() {
    let simulated = Simulated::in_memory();
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), ([1, 0, 0, 0, 0], vec![]));
}

#[tokio::test]
async fn ids_are_hashed_as_the_service_writes_them() {
    let simulated = populated();
    let noted = Noted::new(false);
    reader(&simulated).scrape(&permit(), None, noted.clone()).await.unwrap();
    let hash = |kind, id: uuid::Uuid| noted.key.hash(kind, id.to_string().as_bytes());
    let objects = noted.objects.lock().unwrap();
    simulated.change(|model| {
        for user in &model.users {
            assert!(objects[kinds::USER.index()].contains(&hash(kinds::USER, user.id)));
        }
        for application in &model.applications[1..] {
            assert!(objects[kinds::APPLICATION.index()].contains(&hash(kinds::APPLICATION, application.id)));
            for service in &application.services {
                assert!(objects[service.kind.index()].contains(&hash(service.kind, service.id)));
            }
        }
    });
}

#[tokio::test]
async fn what_is_listed_twice_counts_once() {
    let simulated = populated();
    simulated.change(|model| model.duplicates = true);
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), everything());
    assert_eq!(simulated.count(Door::Faces), 4);
}

#[tokio::test]
async fn many_users_come_in_batches() {
    let simulated = Simulated::in_memory();
    simulated.change(|model| model.many_users = 80_000);
    let noted = Noted::new(false);
    reader(&simulated).scrape(&permit(), None, noted.clone()).await.unwrap();
    assert_eq!(noted.objects.lock().unwrap()[kinds::USER.index()].len(), 80_001);
    let largest = *noted.largest_batch.lock().unwrap();
    assert!(largest <= 16 * 1024, "{largest}");
}

#[tokio::test(start_paused = true)]
async fn four_things_are_asked_at_a_time() {
    let simulated = Simulated::in_memory();
    simulated.change(|model| model.populate(0, 10, 3));
    use crate::support::compreface::{Trouble, When};
    for door in [Door::Services, Door::Faces, Door::Statistics] {
        simulated.trouble(door, When::Always, Trouble::Late(std::time::Duration::from_millis(5)));
    }
    scrape_for(&mut reader(&simulated), Some(REPORT)).await.unwrap();
    assert_eq!((simulated.most_at_once(), simulated.count(Door::Statistics)), (4, 90));
}

#[tokio::test]
async fn what_is_deleted_between_two_requests_is_gone() {
    let simulated = populated();
    let (application, service) =
        simulated.change(|model| (model.applications[1].id, model.applications[2].services[2].id));
    simulated.before(Door::Services, 1, move |model| model.remove_application(application));
    simulated.before(Door::Faces, 1, move |model| model.remove_service(service));
    let (counts, collections) = scrape(&mut reader(&simulated)).await.unwrap();
    assert_eq!(counts, [4, 1, 2, 2, 1]);
    assert_eq!(collections, [21]);
}

#[tokio::test]
async fn an_application_deleted_while_its_faces_are_counted_leaves_no_collections() {
    let simulated = Simulated::in_memory();
    let application = simulated.change(|model| {
        let application = model.add_application();
        model.add_service(application, kinds::RECOGNITION, 5);
        application
    });
    simulated.before(Door::Faces, 1, move |model| model.remove_application(application));
    let (counts, collections) = scrape(&mut reader(&simulated)).await.unwrap();
    assert_eq!((counts[kinds::RECOGNITION.index()], collections), (0, vec![]));
}

#[tokio::test]
async fn a_key_renewed_meanwhile_is_read_again() {
    let simulated = populated();
    simulated.before(Door::Faces, 1, |model| {
        for application in 1..3 {
            for service in model.applications[application].services.clone() {
                model.renew_key(service.id);
            }
        }
    });
    assert_eq!(scrape(&mut reader(&simulated)).await.unwrap(), everything());
}

#[tokio::test]
async fn the_core_of_another_installation_is_an_error() {
    let simulated = populated();
    simulated.change(|model| model.applications[1].services[2].foreign = true);
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert_eq!(code(&error), "key_unknown");
    assert!(sentence(&error).contains("HEADCOUNT_COMPREFACE_URL"), "{error}");
}

#[tokio::test]
async fn a_plain_user_is_refused() {
    let simulated = populated();
    simulated.change(|model| model.set_role(GlobalRole::User));
    let mut service = reader(&simulated);
    let error = scrape(&mut service).await.unwrap_err();
    assert_eq!(code(&error), "insufficient_role", "{error}");
    assert!(sentence(&error).contains("ADMINISTRATOR"), "{error}");
    assert_eq!(code(&service.check(&permit()).await.unwrap_err()), "insufficient_role");
}

#[tokio::test]
async fn a_demotion_is_caught_wherever_it_happens() {
    for (door, nth) in
        [(Door::Me, 1), (Door::Applications, 1), (Door::Services, 1), (Door::Services, 2), (Door::Faces, 3)]
    {
        let simulated = populated();
        simulated.before(door, nth, |model| model.set_role(GlobalRole::User));
        let error = scrape(&mut reader(&simulated)).await.unwrap_err();
        let is_caught = ["insufficient_role", "no_privilege"].contains(&code(&error));
        assert!(is_caught, "{door:?} {nth}: {error}");
    }
}

#[tokio::test]
async fn check_makes_each_request_of_a_scrape_once() {
    for (role, expected) in [(GlobalRole::Owner, Role::Owner), (GlobalRole::Administrator, Role::Administrator)] {
        let simulated = populated();
        simulated.change(|model| model.set_role(role));
        let checked = reader(&simulated).check_access(&permit()).await.unwrap();
        let (faces, statistics) = (CheckedFaces::Collection, CheckedStatistics::Service);
        assert_eq!(checked, Checked { role: expected, faces, statistics });
        let doors: Vec<_> = simulated.requests().iter().map(|request| request.door.unwrap()).collect();
        let once = [Door::Token, Door::Me, Door::Roles, Door::Applications, Door::Services];
        assert_eq!(doors, [&once[..], &[Door::Statistics, Door::Faces]].concat());
    }
}

#[tokio::test]
async fn check_searches_a_few_dozen_applications() {
    let simulated = Simulated::in_memory();
    simulated.change(|model| {
        model.remove_application(DEMO);
        for _ in 0..40 {
            let application = model.add_application();
            model.add_service(application, kinds::DETECTION, 0);
        }
    });
    let checked = reader(&simulated).check_access(&permit()).await.unwrap();
    assert_eq!(checked.faces, CheckedFaces::NotFound(32));
    assert_eq!(checked.statistics, CheckedStatistics::Service);
    let counts = [Door::Services, Door::Statistics, Door::Faces].map(|door| simulated.count(door));
    assert_eq!(counts, [32, 1, 0]);
}

#[tokio::test]
async fn check_follows_a_key_that_is_renewed_or_deleted_meanwhile() {
    let simulated = Simulated::in_memory();
    let service = simulated.change(|model| {
        let application = model.add_application();
        model.add_service(application, kinds::RECOGNITION, 5)
    });
    simulated.before(Door::Faces, 1, move |model| model.renew_key(service));
    let faces = reader(&simulated).check_access(&permit()).await.unwrap().faces;
    assert_eq!((faces, simulated.count(Door::Faces)), (CheckedFaces::Collection, 2));
    simulated.before(Door::Faces, 1, move |model| model.remove_service(service));
    assert_eq!(reader(&simulated).check_access(&permit()).await.unwrap().faces, CheckedFaces::Demo);
}

#[tokio::test]
async fn what_cannot_be_kept_ends_the_scrape() {
    let simulated = populated();
    let error = reader(&simulated).scrape(&permit(), None, Noted::new(true)).await.unwrap_err();
    assert!(matches!(error, SourceError::Sink(_)), "{error}");
}

#[test]
fn the_table_of_requests_is_the_contracts() {
    let table: Vec<_> = CONTRACT.requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        table,
        [
            "POST /admin/oauth/token",
            "DELETE /admin/oauth/token",
            "GET /admin/user/me",
            "GET /admin/user/roles",
            "GET /admin/apps",
            "GET /admin/app/{id}/models",
            "GET /api/v1/recognition/faces?page=0&size=1",
            "GET /admin/app/{app}/model/{model}/statistics",
        ]
    );
}

/// Every test of a scrape ends with this check, when the simulated service is dropped.
#[tokio::test]
#[should_panic(expected = "GET /admin/users is not a listed request")]
async fn an_unlisted_request_fails_the_test_that_made_it() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let simulated = Simulated::start().await;
    let mut stream = tokio::net::TcpStream::connect(simulated.url().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /admin/users HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
}
