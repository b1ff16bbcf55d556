//! What people do at a Frigate: accounts come and go and come back; persons come and go, are renamed, and have more faces.

use std::sync::Arc;

use crate::support::frigate::{Account, Model, USER};
use crate::support::world::Seeded;

/// No more of anything than this, so that a scrape stays cheap.
const MOST: usize = 8;

pub(super) struct Life {
    random: Arc<Seeded>,
    gone: Vec<Account>,
    /// So many were named.
    named: usize,
}

impl Life {
    pub(super) const fn new(random: Arc<Seeded>) -> Self {
        Self { random, gone: Vec::new(), named: 0 }
    }

    pub(super) fn populate(&mut self, model: &mut Model) {
        for _ in 0..3 {
            self.add_account(model);
            self.add_person(model);
        }
    }

    pub(super) fn goes_on(&mut self, model: &mut Model) {
        for _ in 0..1 + self.random.below(3) {
            match self.random.below(10) {
                0 | 1 if model.accounts.len() < MOST => self.add_account(model),
                2 => self.remove_account(model),
                3 => model.accounts.extend(self.gone.pop()),
                4..=6 if model.persons.len() < MOST => self.add_person(model),
                7 => drop(self.take_person(model)),
                8 => self.rename(model),
                _ => model.attempts = self.random.pick(&[None, Some(0), Some(200)]),
            }
        }
    }

    fn name(&mut self) -> String {
        self.named += 1;
        let name = self.random.pick(&["Wilhelmina", "Анна", "Zoë", "Ann\"", "Train", ".hidden Olga"]);
        format!("{name} {}", self.named)
    }

    fn add_account(&mut self, model: &mut Model) {
        let name = self.name().to_lowercase();
        model.add_account(&name, self.random.pick(&["admin", "viewer"]));
    }

    fn remove_account(&mut self, model: &mut Model) {
        let others: Vec<_> = (0..model.accounts.len()).filter(|at| model.accounts[*at].name != USER).collect();
        if let Some(at) = others.get(self.random.below(others.len())) {
            self.gone.push(model.accounts.remove(*at));
        }
    }

    fn add_person(&mut self, model: &mut Model) {
        let name = self.name();
        model.add_person(&name, self.random.pick(&[0, 1, 9, 10, 41, 150, 600]));
    }

    fn take_person(&self, model: &mut Model) -> Option<usize> {
        let name = model.persons.keys().nth(self.random.below(model.persons.len())).cloned();
        name.and_then(|name| model.persons.remove(&name))
    }

    /// The folder has another name then, and there are no more persons than before.
    fn rename(&mut self, model: &mut Model) {
        if let Some(faces) = self.take_person(model) {
            let name = self.name();
            model.add_person(&name, faces);
        }
    }
}
