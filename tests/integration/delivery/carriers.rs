//! What goes around a report's bytes is what the contract's table lists: all of it, and nothing else.

use headcount::config::{BaseUrl, Compression, EndpointSettings, Transport, headers};
use headcount::contract::Carrier;
use headcount::delivery::SendOutcome;
use headcount::source::compreface::CONTRACT;

use super::{TRANSPORTS, deliver};
use crate::support::endpoint::{Endpoint, HOST};
use crate::support::proxy::Proxy;

fn carrier(protocol: &str) -> Carrier {
    let carriers = CONTRACT.terms().carriers;
    carriers.into_iter().find(|carrier| carrier.protocol.starts_with(protocol)).unwrap()
}

fn of(transport: Transport) -> Carrier {
    carrier(match transport {
        Transport::HttpProtobuf => "http/protobuf",
        Transport::Grpc => "grpc",
    })
}

/// Whether a text is what the table says, where `{...}` stands for anything that is not empty.
fn fits(text: &str, template: &str) -> bool {
    let Some((start, rest)) = template.split_once('{') else { return text == template };
    let Some((_, end)) = rest.split_once('}') else { return false };
    let Some(rest) = text.strip_prefix(start) else { return false };
    (1..=rest.len()).any(|at| rest.is_char_boundary(at) && fits(&rest[at..], end))
}

/// Compares headers with those of the table's rows that apply.
fn assert_listed(found: &[(String, String)], carrier: &Carrier, applies: impl Fn(&str) -> bool) {
    let rows: Vec<_> = carrier.headers.iter().filter(|row| row.when == "always" || applies(row.when)).collect();
    assert_eq!(found.len(), rows.len(), "{found:?} for {rows:?}");
    for row in rows {
        let fitting = |(name, value): &&(String, String)| fits(name, row.name) && fits(value, row.value);
        assert!(found.iter().any(|header| fitting(&header)), "{row:?} in {found:?}");
    }
}

#[tokio::test]
async fn a_requests_headers_are_the_rows_of_the_table() {
    for transport in TRANSPORTS {
        for (compression, configured) in [
            (Compression::None, false),
            (Compression::Gzip, false),
            (Compression::None, true),
            (Compression::Gzip, true),
        ] {
            let endpoint = Endpoint::plain(transport).await;
            let mut settings = endpoint.settings();
            settings.compression = compression;
            if configured {
                settings.headers.values = headers::parse_list("x-scope=anything").unwrap();
            }
            assert_eq!(deliver(&settings).await, SendOutcome::Delivered);
            let request = endpoint.only_request();
            let found: Vec<_> = request
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            assert_listed(&found, &of(transport), |when| {
                (when.contains("gzip") && compression == Compression::Gzip) || (when.contains("operator") && configured)
            });
            let path = request.uri.path();
            let line = format!("{} {path}", request.method);
            let template = of(transport).request;
            // The path of an endpoint may be empty.
            assert!(fits(&line, template) || fits(&line.replace(" /v1", " //v1"), template), "{line}: {template}");
        }
    }
}

fn beyond(endpoint: &Endpoint, proxy: &Proxy, user: &str) -> EndpointSettings {
    let mut settings = endpoint.settings();
    settings.url = BaseUrl::parse(&format!("http://{HOST}")).unwrap();
    settings.proxy = proxy.settings(user);
    settings
}

#[tokio::test]
async fn what_a_proxy_is_sent_are_the_rows_of_the_table() {
    for transport in TRANSPORTS {
        for user in ["", "user:pass@"] {
            let endpoint = Endpoint::plain(transport).await;
            let proxy = Proxy::to(endpoint.address()).await;
            assert_eq!(deliver(&beyond(&endpoint, &proxy, user)).await, SendOutcome::Delivered);
            let head = proxy.asked().remove(0);
            let mut lines = head.trim_end().lines();
            let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
            let found: Vec<_> = lines
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let table = carrier(match transport {
                Transport::HttpProtobuf => "http/protobuf without TLS",
                Transport::Grpc => "through a proxy",
            });
            assert_listed(&found, &table, |when| when.contains("credentials") && !user.is_empty());
            assert!(fits(&line, table.request), "{line}");
        }
    }
}

#[test]
fn a_template_fits_what_it_describes_and_nothing_else() {
    assert!(
        fits("headcount/1", "headcount/1") && fits("a:80", "{host}:{port}") && fits("POST /x/v1", "POST {path}/v1")
    );
    assert!(!fits("headcount/2", "headcount/1") && !fits("a:", "{host}:{port}") && !fits("POST /v1", "POST {path}/v2"));
}
