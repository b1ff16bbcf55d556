use super::*;

fn problems(document: &str, ids: Ids) -> String {
    decode(document.as_bytes(), ids, Listing::Lines).unwrap().unwrap_err().to_string()
}

fn ids() -> Ids {
    Ids::checked().unwrap()
}

#[test]
fn ids_past_the_limit_are_one_problem() {
    let document = r#"{"inventory":1,"users":["a","b","c"],"applications":["a","a"],"services":[]}"#;
    let limited = |room| problems(document, Ids { room, ..ids() });
    assert!(limited(5).ends_with("  applications[1]: same id as an earlier item"), "{}", limited(5));
    let few = limited(3);
    assert!(few.starts_with("1 problem:\n  document: more than"), "{few}");
}

#[test]
fn another_version_is_the_one_problem() {
    for version in ["2", "0", "1.5", "-1", "1e400"] {
        let document = format!(r#"{{"users":[7],"inventory":{version},"services":[{{}}]}}"#);
        assert_eq!(problems(&document, ids()).lines().count(), 2, "{version}");
    }
    let not_a_number = r#"{"users":[7],"inventory":"2","services":[{}]}"#;
    assert_eq!(problems(not_a_number, ids()).lines().count(), 1 + 5);
}

#[test]
fn byte_order_mark_is_dropped_at_the_start_alone() {
    for (bytes, expected) in [
        (&b"\xef\xbb\xbf{}"[..], &b"{}"[..]),
        (b"{}\xef\xbb\xbf", b"{}\xef\xbb\xbf"),
        (b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb\xbf"),
        (b"\xef\xbb", b"\xef\xbb"),
        (b"\xef\xbb\xbf", b""),
        (b"{}", b"{}"),
        (b"", b""),
    ] {
        let mut read = Vec::new();
        without_mark(bytes).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, expected, "{bytes:?}");
    }
}
