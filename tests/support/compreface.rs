//! A simulated CompreFace 1.2: answers shaped as the real service's were recorded, on TCP or on pipes in memory, and
//! as badly behaved as it is told to be.
//!
//! It writes down every request. A request that the contract does not list makes the test fail that dropped it.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_debug_implementations,
    reason = "each of those who share this uses a part"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a peer for tests: a panic is the message")]

mod answers;
mod body;
mod doors;
mod model;
mod serve;
mod told;
mod trouble;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use headcount::config::BaseUrl;
use headcount::net::Dialer;
use headcount::source::PasswordSource;
use headcount::source::compreface::ServiceSettings;
use http::Uri;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use answers::Answer;
pub use body::Written;
pub use model::{Application, DEMO, GlobalRole, Model, Names, User, Version};
pub use serve::{Door, Requested, Usual, troubled};
pub use told::{Event, Observer, Pace, Served};
pub use trouble::{Health, Trouble, When};

use super::world::Moments;

/// The e-mail address that signs in.
pub const EMAIL: &str = "owner@example.com";
/// Its password, with characters that a form must encode.
pub const PASSWORD: &str = "Secret1! &ü%";

/// Which ports there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One port for the admin and the core API.
    One,
    /// A port for each.
    Separate,
    /// A front end: one port for both, and HTML wherever nothing matches.
    FrontEnd,
}

struct State {
    model: Model,
    layout: Layout,
    health: Health,
    requests: Vec<Requested>,
    troubles: Vec<(Door, When, Trouble, u64)>,
    changes: Vec<Change>,
    at_once: usize,
    most_at_once: usize,
    /// Where requests are told instead of being kept.
    observer: Option<Observer>,
    pace: Option<Pace>,
    /// The service's ends of connections on which nothing is said.
    silent: Vec<tokio::io::DuplexStream>,
}

struct Change {
    /// None: through any door.
    door: Option<Door>,
    nth: u64,
    met: u64,
    change: Box<dyn FnOnce(&mut Model) + Send>,
}

type Shared = Arc<Mutex<State>>;

/// A simulated installation. Dropping it ends its connections.
pub struct Simulated {
    shared: Shared,
    tasks: Arc<Mutex<JoinSet<()>>>,
    /// Of the admin API, and of the core if it has its own; none in memory.
    addresses: Vec<SocketAddr>,
    layout: Layout,
}

