//! The way through proxies, and around them.

use headcount::config::{BaseUrl, EndpointSettings, Transport};
use headcount::delivery::SendOutcome;
use headcount::source::compreface::CONTRACT;
use secrecy::SecretString;

use super::{REPORT, TRANSPORTS, ambiguous, deliver, held, retry};
use crate::support::endpoint::{Endpoint, HOST};
use crate::support::proxy::Proxy;
use crate::support::tls::Certificates;

/// Settings for an endpoint that only the proxy can find.
fn beyond(endpoint: &Endpoint, proxy: &Proxy, user: &str) -> EndpointSettings {
    let mut settings = endpoint.settings();
    let scheme = if settings.url.is_tls() { "https" } else { "http" };
    settings.url = BaseUrl::parse(&format!("{scheme}://{HOST}")).unwrap();
    settings.proxy = proxy.settings(user);
    settings
}

#[tokio::test]
async fn proxy_receives_only_the_endpoints_address() {
    let certificates = Certificates::new();
    for transport in TRANSPORTS {
        for (endpoint, port) in [
            (Endpoint::plain(transport).await, 80),
            (Endpoint::builder(transport).tls(&certificates).start().await, 443),
        ] {
            let proxy = Proxy::to(endpoint.address()).await;
            assert_eq!(deliver(&beyond(&endpoint, &proxy, "")).await, SendOutcome::Delivered);
            let asked = proxy.asked();
            assert_eq!(asked.len(), 1);
            if (transport, port) == (Transport::HttpProtobuf, 80) {
                let forwarded = format!("POST http://{HOST}/v1/metrics HTTP/1.1\r\nhost: {HOST}\r\n");
                assert!(asked[0].starts_with(&forwarded) && asked[0].lines().count() == 6, "{}", asked[0]);
            } else {
                assert_eq!(asked[0], format!("CONNECT {HOST}:{port} HTTP/1.1\r\nhost: {HOST}:{port}\r\n\r\n"));
            }
            let request = endpoint.only_request();
            assert_eq!(request.message, REPORT);
            assert_eq!(request.headers.len(), 4, "{:?}", request.header_names());
        }
    }
}

#[tokio::test]
async fn a_proxys_user_and_password_go_to_the_proxy_alone() {
    let certificates = Certificates::new();
    for endpoint in
        [Endpoint::http().await, Endpoint::builder(Transport::HttpProtobuf).tls(&certificates).start().await]
    {
        let proxy = Proxy::with_authorization(endpoint.address(), "Basic dXNlcjpwYXNz").await;
        assert_eq!(deliver(&beyond(&endpoint, &proxy, "user:pass@")).await, SendOutcome::Delivered);
        let head = proxy.asked().remove(0);
        assert!(head.contains("\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{head}");
        assert_eq!(endpoint.only_request().header("proxy-authorization"), None);
        let outcome = deliver(&beyond(&endpoint, &proxy, "user:hunter2@")).await;
        assert!(!format!("{outcome} {outcome:?}").contains("hunter2"), "{outcome:?}");
        assert!(["proxy_refused", "proxy_authentication"].contains(&held(&outcome)));
        assert_eq!(endpoint.requests().len(), 1);
    }
}

#[tokio::test]
async fn forwarded_request_has_port_and_path() {
    let endpoint = Endpoint::http().await;
    let proxy = Proxy::to(endpoint.address()).await;
    let mut settings = beyond(&endpoint, &proxy, "");
    settings.url = BaseUrl::parse(&format!("http://{HOST}:4318/otlp")).unwrap();
    assert_eq!(deliver(&settings).await, SendOutcome::Delivered);
    let line = format!("POST http://{HOST}:4318/otlp/v1/metrics HTTP/1.1\r\nhost: {HOST}:4318\r\n");
    assert!(proxy.asked()[0].starts_with(&line), "{:?}", proxy.asked());
    assert_eq!(endpoint.only_request().uri, "/otlp/v1/metrics");
}

#[tokio::test]
async fn a_proxy_can_speak_tls_itself() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::HttpProtobuf).mutual_tls(&certificates).start().await;
    let proxy = Proxy::tls(endpoint.address(), &certificates).await;
    assert_eq!(deliver(&beyond(&endpoint, &proxy, "")).await, SendOutcome::Delivered);
    assert_eq!(proxy.asked().len(), 1);
    let mut settings = beyond(&endpoint, &proxy, "");
    settings.tls.certificate = Some(certificates.path("other-ca.pem"));
    assert_eq!(held(&deliver(&settings).await), "proxy_tls");
}

#[tokio::test]
async fn what_is_no_proxy_is_told_from_the_endpoint() {
    let endpoint = Endpoint::http().await;
    let stranger =
        Endpoint::builder(Transport::HttpProtobuf).raw_answer("220 mail.example.com ESMTP\r\n").start().await;
    let mut settings = endpoint.settings();
    settings.url = BaseUrl::parse(&format!("http://{HOST}")).unwrap();
    settings.proxy.http = Some(SecretString::from(stranger.address().to_string()));
    assert_eq!(held(&deliver(&settings).await), "proxy_not_http");
}

#[tokio::test]
async fn failing_proxy_is_distinguished_from_endpoint() {
    let certificates = Certificates::new();
    let endpoint = Endpoint::builder(Transport::HttpProtobuf).tls(&certificates).start().await;
    let refusing = Proxy::refusing(403).await;
    assert_eq!(held(&deliver(&beyond(&endpoint, &refusing, "")).await), "proxy_refused");
    let plain = Endpoint::http().await;
    assert_eq!(ambiguous(&deliver(&beyond(&plain, &refusing, "")).await), "forbidden");
    let busy = Proxy::refusing(503).await;
    assert_eq!(retry(&deliver(&beyond(&endpoint, &busy, "")).await), "proxy_refused");
    retry(&deliver(&beyond(&plain, &busy, "")).await);
    let settings = [beyond(&endpoint, &busy, "user:hunter2@"), beyond(&plain, &busy, "user:hunter2@")];
    drop(busy);
    for settings in settings {
        let outcome = deliver(&settings).await;
        assert!(!format!("{outcome} {outcome:?}").contains("hunter2"), "{outcome:?}");
        assert_eq!(retry(&outcome), "proxy_unreachable");
    }
    assert!(endpoint.requests().is_empty() && plain.requests().is_empty());
}

#[tokio::test]
async fn loopback_and_no_proxy_hosts_bypass_the_proxy() {
    let endpoint = Endpoint::http().await;
    let proxy = Proxy::to(endpoint.address()).await;
    let mut settings = endpoint.settings();
    settings.proxy = proxy.settings("");
    assert_eq!(deliver(&settings).await, SendOutcome::Delivered);
    // Dialed directly, this name reaches the endpoint through the test's dialer alone.
    let mut settings = beyond(&endpoint, &proxy, "");
    settings.proxy.no_proxy = Some(format!("other.example.org, {HOST}"));
    let sender = headcount::delivery::Sender::open(
        &settings,
        CONTRACT.user_agent,
        &endpoint.dialer(),
        std::sync::Arc::new(super::Stopped),
    )
    .unwrap();
    assert_eq!(sender.send(&super::permit(), &super::report()).await, SendOutcome::Delivered);
    assert!(proxy.asked().is_empty());
}

#[tokio::test]
async fn settings_with_a_proxys_password_do_not_show_it() {
    let endpoint = Endpoint::http().await;
    let mut settings = endpoint.settings();
    settings.proxy.http = Some(SecretString::from("http://user:hunter2@proxy.example.com"));
    assert!(!format!("{settings:?} {:?}", super::open(&settings)).contains("hunter2"));
}
