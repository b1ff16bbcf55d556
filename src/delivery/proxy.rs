//! Proxies: which one is used for the endpoint, and how a tunnel is opened.
//!
//! An `https://` endpoint is reached through a tunnel (CONNECT), so that the proxy sees a host and a port, and nothing else.
//! A request to an `http://` endpoint is sent to the proxy with its whole URL: proxies allow CONNECT for the port of TLS
//! alone. gRPC without TLS also takes a tunnel, since no proxy forwards HTTP/2; one that does not allow it says so.

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::Scheme;
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret;
use tokio_util::task::AbortOnDropHandle;

use super::error::DeliveryError;
use super::no_proxy;
use super::prepare::PrepareError;
use crate::config::{self, BaseUrl, ProxySettings};
use crate::net::Stream;

/// Headers of an answer to CONNECT are few; this is the least that hyper allows.
const MAX_CONNECT_RESPONSE_BYTES: usize = 8 * 1024;

/// A proxy on the way to the endpoint.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy for this endpoint, if the settings name one. Loopback is always reached directly.
    pub(super) fn choose(
        settings: &ProxySettings,
        url: &BaseUrl,
        endpoint: &Uri,
    ) -> Result<Option<Self>, PrepareError> {
        let (variable, value) =
            if url.is_tls() { ("HTTPS_PROXY", &settings.https) } else { ("HTTP_PROXY", &settings.http) };
        let Some(value) = value.as_ref().filter(|value| !value.expose_secret().is_empty() && !url.is_loopback()) else {
            return Ok(None);
        };
        let exceptions = settings.no_proxy.as_deref().unwrap_or_default();
        if no_proxy::names(exceptions, url.host(), url.port()) {
            return Ok(None);
        }
        // An invalid proxy must not mean a direct connection.
        let proxy = Matcher::builder().all(value.expose_secret()).build().intercept(endpoint);
        let proxy = proxy.filter(|proxy| is_http(proxy.uri()) && has_port(proxy.uri()));
        proxy.map(|proxy| Some(Self::from(&proxy))).ok_or(PrepareError::Proxy(variable))
    }

    pub(super) fn is_tls(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Opens a tunnel to `host:port` over a connection to the proxy.
    pub(super) async fn tunnel(&self, stream: Stream, target: &str) -> Result<Stream, DeliveryError> {
        let request = self.request(target).map_err(|_| DeliveryError::Request)?;
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(MAX_CONNECT_RESPONSE_BYTES).handshake(stream).await?;
        let driver = AbortOnDropHandle::new(tokio::spawn(connection.with_upgrades()));
        let response = sender.send_request(request).await?;
        if !response.status().is_success() {
            return Err(DeliveryError::ProxyRefused(response.status()));
        }
        let tunnel = hyper::upgrade::on(response).await?;
        drop(driver);
        Ok(Stream::new(TokioIo::new(tunnel)))
    }

    fn request(&self, target: &str) -> Result<Request<Empty<Bytes>>, http::Error> {
        let mut request = Request::builder().method(Method::CONNECT).uri(target).header(HOST, target);
        if let Some(authorization) = &self.authorization {
            request = request.header(PROXY_AUTHORIZATION, authorization);
        }
        request.body(Empty::new())
    }
}

impl From<&Intercept> for Proxy {
    fn from(proxy: &Intercept) -> Self {
        Self { uri: proxy.uri().clone(), authorization: proxy.basic_auth().cloned() }
    }
}

fn is_http(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS)
}

/// Whether its port is one, or left out.
fn has_port(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| config::port(authority).is_ok())
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn choose(url: &str, proxy: &str, no_proxy: &str) -> Result<Option<Proxy>, PrepareError> {
        let url = BaseUrl::parse(url).unwrap();
        let settings = ProxySettings {
            https: Some(SecretString::from(proxy)),
            http: Some(SecretString::from(proxy)),
            no_proxy: Some(no_proxy.to_owned()),
        };
        Proxy::choose(&settings, &url, &url.join("/").unwrap())
    }

    #[test]
    fn exceptions_and_loopback_are_reached_directly() {
        let proxy = "http://proxy.example.com:3128";
        assert!(choose("https://telemetry.example.org", proxy, "").unwrap().is_some());
        assert!(choose("http://telemetry.example.org", proxy, "other.example.org").unwrap().is_some());
        for no_proxy in ["telemetry.example.org", "*.example.org", "example.org:443", "*"] {
            for proxy in [proxy, "socks5://proxy.example.com:1080"] {
                assert!(choose("https://telemetry.example.org", proxy, no_proxy).unwrap().is_none(), "{no_proxy}");
            }
        }
        for loopback in ["http://127.0.0.1:4318", "http://localhost:4318", "https://[::1]:4318"] {
            assert!(choose(loopback, proxy, "").unwrap().is_none(), "{loopback}");
        }
    }

    #[test]
    fn a_proxy_without_a_scheme_is_an_http_one() {
        let proxy = choose("https://telemetry.example.org", "proxy.example.com:3128", "").unwrap().unwrap();
        assert_eq!(proxy.uri, "http://proxy.example.com:3128/");
    }

    #[test]
    fn invalid_proxy_is_an_error_not_a_direct_connection() {
        for proxy in [
            "socks5://user:hunter2@proxy.example.com:1080",
            "http://hunter2 :3128",
            "ftp://hunter2",
            "http://user:hunter2@proxy.example.com:70000",
            "http://hunter2:312x",
            "hunter2:0",
        ] {
            let Err(error) = choose("https://telemetry.example.org", proxy, "") else { panic!("{proxy}") };
            assert!(matches!(error, PrepareError::Proxy("HTTPS_PROXY")), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}
