use std::collections::BTreeSet;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::model::{Distribution, IdHash, IdKey, Kind, SinkError};
use crate::source::frigate::recorded::answer;
use crate::source::http::{Position, STRING_BYTES, json_stream};

#[derive(Debug)]
struct NotedNames {
    key: IdKey,
    hashes: Mutex<BTreeSet<IdHash>>,
    refuses: bool,
}

impl ScrapeSink for NotedNames {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        assert_eq!(kind, kinds::USER);
        if self.refuses {
            return Err(SinkError("the disk is full".into()));
        }
        self.hashes.lock().unwrap().extend(hashes.drain(..));
        Ok(())
    }

    fn counted(&self, _: Kind, _: u64) {
        panic!("only names are read")
    }

    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        panic!("Frigate may list a name again")
    }

    fn measured(&self, _: Distribution, _: u64) {
        panic!("only names are read")
    }

    fn active(&self, _: Kind, _: u64) {
        panic!("only names are read")
    }
}

fn noted(refuses: bool) -> Arc<NotedNames> {
    Arc::new(NotedNames { key: IdKey::from_bytes([7; 16]), hashes: Mutex::default(), refuses })
}

fn users(body: &[u8]) -> Result<BTreeSet<IdHash>, Stop> {
    let sink = noted(false);
    UserNames::new(Some(Arc::clone(&sink) as _)).decode(&mut json_stream::reader(body))?;
    let hashes = sink.hashes.lock().unwrap().clone();
    Ok(hashes)
}

fn library(body: &[u8]) -> Result<Library, Stop> {
    Library::decode(&mut json_stream::reader(body))
}

fn body_of<T: fmt::Debug>(result: Result<T, Stop>) -> BodyError {
    match result.unwrap_err() {
        Stop::Body(error) => error,
        Stop::Sink(error) => panic!("{error}"),
    }
}

#[test]
fn recorded_users_are_hashed_by_name() {
    let key = IdKey::from_bytes([7; 16]);
    let hashes = |names: &[&str]| names.iter().map(|name| key.hash(kinds::USER, name.as_bytes())).collect();
    let all: BTreeSet<_> = hashes(&["admin", "karl", "olga", "nina", "tomas"]);
    for name in ["admin.users", "internal.users", "0.16.4.admin.users", "0.18.0-beta1.admin.users"] {
        assert_eq!(users(answer(name).body.as_bytes()).unwrap(), all, "{name}");
    }
    assert_eq!(users(answer("first.users").body.as_bytes()).unwrap(), hashes(&["admin"]));
    assert_eq!(users(answer("deleted.users").body.as_bytes()).unwrap().len(), 4);
    assert_eq!(users(answer("auth-off.internal.users").body.as_bytes()).unwrap(), hashes(&[]));
}

#[test]
fn recorded_libraries_are_counted() {
    for (name, subjects, faces) in [
        ("admin.faces", 6, 274),
        ("internal.faces", 6, 274),
        ("0.16.4.viewer.faces", 6, 274),
        ("0.18.0-beta1.admin.faces", 6, 274),
        ("person.create.listed", 7, 274),
        // A renamed person is another key: the numbers stay.
        ("person.renamed.listed", 7, 274),
        // A hidden folder is a person, and a folder that is named like an image a face.
        ("faces.odd-files", 3, 3),
    ] {
        let found = library(answer(name).body.as_bytes()).unwrap();
        assert_eq!((found.subjects, found.faces), (subjects, faces), "{name}");
    }
    for name in ["first.faces", "no-folder.faces", "auth-off.internal.faces"] {
        assert_eq!(library(answer(name).body.as_bytes()).unwrap(), Library::default(), "{name}");
    }
}