impl Simulated {
    /// On a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::start_with(Layout::One).await
    }

    /// On free ports of 127.0.0.1.
    pub async fn start_with(layout: Layout) -> Self {
        let mut listeners = vec![TcpListener::bind("127.0.0.1:0").await.unwrap()];
        if layout == Layout::Separate {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let mut simulated = Self::in_memory_with(layout);
        simulated.addresses = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        simulated.serve(listeners);
        simulated
    }

    /// Without any port: only its dialer reaches it. Works with paused time.
    pub fn in_memory() -> Self {
        Self::in_memory_with(Layout::One)
    }

    /// As above, in another layout.
    pub fn in_memory_with(layout: Layout) -> Self {
        Self::with_model(layout, Model::new(), None)
    }

    /// Without any port, and such that a seed repeats all of it: the ids, the tokens, and when each answer comes. What
    /// happens is told to the observer. Needs paused time.
    pub fn seeded(seed: u64, moments: Moments, observer: Observer) -> Self {
        Self::with_model(Layout::One, Model::seeded(seed), Some((Pace::new(moments, seed), observer)))
    }

    fn with_model(layout: Layout, model: Model, simulation: Option<(Pace, Observer)>) -> Self {
        let (pace, observer) = simulation.unzip();
        let state = State {
            model,
            layout,
            health: Health::Up,
            requests: Vec::new(),
            troubles: Vec::new(),
            changes: Vec::new(),
            at_once: 0,
            most_at_once: 0,
            observer,
            pace,
            silent: Vec::new(),
        };
        Self { shared: Arc::new(Mutex::new(state)), tasks: Arc::default(), addresses: Vec::new(), layout }
    }

    async fn listen(&self) {
        let mut listeners = Vec::new();
        for address in &self.addresses {
            listeners.push(TcpListener::bind(address).await.unwrap());
        }
        self.serve(listeners);
    }

    fn serve(&self, listeners: Vec<TcpListener>) {
        for (listener, side) in listeners.into_iter().zip([serve::Side::Admin, serve::Side::Core]) {
            let shared = Arc::clone(&self.shared);
            self.tasks.lock().unwrap().spawn(async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(serve::connection(Arc::clone(&shared), side, stream));
                    while connections.try_join_next().is_some() {}
                }
            });
        }
    }

    /// Where the admin API is.
    pub fn url(&self) -> String {
        self.addresses.first().map_or_else(|| "http://compreface.test:8080".to_owned(), |at| format!("http://{at}"))
    }

    /// Where the core API is.
    pub fn core_url(&self) -> String {
        match (self.addresses.get(1), self.layout) {
            (Some(core), _) => format!("http://{core}"),
            (None, Layout::Separate) => "http://compreface.test:8081".to_owned(),
            (None, _) => self.url(),
        }
    }

    /// What is needed to read it.
    pub fn settings(&self) -> ServiceSettings {
        ServiceSettings {
            admin_url: BaseUrl::parse(&self.url()).unwrap(),
            core_url: BaseUrl::parse(&self.core_url()).unwrap(),
            email: EMAIL.into(),
            password: PasswordSource::Value(PASSWORD.into()),
            certificate: None,
        }
    }

    /// What reaches it: the system's TCP, or pipes in memory.
    pub fn dialer(&self) -> Dialer {
        if !self.addresses.is_empty() {
            return Dialer::system();
        }
        let (shared, tasks) = (Arc::clone(&self.shared), Arc::clone(&self.tasks));
        Dialer::new(move |uri: Uri| {
            let side = if uri.port_u16() == Some(8081) { serve::Side::Core } else { serve::Side::Admin };
            let (shared, tasks) = (Arc::clone(&shared), Arc::clone(&tasks));
            Box::pin(async move {
                let (ours, theirs) = {
                    let mut state = shared.lock().unwrap();
                    state.tell(Event::Dialed);
                    let health = state.health;
                    health.connect(&mut state.silent)?
                };
                if let Some(theirs) = theirs {
                    let mut tasks = tasks.lock().unwrap();
                    while tasks.try_join_next().is_some() {}
                    tasks.spawn(serve::connection(shared, side, theirs));
                }
                Ok(ours)
            })
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap()
    }

    /// Looks at what the service holds, or changes it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        change(&mut self.state().model)
    }

    /// Changes what the service holds just before the nth request from now through a door is answered.
    pub fn before(&self, door: Door, nth: u64, change: impl FnOnce(&mut Model) + Send + 'static) {
        self.state().changes.push(Change { door: Some(door), nth, met: 0, change: Box::new(change) });
    }

    /// Changes what the service holds just before the nth request from now is answered, whichever it is.
    pub fn before_any(&self, nth: u64, change: impl FnOnce(&mut Model) + Send + 'static) {
        self.state().changes.push(Change { door: None, nth, met: 0, change: Box::new(change) });
    }

    /// Misbehaves at a door; of several troubles that hold, the one that was asked for first.
    pub fn trouble(&self, door: Door, when: When, trouble: Trouble) {
        self.state().troubles.push((door, when, trouble, 0));
    }

    /// Cancels the changes that are still to come.
    pub fn cancel_changes(&self) {
        self.state().changes.clear();
    }

    /// Behaves again.
    pub fn behave(&self) {
        self.state().troubles.clear();
    }

    /// Starts, stops or ails.
    pub async fn set_health(&self, health: Health) {
        let before = std::mem::replace(&mut self.state().health, health);
        self.state().silent.clear();
        if !health.is_reached() {
            let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
            tasks.shutdown().await;
        } else if !before.is_reached() {
            self.listen().await;
        }
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Requested> {
        self.state().requests.clone()
    }

    /// How many requests came through a door so far.
    pub fn count(&self, door: Door) -> usize {
        self.state().requests.iter().filter(|request| request.door == Some(door)).count()
    }

    /// How many sign-ins succeeded.
    pub fn sign_ins(&self) -> u64 {
        self.state().model.sign_ins
    }

    /// How many refreshes succeeded.
    pub fn refreshes(&self) -> u64 {
        self.state().model.refreshes
    }

    /// How many sessions are open.
    pub fn open_sessions(&self) -> usize {
        self.state().model.open_sessions()
    }

    /// The largest number of requests that were being answered at the same time.
    pub fn most_at_once(&self) -> usize {
        self.state().most_at_once
    }

    /// Fails if anything was asked that the contract does not list.
    pub fn assert_only_listed_requests(&self) {
        for request in &self.state().requests {
            request.assert_listed();
        }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        self.tasks.lock().unwrap().abort_all();
        if !std::thread::panicking() {
            self.assert_only_listed_requests();
        }
    }
}
