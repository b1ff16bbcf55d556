//! Takes requests, writes them down, and answers as told.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use crate::support::compreface::Written;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The requests that the contract lists.
const LISTED: [(&str, &str); 5] = [
    ("POST", "/api/login"),
    ("GET", "/api/version"),
    ("GET", "/api/profile"),
    ("GET", "/api/users"),
    ("GET", "/api/faces"),
];

/// A request as it came.
#[derive(Debug, Clone)]
pub struct FrigateRequested {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names and values of the headers, sorted; values of secrets are left out.
    pub headers: Vec<(String, String)>,
}

impl FrigateRequested {
    /// A request with this head.
    pub fn new(parts: &http::request::Parts) -> Self {
        let mut headers: Vec<_> = parts
            .headers
            .iter()
            .filter(|(name, _)| *name != "host" && *name != "content-length")
            .map(|(name, value)| {
                let value = if name == "authorization" { "" } else { value.to_str().unwrap() };
                (name.as_str().to_owned(), value.to_owned())
            })
            .collect();
        headers.sort_unstable();
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
        Self { method: parts.method.to_string(), path, headers }
    }

    /// Fails if the contract does not list it, or it carries more than it needs.
    pub(super) fn assert_listed(&self) {
        assert!(self.is_in_contract(), "{} {} is not listed", self.method, self.path);
        assert!(self.has_no_more(), "{} {}: {:?}", self.method, self.path, self.headers);
    }

    /// Whether the contract lists it, and it carries no more than it needs.
    pub fn is_listed(&self) -> bool {
        self.is_in_contract() && self.has_no_more()
    }

    fn is_in_contract(&self) -> bool {
        LISTED.contains(&(&self.method, &self.path))
    }

    fn has_no_more(&self) -> bool {
        let own = if self.method == "POST" { ("content-type", "application/json") } else { ("authorization", "") };
        let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let common = [("user-agent", "headcount.frigate/1"), ("x-cache-bypass", "1")];
        let with_own = [own, common[0], common[1]].map(header);
        let is_bare = self.method == "GET" && self.headers == common.map(header);
        is_bare || self.headers == with_own
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    fn of(status: u16, content_type: &str, body: String) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string())
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self::of(status, "text/plain; charset=utf-8", body.to_owned())
    }

    /// A page of the web server or the front end.
    pub fn page(status: u16, title: &str) -> Self {
        Self::of(status, "text/html", format!("<html>\r\n<head><title>{title}</title></head>\r\n</html>\r\n"))
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// What may be wrong with an answer.
#[derive(Debug, Clone)]
pub enum Spoiled {
    /// Another answer altogether.
    Answer(Answer),
    /// Another body, which says it is JSON.
    Body(String),
    /// Half of it, then the connection breaks.
    CutOff,
    /// None, ever.
    Never,
}

pub(super) async fn connection(shared: Shared, tls: Option<TlsAcceptor>, stream: TcpStream) {
    match tls {
        None => plain(shared, stream).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                plain(shared, stream).await;
            }
        }
    }
}

async fn plain(shared: Shared, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(&shared, request).await) }
    });
    // A client that goes away, and a connection that is broken as told, are errors of no interest.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (answer, spoiled) = {
        let mut state = shared.lock().unwrap();
        let requested = FrigateRequested::new(&parts);
        let path = requested.path.clone();
        state.requests.push(requested);
        for (_, nth, _) in state.changes.iter_mut().filter(|(at, ..)| *at == path) {
            *nth -= 1;
        }
        let due: Vec<_> = state.changes.extract_if(.., |(at, nth, _)| *at == path && *nth == 0).collect();
        for (_, _, change) in due {
            change(&mut state.model);
        }
        let port = state.port;
        let answer = state.model.answer(port, parts.method.as_str(), &path, &parts.headers, &body);
        let spoiled = state.spoiled.iter().find(|(at, _)| *at == path).map(|(_, spoiled)| spoiled.clone());
        (answer, spoiled)
    };
    match spoiled {
        None => response(answer.status, &answer.headers, whole(answer.body)),
        Some(Spoiled::Answer(other)) => response(other.status, &other.headers, whole(other.body)),
        Some(Spoiled::Body(body)) => response(200, &[("content-type", "application/json".to_owned())], whole(body)),
        Some(Spoiled::CutOff) => {
            response(answer.status, &answer.headers, Written::text(answer.body).cut_off().boxed_unsync())
        }
        Some(Spoiled::Never) => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            response(500, &[], whole(String::new()))
        }
    }
}

fn whole(body: String) -> Body {
    Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync()
}

fn response(status: u16, headers: &[(&'static str, String)], body: Body) -> Response<Body> {
    let response = Response::builder().status(status);
    headers.iter().fold(response, |response, (name, value)| response.header(*name, value)).body(body).unwrap()
}
