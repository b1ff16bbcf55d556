//! What a simulated service tells whoever observes it, in the order in which it happens.

use std::sync::Arc;
use std::time::Duration;

use headcount::clock::Day;
use headcount::model::Kind;
use http::HeaderMap;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::model::{GlobalRole, Model};
use super::serve::{Door, Requested, application, service};
use crate::support::world::{Moments, Seeded};

/// Takes what is told, at once.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// Something that happened at the service.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody opened a connection, or tried to.
    Dialed,
    /// A request arrived.
    Asked(Requested),
    /// A session was opened or refreshed, whether or not that is ever heard of.
    Granted,
    /// An answer went out to its end; or one that nobody can use.
    Served(Served),
}

/// What an answer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// The two tokens.
    Session,
    /// The session is over.
    SignedOut,
    /// The applications.
    Applications(Vec<Uuid>),
    /// The services of an application, with their kinds and keys; none if there is no such application.
    Services(Uuid, Option<Vec<(Uuid, Kind, Uuid)>>),
    /// The days on which a service received requests, and how many; none if there is no such service.
    Statistics(Uuid, Option<Vec<(Day, u64)>>),
    /// The faces that a key opens; none if there is no such key.
    Faces(Uuid, Option<u64>),
    /// The users, and whether the account sees every application.
    Users(Vec<Uuid>, bool),
    /// Something else that went well.
    Well(Door),
    /// A refusal.
    Refused(Option<Door>),
    /// Nothing that could be used.
    Spoiled,
}

impl Served {
    /// What an answer of this status says, given what the service holds as it answers.
    pub(super) fn of(model: &Model, door: Option<Door>, path: &str, headers: &HeaderMap, status: u16) -> Self {
        let Some(door) = door else { return Self::Refused(None) };
        let sees_all = matches!(model.role(), Some(GlobalRole::Owner | GlobalRole::Administrator));
        match (door, status) {
            (Door::Token, 200) => Self::Session,
            (Door::SignOut, 200) => Self::SignedOut,
            (Door::Applications, 200) if sees_all => {
                Self::Applications(model.applications.iter().map(|application| application.id).collect())
            }
            (Door::Services, 200 | 404) if sees_all => {
                let id = application(path).unwrap();
                let found = model.applications.iter().find(|application| application.id == id);
                let services = found.map(|application| {
                    application.services.iter().map(|service| (service.id, service.kind, service.key)).collect()
                });
                Self::Services(id, services)
            }
            (Door::Statistics, 200 | 404) if sees_all => {
                let (_, id) = service(path).unwrap();
                let days = || model.uses.get(&id).into_iter().flatten().map(|(day, requests)| (*day, *requests));
                Self::Statistics(id, (status == 200).then(|| days().collect()))
            }
            (Door::Faces, 200 | 404) => {
                let key = headers["x-api-key"].to_str().unwrap().parse().unwrap();
                let all = model.applications.iter().flat_map(|application| &application.services);
                let found = all.filter(|_| status == 200).find(|service| service.key == key);
                Self::Faces(key, found.map(|service| service.faces))
            }
            (Door::Roles, 200) => Self::Users(model.users.iter().map(|user| user.id).collect(), sees_all),
            (door, 200) => Self::Well(door),
            (door, _) => Self::Refused(Some(door)),
        }
    }
}

/// Answers one at a time, each a while after it was asked for: the order of what happens then depends on nothing but the
/// seed.
#[derive(Clone)]
pub struct Pace {
    turns: Arc<Mutex<()>>,
    moments: Moments,
    random: Arc<Seeded>,
}

impl Pace {
    pub fn new(moments: Moments, seed: u64) -> Self {
        Self { turns: Arc::default(), moments, random: Seeded::new(seed) }
    }

    /// Waits for the turn of this answer. The next one waits until this one was handed on.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(&self.turns).lock_owned().await;
        self.moments.even(Duration::from_millis(self.random.next() % 40)).await;
        turn
    }
}
