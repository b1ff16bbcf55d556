//! The service, its database and the endpoint, and changes to the first two that keep them alike.

use headcount::config::Transport;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Options;
use crate::database::Database;
use crate::support::compreface::{Answer as ServiceAnswer, Door, GlobalRole, Simulated, Trouble, When};
use crate::support::endpoint::{Answer, Endpoint, Received};

const APPLICATIONS: usize = 10;

/// Everything around a sidecar. The service and the endpoint run on threads of this process.
pub struct World {
    runtime: Runtime,
    pub database: Database,
    service: &'static Simulated,
    pub endpoint: Endpoint,
}

impl World {
    pub fn new(options: &Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let database = Database::start(&options.postgresql);
        let (service, endpoint) = runtime.block_on(peers());
        let mut world = Self { runtime, database, service, endpoint };
        world.renew(0);
        world
    }

    /// Another service with so many users beside the account, and an endpoint that has received nothing.
    pub fn renew(&mut self, users: usize) {
        (self.service, self.endpoint) = self.runtime.block_on(peers());
        self.service.change(|model| model.populate(users, APPLICATIONS, 1));
        self.service.change(|model| self.database.fill(model));
    }

    pub fn service_url(&self) -> String {
        self.service.url()
    }

    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.endpoint.address())
    }

    /// How often the service was asked so far.
    pub fn asked(&self) -> usize {
        self.service.requests().len()
    }

    pub fn received(&self) -> Vec<Received> {
        self.endpoint.requests()
    }

    pub fn create_users(&self, number: usize) {
        for _ in 0..number {
            self.database.add_user(self.service.change(|model| model.add_user()));
        }
    }

    /// Deletes the oldest, but for the account.
    pub fn delete_users(&self, number: usize) {
        let ids: Vec<Uuid> =
            self.service.change(|model| model.users.iter().skip(1).take(number).map(|user| user.id).collect());
        for id in ids {
            self.service.change(|model| model.remove_user(id));
            self.database.remove_user(id);
        }
    }

    /// A front end answers in the service's place for one of the lists, and the database is away.
    pub fn break_service(&self) {
        self.service.trouble(Door::Applications, When::Always, Trouble::Answer(ServiceAnswer::html()));
        self.database.stop();
    }

    pub fn mend_service(&self) {
        self.service.behave();
        self.database.resume();
    }

    /// Whether the account may see everything, or its own applications alone.
    pub fn set_owner(&self, is_owner: bool) {
        let role = if is_owner { GlobalRole::Owner } else { GlobalRole::User };
        self.service.change(|model| model.set_role(role));
    }

    pub fn answer_always(&self, answer: Answer) {
        self.endpoint.always(answer);
    }
}

async fn peers() -> (&'static Simulated, Endpoint) {
    // Never dropped: it would assert that nobody but headcount had asked.
    let service = Box::leak(Box::new(Simulated::start().await));
    (service, Endpoint::plain(Transport::HttpProtobuf).await)
}
