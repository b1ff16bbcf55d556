//! What may be wrong with a document, and what may be strange and is right all the same.

use crate::support::inventory::Installation;
use crate::support::world::Seeded;

/// Documents that must not be counted, and what makes them so.
pub(super) const WRONG: [&str; 18] = [
    "a user twice",
    "a service twice",
    "a number as an id",
    "no users",
    "users that are no array",
    "no list of services",
    "no faces",
    "faces below zero",
    "faces beyond 2^53",
    "faces of a detection service",
    "a type that does not exist",
    "another version",
    "an id of 257 bytes",
    "users twice",
    "cut short",
    "something after it",
    "nested deep",
    "nothing in it",
];

/// The same, and no text.
pub(super) const NOT_TEXT: &str = "not UTF-8";

/// Documents that are as right as the usual one.
pub(super) const STRANGE: [&str; 4] = ["nothing", "a byte order mark", "unknown members", "another order"];

/// The document of an installation with this about it.
pub(super) fn write(installation: &Installation, fault: &str, random: &Seeded) -> Vec<u8> {
    let usual = installation.document();
    let members = |members: &str| usual.replacen('{', &format!("{{{members},"), 1);
    let with_service = |service: &str| usual.replacen("\"services\":[", &format!("\"services\":[{service},"), 1);
    let text = match fault {
        "a user twice" => usual.replacen("\"users\":[", "\"users\":[\"Olga\",\"Olga\",", 1),
        "a service twice" => with_service(r#"{"id":"Olga","type":"detection"},{"type":"detection","id":"Olga"}"#),
        "a number as an id" => usual.replacen("\"users\":[", "\"users\":[7,", 1),
        "no users" => usual.replacen("\"users\"", "\"people\"", 1),
        "users that are no array" => members(r#""users":{"Olga":1}"#),
        "no list of services" => usual.replacen("\"services\"", "\"devices\"", 1),
        "no faces" => with_service(r#"{"id":"Olga","type":"recognition"}"#),
        "faces below zero" => with_service(r#"{"id":"Olga","type":"recognition","faces":-1}"#),
        "faces beyond 2^53" => with_service(r#"{"id":"Olga","type":"recognition","faces":9007199254740993}"#),
        "faces of a detection service" => with_service(r#"{"id":"Olga","type":"detection","faces":1}"#),
        "a type that does not exist" => with_service(r#"{"id":"Olga","type":"psychic"}"#),
        "another version" => usual.replacen("\"inventory\":1", "\"inventory\":2", 1),
        "an id of 257 bytes" => usual.replacen("\"users\":[", &format!("\"users\":[\"{}\",", "a".repeat(257)), 1),
        "users twice" => members(r#""users":[]"#),
        "cut short" => {
            let at = 1 + random.below(usual.len() - 1);
            return usual.into_bytes()[..at].to_vec();
        }
        "something after it" => format!("{usual}]}}garbage"),
        NOT_TEXT => return [b"{\"\xff\xfe\":1,", &usual.as_bytes()[1..]].concat(),
        "nested deep" => members(&format!("\"a\":{}{}", "[".repeat(2000), "]".repeat(2000))),
        "nothing in it" => String::new(),
        "a byte order mark" => format!("\u{feff}{usual}"),
        "unknown members" => members(r#""address":"Grace","services ":[7,{"users":["Olga"]}]"#),
        "another order" => reversed(&usual),
        _ => usual,
    };
    text.into_bytes()
}

/// The same document with its members in the reverse order.
fn reversed(document: &str) -> String {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(document).unwrap();
    let members: Vec<_> = members.iter().rev().map(|(name, value)| format!("{name:?}: {value}")).collect();
    format!("{{ {} }}\n", members.join(",\n"))
}

#[test]
fn each_fault_makes_another_document() {
    let mut installation = Installation::default();
    installation.users.push("1".to_owned());
    installation.add_collection("2", 7);
    let random = Seeded::new(1);
    let usual = installation.document().into_bytes();
    for fault in WRONG.into_iter().chain(STRANGE).chain([NOT_TEXT]) {
        assert_eq!(write(&installation, fault, &random) == usual, fault == "nothing", "{fault}");
    }
}
