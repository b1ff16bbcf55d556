//! Serves the local page: who may request it, and what a browser may do with it.
//!
//! A page on loopback is within reach of each web site that the operator's browser has open. A site can resolve a name of its own to
//! 127.0.0.1 (DNS rebinding), so that a request must be for an address or `localhost`. Must not know what the page shows.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::header::{ALLOW, CONTENT_TYPE, HOST, HeaderValue, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use tokio::net::TcpListener;

use super::server::{ServerLimits, serve};

/// A browser sends about twenty headers. It may load the page over a slow forwarded port.
const LIMITS: ServerLimits =
    ServerLimits { connections: 8, time: Duration::from_secs(60), headers: 64, head: 16 * 1024 };

/// What a browser may do with any response.
const STRICT: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

/// What is served.
#[derive(Debug)]
pub struct ServedPage {
    /// The document.
    pub html: String,
    /// Its Content-Security-Policy.
    pub policy: String,
}

/// The server, listening but not answering yet.
#[derive(Debug)]
pub struct PageServer {
    listener: TcpListener,
    address: SocketAddr,
}

impl PageServer {
    /// Listens.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn listen(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens; with the port that was picked, if port 0 was requested.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers each request with a page made for it, or with the reason why none can be made, until it is dropped.
    pub async fn serve(self, page: impl Fn() -> Result<ServedPage, String> + Clone + Send + 'static) {
        let ip = self.address.ip();
        let respond =
            move |request: &Request<Incoming>| match refusal(request.method(), request.uri(), request.headers(), ip) {
                Some((status, text)) => plain(status, text.to_owned()),
                None => page().map_or_else(|reason| plain(StatusCode::INTERNAL_SERVER_ERROR, reason), html),
            };
        serve(self.listener, LIMITS, respond).await;
    }
}

/// Why a request gets no page, if so.
fn refusal(method: &Method, uri: &Uri, headers: &HeaderMap, listening: IpAddr) -> Option<(StatusCode, &'static str)> {
    let is_allowed = |authority: &Authority| is_allowed(authority, listening);
    // The target of a request has an authority too where a client believes that this is a proxy.
    let Some(host) = only(headers, &HOST).and_then(|host| host.parse::<Authority>().ok()).filter(is_allowed) else {
        return Some((StatusCode::MISDIRECTED_REQUEST, "the host of the request is not the address of this page\n"));
    };
    if uri.authority().is_some_and(|authority| *authority != host) {
        return Some((StatusCode::MISDIRECTED_REQUEST, "the target of the request is not this page\n"));
    }
    if headers.contains_key(ORIGIN) && only(headers, &ORIGIN) != Some(&format!("http://{host}")) {
        return Some((StatusCode::FORBIDDEN, "the origin of the request is not this page\n"));
    }
    if uri.path() != "/" {
        return Some((StatusCode::NOT_FOUND, "not found; the page is at /\n"));
    }
    (!matches!(*method, Method::GET | Method::HEAD)).then_some((StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n"))
}

/// The value of a header that occurs once.
fn only<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Whether a request may be for this host. A forwarded port may have another number. No name but `localhost` is allowed.
fn is_allowed(authority: &Authority, listening: IpAddr) -> bool {
    let host = authority.host();
    if authority.as_str().contains('@') {
        return false;
    }
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback() || ip == listening || listening.is_unspecified(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

fn html(page: ServedPage) -> http::Result<Response<Full<Bytes>>> {
    let policy = HeaderValue::try_from(page.policy)?;
    let mut response = respond(StatusCode::OK, "text/html; charset=utf-8", page.html)?;
    response.headers_mut().insert(http::header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

fn plain(status: StatusCode, text: String) -> http::Result<Response<Full<Bytes>>> {
    let mut response = respond(status, "text/plain; charset=utf-8", text)?;
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    Ok(response)
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> http::Result<Response<Full<Bytes>>> {
    let response = Response::builder().status(status).header(CONTENT_TYPE, kind);
    let response = STRICT.iter().fold(response, |response, (name, value)| response.header(*name, *value));
    response.body(Full::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(target: &str, headers: &[(&'static str, &str)], listening: &str) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let refusal = refusal(&Method::GET, &target.parse().unwrap(), &map, listening.parse().unwrap());
        refusal.map(|(status, _)| status.as_u16())
    }

    #[test]
    fn only_addresses_and_localhost_are_hosts_of_the_page() {
        let loopback = "127.0.0.1";
        for host in ["127.0.0.1:13234", "127.0.0.1", "localhost:8080", "LOCALHOST", "[::1]:13234", "127.9.9.9:1"] {
            assert_eq!(refused("/", &[("host", host)], loopback), None, "{host}");
        }
        let names = ["rebound.example", "localhost.example:13234", "127.0.0.1.example", "10.1.2.3:13234", "", "a b"];
        for host in names.into_iter().chain(["127.0.0.1:13234@example", "me@127.0.0.1", "0x7f000001", "[::1"]) {
            assert_eq!(refused("/", &[("host", host)], loopback), Some(421), "{host}");
        }
        assert_eq!(refused("/", &[], loopback), Some(421));
        assert_eq!(refused("/", &[("host", "127.0.0.1"), ("host", "127.0.0.1")], loopback), Some(421));
        assert_eq!(refused("http://rebound.example/", &[("host", "127.0.0.1")], loopback), Some(421));
        assert_eq!(refused("/", &[("host", "10.1.2.3:13234")], "10.1.2.3"), None);
        assert_eq!(refused("/", &[("host", "10.1.2.4:13234")], "10.1.2.3"), Some(421));
        assert_eq!(refused("/", &[("host", "10.1.2.4:13234")], "0.0.0.0"), None);
        assert_eq!(refused("/", &[("host", "rebound.example")], "0.0.0.0"), Some(421));
    }

    #[test]
    fn only_the_page_itself_is_an_origin() {
        let asked = |origin| refused("/", &[("host", "localhost:13234"), ("origin", origin)], "127.0.0.1");
        assert_eq!(asked("http://localhost:13234"), None);
        for origin in ["http://rebound.example", "http://localhost:80", "https://localhost:13234", "null", ""] {
            assert_eq!(asked(origin), Some(403), "{origin}");
        }
    }

    #[test]
    fn only_get_and_head_of_one_path_are_allowed() {
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
        let ask = |method: &str, target: &'static str| {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            refusal(&method, &Uri::from_static(target), &headers, IpAddr::from([127, 0, 0, 1]))
        };
        for method in ["GET", "HEAD"] {
            assert_eq!(ask(method, "/"), None, "{method}");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get"] {
            assert_eq!(ask(method, "/").map(|(status, _)| status.as_u16()), Some(405), "{method}");
        }
        for target in ["/favicon.ico", "/index.html", "//"] {
            assert_eq!(ask("GET", target).map(|(status, _)| status.as_u16()), Some(404), "{target}");
        }
    }
}
