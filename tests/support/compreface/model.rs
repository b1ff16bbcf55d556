//! What the simulated service holds: accounts, applications, services and sessions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use headcount::clock::Day;
use headcount::model::Kind;
use headcount::source::compreface::kinds;
use tokio::time::Instant;
use uuid::Uuid;

use crate::support::world::Seeded;

/// The first of the demo objects.
pub const DEMO: Uuid = Uuid::from_u128(1);

/// The roles that the service knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobalRole {
    Owner,
    Administrator,
    User,
}

impl GlobalRole {
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Administrator => "ADMINISTRATOR",
            Self::User => "USER",
        }
    }
}

/// The releases whose answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// And older ones: a sign-in gives no refresh token.
    V1_0,
    /// A sign-in gives cookies alone.
    V1_1,
    /// A sign-in gives cookies, and JSON.
    V1_2,
}

#[derive(Debug, Clone, Copy)]
pub struct User {
    pub id: Uuid,
    pub role: GlobalRole,
}

/// What people are called and how things are named: everything that must not be held by whoever reads.
#[derive(Debug, Clone)]
pub struct Names {
    pub first: String,
    pub last: String,
    /// Of a user's e-mail address, after the at sign.
    pub domain: String,
    pub application: String,
    pub service: String,
    pub subject: String,
}

#[derive(Debug, Clone)]
pub struct Application {
    pub id: Uuid,
    pub key: Uuid,
    pub services: Vec<Service>,
}

#[derive(Debug, Clone, Copy)]
pub struct Service {
    pub id: Uuid,
    pub kind: Kind,
    pub key: Uuid,
    pub faces: u64,
    /// Whether the admin API gives another key than the core knows, as with a core of another installation.
    pub foreign: bool,
}

struct Granted {
    refresh: String,
    at: Instant,
}

/// Everything there is. The account that signs in is one of the users.
pub struct Model {
    pub users: Vec<User>,
    /// So many users more, made up as the answer is written.
    pub many_users: u64,
    pub applications: Vec<Application>,
    /// The requests that each service received, by UTC day.
    pub uses: HashMap<Uuid, BTreeMap<Day, u64>>,
    /// Applications that the account is a member of: all that it sees as a plain user.
    pub memberships: Vec<Uuid>,
    /// The id of the account that signs in; it may be gone from the users.
    pub account: Uuid,
    pub email: String,
    pub password: String,
    pub names: Names,
    pub version: Version,
    /// Every token that was ever given out.
    pub tokens: Vec<String>,
    pub disabled: bool,
    /// Every element of every list comes twice.
    pub duplicates: bool,
    pub refuse_refresh: bool,
    /// The service gives sessions that it does not accept.
    pub refuse_sessions: bool,
    pub session_validity: Duration,
    pub refresh_validity: Duration,
    pub sign_ins: u64,
    pub refreshes: u64,
    pub sign_outs: u64,
    sessions: HashMap<String, Granted>,
    refresh_tokens: BTreeMap<String, Instant>,
    ids: Ids,
}

/// Where ids, keys and tokens come from.
enum Ids {
    System,
    Seeded(Arc<Seeded>),
}

impl Ids {
    fn draw(&self) -> Uuid {
        match self {
            Self::System => Uuid::new_v4(),
            Self::Seeded(seeded) => {
                let bytes = u128::from(seeded.next()) << 64 | u128::from(seeded.next());
                uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
            }
        }
    }
}

impl Model {
    pub(super) fn new() -> Self {
        Self::with(Ids::System)
    }

    /// The same, but every id, key and token is one that the seed repeats.
    pub(super) fn seeded(seed: u64) -> Self {
        Self::with(Ids::Seeded(Seeded::new(seed)))
    }

    fn with(ids: Ids) -> Self {
        let account = ids.draw();
        Self {
            users: vec![User { id: account, role: GlobalRole::Owner }],
            many_users: 0,
            applications: vec![demo(ids.draw())],
            uses: HashMap::new(),
            memberships: Vec::new(),
            account,
            email: super::EMAIL.to_owned(),
            password: super::PASSWORD.to_owned(),
            names: Names {
                first: "Анна".to_owned(),
                last: "Number".to_owned(),
                domain: "example.com".to_owned(),
                application: "Application \"é\"".to_owned(),
                service: "Анна".to_owned(),
                subject: "Ann".to_owned(),
            },
            version: Version::V1_2,
            tokens: Vec::new(),
            disabled: false,
            duplicates: false,
            refuse_refresh: false,
            refuse_sessions: false,
            session_validity: Duration::from_secs(2400),
            refresh_validity: Duration::from_secs(1_209_600),
            sign_ins: 0,
            refreshes: 0,
            sign_outs: 0,
            sessions: HashMap::new(),
            refresh_tokens: BTreeMap::new(),
            ids,
        }
    }

    pub fn add_user(&mut self) -> Uuid {
        let id = self.ids.draw();
        self.users.push(User { id, role: GlobalRole::User });
        id
    }

    pub fn remove_user(&mut self, id: Uuid) {
        self.users.retain(|user| user.id != id);
    }

    pub fn add_application(&mut self) -> Uuid {
        let id = self.ids.draw();
        self.applications.push(Application { id, key: self.ids.draw(), services: Vec::new() });
        id
    }

    pub fn remove_application(&mut self, id: Uuid) {
        self.applications.retain(|application| application.id != id);
    }

    pub fn add_service(&mut self, application: Uuid, kind: Kind, faces: u64) -> Uuid {
        let service = Service { id: self.ids.draw(), kind, key: self.ids.draw(), faces, foreign: false };
        let application = self.applications.iter_mut().find(|other| other.id == application).unwrap();
        application.services.push(service);
        service.id
    }

