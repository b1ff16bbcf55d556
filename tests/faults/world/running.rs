//! The agent as a process, and the way it has to the outside.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream;
use headcount::agent::{Agent, Worker};
use headcount::cli::app::App;
use headcount::cli::once::Call;
use headcount::clock::Clock as _;
use headcount::config::{Environment, Flags};
use headcount::context::Context;
use headcount::file_watcher::{FileChanges, FileWatcher};
use headcount::model::InstallGuid;
use headcount::net::Dialer;
use headcount::ops::health::Heartbeat;
use headcount::source::SERVICES;
use http::Uri;
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tower_service::Service as _;

use super::{SETTLED, World};
use crate::endpoint_faults::EndpointFault;
use crate::journal::{Answered, What};
use crate::personal;
use crate::proxy::{Hop, PROXY};
use crate::recipe::DAY;
use crate::setting::{INSTALL_GUID, STATE, VOLUME, WAY};
use crate::support::endpoint::{HOST, Observer};
use crate::usage::Usage;

/// A call of `once` that is not over by then is ended by a signal.
const LONGEST_CALL: Duration = Duration::from_secs(600);

/// How long a write takes to settle, as with the system's own watcher.
const SETTLING: Duration = Duration::from_millis(100);

/// Tells of a change when the script has made one, since a seed does not repeat the system's own moments.
#[derive(Debug)]
struct ByHand(Arc<Notify>);

impl FileWatcher for ByHand {
    fn watch(&self, _: &Path) -> FileChanges {
        FileChanges::new(stream::unfold(Arc::clone(&self.0), |told| async move {
            told.notified().await;
            sleep(SETTLING).await;
            Some(((), told))
        }))
    }
}

impl World {
    /// Starts the agent as `headcount run` does, if that is used.
    pub(super) async fn start(&mut self) {
        self.ended = None;
        if self.running.is_some() || !self.is_run() {
            return;
        }
        let app = self.app();
        let monitor = app.monitor();
        let worker = Worker::new(app.worker_config(), app.monitor().decision()).unwrap();
        let mut agent = Agent::new(monitor, worker, Heartbeat::new(DAY), app.context);
        let signal = CancellationToken::new();
        let shutdown = signal.clone().cancelled_owned();
        self.started(false);
        self.running = Some((signal, spawn_local(async move { agent.run(shutdown).await })));
        self.awake(SETTLED).await;
        self.looker.look();
    }

    /// Calls `headcount once` and waits until it is over; one that takes too long is ended by a signal.
    pub(super) async fn once(&mut self) {
        let app = self.app();
        let monitor = app.monitor();
        self.started(true);
        let said = Mutex::new(Vec::new());
        let say = |sentence: &str| said.lock().unwrap().push(sentence.to_owned());
        let call = Call { app: &app, say: &say };
        call.run(monitor, self.moments.odd(LONGEST_CALL)).await;
        self.awake(Duration::ZERO).await;
        self.recorder.write(What::Said(said.into_inner().unwrap()));
        self.recorder.write(What::Ended { by_signal: true });
        self.awake(SETTLED).await;
        self.looker.look();
    }

    fn started(&self, is_once: bool) {
        let wanted = self.variables.get(INSTALL_GUID).map(|text| InstallGuid::parse(text).unwrap());
        self.recorder.write(What::Started { wanted, is_once });
    }

    fn app(&self) -> App {
        let environment = Environment::from(self.variables.clone());
        let app = App::load(&Flags::default(), &environment, self.context(), &SERVICES);
        assert!(app.configuration.errors.is_empty(), "{:?}", app.configuration.errors);
        app
    }

    /// Whether `run` is used.
    fn is_run(&self) -> bool {
        !matches!(self.recipe.usage, Usage::Once { .. })
    }

    /// Whether the state directory is in use, and by nothing that the script has ended for a while.
    pub(super) fn keeps_store(&self) -> bool {
        self.running.is_some() || !self.is_run()
    }

    pub(super) async fn end(&mut self, by_signal: bool) {
        let Some((signal, agent)) = self.running.take() else { return };
        if by_signal {
            signal.cancel();
        } else {
            agent.abort();
        }
        let ended = agent.await;
        assert!(ended.is_ok() || !by_signal, "{ended:?}");
        self.awake(Duration::ZERO).await;
        self.recorder.write(What::Ended { by_signal });
        self.looker.look();
        self.search_store();
    }

