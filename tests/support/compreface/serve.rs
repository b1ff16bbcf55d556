//! Takes requests, writes them down, and answers as told.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use headcount::source::compreface::CONTRACT;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use uuid::Uuid;

use super::answers::{self, Answer};
use super::body::Written;
use super::doors::{admin, cookies, field, sign_out, token};
use super::told::{Event, Served};
use super::{Health, Layout, Shared, State, Trouble};

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Which of the two APIs a port has, where they have one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Admin,
    Core,
}

/// One of the listed requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    Token,
    SignOut,
    Me,
    Roles,
    Applications,
    Services,
    Statistics,
    Faces,
}

impl Door {
    fn of(method: &Method, path: &str) -> Option<Self> {
        Some(match (method.as_str(), path) {
            ("POST", "/admin/oauth/token") => Self::Token,
            ("DELETE", "/admin/oauth/token") => Self::SignOut,
            ("GET", "/admin/user/me") => Self::Me,
            ("GET", "/admin/user/roles") => Self::Roles,
            ("GET", "/admin/apps") => Self::Applications,
            ("GET", "/api/v1/recognition/faces?page=0&size=1") => Self::Faces,
            ("GET", path) if application(path).is_some() => Self::Services,
            ("GET", path) if service(path).is_some() => Self::Statistics,
            _ => return None,
        })
    }
}

pub(super) fn application(path: &str) -> Option<Uuid> {
    path.strip_prefix("/admin/app/")?.strip_suffix("/models")?.parse().ok()
}