    pub fn remove_service(&mut self, id: Uuid) {
        for application in &mut self.applications {
            application.services.retain(|service| service.id != id);
        }
    }

    pub fn service(&mut self, id: Uuid) -> &mut Service {
        self.applications
            .iter_mut()
            .flat_map(|application| &mut application.services)
            .find(|other| other.id == id)
            .unwrap()
    }

    /// A service receives requests on a day.
    pub fn use_service(&mut self, service: Uuid, day: Day, requests: u64) {
        *self.uses.entry(service).or_default().entry(day).or_default() += requests;
    }

    /// Detection, verification and recognition services that received a request on any of the 30 days before this one.
    pub fn active(&self, report: Day) -> [u64; 3] {
        let is_used = |id: &Uuid| {
            let days = self.uses.get(id).into_iter().flatten();
            days.clone().any(|(day, requests)| *requests > 0 && (1..31).contains(&report.days_after(*day)))
        };
        let own = self.applications.iter().filter(|application| application.id != DEMO);
        let services = own.flat_map(|application| &application.services).filter(|service| is_used(&service.id));
        [kinds::DETECTION, kinds::VERIFICATION, kinds::RECOGNITION]
            .map(|kind| services.clone().filter(|service| service.kind == kind).count() as u64)
    }

    pub fn renew_key(&mut self, id: Uuid) {
        self.service(id).key = self.ids.draw();
    }

    /// Gives the account another role.
    pub fn set_role(&mut self, role: GlobalRole) {
        let account = self.account;
        self.users.iter_mut().find(|user| user.id == account).unwrap().role = role;
    }

    /// Whether the account sees this application.
    pub(super) fn sees(&self, application: Uuid) -> bool {
        self.role() != Some(GlobalRole::User) || self.memberships.contains(&application)
    }

    pub fn role(&self) -> Option<GlobalRole> {
        self.users.iter().find(|user| user.id == self.account).map(|user| user.role)
    }

    /// Makes the account again after it was deleted, under another id, as the service would.
    pub fn make_account_again(&mut self) {
        self.account = self.ids.draw();
        self.users.push(User { id: self.account, role: GlobalRole::Owner });
    }

    /// Deletes the account, whose sessions live on.
    pub fn delete_account(&mut self) {
        self.remove_user(self.account);
    }

    /// Some of everything: so many users besides the account, applications, and services of each kind in each.
    pub fn populate(&mut self, users: usize, applications: usize, services: usize) {
        for _ in 0..users {
            self.add_user();
        }
        for number in 0..applications {
            let application = self.add_application();
            for service in 0..services {
                self.add_service(application, kinds::DETECTION, 0);
                self.add_service(application, kinds::VERIFICATION, 0);
                self.add_service(application, kinds::RECOGNITION, (number * services + service) as u64 * 7);
            }
        }
    }

    pub fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Ends every session as time would; refresh tokens go on.
    pub fn expire_sessions(&mut self) {
        for session in self.sessions.values_mut() {
            session.at = Instant::now() - self.session_validity - Duration::from_secs(1);
        }
    }

    /// Ends every session, and what would refresh it, as a restored database does.
    pub fn lose_sessions(&mut self) {
        self.sessions.clear();
        self.refresh_tokens.clear();
    }

    /// Ends every session at once; refresh tokens go on.
    pub fn forget_sessions(&mut self) {
        self.sessions.clear();
    }

    pub(super) fn sign_in(&mut self) -> (String, String) {
        self.sign_ins += 1;
        self.grant()
    }

    fn token(&self) -> String {
        self.ids.draw().simple().to_string()[..27].to_owned()
    }

    fn grant(&mut self) -> (String, String) {
        let (session, refresh) = (self.token(), self.token());
        self.tokens.extend([session.clone(), refresh.clone()]);
        self.sessions.insert(session.clone(), Granted { refresh: refresh.clone(), at: Instant::now() });
        self.refresh_tokens.insert(refresh.clone(), Instant::now());
        (session, refresh)
    }

    /// The new tokens, or whether the old one had run out.
    pub(super) fn refresh(&mut self, token: &str) -> Result<(String, String), bool> {
        let at = self.refresh_tokens.remove(token).ok_or(false)?;
        self.sessions.retain(|_, session| session.refresh != token);
        if self.refuse_refresh {
            return Err(false);
        }
        if at.elapsed() > self.refresh_validity {
            return Err(true);
        }
        self.refreshes += 1;
        Ok(self.grant())
    }

    pub(super) fn sign_out(&mut self, token: &str) {
        self.sign_outs += 1;
        if let Some(session) = self.sessions.remove(token) {
            self.refresh_tokens.remove(&session.refresh);
        }
    }

    /// Whether a session holds, or had run out.
    pub(super) fn session(&mut self, token: &str) -> Result<(), bool> {
        let at = self.sessions.get(token).ok_or(false)?.at;
        if at.elapsed() > self.session_validity {
            self.sessions.remove(token);
            return Err(true);
        }
        if self.refuse_sessions { Err(false) } else { Ok(()) }
    }
}

fn demo(key: Uuid) -> Application {
    let service = |id, kind, key, faces| Service {
        id: Uuid::from_u128(id),
        kind,
        key: Uuid::from_u128(key),
        faces,
        foreign: false,
    };
    Application {
        id: DEMO,
        key,
        services: vec![
            service(1, kinds::RECOGNITION, 2, 20),
            service(3, kinds::DETECTION, 3, 0),
            service(4, kinds::VERIFICATION, 4, 0),
        ],
    }
}
