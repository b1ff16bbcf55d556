//! Which documents are read, and which problems are found in the others. Invariants 4 and 7.

use std::sync::Arc;

use headcount::clock::SystemClock;
use headcount::consent::ExplicitCommand;
use headcount::error_chain::{Describe as _, causes};
use headcount::net::Dialer;
use headcount::source::inventory::{DocumentLocation, Inventory, InventorySettings};
use headcount::source::{CheckedPart, Service as _, SourceError};

/// A document, whether the schema accepts it, and the places of all problems that a check finds.
pub(super) struct Row {
    pub(super) document: &'static str,
    pub(super) is_valid_by_schema: bool,
    pub(super) problems: &'static [&'static str],
}

const fn good(document: &'static str) -> Row {
    Row { document, is_valid_by_schema: true, problems: &[] }
}

const fn bad(document: &'static str, problems: &'static [&'static str]) -> Row {
    Row { document, is_valid_by_schema: false, problems }
}

/// What a schema cannot say.
const fn bad_beyond_schema(document: &'static str, problems: &'static [&'static str]) -> Row {
    Row { document, is_valid_by_schema: true, problems }
}

pub(super) const ROWS: &[Row] = &[
    good(r#"{"inventory":1,"users":[],"applications":[],"services":[]}"#),
    good(r#"{"services":[],"applications":[],"users":[],"inventory":1}"#),
    good(r#"{"inventory":1.0,"users":["a","b"],"applications":["a"],"services":[]}"#),
    good(r#"{"inventory":1,"users":[""],"applications":[],"services":[]}"#),
    good(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"recognition","faces":0},{"type":"detection","id":"a"},{"id":"a","type":"verification"}]}"#,
    ),
    good(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"faces":51.0,"type":"recognition","id":"a"},{"id":"b","faces":9007199254740992,"type":"recognition"},{"id":"c","faces":5e1,"type":"recognition"}]}"#,
    ),
    good(
        r#"{"made":"today","inventory":1,"users":[],"more":{"users":[7],"deep":[[[null]]]},"applications":[],"services":[{"name":{"faces":-1},"id":"a","type":"detection"}]}"#,
    ),
    good(r#"{"inventory":1,"users":["\ud83d\ude00","\u00e4","ä\n\"\\"],"applications":[],"services":[]}"#),
    bad("[]", &["document"]),
    bad("null", &["document"]),
    bad("7", &["document"]),
    bad(r#""{}""#, &["document"]),
    bad("{}", &["inventory", "users", "applications", "services"]),
    bad(r#"{"inventory":1,"users":[],"services":[]}"#, &["applications"]),
    bad(r#"{"inventory":2,"users":[],"applications":[],"services":[]}"#, &["inventory"]),
    bad(r#"{"users":[7],"inventory":2,"services":[{}]}"#, &["inventory"]),
    bad(r#"{"inventory":"1","users":[],"applications":[],"services":[]}"#, &["inventory"]),
    bad(r#"{"inventory":true,"users":[],"applications":[],"services":[]}"#, &["inventory"]),
    bad(r#"{"inventory":1.5,"users":[],"applications":[],"services":[]}"#, &["inventory"]),
    bad(r#"{"inventory":1,"users":null,"applications":{},"services":"none"}"#, &["users", "applications", "services"]),
    bad(r#"{"inventory":1,"users":3,"applications":[],"services":[]}"#, &["users"]),
    bad(
        r#"{"inventory":1,"users":["a",7,null,["b"],{"id":"c"},true],"applications":[1.5],"services":[]}"#,
        &["users[1]", "users[2]", "users[3]", "users[4]", "users[5]", "applications[0]"],
    ),
    bad(r#"{"inventory":1,"users":["a","b","a","a"],"applications":[],"services":[]}"#, &["users[2]", "users[3]"]),
    bad(r#"{"inventory":1,"users":[],"applications":["","a",""],"services":[]}"#, &["applications[2]"]),
    bad(r#"{"inventory":1,"users":["\u0061","a"],"applications":[],"services":[]}"#, &["users[1]"]),
    bad(
        r#"{"inventory":1,"users":[],"applications":[],"services":["gate",null,[],7]}"#,
        &["services[0]", "services[1]", "services[2]", "services[3]"],
    ),
    bad(r#"{"inventory":1,"users":[],"applications":[],"services":[{}]}"#, &["services[0].id", "services[0].type"]),
    bad(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"recognition"},{"id":"b","type":"recognition","faces":null},{"id":"c","type":"recognition","faces":"7"}]}"#,
        &["services[0].faces", "services[1].faces", "services[2].faces"],
    ),
    bad(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"recognition","faces":-1},{"id":"b","type":"recognition","faces":1.5},{"id":"c","type":"recognition","faces":9007199254740993},{"id":"d","type":"recognition","faces":1e300},{"id":"e","type":"recognition","faces":-0.5}]}"#,
        &["services[0].faces", "services[1].faces", "services[2].faces", "services[3].faces", "services[4].faces"],
    ),
    bad(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"detection","faces":7},{"id":"b","faces":7,"type":"verification"}]}"#,
        &["services[0].faces", "services[1].faces"],
    ),
    bad(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":7,"type":"RECOGNITION","faces":1},{"id":"a","type":null},{"id":"b","type":"search"}]}"#,
        &["services[0].id", "services[0].type", "services[1].type", "services[2].type"],
    ),
    bad_beyond_schema(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","type":"recognition","faces":1},{"id":"a","type":"recognition","faces":2},{"id":"b","type":"detection"},{"id":"b","type":"verification"}]}"#,
        &["services[1].id"],
    ),
    bad_beyond_schema(
        r#"{"inventory":1,"users":[],"users":["a"],"applications":[],"services":[],"inventory":1}"#,
        &["users", "inventory"],
    ),
    bad_beyond_schema(
        r#"{"inventory":1,"users":[],"applications":[],"services":[{"id":"a","id":"b","type":"detection"}]}"#,
        &["services[0].id"],
    ),
];

/// Reads a file by the library, as `headcount check` does.
pub(super) async fn check(document: &str) -> Result<Vec<CheckedPart>, SourceError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), document).unwrap();
    let location = DocumentLocation::File(file.path().to_owned());
    let settings = InventorySettings { location, token_file: None, certificate: None };
    Inventory::new(settings, Dialer::system(), Arc::new(SystemClock)).check(&ExplicitCommand::Check.read_permit()).await
}

/// The places of all problems that an error lists.
fn places(error: &SourceError) -> Vec<String> {
    let text = causes(error);
    let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
    lines.map(|line| line.split(": ").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn document_is_read_or_each_problem_is_listed() {
    for row in ROWS {
        match check(row.document).await {
            Ok(_) => assert!(row.problems.is_empty() && row.is_valid_by_schema, "{} was read", row.document),
            Err(error) => {
                assert_eq!(places(&error), row.problems, "{}", row.document);
                assert_eq!(error.describe().code, "invalid_document");
            }
        }
    }
}

#[tokio::test]
async fn id_may_have_256_bytes() {
    let document =
        |id: &str| serde_json::json!({ "inventory": 1, "users": [id], "applications": [], "services": [] }).to_string();
    assert!(check(&document(&"a".repeat(256))).await.is_ok());
    assert!(check(&document(&"ä".repeat(128))).await.is_ok());
    assert!(check(&document(&"\u{1}".repeat(256))).await.is_ok(), "each is six bytes of JSON");
    for id in ["a".repeat(257), "ä".repeat(129), "😀".repeat(65), "a".repeat(4000)] {
        assert_eq!(places(&check(&document(&id)).await.unwrap_err()), ["users[0]"]);
    }
    assert_eq!(check(&document(&"a".repeat(5000))).await.unwrap_err().describe().code, "string_too_long");
}

#[tokio::test]
async fn text_that_is_no_json_is_refused() {
    for (text, code) in [
        ("", "truncated"),
        (" \n", "truncated"),
        (r#"{"inventory":1,"users":["#, "truncated"),
        (r#"{"inventory":1,"users":[],"applications":[],"services":[]"#, "truncated"),
        (r#"{"inventory":1,"users":[],"applications":[],"services":[]}{}"#, "malformed_json"),
        (r#"{"inventory":1,"users":[],"applications":[],"services":[],}"#, "malformed_json"),
        (r#"{'inventory':1}"#, "malformed_json"),
        (r#"{"inventory":1,"users":["\ud83d"],"applications":[],"services":[]}"#, "malformed_json"),
        ("<!doctype html><title>Sign in</title>", "malformed_json"),
        ("{\u{0}}", "malformed_json"),
        (r#"{"x":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}"#, "nested_too_deeply"),
    ] {
        assert_eq!(check(text).await.unwrap_err().describe().code, code, "{text}");
    }
}

#[tokio::test]
async fn check_says_what_was_found() {
    let parts = check(
        r#"{"inventory":1,"users":["a","b"],"applications":["c"],"services":[{"id":"d","type":"recognition","faces":7},{"id":"e","type":"detection"}]}"#,
    );
    let parts = parts.await.unwrap();
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].name, "inventory");
    for words in ["users 2", "applications 1", "recognition 1", "verification 0", "detection 1"] {
        assert!(parts[0].found.contains(words), "{parts:?}");
    }
}

/// A decoder of JSON rounds them, or refuses the document.
#[tokio::test]
async fn numbers_of_faces_are_judged_exactly() {
    for (faces, is_read) in [
        ("51.0", true),
        ("5.1e1", true),
        ("9007199254740992.000", true),
        ("9007199254740993.0", false),
        ("0.99999999999999999999", false),
        ("1.00000000000000000001", false),
        ("1e400", false),
        ("1e-400", false),
        ("-1e400", false),
        ("1e99999999999999999999", false),
    ] {
        let service = format!(r#"{{"id":"a","type":"recognition","faces":{faces}}}"#);
        let document = format!(r#"{{"inventory":1,"users":[],"applications":[],"services":[{service}]}}"#);
        let read = check(&document).await;
        assert_eq!(read.is_ok(), is_read, "{faces}");
        assert_eq!(read.map_or_else(|error| places(&error), |_| Vec::new()).len(), usize::from(!is_read), "{faces}");
    }
    let long = format!(r#"{{"id":"a","type":"recognition","faces":1{}.0}}"#, "0".repeat(1 << 20));
    let document = format!(r#"{{"inventory":1,"users":[],"applications":[],"services":[{long}]}}"#);
    assert_eq!(places(&check(&document).await.unwrap_err()), ["services[0].faces"]);
}

/// Numbers that a decoder cannot hold, where something else is expected.
#[tokio::test]
async fn number_in_any_place_is_a_problem_of_that_place() {
    let document = r#"{"inventory":1,"users":1e400,"applications":[-1e400,"a"],"services":[1e400,{"id":1e400,"type":1e400}],"more":1e400}"#;
    let expected = ["users", "applications[0]", "services[0]", "services[1].id", "services[1].type"];
    assert_eq!(places(&check(document).await.unwrap_err()), expected);
}

#[tokio::test]
async fn what_is_skipped_may_have_strings_of_any_length() {
    let long = "a".repeat(1 << 20);
    let service =
        format!(r#"{{"id":"a","type":"detection","picture":"{long}","{}":[{{"{long}":"{long}"}}]}}"#, "b".repeat(4000));
    let document = format!(r#"{{"inventory":1,"more":"{long}","users":[],"applications":[],"services":[{service}]}}"#);
    assert!(check(&document).await.is_ok());
    // In place of something else, too.
    let document =
        format!(r#"{{"inventory":"{long}","users":"{long}","applications":["{long}"],"services":["{long}"]}}"#);
    let error = check(&document.replace(&format!("[\"{long}\"],\"services\""), "[],\"services\"")).await.unwrap_err();
    assert_eq!(places(&error), ["inventory", "users", "services[0]"]);
}

/// Strings and names that must be held to be compared are limited, and the error names the place.
#[tokio::test]
async fn limits_of_the_decoder_name_line_and_column() {
    let (long, deep) = ("a".repeat(4097), "[".repeat(20));
    for (document, place) in [
        (format!("{{\n\"{long}\":1}}"), "more than 4096 bytes at line 2, column 4098"),
        (format!("{{\"users\":\n\n [\"{long}\"]}}"), "more than 4096 bytes at line 3, column 4100"),
        (format!("{{\n\"more\":{deep}"), "nested too deeply at line 2, column 23"),
    ] {
        let text = causes(&check(&document).await.unwrap_err());
        assert!(text.contains(place), "{text}");
    }
}

/// Repeated ids are found across the batches in which they are compared.
#[tokio::test]
async fn each_repeated_id_of_a_long_list_is_listed() {
    let mut users: Vec<_> = (0..50_000).map(|user| format!("user-{user}")).collect();
    users[40_000] = users[3].clone();
    users[49_999] = users[49_998].clone();
    let document = serde_json::json!({ "inventory": 1, "users": users, "applications": [], "services": [] });
    let error = check(&document.to_string()).await.unwrap_err();
    assert_eq!(places(&error), ["users[40000]", "users[49999]"]);
}

#[tokio::test]
async fn problems_past_the_limit_are_counted() {
    let document =
        serde_json::json!({ "inventory": 1, "users": vec![7; 1000], "applications": [], "services": [] }).to_string();
    let error = check(&document).await.unwrap_err();
    assert_eq!(places(&error).len(), 101);
    assert!(causes(&error).contains("1000 problems") && causes(&error).ends_with("and 900 more"));
}
