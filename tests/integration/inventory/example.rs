//! The example server of docs/your-own-service.md works as that page says.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{call, current, previewed};
use crate::program::{eventually, told};

/// Twenty lines of Python's standard library.
struct Example {
    child: Child,
    port: u16,
}

impl Example {
    fn start(token_file: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/inventory_server.py");
        assert_eq!(std::fs::read_to_string(&script).unwrap().lines().count(), 20);
        // The port is free a moment later, too, unless another program takes it, which the check would tell.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("python3");
        command.arg(script).arg(port.to_string()).arg(token_file).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("python3 is missing");
        eventually("a connection", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn page_shows_the_example_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name| std::fs::read_to_string(root.join(name)).unwrap();
    let shown = format!("```python\n{}```\n", read("examples/inventory_server.py"));
    assert!(read("docs/your-own-service.md").contains(&shown));
}

#[test]
fn example_server_is_checked_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "a-token\n").unwrap();
    let example = Example::start(&token);
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", example.port);
    let with_token = |arguments: &[&str]| {
        call(arguments, &url("/inventory"), directory.path())
            .env("HEADCOUNT_INVENTORY_TOKEN_FILE", token.to_str().unwrap())
    };
    let (exit, text, said) = told(&with_token(&["check"]).output());
    assert_eq!(exit, Some(0), "{said}");
    assert!(text.contains("users 3, applications 1"), "{text}");
    let report = previewed(with_token(&["preview", "--format", "binary"]).output());
    assert_eq!(current(&report), ([2, 1, 0, 0], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(told(&call(&["check"], &url("/inventory"), directory.path()).output()).0, Some(3), "without a token");
    let other = with_token(&["check"]).env("HEADCOUNT_INVENTORY_URL", url("/other"));
    assert_eq!(told(&other.output()).0, Some(3), "no such path");
}

/// An empty token file must not let everybody in.
#[test]
fn example_server_rejects_every_request_while_its_token_is_empty() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "\n").unwrap();
    let example = Example::start(&token);
    for header in ["", "Authorization: Bearer \r\n", "Authorization: Bearer\r\n", "Authorization: \r\n"] {
        let mut stream = TcpStream::connect(("127.0.0.1", example.port)).unwrap();
        write!(stream, "GET /inventory HTTP/1.0\r\n{header}\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        assert_eq!(response.split(' ').nth(1), Some("401"), "{header}: {response}");
    }
}