#[test]
fn unassigned_attempts_are_no_person() {
    let found = library(br#"{"train":["a.webp","b.webp"],"Train":["c.webp"],"tr\u0061in ":[]}"#).unwrap();
    assert_eq!((found.subjects, found.faces), (2, 1));
    let only = library(br#"{"train":["a.webp"]}"#).unwrap();
    assert_eq!((only.subjects, only.faces), (0, 0));
    // Escaped, it is the same name.
    assert_eq!(library(br#"{"\u0074rain":["a.webp"]}"#).unwrap().subjects, 0);
}

#[test]
fn recorded_roles_are_told_apart() {
    for (name, is_admin) in [
        ("admin.profile", true),
        ("internal.profile", true),
        ("auth-off.internal.profile", true),
        ("deleted.profile", true),
        ("0.16.4.admin.profile", true),
        ("0.16.4.viewer.profile.within-5-s", true),
        ("0.18.0-beta1.admin.profile", true),
        ("viewer.profile", false),
        ("demoted.profile.new-token", false),
        ("auth-off.profile", false),
        ("0.16.4.viewer.profile", false),
    ] {
        let profile: Profile = serde_json::from_str(&answer(name).body).unwrap();
        assert_eq!(profile.is_admin, is_admin, "{name}");
    }
    assert!(serde_json::from_str::<Profile>(r#"{"username":"olga"}"#).is_err());
    assert!(!serde_json::from_str::<Profile>(r#"{"role":"Admin"}"#).unwrap().is_admin);
}

#[test]
fn recorded_versions_are_read() {
    for (name, version) in [
        ("admin.version", Version(0, 17)),
        ("0.16.4.admin.version", Version(0, 16)),
        ("0.18.0-beta1.admin.version", Version(0, 18)),
    ] {
        assert_eq!(Version::parse(answer(name).body.as_bytes()).unwrap(), version, "{name}");
    }
    assert_eq!(Version::parse(b"1.0.0-aaaa\n").unwrap().to_string(), "1.0");
    for other in ["", "0.17", "v0.17.2", "0.x.1", "Frigate is running. Alive and healthy!", "4294967296.0.0"] {
        assert!(Version::parse(other.as_bytes()).is_err(), "{other}");
    }
    assert!(Version(0, 15) < Version::FIRST && Version::FIRST < Version(1, 0));
}

/// A string that is too long, after so many bytes.
fn too_long(before: usize) -> BodyError {
    BodyError::StringTooLong { bytes: STRING_BYTES, position: Position { line: 1, column: before + STRING_BYTES + 1 } }
}

#[test]
fn text_that_is_no_list_of_users_is_refused() {
    let shape = |column| BodyError::Shape(Position { line: 1, column });
    for (text, error) in [
        (r#"[{"username":"olga"}] x"#.to_owned(), BodyError::Malformed(Position { line: 1, column: 23 })),
        (r#"[{"username":"olga"}"#.to_owned(), BodyError::Truncated),
        (String::new(), BodyError::Truncated),
        ("{}".to_owned(), shape(1)),
        ("[1]".to_owned(), shape(3)),
        (format!(r#"[{{"username":"{}"}}]"#, "a".repeat(STRING_BYTES + 1)), too_long(14)),
        (format!(r#"[{{"x":{}"#, "[".repeat(1 << 10)), BodyError::TooDeep(Position { line: 1, column: 21 })),
    ] {
        assert_eq!(body_of(users(text.as_bytes())), error, "{text:.60}");
    }
    for text in [
        r#"[{"role":"admin"}]"#,
        r#"[{"username":null}]"#,
        r#"[{"username":7}]"#,
        r#"[{"username":["olga"]}]"#,
        r#"[{"username":"olga","username":"nina"}]"#,
        r"[[]]",
    ] {
        assert!(matches!(body_of(users(text.as_bytes())), BodyError::Shape(_)), "{text}");
    }
}

#[test]
fn text_that_is_no_library_is_refused() {
    for text in [
        "[]",
        "null",
        r#"{"Mila":null}"#,
        r#"{"Mila":3}"#,
        r#"{"Mila":[1]}"#,
        r#"{"Mila":[["x"]]}"#,
        r#"{"Mila":{"x":"y"}}"#,
        r#"{"train":7}"#,
        r#"{"success":false,"message":"Camera not found"}"#,
        r#"{"detail":"Not Found"}"#,
    ] {
        assert!(matches!(body_of(library(text.as_bytes())), BodyError::Shape(_)), "{text}");
    }
    assert_eq!(body_of(library(br#"{"Mila":["a.webp""#)), BodyError::Truncated);
    assert!(matches!(body_of(library(br#"{"Mila":[]} {}"#)), BodyError::Malformed(_)));
    let long = format!(r#"{{"{}":[]}}"#, "a".repeat(STRING_BYTES + 1));
    assert_eq!(body_of(library(long.as_bytes())), too_long(2));
}

#[test]
fn sink_that_fails_stops_reading() {
    let users = UserNames::new(Some(noted(true)));
    let stopped = users.decode(&mut json_stream::reader(&br#"[{"username":"olga"}]"#[..]));
    assert!(matches!(stopped, Err(Stop::Sink(_))));
}

proptest! {
    #[test]
    fn any_library_is_counted_and_any_part_of_it_refused(
        people in prop::collection::btree_map("\\PC{0,20}", prop::collection::vec("\\PC{0,20}", 0..5), 0..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = serde_json::to_string(&people).unwrap();
        let found = library(text.as_bytes()).unwrap();
        let persons = people.iter().filter(|(name, _)| *name != NO_PERSON);
        let expected = persons.fold((0, 0), |(subjects, faces), (_, files)| (subjects + 1, faces + files.len() as u64));
        prop_assert_eq!((found.subjects, found.faces), expected);
        let part = &text.as_bytes()[..cut.index(text.len())];
        prop_assert_eq!(body_of(library(part)), BodyError::Truncated);
    }
}
