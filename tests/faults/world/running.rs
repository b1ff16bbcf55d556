//! The agent as a process, and the way it has to the outside.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use headcount::agent::{Agent, Surroundings, Worker};
use headcount::cli::setup::Setup;
use headcount::clock::Clock as _;
use headcount::config::{self, Environment, Flags};
use headcount::connect::Dialer;
use headcount::consent::Watch;
use headcount::ops::health::Heartbeat;
use http::Uri;
use tokio::task::spawn_local;
use tokio_util::sync::CancellationToken;
use tower_service::Service as _;

use super::{SETTLED, World};
use crate::endpoint_faults::EndpointFault;
use crate::journal::What;
use crate::recipe::DAY;
use crate::support::endpoint::HOST;

impl World {
    /// Starts the agent as `headcount run` does.
    pub(super) async fn start(&mut self) {
        self.ended = None;
        if self.running.is_some() {
            return;
        }
        let configuration = config::load(&Flags::default(), &Environment::from(self.variables.clone()));
        assert!(configuration.faults.is_empty(), "{:?}", configuration.faults);
        let setup = Setup { configuration, surroundings: self.surroundings() };
        let watch = Watch::told_by(&self.consent_file(), Arc::clone(&self.told));
        let desk = setup.desk().watching_by(watch);
        let worker = Worker::new(setup.tools()).unwrap();
        let mut agent = Agent::new(desk, worker, Heartbeat::new(DAY), setup.surroundings);
        let signal = CancellationToken::new();
        let shutdown = signal.clone().cancelled_owned();
        self.recorder.write(What::Started);
        self.running = Some((signal, spawn_local(async move { agent.run(shutdown).await })));
        self.awake(SETTLED).await;
        self.looker.look();
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
    }

    pub(super) async fn lose_store(&mut self) {
        self.end(true).await;
        fs::remove_dir_all(self.directory.path().join("state")).unwrap();
        self.looker.forget();
        self.recorder.write(What::StoreLost);
        self.start().await;
    }

    fn surroundings(&self) -> Surroundings {
        let (service, endpoint) = (self.service.dialer(), self.endpoint.dialer());
        let dialer = Dialer::new(move |uri: Uri| {
            let mut dialer = if uri.host() == Some(HOST) { endpoint.clone() } else { service.clone() };
            dialer.call(uri)
        });
        Surroundings { clock: self.clock.clone(), dialer, randomness: self.randomness.clone() }
    }

    /// How the endpoint is from now on.
    pub(super) fn answer_as(&self, fault: EndpointFault) {
        let (line, meaning) = fault.line();
        self.endpoint.set_line(line);
        let (recorder, looker) = (self.recorder.clone(), self.looker.clone());
        self.endpoint.observe(Arc::new(move || {
            recorder.write(What::EndpointDialed(meaning));
            looker.want();
        }));
        let (recorder, looker, clock) = (self.recorder.clone(), self.looker.clone(), self.clock.clone());
        let (random, transport) = (Arc::clone(&self.random), self.recipe.transport);
        self.endpoint.always_by(move |request| {
            let (answer, answered) = fault.answer(transport, &random, clock.now());
            let (message, connection) = (request.message.clone(), request.connection);
            recorder.write(What::Arrived { message, connection, answered });
            looker.want();
            answer
        });
    }
}
