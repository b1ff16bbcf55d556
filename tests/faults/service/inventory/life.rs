//! What people do at a service that offers a document: they create, delete and bring back.

use std::sync::Arc;

use crate::support::inventory::Installation;
use crate::support::world::Seeded;

/// No more of anything than this, so that a scrape stays cheap.
const MOST: usize = 8;

pub(super) struct Life {
    random: Arc<Seeded>,
    gone: Vec<String>,
    /// So many were named.
    named: usize,
}

impl Life {
    pub(super) const fn new(random: Arc<Seeded>) -> Self {
        Self { random, gone: Vec::new(), named: 0 }
    }

    pub(super) fn populate(&mut self, installation: &mut Installation) {
        for _ in 0..3 {
            installation.users.push(self.id());
        }
        installation.applications.push(self.id());
        self.add_service(installation);
    }

    pub(super) fn goes_on(&mut self, installation: &mut Installation) {
        for _ in 0..1 + self.random.below(3) {
            match self.random.below(9) {
                0 | 1 if installation.users.len() < MOST => installation.users.push(self.id()),
                2 if installation.applications.len() < MOST => installation.applications.push(self.id()),
                3 | 4 if installation.services.len() < MOST => self.add_service(installation),
                5 => {
                    let user = self.take(&mut installation.users);
                    self.gone.extend(user);
                }
                6 => installation.users.extend(self.gone.pop()),
                7 => drop(self.take(&mut installation.applications)),
                _ => drop(self.take(&mut installation.services)),
            }
        }
    }

    /// An id that is a person's name or address, as a careless service has it.
    fn id(&mut self) -> String {
        self.named += 1;
        let number = self.named;
        match self.random.below(4) {
            0 => format!("wilhelmina{number}@example.com"),
            1 => format!("Анна {number}"),
            2 => format!("Ann\" \\ {number}"),
            _ => format!("{}{number}", "Zoë".repeat(50)),
        }
    }

    fn add_service(&mut self, installation: &mut Installation) {
        let id = self.id();
        match self.random.below(3) {
            0 => installation.add_service(&id, "detection"),
            1 => installation.add_service(&id, "verification"),
            _ => {
                let faces = self.random.pick(&[0, 1, 10, 11, 50, 51, 200, 201, 2001, 1_000_001, 1 << 53]);
                installation.add_collection(&id, faces);
            }
        }
    }

    fn take<T>(&self, from: &mut Vec<T>) -> Option<T> {
        (!from.is_empty()).then(|| from.remove(self.random.below(from.len())))
    }
}
