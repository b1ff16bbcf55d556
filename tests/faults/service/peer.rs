//! A service on pipes in memory: it answers one request at a time, as its model says or as badly as it is told to, and a seed
//! repeats all of it.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use headcount::net::Dialer;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::task::JoinSet;

use super::{Observer, Surroundings};
use crate::journal::{Told, What};
use crate::support::compreface::{Answer, Health, Pace, Trouble, Usual, When, troubled};

/// What stands behind a service's port.
pub(super) trait Model: Send + 'static {
    /// Whether the contract lists this request, and it carries no more than it needs.
    fn is_listed(&self, request: &Parts) -> bool;

    /// Whether a scrape begins with this request.
    fn begins_scrape(&self, request: &Parts) -> bool;

    /// The answer, and what it says.
    fn answer(&mut self, request: &Parts, body: &Bytes) -> (Answer, Told);
}

struct State<M> {
    model: M,
    health: Health,
    /// Each with the path that it is for, and how many requests it met.
    troubles: Vec<(&'static str, When, Trouble, u64)>,
    changes: Vec<Change<M>>,
    at_once: usize,
    most_at_once: usize,
    observer: Observer,
    pace: Pace,
    /// The service's ends of connections on which nothing is said.
    silent: Vec<DuplexStream>,
}

/// What changes before a request is answered.
struct Change<M> {
    path: Option<&'static str>,
    nth: u64,
    change: Box<dyn FnOnce(&mut M) + Send>,
}

type Shared<M> = Arc<Mutex<State<M>>>;

pub(super) struct Peer<M> {
    shared: Shared<M>,
    tasks: Arc<Mutex<JoinSet<()>>>,
}

impl<M: Model> Peer<M> {
    pub(super) fn new(model: M, surroundings: &Surroundings<'_>) -> Self {
        let state = State {
            model,
            health: Health::Up,
            troubles: Vec::new(),
            changes: Vec::new(),
            at_once: 0,
            most_at_once: 0,
            observer: Arc::clone(&surroundings.observer),
            pace: Pace::new(surroundings.moments, surroundings.recipe.seed),
            silent: Vec::new(),
        };
        Self { shared: Arc::new(Mutex::new(state)), tasks: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State<M>> {
        self.shared.lock().unwrap()
    }

    /// The way to it.
    pub(super) fn dialer(&self) -> Dialer {
        let (shared, tasks) = (Arc::clone(&self.shared), Arc::clone(&self.tasks));
        Dialer::new(move |_| {
            let (shared, tasks) = (Arc::clone(&shared), Arc::clone(&tasks));
            Box::pin(async move {
                let (ours, theirs) = {
                    let mut state = shared.lock().unwrap();
                    (state.observer)(What::ServiceDialed);
                    let health = state.health;
                    health.connect(&mut state.silent)?
                };
                if let Some(theirs) = theirs {
                    let mut tasks = tasks.lock().unwrap();
                    while tasks.try_join_next().is_some() {}
                    tasks.spawn(connection(shared, theirs));
                }
                Ok(ours)
            })
        })
    }

    /// Looks at what stands behind it, or changes that.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut M) -> T) -> T {
        change(&mut self.state().model)
    }

    /// Changes it just before the nth request from now for this path is answered, or for any path.
    pub(super) fn before(&self, path: Option<&'static str>, nth: u64, change: impl FnOnce(&mut M) + Send + 'static) {
        self.state().changes.push(Change { path, nth, change: Box::new(change) });
    }

    /// Misbehaves at a path; of several troubles that hold, the first.
    pub(super) fn trouble(&self, path: &'static str, when: When, trouble: Trouble) {
        self.state().troubles.push((path, when, trouble, 0));
    }

    /// Behaves again.
    pub(super) async fn behave(&self) {
        self.set_health(Health::Up).await;
        let mut state = self.state();
        state.troubles.clear();
        state.changes.clear();
    }

    /// Starts, stops or ails.
    pub(super) async fn set_health(&self, health: Health) {
        {
            let mut state = self.state();
            state.health = health;
            state.silent.clear();
        }
        if !health.is_reached() {
            let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
            tasks.shutdown().await;
        }
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.state().most_at_once
    }
}

impl<M: Model> State<M> {
    fn arrive(&mut self, request: &Parts) -> Option<Trouble> {
        let (begins, is_listed) = (self.model.begins_scrape(request), self.model.is_listed(request));
        (self.observer)(What::Requested { begins, is_listed });
        self.at_once += 1;
        self.most_at_once = self.most_at_once.max(self.at_once);
        let path = request.uri.path();
        let meets = |change: &Change<M>| change.path.is_none_or(|at| at == path);
        for change in self.changes.iter_mut().filter(|change| meets(change)) {
            change.nth -= 1;
        }
        for change in self.changes.extract_if(.., |change| change.nth == 0) {
            (change.change)(&mut self.model);
        }
        let mut trouble = None;
        for (_, when, what, met) in self.troubles.iter_mut().filter(|(at, ..)| *at == path) {
            *met += 1;
            if trouble.is_none() && when.holds(*met) {
                trouble = Some(what.clone());
            }
        }
        trouble
    }
}

async fn connection<M: Model>(shared: Shared<M>, stream: DuplexStream) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(&shared, request).await) }
    });
    // A client that goes away, and a connection that is broken as told, are errors of no interest.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer<M: Model>(shared: &Shared<M>, request: Request<Incoming>) -> Response<UnsyncBoxBody<Bytes, io::Error>> {
    let (request, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (trouble, pace) = {
        let mut state = shared.lock().unwrap();
        (state.arrive(&request), state.pace.clone())
    };
    let under_way = UnderWay(shared);
    match trouble {
        Some(Trouble::Late(by) | Trouble::LateAnswer(by, _)) => tokio::time::sleep(by).await,
        Some(Trouble::Never) => std::future::pending().await,
        _ => {}
    }
    let turn = pace.turn().await;
    drop(under_way);
    let mut state = shared.lock().unwrap();
    let observer = Arc::clone(&state.observer);
    if let Some(Trouble::Answer(answer) | Trouble::LateAnswer(_, answer)) = trouble {
        // In its place: nothing happens inside the service.
        observer(What::Told(Told::Spoiled));
        return troubled(answer.into(), None);
    }
    if state.health == Health::BadGateway {
        observer(What::Told(Told::Spoiled));
        return troubled(Answer::bad_gateway().into(), None);
    }
    let (answer, told) = state.model.answer(&request, &body);
    let mut usual = Usual::from(answer);
    if trouble.as_ref().is_none_or(|trouble| trouble.is_harmless(usual.status)) {
        usual.body = usual.body.then(move || {
            observer(What::Told(told));
            drop(turn);
        });
    } else {
        observer(What::Told(Told::Spoiled));
    }
    usual.body = usual.body.on_paused_time();
    troubled(usual, trouble)
}

/// A request that is being answered, until it was, or its client is gone.
struct UnderWay<'a, M>(&'a Shared<M>);

impl<M> Drop for UnderWay<'_, M> {
    fn drop(&mut self) {
        self.0.lock().unwrap().at_once -= 1;
    }
}
