use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::{Distribution, IdHash, IdKey, Kind, SinkError};
use crate::source::compreface::catalog::{ROLES, SERVICES};
use crate::source::compreface::recorded;
use crate::source::compreface::requests::admin_request;
use crate::source::compreface::services::*;
use crate::source::http::json_stream::{self, RESPONSE_BYTES, array};
use crate::source::http::{HttpError, Position, STRING_BYTES};

fn decode<R: Read, S: ItemSink>(reader: R, items: S) -> Result<S, Stop> {
    json_stream::decode_array(&mut json_stream::reader(reader), items)
}

#[derive(Debug)]
struct Noted {
    key: IdKey,
    objects: Mutex<BTreeMap<Kind, BTreeSet<IdHash>>>,
}

impl ScrapeSink for Noted {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        self.objects.lock().unwrap().entry(kind).or_default().extend(hashes.drain(..));
        Ok(())
    }

    fn counted(&self, _: Kind, _: u64) {}

    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        panic!("CompreFace may list an object again")
    }

    fn measured(&self, _: Distribution, _: u64) {}

    fn active(&self, _: Kind, _: u64) {}
}

fn noted() -> Arc<Noted> {
    Arc::new(Noted { key: IdKey::from_bytes([1; 16]), objects: Mutex::default() })
}

/// Gives its bytes in pieces of the sizes it is told, over and over.
struct Split<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    next: usize,
}

impl Read for Split<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.next % self.sizes.len()].min(self.bytes.len()).min(buffer.len());
        self.next += 1;
        let (piece, rest) = self.bytes.split_at(size);
        buffer[..size].copy_from_slice(piece);
        self.bytes = rest;
        Ok(size)
    }
}

fn users(text: &[u8], sizes: Vec<usize>) -> Result<(Option<Role>, BTreeSet<IdHash>), BodyError> {
    let noted = noted();
    let sink = Users::new(Uuid::from_u128(7), Some(noted.clone()));
    match decode(Split { bytes: text, sizes, next: 0 }, sink) {
        Ok(sink) => {
            let objects = noted.objects.lock().unwrap().remove(&kinds::USER).unwrap_or_default();
            Ok((sink.role().flatten(), objects))
        }
        Err(Stop::Body(error)) => Err(error),
        Err(Stop::Sink(error)) => panic!("{error}"),
    }
}

