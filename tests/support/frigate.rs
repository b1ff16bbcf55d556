//! A simulated Frigate: answers shaped as the real service's were recorded, over TCP, with TLS or without, and as badly
//! behaved as it is told to be.
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

mod model;
mod own_certificate;
mod serve;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use headcount::config::BaseUrl;
use headcount::source::PasswordSource;
use headcount::source::frigate::{FrigateAccount, FrigateSettings};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub use model::{Account, Model, V016, V017, V018};
pub use own_certificate::OwnCertificate;
pub use serve::{Answer, FrigateRequested, Spoiled};

/// The account that signs in.
pub const USER: &str = "olga";
/// Its password, with characters that JSON must escape.
pub const PASSWORD: &str = "Secret \"1!\" \\&ü%";

/// Which of its ports is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// 8971: a sign-in is needed.
    External,
    /// 5000: everyone is an administrator.
    Internal,
}

type Change = Box<dyn FnOnce(&mut Model) + Send>;

struct State {
    model: Model,
    port: Port,
    requests: Vec<FrigateRequested>,
    spoiled: Vec<(&'static str, Spoiled)>,
    /// What changes just before the nth request from now for a path is answered.
    changes: Vec<(&'static str, u64, Change)>,
}

type Shared = Arc<Mutex<State>>;

/// A simulated installation. Dropping it ends its connections.
pub struct SimulatedFrigate {
    shared: Shared,
    tasks: Mutex<JoinSet<()>>,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

impl SimulatedFrigate {
    /// On a free port of 127.0.0.1, without TLS.
    pub async fn start(port: Port) -> Self {
        Self::start_with(port, None).await
    }

    /// The external port with TLS.
    pub async fn start_tls(config: Arc<ServerConfig>) -> Self {
        Self::start_with(Port::External, Some(config.into())).await
    }

    async fn start_with(port: Port, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let model = Model::new(USER, PASSWORD);
        let state = State { model, port, requests: Vec::new(), spoiled: Vec::new(), changes: Vec::new() };
        let address = listener.local_addr().unwrap();
        let simulated = Self { shared: Arc::new(Mutex::new(state)), tasks: Mutex::default(), address, tls };
        simulated.serve(listener);
        simulated
    }

    fn serve(&self, listener: TcpListener) {
        let (shared, tls) = (Arc::clone(&self.shared), self.tls.clone());
        self.tasks.lock().unwrap().spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve::connection(Arc::clone(&shared), tls.clone(), stream));
                while connections.try_join_next().is_some() {}
            }
        });
    }

    /// Ends all connections, and listens no more.
    pub async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
        tasks.shutdown().await;
    }

    /// Listens again at the same address.
    pub async fn resume(&self) {
        self.serve(TcpListener::bind(self.address).await.unwrap());
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// What is needed to read it.
    pub fn settings(&self) -> FrigateSettings {
        let account = FrigateAccount { user: USER.into(), password: PasswordSource::Value(PASSWORD.into()) };
        let account = Some(account).filter(|_| self.state().port == Port::External);
        FrigateSettings { url: BaseUrl::parse(&self.url()).unwrap(), account, certificate: None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap()
    }

    /// Looks at what the service holds, or changes it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        change(&mut self.state().model)
    }

    /// Changes what the service holds just before the nth request from now for this path is answered.
    pub fn before(&self, path: &'static str, nth: u64, change: impl FnOnce(&mut Model) + Send + 'static) {
        self.state().changes.push((path, nth, Box::new(change)));
    }

    /// Spoils every answer to requests for this path.
    pub fn spoil(&self, path: &'static str, spoiled: Spoiled) {
        self.state().spoiled.push((path, spoiled));
    }

    /// Behaves again.
    pub fn behave(&self) {
        self.state().spoiled.clear();
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<FrigateRequested> {
        self.state().requests.clone()
    }

    /// Method and path of every request so far, which are no longer remembered then.
    pub fn take_paths(&self) -> Vec<String> {
        let requests: Vec<_> = self.state().requests.drain(..).collect();
        requests
            .into_iter()
            .map(|request| {
                request.assert_listed();
                format!("{} {}", request.method, request.path)
            })
            .collect()
    }

    /// Fails if anything was requested that the contract does not list.
    pub fn assert_only_listed_requests(&self) {
        for request in &self.state().requests {
            request.assert_listed();
        }
    }
}

impl Drop for SimulatedFrigate {
    fn drop(&mut self) {
        self.tasks.lock().unwrap().abort_all();
        if !std::thread::panicking() {
            self.assert_only_listed_requests();
        }
    }
}