/// The application and the service whose statistics are requested.
pub(super) fn service(path: &str) -> Option<(Uuid, Uuid)> {
    let ids = path.strip_prefix("/admin/app/")?.strip_suffix("/statistics")?;
    let (application, service) = ids.split_once("/model/")?;
    Some((application.parse().ok()?, service.parse().ok()?))
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Requested {
    pub door: Option<Door>,
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names of the headers, sorted.
    pub headers: Vec<String>,
    /// Names of the cookies.
    pub cookies: Vec<String>,
    pub user_agent: Option<String>,
    /// `grant_type` of a sign-in or refresh.
    pub grant: Option<String>,
}

impl Requested {
    fn new(parts: &http::request::Parts, form: &[(String, String)]) -> Self {
        let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
        let mut headers: Vec<_> = parts.headers.keys().map(|name| name.as_str().to_owned()).collect();
        headers.sort_unstable();
        Self {
            door: Door::of(&parts.method, path),
            method: parts.method.to_string(),
            path: path.to_owned(),
            headers,
            cookies: cookies(&parts.headers).into_iter().map(|(name, _)| name).collect(),
            user_agent: parts.headers.get("user-agent").map(|value| value.to_str().unwrap().to_owned()),
            grant: field(form, "grant_type").map(str::to_owned),
        }
    }

    /// Fails if the contract does not list it.
    pub(super) fn assert_listed(&self) {
        assert!(self.door.is_some(), "{} {} is not a listed request", self.method, self.path);
        let expected = self.expected_headers();
        assert_eq!((&self.headers, &self.cookies), (&expected.0, &expected.1), "of {} {}", self.method, self.path);
        assert_eq!(self.user_agent.as_deref(), Some(CONTRACT.user_agent));
    }

    /// Whether it is one that the contract lists, and carries no more than that.
    pub fn is_listed(&self) -> bool {
        let (headers, cookies) = self.expected_headers();
        let carries_no_more = self.headers == headers && self.cookies == cookies;
        self.door.is_some() && carries_no_more && self.user_agent.as_deref() == Some(CONTRACT.user_agent)
    }

    /// The names of the headers and cookies that its door needs.
    fn expected_headers(&self) -> (Vec<String>, Vec<String>) {
        let (mine, cookies): (&[&str], &[&str]) = match self.door {
            Some(Door::Token) if self.grant.as_deref() == Some("refresh_token") => {
                (&["authorization", "content-length", "content-type", "cookie"], &["REFRESH_TOKEN"])
            }
            Some(Door::Token) => (&["authorization", "content-length", "content-type"], &[]),
            Some(Door::SignOut) => (&["authorization", "cookie"], &["CFSESSION"]),
            Some(Door::Faces) => (&["x-api-key"], &[]),
            _ => (&["cookie"], &["CFSESSION"]),
        };
        let mut headers = [mine, &["host", "user-agent"]].concat();
        headers.sort_unstable();
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        (owned(&headers), owned(cookies))
    }
}

pub(super) async fn connection(
    shared: Shared,
    side: Side,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(&shared, side, request).await) }
    });
    // A client that goes away, and a connection that is broken as told, are errors of no interest.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: &Shared, side: Side, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let form: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
    let requested = Requested::new(&parts, &form);
    let (door, path) = (requested.door, requested.path.clone());
    let (trouble, pace) = {
        let mut state = shared.lock().unwrap();
        (state.arrive(requested), state.pace.clone())
    };
    let under_way = UnderWay(shared);
    match trouble {
        Some(Trouble::Late(by) | Trouble::LateAnswer(by, _)) => tokio::time::sleep(by).await,
        Some(Trouble::Never) => std::future::pending().await,
        _ => {}
    }
    let turn = match &pace {
        Some(pace) => Some(pace.turn().await),
        None => None,
    };
    drop(under_way);
    let mut state = shared.lock().unwrap();
    if let Some(Trouble::Answer(answer) | Trouble::LateAnswer(_, answer)) = trouble {
        // In its place: nothing happens inside the service.
        state.tell(Event::Served(Served::Spoiled));
        return troubled(answer.into(), None);
    }
    let before = state.model.sign_ins + state.model.refreshes;
    let mut usual = state.usual(side, door, &path, &parts.headers, &form);
    if state.model.sign_ins + state.model.refreshes > before {
        state.tell(Event::Granted);
    }
    if trouble.as_ref().is_none_or(|trouble| trouble.is_harmless(usual.status)) {
        let served = Served::of(&state.model, door, &path, &parts.headers, usual.status);
        let observer = state.observer.clone();
        usual.body = usual.body.then(move || {
            if let Some(observer) = observer {
                observer(Event::Served(served));
            }
            drop(turn);
        });
    } else {
        state.tell(Event::Served(Served::Spoiled));
    }
    if pace.is_some() {
        usual.body = usual.body.on_paused_time();
    }
    drop(state);
    troubled(usual, trouble)
}

/// A request that is being answered, until it was, or its client is gone.
struct UnderWay<'a>(&'a Shared);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().at_once -= 1;
    }
}

/// The usual answer: its head, and its body.
pub struct Usual {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Written,
}

impl From<Answer> for Usual {
    fn from(answer: Answer) -> Self {
        Self { status: answer.status, headers: answer.headers, body: Written::text(answer.body) }
    }
}

impl From<Written> for Usual {
    fn from(body: Written) -> Self {
        Self { status: 200, headers: vec![("content-type", "application/json".to_owned())], body }
    }
}

