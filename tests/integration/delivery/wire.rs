//! What is on the wire: the approved bytes, the headers that the contract lists, and nothing else.

use headcount::config::{BaseUrl, Compression, EndpointSettings, Transport, headers};
use headcount::delivery::SendOutcome;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;

use super::{REPORT, TRANSPORTS, deliver, open, permit};
use crate::support::endpoint::{Endpoint, Received};

async fn received(transport: Transport, change: impl FnOnce(&mut EndpointSettings)) -> (Endpoint, Received) {
    let endpoint = Endpoint::plain(transport).await;
    let mut settings = endpoint.settings();
    change(&mut settings);
    assert_eq!(deliver(&settings).await, SendOutcome::Delivered);
    let request = endpoint.only_request();
    (endpoint, request)
}

#[tokio::test]
async fn http_sends_approved_bytes_and_listed_headers() {
    let (endpoint, request) = received(Transport::HttpProtobuf, |_| {}).await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.uri, "/v1/metrics");
    assert_eq!(request.body, REPORT);
    assert_eq!(request.header_names(), ["content-length", "content-type", "host", "user-agent"]);
    assert_eq!(request.header("host").unwrap(), endpoint.address().to_string());
    assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(request.header("content-length").unwrap(), REPORT.len().to_string());
    assert_eq!(request.header("user-agent"), Some("headcount/2"));
}

#[tokio::test]
async fn http_sends_the_head_and_the_body_and_not_a_byte_more() {
    let (endpoint, _) = received(Transport::HttpProtobuf, |_| {}).await;
    let head = format!(
        "POST /v1/metrics HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\
         user-agent: headcount/2\r\n\r\n",
        endpoint.address(),
        REPORT.len()
    );
    assert_eq!(endpoint.wire(), [[head.as_bytes(), REPORT].concat()]);
}

#[tokio::test]
async fn grpc_sends_approved_bytes_and_listed_headers() {
    let (_endpoint, request) = received(Transport::Grpc, |_| {}).await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.uri.path(), "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
    assert_eq!(request.message, REPORT);
    assert_eq!(request.body[..5], [&[0][..], &u32::try_from(REPORT.len()).unwrap().to_be_bytes()].concat());
    assert_eq!(request.header_names(), ["content-type", "grpc-timeout", "te", "user-agent"]);
    assert_eq!(request.header("content-type"), Some("application/grpc"));
    assert_eq!(request.header("te"), Some("trailers"));
    assert_eq!(request.header("grpc-timeout"), Some("10000000u"));
    assert_eq!(request.header("user-agent"), Some("headcount/2"));
}

#[tokio::test]
async fn gzip_carries_the_same_bytes_in_less_room() {
    for (transport, header, names) in [
        (
            Transport::HttpProtobuf,
            "content-encoding",
            vec!["content-encoding", "content-length", "content-type", "host", "user-agent"],
        ),
        (Transport::Grpc, "grpc-encoding", vec!["content-type", "grpc-encoding", "grpc-timeout", "te", "user-agent"]),
    ] {
        let (_endpoint, request) = received(transport, |settings| settings.compression = Compression::Gzip).await;
        assert_eq!(request.message, REPORT);
        assert!(request.body.len() < REPORT.len() / 2, "{} bytes", request.body.len());
        assert_eq!(request.header_names(), names);
        assert_eq!(request.header(header), Some("gzip"));
    }
}

#[tokio::test]
async fn the_operators_headers_are_added_and_the_files_win() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("headers");
    std::fs::write(&file, "authorization=Bearer from-file\n").unwrap();
    for transport in TRANSPORTS {
        let (_endpoint, request) = received(transport, |settings| {
            settings.headers.values = headers::parse_list("x-scope=a%20b,authorization=by-value").unwrap();
            settings.headers.file = Some(file.clone());
        })
        .await;
        assert_eq!(request.header("x-scope"), Some("a b"));
        let authorizations: Vec<_> = request.headers.get_all("authorization").iter().collect();
        assert_eq!(authorizations, ["Bearer from-file"]);
        assert_eq!(request.headers.len(), 6);
    }
}

#[tokio::test]
async fn the_path_of_an_http_url_comes_first() {
    let endpoint = Endpoint::http().await;
    let mut settings = endpoint.settings();
    settings.url = BaseUrl::parse(&format!("http://{}/otlp/", endpoint.address())).unwrap();
    assert_eq!(deliver(&settings).await, SendOutcome::Delivered);
    assert_eq!(endpoint.only_request().uri, "/otlp/v1/metrics");
}

#[tokio::test]
async fn an_empty_request_is_a_valid_request_without_metrics() {
    for transport in TRANSPORTS {
        let endpoint = Endpoint::plain(transport).await;
        assert_eq!(open(&endpoint.settings()).send_empty(&permit()).await, SendOutcome::Delivered);
        let request = endpoint.only_request();
        assert_eq!(request.report(), ExportMetricsServiceRequest::default());
        if transport == Transport::HttpProtobuf {
            assert_eq!(request.header("content-length"), Some("0"));
        }
    }
}
