//! Any Set-Cookie headers of a sign-in: the cookie that is sent back is one that was set, whole and alone, and no byte of it
//! becomes another header.
//!
//! Input: a Set-Cookie header's value on each line.

#![no_main]

use headcount_fuzz::service::{Door, Service};
use headcount_fuzz::{assert_tells_no_secret, memory, told};
use libfuzzer_sys::fuzz_target;

/// As for other answers.
const MEMORY: usize = 1024 * 1024;

fuzz_target!(|input: &[u8]| {
    let values: Vec<&[u8]> = input.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n".to_vec();
    for value in &values {
        answer.extend_from_slice(b"Set-Cookie: ");
        answer.extend_from_slice(value);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"content-length: 2\r\n\r\n{}");
    let service = Service::answering(Door::Token, answer);
    let (_, outcome) = memory::within(MEMORY + 8 * input.len(), || service.scrape());
    if let Err(error) = &outcome {
        assert_tells_no_secret(&told(error));
    }
    for asked in service.asked() {
        let (names, cookie) = headers(&asked.head);
        let (allowed, name): (&[&str], &str) = match asked.door {
            Door::Faces => (&["host", "user-agent", "x-api-key"], ""),
            Door::Token => {
                (&["authorization", "content-type", "content-length", "host", "user-agent", "cookie"], "REFRESH_TOKEN=")
            }
            Door::SignOut => (&["authorization", "host", "user-agent", "cookie"], "CFSESSION="),
            Door::Me | Door::Users | Door::Applications | Door::Services | Door::Statistics => {
                (&["cookie", "host", "user-agent"], "CFSESSION=")
            }
        };
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
        let Some(cookie) = cookie else {
            assert!(matches!(asked.door, Door::Faces | Door::Token), "{:?}", asked.door);
            continue;
        };
        let value = cookie.strip_prefix(name).expect("the cookie that this request needs");
        assert!(!value.is_empty() && !value.contains(';'), "not one cookie");
        let was_set = |line: &&[u8]| line.windows(value.len()).any(|part| part == value.as_bytes());
        assert!(values.iter().any(was_set), "it was never set");
    }
});

/// The names of all headers, and the value of the one that is called cookie.
fn headers(head: &str) -> (Vec<&str>, Option<&str>) {
    let lines = head.split("\r\n").skip(1).map(|line| line.split_once(": ").expect("a header"));
    let headers: Vec<_> = lines.collect();
    let mut names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a header is there twice");
    (names, headers.iter().find(|(name, _)| *name == "cookie").map(|(_, value)| *value))
}