/// The response that this answer becomes if it meets trouble.
pub fn troubled(mut usual: Usual, trouble: Option<Trouble>) -> Response<Body> {
    match trouble {
        Some(Trouble::GivenUp(answer)) => usual = answer.into(),
        None | Some(Trouble::Late(_) | Trouble::Never | Trouble::Answer(_) | Trouble::LateAnswer(..)) => {}
        Some(Trouble::Half) => usual.body = usual.body.half(),
        Some(Trouble::CutOff) => usual.body = usual.body.cut_off(),
        Some(Trouble::WrongLength) => usual.headers.push(("content-length", "100000".to_owned())),
        Some(Trouble::Length(bytes)) => {
            usual.headers.push(("content-length", bytes.to_string()));
            usual.body = Written::endless("[");
        }
        Some(Trouble::Trickle(every)) => usual.body = usual.body.trickle(every),
        Some(Trouble::Body(body)) => {
            return response(
                usual.status,
                &usual.headers,
                http_body_util::Full::from(body).map_err(|never| match never {}).boxed_unsync(),
            );
        }
        Some(Trouble::ContentType(other)) => usual.headers = vec![("content-type", other.to_owned())],
        Some(Trouble::WithoutCookies(names)) => usual.headers.retain(|(header, value)| {
            *header != "set-cookie" || !names.iter().any(|name| value.starts_with(&format!("{name}=")))
        }),
        Some(Trouble::Encoding(encoding)) => usual.headers.push(("content-encoding", encoding.to_owned())),
        Some(Trouble::Append(text)) => usual.body = usual.body.append(text),
        Some(Trouble::Endless(start)) => usual.body = Written::endless(start),
        Some(Trouble::Made(body)) => usual.body = body(),
        Some(Trouble::Headers(many)) => {
            let mut response = response(usual.status, &usual.headers, usual.body.boxed_unsync());
            for number in 0..many {
                let name = HeaderName::try_from(format!("x-{number}")).unwrap();
                response.headers_mut().insert(name, HeaderValue::from_static("x"));
            }
            return response;
        }
    }
    response(usual.status, &usual.headers, usual.body.boxed_unsync())
}

fn response(status: u16, headers: &[(&'static str, String)], body: Body) -> Response<Body> {
    let response = Response::builder().status(status);
    headers.iter().fold(response, |response, (name, value)| response.header(*name, value)).body(body).unwrap()
}

impl State {
    pub(super) fn tell(&self, event: Event) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }

    fn arrive(&mut self, requested: Requested) -> Option<Trouble> {
        let door = requested.door;
        if self.observer.is_none() {
            self.requests.push(requested);
        } else {
            self.tell(Event::Asked(requested));
        }
        self.at_once += 1;
        self.most_at_once = self.most_at_once.max(self.at_once);
        let door = door?;
        for change in self.changes.iter_mut().filter(|change| change.door.is_none_or(|at| at == door)) {
            change.met += 1;
        }
        let due = |change: &mut super::Change| change.door.is_none_or(|at| at == door) && change.met == change.nth;
        for change in self.changes.extract_if(.., due) {
            (change.change)(&mut self.model);
        }
        let mut trouble = None;
        for (_, when, what, met) in self.troubles.iter_mut().filter(|(at, ..)| *at == door) {
            *met += 1;
            if trouble.is_none() && when.holds(*met) {
                trouble = Some(what.clone());
            }
        }
        trouble
    }

    fn usual(
        &mut self,
        side: Side,
        door: Option<Door>,
        path: &str,
        headers: &HeaderMap,
        form: &[(String, String)],
    ) -> Usual {
        if self.health == Health::BadGateway {
            return Answer::bad_gateway().into();
        }
        if self.health == Health::NotReady {
            return match door {
                Some(Door::Token) => Answer::unauthorized(),
                Some(Door::Faces) => Answer::core_down(),
                _ => Answer::database_down(),
            }
            .into();
        }
        let is_core = door == Some(Door::Faces);
        if self.layout == Layout::Separate && is_core != (side == Side::Core) {
            return if is_core { Answer::unauthorized().into() } else { Answer::key_missing().into() };
        }
        match door {
            None if self.layout == Layout::FrontEnd => Answer::html().into(),
            None => Answer::unauthorized().into(),
            Some(Door::Faces) => {
                answers::faces(&self.model, headers.get("x-api-key").map(|key| key.to_str().unwrap())).into()
            }
            Some(Door::Token) => token(&mut self.model, headers, form).into(),
            Some(Door::SignOut) => sign_out(&mut self.model, headers).into(),
            Some(door) => admin(&mut self.model, door, path, headers),
        }
    }
}