fn user(id: &str, name: &str, role: &str) -> String {
    format!(r#"{{"userId":"{id}","firstName":"{name}","role":"{role}","email":"someone@example.com"}}"#)
}

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

#[test]
fn recorded_lists_are_counted_without_demo() {
    let noted = noted();
    let sink: Arc<dyn ScrapeSink> = noted.clone();
    let own = Uuid::parse_str("b4505f77-ab85-4d83-a0c0-5f90b5427699").unwrap();
    let read = |name| io::Cursor::new(recorded::answer(name).1.into_bytes());

    let users = decode(read("users.owner"), Users::new(own, Some(sink.clone()))).unwrap();
    assert_eq!(users.role(), Some(Some(Role::Owner)));
    let applications = decode(read("apps.owner.after-create"), Applications::default()).unwrap();
    assert_eq!(applications.into_ids().len(), 2);
    for (name, expected) in [
        ("models.list", [1, 1, 1]),
        ("models.list.demo-app", [0; 3]),
        ("models.list.null-created-date", [1, 1, 1]),
        ("models.list.1.1", [1, 1, 0]),
    ] {
        let (recognition, others) = decode(read(name), Services::default()).unwrap().into_all();
        let number = |of| others.iter().filter(|(kind, _)| *kind == of).count();
        let counts = [recognition.len(), number(kinds::DETECTION), number(kinds::VERIFICATION)];
        assert_eq!(counts, expected, "{name}");
    }
    let objects = noted.objects.lock().unwrap();
    let counts: Vec<_> = objects.iter().map(|(kind, hashes)| (*kind, hashes.len())).collect();
    assert_eq!(counts, [(kinds::USER, 4)]);
    let hash = noted.key.hash(kinds::USER, b"b4505f77-ab85-4d83-a0c0-5f90b5427699");
    assert!(objects[&kinds::USER].contains(&hash));
}

#[test]
fn recorded_statistics_are_active_for_thirty_days() {
    let active = |name, report: &str| {
        let read = io::Cursor::new(recorded::answer(name).1.into_bytes());
        decode(read, Statistics::before(report.parse().unwrap())).unwrap().is_active()
    };
    assert!(!active("model.statistics.empty", "2026-11-29"));
    // The first of its days is the 29th, when it was recorded; the last are the 30th and 29th of May.
    for (report, expected) in [
        ("2026-11-29", true),
        ("2026-12-29", true),
        ("2026-12-30", false),
        ("2026-10-30", false),
        ("2026-10-31", true),
        ("2026-06-29", true),
        ("2026-06-30", false),
        ("2026-05-30", true),
        ("2026-05-29", false),
    ] {
        assert_eq!(active("model.statistics.several-days", report), expected, "{report}");
    }
    let read = io::Cursor::new(recorded::answer("model.statistics.several-days").1.into_bytes());
    assert!(!decode(read, Statistics::unused()).unwrap().is_active());
}

#[test]
fn recorded_objects_are_read() {
    let body = |name| recorded::answer(name).1;
    let count = |name| serde_json::from_str::<FaceCount>(&body(name)).unwrap().total;
    assert_eq!((count("core.faces.empty"), count("core.faces.page0.size1")), (0, 6));
    let account: Account = serde_json::from_str(&body("me.owner")).unwrap();
    assert_eq!(account.id.unwrap().to_string(), "b4505f77-ab85-4d83-a0c0-5f90b5427699");
}

/// A string that is too long, after so many bytes.
fn too_long(before: usize) -> BodyError {
    BodyError::StringTooLong { bytes: STRING_BYTES, position: Position { line: 1, column: before + STRING_BYTES + 1 } }
}

#[test]
fn text_that_is_no_list_of_users_is_refused() {
    let good = user(&id(9), "A", "USER");
    let shape = |column| BodyError::Shape(Position { line: 1, column });
    for (text, error) in [
        (format!("[{good}] x"), BodyError::Malformed(Position { line: 1, column: good.len() + 4 })),
        (format!("[{good}"), BodyError::Truncated),
        (String::new(), BodyError::Truncated),
        ("{}".to_owned(), shape(1)),
        ("[1]".to_owned(), shape(3)),
        (format!("[{}]", user("no-uuid", "A", "USER")), NOT_A_UUID),
        (format!("[{}]", user(&id(0xabc).to_uppercase(), "A", "USER")), NOT_A_UUID),
        (
            format!("[{}]", user(&id(9), &"a".repeat(STRING_BYTES + 1), "USER")),
            too_long(1 + good.find("\"A\"").unwrap() + 1),
        ),
        (format!("[{}]", user(&"0".repeat(1 << 20), "A", "USER")), too_long(1 + good.find(&id(9)).unwrap())),
        (format!("[{{\"x\":{}", "[".repeat(1 << 20)), BodyError::TooDeep(Position { line: 1, column: 21 })),
        (format!("[{{\"x\":{}", "{\"x\":".repeat(1 << 10)), BodyError::TooDeep(Position { line: 1, column: 77 })),
    ] {
        assert_eq!(users(text.as_bytes(), vec![1000]).unwrap_err(), error, "{:.80}", text);
    }
    let invalid = users(b"[{\"userId\":\"\xff\xfe\",\"role\":\"USER\"}]", vec![100]);
    assert!(matches!(invalid, Err(BodyError::Malformed(_))), "{invalid:?}");
}

#[test]
fn user_without_id_or_role_is_refused() {
    for text in [r#"[{"role":"USER"}]"#, r#"[{"userId":"x"}]"#, r#"[{"userId":null,"role":"USER"}]"#] {
        assert!(matches!(users(text.as_bytes(), vec![100]), Err(BodyError::Shape(_))), "{text}");
    }
}

#[test]
fn service_of_unknown_type_or_without_key_is_refused() {
    let service = |kind: &str, key: &str| {
        let text = format!(r#"[{{"id":"{}","apiKey":"{key}","type":"{kind}"}}]"#, id(9));
        match decode(text.as_bytes(), Services::default()) {
            Ok(services) => Ok(services.into_recognition().len()),
            Err(Stop::Body(error)) => Err(error),
            Err(Stop::Sink(error)) => panic!("{error}"),
        }
    };
    assert_eq!(service("LANDMARKS", &id(5)), Err(UNKNOWN_TYPE));
    assert_eq!(service("RECOGNITION", "../../x"), Err(NOT_A_UUID));
    assert_eq!(service("RECOGNITION", &id(5)), Ok(1));
    // A key that is not needed is not looked at.
    assert_eq!(service("DETECTION", "../../x"), Ok(0));
}

/// So many elements, of which none is as another.
fn list(element: impl Fn(String) -> String, many: usize) -> String {
    let elements: Vec<_> = (0..many).map(|number| element(id(1000 + number as u128))).collect();
    format!("[{}]", elements.join(","))
}

#[test]
fn more_objects_than_can_be_requested_are_refused() {
    let too_many = BodyError::TooMany(MOST_REQUESTED);
    let application = |id| format!(r#"{{"id":"{id}"}}"#);
    let service = |kind| move |id: String| format!(r#"{{"id":"{id}","apiKey":"{id}","type":"{kind}"}}"#);
    let applications = |many| decode(list(application, many).as_bytes(), Applications::default());
    assert_eq!(applications(MOST_REQUESTED).unwrap().into_ids().len(), MOST_REQUESTED);
    assert!(matches!(applications(MOST_REQUESTED + 1), Err(Stop::Body(error)) if error == too_many));
    let services = |kind, many| decode(list(service(kind), many).as_bytes(), Services::default());
    assert_eq!(services("RECOGNITION", MOST_REQUESTED).unwrap().into_recognition().len(), MOST_REQUESTED);
    let refused = services("RECOGNITION", MOST_REQUESTED + 1).err().unwrap();
    assert!(matches!(refused, Stop::Body(error) if error == too_many));
    assert!(services("VERIFY", MOST_REQUESTED).is_ok());
    assert!(matches!(services("VERIFY", MOST_REQUESTED + 1), Err(Stop::Body(error)) if error == too_many));
}

#[test]
fn count_beyond_64_bits_is_refused() {
    for total in ["18446744073709551616", "1e300", "-1", "1.5", "\"6\"", "null"] {
        assert!(serde_json::from_str::<FaceCount>(&format!(r#"{{"total_elements":{total}}}"#)).is_err(), "{total}");
    }
    let most: FaceCount =
        serde_json::from_str(r#"{"faces":[{"x":1e999}],"total_elements":18446744073709551615}"#).unwrap();
    assert_eq!(most.total, u64::MAX);
}

proptest! {
    #[test]
    fn any_split_of_bytes_gives_the_same_users(
        people in prop::collection::vec((8_u128.., "\\PC{0,20}", prop::bool::ANY), 0..20),
        sizes in prop::collection::vec(1_usize..40, 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let elements: Vec<_> = people
            .iter()
            .map(|(number, name, escaped)| {
                let name = serde_json::to_string(name).unwrap();
                let role = if *escaped { "\\u0055SER" } else { "USER" };
                user(&id(*number), &name[1..name.len() - 1], role)
            })
            .collect();
        let text = format!("[{},{}]", user(&id(7), "own", "ADMINISTRATOR"), elements.join(",")).replace(",]", "]");
        let whole = users(text.as_bytes(), vec![usize::MAX]).unwrap();
        prop_assert_eq!(whole.0, Some(Role::Administrator));
        let distinct: BTreeSet<_> = people.iter().map(|(number, ..)| *number).collect();
        prop_assert_eq!(whole.1.len(), distinct.len() + 1);
        prop_assert_eq!(&users(text.as_bytes(), sizes.clone()).unwrap(), &whole);
        // And any part of it that is not the whole is refused, wherever it ends.
        let part = &text.as_bytes()[..cut.index(text.len())];
        prop_assert_eq!(users(part, sizes).unwrap_err(), BodyError::Truncated);
    }
}

/// A body without a length, of so many pieces.
struct Blanks(usize);

impl Body for Blanks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let more = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        Poll::Ready(more.then(|| Ok(Frame::data(Bytes::from_static(&[b' '; 1000])))))
    }
}

#[tokio::test]
async fn body_without_end_is_refused_at_the_limit() {
    let array = array(admin_request(SERVICES), Blanks(usize::MAX), 1_000_000, Applications::default());
    let error = array.await.err().unwrap();
    assert!(matches!(error, HttpError::Body { error: BodyError::TooLarge(1_000_000), .. }), "{error:?}");
}

/// A sink that tells when it is gone.
struct Held(#[expect(dead_code, reason = "dropping it is the message")] tokio::sync::oneshot::Sender<()>);

impl ItemSink for Held {
    type Item = serde::de::IgnoredAny;

    fn take(&mut self, _: serde::de::IgnoredAny) -> Result<(), Stop> {
        Ok(())
    }
}

/// A body that starts with so many pieces and never goes on.
struct Stalled(usize);

impl Body for Stalled {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"[")))))
            }
            None => Poll::Pending,
        }
    }
}

