//! What people do at the service meanwhile: they create, delete and bring back.

use headcount::clock::Timestamp;
use headcount::source::compreface::kinds;
use std::sync::Arc;

use uuid::Uuid;

use crate::recipe::DAY;
use crate::support::compreface::{DEMO, GlobalRole, Model, User};
use crate::support::world::Seeded;

/// No more of anything than this, so that a scrape stays cheap.
const MOST: usize = 4;

pub(super) struct Life {
    random: Arc<Seeded>,
    gone: Vec<User>,
}

impl Life {
    pub(super) fn new(random: Arc<Seeded>) -> Self {
        Self { random, gone: Vec::new() }
    }

    pub(super) fn goes_on(&mut self, model: &mut Model, now: Timestamp) {
        self.use_services(model, now);
        for _ in 0..1 + self.random.below(3) {
            match self.random.below(9) {
                0 | 1 if model.users.len() < 2 * MOST => drop(model.add_user()),
                2 if model.applications.len() < MOST => drop(model.add_application()),
                3..=5 => self.add_service(model),
                6 => self.remove_user(model),
                7 => model.users.extend(self.gone.pop()),
                8 => {
                    if let Some(application) = self.any_application(model) {
                        model.remove_application(application);
                    }
                }
                _ => {}
            }
        }
    }

    /// Some services receive requests, now or some days ago, of which some are just too long ago.
    fn use_services(&self, model: &mut Model, now: Timestamp) {
        let ids: Vec<_> = model.applications.iter().flat_map(|each| &each.services).map(|service| service.id).collect();
        for id in ids {
            let days = self.random.pick(&[0, 1, 2, 29, 30, 31, 40]);
            model.use_service(id, now.minus(DAY * days).day(), self.random.next() % 2);
        }
    }

    fn add_service(&self, model: &mut Model) {
        let Some(application) = self.any_application(model) else { return };
        let kind = self.random.pick(&[kinds::DETECTION, kinds::VERIFICATION, kinds::RECOGNITION]);
        let faces = self.random.pick(&[0, 1, 10, 11, 50, 51, 200, 201, 2001, 1_000_001]);
        model.add_service(application, kind, faces);
    }

    fn any_application(&self, model: &Model) -> Option<Uuid> {
        let own = model.applications.iter().map(|application| application.id).filter(|id| *id != DEMO);
        let own: Vec<_> = own.collect();
        own.get(self.random.below(own.len())).copied()
    }

    fn remove_user(&mut self, model: &mut Model) {
        let others: Vec<_> = model.users.iter().filter(|user| user.role == GlobalRole::User).copied().collect();
        if let Some(user) = others.get(self.random.below(others.len())) {
            model.remove_user(user.id);
            self.gone.push(*user);
        }
    }
}