    /// Searches the files of the store for what is personal.
    fn search_store(&self) {
        let files = fs::read_dir(self.directory.path().join(VOLUME).join(STATE)).into_iter().flatten();
        let bytes: Vec<_> = files.flat_map(|file| fs::read(file.unwrap().path())).flatten().collect();
        if let Some(found) = personal::found_in(&bytes) {
            self.recorder.write(What::Personal(found));
        }
    }

    pub(super) async fn lose_store(&mut self) {
        self.end(true).await;
        let state = self.directory.path().join(VOLUME).join(STATE);
        if state.exists() {
            fs::remove_dir_all(state).unwrap();
        }
        self.looker.forget();
        self.recorder.write(What::StoreLost);
        self.start().await;
    }

    /// The mount of the state directory vanishes: it leads to an empty directory of another file system.
    pub(super) async fn unmount(&mut self, number: usize) {
        self.unmounted = Some(number);
        fs::create_dir(self.mount_point.path().join(STATE)).unwrap();
        self.lead_to(self.mount_point.path());
        self.recorder.write(What::MountVanished);
        self.awake(SETTLED).await;
    }

    /// It is back.
    pub(super) async fn mount(&mut self) {
        if self.unmounted.take().is_none() {
            return;
        }
        let empty = self.mount_point.path().join(STATE);
        let is_empty = fs::read_dir(&empty).unwrap().next().is_none();
        fs::remove_dir_all(empty).unwrap();
        self.lead_to(&self.directory.path().join(VOLUME));
        self.recorder.write(What::MountBack { is_empty });
        self.awake(SETTLED).await;
        self.looker.look();
    }

    /// Where the state directory is found from now on.
    pub(super) fn lead_to(&self, directory: &Path) {
        let way = self.directory.path().join(WAY);
        let _ = fs::remove_file(&way);
        std::os::unix::fs::symlink(directory, way).unwrap();
    }

    /// The operator sets another install_guid, or none.
    pub(super) async fn identify(&mut self, wanted: Option<InstallGuid>) {
        self.end(true).await;
        match wanted {
            Some(wanted) => drop(self.variables.insert(INSTALL_GUID.to_owned(), wanted.to_string())),
            None => drop(self.variables.remove(INSTALL_GUID)),
        }
        self.start().await;
    }

    fn context(&self) -> Context {
        let (service, endpoint, proxy) = (self.front.clone(), self.endpoint.dialer(), self.proxy.clone());
        let (is_proxied, recorder) = (self.recipe.protocol.is_proxied, self.recorder.clone());
        let dialer = Dialer::new(move |uri: Uri| match uri.host() {
            Some(PROXY) => Box::pin(proxy.clone().dial()),
            Some(HOST) => {
                if is_proxied {
                    recorder.write(What::Strayed);
                }
                endpoint.clone().call(uri)
            }
            _ => service.clone().call(uri),
        });
        let file_watcher = Arc::new(ByHand(Arc::clone(&self.told)));
        let clock = self.watched_clock();
        Context { clock, dialer, random: self.randomness.clone(), file_watcher }
    }

    /// How the endpoint is from now on.
    pub(super) fn answer_as(&self, fault: EndpointFault) {
        let (line, meaning) = fault.line();
        let hop = fault.hop(&self.random);
        let meaning = match hop {
            // A proxy that forwards a request answers in the endpoint's place.
            Hop::Answers(403) if !self.recipe.protocol.is_tls => Answered::Ambiguous,
            _ => meaning,
        };
        self.endpoint.set_line(line);
        let (recorder, looker) = (self.recorder.clone(), self.looker.clone());
        let dialed: Observer = Arc::new(move || {
            recorder.write(What::EndpointDialed(meaning));
            looker.want();
        });
        self.endpoint.observe(Arc::clone(&dialed));
        let recorder = self.recorder.clone();
        let strayed = Arc::new(move || recorder.write(What::Strayed));
        self.proxy.be(hop, dialed, strayed);
        let (recorder, looker, clock) = (self.recorder.clone(), self.looker.clone(), self.clock.clone());
        let (random, transport) = (Arc::clone(&self.random), self.recipe.protocol.transport);
        self.endpoint.always_by(move |request| {
            let (answer, answered) = fault.answer(transport, &random, clock.now(), &request.message);
            let (message, connection) = (request.message.clone(), request.connection);
            recorder.write(What::Arrived { message, connection, answered });
            looker.want();
            answer
        });
    }
}
