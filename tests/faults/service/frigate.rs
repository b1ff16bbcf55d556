//! Frigate, as it was recorded: with a sign-in at its external port, or without one at the internal port.

mod faults;
mod life;

use std::sync::Arc;

use bytes::Bytes;
use headcount::clock::Timestamp;
use headcount::net::Dialer;
use http::request::Parts;

use self::faults::FrigateFault;
use self::life::Life;
use super::peer::{self, Peer};
use super::{Change, Counted, Fault, HOST, Surroundings};
use crate::journal::Told;
use crate::support::compreface::{Answer, Health};
use crate::support::frigate::{FrigateRequested, Model, PASSWORD, Port, USER, V016, V017, V018};
use crate::support::world::Seeded;

/// Every fault that it can have.
pub(super) fn faults() -> Vec<Fault> {
    super::web_faults::NAMES.into_iter().chain(FrigateFault::ALL.map(FrigateFault::name)).map(Fault).collect()
}

const SIGN_IN: &str = "/api/login";
const VERSION: &str = "/api/version";
const PROFILE: &str = "/api/profile";
const USERS: &str = "/api/users";
const FACES: &str = "/api/faces";

/// What stands behind one of its ports.
struct Installation {
    model: Model,
    port: Port,
}

impl peer::Model for Installation {
    fn is_listed(&self, request: &Parts) -> bool {
        FrigateRequested::new(request).is_listed()
    }

    fn begins_scrape(&self, request: &Parts) -> bool {
        let first = if self.port == Port::External { SIGN_IN } else { VERSION };
        request.uri.path() == first
    }

    fn answer(&mut self, request: &Parts, body: &Bytes) -> (Answer, Told) {
        let path = request.uri.path();
        let answer = self.model.answer(self.port, request.method.as_str(), path, &request.headers, body);
        let told = match (path, answer.status) {
            (FACES, 200) if !self.model.is_mounted => Told::Library { persons: 0, faces: 0 },
            (FACES, 200) => {
                let persons = &self.model.persons;
                Told::Library { persons: persons.len() as u64, faces: persons.values().sum::<usize>() as u64 }
            }
            (USERS, 200) => Told::Users(self.model.accounts.iter().map(|account| account.name.clone()).collect()),
            (_, 200) => Told::Well,
            _ => Told::Refused,
        };
        (Answer { status: answer.status, headers: answer.headers, body: answer.body }, told)
    }
}

pub(super) struct Frigate {
    peer: Peer<Installation>,
    life: Life,
    version: &'static str,
    port: Port,
}

impl Frigate {
    pub(super) fn new(surroundings: &Surroundings<'_>) -> Self {
        let seed = surroundings.recipe.seed;
        let port = if seed.is_multiple_of(3) { Port::Internal } else { Port::External };
        let version = Seeded::new(seed).pick(&[V016, V017, V018]);
        let mut model = Model::new(USER, PASSWORD);
        model.version = version;
        Self {
            peer: Peer::new(Installation { model, port }, surroundings),
            life: Life::new(Arc::clone(&surroundings.random)),
            version,
            port,
        }
    }
}

impl Counted for Frigate {
    fn dialer(&self) -> Dialer {
        self.peer.dialer()
    }

    fn variables(&self, scheme: &str, authority: Option<String>) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("HEADCOUNT_SERVICE", "frigate".to_owned()),
            ("HEADCOUNT_FRIGATE_URL", format!("{scheme}://{HOST}:8971")),
        ];
        if self.port == Port::External {
            variables.push(("HEADCOUNT_FRIGATE_USER", USER.to_owned()));
            variables.push(("HEADCOUNT_FRIGATE_PASSWORD", PASSWORD.to_owned()));
        }
        variables.extend(authority.map(|authority| ("HEADCOUNT_FRIGATE_CERTIFICATE", authority)));
        variables
    }

    fn populate(&mut self) {
        let life = &mut self.life;
        self.peer.change(|installation| life.populate(&mut installation.model));
    }

    fn live(&mut self, _: Timestamp) {
        let life = &mut self.life;
        self.peer.change(|installation| life.goes_on(&mut installation.model));
    }

    fn begin<'a>(&'a mut self, fault: Fault, random: &'a Seeded) -> Change<'a> {
        Box::pin(async move {
            match FrigateFault::of(fault.0) {
                Some(fault) => fault.begin(&self.peer, random),
                None => super::web_faults::begin(fault.0, &self.peer, &faults::PATHS, random).await,
            }
        })
    }

    fn end(&mut self) -> Change<'_> {
        Box::pin(async move {
            self.peer.behave().await;
            let version = self.version;
            self.peer.change(|installation| faults::end(&mut installation.model, version));
        })
    }

    fn set_up(&mut self, is_up: bool) -> Change<'_> {
        Box::pin(self.peer.set_health(if is_up { Health::Up } else { Health::Down }))
    }

    fn most_at_once(&self) -> usize {
        self.peer.most_at_once()
    }
}
