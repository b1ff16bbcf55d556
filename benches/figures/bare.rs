//! The least that reading an installation can cost: the same requests by the same HTTP client, and the same bytes skipped by
//! the same JSON decoder. Nothing is kept, hashed or written. The first list of users, in which headcount looks for its own
//! account alone, is read and not decoded.
//!
//! It is this program again, in a process of its own, so that its memory and CPU time can be measured as headcount's are.

use std::io::{self, BufReader, Read};

use bytes::{Buf as _, Bytes};
use futures_util::stream::{self, StreamExt as _};
use headcount::net::Dialer;
use headcount::source::compreface::CONTRACT;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use http::request::Builder;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::mpsc;

use crate::support::compreface::{DEMO, EMAIL, PASSWORD};

/// As many requests at a time, as large a buffer and as many pieces on their way as headcount has.
const CONCURRENCY: usize = 4;
const BUFFER_BYTES: usize = 16 * 1024;
const PIECES: usize = 2;
const DECODER_BUFFER_BYTES: usize = 8 * 1024;

const WORD: &str = "--read-bare";

/// What has to be known of an application to ask for its services.
#[derive(Deserialize)]
struct Application {
    id: String,
}

/// What has to be known of a service to ask for its faces and its statistics.
#[derive(Deserialize)]
struct Service {
    id: String,
    #[serde(rename = "apiKey")]
    key: String,
    #[serde(rename = "type")]
    kind: String,
}

/// The arguments with which this program reads what is there.
pub fn arguments(url: &str) -> [&str; 2] {
    [WORD, url]
}

/// Reads, if this process was started to.
pub fn is_reader() -> bool {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [word, url] = &arguments[..] else { return false };
    if word != WORD {
        return false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Reader::new(url).read());
    true
}

struct Reader {
    http: Client<Dialer, Full<Bytes>>,
    url: String,
}

impl Reader {
    fn new(url: &str) -> Self {
        let http = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(CONCURRENCY)
            .http1_max_buf_size(BUFFER_BYTES)
            .build(Dialer::system());
        Self { http, url: url.to_owned() }
    }

    async fn read(&self) {
        let session = self.sign_in().await;
        let asks = |path: &str| self.request(path).header(COOKIE, &session);
        self.skip(asks("/admin/user/me")).await;
        drain(self.ask(asks("/admin/user/roles"), Bytes::new()).await.into_body()).await;
        let applications: Vec<Application> = self.decode(asks("/admin/apps")).await;
        // The demo that every installation begins with is not counted, and so not read.
        let counted = applications.into_iter().filter(|application| application.id != DEMO.to_string());
        stream::iter(counted)
            .map(|application| self.skip_application(&session, application.id))
            .buffer_unordered(CONCURRENCY)
            .for_each(std::future::ready)
            .await;
        skip_as_it_arrives(self.ask(asks("/admin/user/roles"), Bytes::new()).await.into_body()).await;
        let sign_out = asks("/admin/oauth/token").method("DELETE").header(AUTHORIZATION, CLIENT);
        drain(self.ask(sign_out, Bytes::new()).await.into_body()).await;
    }

    /// Reads the services of an application, and what a report needs of each.
    async fn skip_application(&self, session: &str, application: String) {
        let path = format!("/admin/app/{application}/models");
        let services: Vec<Service> = self.decode(self.request(&path).header(COOKIE, session)).await;
        for service in services {
            if service.kind == "RECOGNITION" {
                let faces = self.request("/api/v1/recognition/faces?page=0&size=1");
                self.skip(faces.header("x-api-key", service.key)).await;
            }
            let path = format!("/admin/app/{application}/model/{}/statistics", service.id);
            self.skip(self.request(&path).header(COOKIE, session)).await;
        }
    }

    /// Gives the session's cookie.
    async fn sign_in(&self) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("grant_type", "password"), ("username", EMAIL), ("password", PASSWORD)])
            .finish();
        let request = self.request("/admin/oauth/token").method("POST");
        let request = request.header(AUTHORIZATION, CLIENT).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.ask(request, form.into()).await;
        let cookies = answer.headers().get_all(SET_COOKIE).into_iter().map(|cookie| cookie.to_str().unwrap());
        let session = cookies.into_iter().find(|cookie| cookie.starts_with("CFSESSION=")).unwrap();
        let session = session.split(';').next().unwrap().to_owned();
        drain(answer.into_body()).await;
        session
    }

    fn request(&self, path: &str) -> Builder {
        Request::builder().uri(format!("{}{path}", self.url)).header(USER_AGENT, CONTRACT.user_agent)
    }

    async fn ask(&self, request: Builder, body: Bytes) -> Response<Incoming> {
        let answer = self.http.request(request.body(Full::from(body)).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer
    }

    async fn decode<T: serde::de::DeserializeOwned>(&self, request: Builder) -> T {
        let body = self.ask(request, Bytes::new()).await.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    async fn skip(&self, request: Builder) {
        self.decode::<IgnoredAny>(request).await;
    }
}

/// The client that CompreFace's own front end signs in as.
const CLIENT: &str = "Basic Q29tbW9uQ2xpZW50SWQ6cGFzc3dvcmQ=";

/// Reads an answer that is not used.
async fn drain(mut body: Incoming) {
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
}

/// Skips a long answer while it arrives, on a thread beside the connection's, as headcount decodes it.
async fn skip_as_it_arrives(mut body: Incoming) {
    let (sender, pieces) = mpsc::channel(PIECES);
    let decoder = tokio::task::spawn_blocking(move || {
        let reader = BufReader::with_capacity(DECODER_BUFFER_BYTES, Pieces { pieces, current: Bytes::new() });
        serde_json::from_reader::<_, IgnoredAny>(reader).unwrap();
    });
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.unwrap().into_data() {
            sender.send(data).await.unwrap();
        }
    }
    drop(sender);
    decoder.await.unwrap();
}

struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        let length = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