#[tokio::test]
async fn decoding_thread_ends_with_its_reader() {
    let (held, mut gone) = tokio::sync::oneshot::channel();
    // More than the channel holds, so that a thread decodes them.
    let mut reading = Box::pin(array(admin_request(SERVICES), Stalled(9), 1000, Held(held)));
    assert!(std::future::poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await.is_pending());
    assert!(gone.try_recv().is_err_and(|error| error == tokio::sync::oneshot::error::TryRecvError::Empty));
    drop(reading);
    assert!(gone.await.is_err());
}

/// A sink that notes the threads on which it takes items.
struct Threads {
    is_stored: bool,
    taken: Vec<ThreadId>,
}

impl ItemSink for Threads {
    type Item = serde::de::IgnoredAny;

    fn take(&mut self, _: serde::de::IgnoredAny) -> Result<(), Stop> {
        self.taken.push(std::thread::current().id());
        Ok(())
    }

    fn is_stored(&self) -> bool {
        self.is_stored
    }
}

#[tokio::test]
async fn short_list_is_decoded_without_a_thread_unless_it_is_stored() {
    let here = std::thread::current().id();
    for (blanks, is_stored, is_here) in [(0, false, true), (0, true, false), (9, false, false), (9, true, false)] {
        // From the last to the first.
        let mut pieces = vec![Bytes::from_static(b"[1]")];
        pieces.extend(vec![Bytes::from_static(b" "); blanks]);
        let sink = Threads { is_stored, taken: Vec::new() };
        let taken = array(admin_request(SERVICES), Counted(pieces, Arc::default()), 1000, sink).await.unwrap().taken;
        assert_eq!((taken.len(), taken[0] == here), (1, is_here), "{blanks} {is_stored}");
    }
}

/// A list of users, then blanks; tells how many pieces were read.
struct Counted(Vec<Bytes>, Arc<Mutex<usize>>);

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.0.pop();
        *self.1.lock().unwrap() += usize::from(piece.is_some());
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }
}

#[tokio::test]
async fn role_is_found_without_decoding_the_rest() {
    let own = Uuid::from_u128(9);
    let mut pieces = vec![Bytes::from_static(b"no JSON at all"); 1000];
    pieces.push(format!("[{},", user(&id(9), "A", "OWNER")).into());
    let read = Arc::new(Mutex::new(0));
    let body = Counted(pieces, Arc::clone(&read));
    let users = array(admin_request(ROLES), body, RESPONSE_BYTES, Users::new(own, None)).await.unwrap();
    assert_eq!((users.role(), *read.lock().unwrap()), (Some(Some(Role::Owner)), 1001));
}
