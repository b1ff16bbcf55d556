//! The health endpoint over real sockets, asked by our own question and by raw bytes.

use std::net::SocketAddr;
use std::time::Duration;

use headcount::config::HealthAddress;
use headcount::ops::health::{Health, HealthError, Heartbeat, ask, ask_to_sign_out};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const ANY_PORT: &str = "127.0.0.1:0";

/// Serves on a port of its own until the handle is aborted or the test's runtime ends.
async fn served(heartbeat: Heartbeat) -> (SocketAddr, JoinHandle<()>) {
    let health = Health::listen(HealthAddress::Listen(ANY_PORT.parse().unwrap())).await.unwrap().unwrap();
    (health.address(), tokio::spawn(health.serve(heartbeat)))
}

fn beating() -> Heartbeat {
    Heartbeat::new(Duration::from_secs(3600))
}

/// Sends these bytes and returns everything that comes back.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // A server that refuses a request half-read may reset the connection behind its answer.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

async fn get(address: SocketAddr, method: &str, path: &str) -> String {
    exchange(address, format!("{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await
}

#[tokio::test]
async fn a_live_loop_is_healthy() {
    let (address, _serving) = served(beating()).await;
    ask(HealthAddress::Listen(address)).await.unwrap();
    let answer = get(address, "GET", "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
    // Nothing about the installation, not even its idea of the time.
    let mut headers: Vec<_> = answer.lines().skip(1).filter_map(|line| line.split_once(": ")).map(|h| h.0).collect();
    headers.sort_unstable();
    assert_eq!(headers, ["connection", "content-length", "content-type"]);
}

#[tokio::test]
async fn a_loop_that_stopped_is_not_healthy() {
    let heartbeat = Heartbeat::new(Duration::ZERO);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let (address, _serving) = served(heartbeat).await;
    let error = ask(HealthAddress::Listen(address)).await.unwrap_err();
    assert!(matches!(error, HealthError::Unhealthy { status: http::StatusCode::SERVICE_UNAVAILABLE, .. }), "{error}");
}

#[tokio::test]
async fn other_paths_are_404_and_other_methods_405() {
    let (address, _serving) = served(beating()).await;
    for path in ["/", "/healthz/", "/metrics", "/healthz2"] {
        assert!(get(address, "GET", path).await.starts_with("HTTP/1.1 404 "), "{path}");
    }
    for method in ["POST", "HEAD", "DELETE"] {
        let answer = get(address, method, "/healthz").await;
        assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET"), "{method}: {answer}");
    }
    let answer = get(address, "GET", "/sign-out").await;
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: POST"), "{answer}");
}

#[tokio::test]
async fn the_loop_is_asked_to_sign_out_by_a_post_alone() {
    let heartbeat = beating();
    let (address, _serving) = served(heartbeat.clone()).await;
    get(address, "GET", "/sign-out").await;
    let asked = tokio::time::timeout(Duration::ZERO, heartbeat.asked_to_sign_out()).await;
    assert!(asked.is_err(), "looking was taken for asking");
    ask_to_sign_out(HealthAddress::Listen(address)).await.unwrap();
    heartbeat.asked_to_sign_out().await;
}

#[tokio::test]
async fn invalid_health_request_gets_no_200() {
    let (address, _serving) = served(beating()).await;
    let long = format!("GET /healthz HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    let many = format!("GET /healthz HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(100));
    for request in [long.as_bytes(), many.as_bytes(), b"\x16\x03\x01\x02\x00hello\r\n\r\n"] {
        let answer = exchange(address, request).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    ask(HealthAddress::Listen(address)).await.unwrap();
}

#[tokio::test]
async fn hanging_health_connection_is_closed() {
    let (address, _serving) = served(beating()).await;
    let mut hanging = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTT").await.unwrap();
        hanging.push(stream);
    }
    // Answered only once one of the four has been let go; none of them says another byte.
    let answer = tokio::time::timeout(Duration::from_secs(20), get(address, "GET", "/healthz")).await;
    assert!(answer.expect("hanging connections are never let go").starts_with("HTTP/1.1 200"));
    for mut stream in hanging {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert_eq!(rest, b"");
    }
}

#[tokio::test]
async fn many_probes_one_after_another_are_answered() {
    let (address, _serving) = served(beating()).await;
    for _ in 0..50 {
        ask(HealthAddress::Listen(address)).await.unwrap();
    }
}

#[tokio::test]
async fn off_listens_nowhere_and_is_healthy() {
    assert!(Health::listen(HealthAddress::Off).await.unwrap().is_none());
    ask(HealthAddress::Off).await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let taken = TcpListener::bind(ANY_PORT).await.unwrap();
    let address = taken.local_addr().unwrap();
    assert!(Health::listen(HealthAddress::Listen(address)).await.is_err());
}

#[tokio::test]
async fn who_cannot_be_asked_is_not_healthy() {
    let error = ask(HealthAddress::Listen(ANY_PORT.parse().unwrap())).await.unwrap_err();
    assert!(matches!(error, HealthError::PortUnknown), "{error}");

    let (address, serving) = served(beating()).await;
    serving.abort();
    let _ = serving.await;
    let error = ask(HealthAddress::Listen(address)).await.unwrap_err();
    assert!(matches!(error, HealthError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn something_else_at_the_address_is_not_healthy() {
    let listener = TcpListener::bind(ANY_PORT).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example.com ready\r\n").await.unwrap();
        // Held open: what was said must do.
        std::future::pending::<()>().await;
    });
    let error = ask(HealthAddress::Listen(address)).await.unwrap_err();
    assert!(matches!(error, HealthError::NotHttp { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn probe_limit_is_longer_than_a_probers() {
    let listener = TcpListener::bind(ANY_PORT).await.unwrap();
    let address = HealthAddress::Listen(listener.local_addr().unwrap());
    let begun = tokio::time::Instant::now();
    let error = ask(address).await.unwrap_err();
    assert!(matches!(error, HealthError::Slow { .. }), "{error}");
    assert!((Duration::from_secs(60)..Duration::from_secs(600)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    let begun = tokio::time::Instant::now();
    let error = ask_to_sign_out(address).await.unwrap_err();
    assert!(matches!(error, HealthError::Slow { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}
